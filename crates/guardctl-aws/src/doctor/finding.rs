//! What the doctor says: one line a thing that was looked at.

use cognito_domain_guard::words::words;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub check: Check,
    pub verdict: Verdict,
    /// What was found.
    pub what: String,
    /// What to do, step by step. Empty where all is well.
    pub fix: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// To be fixed.
    Wrong,
    /// Nobody knows: a call failed. The action is named if it is a permission that is missing.
    Unknown {
        denied: Option<&'static str>,
    },
}

words! {
    /// A verdict in a document.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum VerdictWord {
        Ok = "ok",
        /// To be fixed.
        Fix = "fix",
        /// It could not be checked.
        Unknown = "unknown",
    }
}

impl Verdict {
    pub const fn word(self) -> VerdictWord {
        match self {
            Self::Ok => VerdictWord::Ok,
            Self::Wrong => VerdictWord::Fix,
            Self::Unknown { denied: _ } => VerdictWord::Unknown,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// For a person to do or to know.
    Say(String),
    /// For a person to paste into a shell.
    Run(String),
    /// For a person to paste somewhere else; the step before it says where.
    Paste(String),
}

/// What is looked at, in the order in which an event passes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    Stack,
    /// Whether somebody may look into a place of an organization.
    Reader,
    /// What member.yaml makes in it.
    Member,
    Trail,
    Rule,
    ForwardRule,
    ForwardRole,
    MemberRole,
    LastSweep,
    Function,
    Program,
    Settings,
    Baseline,
    Failures,
    EventSource,
    RecheckQueue,
    DeadLetters,
    Undelivered,
    Sweep,
    Topic,
    AlarmTopic,
    Alarms,
    Role,
    Stop,
    Overrides,
    /// Who may make overrides.
    Writers,
    Watch,
    RoleWatch,
    Answer,
    Notice,
}

impl Check {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Trail => "trail",
            Self::Rule => "rule",
            Self::ForwardRule => "forward_rule",
            Self::ForwardRole => "forward_role",
            Self::MemberRole => "member_role",
            Self::LastSweep => "last_sweep",
            Self::Function => "function",
            Self::Program => "program",
            Self::Settings => "settings",
            Self::Baseline => "baseline",
            Self::Failures => "failures",
            Self::EventSource => "event_source",
            Self::RecheckQueue => "recheck_queue",
            Self::DeadLetters => "dead_letters",
            Self::Undelivered => "undelivered",
            Self::Sweep => "sweep",
            Self::Topic => "topic",
            Self::AlarmTopic => "alarm_topic",
            Self::Alarms => "alarms",
            Self::Role => "role",
            Self::Stop => "stop",
            Self::Overrides => "overrides",
            Self::Writers => "writers",
            Self::Answer => "answer",
            Self::Notice => "notice",
            Self::Watch => "watch",
            Self::RoleWatch => "role_watch",
        }
    }

    pub fn ok(self, what: impl Into<String>) -> Finding {
        Finding { check: self, verdict: Verdict::Ok, what: what.into(), fix: Vec::new() }
    }

    pub fn wrong(self, what: impl Into<String>, fix: Vec<Step>) -> Finding {
        Finding { check: self, verdict: Verdict::Wrong, what: what.into(), fix }
    }

    pub fn unknown(self, error: &cognito_domain_guard::call::CallError) -> Finding {
        use cognito_domain_guard::call::Failure;
        let denied = (error.failure == Failure::Denied).then_some(error.action);
        let verdict = Verdict::Unknown { denied };
        Finding { check: self, verdict, what: error.to_string(), fix: Vec::new() }
    }
}

pub fn say(text: impl Into<String>) -> Step {
    Step::Say(text.into())
}

pub fn run(command: impl Into<String>) -> Step {
    Step::Run(command.into())
}
