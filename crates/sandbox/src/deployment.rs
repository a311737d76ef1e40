//! The guard, deployed in the world as template.yaml deploys it: two functions of one role behind
//! the [`Platform`], with the real SDK clients.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use serde_json::Value;
use time::OffsetDateTime;

use crate::action::Action;
use crate::caller::Caller;
use crate::lambda::{FunctionError, Invocation};
use crate::place::place;
use crate::platform::{Platform, PlatformSettings};
use crate::sts::Role;
use crate::world::World;
use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::clients::connect_through;
use cognito_domain_guard::notice::HttpsForm;
use cognito_domain_guard::overrides::{DEFAULT_LONGEST, Location};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::reach::{Organization, Reach};
use cognito_domain_guard::reconcile::{self, Guard, NoticeLog};
use cognito_domain_guard::report::{Report, Unsettled};
use cognito_domain_guard::settings::{AwsSettings, Settings, TopicArn};
use cognito_domain_guard::trigger::Identity;

/// The access keys by which the world knows the two functions.
const GUARD_KEY: &str = "ASIAGUARDFUNCTION000";
const SWEEP_KEY: &str = "ASIASWEEPFUNCTION000";

/// One invocation of a deployed guard, seen from inside.
#[derive(Debug)]
pub struct JournalEntry {
    /// When it began, in virtual time.
    pub at: OffsetDateTime,
    /// When it ended.
    pub ended: OffsetDateTime,
    /// What woke it.
    pub payload: Value,
    /// How many calls the world had seen before it, and when it ended.
    pub calls: std::ops::Range<usize>,
    /// What it reported.
    pub reports: Vec<Report>,
    /// What it answered to Lambda.
    pub result: Result<Value, Unsettled>,
}

/// What the invocations of a deployed guard wrote down. An invocation that is killed leaves no
/// entry.
#[derive(Clone, Debug, Default)]
pub struct Journal(Rc<RefCell<Vec<JournalEntry>>>);

impl Journal {
    /// Reads every entry, in order.
    pub fn read<T>(&self, reader: impl FnOnce(&[JournalEntry]) -> T) -> T {
        reader(&self.0.borrow())
    }
}

/// The deployed guard, as the platform calls it.
pub type Handler = Box<dyn Fn(Value, Invocation) -> Invoked>;

/// An invocation under way.
pub type Invoked = Pin<Box<dyn Future<Output = Result<Value, FunctionError>>>>;

/// The guard's function and its sweep's.
fn function_arns(world: &World) -> [String; 2] {
    ["GuardFunction", "SweepFunction"]
        .map(|name| world.place().function_arn(&format!("cognito-domain-guard-{name}")))
}

/// Who the guard is in a world.
pub fn identity(world: &World) -> Identity {
    let Place { partition, account, region: _ } = world.place();
    Identity {
        role_arn: format!("arn:{partition}:iam::{account}:role/cognito-domain-guard-GuardRole"),
        function_arns: function_arns(world).into(),
        overrides: None,
    }
}

/// Where the overrides of a guard are that has some.
pub fn overrides(world: &World) -> Location {
    Location { path: Location::path_of("cognito-domain-guard"), region: world.region().to_owned() }
}

/// The topic that a guard in that place publishes to. The world has to have it.
pub fn topic_arn(account: &str, region: &str) -> String {
    let Place { partition, account, region } = place(account, region);
    format!("arn:{partition}:sns:{region}:{account}:cognito-domain-guard")
}

/// The role that member.yaml makes in that place: the role of a hub's guard may assume it, and nobody
/// else.
pub fn member_role(member: &World, hub_role_arn: &str) -> Role {
    Role {
        arn: member.place().member_role_arn(),
        trusted: vec![hub_role_arn.to_owned()],
        allowed: vec![
            Action::DescribeUserPoolDomain,
            Action::ListUserPools,
            Action::DescribeUserPool,
            Action::UpdateUserPoolDomain,
        ],
        region: Some(member.region().to_owned()),
        updates_distributions: true,
    }
}

/// A guard with clients of that world, calling as the function with that access key. It has no overrides.
pub fn guard(world: &World, baseline: Baseline, access_key_id: &str) -> Guard {
    guard_of(Reach::one(world.place().clone()), world, baseline, (access_key_id, None))
}

/// The same for a hub of that organization.
pub fn hub(
    world: &World,
    baseline: Baseline,
    organization: Organization,
    access_key_id: &str,
) -> Guard {
    hub_of(organization, world, baseline, (access_key_id, None))
}

