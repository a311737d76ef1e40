//! The sweep of an organization: its steps as its state machine asks for them, in a world of accounts and
//! regions.

use std::cell::Cell;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Hosting, ObservedPolicy, SecurityPolicy};
use cognito_domain_guard::reach::Organization;
use cognito_domain_guard::reconcile::{Guard, Invocation};
use cognito_domain_guard::report::{DomainReport, Gap, Outcome, Report};
use cognito_domain_guard::sweep::organization::Observation;
use cognito_domain_guard_sandbox::{
    Action, Caller, Ended, Fault, Pool, STATE_MACHINE, StateMachine, Tier, World, WorldSettings,
    at_baseline, deployment_identity, guard, hub_with_overrides, member_role, topic_arn,
};
use serde_json::{Value, json};

use crate::check::record;

const KEY: &str = "ASIASWEEP";
const BASELINE: &str = "version: 1
mode: enforce
domains:
  - domain: \"*.example.com\"
    security_policy: { exactly: TLS_V1_2_2021 }
accounts:
  shop: { id: \"222222222222\", owner: team-shop }
";
const HOME: &str = "111122223333";
pub(crate) const SHOP: &str = "222222222222";
pub(crate) const PAY: &str = "333333333333";
const NEW: &str = "444444444444";
pub(crate) const HERE: &str = "eu-central-1";
pub(crate) const THERE: &str = "us-west-2";

/// A hub and what it sweeps.
pub(crate) struct Organized {
    pub(crate) home: World,
    pub(crate) guard: Guard,
    machine: StateMachine,
    pub(crate) accounts: Vec<String>,
    reports: Vec<Report>,
    paused: Cell<bool>,
    /// How long the function has for a step.
    time: Duration,
}

impl Organized {
    pub(crate) fn new() -> Self {
        let topics = vec![topic_arn(HOME, HERE)];
        let home = World::new(WorldSettings { topics, ..WorldSettings::default() });
        let identity = deployment_identity(&home);
        home.register_caller(KEY, Caller::lambda(&identity.role_arn, &identity.function_arns[1]));
        let organization = Organization {
            id: "o-exampleorgid".to_owned(),
            regions: [THERE.to_owned()].into(),
            excluded_accounts: ["999999999999".to_owned()].into(),
        };
        let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
        let mut guard = hub_with_overrides(&home, baseline, organization, KEY);
        guard.sweep_limit = Some(10);
        guard.sweep_account_limit = Some(3);
        let mut organized = Self {
            home,
            guard,
            machine: StateMachine::default(),
            accounts: vec![HOME.to_owned()],
            reports: Vec::new(),
            paused: Cell::new(false),
            time: Duration::from_secs(900),
        };
        organized.join(SHOP);
        organized.join(PAY);
        organized
    }

    /// An account becomes a member, with member.yaml in both regions.
    pub(crate) fn join(&mut self, account: &str) {
        self.accounts.push(account.to_owned());
        for region in [HERE, THERE] {
            let member = self.at(account, region);
            member.put_role(member_role(&member, &deployment_identity(&self.home).role_arn));
        }
    }

    pub(crate) fn at(&self, account: &str, region: &str) -> World {
        self.home.at(account, region)
    }

    /// So many weak domains in a place.
    pub(crate) fn weak(&self, account: &str, region: &str, count: usize) -> World {
        let world = self.at(account, region);
        for nth in 0..count {
            let name = format!("login-{nth}-{region}-{account}.example.com");
            let pool = format!("{region}_{nth:09}");
            world.put_domain(at_baseline(&name, &pool, &world, &self.guard.baseline));
            set(&world, &name, SecurityPolicy::TlsV1);
        }
        world
    }

    pub(crate) async fn run(&mut self, input: Value) -> Result<(), Ended> {
        let Self { home, guard, machine, accounts, reports, paused, time } = self;
        let answer = async |payload: Value| {
            let invocation = Invocation {
                request_id: format!("after-{}-calls", home.calls().len()),
                trace_id: None,
                deadline: Some(home.now() + *time),
            };
            let answer = guard.answer(&payload, &invocation).await;
            reports.extend(answer.reports);
            answer.result.map_err(|unsettled| unsettled.message)
        };
        machine.run(&input, accounts, || paused.get(), answer).await
    }

    /// What the steps reported since the last time.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    /// A sweep as the schedule starts it, an hour after the one before.
    pub(crate) async fn hourly(&mut self) -> Result<(), Ended> {
        self.home.advance(Duration::from_secs(3_600));
        self.run(json!({ "cause": "schedule" })).await
    }

    fn kinds(&self) -> Vec<Value> {
        self.home.published().iter().map(|notice| record(notice)["kind"].clone()).collect()
    }

    pub(crate) fn latest(&self) -> Value {
        record(self.home.published().last().unwrap())
    }

    /// The coverage that the last sweep reported: covered, not covered, unknown.
    pub(crate) fn coverage(&self) -> (usize, usize, usize) {
        let sweep = self.reports.iter().rev().find_map(|report| report.sweep.as_ref()).unwrap();
        let coverage = sweep.coverage.as_ref().unwrap();
        (coverage.covered, coverage.not_covered, coverage.unknown)
    }

    fn gaps(&self) -> Vec<(String, Gap)> {
        let sweep = self.reports.iter().rev().find_map(|report| report.sweep.as_ref()).unwrap();
        let gaps = sweep.coverage.as_ref().unwrap().gaps.iter();
        gaps.map(|gap| (format!("{}/{}", gap.account, gap.region), gap.why)).collect()
    }
}

fn set(world: &World, name: &str, policy: SecurityPolicy) {
    let mut domain = world.domain(name).unwrap();
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Known(policy);
    }
    world.put_domain(domain);
}

