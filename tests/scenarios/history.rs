//! Ninety days of an organization, as the guard's log keeps them: what `guardctl report` is tried on.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::notice::Record;
use cognito_domain_guard::reconcile;
use cognito_domain_guard::record_line::{NoticeFate, Of, RecordLine, of_notice, of_report};
use cognito_domain_guard::report::Report;
use cognito_domain_guard_sandbox::{
    Action, Caller, FunctionError, Invocation, Platform, PlatformSettings, World, at_baseline,
    deployment_overrides,
};
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::check::{LIMIT, record};
use crate::organization::{HERE, Organized, PAY, SHOP};
use crate::overrides::{remove, write};

const HOME: &str = "111122223333";
const NEW: &str = "444444444444";
const THERE: &str = "us-west-2";
const DAYS: u32 = 90;
const DAY: Duration = Duration::from_secs(86_400);

/// The log: lines as both functions write them.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<(Vec<String>, usize)>>);

impl Log {
    fn keep(&self, home: &World, reports: &[Report], request_id: &str) {
        let mut log = self.0.borrow_mut();
        let published = home.published();
        for notice in &published[log.1..] {
            let record: Record = serde_json::from_value(record(notice)).unwrap();
            log.0.push(of_notice(&record, NoticeFate::Published));
        }
        log.1 = published.len();
        for report in reports {
            log.0.push(of_report(
                report,
                Of { request_id, trace_id: None, cold_start: false, ended_at: home.now() },
            ));
        }
    }
}

fn caller(nth: u32, account: &str) -> Caller {
    match nth % 4 {
        0 => Caller::sso(account, "PlatformAdmin", "jane.doe@example.com"),
        1 => Caller::iam_user(account, "deploy")
            .with_user_agent("APN/1.0 HashiCorp/1.0 Terraform/1.13.0"),
        2 => Caller::sso(account, "Support", "=cmd|' /C calc'!A0 <script>alert(1)</script>"),
        _ => Caller::sso(account, "PlatformAdmin", "sam@example.com").in_console(),
    }
}

/// A person sets the policy of a domain.
fn weaken(world: &World, name: &str, nth: u32) {
    let Some(domain) = world.domain(name) else { return };
    let change = json!({
        "Domain": name,
        "UserPoolId": domain.user_pool_id,
        "ManagedLoginVersion": 1,
        "CustomDomainConfig": {
            "CertificateArn": format!("arn:aws:acm:us-east-1:{}:certificate/mine", world.account()),
            "SecurityPolicy": "TLS_V1",
        },
    });
    let _ = world.call_as(&caller(nth, world.account()), Action::UpdateUserPoolDomain, change);
}

const BASELINE: &str = "version: 1
mode: enforce
domains:
  - domain: \"audit-*.example.com\"
    mode: audit
    security_policy: { at_least: TLS_V1_2_2021 }
  - domain: \"*.example.com\"
    security_policy: { at_least: TLS_V1_2_2021 }
exemptions:
  - domain: \"pos.example.com\"
    attributes: [security_policy]
    until: 2027-03-31T00:00:00Z
    reason: \"the terminals of the shops speak TLS 1.0 until they are replaced\"
    owner: team-shop
    ticket: SHOP-4711