/// The same for a hub that reads overrides, as template.yaml has it.
pub fn hub_with_overrides(
    world: &World,
    baseline: Baseline,
    organization: Organization,
    access_key_id: &str,
) -> Guard {
    hub_of(organization, world, baseline, (access_key_id, Some(overrides(world))))
}

fn hub_of(
    organization: Organization,
    world: &World,
    baseline: Baseline,
    of: (&str, Option<Location>),
) -> Guard {
    let reach = Reach { home: world.place().clone(), organization: Some(organization) };
    guard_of(reach, world, baseline, of)
}

fn guard_of(
    reach: Reach,
    world: &World,
    baseline: Baseline,
    (access_key_id, overrides): (&str, Option<Location>),
) -> Guard {
    let region = world.region().to_owned();
    let settings = Settings {
        baseline: Vec::new(),
        baseline_revision: None,
        notice_topic: TopicArn { arn: topic_arn(world.account(), &region), region: region.clone() },
        guard: Identity { overrides, ..identity(world) },
        reach,
        sweep_limit: None,
        sweep_account_limit: None,
        function_name: "cognito-domain-guard-GuardFunction".to_owned(),
        sweep_requests_per_second: 8,
        sweep_interval: time::Duration::HOUR,
        https_form: HttpsForm::Chat,
        docs_url: None,
        longest_override: DEFAULT_LONGEST,
        aws: AwsSettings {
            region,
            access_key_id: access_key_id.to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("session".to_owned()),
            cognito_endpoint: None,
            sns_endpoint: None,
            sts_endpoint: None,
            ssm_endpoint: None,
            use_fips: false,
            use_dual_stack: false,
            certificates: None,
        },
    };
    let clients = connect_through(&settings, world.http_client());
    let (log, key) = (world.clone(), access_key_id.to_owned());
    let notice_log = NoticeLog::new(move |record, fate| log.write_down(&key, record, fate));
    Guard::new(baseline, settings, clients, notice_log, world.time_source())
}

/// Deploys a guard with that baseline, and without overrides.
pub fn deploy(world: &World, baseline: Baseline) -> (Platform<Handler>, Journal) {
    deploy_with(world, baseline, None)
}

/// The same with overrides, as template.yaml has it.
pub fn deploy_with_overrides(world: &World, baseline: Baseline) -> (Platform<Handler>, Journal) {
    deploy_with(world, baseline, Some(overrides(world)))
}

fn deploy_with(
    world: &World,
    baseline: Baseline,
    overrides: Option<Location>,
) -> (Platform<Handler>, Journal) {
    let identity = identity(world);
    for (key, function) in [GUARD_KEY, SWEEP_KEY].into_iter().zip(&identity.function_arns) {
        world.register_caller(key, Caller::lambda(&identity.role_arn, function));
    }
    let [function_arn, sweep_function_arn] = function_arns(world);
    let settings = PlatformSettings {
        function_arn,
        sweep_function_arn: sweep_function_arn.clone(),
        overrides_path: overrides.as_ref().map(|location| location.path.clone()),
        ..PlatformSettings::default()
    };
    let guard = |baseline, key| {
        let reach = Reach::one(world.place().clone());
        guard_of(reach, world, baseline, (key, overrides.clone()))
    };
    let guards = Rc::new((guard(baseline.clone(), GUARD_KEY), guard(baseline, SWEEP_KEY)));
    let timeouts = (settings.function_timeout, settings.sweep_timeout);
    let journal = Journal::default();
    let handler = {
        let (world, journal) = (world.clone(), journal.clone());
        move |payload: Value, invocation: Invocation| -> Invoked {
            let (world, journal, guards) = (world.clone(), journal.clone(), Rc::clone(&guards));
            let is_sweep = invocation.function_arn == sweep_function_arn;
            Box::pin(async move {
                let (guard, timeout) =
                    if is_sweep { (&guards.1, timeouts.1) } else { (&guards.0, timeouts.0) };
                let at = world.now();
                let calls = world.calls().len();
                let invocation = reconcile::Invocation {
                    request_id: invocation.request_id,
                    trace_id: None,
                    deadline: Some(at + timeout),
                };
                let answer = guard.answer(&payload, &invocation).await;
                let result = answer.result.clone();
                journal.0.borrow_mut().push(JournalEntry {
                    at,
                    ended: world.now(),
                    payload,
                    calls: calls..world.calls().len(),
                    reports: answer.reports,
                    result: answer.result,
                });
                result.map_err(|Unsettled { error_type, message }| {
                    FunctionError::new(error_type.as_str(), message)
                })
            })
        }
    };
    (Platform::with_settings(world, settings, Box::new(handler)), journal)
}
