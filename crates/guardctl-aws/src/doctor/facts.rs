//! What is there, as plain values. They call nobody and judge nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::overrides::Overrides;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::settings::{Settings, SettingsError};
use cognito_domain_guard::words::words;
use serde_json::Value;
use time::OffsetDateTime;

pub use crate::stack::Stack;

/// A fact, or why it is unknown.
pub type Known<T> = Result<T, CallError>;

/// All that one region says about one guard.
#[derive(Clone, Debug)]
pub struct Facts {
    pub place: Place,
    pub stack: Option<Stack>,
    pub trails: Known<Vec<Trail>>,
    /// The name of the function that answers events.
    pub guard_name: String,
    pub guard: Known<Function>,
    /// The function that sweeps; `None` where none is named, so that the other one does it.
    pub sweep: Option<Known<Function>>,
    /// The rules of the default bus that call one of the two, or are about Cognito.
    pub rules: Known<Vec<Rule>>,
    pub recheck: Option<Known<Queue>>,
    /// Where the recheck queue, the sweep and the rule leave what they could not get done.
    pub dead_letters: Vec<Leftovers>,
    pub topic: Option<Topic>,
    /// The topic for alarms and for changes to the guard, where it is another one.
    pub alarm_topic: Option<Topic>,
    /// The stack's alarms, as far as they are there; `None` without a stack.
    pub alarms: Option<Known<Vec<Alarm>>>,
    /// The rules that report changes to the guard itself. Only a stack has any.
    pub watch: Option<Known<Vec<Rule>>>,
    /// The enabled rules of IAM's region that take changes of the guard's role. `None` without a stack,
    /// and where the guard is in that region itself.
    pub role_watch: Option<Known<Vec<Rule>>>,
    pub permissions: Vec<Permission>,
    /// The policies that keep the role from updating domains.
    pub stops: Known<Vec<Stop>>,
    /// What people allow or stop for a while; `None` of a guard that reads no overrides.
    pub overrides: Option<KeptOverrides>,
    /// What each function answered to an event that is not for it, where that was asked for.
    pub answers: Vec<(String, Known<Answered>)>,
    /// What the function that answers events made of the request for a test notice, where that was asked for.
    pub notified: Option<Known<Answered>>,
}

/// The one region of the partition in which EventBridge gets IAM's events.
pub fn iam_region(partition: &str) -> &'static str {
    match partition {
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-north-1",
        _ => "us-east-1",
    }
}

/// A policy that keeps the role from updating domains.
#[derive(Clone, Debug)]
pub struct Stop {
    pub policy: PolicyOfRole,
    pub denial: Denial,
    /// `None` where CloudTrail does not say.
    pub set_by: Known<Option<SetBy>>,
}

/// Where a policy of a role is, by its name or its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyOfRole {
    Inline(String),
    Attached(String),
    Boundary(String),
}

/// What a policy denies of `cognito-idp:UpdateUserPoolDomain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The user pools, as the policy names them; none for all.
    pub pools: Vec<String>,
    pub is_conditional: bool,
    /// Whether the policy says nothing else.
    pub is_alone: bool,
}

/// Who gave the role a policy, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetBy {
    pub at: OffsetDateTime,
    pub by: String,
}

/// The overrides that there are, and those who may make some.
#[derive(Clone, Debug)]
pub struct KeptOverrides {
    pub path: String,
    /// As the guard reads them, by its own baseline.
    pub all: Known<Overrides>,
    /// Who has written each last, by its parameter's name: AWS's word.
    pub writers: Known<BTreeMap<String, String>>,
    pub makers: Known<Makers>,
}

/// Who may make overrides without the stack's policy for people on call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makers {
    /// The ARNs of those to whom IAM's simulator allows it.
    pub allowed: Vec<String>,
    /// How many more have a policy for it. The simulator was not asked about these.
    pub not_asked: usize,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub is_error: bool,
    pub payload: Value,
}

