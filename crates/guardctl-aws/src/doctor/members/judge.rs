//! From what a place says to findings, and whether it is covered. Pure.

use std::collections::BTreeSet;

use cognito_domain_guard::place::Place;
use cognito_domain_guard::when::rfc3339;
use serde_json::Value;

use super::expected::{self, OF_KEYS, RULE};
use super::facts::{Member, Seen, Swept};
use crate::doctor::facts::{Forwarding, Known, Role};
use crate::doctor::finding::{Check, Finding, Step, Verdict, run, say};
use crate::doctor::judge::trails;
use crate::doctor::policy::{denial, list, read};
use cognito_domain_guard::words::words;

use crate::doctor::sample::pattern_of_domains;
use crate::organization::Hub;
use crate::shell::quoted;

words! {
    /// Whether a change in a place reaches the hub, and the hub may answer it.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Coverage {
        /// It does, and the hub may.
        Covered = "covered",
        /// Nothing is deployed there.
        NotCovered = "not_covered",
        /// Something is, and it does not work.
        Broken = "broken",
        /// Something could not be checked, and nothing that could be is wrong.
        Unknown = "unknown",
        /// By the hub's own settings, or since the account is not active.
        LeftAlone = "left_alone",
    }
}

impl Coverage {
    /// For people.
    pub fn label(self) -> String {
        self.as_str().replace('_', " ")
    }
}

/// Everything that can be said of a place, and what it comes to.
pub fn judge(member: &Member, hub: &Hub) -> (Coverage, Vec<Finding>) {
    let Member { place, seen, swept } = member;
    let mut found = Vec::new();
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            let mut finding = Check::Reader.unknown(error);
            finding.fix = vec![say(
                "deploy member.yaml there with ReaderPrincipalArn for whoever runs this (docs/organization.md, \
                 \"Set it up\")",
            )];
            found.push(finding);
            let coverage = match swept {
                Ok(Swept::Gap { why, .. }) if why.is_not_covered() => Coverage::NotCovered,
                Ok(Swept::Gap { .. } | Swept::Unknown | Swept::Covered(_)) | Err(_) => {
                    Coverage::Unknown
                }
            };
            last_sweep(swept, place, hub, false, &mut found);
            return (coverage, found);
        }
    };
    let Seen { rule, forward_role, member_role, trails: seen_trails } = seen;
    let is_hubs = place.account == hub.place.account;
    let is_absent = matches!((rule, forward_role), (Ok(None), Ok(None)))
        && (is_hubs || matches!(member_role, Ok(None)));
    if is_absent {
        found.push(Check::Member.wrong("member.yaml is not deployed there", deploy(place, hub)));
    } else {
        forwards(rule, place, hub, &mut found);
        role(Check::ForwardRole, forward_role, place, hub, &mut found);
        if !is_hubs {
            role(Check::MemberRole, member_role, place, hub, &mut found);
        }
    }
    trails(seen_trails, &place.region, &mut found);
    let is_right = found.iter().all(|finding| finding.verdict == Verdict::Ok);
    last_sweep(swept, place, hub, is_right, &mut found);
    found.sort_by_key(|finding| finding.check);
    let any = |verdict: fn(&Verdict) -> bool| found.iter().any(|one| verdict(&one.verdict));
    let coverage = if is_absent {
        Coverage::NotCovered
    } else if any(|verdict| *verdict == Verdict::Wrong) {
        Coverage::Broken
    } else if any(|verdict| matches!(verdict, Verdict::Unknown { .. })) {
        Coverage::Unknown
    } else {
        Coverage::Covered
    };
    (coverage, found)
}

/// The command that has the StackSet deploy there, which the hub's account runs.
fn deploy(place: &Place, hub: &Hub) -> Vec<Step> {
    vec![
        say(
            "in the hub's account, with what the first command prints for UNIT; for the management account, or \
             without StackSets, see docs/organization.md",
        ),
        run(place.unit_of_account()),
        run(place.member_deployment(Some(&hub.place.region))),
    ]
}

/// What a person reads before a command that is for that account.
fn there(place: &Place) -> Step {
    say(format!(
        "with credentials of account {}; a StackSet does not put back what was changed by hand",
        place.account
    ))
}