accounts:
  shop: { id: \"222222222222\", owner: team-shop }
  pay: { id: \"333333333333\", owner: team-pay }
";

#[tokio::test(start_paused = true)]
async fn ninety_days_of_an_organization_are_the_history_that_the_report_is_tried_on() {
    let mut organized = Organized::new();
    organized.guard.baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap().into();
    let (home, log) = (organized.home.clone(), Log::default());
    let names = ["login.example.com", "audit-shop.example.com", "pos.example.com"];
    for (nth, account) in [HOME, SHOP, PAY].into_iter().enumerate() {
        for region in [HERE, THERE] {
            let world = organized.at(account, region);
            for (of, name) in names.iter().enumerate() {
                let name = format!("{nth}{region}-{name}").replace("-pos.", ".pos.");
                let name = match (of, nth, region) {
                    (2, 1, HERE) => "pos.example.com".to_owned(),
                    (1, ..) => format!("audit-{nth}-{region}.example.com"),
                    _ => name,
                };
                let pool = format!("{region}_{nth}{of:08}");
                world.put_domain(at_baseline(&name, &pool, &world, &organized.guard.baseline));
            }
        }
    }
    let guard = organized.guard.clone();
    let handler = {
        let (home, log) = (home.clone(), log.clone());
        move |payload: Value, invocation: Invocation| {
            let (guard, home, log) = (guard.clone(), home.clone(), log.clone());
            async move {
                let request_id = invocation.request_id.clone();
                let invocation = reconcile::Invocation {
                    request_id: invocation.request_id,
                    trace_id: None,
                    deadline: Some(home.now() + Duration::from_secs(55)),
                };
                let answer = guard.answer(&payload, &invocation).await;
                log.keep(&home, &answer.reports, &request_id);
                answer.result.map_err(|unsettled| {
                    FunctionError::new(unsettled.error_type.as_str(), unsettled.message)
                })
            }
        }
    };
    let settings = PlatformSettings {
        overrides_path: Some(deployment_overrides(&home).path),
        ..PlatformSettings::default()
    };
    let mut platform = Platform::with_settings(&home, settings, handler);
    for (account, region) in [(HOME, THERE), (SHOP, HERE), (SHOP, THERE), (PAY, HERE), (PAY, THERE)]
    {
        platform.listen_to(&organized.at(account, region));
    }
    let first = home.now();
    for day in 0..DAYS {
        // Incidents of each kind, spread over places, people and tools.
        let (account, region) =
            [(SHOP, HERE), (PAY, THERE), (HOME, HERE), (SHOP, THERE)][day as usize % 4];
        let world = organized.at(account, region);
        let nth = [HOME, SHOP, PAY].iter().position(|one| *one == account).unwrap();
        let login = format!("{nth}{region}-login.example.com");
        match day {
            3 | 17 | 26 | 41 | 63 | 77 => weaken(&world, &login, day),
            11 | 55 => weaken(&world, &format!("audit-{nth}-{region}.example.com"), day),
            20 => weaken(&organized.at(SHOP, HERE), "pos.example.com", day),
            30 => {
                // Nobody hears of it but the next sweep.
                weaken(&world, &login, day);
                world.take_events();
            }
            34 => write(
                &home,
                "failover-test",
                &format!(
                    "domain: {login}\nattributes: [security_policy]\nuntil: {}\nreason: failover test\nby: on-call\n",
                    (home.now() + time::Duration::hours(8)).date().next_day().unwrap()
                ),
            ),
            35 => remove(&home, "failover-test"),
            48 | 89 => {
                world.deny_explicitly(Action::UpdateUserPoolDomain);
                weaken(&world, &login, day);
                platform.run_until_idle(Duration::from_secs(900)).await;
                if day == 89 {
                    break;
                }
                world.allow(Action::UpdateUserPoolDomain);
            }
            70 => organized.accounts.push(NEW.to_owned()),
            _ => {}
        }
        platform.run_until_idle(LIMIT).await;
        let next = first + DAY * (day + 1);
        let left = Duration::try_from(next - home.now()).unwrap();
        home.advance(left);
        organized.run(json!({ "cause": "schedule" })).await.unwrap();
        let reports = organized.take_reports();
        log.keep(&home, &reports, &format!("sweep-of-day-{day}"));
        platform.run_until_idle(LIMIT).await;
    }
    let lines = log.0.borrow().0.clone();
    for line in &lines {
        assert!(matches!(RecordLine::read(line), Some(Ok(_))), "{line}");
    }
    expect_file!["../report/history.jsonl"].assert_eq(&(lines.join("\n") + "\n"));
}
