//! The command line as a person or a pipeline runs it, against the embedded AWS.
#![expect(clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::process::{Command, Output};

use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::sandbox::{Action, World};
use serde_json::Value;
use tokio::net::TcpListener;

mod support;

/// A world of the test's own, served on a loopback port.
struct Served {
    world: World,
    endpoint: String,
}

impl Served {
    fn start() -> Self {
        let world = World::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let served = world.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                sender.send(listener.local_addr().expect("its address")).expect("a listener");
                served.serve(listener).await.map(|never| match never {})
            })
        });
        let address = receiver.recv().expect("an address");
        Self { world, endpoint: format!("http://{address}") }
    }

    fn guardctl(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_guardctl"))
            .args(arguments)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .expect("guardctl")
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn custom(name: &str, policy: ObservedPolicy, failover: bool, login: Option<i32>) -> Domain {
    Domain {
        name: name.to_owned(),
        user_pool_id: format!("eu-central-1_{}", name.replace('.', "")),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(
                "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d"
                    .to_owned(),
            ),
            security_policy: policy,
            failover: failover.then(|| Failover {
                secondary_region: "us-west-2".to_owned(),
                primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8".to_owned(),
            }),
        }),
        managed_login_version: login,
    }
}

/// Every live state that a domain can be in, as far as its snapshot cares.
fn states() -> Vec<Domain> {
    let mut states = Vec::new();
    let policies = SecurityPolicy::ALL
        .into_iter()
        .map(ObservedPolicy::Known)
        .chain([ObservedPolicy::Absent, ObservedPolicy::Unknown("TLS_V1_4_2031".to_owned())]);
    for (p, policy) in policies.enumerate() {
        for (f, failover) in [false, true].into_iter().enumerate() {
            for (l, login) in [None, Some(1), Some(2)].into_iter().enumerate() {
                let name = format!("s{p}{f}{l}.example.com");
                states.push(custom(&name, policy.clone(), failover, login));
            }
        }
    }
    states.push(Domain {
        name: "example-login".to_owned(),
        hosting: Hosting::Prefix,
        managed_login_version: Some(2),
        ..custom("p.example.com", ObservedPolicy::Absent, false, None)
    });
    states
}

#[test]
fn a_snapshot_of_any_state_is_valid_and_a_plan_against_it_is_empty() {
    let served = Served::start();
    for domain in states() {
        served.world.put_domain(domain);
    }
    let folder = support::empty_folder("cli-snapshot");
    for (name, floor) in [("exact", None), ("floor", Some("TLS_V1_2_2021"))] {
        let file = folder.join(format!("{name}.yaml")).display().to_string();
        let mut arguments = vec!["snapshot", "--output", &file];
        arguments.extend(floor.iter().flat_map(|floor| ["--floor", floor]));
        let snapshot = served.guardctl(&arguments);
        assert!(snapshot.status.success(), "{}", text(&snapshot.stderr));
        let validate = served.guardctl(&["validate", &file]);
        assert!(validate.status.success(), "{}", text(&validate.stdout));
        let plan = served.guardctl(&["plan", "--baseline", &file]);
        assert_eq!(plan.status.code(), Some(0), "{name}: {}", text(&plan.stdout));
    }
}

#[test]
fn changing_one_attribute_after_a_snapshot_makes_exactly_one_drift() {
    let served = Served::start();
    let before = custom(
        "auth.example.com",
        ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021),
        false,
        Some(1),
    );
    served.world.put_domain(before.clone());
    let folder = support::empty_folder("cli-one-drift");
    let file = folder.join("baseline.yaml").display().to_string();
    assert!(served.guardctl(&["snapshot", "--output", &file]).status.success());
    let changed = |change: &dyn Fn(&mut CustomDomain, &mut Option<i32>)| {
        let mut domain = before.clone();
        if let Hosting::Custom(custom) = &mut domain.hosting {
            change(custom, &mut domain.managed_login_version);
        }
        domain
    };
    let changes: [(&str, Domain); 4] = [
        (
            "security_policy",
            changed(&|custom, _| {
                custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1);
            }),
        ),
        (
            "routing",
            changed(&|custom, _| {
                custom.failover = Some(Failover {
                    secondary_region: "us-east-2".to_owned(),
                    primary_route53_health_check_id: "x".to_owned(),
                });
            }),
        ),
        ("managed_login_version", changed(&|_, login| *login = Some(2))),
        (
            "certificate_arn",
            changed(&|custom, _| {
                custom.certificate_arn =
                    Some("arn:aws:acm:us-east-1:111122223333:certificate/other".to_owned());
            }),
        ),
    ];
    for (attribute, domain) in changes {
        served.world.put_domain(domain);
        let plan = served.guardctl(&["plan", "--baseline", &file, "--format", "json"]);
        assert_eq!(plan.status.code(), Some(2), "{attribute}: {}", text(&plan.stderr));
        let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
        let drifts =
            plan.pointer("/0/domains/0/changes").and_then(Value::as_array).expect("a list");
        let names: Vec<_> = drifts.iter().filter_map(|d| d.get("attribute")?.as_str()).collect();
        assert_eq!(names, [attribute]);
    }
}

