//! Where a change was made.
//!
//! The rule: a hub believes EventBridge alone. The envelope's `account` and `region` are those of the bus
//! that the event was put on, which nobody can choose; what the record says of them is text.

use serde_json::Value;

use super::json::text;
use crate::place::Place;
use crate::reach::Reach;

/// The place of a record, whose envelope is null where there is none.
///
/// # Errors
/// Why the record is not for the guard.
pub(super) fn place(record: &Value, envelope: &Value, reach: &Reach) -> Result<Place, String> {
    let said = (text(record, "/recipientAccountId"), text(record, "/awsRegion"));
    let vouched = (text(envelope, "/account"), text(envelope, "/region"));
    let home = &reach.home;
    let (account, region) = match (&reach.organization, vouched) {
        (None, (account, region)) => (said.0.or(account), said.1.or(region)),
        (Some(_), (Some(account), Some(region))) => {
            for (said, vouched, what) in [(said.0, account, "account"), (said.1, region, "region")]
            {
                if let Some(said) = said.filter(|said| *said != vouched) {
                    return Err(format!(
                        "refused: EventBridge took it from {what} {vouched}, and it says {said}"
                    ));
                }
            }
            (Some(account), Some(region))
        }
        // Somebody invoked the function with a record of the trail. It is the hub's own or nobody's.
        (Some(_), (Some(_) | None, Some(_) | None)) => {
            let is_home = said == (Some(home.account.as_str()), Some(home.region.as_str()));
            if !is_home {
                return Err(format!(
                    "refused: without the envelope of EventBridge nothing vouches for its account and \
                     region, unless it is of {home} itself"
                ));
            }
            said
        }
    };
    reach
        .place(account.unwrap_or(&home.account), region.unwrap_or(&home.region))
        .map_err(|why| why.to_string())
}
