//! What a sweep of a large organization asks of AWS, and what it costs: 5,000 accounts in four regions, of which
//! two in a hundred have a user pool domain and one in a hundred has no role. In virtual time, over the sandbox;
//! and what one of its batches takes of memory, by the program as a process of its own, in real time.
//!
//! `cargo bench --bench organization`; `ACCOUNTS=500` for fewer; `-- --write` writes the table of benches/README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench ends where something is amiss, and is told how large to be"
)]

mod support;
#[allow(dead_code, reason = "the other benches and a test take the rest")]
#[path = "support/written.rs"]
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Hosting, ObservedPolicy, SecurityPolicy};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::reach::Organization;
use cognito_domain_guard::reconcile::{Guard, Invocation};
use cognito_domain_guard::report::CoverageRecord;
use cognito_domain_guard_sandbox::{
    Action, Call, Caller, StateMachine, World, WorldSettings, at_baseline, deployment_identity,
    hub, member_role, topic_arn,
};
use serde_json::{Value, json};

use support::{Authority, Roots, StandIn};
use written::ORGANIZATION;

const KEY: &str = "ASIASWEEP";
const HOME: &str = "111122223333";
const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];
const BASELINE: &str = "version: 1
mode: enforce
domains:
  - domain: \"*.example.com\"
    security_policy: TLS_V1_2_2021
";
/// Of an answer from a region across an ocean.
const LATENCY: Duration = Duration::from_millis(120);
/// As template.yaml has it by default.
const CONCURRENCY: u32 = 5;
/// What a batch may take beyond what the process holds before it: the function has 128 MB, and a sweep is no
/// reason for more.
const MOST_MEMORY: u64 = 24 * 1024;
/// What a hub's metrics, alarms, dashboard and polling cost a month (docs/operate.md), in USD.
const HUBS_OWN: f64 = 9.0;
/// All that a month may cost, in USD.
const MOST: f64 = 30.0;

fn main() {
    // Cargo runs it among the tests, too, with an argument of theirs.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let accounts = std::env::var("ACCOUNTS").ok().and_then(|text| text.parse().ok());
    let accounts = accounts.unwrap_or(5_000);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let mut text = runtime.block_on(run(accounts));
    text.push_str(&batch(accounts));
    print!("\n{text}");
    if std::env::args().any(|argument| argument == "--write") {
        assert_eq!(accounts, 5_000, "the table is of 5,000 accounts");
        ORGANIZATION.write(Path::new(support::ROOT), &text).unwrap();
    }
}

struct Swept {
    what: &'static str,
    calls: usize,
    sessions: usize,
    /// Steps of the function.
    steps: usize,
    /// Of all its steps together, in virtual time.
    seconds: f64,
    largest: usize,
}

/// The table of the two sweeps.
async fn run(accounts: usize) -> String {
    let began = Instant::now();
    let (home, guard, ids) = organization(accounts);
    let mut machine = StateMachine::default();
    println!("{accounts} accounts in {} regions, made in {:.1?}", REGIONS.len(), began.elapsed());
    let mut text = format!("{}| --- | --- | --- | --- | --- | --- |\n", ORGANIZATION.head);
    let mut all = Vec::new();
    for (what, cause) in [("of everything", "deployment"), ("of an hour", "schedule")] {
        let real = Instant::now();
        home.advance(Duration::from_secs(3_600));
        let swept = sweep(what, cause, &home, &guard, &mut machine, &ids).await;
        let Swept { what, calls, sessions, steps, seconds, largest } = swept;
        println!("{what}: {:.1?} of real time", real.elapsed());
        let _ = writeln!(
            text,
            "| {what} | {calls} | {sessions} | {steps} | {seconds:.0} s | {} KiB |",
            largest / 1024
        );
        all.push(swept);
    }
    println!("\nwhat one leaves for the next: {} KiB", machine.last.to_string().len() / 1024);
    cost(&all[0], &all[1], accounts);
    text
}