/// A trail that is seen from here.
#[derive(Clone, Debug)]
pub struct Trail {
    pub name: String,
    pub arn: String,
    pub home_region: String,
    pub is_multi_region: bool,
    pub is_of_organization: bool,
    pub is_logging: Known<bool>,
    pub selectors: Known<Vec<Selector>>,
}

/// What a trail takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    Basic { read_write_type: String, management_events: bool, excluded_sources: Vec<String> },
    Advanced(Vec<FieldSelector>),
}

/// One condition of an advanced selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    pub field: String,
    pub equals: Vec<String>,
    pub starts_with: Vec<String>,
    pub ends_with: Vec<String>,
    pub not_equals: Vec<String>,
    pub not_starts_with: Vec<String>,
    pub not_ends_with: Vec<String>,
}

/// A function and what belongs to it alone.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub arn: String,
    pub role_arn: String,
    pub state: String,
    pub state_reason: Option<String>,
    pub last_update: String,
    pub timeout_seconds: u64,
    pub reserved_concurrency: Option<i32>,
    pub environment: BTreeMap<String, String>,
    /// The versions of its layers, in the order in which they are laid over each other.
    pub layers: Vec<String>,
    /// Where its archive can be had for some minutes.
    pub code: Option<String>,
    pub log_group: String,
    pub is_traced: bool,
    /// How asynchronous invocations end; `None` where Lambda's defaults hold.
    pub on_failure: Known<Option<OnFailure>>,
    pub event_sources: Known<Vec<EventSource>>,
    /// The resource policy: who may invoke it.
    pub policy: Known<Option<String>>,
    pub baseline: Known<BaselineFile>,
    pub architecture: Architecture,
    /// What Lambda starts.
    pub program: Known<Program>,
}

/// The machines on which Lambda runs functions, in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    Arm64,
}

/// What a function of a custom runtime is started by: the file `bootstrap`, of its own archive or else
/// of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    Found {
        archive: String,
        executable: Executable,
    },
    /// No archive has one. What is at the top of the function's own.
    Missing {
        instead: Vec<String>,
    },
    /// The function is a container image, which is not looked into.
    Image,
}

/// A file that is to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executable {
    /// Whether its mode lets everybody execute it. An archive that says nothing of modes counts as one
    /// that does.
    pub is_executable: bool,
    /// `None` where it is no 64-bit ELF file, so no program of Linux.
    pub machine: Option<Machine>,
}

/// For which machine a program is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    X86_64,
    Arm64,
    /// None that Lambda has.
    Another,
}

/// Lambda's EventInvokeConfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnFailure {
    pub retries: Option<i32>,
    pub destination: Option<String>,
}

/// What Lambda reads for the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSource {
    pub id: String,
    pub queue_arn: String,
    pub state: String,
    pub batch_size: i32,
    pub reports_batch_item_failures: bool,
}

/// The baseline that a function reads at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineFile {
    /// Where it is, in which archive, what it says, and the index that lies beside it.
    Found { path: String, archive: String, content: Vec<u8>, index: Option<Vec<u8>> },
    /// In none of the archives; the paths that the function tries.
    Missing { paths: Vec<String> },
}

/// A rule of EventBridge.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub arn: String,
    pub state: String,
    pub pattern: Option<String>,
    pub schedule: Option<String>,
    pub targets: Known<Vec<Target>>,
    /// What EventBridge says about the pattern, one answer for each of [`super::sample::ALL`].
    pub trials: Vec<Known<bool>>,
}

/// A rule of a member that sends the hub what changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarding {
    pub state: String,
    pub pattern: Option<String>,
    /// Each target and the role with which it is called.
    pub targets: Vec<(String, Option<String>)>,
}

/// What a rule calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub arn: String,
    /// The event is handed over in another form.
    pub is_transformed: bool,
    pub dead_letters: Option<String>,
}

/// A queue of SQS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    pub arn: String,
    pub url: String,
    pub visibility_timeout_seconds: u64,
    pub redrive: Option<Redrive>,
    pub policy: Option<String>,
    /// Messages in whatever state.
    pub messages: u64,
}

