//! Findings for AWS Security Hub, in its format (ASFF), for `aws securityhub batch-import-findings`.
//!
//! Security Hub takes findings of the caller's account alone, so `AwsAccountId` is where the guard is; the
//! member account stands in `Resources`. Source: "Required top-level ASFF attributes", AWS Security Hub User
//! Guide, and botocore's model of 2018-10-26.

use std::error::Error;

use cognito_domain_guard::report::Kind;
use cognito_domain_guard::text::clean;
use serde_json::{Value, json};

use super::incident::{FoundBy, Incident, State};
use super::markdown::duration;
use super::model::{GuardAt, Report};
use super::posture::{Domain, Posture, Standing};

/// Security Hub's limits.
const LONGEST_TITLE: usize = 256;
const LONGEST_DESCRIPTION: usize = 1_024;
const LONGEST_DETAIL: usize = 1_024;

/// A finding for each incident, and one for each live domain that the baseline governs.
pub fn asff(report: &Report) -> Result<Value, Box<dyn Error>> {
    let Some(hub) = &report.guard_at else {
        return Err("nothing says in which account and region the findings are imported: no sweep is in the \
                    records, and no account was asked"
            .into());
    };
    let incidents = report.history.iter().flat_map(|history| &history.incidents);
    let incidents = incidents.map(|incident| of_incident(incident, hub));
    let posture = |posture: &Posture| {
        let governed = posture.domains.iter().filter(|one| one.standing != Standing::NotGoverned);
        governed.map(|one| of_domain(one, &posture.read_at, hub)).collect::<Vec<_>>()
    };
    let domains = report.posture.iter().flat_map(posture);
    Ok(incidents.chain(domains).collect())
}

/// What every finding has.
fn finding(hub: &GuardAt, id: &str, generator: &str) -> Value {
    let GuardAt { partition, account, region } = hub;
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("{region}/{account}/cognito-domain-guard/{id}"),
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        "ProductName": "cognito-domain-guard",
        "GeneratorId": generator,
        "AwsAccountId": account,
        "Region": region,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices/Cognito domain baseline"],
    })
}

fn with(mut finding: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut finding, more) {
        members.extend(more);
    }
    finding
}

fn of_incident(incident: &Incident, hub: &GuardAt) -> Value {
    let Incident { domain, partition, account, region, state, .. } = incident;
    let attributes: Vec<_> = incident.changes.iter().map(|one| one.attribute.as_str()).collect();
    let attributes = attributes.join(", ");
    let who = match (&incident.actor, incident.found_by) {
        (Some(actor), _) => format!("{} with {}", actor.name, actor.via),
        (None, FoundBy::Event) => "not known who".to_owned(),
        (None, FoundBy::Sweep) => "not known who, since a sweep found it".to_owned(),
    };
    let changes = incident.changes.iter().map(|one| {
        format!("{} was {}, and the baseline wants {}", one.attribute, one.observed, one.desired)
    });
    let changes: Vec<_> = changes.collect();
    let description = format!(
        "{}. By {who}. {}. Off its baseline: {}.",
        changes.join("; "),
        state.label(),
        duration(incident)
    );
    let mut details = json!({
        "domain": domain,
        "incident": incident.incident,
        "state": state.as_str(),
        "attributes": attributes,
        "actor": who,
    });
    if let (Some(members), Some((seconds, is_final))) =
        (details.as_object_mut(), incident.seconds())
    {
        let name = if is_final { "seconds_to_effect" } else { "seconds_so_far" };
        members.insert(name.to_owned(), json!(seconds.to_string()));
    }
    with(
        finding(
            hub,
            &format!("incident/{}/{account}/{region}/{domain}", incident.incident),
            "cognito-domain-guard/incident",
        ),
        json!({
            "CreatedAt": incident.opened_at,
            "UpdatedAt": incident.last_seen_at,
            "Severity": { "Label": severity(incident) },
            "Title": clean(&format!("{domain} was changed off its baseline: {attributes}"), LONGEST_TITLE),
            "Description": clean(&description, LONGEST_DESCRIPTION),
            "Resources": [resource(domain, incident.user_pool_id.as_deref(), [partition, account, region], details)],
            "Compliance": { "Status": if state.is_over() { "PASSED" } else { "FAILED" } },
            "RecordState": if state.is_over() { "ARCHIVED" } else { "ACTIVE" },
        }),
    )
}

