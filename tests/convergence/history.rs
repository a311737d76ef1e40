//! A history as data: what it is made of, and how a person reads it.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::form::Form;
use cognito_domain_guard_sandbox::{
    Action, Break, Durations, Elsewhere, Fault, FaultKind, Tier, Variant,
};

/// Everything that one run needs. The same history gives the same run, to the last identifier.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) variant: Variant,
    pub(crate) elsewhere: Elsewhere,
    /// The guard's own place first. More than one make it a hub.
    pub(crate) places: Vec<PlaceSpec>,
    /// How many domains a sweep of the organization puts back at the most: of one account, and of all.
    pub(crate) brake: (Option<usize>, Option<usize>),
    /// Whether somebody approves in the end what is held.
    pub(crate) approves: bool,
    pub(crate) durations: Durations,
    /// After how many looks a message becomes a dead letter.
    pub(crate) max_receives: u32,
    pub(crate) baseline: BaselineSpec,
    pub(crate) pools: Vec<PoolSpec>,
    pub(crate) domains: Vec<DomainSpec>,
    /// The fates of the events that the guard's own updates emit, taken in turn.
    pub(crate) own_fates: Vec<Fate>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlaceSpec {
    pub(crate) account: &'static str,
    /// Whether it is in the other one of two regions than the guard.
    pub(crate) other_region: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSpec {
    pub(crate) tier: Tier,
    /// Which of the places it is in, and so are its domains.
    pub(crate) place: usize,
}

/// What has become of the guard's way into a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The member role is gone.
    RoleMissing,
    /// It trusts somebody else.
    RoleRefuses,
    /// A service control policy denies the region.
    RegionDenied,
    /// The account left the organization, with all its places.
    Left,
}

/// When the copies of one event reach the rule: none for a lost event, several for duplicates.
pub(crate) type Fate = Vec<Duration>;

/// One thing that happens, before the next one does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Time passes.
    Wait(Duration),
    /// Somebody changes a domain.
    Change(Change),
    /// Somebody looks at a domain so often, for so long, and changes it again whenever it is `ACTIVE`.
    Contest(Contest),
    /// The same as a change, just before the next such call of the guard is applied.
    Race(Action, Change),
    /// Copies of the last event arrive at once, and their invocations overlap.
    Together(usize),
    /// The schedule fires.
    Sweep,
    /// Somebody approves what the latest notice says that a sweep of the organization holds back.
    Approve,
    /// Something will go wrong in a place.
    Fault(usize, Fault),
    /// The guard cannot enter a place.
    Shut(usize, Entry),
    /// Somebody denies the guard to update domains in a place.
    Stop(usize),
    /// Nothing goes wrong any more.
    Calm,
}

#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) domain: usize,
    pub(crate) actor: Actor,
    pub(crate) edit: Edit,
    pub(crate) fate: Fate,
    /// How its record is written.
    pub(crate) form: Form,
}

/// Somebody who races the guard.
#[derive(Clone, Debug)]
pub(crate) struct Contest {
    /// What is done, in turn.
    pub(crate) changes: Vec<Change>,
    pub(crate) every: Duration,
    pub(crate) time: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Console,
    Terraform,
    /// Somebody whose user agent says that he is the guard.
    Imposter,
    /// Another function that was given the guard's role.
    OtherFunction,
    /// Somebody who has had the role with which the guard acts there trust him.
    Admin,
}

#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Update(Members),
    Delete,
    Create {
        pool: usize,
        members: Members,
    },
    /// Deleted, and created in another pool at once.
    Transfer {
        pool: usize,
        members: Members,
    },
}

/// What a request says about each attribute.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    pub(crate) policy: Member<&'static str>,
    pub(crate) login: Member<i32>,
    /// `Set(None)` is `Routing: {}`.
    pub(crate) failover: Member<Option<usize>>,
    pub(crate) certificate: Member<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member<T> {
    /// What is there is sent back, as a careful tool does.
    Keep,
    /// Nothing is sent, as a careless one does.
    Omit,
    Set(T),
}

