//! Ninety days of an organization, as the guard's log keeps them: what `guardctl report` is tried on.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, SecurityPolicy, Status};
use cognito_domain_guard::metrics;
use cognito_domain_guard::notice::Record;
use cognito_domain_guard::reconcile;
use cognito_domain_guard::record_line::{NoticeFate, Of, RecordLine, of_notice, of_report};
use cognito_domain_guard::report::Report;
use cognito_domain_guard_sandbox::{
    Action, Caller, FunctionError, Invocation, Platform, PlatformSettings, Pool, Tier, World,
    at_baseline, deployment_identity, deployment_overrides,
};
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::check::{LIMIT, record};
use crate::organization::{HERE, Organized, PAY, SHOP};
use crate::overrides::{in_minutes, pause, remove, write};

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

impl Log {
    /// The metric lines that measure how long something took.
    fn measure(&self, lines: Vec<String>) {
        let durations = lines.into_iter().filter(|line| line.contains("SecondsTo"));
        self.0.borrow_mut().0.extend(durations);
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

/// A person lowers the policy of a domain.
fn weaken(world: &World, name: &str, nth: u32) {
    weaken_as(&caller(nth, world.account()), world, name);
}

fn weaken_as(caller: &Caller, world: &World, name: &str) {
    set_as(caller, world, name, "TLS_V1");
}

/// Who comes while Cognito is busy is refused, as somebody who tries again and again is.
fn set_as(caller: &Caller, world: &World, name: &str, policy: &str) {
    let domain = world.domain(name).unwrap();
    let change = json!({
        "Domain": name,
        "UserPoolId": domain.user_pool_id,
        "ManagedLoginVersion": 1,
        "CustomDomainConfig": certificate_and(world, policy),
    });
    let _ = world.call_as(caller, Action::UpdateUserPoolDomain, change);
}

fn certificate_and(world: &World, policy: &str) -> Value {
    json!({
        "CertificateArn": format!("arn:aws:acm:us-east-1:{}:certificate/mine", world.account()),
        "SecurityPolicy": policy,
    })
}

/// The domain as it is, with that status and policy.
fn put(world: &World, name: &str, status: Status, policy: SecurityPolicy) {
    let mut domain = world.domain(name).unwrap();
    domain.status = status;
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Known(policy);
    }
    world.put_domain(domain);
}

/// A line for each domain, of which `guardctl plan` makes the report's plan.
fn listed(world: &World, domain: &Domain) -> String {
    let policy = match &domain.hosting {
        Hosting::Prefix => "prefix".to_owned(),
        Hosting::Custom(custom) => custom.security_policy.as_sent().unwrap().to_owned(),
    };
    let (account, region) = (world.account(), world.region());
    let Domain { name, user_pool_id, status, .. } = domain;
    format!("{account} {region} {name} {user_pool_id} {} {policy}", status.as_str())
}

const BASELINE: &str = include_str!("../report/baseline.yaml");

#[tokio::test(start_paused = true)]
async fn ninety_days_of_an_organization_are_the_history_that_the_report_is_tried_on() {
    let mut organized = Organized::new();
    let before = BASELINE.replace("    ticket: SHOP-4711\n", "");
    organized.guard.baseline = Baseline::parse("baseline.yaml", &before).unwrap().into();
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
            let portal = format!("portal-{nth}{}", region.as_bytes()[0] as char);
            let pool = format!("{region}_{nth}00000009");
            world.put_domain(at_baseline(&portal, &pool, &world, &organized.guard.baseline));
        }
    }
    for (account, region) in [(HOME, THERE), (PAY, HERE)] {
        let name = format!("admin-{region}.example.com");
        let world = organized.at(account, region);
        let pool = format!("{region}_ADMIN0000");
        world.put_domain(at_baseline(&name, &pool, &world, &organized.guard.baseline));
        put(&world, &name, Status::Active, SecurityPolicy::TlsV1_3_2025);
    }
    let guard = Rc::new(RefCell::new(organized.guard.clone()));
    let handler = {
        let (home, log, guard) = (home.clone(), log.clone(), guard.clone());
        move |payload: Value, invocation: Invocation| {
            let (guard, home, log) = (guard.borrow().clone(), home.clone(), log.clone());
            async move {
                let request_id = invocation.request_id.clone();
                let invocation = reconcile::Invocation {
                    request_id: invocation.request_id,
                    trace_id: None,
                    deadline: Some(home.now() + Duration::from_secs(55)),
                };
                let answer = guard.answer(&payload, &invocation).await;
                log.keep(&home, &answer.reports, &request_id);
                log.measure(metrics::lines(&answer, home.now(), false));
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
            // Somebody puts right what no event reported, and Cognito shows it late.
            33 => {
                put(&world, &login, Status::Active, SecurityPolicy::TlsV1);
                set_as(&caller(day, account), &world, &login, "TLS_V1_2_2021");
                put(&world, &login, Status::Updating, SecurityPolicy::TlsV1);
                platform.run_until_idle(Duration::from_secs(90)).await;
                put(&world, &login, Status::Active, SecurityPolicy::TlsV1_2_2021);
            }
            34 => {
                let until = in_minutes(&home, 480);
                let text = format!(
                    "domain: {login}\nattributes: [security_policy]\nuntil: {until}\n\
                     reason: failover test\nby: on-call\nticket: OPS-17\n"
                );
                write(&home, "failover-test", &text);
                weaken(&world, &login, day);
            }
            35 => remove(&home, "failover-test"),
            // What nobody can understand is never permission.
            58 => write(&home, "typo", "domain: login.example.com\nuntil: tomorrow\n"),
            59 => remove(&home, "typo"),
            6 => {
                let role = deployment_identity(&home).role_arn;
                let thief = Caller::session(&role, "build", "ASIAIMPOSTEREXAMPLE0", home.now());
                weaken_as(&thief, &world, &login);
            }
            14 => {
                write(&home, "release", &pause(&home, "*", 480));
                weaken(&world, &login, day);
            }
            15 => remove(&home, "release"),
            // Somebody who tries again each minute, for an hour.
            23 => {
                for _ in 0..60 {
                    weaken(&world, &login, day);
                    platform.run_until_idle(Duration::from_secs(60)).await;
                }
            }
            38 => {
                let id = format!("{region}_NEW000000");
                world.put_pool(Pool { id: id.clone(), name: "new".to_owned(), tier: Tier::Plus });
                let create = json!({
                    "Domain": "new.example.com",
                    "UserPoolId": id,
                    "ManagedLoginVersion": 1,
                    "CustomDomainConfig": certificate_and(&world, "TLS_V1"),
                });
                let caller = caller(day, account);
                world.call_as(&caller, Action::CreateUserPoolDomain, create).unwrap();
            }
            40 => {
                organized.guard.baseline =
                    Baseline::parse("baseline.yaml", BASELINE).unwrap().into();
                guard.borrow_mut().baseline = organized.guard.baseline.clone();
            }
            45 => {
                let name = format!("audit-{nth}-{region}.example.com");
                let pool = world.domain(&name).unwrap().user_pool_id;
                let delete = json!({ "Domain": name, "UserPoolId": pool });
                let caller = caller(day, account);
                world.call_as(&caller, Action::DeleteUserPoolDomain, delete).unwrap();
            }
            // While the guard waits for Cognito: the domain goes, somebody puts it right, Cognito fails.
            46 | 52 | 66 => {
                let name = if day == 46 { "new.example.com" } else { &login };
                weaken(&world, name, day);
                platform.run_until_idle(Duration::from_secs(90)).await;
                match day {
                    46 => world.remove_domain(name),
                    52 => put(&world, name, Status::Active, SecurityPolicy::TlsV1_2_2021),
                    _ => put(&world, name, Status::Failed, SecurityPolicy::TlsV1),
                }
            }
            67 => {
                let world = organized.at(HOME, HERE);
                let name = format!("0{HERE}-login.example.com");
                put(&world, &name, Status::Active, SecurityPolicy::TlsV1_2_2021);
            }
            72 => {
                let world = organized.at(NEW, HERE);
                let name = "start.example.com";
                let pool = format!("{HERE}_START0000");
                world.put_domain(at_baseline(name, &pool, &world, &organized.guard.baseline));
                platform.listen_to(&world);
                weaken(&world, name, day);
            }
            48 => {
                world.deny_explicitly(Action::UpdateUserPoolDomain);
                weaken(&world, &login, day);
                platform.run_until_idle(Duration::from_secs(900)).await;
                world.allow(Action::UpdateUserPoolDomain);
            }
            // At the end of the records the guard is stopped in one place, nobody has seen yet that a revert in
            // another is in effect, and in a third the guard waits for Cognito.
            89 => {
                world.deny_explicitly(Action::UpdateUserPoolDomain);
                weaken(&world, &login, day);
                platform.run_until_idle(Duration::from_secs(480)).await;
                weaken(&organized.at(SHOP, HERE), &format!("1{HERE}-login.example.com"), 88);
                platform.run_until_idle(Duration::from_secs(420)).await;
                weaken(&organized.at(SHOP, THERE), &format!("1{THERE}-login.example.com"), 87);
                platform.run_until_idle(Duration::from_secs(30)).await;
                break;
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
    for line in lines.iter().filter(|line| !line.contains("\"_aws\"")) {
        assert!(matches!(RecordLine::read(line), Some(Ok(_))), "{line}");
    }
    let mut domains = String::new();
    for world in [HOME, SHOP, PAY]
        .map(|account| [HERE, THERE].map(|region| organized.at(account, region)))
        .concat()
    {
        for domain in world.domains() {
            domains.push_str(&listed(&world, &domain));
            domains.push('\n');
        }
    }
    expect_file!["../report/domains.txt"].assert_eq(&domains);
    expect_file!["../report/history.jsonl"].assert_eq(&(lines.join("\n") + "\n"));
}
