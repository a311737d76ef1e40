//! The experiments. Each makes calls in an order that leaves one answer, and has it judged by [`judge`].

mod custom;
mod failover;
pub mod judge;
mod prefix;

use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Failover, Hosting, SecurityPolicy};
use cognito_domain_guard::plan::{CustomUpdate, RoutingUpdate, UpdateRequest};

use super::finding::{Finding, Kind, Measured, Outcome, Question};
use super::lab::{Answer, Lab, Look, Probe, Stop};
use super::resources::{Made, Resources};
use super::wanted::Wanted;

/// A custom domain may take an hour to come, and a new certificate too.
pub const LONG: Duration = Duration::from_secs(100 * 60);
/// Any other change takes minutes.
pub const SHORT: Duration = Duration::from_secs(30 * 60);

/// What a run found.
#[derive(Debug, Default)]
pub struct Found {
    pub findings: Vec<Finding>,
    /// Why parts of it ended early.
    pub stops: Vec<String>,
}

impl Found {
    pub fn add(&mut self, lab: &Lab<'_>, finding: Finding) {
        lab.steps.say(&format!("=> {finding}"));
        self.findings.push(finding);
    }

    /// Whether a domain of the run answered anything.
    pub fn has_answers(&self) -> bool {
        self.findings.iter().any(|finding| {
            finding.question != Question::Elsewhere
                && match finding.outcome {
                    Outcome::Measured(_) | Outcome::Unexpected(_) => true,
                    Outcome::NotMeasurable(_) | Outcome::NotMeasured(_) => false,
                }
        })
    }

    /// Each question of a kind that has no finding yet, for that reason.
    fn rest(&mut self, lab: &Lab<'_>, kind: Kind, outcome: &Outcome) {
        for question in Question::ALL {
            let is_asked = match kind {
                Kind::Custom => true,
                Kind::Prefix => is_asked_of_a_prefix(question),
            };
            let is_found = self
                .findings
                .iter()
                .any(|finding| finding.question == question && finding.kind == kind);
            if is_asked && !is_found {
                self.add(lab, Finding::new(question, kind, outcome.clone()));
            }
        }
    }
}

/// What a prefix domain can be asked.
const fn is_asked_of_a_prefix(question: Question) -> bool {
    match question {
        Question::OmittedManagedLogin
        | Question::BusyUpdating
        | Question::BusyCreating
        | Question::Describe
        | Question::NewManagedLogin
        | Question::DurationCreating
        | Question::DurationUpdating => true,
        Question::OmittedSecurityPolicy
        | Question::OmittedRouting
        | Question::OmittedCustomDomainConfig
        | Question::EmptyRouting
        | Question::OldPolicy
        | Question::NewPolicy
        | Question::TlsV1WithManagedLogin
        | Question::Elsewhere
        | Question::UpdateDistribution
        | Question::DurationCertificate => false,
    }
}

/// Everything that was asked for, one domain after the other. What one part found stays, however another
/// ends.
pub async fn all(lab: &Lab<'_>, resources: &Resources<'_, '_>, wanted: &Wanted, found: &mut Found) {
    if let Some(name) = &wanted.foreign_domain {
        lab.steps.part(
            "A domain of another account",
            super::plan::left(wanted, super::plan::Part::Elsewhere),
        );
        match lab.look(name).await {
            Ok(seen) => found.add(lab, judge::elsewhere(seen.as_ref(), &wanted.account)),
            Err(stop) => found.stops.push(stop.reason()),
        }
    }
    if let Some(name) = &wanted.prefix {
        lab.steps.part("The prefix domain", super::plan::left(wanted, super::plan::Part::Prefix));
        let ended = prefix::run(lab, resources, name, found).await;
        end(lab, Kind::Prefix, ended, found);
    }
    if let Some(custom) = &wanted.custom {
        lab.steps.part("The custom domain", super::plan::left(wanted, super::plan::Part::Custom));
        let ended = custom::run(lab, resources, custom, found).await;
        let old = "a domain from before June 2026 cannot be made any more";
        let missing = [
            (Question::OldPolicy, old),
            (Question::Elsewhere, "pass --foreign-domain with a domain of another account"),
        ];
        for (question, why) in missing {
            if !found.findings.iter().any(|finding| finding.question == question) {
                let outcome = Outcome::NotMeasurable(why.to_owned());
                found.add(lab, Finding::new(question, Kind::Custom, outcome));
            }
        }
        end(lab, Kind::Custom, ended, found);
    }
}

/// What is left open of a part that has ended, and why.
fn end(lab: &Lab<'_>, kind: Kind, ended: Result<(), Stop>, found: &mut Found) {
    let why = match ended {
        Ok(()) => "the step before it did not get there".to_owned(),
        Err(stop) => {
            let reason = stop.reason();
            lab.steps.say(&reason);
            found.stops.push(reason);
            "the run ended before".to_owned()
        }
    };
    found.rest(lab, kind, &Outcome::NotMeasured(why));
}

/// Follows the creation of a domain. Gives it as a new one is.
async fn creation(
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
        Some(_) => took(made.since().elapsed()),
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
async fn while_updating(
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

/// What a request names, and what it leaves out.
pub fn worded(request: &UpdateRequest) -> String {
    let UpdateRequest { domain, user_pool_id: _, managed_login_version, custom } = request;
    let login = managed_login_version.map(|version| format!("managed login {version}"));
    let mut named = Vec::new();
    if let Some(CustomUpdate { certificate_arn: _, security_policy, routing }) = custom {
        named.push("certificate".to_owned());
        named.extend(security_policy.as_ref().map(|policy| format!("policy {policy}")));
        match routing {
            RoutingUpdate::Omitted => {}
            RoutingUpdate::Remove => named.push("Routing: {}".to_owned()),
            RoutingUpdate::Failover(_) => named.push("a failover".to_owned()),
        }
    }
    named.extend(login);
    let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    format!("{domain}, naming {named}")
}

/// The policy that is described of a custom domain; `absent` where none is.
pub fn policy(domain: &Domain) -> Option<String> {
    match &domain.hosting {
        Hosting::Custom(custom) => {
            Some(custom.security_policy.as_sent().unwrap_or("absent").to_owned())
        }
        Hosting::Prefix => None,
    }
}

/// The managed login version that is described; `absent` where none is.
pub fn login(domain: &Domain) -> String {
    domain.managed_login_version.map_or_else(|| "absent".to_owned(), |version| version.to_string())
}

pub fn failover(domain: &Domain) -> Option<&Failover> {
    match &domain.hosting {
        Hosting::Custom(custom) => custom.failover.as_ref(),
        Hosting::Prefix => None,
    }
}

pub fn has_failover(domain: &Domain) -> bool {
    failover(domain).is_some()
}

/// A measured duration.
fn took(time: Duration) -> Outcome {
    Outcome::Measured(Measured::Took(time))
}

#[cfg(test)]
mod tests;
