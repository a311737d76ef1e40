//! How a domain of the run is asked: the requests, and the steps that more than one experiment has.

use std::time::Duration;

use cognito_domain_guard::domain::{Domain, SecurityPolicy};
use cognito_domain_guard::plan::{CustomUpdate, RoutingUpdate, UpdateRequest};

use super::found::Found;
use super::judge;
use crate::conformance::finding::{Finding, Kind, Measured, Outcome, Question};
use crate::conformance::lab::{Answer, Change, Lab, Look, Probe, Stop};
use crate::conformance::resources::Made;
use crate::conformance::values::{login, policy, worded};

/// A custom domain may take an hour to come, and a new certificate too.
pub const LONG: Duration = Duration::from_secs(100 * 60);
/// Any other change takes minutes.
pub const SHORT: Duration = Duration::from_secs(30 * 60);

/// An update that names all of it.
#[derive(Clone, Debug)]
pub struct Values {
    pub policy: Option<SecurityPolicy>,
    pub login: Option<i32>,
    pub routing: RoutingUpdate,
}

impl Values {
    pub const fn new(policy: Option<SecurityPolicy>, login: Option<i32>) -> Self {
        Self { policy, login, routing: RoutingUpdate::Omitted }
    }

    #[must_use]
    pub fn routed(self, routing: RoutingUpdate) -> Self {
        Self { routing, ..self }
    }
}

/// The request for a domain of this run, which it can name no other.
pub fn request(made: &Made, values: Values) -> UpdateRequest {
    let Values { policy, login, routing } = values;
    UpdateRequest {
        domain: made.name().to_owned(),
        user_pool_id: made.pool().to_owned(),
        managed_login_version: login,
        custom: made.certificate().map(|certificate| CustomUpdate {
            certificate_arn: certificate.to_owned(),
            security_policy: policy.map(|policy| policy.as_str().to_owned()),
            routing,
        }),
    }
}

/// Follows the creation of a domain. Gives it as a new one is.
pub async fn creation(
    lab: &Lab<'_>,
    made: &Made,
    kind: Kind,
    at_most: Duration,
    found: &mut Found,
) -> Result<Domain, Stop> {
    // Naming nothing but a certificate, so that it stays what a new domain is.
    let probe = lab.probe(&request(made, Values::new(None, None))).await?;
    found.add(lab, judge::busy(Question::BusyCreating, kind, probe.as_ref(), None));
    let looks = lab.follow(made.name(), at_most, |_| true).await?;
    let created = match probe {
        Some(_) => judge::took(made.since().elapsed()),
        None => Outcome::NotMeasurable("the domain was ACTIVE at once".to_owned()),
    };
    found.add(lab, Finding::new(Question::DurationCreating, kind, created));
    let Some(Look { domain, after: _ }) = looks.into_iter().last() else {
        return Err(Stop::Broken(format!("{} was not described", made.name())));
    };
    let values =
        [(Question::NewPolicy, policy(&domain)), (Question::NewManagedLogin, Some(login(&domain)))];
    for (question, value) in values {
        if let Some(value) = value {
            found.add(lab, Finding::new(question, kind, Outcome::Measured(Measured::Value(value))));
        }
    }
    Ok(domain)
}

/// Sends an update to a domain at rest, and another while it is busy with the first. Gives the second's
/// answer, `None` if the domain was not busy, and whether what it asked for is there in the end.
pub async fn while_updating(
    lab: &Lab<'_>,
    first: &UpdateRequest,
    second: &UpdateRequest,
    is_first: impl Fn(&Domain) -> bool,
    is_second: impl Fn(&Domain) -> bool,
) -> Result<(Option<Probe>, Option<bool>), Stop> {
    let begun = lab.begin(&lab.account.cognito, first, &is_first).await?;
    let what = format!("UpdateUserPoolDomain {}", worded(first));
    match begun.answer {
        Answer::Accepted => {}
        Answer::Refused(refusal) => return Err(Stop::Refused { what, refusal }),
        Answer::Lost(why) => return Err(Stop::Broken(format!("{what} got no answer: {why}"))),
    }
    let probe = lab.probe(second).await?;
    let looks = lab.follow(&first.domain, SHORT, |d| is_first(d) || is_second(d)).await?;
    let was_accepted = probe.as_ref().is_some_and(|probe| probe.answer == Answer::Accepted);
    let takes_effect = looks.last().filter(|_| was_accepted).map(|look| is_second(&look.domain));
    Ok((probe, takes_effect))
}

/// What the run cannot do without.
pub fn accepted(change: &Change, what: &str) -> Result<(), Stop> {
    match &change.answer {
        Answer::Accepted => Ok(()),
        Answer::Refused(refusal) => {
            Err(Stop::Refused { what: what.to_owned(), refusal: refusal.clone() })
        }
        Answer::Lost(why) => Err(Stop::Broken(format!("{what} got no answer: {why}"))),
    }
}