/// The domains of a place that are below the baseline, or were until Cognito is done with them.
fn weak_ones(world: &World) -> usize {
    let is_weak = |domain: &cognito_domain_guard::domain::Domain| match &domain.hosting {
        Hosting::Custom(custom) => {
            custom.security_policy == ObservedPolicy::Known(SecurityPolicy::TlsV1)
        }
        Hosting::Prefix => false,
    };
    world.domains().iter().filter(|domain| is_weak(domain)).count()
}

/// Updates that Cognito accepted, in that place.
pub(crate) fn updates(world: &World) -> usize {
    let is_update = |action| action == Action::UpdateUserPoolDomain;
    let of_place = |place: &cognito_domain_guard::place::Place| place == world.place();
    let calls = world.calls();
    calls
        .iter()
        .filter(|call| is_update(call.action) && call.outcome.is_ok() && of_place(&call.place))
        .count()
}

#[tokio::test(start_paused = true)]
async fn every_place_is_looked_at_and_what_is_weak_is_put_back_and_said_in_one_digest() {
    let mut all = Organized::new();
    let worlds = [
        all.weak(HOME, THERE, 1),
        all.weak(SHOP, HERE, 2),
        all.weak(SHOP, THERE, 1),
        all.weak(PAY, HERE, 1),
    ];
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(worlds.each_ref().map(updates), [1, 2, 1, 1]);
    assert_eq!((all.kinds(), all.coverage()), (vec![json!("sweep_digest")], (6, 0, 0)));
    let digest = all.latest();
    let text = digest.to_string();
    assert!(
        text.contains("222222222222/us-west-2 login-0-us-west-2-222222222222.example.com"),
        "{text}"
    );
    assert_eq!(digest["changes"].as_array().unwrap().len(), 5);
    let first_update =
        all.home.calls().iter().position(|c| c.action == Action::UpdateUserPoolDomain);
    let intended = all.home.logged();
    assert!(intended.len() == 1 && intended[0].is_intention);
    assert!(intended[0].calls <= first_update.unwrap(), "it is in the log before it is done");
    all.home.advance(Duration::from_secs(600));
    assert_eq!(worlds.each_ref().map(weak_ones), [0, 0, 0, 0]);

    // The rest of the day, only the places that had domains are looked at, and there is nothing to say.
    let calls = all.home.calls().len();
    all.hourly().await.unwrap();
    assert_eq!(all.kinds().len(), 1);
    let listed: Vec<_> = all
        .home
        .calls()
        .iter()
        .skip(calls)
        .filter(|c| c.action == Action::ListUserPools)
        .map(|call| call.place.to_string())
        .collect();
    assert_eq!(listed.len(), 4, "{listed:?}");
    assert!(!listed.contains(&format!("{PAY}/{THERE}")) && all.coverage() == (6, 0, 0));
}

