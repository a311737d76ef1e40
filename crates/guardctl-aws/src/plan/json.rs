//! A plan for other programs: `docs/schema/plan.json` describes it, and `guardctl schema plan` prints that.

use std::collections::BTreeMap;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Hosting;
use cognito_domain_guard::plan::{AttributeValue, Decision, Drift, ExemptBy, ExemptDrift};
use cognito_domain_guard::when::rfc3339;
use guardctl::facts::{Fact, facts};
use serde::Serialize;
use time::OffsetDateTime;

use super::Region;
use crate::look::{Looked, Standing};
use crate::probe::OfWire;
use crate::unread::{Unread, Why};

/// What `guardctl plan --format json` prints: a list with an object for each account and region.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Document<'a>(Vec<OfRegion<'a>>);

/// One account and region.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfRegion<'a> {
    /// When it was looked at, as RFC 3339.
    time: String,
    partition: &'a str,
    account: &'a str,
    /// The name that the baseline gives the account.
    account_name: Option<&'a str>,
    /// Who owns the account, as the baseline says.
    owner: Option<&'a str>,
    region: &'a str,
    baseline: OfBaseline<'a>,
    /// Every domain that was looked at, and those declared by name of which there is none.
    domains: Vec<OfDomain<'a>>,
    /// What could not be read. With one of these the plan does not say that the rest is all there is.
    problems: Vec<OfProblem>,
}

/// Which baseline it was held against.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfBaseline<'a> {
    file: &'a str,
    /// The first twelve hexadecimal digits of the file's SHA-256.
    digest: &'a str,
    /// The mode of the file: `enforce` or `audit`.
    mode: &'static str,
}

/// One domain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfDomain<'a> {
    domain: &'a str,
    /// None where there is no such domain, or Cognito did not say.
    user_pool_id: Option<&'a str>,
    /// `custom` or `prefix`; none where there is no such domain.
    hosting: Option<&'static str>,
    /// Cognito's word, such as `ACTIVE`; none where there is no such domain.
    status: Option<&'a str>,
    /// What is done about its drift: `enforce` or `audit`.
    mode: &'static str,
    /// Whether the baseline declares anything for it.
    governed: bool,
    /// What the guard would decide.
    decision: &'static str,
    /// Whether it is as declared. One whose drift is exempt is not.
    at_baseline: bool,
    /// Why the guard does not put it back, where it does not.
    reason: Option<String>,
    /// The value of each attribute by its name; none where there is no such domain.
    #[cfg_attr(test, schemars(schema_with = "values"))]
    observed: Option<BTreeMap<&'static str, AttributeValue>>,
    /// What its endpoint answered, with `--probe`; none for a prefix domain.
    endpoint: Option<OfEndpoint>,
    /// What is off the baseline and not exempt.
    changes: Vec<OfChange<'a>>,
    /// What is off the baseline and allowed for a while.
    exempt: Vec<OfExempt<'a>>,
}

/// What the endpoint of a domain answered.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfEndpoint {
    #[serde(flatten)]
    wire: OfWire,
    /// Whether it has the policy that Cognito reports; none where too little was answered.
    as_reported: Option<bool>,
    /// How it has not, or why that is not known.
    difference: Option<String>,
}

/// One attribute that is off the baseline.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfChange<'a> {
    attribute: &'static str,
    #[cfg_attr(test, schemars(schema_with = "value"))]
    observed: &'a AttributeValue,
    /// The declaration as it is written.
    baseline: &'a str,
    /// What an update would set.
    #[cfg_attr(test, schemars(schema_with = "value"))]
    desired: &'a AttributeValue,
    /// Whether that lowers the security policy.
    weakens: bool,
    /// Where it is declared.
    line: usize,
    column: usize,
}

/// One attribute whose drift is exempt.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfExempt<'a> {
    attribute: &'static str,
    #[cfg_attr(test, schemars(schema_with = "value"))]
    observed: &'a AttributeValue,
    /// The declaration that it is exempt from.
    baseline: &'a str,
    /// The end of the exemption, as RFC 3339: from then on it is drift.
    until: String,
    reason: &'a str,
    owner: Option<&'a str>,
    ticket: Option<&'a str>,
    /// Where the exemption is written, if it is the baseline's.
    line: Option<usize>,
    column: Option<usize>,
    /// The parameter that has it, if it is an override.
    parameter: Option<&'a str>,
}

/// What could not be read.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfProblem {
    /// The domain, the user pool, the list of user pools, or the event.
    subject: String,
    /// The IAM name of the call that failed.
    action: Option<&'static str>,
    /// AWS's error code.
    code: Option<String>,
    message: String,
}

impl<'a> Document<'a> {
    pub fn of(regions: &'a [Region], baseline: &'a Baseline, now: OffsetDateTime) -> Self {
        Self(regions.iter().map(|region| OfRegion::of(region, baseline, now)).collect())
    }
}