/// An organization with that many accounts.
fn organization(accounts: usize) -> (World, Guard, Vec<String>) {
    let topics = vec![topic_arn(HOME, REGIONS[0])];
    let settings = WorldSettings { topics, latency: LATENCY, ..WorldSettings::default() };
    let home = World::new(settings);
    let identity = deployment_identity(&home);
    home.register_caller(KEY, Caller::lambda(&identity.role_arn, &identity.function_arns[1]));
    let organization = Organization {
        id: "o-exampleorgid".to_owned(),
        regions: REGIONS.map(str::to_owned).into(),
        ..Organization::default()
    };
    let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
    let mut guard = hub(&home, baseline, organization, KEY);
    guard.sweep_limit = Some(10);
    guard.sweep_account_limit = Some(3);
    // Their numbers have no order, as AWS gives them.
    let id = |nth: usize| (nth as u64 + 1) * 61_803_398_875 % 1_000_000_000_000;
    let ids: Vec<String> = (0..accounts).map(|nth| format!("{:012}", id(nth))).collect();
    let mut weak = 0;
    for (nth, account) in ids.iter().enumerate() {
        for (region_nth, region) in REGIONS.into_iter().enumerate() {
            let member = home.at(account, region);
            if nth % 100 != 0 {
                member.put_role(member_role(&member, &identity.role_arn));
            }
            if nth % 50 == 1 {
                let name = format!("login-{nth}-{region_nth}.example.com");
                let mut domain =
                    at_baseline(&name, &format!("{region}_{nth:09}"), &member, &guard.baseline);
                // Some drift that events missed: within the brake.
                if let Hosting::Custom(custom) = &mut domain.hosting
                    && weak < 8
                    && region_nth == 0
                {
                    custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1);
                    weak += 1;
                }
                member.put_domain(domain);
            }
        }
    }
    (home, guard, ids)
}

async fn sweep(
    what: &'static str,
    cause: &str,
    home: &World,
    guard: &Guard,
    machine: &mut StateMachine,
    accounts: &[String],
) -> Swept {
    let (calls, steps, began) = (home.calls().len(), machine.steps, home.now());
    machine.largest = 0;
    let mut coverage = None;
    let answer = async |payload: Value| {
        let deadline = Some(home.now() + Duration::from_secs(900));
        let invocation = Invocation { request_id: "scale".into(), trace_id: None, deadline };
        let answer = guard.answer(&payload, &invocation).await;
        let seen = answer.reports.iter().find_map(|report| report.sweep.as_ref());
        coverage = seen.and_then(|sweep| sweep.coverage.clone()).or(coverage.take());
        answer.result.map_err(|unsettled| unsettled.message)
    };
    machine.run(&json!({ "cause": cause }), accounts, || false, answer).await.unwrap();
    let CoverageRecord { places, covered, not_covered, unknown, .. } = *coverage.unwrap();
    assert_eq!(places, accounts.len() * REGIONS.len());
    assert_eq!((covered + not_covered, unknown), (places, 0));
    assert_eq!(not_covered, accounts.len().div_ceil(100) * REGIONS.len());
    let made = home.calls();
    let made = &made[calls..];
    are_few(made, home, guard.sweep_requests_per_second);
    Swept {
        what,
        calls: made.len(),
        sessions: made.iter().filter(|call| call.action == Action::AssumeRole).count(),
        steps: machine.steps - steps,
        seconds: (home.now() - began).as_seconds_f64(),
        largest: machine.largest,
    }
}

/// No place takes more than one list of its user pools, as these have few, nor more requests in any second than the rate
/// that the sweep is held to; and where there is no user pool, there is nothing but that list.
fn are_few(made: &[Arc<Call>], home: &World, rate: u32) {
    let without: BTreeSet<Place> = home
        .places()
        .iter()
        .filter(|world| world.pools().is_empty())
        .map(|world| world.place().clone())
        .collect();
    let mut places = BTreeMap::<&Place, Vec<&Call>>::new();
    for call in made.iter().filter(|call| call.action != Action::AssumeRole) {
        places.entry(&call.place).or_default().push(call);
    }
    for (place, calls) in places.into_iter().filter(|(place, _)| place.account != HOME) {
        let lists = calls.iter().filter(|call| call.action == Action::ListUserPools);
        assert_eq!(lists.count(), 1, "{place}");
        let is_look = |call: &&Call| call.action == Action::DescribeUserPoolDomain;
        assert_eq!(without.contains(place), calls.len() == 1, "{place}");
        assert!(calls.len() == 1 || calls.iter().any(is_look), "{place}");
        let most = usize::try_from(rate).unwrap();
        for together in calls.windows(most + 1) {
            let time = together[most].at - together[0].at;
            assert!(time >= Duration::from_millis(900), "{place}: {} in {time}", most + 1);
        }
    }
}