/// A thing of member.yaml, or the finding where it is not there or nobody knows.
fn there_is<'a, T>(
    check: Check,
    thing: &'a Known<Option<T>>,
    absent: impl FnOnce() -> String,
    place: &Place,
    hub: &Hub,
) -> Result<&'a T, Finding> {
    match thing {
        Ok(Some(thing)) => Ok(thing),
        Ok(None) => Err(check.wrong(absent(), deploy(place, hub))),
        Err(error) => Err(check.unknown(error)),
    }
}

fn forwards(rule: &Known<Option<Forwarding>>, place: &Place, hub: &Hub, found: &mut Vec<Finding>) {
    let check = Check::ForwardRule;
    let region = &place.region;
    let absent = || format!("there is no rule {RULE}: the hub hears of no change");
    let Forwarding { state, pattern, targets } = match there_is(check, rule, absent, place, hub) {
        Ok(rule) => rule,
        Err(finding) => return found.push(finding),
    };
    let before = found.len();
    if state == "DISABLED" {
        found.push(check.wrong(
            format!("{RULE} is DISABLED: the hub hears of no change"),
            vec![
                there(place),
                run(format!("aws events enable-rule --region {region} --name {RULE}")),
            ],
        ));
    }
    let expected = pattern_of_domains(place);
    let is_right =
        pattern.as_deref().and_then(read).is_some_and(|pattern| same(&pattern, &expected));
    if !is_right {
        found.push(check.wrong(
            format!("the pattern of {RULE} is not the hub's: changes may pass it"),
            vec![
                there(place),
                run(format!(
                    "aws events put-rule --region {region} --name {RULE} --state \
                     ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS --event-pattern {}",
                    quoted(&expected.to_string())
                )),
            ],
        ));
    }
    let (bus, role) =
        (expected::bus(hub), expected::role_arn(place, &expected::forward_role(place)));
    if !targets.iter().any(|(target, by)| *target == bus && by.as_ref() == Some(&role)) {
        found.push(check.wrong(
            format!("{RULE} does not send to {bus} by the forward role"),
            vec![
                there(place),
                run(format!(
                    "aws events put-targets --region {region} --rule {RULE} --targets \
                     Id=hub,Arn={bus},RoleArn={role}"
                )),
            ],
        ));
    }
    if found.len() == before {
        found.push(check.ok(format!("{RULE} is enabled and sends every change to the hub")));
    }
}

fn role(
    check: Check,
    role: &Known<Option<Role>>,
    place: &Place,
    hub: &Hub,
    found: &mut Vec<Finding>,
) {
    let is_member = check == Check::MemberRole;
    let (name, trust, (policy, document), without) = if is_member {
        let without = "the hub can do nothing there";
        let trust = expected::member_trust(hub);
        (expected::member_role(place), trust, expected::member_policy(place), without)
    } else {
        let without = "the rule cannot send to the hub";
        let trust = expected::forward_trust(place);
        (expected::forward_role(place), trust, expected::forward_policy(hub), without)
    };
    let absent = || format!("there is no role {name}: {without}");
    let role = match there_is(check, role, absent, place, hub) {
        Ok(role) => role,
        Err(finding) => return found.push(finding),
    };
    let before = found.len();
    if !read(&role.trust).is_some_and(|found| same(&statements(&found), &statements(&trust))) {
        found.push(check.wrong(
            format!("{name} does not trust what member.yaml has it trust, or trusts more"),
            vec![
                there(place),
                run(format!(
                    "aws iam update-assume-role-policy --role-name {name} --policy-document {}",
                    quoted(&trust.to_string())
                )),
            ],
        ));
    }
    permissions(check, role, (&name, policy, &document), place, found);
    if is_member {
        denied(role, &name, place, found);
    }
    if found.len() == before {
        let what = format!("{name} trusts and may do what member.yaml says");
        found.push(check.ok(what));
    }
}

