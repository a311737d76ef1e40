//! One recorded call that makes, changes or removes overrides: what a CloudTrail record says of it. What an
//! override says is read where it is; CloudTrail hides its value.

use serde_json::Value;
use time::OffsetDateTime;

use super::json::{at, text};
use super::place::place;
use super::requested;
use super::{Actor, Identity};
use crate::reach::Reach;
use crate::text::clean;
use crate::when;
use crate::words::words;

words! {
    /// What was done to an override, by the `eventName` of its call.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum OverrideCall {
        /// It was made, or written anew.
        Put = "PutParameter",
        /// It was removed.
        Delete = "DeleteParameter",
        /// It was removed, perhaps among others.
        DeleteSeveral = "DeleteParameters",
    }
}

/// One recorded call on overrides of this guard.
#[derive(Clone, Debug)]
pub struct OverrideChange {
    /// The `eventID`.
    pub event_id: String,
    /// Which call.
    pub call: OverrideCall,
    /// The ends of the parameters' names; never empty.
    pub ids: Vec<String>,
    /// When the call was made, in whole seconds.
    pub time: Option<OffsetDateTime>,
    /// Who made it, and with what.
    pub actor: Actor,
}

/// The longest reason for which a record is ignored.
const LONGEST_REASON: usize = 1_000;

/// Reads the record of a call of SSM. `Err` is the reason for which it is not for the guard.
pub(super) fn read(
    record: &Value,
    envelope: &Value,
    guard: &Identity,
    reach: &Reach,
) -> Result<OverrideChange, String> {
    let refused = |reason: String| Err(clean(&reason, LONGEST_REASON));
    let name = text(record, "/eventName").unwrap_or_default();
    let Some(call) = OverrideCall::from_name(name) else {
        return refused(format!("{name:?} changes no override"));
    };
    let Some(location) = &guard.overrides else {
        return refused("this guard has no overrides".to_owned());
    };
    if let Some(code) = text(record, "/errorCode") {
        return refused(format!("the call failed with {code}, so it changed nothing"));
    }
    // A parameter of that name in another place is nobody's override.
    if place(record, envelope, reach).ok().as_ref() != Some(&reach.home) {
        return refused("the parameter is in another account or region than the guard".to_owned());
    }
    let parameters = requested::parameters(record);
    let one = parameters.as_deref().and_then(|asked| requested::text_of(asked, "name"));
    let several = parameters.as_deref().and_then(|asked| at(asked, "/names")?.as_array());
    let several = several.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let ids: Vec<String> = one
        .into_iter()
        .chain(several)
        .filter_map(|name| location.id_of(&name).map(str::to_owned))
        .collect();
    if ids.is_empty() {
        return refused(format!("{name} was not about a parameter below {}", location.path));
    }
    Ok(OverrideChange {
        event_id: text(record, "/eventID")
            .or(text(envelope, "/id"))
            .unwrap_or("unknown")
            .to_owned(),
        call,
        ids,
        time: at(record, "/eventTime").and_then(when::read),
        actor: Actor::read(record),
    })
}
