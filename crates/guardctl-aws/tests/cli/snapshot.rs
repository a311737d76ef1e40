//! `snapshot`, `validate` and `plan` belong together: the first day changes nothing.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use cognito_domain_guard::domain::{
    Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard_sandbox::{Action, OldPolicy, Pool, Tier, Variant, World, WorldSettings};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::{collection, option};
use serde_json::Value;

use crate::beside::programs;
use crate::served::{Served, custom};
use crate::support::{empty_folder, text};

const HEALTH_CHECK: &str = "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8";

fn certificate(id: &str) -> String {
    format!("arn:aws:acm:us-east-1:111122223333:certificate/{id}")
}

fn policies() -> impl Strategy<Value = ObservedPolicy> {
    prop_oneof![
        1 => Just(ObservedPolicy::Absent),
        6 => select(&SecurityPolicy::ALL[..]).prop_map(ObservedPolicy::Known),
        1 => Just(ObservedPolicy::Unknown("TLS_V1_4_2031".to_owned())),
    ]
}

fn failovers() -> impl Strategy<Value = Failover> {
    // The empty ones are what an API could answer and its reference does not exclude.
    let regions = select(&["us-west-2", "ap-southeast-2", ""][..]);
    let checks = select(&[HEALTH_CHECK, "123", "null", ""][..]);
    (regions, checks).prop_map(|(region, check)| Failover {
        secondary_region: region.to_owned(),
        primary_route53_health_check_id: check.to_owned(),
    })
}

fn hostings() -> impl Strategy<Value = Hosting> {
    let certificates = select(&["1b2c3d4e", "9f8e7d6c"][..]).prop_map(certificate);
    let custom = (option::weighted(0.9, certificates), policies(), option::of(failovers()))
        .prop_map(|(certificate_arn, security_policy, failover)| {
            Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover })
        });
    prop_oneof![5 => custom, 1 => Just(Hosting::Prefix)]
}

/// Names that domains may have, those among them that YAML reads as something else.
fn names(hosting: &Hosting) -> BoxedStrategy<String> {
    match hosting {
        Hosting::Prefix => prop_oneof![
            select(&["on", "null", "1e5", "0x1f", "007"][..]).prop_map(str::to_owned),
            "[a-z0-9][a-z0-9-]{0,12}[a-z0-9]"
        ]
        .boxed(),
        Hosting::Custom(_) => prop_oneof![
            select(&["1.2", "1e5.example.com", "no.example.com"][..]).prop_map(str::to_owned),
            "[a-z0-9]{1,8}(-[a-z0-9]{1,4})?(\\.[a-z0-9]{1,8}){1,3}"
        ]
        .boxed(),
    }
}

fn domains() -> impl Strategy<Value = Domain> {
    let statuses = prop_oneof![
        4 => Just(Status::Active),
        1 => select(vec![Status::Creating, Status::Updating, Status::Failed]),
    ];
    let logins = option::weighted(0.9, prop_oneof![8 => 1..=2, 1 => Just(3)]);
    hostings().prop_flat_map(move |hosting| {
        (names(&hosting), Just(hosting), statuses.clone(), logins.clone()).prop_map(
            |(name, hosting, status, managed_login_version)| Domain {
                user_pool_id: format!("eu-central-1_{}", name.replace(['.', '-'], "")),
                account: Some("111122223333".to_owned()),
                name,
                status,
                hosting,
                managed_login_version,
            },
        )
    })
}

/// The live domains of an account, by user pool.
fn worlds() -> impl Strategy<Value = Vec<Domain>> {
    collection::vec(domains(), 0..5).prop_map(|domains| {
        let by_pool: BTreeMap<_, _> =
            domains.into_iter().map(|domain| (domain.user_pool_id.clone(), domain)).collect();
        by_pool.into_values().collect()
    })
}