/// What the role lacks of what it needs, and what it has beyond.
fn permissions(
    check: Check,
    role: &Role,
    (name, policy, document): (&str, &str, &Value),
    place: &Place,
    found: &mut Vec<Finding>,
) {
    let needed = granted(document);
    let documents = role.policies.iter().filter_map(|(_, text)| read(text));
    let has: BTreeSet<Grant> = documents.flat_map(|document| granted(&document)).collect();
    let missing: Vec<&str> = needed.difference(&has).map(|grant| grant.action.as_str()).collect();
    if !missing.is_empty() {
        found.push(check.wrong(
            format!("{name} may not {} as member.yaml has it", missing.join(", ")),
            vec![
                there(place),
                run(format!(
                    "aws iam put-role-policy --role-name {name} --policy-name {policy} --policy-document {}",
                    quoted(&document.to_string())
                )),
            ],
        ));
    }
    let is_of_keys =
        |grant: &&Grant| check == Check::MemberRole && OF_KEYS.contains(&grant.action.as_str());
    let mut more: Vec<&str> = has
        .difference(&needed)
        .filter(|grant| !is_of_keys(grant))
        .map(|grant| grant.action.as_str())
        .collect();
    more.extend(role.attached.iter().map(String::as_str));
    more.dedup();
    if !more.is_empty() {
        let inline = role.policies.iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> =
            inline.filter(|name| *name != policy && *name != "user-pool-keys").collect();
        found.push(check.wrong(
            format!("{name} has more than member.yaml gives it: {}", more.join(", ")),
            vec![
                there(place),
                say(format!(
                    "take away what was added{}",
                    if names.is_empty() {
                        String::new()
                    } else {
                        format!(": {}", names.join(", "))
                    }
                )),
                run(format!("aws iam list-role-policies --role-name {name}")),
                run(format!("aws iam list-attached-role-policies --role-name {name}")),
            ],
        ));
    }
}

/// Somebody has stopped the guard there, as docs/operate.md has it.
fn denied(role: &Role, name: &str, place: &Place, found: &mut Vec<Finding>) {
    for (policy, _) in role.policies.iter().filter(|(_, text)| denial(text, place).is_some()) {
        found.push(Check::MemberRole.wrong(
            format!(
                "the policy {policy} denies {name} to update domains: nothing is put back there"
            ),
            vec![
                there(place),
                run(format!(
                    "aws iam delete-role-policy --role-name {name} --policy-name {policy}"
                )),
            ],
        ));
    }
}

fn last_sweep(
    swept: &Known<Swept>,
    place: &Place,
    hub: &Hub,
    is_right: bool,
    found: &mut Vec<Finding>,
) {
    let check = Check::LastSweep;
    let found_by = match swept {
        Ok(Swept::Unknown) => check.ok("no sweep's result says anything of it"),
        Ok(Swept::Covered(at)) => check.ok(format!("covered since the sweep of {}", rfc3339(*at))),
        Ok(Swept::Gap { why, since }) => {
            let what = format!("{why} since the sweep of {}", rfc3339(*since));
            if !why.is_not_covered() {
                check.ok(format!("{what}: the next sweep looks again"))
            } else if is_right {
                check.ok(format!(
                    "{what}; all is right now, and the next sweep of every place will say so"
                ))
            } else {
                check.wrong(what, deploy(place, hub))
            }
        }
        Err(error) => check.unknown(error),
    };
    found.push(found_by);
}

/// One action that a statement allows, as far as two statements can be compared by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    action: String,
    resource: String,
    condition: String,
}

fn granted(document: &Value) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for statement in list(document.get("Statement")) {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let condition = statement.get("Condition").map(plain).unwrap_or_default().to_string();
        // What is said by an exception cannot be compared, and member.yaml says nothing so.
        let text = |name: &str, not: &str| -> Vec<String> {
            let excepted = list(statement.get(not)).filter_map(Value::as_str);
            let excepted = excepted.map(|one| format!("all but {one}"));
            let named = list(statement.get(name)).filter_map(Value::as_str).map(str::to_owned);
            named.chain(excepted).collect()
        };
        for action in text("Action", "NotAction") {
            for resource in text("Resource", "NotResource") {
                let action = action.to_ascii_lowercase();
                grants.insert(Grant { action, resource, condition: condition.clone() });
            }
        }
    }
    grants
}

/// The statements without what only names them.
fn statements(document: &Value) -> Value {
    let without_id = |statement: &Value| {
        let mut statement = statement.clone();
        if let Some(members) = statement.as_object_mut() {
            members.remove("Sid");
        }
        statement
    };
    list(document.get("Statement")).map(without_id).collect()
}

/// Whether two documents say the same, in whatever order and whether a list of one is a list or not.
fn same(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_key(ToString::to_string);
            match items.as_slice() {
                [one] => one.clone(),
                _ => Value::Array(items),
            }
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.to_ascii_lowercase(), plain(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