/// Gives the program one of the batches into which these accounts are dealt, and looks at what it takes. Says so.
fn batch(accounts: usize) -> String {
    let (home, guard, ids) = organization(accounts);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let dealt = runtime.block_on(async {
        let step = json!({ "step": "deal", "accounts": ids, "standing": null });
        let deadline = Some(home.now() + Duration::from_secs(900));
        let invocation = Invocation { request_id: "scale".into(), trace_id: None, deadline };
        guard.answer(&step, &invocation).await.result.unwrap()
    });
    let items = &dealt["batches"][0]["items"];
    let step = json!({ "step": "observe", "items": items, "room": dealt["room"] });
    let places = items.as_array().unwrap().len() * REGIONS.len();

    let identity = deployment_identity(&home);
    let (authority, folder) = (Authority::new(), Path::new(env!("CARGO_TARGET_TMPDIR")));
    let Roots { few: roots, all: _ } = authority.write_roots(folder);
    let baseline = folder.join("organization.yaml");
    std::fs::write(&baseline, BASELINE).unwrap();
    let stand_in = StandIn::of(&authority, &home, &step, &identity.function_arns[1]);
    let began = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_cognito-domain-guard"))
        .env_clear()
        .envs(stand_in.environment())
        .env("SSL_CERT_FILE", roots)
        .env("BASELINE", &baseline)
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("GUARD_ROLE_ARN", &identity.role_arn)
        .env("SWEEP_FUNCTION_ARN", &identity.function_arns[1])
        .env("ORGANIZATION_ID", "o-exampleorgid")
        .env("ORGANIZATION_REGIONS", REGIONS.join(","))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let memory = |what: &str| -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    };
    stand_in.idle().unwrap();
    let idle = memory("VmRSS:");
    stand_in.release(1);
    let answered = stand_in.answer_of_a_sweep();
    let peak = memory("VmHWM:");
    process.kill().unwrap();
    process.wait().unwrap();
    answered.unwrap();
    let made = home.calls();
    let sessions = made.iter().filter(|call| call.action == Action::AssumeRole).count();
    assert_eq!(sessions, places, "each place is entered once");
    are_few(&made, &home, guard.sweep_requests_per_second);
    let mb = |kilobytes: u64| kilobytes as f64 / 1024.0;
    println!("\na batch of {places} places as a process: {:.1?} of real time", began.elapsed());
    assert!(peak - idle <= MOST_MEMORY, "{:.1} MB more", mb(peak - idle));
    format!(
        "\nOne of its batches, of {places} places, by the program as a process: {} requests, {:.1} MB before it and at \
         most {:.1} MB in it (at most {} MB more).\n",
        made.len(),
        mb(idle),
        mb(peak),
        MOST_MEMORY / 1024
    )
}

/// A month of one sweep of everything a day and 23 of an hour, in us-east-1's prices of 2026.
fn cost(everything: &Swept, hourly: &Swept, accounts: usize) {
    let month = |daily: f64, each_hour: f64| 30.0 * (daily + 23.0 * each_hour);
    // 128 MB on arm64, and a millionth of 0.20 USD a request.
    let lambda = |of: &Swept| of.seconds * 0.125 * 0.000_013_333_4 + of.steps as f64 * 0.000_000_2;
    // Six transitions around each step of the function, and two for each page of twenty accounts.
    let transitions = |of: &Swept, pages: usize| 6.0 * of.steps as f64 + 2.0 * pages as f64 + 10.0;
    let pages = accounts.div_ceil(20);
    let lambda = month(lambda(everything), lambda(hourly));
    let states = month(transitions(everything, pages), transitions(hourly, 0)) * 0.000_025;
    // AssumeRole is in the trail of both accounts.
    let events = |of: &Swept| (of.calls + of.sessions) as f64;
    let events = month(events(everything), events(hourly)) / 1e6;
    println!("\na month: Lambda {lambda:.2} USD, Step Functions {states:.2} USD");
    assert!(lambda + states + HUBS_OWN < MOST, "{:.2} USD", lambda + states);
    println!(
        "CloudTrail: {events:.1} million events, {:.0} USD where GuardDuty reads them, {:.0} USD in a second trail",
        events * 4.0,
        events * 20.0
    );
    let longest = everything.seconds / f64::from(CONCURRENCY) / 60.0;
    println!(
        "a sweep of everything takes some {longest:.0} minutes at SweepConcurrency {CONCURRENCY}"
    );
}