/// Nothing but a person ends it, so people hear of it once a day and not each hour.
#[tokio::test(start_paused = true)]
async fn an_update_that_somebody_denies_is_said_once_a_day() {
    let mut all = Organized::new();
    let (denied, pay) = (all.weak(SHOP, HERE, 1), all.weak(PAY, HERE, 1));
    denied.deny_explicitly(Action::UpdateUserPoolDomain);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&denied), updates(&pay)), (0, 1));
    let first = all.kinds();
    assert!(
        first.contains(&json!("sweep_digest")) && first.contains(&json!("revert_failed")),
        "{first:?}"
    );
    all.hourly().await.unwrap();
    all.home.advance(Duration::from_secs(600));
    let busy = all.kinds().len();
    for _ in 0..3 {
        all.hourly().await.unwrap();
    }
    assert_eq!(all.kinds().len(), busy, "{:?}", all.kinds());
    denied.allow(Action::UpdateUserPoolDomain);
    all.hourly().await.unwrap();
    assert_eq!((updates(&denied), all.kinds().last()), (1, Some(&json!("sweep_digest"))));
}

#[tokio::test(start_paused = true)]
async fn a_place_without_a_role_is_not_covered_and_stops_no_other() {
    let mut all = Organized::new();
    let (gone, pay) = (all.weak(SHOP, HERE, 1), all.weak(PAY, HERE, 1));
    gone.remove_role(&gone.place().member_role_arn());
    all.at(SHOP, THERE).deny_region(true);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&gone), updates(&pay), all.coverage()), (0, 1, (4, 2, 0)));
    let digest = all.latest();
    assert_eq!(digest["sweep"]["coverage"]["gaps"][0]["why"], "no_role");
    assert!(digest["next_steps"].to_string().contains("Deploy member.yaml"));
    let since = digest["sweep"]["coverage"]["gaps"][0]["since"].clone();

    // A day later it is the same gap, as old as it is.
    for _ in 0..24 {
        all.hourly().await.unwrap();
    }
    assert_eq!(all.kinds().len(), 2, "once a day");
    assert_eq!(all.latest()["sweep"]["coverage"]["gaps"][0]["since"], since);

    gone.put_role(member_role(&gone, &deployment_identity(&all.home).role_arn));
    all.at(SHOP, THERE).deny_region(false);
    for _ in 0..24 {
        all.hourly().await.unwrap();
    }
    assert_eq!((updates(&gone), all.coverage()), (1, (6, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn one_place_that_is_throttled_is_unknown_and_stops_no_other() {
    let mut all = Organized::new();
    let (throttled, pay) = (all.weak(SHOP, HERE, 1), all.weak(PAY, HERE, 1));
    let rate = Fault::error(400, "TooManyRequestsException", "Rate exceeded");
    throttled.inject(rate.on(Action::ListUserPools));
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&throttled), updates(&pay), all.coverage()), (0, 1, (5, 0, 1)));
    assert_eq!(all.gaps(), [(format!("{SHOP}/{HERE}"), Gap::Throttled)]);

    // Nobody knows whether it has domains, so the next sweep of every place finds them.
    throttled.clear_faults();
    all.run(json!({ "cause": "deployment" })).await.unwrap();
    assert_eq!((updates(&throttled), all.coverage()), (1, (6, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_in_a_sweep_is_made_anew() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 1);
    let expired = Fault::error(
        400,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    );
    shop.inject(expired.on(Action::ListUserPools).once());
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&shop), all.coverage()), (1, (6, 0, 0)));
    let sessions = all.home.calls().iter().filter(|call| call.action == Action::AssumeRole).count();
    assert_eq!(sessions, 5, "one for each of four places, and one more");
}

