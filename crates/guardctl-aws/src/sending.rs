//! An update that the command line sends to a domain, and how long it is waited for.
//!
//! The rule: what is sent is a complete request that somebody has seen and agreed to. Nothing here chooses.

use std::pin::pin;
use std::time::Duration;

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::plan::UpdateRequest;
use cognito_domain_guard::trigger::Cause;
use guardctl::errln;
use guardctl::interrupt::Interrupt;
use time::OffsetDateTime;

use crate::live::Live;

/// How often to look while waiting. Cognito takes minutes.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A new certificate may take an hour.
pub const WAIT_AT_MOST: Duration = Duration::from_secs(65 * 60);

/// Sends an update and has its answer: an interruption may wait that long.
pub async fn send(
    live: &Live,
    request: &UpdateRequest,
    attributes: Vec<Attribute>,
    interrupt: &Interrupt,
) -> Result<(), CallError> {
    let incident = format!("guardctl.{}", OffsetDateTime::now_utc().unix_timestamp());
    let cause = Cause { incident, attributes, ..Cause::default() };
    let mut sending = pin!(live.cognito.update(request, &cause));
    match interrupt.or(&mut sending).await {
        Some(answer) => answer,
        None => {
            let name = &request.domain;
            errln!("{name}: waiting for Cognito's answer; Ctrl-C again leaves without it");
            sending.await
        }
    }
}
