//! Which of Cognito's policies an endpoint's answers are. Pure.
//!
//! Source: `CustomDomainConfigType.SecurityPolicy` in the Cognito API refers to CloudFront's table "Supported
//! protocols and ciphers between viewers and CloudFront" for `TLSv1`, `TLSv1.2_2021` and `TLSv1.3_2025`.

use std::fmt;

use cognito_domain_guard_core::domain::SecurityPolicy;

use crate::question::Question;
use crate::{Answer, Wire};

/// Whether an endpoint with that policy accepts what a question offers.
///
/// | | `TLS_V1` | `TLS_V1_2_2021` | `TLS_V1_3_2025` |
/// | --- | --- | --- | --- |
/// | TLS 1.0, TLS 1.1 | yes | no | no |
/// | TLS 1.2 with CBC or without forward secrecy | yes | no | no |
/// | TLS 1.2 with ECDHE and GCM or ChaCha20 | yes | yes | no |
/// | TLS 1.3 | yes | yes | yes |
const fn accepts(policy: SecurityPolicy, question: Question) -> bool {
    match (policy, question) {
        (SecurityPolicy::TlsV1, Question::Tls10 | Question::Tls11 | Question::OldSuites) => true,
        (
            SecurityPolicy::TlsV1_2_2021 | SecurityPolicy::TlsV1_3_2025,
            Question::Tls10 | Question::Tls11 | Question::OldSuites,
        ) => false,
        (SecurityPolicy::TlsV1 | SecurityPolicy::TlsV1_2_2021, Question::Tls12) => true,
        (SecurityPolicy::TlsV1_3_2025, Question::Tls12) => false,
        (
            SecurityPolicy::TlsV1 | SecurityPolicy::TlsV1_2_2021 | SecurityPolicy::TlsV1_3_2025,
            Question::Tls13,
        ) => true,
    }
}

/// Which policy that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// This one, and none of the others could answer so.
    Policy(SecurityPolicy),
    /// Too little is known: each of these could answer so, weakest first.
    OneOf(Vec<SecurityPolicy>),
    /// No policy of Cognito's answers so: something else answers, or Cognito has a policy that this build does
    /// not know.
    NoPolicy,
    /// Nothing was accepted and nothing is unknown: the endpoint has no such name.
    RefusesAll,
    /// Nothing that was asked has an answer.
    Unknown,
}

/// An answer that an endpoint with a policy would not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// It accepts what the policy refuses: the endpoint is weaker.
    Accepts(Question),
    /// It refuses what the policy accepts: the endpoint is stricter.
    Refuses(Question),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepts(question) => write!(f, "accepts {question}"),
            Self::Refuses(question) => write!(f, "refuses {question}"),
        }
    }
}

impl Wire {
    fn each(&self) -> impl Iterator<Item = (Question, &Answer)> {
        Question::ALL.into_iter().map(|question| (question, self.answer(question)))
    }

    /// Which of Cognito's policies it is.
    pub fn fit(&self) -> Fit {
        let answers = || self.each().map(|(_, answer)| answer.is_accepted());
        if answers().all(|accepted| accepted.is_none()) {
            return Fit::Unknown;
        }
        if answers().all(|accepted| accepted == Some(false)) {
            return Fit::RefusesAll;
        }
        let fitting: Vec<SecurityPolicy> = SecurityPolicy::ALL
            .into_iter()
            .filter(|policy| self.against(*policy).is_empty())
            .collect();
        match fitting.as_slice() {
            [] => Fit::NoPolicy,
            [one] => Fit::Policy(*one),
            _ => Fit::OneOf(fitting),
        }
    }

    /// What speaks against its having that policy, weakest first. Nothing does not say that it has: see
    /// [`Wire::could_accept`].
    pub fn against(&self, policy: SecurityPolicy) -> Vec<Contradiction> {
        let judged = self.each().filter_map(|(question, answer)| {
            match (answer.is_accepted()?, accepts(policy, question)) {
                (true, false) => Some(Contradiction::Accepts(question)),
                (false, true) => Some(Contradiction::Refuses(question)),
                (true, true) | (false, false) => None,
            }
        });
        judged.collect()
    }

    /// What the policy refuses and the endpoint did not refuse: it accepts it, or may.
    pub fn could_accept(&self, policy: SecurityPolicy) -> Vec<Question> {
        self.each()
            .filter(|(question, answer)| {
                !accepts(policy, *question) && answer.is_accepted() != Some(false)
            })
            .map(|(question, _)| question)
            .collect()
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(policy) => policy.fmt(f),
            Self::OneOf(policies) => {
                let words: Vec<&str> = policies.iter().map(|policy| policy.as_str()).collect();
                write!(f, "{}, not known which", words.join(" or "))
            }
            Self::NoPolicy => f.write_str("none of Cognito's policies"),
            Self::RefusesAll => f.write_str(
                "unknown: every hello was refused, so there is no such name at this endpoint",
            ),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refused, Unknown};

    /// A letter for each question: `a`ccepted, `r`efused or unknown (`?`).
    fn wire(letters: &str) -> Wire {
        let mut answers = letters.chars().map(|letter| match letter {
            'a' => Answer::Accepted(0xc013),
            'r' => Answer::Refused(Refused::Alert(70)),
            _ => Answer::Unknown(Unknown::Reset),
        });
        Wire {
            address: ([127, 0, 0, 1], 443).into(),
            answers: std::array::from_fn(|_| answers.next().unwrap()),
            certificate: Err(String::new()),
        }
    }

    #[test]
    fn each_policy_is_recognised_by_its_answers_alone() {
        use SecurityPolicy::{TlsV1, TlsV1_2_2021, TlsV1_3_2025};
        for (letters, expected) in [
            ("aaaaa", Fit::Policy(TlsV1)),
            ("rrraa", Fit::Policy(TlsV1_2_2021)),
            ("rrrra", Fit::Policy(TlsV1_3_2025)),
            // What one question leaves open, another may settle.
            ("?rraa", Fit::Policy(TlsV1_2_2021)),
            ("?aa??", Fit::Policy(TlsV1)),
            ("????r", Fit::NoPolicy),
            ("???aa", Fit::OneOf(vec![TlsV1, TlsV1_2_2021])),
            ("????a", Fit::OneOf(vec![TlsV1, TlsV1_2_2021, TlsV1_3_2025])),
            // A policy of CloudFront's that Cognito has not, and two servers that are none.
            ("rraaa", Fit::NoPolicy),
            ("raaaa", Fit::NoPolicy),
            ("aarrr", Fit::NoPolicy),
            ("rrrrr", Fit::RefusesAll),
            ("?????", Fit::Unknown),
        ] {
            assert_eq!(wire(letters).fit(), expected, "{letters}");
        }
    }

    #[test]
    fn what_is_unknown_neither_contradicts_a_policy_nor_is_refused() {
        let wire = wire("?rrar");
        let floor = SecurityPolicy::TlsV1_2_2021;
        assert_eq!(wire.against(floor), [Contradiction::Refuses(Question::Tls13)]);
        assert_eq!(wire.could_accept(floor), [Question::Tls10]);
    }
}
