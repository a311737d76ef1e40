//! What endpoints answered, for other programs: `docs/schema/probe.json` describes it.

use std::collections::BTreeMap;

use cognito_domain_guard::when::rfc3339;
use cognito_domain_guard_probe::{Certificate, Chain, Fit, Question, Trust, Wire};
use serde::Serialize;

use super::{Asked, Declared, Probed, Reported, reported_policy};

/// What `guardctl probe --format json` prints: a list with an object for each domain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Document(Vec<OfDomain>);

/// One domain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfDomain {
    /// As it was named.
    domain: String,
    #[serde(flatten)]
    wire: OfWire,
    /// What it is held against, in the order of the terminal. Empty without `--floor` and `--live`.
    held_against: Vec<OfHeld>,
    /// What Cognito says; none without `--live`.
    cognito: Option<OfReported>,
    /// `good`, `off` or `unknown`: the worst of all that was judged.
    standing: &'static str,
}

/// What an endpoint answered.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfWire {
    /// Which address was asked; none where no connection was made.
    address: Option<String>,
    /// Why there was no connection.
    problem: Option<String>,
    /// The answer to each question by its name: `tls_1_0`, `tls_1_1`, `tls_1_2_old_suites`, `tls_1_2`, `tls_1_3`.
    answers: BTreeMap<&'static str, OfAnswer>,
    /// `policy`, `one_of`, `no_policy`, `refuses_all` or `unknown`.
    fit: &'static str,
    /// The security policies of Cognito's that answer so, weakest first: one, several where too little is known.
    policies: Vec<&'static str>,
    /// The certificate; none where there was no ordinary handshake.
    certificate: Option<OfChain>,
    /// Why there was none.
    certificate_problem: Option<String>,
}

/// The answer to one question.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfAnswer {
    /// `accepted`, `refused` or `unknown`.
    answer: &'static str,
    /// The suite, the alert, or why it is not known.
    because: String,
}

/// The certificate that an endpoint shows, and those that it sends with it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfChain {
    /// Whether this machine trusts it for the name; none where it has no roots.
    trusted: Option<bool>,
    /// Why not.
    why_not: Option<String>,
    /// Whole days until it ends, below zero where it has.
    days_left: Option<i64>,
    /// That of the name first, then who signed it.
    certificates: Vec<OfCertificate>,
}

/// One certificate.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfCertificate {
    subject: String,
    issuer: String,
    /// The names that it is for.
    names: Vec<String>,
    /// RFC 3339.
    not_before: Option<String>,
    /// RFC 3339.
    not_after: Option<String>,
}

/// One rule that the endpoint is held against.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfHeld {
    /// Which, in words.
    what: String,
    /// Whether the endpoint keeps to it; none where too little was answered.
    kept: Option<bool>,
    /// By what it does not: `accepts TLS 1.0`.
    contradictions: Vec<String>,
}

/// What Cognito says of the domain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfReported {
    /// Why Cognito said nothing.
    problem: Option<String>,
    /// Cognito's word, such as `ACTIVE`.
    status: Option<String>,
    /// The policy that it reports, in words.
    security_policy: Option<String>,
    /// What the baseline declares of the policy.
    declared: Option<String>,
    /// Where it is declared.
    declared_at: Option<String>,
}

impl Document {
    pub fn of(all: &[Probed]) -> Self {
        Self(all.iter().map(OfDomain::of).collect())
    }
}

impl OfDomain {
    fn of(probed: &Probed) -> Self {
        let Probed { asked, floor: _, reported } = probed;
        let held = probed.held().into_iter();
        Self {
            domain: asked.domain.clone(),
            wire: OfWire::of(asked),
            held_against: held
                .map(|(what, held)| OfHeld {
                    what,
                    kept: held.is_kept(),
                    contradictions: held.contradictions(),
                })
                .collect(),
            cognito: reported.as_ref().map(OfReported::of),
            standing: match probed.standing() {
                super::Standing::Good => "good",
                super::Standing::Off => "off",
                super::Standing::Unknown => "unknown",
            },
        }
    }
}

impl OfReported {
    fn of(reported: &Result<Reported, String>) -> Self {
        match reported {
            Err(why) => Self {
                problem: Some(why.clone()),
                status: None,
                security_policy: None,
                declared: None,
                declared_at: None,
            },
            Ok(Reported { domain, declared }) => {
                let (rule, place) = match declared {
                    Some(Declared { rule, place }) => (Some(rule.to_string()), Some(place.clone())),
                    None => (None, None),
                };
                Self {
                    problem: None,
                    status: Some(domain.status.as_str().to_owned()),
                    security_policy: Some(reported_policy(domain)),
                    declared: rule,
                    declared_at: place,
                }
            }
        }
    }
}

impl OfWire {
    pub fn of(asked: &Asked) -> Self {
        let wire = match &asked.wire {
            Ok(wire) => wire,
            Err(problem) => {
                return Self {
                    address: None,
                    problem: Some(problem.clone()),
                    answers: BTreeMap::new(),
                    fit: "unknown",
                    policies: Vec::new(),
                    certificate: None,
                    certificate_problem: None,
                };
            }
        };
        let Wire { address, answers: _, certificate } = wire;
        let answers = Question::ALL.into_iter().map(|question| {
            let answer = wire.answer(question);
            (question.as_str(), OfAnswer { answer: answer.as_str(), because: answer.because() })
        });
        let (fit, policies) = match wire.fit() {
            Fit::Policy(policy) => ("policy", vec![policy.as_str()]),
            Fit::OneOf(policies) => {
                ("one_of", policies.iter().map(|policy| policy.as_str()).collect())
            }
            Fit::NoPolicy => ("no_policy", Vec::new()),
            Fit::RefusesAll => ("refuses_all", Vec::new()),
            Fit::Unknown => ("unknown", Vec::new()),
        };
        Self {
            address: Some(address.to_string()),
            problem: None,
            answers: answers.collect(),
            fit,
            policies,
            certificate: certificate.as_ref().ok().map(OfChain::of),
            certificate_problem: certificate.as_ref().err().cloned(),
        }
    }
}

impl OfChain {
    fn of(chain: &Chain) -> Self {
        let days_left = chain.days_left();
        let Chain { certificates, trust, now: _ } = chain;
        let (trusted, why_not) = match trust {
            Trust::Trusted => (Some(true), None),
            Trust::Distrusted(why) => (Some(false), Some(why.clone())),
            Trust::NotChecked(why) => (None, Some(why.clone())),
        };
        let certificates = certificates.iter().map(
            |Certificate { subject, issuer, names, not_before, not_after }| OfCertificate {
                subject: subject.clone(),
                issuer: issuer.clone(),
                names: names.clone(),
                not_before: not_before.map(rfc3339),
                not_after: not_after.map(rfc3339),
            },
        );
        Self { trusted, why_not, days_left, certificates: certificates.collect() }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Document>();
        let pretty = serde_json::to_string_pretty(&schema.to_value()).unwrap() + "\n";
        expect_file!["../../../../docs/schema/probe.json"].assert_eq(&pretty);
    }
}