#[test]
fn a_missing_permission_is_named_with_the_policy_to_paste() {
    let served = Served::start();
    served.world.deny(Action::ListUserPools);
    let plan = served.guardctl(&["plan"]);
    assert_eq!(plan.status.code(), Some(1));
    let printed = text(&plan.stdout);
    assert!(
        printed.contains("cognito-idp:ListUserPools failed with AccessDeniedException"),
        "{printed}"
    );
    assert!(printed.contains("\"Action\": [\"cognito-idp:DescribeUserPoolDomain\""), "{printed}");
}

#[test]
fn apply_asks_and_without_a_terminal_it_wants_yes() {
    let served = Served::start();
    let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
    served.world.put_domain(custom("login.example.com", weak, false, Some(1)));
    let refused = served.guardctl(&["apply", "--domain", "login.example.com"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pass --yes"));
    assert!(served.world.calls().iter().all(|c| c.action != Action::UpdateUserPoolDomain));
    let applied = served.guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied.stderr));
    let again = served.guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert!(text(&again.stdout).contains("nothing to put back"), "{}", text(&again.stdout));
}

#[test]
fn no_credentials_and_no_region_are_said_with_what_to_do() {
    let run = |region: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guardctl"));
        command.arg("plan").env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
        if let Some(region) = region {
            command.env("AWS_REGION", region);
        }
        text(&command.output().expect("guardctl").stderr).to_owned()
    };
    assert!(run(None).contains("no region: pass --region"));
    assert!(run(Some("eu-central-1")).contains("aws sts get-caller-identity"));
}

#[test]
fn replay_reads_files_folders_standard_input_and_cloudtrails_own_log_files() {
    let folder = support::empty_folder("cli-replay");
    let record = fs::read_to_string("events/cloudtrail-record.json").expect("the record");
    fs::write(folder.join("log.json"), format!("{{\"Records\": [{record}, {record}]}}"))
        .expect("a file");
    let replay = |path: &str| {
        Command::new(env!("CARGO_BIN_EXE_guardctl"))
            .args(["replay", "--json", path])
            .stdin(fs::File::open("events/update-compliant.json").expect("an event"))
            .output()
            .expect("guardctl")
    };
    for (path, stories) in [
        ("events/update-weakens-tls.json", 1),
        (folder.to_str().expect("a path"), 2),
        ("-", 1),
        ("events/recheck-destination-record.json", 1),
    ] {
        let output = replay(path);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", text(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(told.as_array().map(Vec::len), Some(stories), "{path}");
    }
}

#[test]
fn replay_reads_a_gzipped_log_file_as_s3_has_it() {
    use std::io::Write as _;
    let file = support::empty_folder("cli-gzip").join("log.json.gz");
    let record = fs::read_to_string("events/cloudtrail-record.json").expect("the record");
    let log = fs::File::create(&file).expect("a file");
    let mut log = flate2::write::GzEncoder::new(log, flate2::Compression::fast());
    write!(log, "{{\"Records\": [{record}]}}").expect("written");
    log.finish().expect("finished");
    let path = file.to_str().expect("a path");
    let output = Command::new(env!("CARGO_BIN_EXE_guardctl"))
        .args(["replay", "--json", path])
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn replay_live_says_what_would_happen_and_only_reads() {
    let served = Served::start();
    let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
    let mut domain = custom("login.example.com", weak, false, Some(1));
    let event = fs::read_to_string("events/create-below-floor.json").expect("the event");
    let event: Value = serde_json::from_str(&event).expect("JSON");
    let pool = event.pointer("/detail/requestParameters/userPoolId").and_then(Value::as_str);
    pool.expect("a pool").clone_into(&mut domain.user_pool_id);
    served.world.put_domain(domain);
    let output = served.guardctl(&["replay", "--live", "events/create-below-floor.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("would send  TLS_V1_2_2021"), "{}", text(&output.stdout));
    assert!(served.world.calls().iter().all(|c| c.action == Action::DescribeUserPoolDomain));
}

#[test]
fn the_manual_page_and_completions_are_printed() {
    for (arguments, expected) in
        [(vec!["man"], ".TH guardctl"), (vec!["completions", "bash"], "_guardctl")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_guardctl"))
            .args(&arguments)
            .output()
            .expect("guardctl");
        assert!(output.status.success());
        assert!(text(&output.stdout).contains(expected), "{arguments:?}");
    }
}

#[test]
fn a_baseline_that_is_wrong_ends_every_command_with_all_its_problems() {
    let folder = support::empty_folder("cli-wrong");
    let file = folder.join("wrong.yaml");
    fs::write(&file, "version: 1\nmode: enforc\ndefaults:\n  security_policy: TLS_V12\n")
        .expect("a file");
    let file = file.display().to_string();
    for arguments in [
        vec!["validate", &file],
        vec!["replay", "--baseline", &file, "events/update-compliant.json"],
        vec!["plan", "--baseline", &file],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_guardctl"))
            .args(&arguments)
            .output()
            .expect("guardctl");
        assert_eq!(output.status.code(), Some(1));
        let printed = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(printed.contains("enforce") && printed.contains("TLS_V1_2_2021"), "{printed}");
    }
}