/// The worst that a notice of it can have been, by how it stands.
fn severity(incident: &Incident) -> &'static str {
    if incident.imposter.is_some() {
        return "CRITICAL";
    }
    let is_lasting = incident.notices.contains(&Kind::DriftLasts);
    match incident.state {
        State::Failed | State::Refused | State::NotCovered => "HIGH",
        State::Open | State::Reverted if is_lasting => "HIGH",
        State::Open | State::Reverted | State::Audited | State::Paused => "MEDIUM",
        State::Allowed | State::Restored | State::EndedItself | State::Deleted => "LOW",
    }
}

fn of_domain(one: &Domain, read_at: &str, hub: &GuardAt) -> Value {
    let Domain { domain, partition, account, region, standing, .. } = one;
    let endpoint = one.endpoint.as_ref();
    let differs = endpoint.is_some_and(|one| one.as_reported == Some(false));
    let (severity, status) = match standing {
        // Whoever speaks something else than Cognito says is not what anybody looked at.
        Standing::AtBaseline
        | Standing::Exempt
        | Standing::Off
        | Standing::Missing
        | Standing::NotGoverned
            if differs =>
        {
            ("HIGH", "FAILED")
        }
        Standing::AtBaseline | Standing::NotGoverned => ("INFORMATIONAL", "PASSED"),
        Standing::Exempt => ("LOW", "WARNING"),
        Standing::Off | Standing::Missing => ("MEDIUM", "FAILED"),
    };
    let policy = one.policy.as_deref().unwrap_or("none");
    let description = match one.off.as_slice() {
        [] => format!("{domain} is {}; its TLS policy in effect is {policy}.", standing.label()),
        off => format!("{domain} is {}: {}.", standing.label(), off.join("; ")),
    };
    let description = match endpoint {
        Some(endpoint) => format!("{description} {}.", endpoint.in_words()),
        None => description,
    };
    let details = json!({
        "domain": domain,
        "standing": standing.as_str(),
        "tls_policy": policy,
        "mode": one.mode,
    });
    with(
        finding(
            hub,
            &format!("domain/{account}/{region}/{domain}"),
            "cognito-domain-guard/baseline",
        ),
        json!({
            "CreatedAt": read_at,
            "UpdatedAt": read_at,
            "Severity": { "Label": severity },
            "Title": clean(&format!("{domain} is {}", standing.label()), LONGEST_TITLE),
            "Description": clean(&description, LONGEST_DESCRIPTION),
            "Resources": [resource(domain, one.user_pool_id.as_deref(), [partition, account, region], details)],
            "Compliance": { "Status": status },
            "RecordState": "ACTIVE",
        }),
    )
}

/// The domain. Security Hub has no type for it, so it is the user pool's ARN where that is known.
fn resource(
    domain: &str,
    pool: Option<&str>,
    [partition, account, region]: [&String; 3],
    mut details: Value,
) -> Value {
    let id = match pool {
        Some(pool) => format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{pool}"),
        None => format!("{account}/{region}/{domain}"),
    };
    if let Some(members) = details.as_object_mut() {
        members.insert("account".to_owned(), json!(account));
        for value in members.values_mut() {
            if let Value::String(text) = value {
                *text = clean(text, LONGEST_DETAIL);
            }
        }
    }
    json!({
        "Type": "Other",
        "Id": clean(&id, 512),
        "Partition": partition,
        "Region": region,
        "Details": { "Other": details },
    })
}