/// Whether a snapshot without a floor, exact or not, declares it so that [`changed`] is drift: it leaves out
/// what it could not read, and what Cognito would not take back.
fn is_declared(domain: &Domain, attribute: Attribute, exact: bool) -> bool {
    let login = domain.managed_login_version;
    match (attribute, &domain.hosting) {
        (Attribute::ManagedLoginVersion, _) => matches!(login, Some(1 | 2)),
        (_, Hosting::Prefix) => false,
        (Attribute::SecurityPolicy, Hosting::Custom(custom)) => {
            match custom.security_policy.in_effect() {
                None => false,
                // What is changed there is raised, and a floor lets it.
                Some(SecurityPolicy::TlsV1) => {
                    exact && custom.security_policy != ObservedPolicy::Absent && login != Some(2)
                }
                Some(_) => true,
            }
        }
        (Attribute::Routing, Hosting::Custom(custom)) => {
            custom.failover.as_ref().is_none_or(|failover| {
                !failover.secondary_region.is_empty()
                    && !failover.primary_route53_health_check_id.is_empty()
            })
        }
        (Attribute::CertificateArn, Hosting::Custom(custom)) => {
            exact && custom.certificate_arn.is_some()
        }
    }
}

/// The domain with that attribute, and no other, in another state; `None` where it has none.
fn changed(domain: &Domain, attribute: Attribute) -> Option<Domain> {
    let mut domain = domain.clone();
    let login = domain.managed_login_version;
    match (attribute, &mut domain.hosting) {
        (Attribute::ManagedLoginVersion, _) => {
            domain.managed_login_version = Some(if login == Some(1) { 2 } else { 1 });
        }
        (_, Hosting::Prefix) => return None,
        (Attribute::SecurityPolicy, Hosting::Custom(custom)) => {
            let weakest = SecurityPolicy::TlsV1;
            let other = if custom.security_policy.in_effect() == Some(weakest) {
                SecurityPolicy::TlsV1_3_2025
            } else {
                weakest
            };
            custom.security_policy = ObservedPolicy::Known(other);
        }
        (Attribute::Routing, Hosting::Custom(custom)) => {
            custom.failover = match &custom.failover {
                Some(_) => None,
                None => Some(Failover {
                    secondary_region: "us-east-2".to_owned(),
                    primary_route53_health_check_id: HEALTH_CHECK.to_owned(),
                }),
            };
        }
        (Attribute::CertificateArn, Hosting::Custom(custom)) => {
            custom.certificate_arn = Some(certificate("other"))
        }
    }
    Some(domain)
}

fn pool(id: &str) -> Pool {
    Pool { id: id.to_owned(), name: format!("pool {id}"), tier: Tier::Essentials }
}

/// The attributes that a plan finds off the baseline, as (domain, attribute).
fn drifts(plan: &Value) -> Vec<(String, String)> {
    let domains = plan.pointer("/0/domains").and_then(Value::as_array).expect("domains");
    domains
        .iter()
        .flat_map(|domain| {
            let name = domain["domain"].as_str().expect("a name");
            let changes = domain["changes"].as_array().expect("changes");
            changes.iter().map(move |change| {
                (name.to_owned(), change["attribute"].as_str().expect("a name").to_owned())
            })
        })
        .collect()
}