#[tokio::test(start_paused = true)]
async fn too_much_in_one_account_is_held_alone_until_it_is_approved() {
    let mut all = Organized::new();
    let (shop, pay) = (all.weak(SHOP, HERE, 4), all.weak(PAY, HERE, 3));
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&shop), updates(&pay)), (0, 3));
    assert_eq!(all.kinds(), ["sweep_digest", "sweep_held"]);
    let notice = all.latest();
    let held = &notice["sweep"]["held"];
    let set = held["set"].as_str().unwrap().to_owned();
    assert_eq!((&held["domains"], &notice["severity"]), (&json!(4), &json!("critical")));
    assert_eq!(held["accounts"][0], json!({ "account": SHOP, "held_by": "account", "domains": 4 }));
    assert_eq!(
        held["command"],
        format!(
            "aws stepfunctions start-execution --region eu-central-1 --state-machine-arn {STATE_MACHINE} \
             --name {set} --input '{{\"approve\":\"{set}\"}}'"
        )
    );

    // People hear of it once a day.
    for _ in 0..3 {
        all.hourly().await.unwrap();
    }
    assert_eq!(all.kinds().iter().filter(|kind| **kind == "sweep_held").count(), 1);
    for _ in 0..24 {
        all.hourly().await.unwrap();
    }
    assert_eq!(all.kinds().iter().filter(|kind| **kind == "sweep_held").count(), 2);
    assert_eq!(updates(&shop), 0);

    // One of them changes after the notice: it was not approved as it is now.
    let changed = format!("login-2-{HERE}-{SHOP}.example.com");
    set_policy_newly(&shop, &changed);
    let other = json!({ "approve": "00112233445566778899aabbccddeeff" });
    let Err(Ended::Failed(why)) = all.run(other).await else { panic!("another set") };
    assert!(why.contains("run the command of the latest notice"), "{why}");
    let approval = json!({ "approve": set });
    all.run(approval.clone()).await.unwrap();
    assert_eq!(updates(&shop), 3);
    let left: Vec<&DomainReport> = all
        .reports
        .iter()
        .flat_map(|report| &report.outcomes)
        .filter(|one| one.outcome == Outcome::Refused)
        .collect();
    assert!(left.len() == 1 && left[0].domain.as_deref() == Some(&changed), "{left:?}");
    assert_eq!(all.run(approval).await, Err(Ended::NotStarted), "once");

    // What was left is no more than the account's limit now.
    all.home.advance(Duration::from_secs(600));
    all.hourly().await.unwrap();
    assert_eq!(updates(&shop), 4);
}

/// Off the baseline in another way than before.
fn set_policy_newly(world: &World, name: &str) {
    set(world, name, SecurityPolicy::TlsV1_3_2025);
}

#[tokio::test(start_paused = true)]
async fn over_the_total_nothing_is_put_back_anywhere() {
    let mut all = Organized::new();
    all.join(NEW);
    let worlds = [
        all.weak(SHOP, HERE, 3),
        all.weak(PAY, HERE, 3),
        all.weak(NEW, HERE, 3),
        all.weak(HOME, THERE, 2),
    ];
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(worlds.each_ref().map(updates), [0; 4]);
    let held = all.latest()["sweep"]["held"].clone();
    assert_eq!((&held["domains"], &held["entries"][0]["domains"]), (&json!(11), &json!(11)));
    all.run(json!({ "approve": held["set"] })).await.unwrap();
    assert_eq!(worlds.each_ref().map(updates), [3, 3, 3, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_approval_of_another_baseline_puts_nothing_back() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 4);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    let set = all.latest()["sweep"]["held"]["set"].clone();
    let other = BASELINE.replace("TLS_V1_2_2021", "TLS_V1_3_2025");
    all.guard.baseline = Baseline::parse("baseline.yaml", &other).unwrap().into();
    let Err(Ended::Failed(why)) = all.run(json!({ "approve": set })).await else { panic!() };
    assert!(why.contains("the set was approved for the baseline"), "{why}");
    assert_eq!(updates(&shop), 0);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_is_paused_puts_nothing_back_and_the_sweep_ends_well() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 2);
    all.paused.set(true);
    assert_eq!(all.run(json!({ "cause": "schedule" })).await, Err(Ended::Paused));
    assert_eq!((updates(&shop), all.kinds()), (0, vec![json!("sweep_digest")]));
    all.paused.set(false);
    all.hourly().await.unwrap();
    assert_eq!(updates(&shop), 2);
}

