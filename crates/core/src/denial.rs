//! Why AWS denied a call, as its message says.
//!
//! The rule: only AWS's own clause is read, at the end of its message. A message without one, or in words
//! that this build does not know, says nothing about the policy, and counts as a permission that is missing:
//! the louder of the two readings.
//!
//! Source: "Troubleshoot access denied error messages" in the IAM User Guide, and "Enhanced access denied
//! error messages with policy ARNs" in the AWS Security Blog (2026). Not every service sends the clause.

use std::fmt;

use crate::words::words;

words! {
    /// The kind of a policy, as AWS's message calls it.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum PolicyKind {
        /// Attached to the role, or written into it.
        Identity = "identity-based policy",
        /// Of the organization, for what an account's principals may do.
        ServiceControl = "service control policy",
        /// Of the organization, for who may use an account's resources.
        ResourceControl = "resource control policy",
        /// The role's permissions boundary.
        Boundary = "permissions boundary",
        /// Handed over when the role's session was made.
        Session = "session policy",
        /// Of the VPC endpoint that the call went through.
        VpcEndpoint = "VPC endpoint policy",
        /// Attached to what the call was about, such as a key.
        Resource = "resource-based policy",
        /// Who may assume the role.
        RoleTrust = "role trust policy",
    }
}

/// Why a call was denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A policy has a Deny for it. Somebody wrote that, on purpose or not.
    Explicit(Option<DeniedBy>),
    /// No policy of that kind allows it, where AWS names the kind.
    Missing(Option<PolicyKind>),
}

/// The policy with the Deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeniedBy {
    /// Its kind.
    pub kind: PolicyKind,
    /// Its ARN. AWS names it within the account and the organization; a policy that is written into the
    /// role has none.
    pub arn: Option<String>,
}

/// How AWS begins to name the policy with the Deny.
const EXPLICIT: &str = "with an explicit deny";
/// How AWS begins to name the kind of policy that lacks an Allow.
const MISSING: &str = "because no ";

impl Denial {
    /// What the clause at the end of AWS's message says.
    pub fn read(message: &str) -> Self {
        match (message.rfind(EXPLICIT), message.rfind(MISSING)) {
            (Some(explicit), missing) if missing.is_none_or(|missing| missing < explicit) => {
                let clause = message.get(explicit + EXPLICIT.len()..).unwrap_or_default();
                Self::Explicit(denied_by(clause))
            }
            (_, Some(missing)) => {
                let clause = message.get(missing + MISSING.len()..).unwrap_or_default();
                Self::Missing(kind(clause).map(|(kind, _)| kind))
            }
            (None | Some(_), None) => Self::Missing(None),
        }
    }
}

impl fmt::Display for Denial {
    /// `an explicit deny in a service control policy`, `no identity-based policy that allows it`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit(Some(DeniedBy { kind, arn: _ })) => {
                write!(f, "an explicit deny in {} {kind}", kind.article())
            }
            Self::Explicit(None) => f.write_str("an explicit deny"),
            Self::Missing(Some(kind)) => write!(f, "no {kind} that allows it"),
            Self::Missing(None) => f.write_str("a missing permission"),
        }
    }
}

impl PolicyKind {
    /// The word before it.
    pub const fn article(self) -> &'static str {
        match self {
            Self::Identity => "an",
            Self::ServiceControl
            | Self::ResourceControl
            | Self::Boundary
            | Self::Session
            | Self::VpcEndpoint
            | Self::Resource
            | Self::RoleTrust => "a",
        }
    }
}

/// The policy in ` in a service control policy: arn:aws:organizations::...`.
fn denied_by(clause: &str) -> Option<DeniedBy> {
    let named = clause.strip_prefix(" in ")?;
    let named = ["an ", "a ", "the "].iter().find_map(|article| named.strip_prefix(article))?;
    let (kind, rest) = kind(named)?;
    let arn = rest.trim_start_matches([':', ' ']).split_whitespace().next();
    let arn = arn.map(|arn| arn.trim_end_matches(['.', ',', ';'])).filter(|arn| is_arn(arn));
    Some(DeniedBy { kind, arn: arn.map(str::to_owned) })
}

/// The kind with which `text` begins, and what follows it.
fn kind(text: &str) -> Option<(PolicyKind, &str)> {
    // As the IAM User Guide has it in one of its examples.
    const SESSIONS: &str = "sessions policy";
    if let Some(rest) = text.strip_prefix(SESSIONS) {
        return Some((PolicyKind::Session, rest));
    }
    PolicyKind::ALL.into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind.as_str())?)))
}