/// One random case, in an AWS of its own.
fn holds(
    file: &str,
    domains: &[Domain],
    floor: Option<SecurityPolicy>,
    exact: bool,
    old_policy: OldPolicy,
    change: Option<(Index, Attribute)>,
) -> Result<(), TestCaseError> {
    let variant = Variant { old_policy, ..Variant::default() };
    let served = Served::of(World::new(WorldSettings { variant, ..WorldSettings::default() }));
    // With none at all there is nothing to write.
    served.world.put_pool(pool("eu-central-1_Pool"));
    for domain in domains {
        served.world.put_domain(domain.clone());
    }
    let mut arguments = vec!["snapshot", "--output", file, "--force"];
    arguments.extend(exact.then_some(["--exact", "--certificates"]).iter().flatten());
    arguments.extend(floor.iter().flat_map(|floor| ["--floor", floor.as_str()]));
    let snapshot = served.guardctl(&arguments);
    prop_assert!(snapshot.status.success(), "{}", text(&snapshot.stderr));
    let written = std::fs::read_to_string(file).expect("the snapshot");
    let piped = std::fs::File::open(file).expect("the snapshot");
    let mut guardctl = Command::new(programs().join("guardctl"));
    let validate = guardctl.args(["validate", "-"]).stdin(piped).output().expect("guardctl");
    prop_assert!(validate.status.success(), "{written}\n{}", text(&validate.stdout));
    let plan = served.guardctl(&["plan", "--baseline", file]);
    // Where nothing could be declared there is nothing to compare.
    let code = i32::from(text(&plan.stdout).contains(" 0 governed,"));
    prop_assert_eq!(plan.status.code(), Some(code), "{}\n{}", written, text(&plan.stdout));

    // What a floor exempts and allows is not drift, so one change may be none there.
    let (Some((which, attribute)), None, false) = (change, floor, domains.is_empty()) else {
        return Ok(());
    };
    // As Cognito has it: one from before there were policies is reported with one, or with none.
    let domain = served.world.domain(&which.get(domains).name).expect("a domain that was put");
    let Some(other) = changed(&domain, attribute) else { return Ok(()) };
    served.world.put_domain(other);
    let plan = served.guardctl(&["plan", "--baseline", file, "--format", "json"]);
    let printed: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    let expected = if is_declared(&domain, attribute, exact) {
        vec![(domain.name.clone(), attribute.as_str().to_owned())]
    } else {
        Vec::new()
    };
    let governs = printed[0]["domains"].as_array().into_iter().flatten();
    let governs = governs.filter(|one| one["governed"] == true).count() > 0;
    let code = match (expected.is_empty(), governs) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    };
    prop_assert_eq!(drifts(&printed), expected, "{}", written);
    prop_assert_eq!(plan.status.code(), Some(code), "{}", text(&plan.stdout));
    Ok(())
}

/// Guardctl keeps under Cognito's request rate and so mostly waits: many at once wait together.
#[test]
fn a_snapshot_of_any_live_state_is_valid_changes_nothing_and_sees_every_change() {
    let folder = empty_folder("cli-snapshot");
    std::thread::scope(|scope| {
        for worker in 0..12 {
            let file = folder.join(format!("{worker}.yaml")).display().to_string();
            scope.spawn(move || {
                let floors = option::weighted(0.3, select(&SecurityPolicy::ALL[..]));
                let which = (any::<Index>(), select(&Attribute::ALL[..]));
                let old_policies = select(&[OldPolicy::TlsV1, OldPolicy::Absent][..]);
                let case = (worlds(), floors, any::<bool>(), old_policies, which);
                let config = ProptestConfig {
                    cases: 6,
                    max_shrink_iters: 60,
                    failure_persistence: None,
                    ..ProptestConfig::default()
                };
                proptest!(config, |((domains, floor, exact, old_policy, which) in case)| {
                    holds(&file, &domains, floor, exact, old_policy, Some(which))?;
                });
            });
        }
    });
}

