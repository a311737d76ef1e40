//! The incidents for a spreadsheet.

use std::error::Error;

use super::incident::{Actor, Incident};
use super::model::Report;
use crate::sheet::cell;

const COLUMNS: [&str; 25] = [
    "incident",
    "opened_at",
    "last_seen_at",
    "state",
    "found_by",
    "account",
    "account_name",
    "owner",
    "region",
    "domain",
    "user_pool_id",
    "attributes",
    "observed",
    "desired",
    "seconds_to_revert",
    "seconds_to_effect",
    "seconds_so_far",
    "actor",
    "actor_arn",
    "via",
    "via_is_claimed",
    "source_ip",
    "imposter",
    "notices",
    "baseline_digest",
];

/// A row for each incident. Of a report without records it is an error: an empty sheet would say that there
/// were none.
pub fn csv(report: &Report) -> Result<String, Box<dyn Error>> {
    let Some(history) = &report.history else {
        return Err(format!("there are no incidents to list: {}", report.missing.join("; ")).into());
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for incident in &history.incidents {
        writer.write_record(row(incident).map(|text| cell(&text)))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    Ok(String::from_utf8(bytes)?)
}

fn row(incident: &Incident) -> [String; COLUMNS.len()] {
    let Incident {
        incident: id,
        domain,
        user_pool_id,
        partition: _,
        account,
        account_name,
        owner,
        region,
        found_by,
        opened_at,
        last_seen_at,
        state,
        changes,
        seconds_to_revert,
        seconds_to_effect,
        seconds_so_far,
        actor,
        attribution: _,
        imposter,
        notices,
        notices_undelivered: _,
        baseline_digest,
    } = incident;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: &Option<i64>| number.map(|one| one.to_string()).unwrap_or_default();
    let joined = |each: Vec<String>| each.join("; ");
    let of_actor = |part: fn(&Actor) -> Option<String>| actor.as_ref().and_then(part);
    [
        id.clone(),
        opened_at.clone(),
        last_seen_at.clone(),
        state.to_string(),
        found_by.to_string(),
        account.clone(),
        text(account_name),
        text(owner),
        region.clone(),
        domain.clone(),
        text(user_pool_id),
        joined(changes.iter().map(|one| one.attribute.to_string()).collect()),
        joined(changes.iter().map(|one| one.observed.clone()).collect()),
        joined(changes.iter().map(|one| one.desired.clone()).collect()),
        number(seconds_to_revert),
        number(seconds_to_effect),
        number(seconds_so_far),
        text(&of_actor(|actor| Some(actor.name.clone()))),
        text(&of_actor(|actor| actor.arn.clone())),
        text(&of_actor(|actor| Some(actor.via.clone()))),
        text(&of_actor(|actor| Some(actor.via_is_claimed.to_string()))),
        text(&of_actor(|actor| actor.source_ip.clone())),
        text(imposter),
        joined(notices.iter().map(ToString::to_string).collect()),
        text(baseline_digest),
    ]
}
