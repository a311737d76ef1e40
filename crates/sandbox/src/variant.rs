//! What is not known about Cognito, as switches.
//!
//! No document answers these five questions, so the guard has to be right either way and every
//! scenario runs in every [`Variant`].

use std::fmt;
use std::str::FromStr;

/// What an update does with a member that it does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Omitted {
    /// The value stays as it was.
    Kept,
    /// The value goes back to its default, as `UpdateUserPool` documents for its own members:
    /// no failover, managed login version 1, the weakest policy that the managed login allows.
    Reset,
}

/// What an update meets while the domain is `UPDATING` or `CREATING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Busy {
    /// It is taken, and the wait starts anew (that of a creation goes on).
    Accepted,
    /// `ConcurrentModificationException`.
    Conflict,
    /// `InvalidParameterException`.
    Invalid,
}

/// What `"Routing": {}` does to a failover that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmptyRouting {
    /// It takes the failover away.
    Removes,
    /// It is ignored.
    Keeps,
}

/// How a custom domain from before June 2026, which never was given a policy, is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OldPolicy {
    /// With `"SecurityPolicy": "TLS_V1"`.
    TlsV1,
    /// Without the member.
    Absent,
}

/// What a describe shows between an accepted update and `ACTIVE`. The status is `UPDATING` in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Describe {
    /// The values that were accepted.
    Fresh,
    /// The values that are still being served.
    Lags,
}

/// What a describe answers about a domain of another account in the same region.
///
/// Only a world of several places can ask it, so it is a [setting](crate::WorldSettings::elsewhere) and
/// not one of the five that every scenario is tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elsewhere {
    /// The domain, with the account that it is of.
    Described,
    /// Nothing, as if there were none of that name.
    Hidden,
}

/// Whether a create or an update of a custom domain asks for `cloudfront:updateDistribution`, which AWS
/// documents as needed.
///
/// A [setting](crate::WorldSettings::distributions): only a session of a [role](crate::Role) can lack the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distributions {
    /// It does.
    Asked,
    /// It does not.
    NotAsked,
}

/// Whether a failover needs a replica of the user pool in the region that it goes to. No world here has
/// one, so this is whether a failover can be set at all.
///
/// A [setting](crate::WorldSettings::replicas): the guard never makes a replica, and every other test takes it for
/// given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Replicas {
    /// There is one wherever a failover goes.
    Everywhere,
    /// There is none, and a failover is refused.
    Nowhere,
}

/// One possible Cognito: an answer to each open question.
///
/// Its text names every answer, such as
/// `omitted=reset busy=conflict empty-routing=keeps old-policy=absent describe=lags`, and reads back
/// with [`str::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// A member that an update does not mention.
    pub omitted: Omitted,
    /// An update of a domain that is not ready for one.
    pub busy: Busy,
    /// An update with `"Routing": {}`.
    pub empty_routing: EmptyRouting,
    /// A domain from before there were policies.
    pub old_policy: OldPolicy,
    /// A describe while a change is on its way.
    pub describe: Describe,
}

impl Variant {
    /// Every combination, 48 of them, always in the same order.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::with_capacity(48);
        for omitted in [Omitted::Kept, Omitted::Reset] {
            for busy in [Busy::Accepted, Busy::Conflict, Busy::Invalid] {
                for empty_routing in [EmptyRouting::Removes, EmptyRouting::Keeps] {
                    for old_policy in [OldPolicy::TlsV1, OldPolicy::Absent] {
                        for describe in [Describe::Fresh, Describe::Lags] {
                            all.push(Self { omitted, busy, empty_routing, old_policy, describe });
                        }
                    }
                }
            }
        }
        all
    }
}

impl Default for Variant {
    /// The likeliest Cognito: `UpdateUserPool` documents that what is omitted is reset, the service
    /// model lists `ConcurrentModificationException` for the update, and a plain control plane
    /// describes what it has accepted.
    fn default() -> Self {
        Self {
            omitted: Omitted::Reset,
            busy: Busy::Conflict,
            empty_routing: EmptyRouting::Removes,
            old_policy: OldPolicy::TlsV1,
            describe: Describe::Fresh,
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { omitted, busy, empty_routing, old_policy, describe } = self;
        let omitted = match omitted {
            Omitted::Kept => "kept",
            Omitted::Reset => "reset",
        };
        let busy = match busy {
            Busy::Accepted => "accepted",
            Busy::Conflict => "conflict",
            Busy::Invalid => "invalid",
        };
        let empty_routing = match empty_routing {
            EmptyRouting::Removes => "removes",
            EmptyRouting::Keeps => "keeps",
        };
        let old_policy = match old_policy {
            OldPolicy::TlsV1 => "tls-v1",
            OldPolicy::Absent => "absent",
        };
        let describe = match describe {
            Describe::Fresh => "fresh",
            Describe::Lags => "lags",
        };
        write!(
            f,
            "omitted={omitted} busy={busy} empty-routing={empty_routing} old-policy={old_policy} describe={describe}"
        )
    }
}

impl FromStr for Variant {
    type Err = String;

    /// Reads what `Display` writes; the error repeats the text that is no variant.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .into_iter()
            .find(|variant| variant.to_string() == text)
            .ok_or_else(|| format!("no such variant: {text}"))
    }
}