impl<'a> OfRegion<'a> {
    fn of(region: &'a Region, baseline: &'a Baseline, now: OffsetDateTime) -> Self {
        let Region { place, live: _, in_force: _, looked, problems, asked: _ } = region;
        let account = baseline.account(&place.account);
        Self {
            time: rfc3339(now),
            partition: &place.partition,
            account: &place.account,
            account_name: account.map(|account| account.name.as_str()),
            owner: account.and_then(|account| account.owner.as_deref()),
            region: &place.region,
            baseline: OfBaseline {
                file: baseline.name(),
                digest: baseline.digest(),
                mode: baseline.mode().as_str(),
            },
            domains: looked.iter().map(|looked| OfDomain::of(region, looked)).collect(),
            problems: problems.iter().map(OfProblem::of).collect(),
        }
    }
}

impl<'a> OfDomain<'a> {
    fn of(region: &'a Region, looked: &'a Looked) -> Self {
        let domain = looked.domain.as_ref();
        let pool = domain.map(|domain| domain.user_pool_id.as_str()).filter(|id| !id.is_empty());
        Self {
            domain: &looked.name,
            user_pool_id: pool,
            hosting: domain.map(|domain| match domain.hosting {
                Hosting::Prefix => "prefix",
                Hosting::Custom(_) => "custom",
            }),
            status: domain.map(|domain| domain.status.as_str()),
            mode: looked.plan.mode.as_str(),
            governed: looked.plan.governed,
            decision: word(&looked.plan.decision),
            at_baseline: looked.standing() == Standing::AtBaseline,
            reason: looked.why_left(),
            observed: domain.map(|domain| {
                let all = facts(domain).into_iter();
                all.map(|Fact { attribute, value }| (attribute.as_str(), value)).collect()
            }),
            endpoint: region.asked.get(&looked.name).map(|asked| OfEndpoint {
                wire: OfWire::of(asked),
                as_reported: domain
                    .and_then(|domain| asked.against_reported(domain))
                    .and_then(|held| held.is_kept()),
                difference: region.difference(looked).map(|difference| difference.text),
            }),
            changes: looked.changes().iter().map(OfChange::of).collect(),
            exempt: looked.plan.assessment.exempt.iter().map(OfExempt::of).collect(),
        }
    }
}

/// The word for a decision.
pub fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::InSync => "in_sync",
        Decision::Restored => "restored",
        Decision::NotRestored => "not_restored",
        Decision::Update(_) => "update",
        Decision::Hold(_) => "hold",
        Decision::Refuse(_) => "refuse",
        Decision::Exempt => "exempt",
        Decision::AuditOnly => "audit",
        Decision::Pause(_) => "paused",
        Decision::Withhold(_) => "withheld",
        Decision::ReadOverrides => "read_overrides",
        Decision::Unmanaged => "unmanaged",
        Decision::Gone => "gone",
    }
}

impl<'a> OfChange<'a> {
    fn of(drift: &'a Drift) -> Self {
        let Drift { attribute, observed, desired, declared, position } = drift;
        Self {
            attribute: attribute.as_str(),
            observed,
            baseline: declared,
            desired,
            weakens: drift.lowers_policy(),
            line: position.line,
            column: position.column,
        }
    }
}

impl<'a> OfExempt<'a> {
    fn of(exempt: &'a ExemptDrift) -> Self {
        let ExemptDrift { drift, until, reason, owner, ticket, by } = exempt;
        let (position, parameter) = match by {
            ExemptBy::Baseline(position) => (Some(position), None),
            ExemptBy::Override { parameter, by: _ } => (None, Some(parameter.as_str())),
        };
        Self {
            attribute: drift.attribute.as_str(),
            observed: &drift.observed,
            baseline: &drift.declared,
            until: rfc3339(*until),
            reason,
            owner: owner.as_deref(),
            ticket: ticket.as_deref(),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            parameter,
        }
    }
}

impl OfProblem {
    fn of(unread: &Unread) -> Self {
        let Unread { subject, why } = unread;
        let (action, code, message) = match why {
            Why::Call(error) => (Some(error.action), error.code.clone(), error.message.clone()),
            Why::Event(reason) => (None, None, reason.clone()),
        };
        Self { subject: subject.clone(), action, code, message }
    }
}

/// The values that an attribute may have.
#[cfg(test)]
fn value(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "oneOf": [
        { "type": "string" },
        { "type": "integer" },
        {
            "type": "object",
            "properties": { "failover": {
                "type": "object",
                "properties": {
                    "secondary_region": { "type": "string" },
                    "primary_route53_health_check_id": { "type": "string" },
                },
                "required": ["secondary_region", "primary_route53_health_check_id"],
            } },
            "required": ["failover"],
        },
    ] })
}

/// One for each attribute.
#[cfg(test)]
fn values(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let value = value(generator);
    let names = cognito_domain_guard::domain::Attribute::WORDS;
    let of_each: serde_json::Map<String, serde_json::Value> =
        names.iter().map(|name| ((*name).to_owned(), value.clone().to_value())).collect();
    schemars::json_schema!({
        "type": ["object", "null"],
        "properties": of_each,
        "required": names,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Document<'_>>();
        let pretty = serde_json::to_string_pretty(&schema.to_value()).unwrap() + "\n";
        expect_file!["../../../../docs/schema/plan.json"].assert_eq(&pretty);
    }
}