#[derive(Clone, Debug)]
pub(crate) struct DomainSpec {
    pub(crate) name: &'static str,
    pub(crate) pool: usize,
    pub(crate) status: InitialStatus,
    /// Whether it belongs to another account than the guard.
    pub(crate) other_account: bool,
    pub(crate) policy: Option<&'static str>,
    pub(crate) login: Option<i32>,
    pub(crate) failover: Option<usize>,
    pub(crate) certificate: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitialStatus {
    Active,
    Creating,
    Failed,
    /// Not there yet.
    Missing,
}

impl DomainSpec {
    pub(crate) fn is_custom(&self) -> bool {
        self.name.contains('.')
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct BaselineSpec {
    pub(crate) audit: bool,
    pub(crate) defaults: Declared,
    pub(crate) entries: Vec<EntrySpec>,
    pub(crate) exemptions: Vec<ExemptionSpec>,
    /// Names, ids and owners of accounts.
    pub(crate) accounts: Vec<(&'static str, &'static str, &'static str)>,
}

#[derive(Clone, Debug)]
pub(crate) struct EntrySpec {
    pub(crate) pattern: &'static str,
    pub(crate) audit: Option<bool>,
    pub(crate) declared: Declared,
}

/// The YAML of each attribute, where one is declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) policy: Option<String>,
    pub(crate) routing: Option<String>,
    pub(crate) login: Option<String>,
    pub(crate) certificate: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ExemptionSpec {
    pub(crate) pattern: &'static str,
    pub(crate) attributes: String,
    pub(crate) until: String,
}

impl BaselineSpec {
    pub(crate) fn yaml(&self) -> String {
        let mut text = String::from("version: 1\n");
        if self.audit {
            text.push_str("mode: audit\n");
        }
        if !self.defaults.is_empty() {
            text.push_str("defaults:\n");
            self.defaults.write(&mut text, "  ");
        }
        if !self.entries.is_empty() {
            text.push_str("domains:\n");
        }
        for entry in &self.entries {
            let _ = writeln!(text, "  - domain: \"{}\"", entry.pattern);
            if let Some(audit) = entry.audit {
                let _ = writeln!(text, "    mode: {}", if audit { "audit" } else { "enforce" });
            }
            entry.declared.write(&mut text, "    ");
        }
        if !self.exemptions.is_empty() {
            text.push_str("exemptions:\n");
        }
        for ExemptionSpec { pattern, attributes, until } in &self.exemptions {
            let _ = writeln!(text, "  - domain: \"{pattern}\"");
            let _ = writeln!(text, "    attributes: [{attributes}]");
            let _ = writeln!(text, "    until: {until}\n    reason: a reason");
        }
        if !self.accounts.is_empty() {
            text.push_str("accounts:\n");
        }
        for (name, id, owner) in &self.accounts {
            let _ = writeln!(text, "  {name}:\n    id: \"{id}\"\n    owner: {owner}");
        }
        text
    }
}

impl Declared {
    fn members(&self) -> [(&'static str, &Option<String>); 4] {
        [
            ("security_policy", &self.policy),
            ("routing", &self.routing),
            ("managed_login_version", &self.login),
            ("certificate_arn", &self.certificate),
        ]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members().iter().all(|(_, value)| value.is_none())
    }

    fn write(&self, text: &mut String, indent: &str) {
        for (name, value) in self.members() {
            if let Some(value) = value {
                let _ = writeln!(text, "{indent}{name}: {value}");
            }
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Durations { update_custom, update_certificate, create_custom, delete, .. } =
            self.durations;
        writeln!(f, "history {}", self.seed)?;
        writeln!(f, "  Cognito: {}", self.variant)?;
        if self.places.len() > 1 {
            writeln!(f, "  domains of other accounts: {:?}", self.elsewhere)?;
            writeln!(f, "  places: {:?}", self.places)?;
            writeln!(f, "  the brake: {:?}, approved in the end: {}", self.brake, self.approves)?;
        }
        writeln!(
            f,
            "  it takes {update_custom:?} to update, {update_certificate:?} for a certificate, \
             {create_custom:?} to create, {delete:?} to delete"
        )?;
        writeln!(f, "  a message becomes a dead letter after {} looks", self.max_receives)?;
        writeln!(f, "  the baseline:")?;
        for line in self.baseline.yaml().lines() {
            writeln!(f, "    {line}")?;
        }
        writeln!(f, "  pools: {:?}", self.pools)?;
        for spec in &self.domains {
            let DomainSpec {
                name,
                pool,
                status,
                other_account,
                policy,
                login,
                failover,
                certificate,
            } = spec;
            write!(f, "  {name} in pool {pool}, {status:?}, policy {policy:?}, login {login:?}, ")?;
            write!(f, "failover {failover:?}, certificate {certificate}")?;
            writeln!(f, "{}", if *other_account { ", of another account" } else { "" })?;
        }
        writeln!(f, "  own events arrive after: {:?}", self.own_fates)?;
        for step in &self.steps {
            writeln!(f, "  - {}", self.describe(step))?;
        }
        Ok(())
    }
}

impl History {
    /// Where a domain is.
    pub(crate) fn place_of(&self, domain: usize) -> usize {
        let pool = self.domains.get(domain).and_then(|spec| self.pools.get(spec.pool));
        pool.map_or(0, |pool| pool.place)
    }

    /// The same of one by its name.
    pub(crate) fn place_of_name(&self, name: &str) -> usize {
        let domain = self.domains.iter().position(|spec| spec.name == name);
        domain.map_or(0, |domain| self.place_of(domain))
    }

    fn describe(&self, step: &Step) -> String {
        match step {
            Step::Wait(time) => format!("{time:?} pass"),
            Step::Change(change) => self.describe_change(change),
            Step::Race(action, change) => format!(
                "just before the guard's next {}: {}",
                action.name(),
                self.describe_change(change)
            ),
            Step::Contest(Contest { changes, every, time }) => {
                let changes: Vec<_> =
                    changes.iter().map(|change| self.describe_change(change)).collect();
                format!(
                    "for {time:?}, every {every:?}, if it is ACTIVE: {}",
                    changes.join("; then ")
                )
            }
            Step::Together(copies) => format!("{copies} copies of the last event at once"),
            Step::Sweep => "a sweep".to_owned(),
            Step::Approve => "what the latest notice holds back is approved".to_owned(),
            Step::Calm => "the faults end".to_owned(),
            Step::Stop(place) => format!("the guard is stopped in place {place}"),
            Step::Shut(place, how) => format!("place {place} is shut: {how:?}"),
            Step::Fault(place, Fault { action, kind, skip, times }) => {
                let action = action.map_or("any call", Action::name);
                let what = match kind {
                    FaultKind::Error(error) => format!("is answered with {error}"),
                    FaultKind::Before(Break::Kill) => {
                        "kills the function before it is applied".into()
                    }
                    FaultKind::After(Break::Kill) => {
                        "kills the function after it was applied".into()
                    }
                    FaultKind::Before(how) => format!("ends in a {how:?} before it is applied"),
                    FaultKind::After(how) => format!("ends in a {how:?} after it was applied"),
                };
                format!(
                    "fault in place {place}: after {skip} calls, {action} {what}, {times:?} times"
                )
            }
        }
    }

    fn describe_change(&self, change: &Change) -> String {
        let Change { domain, actor, edit, fate, form } = change;
        let name = self.domains.get(*domain).map_or("?", |spec| spec.name);
        let what = match edit {
            Edit::Update(members) => format!("updates {name}: {members}"),
            Edit::Delete => format!("deletes {name}"),
            Edit::Create { pool, members } => format!("creates {name} in pool {pool}: {members}"),
            Edit::Transfer { pool, members } => {
                format!("moves {name} to pool {pool}: {members}")
            }
        };
        format!("{actor:?} {what}{form}; its event arrives after {fate:?}")
    }
}

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, login, failover, certificate } = self;
        write!(
            f,
            "policy {policy:?}, login {login:?}, failover {failover:?}, certificate {certificate:?}"
        )
    }
}