/// When a message counts as one that nobody can handle, and where it goes then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redrive {
    pub dead_letters: String,
    pub receives: u64,
}

/// A queue in which something ends that should not be there.
#[derive(Clone, Debug)]
pub struct Leftovers {
    pub kind: LeftoversKind,
    pub arn: String,
    pub queue: Known<Queue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftoversKind {
    /// Events that did not settle, and sweeps that failed.
    DeadLetters,
    /// Events that EventBridge could not hand to the function.
    Undelivered,
}

/// A topic that notices or alarms go to.
#[derive(Clone, Debug)]
pub struct Topic {
    pub arn: String,
    pub policy: Known<Option<String>>,
    pub subscriptions: Known<Vec<Subscription>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub protocol: String,
    pub endpoint: String,
    pub is_confirmed: bool,
}

/// A role, by the documents that IAM has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub trust: String,
    /// By their names.
    pub policies: Vec<(String, String)>,
    /// The ARNs of managed policies.
    pub attached: Vec<String>,
}

words! {
    /// How an alarm stands, in CloudWatch's words.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum AlarmState {
        Ok = "OK",
        Alarm = "ALARM",
        InsufficientData = "INSUFFICIENT_DATA",
    }
}

/// One of CloudWatch's alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub name: String,
    /// What to do when it fires.
    pub description: String,
    pub state: AlarmState,
    /// CloudWatch's words for why it is in that state.
    pub reason: String,
    /// Since when it is in that state, RFC 3339.
    pub since: Option<String>,
    /// Whether its actions are.
    pub is_enabled: bool,
    /// What its actions are when it fires: the ARNs of topics.
    pub notifies: Vec<String>,
}

/// What the role needs, and what IAM's simulator says to it.
#[derive(Clone, Debug)]
pub struct Permission {
    pub action: &'static str,
    pub resource: String,
    pub decision: Known<Decision>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// No policy of the role grants it.
    NotGranted,
    /// A statement denies it. The policies that do, as far as IAM names them.
    Denied(Vec<String>),
    /// The role's policies grant it; an organization's policy does not.
    OutsideOrganization,
    /// The role's policies grant it; its permissions boundary does not.
    OutsideBoundary,
}

impl Function {
    /// Reads the function's environment as the function itself does at its start.
    pub fn settings(&self, place: &Place) -> Result<Settings, SettingsError> {
        Settings::read(|name| match name {
            // What Lambda sets.
            "AWS_REGION" => Some(place.region.clone()),
            "AWS_LAMBDA_FUNCTION_NAME" => Some(self.name.clone()),
            "LAMBDA_TASK_ROOT" => Some("/var/task".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("Lambda's own".to_owned()),
            other => self.environment.get(other).cloned(),
        })
    }

    /// Where it looks for its baseline, also when the rest of its environment is not in order.
    pub fn baseline_paths(&self, place: &Place) -> Vec<PathBuf> {
        let rest = |name: &str| match name {
            "NOTICE_TOPIC_ARN" => Some("arn:aws:sns:eu-central-1:111122223333:any".to_owned()),
            "GUARD_ROLE_ARN" => Some("arn:aws:iam::111122223333:role/any".to_owned()),
            "AWS_REGION" => Some(place.region.clone()),
            "LAMBDA_TASK_ROOT" => Some("/var/task".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("Lambda's own".to_owned()),
            "BASELINE" => self.environment.get("BASELINE").cloned(),
            _ => None,
        };
        Settings::read(rest).map(|settings| settings.baseline).unwrap_or_default()
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The last part of an ARN, and of a physical id with its bus: the name.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit([':', '/', '|']).next().unwrap_or(arn)
}

/// Whether a failed call says that the thing is not there.
pub fn is_absent(error: &CallError) -> bool {
    [
        "ResourceNotFoundException",
        "NotFound",
        "NotFoundException",
        "NoSuchEntity",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "com.amazonaws.sqs#QueueDoesNotExist",
    ]
    .iter()
    .any(|code| error.code.as_deref() == Some(*code))
}