/// The random worlds above need not hit each; there are few enough to try all.
#[test]
fn a_snapshot_of_every_kind_of_state_is_valid_and_a_plan_against_it_is_empty() {
    let folder = empty_folder("cli-snapshot-all");
    let policies = SecurityPolicy::ALL
        .into_iter()
        .map(ObservedPolicy::Known)
        .chain([ObservedPolicy::Absent, ObservedPolicy::Unknown("TLS_V1_4_2031".to_owned())]);
    std::thread::scope(|scope| {
        for (p, policy) in policies.enumerate() {
            let floors = [None, Some(SecurityPolicy::TlsV1_2_2021)];
            for (floor, exact) in floors.into_iter().flat_map(|f| [(f, false), (f, true)]) {
                let domains: Vec<_> = [false, true]
                    .into_iter()
                    .flat_map(|failover| [None, Some(1), Some(2)].map(|login| (failover, login)))
                    .enumerate()
                    .map(|(at, (failover, login))| {
                        custom(&format!("s{at}.example.com"), policy.clone(), failover, login)
                    })
                    .collect();
                let file = folder.join(format!("{p}-{}-{exact}.yaml", floor.is_some()));
                scope.spawn(move || {
                    let file = file.display().to_string();
                    holds(&file, &domains, floor, exact, OldPolicy::Absent, None)
                        .expect("what holds for any");
                });
            }
        }
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the program that is timed has a clock of its own")]
fn a_snapshot_reads_every_page_of_user_pools_and_keeps_under_the_request_rate() {
    let served = Served::start();
    for nth in 0..61 {
        served.world.put_pool(pool(&format!("eu-central-1_Pool{nth:05}")));
    }
    // On the last page, by its identifier.
    let strong = ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025);
    let mut last = custom("last.example.com", strong, false, Some(1));
    last.user_pool_id = "eu-central-1_Pool00060".to_owned();
    served.world.put_domain(last);
    let began = Instant::now();
    let snapshot = served.guardctl(&["snapshot"]);
    let took = began.elapsed();
    let written = text(&snapshot.stdout);
    assert!(written.contains("eu-central-1: 61 user pools, 1 domain\n"), "{written}");
    assert!(written.contains("- domain: last.example.com"), "{written}");
    let calls = served.world.calls();
    let lists = calls.iter().filter(|call| call.action == Action::ListUserPools).count();
    assert!(lists > 1, "{lists} page");
    // On a busy machine requests arrive late and in bunches, so the whole run is what says the rate.
    let least = Duration::from_secs(1) / 8 * u32::try_from(calls.len() - 1).unwrap();
    assert!(took >= least, "{} requests in {took:?}", calls.len());
}

/// The entries of a snapshot, without the comments.
fn entries(written: &str) -> Vec<&str> {
    let (_, entries) = written.split_once("\ndomains:\n").expect("entries");
    entries.lines().filter(|line| !line.trim_start().starts_with('#')).collect()
}

#[test]
fn a_policy_becomes_a_floor_unless_it_is_to_be_exact_and_a_certificate_is_left_out() {
    let variant = Variant { old_policy: OldPolicy::Absent, ..Variant::default() };
    let served = Served::of(World::new(WorldSettings { variant, ..WorldSettings::default() }));
    let strong = ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025);
    served.world.put_domain(custom("a.example.com", strong, false, Some(2)));
    served.world.put_domain(custom("b.example.com", ObservedPolicy::Absent, false, Some(1)));
    let snapshot = |arguments: &[&str]| {
        let output = served.guardctl(&[&["snapshot"], arguments].concat());
        text(&output.stdout).to_owned()
    };
    let written = snapshot(&[]);
    assert_eq!(
        entries(&written),
        [
            "  - domain: a.example.com",
            "    security_policy: { at_least: TLS_V1_3_2025 }",
            "    routing: none",
            "    managed_login_version: 2",
            "  - domain: b.example.com",
            "    security_policy: { at_least: TLS_V1 }  # observed none, which permits TLS 1.0",
            "    routing: none",
            "    managed_login_version: 1",
        ]
    );
    let exact = snapshot(&["--exact", "--certificates"]);
    assert!(exact.contains("    security_policy: TLS_V1_3_2025\n"), "{exact}");
    assert!(
        exact.contains("    security_policy: { at_least: TLS_V1 }  # observed none"),
        "{exact}"
    );
    assert_eq!(exact.matches("    certificate_arn: arn:aws:acm:").count(), 2, "{exact}");
    // A floor lowers nobody.
    let floor = snapshot(&["--floor", "TLS_V1_2_2021"]);
    assert!(floor.contains("    security_policy: { at_least: TLS_V1_3_2025 }\n"), "{floor}");
    assert!(floor.contains("    security_policy: { at_least: TLS_V1_2_2021 }  # observed none"));
}

#[test]
fn a_file_that_is_there_is_replaced_only_on_request() {
    let served = Served::start();
    served.world.put_domain(crate::served::weak("login.example.com"));
    let file = empty_folder("cli-snapshot-there").join("mine.yaml");
    std::fs::write(&file, "mine").expect("a file");
    let name = file.display().to_string();
    let calls = served.world.calls().len();
    let refused = served.guardctl(&["snapshot", "--output", &name]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pass --force"), "{}", text(&refused.stderr));
    assert_eq!(served.world.calls().len(), calls);
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "mine");
    let replaced = served.guardctl(&["snapshot", "--output", &name, "--force"]);
    assert!(replaced.status.success(), "{}", text(&replaced.stderr));
    assert!(std::fs::read_to_string(&file).expect("the file").contains("login.example.com"));
}

#[test]
fn nothing_is_written_of_an_account_that_was_not_read_whole_or_has_no_user_pool() {
    let served = Served::start();
    let file = empty_folder("cli-snapshot-nothing").join("mine.yaml");
    let name = file.display().to_string();
    let none = served.guardctl(&["snapshot", "--output", &name]);
    assert_eq!(none.status.code(), Some(1));
    let said = text(&none.stderr);
    assert!(said.contains("no user pool in account 111122223333 eu-central-1"), "{said}");
    served.world.put_domain(crate::served::weak("login.example.com"));
    served.world.deny(Action::DescribeUserPoolDomain);
    for arguments in [&["snapshot", "--output", &name][..], &["snapshot"]] {
        let partly = served.guardctl(arguments);
        assert_eq!(partly.status.code(), Some(1));
        assert!(partly.stdout.is_empty(), "{}", text(&partly.stdout));
        assert!(text(&partly.stderr).contains("nothing was written"), "{}", text(&partly.stderr));
    }
    assert!(!file.exists());
}

#[test]
fn of_several_regions_each_entry_and_exemption_lists_its_own() {
    let served = Served::start();
    served.world.put_domain(crate::served::weak("login.example.com"));
    let regions = ["--region", "eu-central-1", "--region", "us-east-1"];
    let floor = ["snapshot", "--floor", "TLS_V1_2_2021"];
    let output = served.guardctl(&[&floor[..], &regions].concat());
    let written = text(&output.stdout);
    for region in ["eu-central-1", "us-east-1"] {
        let lines = format!("  - domain: login.example.com\n    regions: [{region}]\n");
        assert_eq!(written.matches(&lines).count(), 2, "{written}");
    }
    let file = empty_folder("cli-snapshot-regions").join("both.yaml");
    std::fs::write(&file, written).expect("a file");
    let plan = ["plan", "--baseline", &file.display().to_string()];
    let planned = served.guardctl(&[&plan[..], &regions].concat());
    assert_eq!(planned.status.code(), Some(0), "{}", text(&planned.stdout));
}

#[test]
fn the_schema_is_named_where_the_file_finds_it() {
    let served = Served::start();
    served.world.put_domain(crate::served::weak("login.example.com"));
    let folder = empty_folder("cli-snapshot-schema");
    std::fs::create_dir_all(folder.join("docs/schema")).expect("a folder");
    std::fs::create_dir_all(folder.join("baseline/eu")).expect("a folder");
    std::fs::write(folder.join("docs/schema/baseline.json"), "{}").expect("a file");
    for (file, expected) in [
        ("my.yaml", "$schema=docs/schema/baseline.json"),
        ("baseline/baseline.yaml", "$schema=../docs/schema/baseline.json"),
        ("baseline/eu/baseline.yaml", "$schema=../../docs/schema/baseline.json"),
    ] {
        let name = folder.join(file).display().to_string();
        assert!(served.guardctl(&["snapshot", "--output", &name]).status.success());
        let written = std::fs::read_to_string(&name).expect("the snapshot");
        let first = written.lines().next().expect("a line");
        assert_eq!(first, format!("# yaml-language-server: {expected}"), "{file}");
    }
}
