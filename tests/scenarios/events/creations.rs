//! A custom domain was created: people hear of it once, and whether anything governs it.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Status;
use cognito_domain_guard::report::Kind;
use cognito_domain_guard_sandbox::{Action, Break, Fault, FaultKind, at_baseline};
use expect_test::expect;
use serde_json::{Value, json};

use crate::check::{Check, End, check};

const GOVERNED: &str = "version: 1
domains:
  - domain: login.example.com
    security_policy: { at_least: TLS_V1 }
    managed_login_version: 1
";
const UNGOVERNED: &str = "version: 1
domains:
  - domain: auth.example.com
    security_policy: { at_least: TLS_V1_2_2021 }
";

fn created(baseline: &str) -> Check {
    check("create-below-floor.json").baseline(baseline)
}

/// The announcements, each as its severity, why, and where the rule stands.
fn announced(end: &End) -> Vec<(Value, Value, Value)> {
    let of = |notice: Value| {
        (notice["severity"].clone(), notice["reason"].clone(), notice["rule"].clone())
    };
    let is_one = |notice: &Value| notice["kind"] == "domain_created";
    end.notices().into_iter().filter(is_one).map(of).collect()
}

fn info() -> (Value, Value, Value) {
    (
        json!("info"),
        json!(
            "the entry at baseline.yaml:3:5 governs it: security_policy at_least: TLS_V1, \
             managed_login_version 1"
        ),
        json!("baseline.yaml:3:5"),
    )
}

fn warning() -> (Value, Value, Value) {
    let reason = "no entry of baseline.yaml matches the domain, and the defaults declare nothing";
    (json!("warning"), json!(reason), Value::Null)
}

#[tokio::test(start_paused = true)]
async fn one_that_an_entry_governs_is_announced_once_with_the_entry_and_looked_at_until_it_is_there()
 {
    created(GOVERNED)
        .always(expect![[r#"
            change: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
            event: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
              sns:Publish domain_created
            recheck x59: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: in_sync
              cognito-idp:DescribeUserPoolDomain
            end: login.example.com is new: status ACTIVE, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
        "#]])
        .run_and(|end, _| assert_eq!(announced(end), [info()]))
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_nothing_governs_is_a_warning_that_says_what_to_declare() {
    created(UNGOVERNED)
        .always(expect![[r#"
            change: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
            event: unmanaged
              cognito-idp:DescribeUserPoolDomain
              sns:Publish domain_created
            end: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
        "#]])
        .run_and(|end, _| {
            assert_eq!(announced(end), [warning()]);
            let steps = end.notices()[0]["next_steps"].clone();
            assert!(steps.to_string().contains("{ domain: login.example.com, security_policy"));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_a_catch_all_leaves_unmanaged_is_a_warning_too() {
    created("version: 1\ndomains: [{ domain: '*', routing: unmanaged }]\n")
        .unchecked()
        .run_and(|end, _| {
            let reason = "the entry at baseline.yaml:2:11 matches the domain and declares nothing";
            let rule = json!("baseline.yaml:2:11");
            assert_eq!(announced(end), [(json!("warning"), json!(reason), rule)]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_the_defaults_govern_in_audit_mode_is_announced_so_beside_its_drift() {
    created("version: 1\nmode: audit\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n")
        .always(expect![[r#"
            change: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
            event: audited
              cognito-idp:DescribeUserPoolDomain
              sns:Publish audit
              sns:Publish domain_created
            end: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
        "#]])
        .run_and(|end, _| {
            let reason = "the defaults at baseline.yaml:4:3 govern it, in audit mode: security_policy \
                          at_least: TLS_V1_2_2021";
            let rule = json!("baseline.yaml:4:3");
            assert_eq!(announced(end), [(json!("info"), json!(reason), rule)]);
            assert_eq!(end.notices().last().unwrap()["changes"], json!([]));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_whose_announcement_could_not_be_published_is_announced_by_the_next_look() {
    for (baseline, expected) in [(GOVERNED, info()), (UNGOVERNED, warning())] {
        created(baseline)
            .arrange(|world| {
                let denial = "User is not authorized to perform: SNS:Publish";
                world.inject(
                    Fault::error(403, "AuthorizationError", denial).on(Action::Publish).once(),
                );
            })
            .unchecked()
            .run_and(|end, _| {
                assert_eq!(announced(end), std::slice::from_ref(&expected));
                end.journal.read(|entries| {
                    let first = entries[0].result.clone().unwrap_err();
                    assert_eq!(first.error_type.as_str(), "NoticeFailed");
                    assert_eq!(
                        entries[1].reports[0].outcomes[0].notices[..1],
                        [Kind::DomainCreated]
                    );
                });
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_whose_first_look_was_killed_is_announced_by_the_next() {
    created(UNGOVERNED)
        .arrange(|world| {
            let fault = Fault::new(FaultKind::Before(Break::Kill));
            world.inject(fault.on(Action::Publish).once());
        })
        .unchecked()
        .run_and(|end, _| assert_eq!(announced(end), [warning()]))
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_could_not_be_described_is_announced_at_once_and_not_again() {
    created(GOVERNED)
        .alone()
        .arrange(|world| {
            let throttled = Fault::error(400, "TooManyRequestsException", "Rate exceeded");
            world.inject(throttled.on(Action::DescribeUserPoolDomain).times(3));
        })
        .unchecked()
        .run_and(|end, _| {
            assert_eq!(announced(end), [info()]);
            let notice = &end.notices()[0];
            assert_eq!(notice["error"]["code"], "TooManyRequestsException");
            assert_eq!(notice.get("status"), None);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_again_is_announced_as_what_it_is() {
    created(UNGOVERNED)
        .arrange(|world| world.remove_domain("login.example.com"))
        .unchecked()
        .run_and(|end, _| {
            let (severity, reason, rule) = warning();
            let reason = format!("{}; Cognito shows no such domain now", reason.as_str().unwrap());
            assert_eq!(announced(end), [(severity, json!(reason), rule)]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_event_hides_the_domain_is_announced_while_cognito_is_creating_it() {
    let hidden = |event: &mut Value| {
        event["detail"]["requestParameters"]["domain"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
    };
    created(UNGOVERNED)
        .event(hidden)
        .arrange(|world| {
            // The event's pool has a custom domain that Cognito is creating, and a prefix domain.
            let baseline = Baseline::parse("baseline.yaml", UNGOVERNED).unwrap();
            let pool = "eu-central-1_Fg56Hi78J";
            world.put_domain(at_baseline("prefix", pool, world, &baseline));
            let mut domain = at_baseline("new.example.com", pool, world, &baseline);
            domain.status = Status::Creating;
            world.put_domain(domain);
        })
        .unchecked()
        .run_and(|end, _| {
            let announced: Vec<_> = end
                .notices()
                .into_iter()
                .filter(|notice| notice["kind"] == "domain_created")
                .map(|notice| notice["domain"].clone())
                .collect();
            assert_eq!(announced, ["new.example.com"]);
        })
        .await;
}