#[tokio::test(start_paused = true)]
async fn without_time_for_everything_a_batch_is_gone_on_with() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 2);
    for nth in 100..230 {
        let id = format!("{HERE}_{nth:09}");
        shop.put_pool(Pool { name: id.clone(), id, tier: Tier::Essentials });
    }
    // Time for a page of sixty pools and no more.
    all.time = Duration::from_secs(125);
    let steps = |all: &Organized| all.machine.steps;
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert!(
        steps(&all) >= 7,
        "begin, deal, observe three times or more, judge, put back: {}",
        steps(&all)
    );
    assert_eq!((updates(&shop), all.coverage()), (2, (6, 0, 0)));
    let sweep = all.reports.iter().rev().find_map(|report| report.sweep.as_ref()).unwrap();
    assert_eq!((sweep.pools, sweep.domains), (132, 2), "none of them twice");
}

#[tokio::test(start_paused = true)]
async fn what_the_topic_refuses_is_in_the_log_and_enforced_and_told_again() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 1);
    all.home.inject(Fault::error(403, "AuthorizationError", "no").on(Action::Publish));
    let Err(Ended::Failed(why)) = all.run(json!({ "cause": "schedule" })).await else { panic!() };
    assert!(why.contains("sns:Publish failed"), "{why}");
    let refused = all.home.logged().into_iter().filter(|logged| !logged.is_intention).count();
    assert_eq!((updates(&shop), refused), (1, 1));
    // Its standing is not remembered, so people hear the next time.
    let pay = all.weak(PAY, HERE, 4);
    all.home.clear_faults();
    all.hourly().await.unwrap();
    assert_eq!((updates(&pay), all.kinds()), (0, vec![json!("sweep_digest"), json!("sweep_held")]));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_joins_is_found_and_one_that_leaves_is_forgotten() {
    let mut all = Organized::new();
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(all.coverage(), (6, 0, 0));
    all.join(NEW);
    let new = all.weak(NEW, THERE, 1);
    all.run(json!({ "cause": "deployment" })).await.unwrap();
    assert_eq!((updates(&new), all.coverage()), (1, (8, 0, 0)));
    all.accounts.retain(|account| account != NEW);
    all.run(json!({ "cause": "deployment" })).await.unwrap();
    assert_eq!(all.coverage(), (6, 0, 0));
    // Whoever lists the accounts may be wrong: what had a domain is not forgotten for that.
    all.accounts = vec![HOME.to_owned()];
    let (shop, at_home) = (all.weak(SHOP, HERE, 1), all.home.calls().len());
    all.run(json!({ "cause": "deployment" })).await.unwrap();
    assert_eq!(updates(&shop), 0);
    let latest = all.latest();
    assert_eq!(latest["sweep"]["coverage"]["accounts_fell"], true, "{latest}");
    assert!(latest["headline"].as_str().unwrap().contains("fewer than half"), "{at_home}");
}

#[tokio::test(start_paused = true)]
async fn an_excluded_account_is_not_looked_at_and_a_step_of_it_neither() {
    let mut all = Organized::new();
    let excluded = "999999999999";
    all.join(excluded);
    let world = all.weak(excluded, HERE, 1);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&world), all.coverage()), (0, (6, 0, 0)));
    let step = json!({ "step": "put_back", "says_all": true, "targets": [{ "account": excluded,
        "domains": { HERE: [[format!("login-0-{HERE}-{excluded}.example.com"), null]] } }] });
    let invocation = Invocation { request_id: "r".into(), trace_id: None, deadline: None };
    let answer = all.guard.answer(&step, &invocation).await;
    assert_eq!(answer.reports[0].outcomes[0].outcome, Outcome::Ignored);
    assert_eq!(updates(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_cannot_be_read_is_an_error_and_no_other_guard_takes_any() {
    let all = Organized::new();
    let invocation = Invocation { request_id: "r".into(), trace_id: None, deadline: None };
    let answer = all.guard.answer(&json!({ "step": "rewrite" }), &invocation).await;
    assert!(answer.result.unwrap_err().message.contains("unknown variant `rewrite`"));
    let step = json!({ "step": "observe", "items": [SHOP], "room": 4_000 });
    let answer = all.guard.answer(&step, &invocation).await;
    let seen: Observation = serde_json::from_value(answer.result.unwrap()).unwrap();
    assert_eq!(seen.seen.covered, 2);
    let one = guard(&all.home, all.guard.baseline.as_ref().clone(), KEY);
    assert!(one.answer(&step, &invocation).await.result.is_err());
}
