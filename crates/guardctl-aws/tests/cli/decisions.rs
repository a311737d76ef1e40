//! What guardctl decides is what the Lambda decides.

use std::fs;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::trigger::{Origin, Subject};
use cognito_domain_guard_sandbox::{Action, Stage, World, WorldSettings, deploy};
use serde_json::Value;
use time::OffsetDateTime;

use crate::served::Served;
use crate::shipped::events;
use crate::support::{empty_folder, text};

/// Longer than Cognito takes over anything.
const LATE: Duration = Duration::from_secs(2 * 60 * 60);

/// The first update that a world was sent, as it was sent.
fn first_update(world: &World) -> Option<String> {
    let calls = world.calls();
    let update = calls.iter().find(|call| call.action == Action::UpdateUserPoolDomain)?;
    Some(update.request.to_string())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "guardctl has the clock of today")]
fn an_update_is_the_lambdas_to_the_byte() {
    // guardctl has the clock of today, the Lambda that of the event: the exemption holds for both.
    let shipped =
        fs::read_to_string(crate::shipped::at("baseline/example.yaml")).expect("the baseline");
    assert!(shipped.contains("until: 2026-12-31"));
    let next_year = (OffsetDateTime::now_utc() + time::Duration::days(300)).date();
    let declared = shipped.replace("until: 2026-12-31", &format!("until: {next_year}"));
    let file = empty_folder("cli-decisions").join("baseline.yaml").display().to_string();
    fs::write(&file, &declared).expect("a file");
    let baseline = Baseline::parse("baseline.yaml", &declared).expect("a baseline");
    let (mut compared, mut updates) = (0, 0);
    for path in events() {
        let event: Value =
            serde_json::from_slice(&fs::read(&path).expect("an event")).expect("JSON");
        let settings = WorldSettings { latency: Duration::ZERO, ..WorldSettings::default() };
        let Ok(stage) = Stage::set(&event, &baseline, settings) else { continue };
        let Some(change) = stage.changes().next().map(|played| played.change.clone()) else {
            continue;
        };
        // The guard's own call is verified, whoever asks guardctl for a plan asks what to write.
        let (Subject::Domain(name), Origin::Foreign) = (&change.subject, &change.origin) else {
            continue;
        };
        stage.world.advance(LATE);
        let served = Served::start();
        for domain in stage.world.domains() {
            served.world.put_domain(domain);
        }

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        // What was called before is the event's own story.
        let lambda = runtime.block_on(async {
            let (mut platform, _) = deploy(&stage.world, baseline.clone());
            let before = stage.world.calls().len();
            stage.deliver(&mut platform).await;
            platform.run_until_idle(LATE).await;
            let calls = stage.world.calls();
            calls[before..]
                .iter()
                .find(|call| call.action == Action::UpdateUserPoolDomain)
                .map(|call| call.request.to_string())
        });

        let plan =
            served.guardctl(&["plan", "--baseline", &file, "--domain", name, "--format", "json"]);
        let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
        let decision = &plan[0]["domains"][0]["decision"];
        served.guardctl(&["apply", "--baseline", &file, "--domain", name, "--yes"]);
        assert_eq!(first_update(&served.world), lambda, "{}", path.display());
        assert_eq!(decision == "update", lambda.is_some(), "{}: {decision}", path.display());
        compared += 1;
        updates += usize::from(lambda.is_some());
    }
    assert!(compared >= 10 && updates >= 5, "{compared} compared, {updates} updates");
}

#[test]
fn a_plan_in_each_format_shows_both_sides_and_what_would_be_sent() {
    let served = Served::start();
    served.world.put_domain(crate::served::weak("login.example.com"));
    let markdown = served.guardctl(&["plan", "--format", "markdown"]);
    let row =
        "| login.example.com | security_policy | `TLS_V1` | `at_least: TLS_V1_2_2021` | drifted";
    assert!(text(&markdown.stdout).contains(row), "{}", text(&markdown.stdout));
    let json = served.guardctl(&["plan", "--format", "json", "--domain", "login.example.com"]);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let change = &json[0]["domains"][0]["changes"][0];
    assert_eq!(
        [&change["observed"], &change["baseline"], &change["desired"]],
        ["TLS_V1", "at_least: TLS_V1_2_2021", "TLS_V1_2_2021"]
    );
    let text_form = served.guardctl(&["plan", "--domain", "login.example.com"]);
    let printed = text(&text_form.stdout);
    let line = "\n      security_policy TLS_V1 -> TLS_V1_2_2021 (example.yaml:29:3)\n";
    assert!(printed.contains(line), "{line:?} is not in\n{printed}");
}

#[test]
fn the_exit_code_of_a_plan_says_at_baseline_drifted_or_unknown() {
    let code = |served: &Served, arguments: &[&str]| {
        served.guardctl(&[&["plan", "--domain"], arguments].concat()).status.code()
    };
    let served = Served::start();
    served.world.put_domain(crate::served::weak("login.example.com"));
    served.world.put_domain(crate::served::weak("pos.example.org"));
    assert_eq!(code(&served, &["login.example.com"]), Some(2));
    // Nobody asked about the other one.
    served.world.remove_domain("login.example.com");
    let strong = cognito_domain_guard::domain::ObservedPolicy::Known(
        cognito_domain_guard::domain::SecurityPolicy::TlsV1_3_2025,
    );
    served.world.put_domain(crate::served::custom("login.example.com", strong, false, Some(1)));
    assert_eq!(code(&served, &["login.example.com"]), Some(0));
    assert_eq!(code(&served, &["login.example.com", "--region", "us-east-1"]), Some(0));
    served.world.deny(Action::DescribeUserPoolDomain);
    assert_eq!(code(&served, &["login.example.com"]), Some(1));
}

#[test]
fn each_region_is_planned_for_itself() {
    let served = Served::start();
    let plan = served.guardctl(&[
        "plan",
        "--region",
        "eu-west-1",
        "--region",
        "us-east-1",
        "--format",
        "json",
    ]);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!([&plan[0]["region"], &plan[1]["region"]], ["eu-west-1", "us-east-1"]);
}

#[test]
fn a_name_that_is_not_there_is_not_said_to_be_declared() {
    let served = Served::start();
    let plan = served.guardctl(&["plan", "--domain", "lgin.example.com"]);
    assert!(text(&plan.stdout).contains("there is no such domain"), "{}", text(&plan.stdout));
}
