//! What the daily digest says of the baseline itself: which domains it forgets, and what it allows for too long.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard_sandbox::{World, at_baseline};
use expect_test::expect;
use serde_json::{Value, json};

use crate::check::check;
use crate::sweeps::{at_midnight, make, weaken};

/// Puts domains there that there was no event of.
fn put(world: &World, names: &[&str]) {
    let baseline = Baseline::parse("baseline.yaml", "version: 1").unwrap();
    for (number, name) in names.iter().enumerate() {
        let pool = format!("eu-central-1_OTHER{number}");
        world.put_domain(at_baseline(name, &pool, world, &baseline));
    }
}

const OTHERS: [&str; 3] = ["shop-login", "new.example.com", "old.dev.example.com"];
const ONE_ENTRY: &str = "version: 1
domains:
  - { domain: auth.example.com, security_policy: { at_least: TLS_V1_2_2021 } }
";

#[tokio::test(start_paused = true)]
async fn domains_that_nothing_governs_are_listed_once_a_day_and_nothing_else_is_said_of_them() {
    let unsaid = |world: &World| put(world, &OTHERS);
    check("scheduled-sweep.json")
        .baseline(ONE_ENTRY)
        .event(at_midnight)
        .arrange(unsaid)
        .unchecked()
        .run_and(|end, _| {
            let [digest] = end.notices().try_into().unwrap();
            assert_eq!(
                digest["sweep"]["ungoverned"],
                json!(["new.example.com", "old.dev.example.com", "shop-login"])
            );
            assert_eq!(digest["severity"], "warning");
            assert_eq!(
                digest["headline"],
                "A sweep found 3 domains that nothing governs. You decide."
            );
        })
        .await;
    // Not each hour.
    check("scheduled-sweep.json")
        .baseline(ONE_ENTRY)
        .arrange(unsaid)
        .unchecked()
        .run_and(|end, _| assert_eq!(end.notices(), [] as [Value; 0]))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_is_not_listed_any_more_once_an_entry_of_its_own_says_that_it_is_unmanaged() {
    for (entries, listed) in [
        ("  - { domain: '*', security_policy: unmanaged }\n", &OTHERS[..]),
        (
            "  - { domain: shop-login, managed_login_version: unmanaged }\n  - { domain: \
             new.example.com, security_policy: unmanaged }\n  - { domain: '*.dev.example.com', mode: \
             audit, routing: unmanaged }\n",
            &[],
        ),
        ("defaults: { managed_login_version: 1 }\n", &[]),
    ] {
        check("scheduled-sweep.json")
            .baseline(&format!("{ONE_ENTRY}{entries}"))
            .event(at_midnight)
            .arrange(|world| put(world, &OTHERS))
            .unchecked()
            .run_and(|end, _| {
                let notices = end.notices();
                assert_eq!(notices.len(), usize::from(!listed.is_empty()), "{entries}");
                if let [digest] = notices.as_slice() {
                    let names = digest["sweep"]["ungoverned"].as_array().unwrap().len();
                    assert_eq!(names, listed.len());
                }
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_domains_that_nothing_governs_the_first_fifty_are_named() {
    check("scheduled-sweep.json")
        .in_the_likeliest_world()
        .baseline(ONE_ENTRY)
        .event(at_midnight)
        .arrange(|world| {
            let names: Vec<String> =
                (0..60).rev().map(|number| format!("login-{number:02}")).collect();
            put(world, &names.iter().map(String::as_str).collect::<Vec<_>>());
        })
        .unchecked()
        .run_and(|end, _| {
            let [digest] = end.notices().try_into().unwrap();
            let named = digest["sweep"]["ungoverned"].as_array().unwrap();
            assert_eq!(
                (named.len(), &named[0], &named[49]),
                (50, &json!("login-00"), &json!("login-49"))
            );
            assert_eq!(digest["sweep"]["domains"], 61);
            assert_eq!(digest["sweep"]["governed"], 1);
            let headline = "A sweep found 50 domains or more that nothing governs. You decide.";
            assert_eq!(digest["headline"], headline);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_exemption_that_is_too_long_is_honoured_and_told_once_a_day() {
    let text = "version: 1
defaults:
  security_policy: { at_least: TLS_V1_3_2025 }
domains:
  - { domain: auth.example.com, managed_login_version: 2 }
exemptions:
  - domain: auth.example.com
    attributes: [security_policy]
    until: 2150-12-31T00:00:00Z
    reason: old terminals
";
    check("scheduled-sweep.json")
        .baseline(text)
        .event(at_midnight)
        .arrange(|world| make(world, weaken))
        .always(expect![[r#"
            sweep: exempt
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              sns:Publish sweep_digest
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| {
            let [digest] = end.notices().try_into().unwrap();
            assert_eq!(
                digest["sweep"]["overlong_exemptions"],
                json!(["baseline.yaml:7:5: auth.example.com until 2150-12-31"])
            );
            assert_eq!(digest["severity"], "warning");
            let headline = "An exemption lasts longer than the baseline allows. You decide.";
            assert_eq!(digest["headline"], headline);
        })
        .await;
    check("scheduled-sweep.json")
        .baseline(&text.replace("2150-12-31", "2027-12-01"))
        .event(at_midnight)
        .arrange(|world| make(world, weaken))
        .unchecked()
        .run_and(|end, _| assert_eq!(end.notices(), [] as [Value; 0]))
        .await;
}