/// Whether it may be shown as the name of a policy, and pasted as one.
fn is_arn(text: &str) -> bool {
    let is_of_one = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-:/".contains(c);
    text.len() <= 512 && text.starts_with("arn:") && text.chars().all(is_of_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "User: arn:aws:sts::111122223333:assumed-role/guard/guard is not authorized to \
                        perform: cognito-idp:UpdateUserPoolDomain on resource: \
                        arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab12Cd34E";

    fn check(clause: &str, expected: &Denial) {
        assert_eq!(Denial::read(&format!("{CALL} {clause}")), *expected, "{clause}");
    }

    fn explicit(kind: PolicyKind, arn: Option<&str>) -> Denial {
        Denial::Explicit(Some(DeniedBy { kind, arn: arn.map(str::to_owned) }))
    }

    /// The wordings of the IAM User Guide and of messages that people have published.
    #[test]
    fn each_of_awss_wordings_names_the_kind_of_policy() {
        for (clause, kind) in [
            ("with an explicit deny in an identity-based policy", PolicyKind::Identity),
            ("with an explicit deny in a service control policy", PolicyKind::ServiceControl),
            ("with an explicit deny in a resource control policy", PolicyKind::ResourceControl),
            ("with an explicit deny in a permissions boundary", PolicyKind::Boundary),
            ("with an explicit deny in a session policy", PolicyKind::Session),
            ("with an explicit deny in a sessions policy", PolicyKind::Session),
            ("with an explicit deny in a VPC endpoint policy", PolicyKind::VpcEndpoint),
            ("with an explicit deny in a resource-based policy", PolicyKind::Resource),
            ("with an explicit deny in the role trust policy", PolicyKind::RoleTrust),
            (
                "with an explicit deny in a VPC endpoint policy transitively through a service control \
                 policy",
                PolicyKind::VpcEndpoint,
            ),
        ] {
            check(clause, &explicit(kind, None));
        }
        for kind in PolicyKind::ALL {
            let clause =
                format!("because no {kind} allows the cognito-idp:UpdateUserPoolDomain action");
            check(&clause, &Denial::Missing(Some(kind)));
        }
    }

    #[test]
    fn the_arn_of_the_policy_is_taken_where_aws_names_it_and_it_is_one() {
        let scp = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd";
        let clause = format!("with an explicit deny in a service control policy: {scp}");
        check(&clause, &explicit(PolicyKind::ServiceControl, Some(scp)));
        check(&format!("{clause}."), &explicit(PolicyKind::ServiceControl, Some(scp)));
        let managed = "arn:aws:iam::111122223333:policy/teams/Stop";
        let clause = format!("with an explicit deny in an identity-based policy: {managed}");
        check(&clause, &explicit(PolicyKind::Identity, Some(managed)));
        let clause =
            "with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/$(reboot)";
        check(clause, &explicit(PolicyKind::Identity, None));
    }

    #[test]
    fn what_says_nothing_of_a_policy_counts_as_a_missing_permission() {
        check("with an explicit deny", &Denial::Explicit(None));
        check("with an explicit deny in a policy of another kind", &Denial::Explicit(None));
        check("", &Denial::Missing(None));
        check("because no policy of another kind allows it", &Denial::Missing(None));
        assert_eq!(Denial::read(""), Denial::Missing(None));
        assert_eq!(Denial::read("with an explicit deny in"), Denial::Explicit(None));
    }

    #[test]
    fn only_the_last_clause_counts() {
        check(
            "with an explicit deny because no permissions boundary allows the x:Y action",
            &Denial::Missing(Some(PolicyKind::Boundary)),
        );
    }

    #[test]
    fn it_reads_as_part_of_a_sentence() {
        let shown = |clause: &str| Denial::read(clause).to_string();
        assert_eq!(
            shown("with an explicit deny in an identity-based policy"),
            "an explicit deny in an identity-based policy"
        );
        assert_eq!(
            shown("with an explicit deny in a VPC endpoint policy"),
            "an explicit deny in a VPC endpoint policy"
        );
        assert_eq!(
            shown("because no session policy allows the x:Y action"),
            "no session policy that allows it"
        );
        assert_eq!(shown("no"), "a missing permission");
    }
}
