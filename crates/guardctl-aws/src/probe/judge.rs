//! An endpoint's answers against a rule. Pure.

use cognito_domain_guard::baseline::PolicyRule;
use cognito_domain_guard_probe::{Contradiction, Fit, Wire};

use super::Standing;

/// Whether an endpoint keeps to a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It does, and no answer is missing that could show the contrary.
    Kept,
    /// It does not.
    Broken(Vec<Contradiction>),
    /// What it answered does not say.
    Unknown,
}

/// Holds an endpoint against a rule.
///
/// | answers | exactly a policy | at least a policy |
/// | --- | --- | --- |
/// | accepts what the policy refuses | broken | broken |
/// | refuses what the policy accepts | broken | kept: it is stricter |
/// | no answer to what the policy refuses | unknown | unknown |
/// | no answer to what the policy accepts | unknown, unless the rest fits no other policy | kept |
///
/// So what is kept was refused in so many words: CloudFront has more policies than Cognito, and one that Cognito has
/// not may differ from another by the one answer that is missing.
pub fn held(wire: &Wire, rule: PolicyRule) -> Held {
    let fit = wire.fit();
    match fit {
        Fit::RefusesAll | Fit::Unknown => return Held::Unknown,
        Fit::Policy(_) | Fit::OneOf(_) | Fit::NoPolicy => {}
    }
    let against = wire.against(rule.policy()).into_iter();
    let refuses_the_rest = wire.could_accept(rule.policy()).is_empty();
    let (broken, is_known) = match rule {
        PolicyRule::Exactly(policy) => {
            (against.collect(), refuses_the_rest && fit == Fit::Policy(policy))
        }
        PolicyRule::AtLeast(_) => {
            let weaker = against.filter(|one| match one {
                Contradiction::Accepts(_) => true,
                Contradiction::Refuses(_) => false,
            });
            (weaker.collect::<Vec<_>>(), refuses_the_rest)
        }
    };
    match (broken.is_empty(), is_known) {
        (false, _) => Held::Broken(broken),
        (true, true) => Held::Kept,
        (true, false) => Held::Unknown,
    }
}

impl Held {
    pub const fn standing(&self) -> Standing {
        match self {
            Self::Kept => Standing::Good,
            Self::Broken(_) => Standing::Off,
            Self::Unknown => Standing::Unknown,
        }
    }

    /// For other programs; nothing where it is not known.
    pub const fn is_kept(&self) -> Option<bool> {
        match self {
            Self::Kept => Some(true),
            Self::Broken(_) => Some(false),
            Self::Unknown => None,
        }
    }

    /// What an endpoint does that it should not: `accepts TLS 1.0, refuses TLS 1.3`.
    pub fn contradictions(&self) -> Vec<String> {
        match self {
            Self::Broken(all) => all.iter().map(ToString::to_string).collect(),
            Self::Kept | Self::Unknown => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use cognito_domain_guard::domain::SecurityPolicy::{TlsV1, TlsV1_2_2021, TlsV1_3_2025};
    use cognito_domain_guard_probe::{Answer, Question, Refused, Unknown};

    use super::*;

    /// A letter for each question, weakest first: `a`ccepted, `r`efused or unknown (`?`).
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
    fn a_floor_is_kept_by_what_is_stricter_and_an_exact_policy_is_not() {
        let strict = wire("rrrra");
        assert_eq!(held(&strict, PolicyRule::AtLeast(TlsV1_2_2021)), Held::Kept);
        let refuses = Held::Broken(vec![Contradiction::Refuses(Question::Tls12)]);
        assert_eq!(held(&strict, PolicyRule::Exactly(TlsV1_2_2021)), refuses);
        assert_eq!(held(&strict, PolicyRule::Exactly(TlsV1_3_2025)), Held::Kept);
    }

    #[test]
    fn a_weaker_endpoint_breaks_both_and_says_by_what() {
        for rule in [PolicyRule::AtLeast(TlsV1_2_2021), PolicyRule::Exactly(TlsV1_2_2021)] {
            let accepts = Contradiction::Accepts(Question::Tls10);
            assert_eq!(held(&wire("a?raa"), rule), Held::Broken(vec![accepts]));
        }
        assert_eq!(held(&wire("aaaaa"), PolicyRule::AtLeast(TlsV1)), Held::Kept);
    }

    #[test]
    fn what_did_not_answer_is_neither_kept_nor_broken() {
        for letters in ["?rraa", "?????", "rrrrr", "rr?aa", "???aa"] {
            for rule in [PolicyRule::AtLeast(TlsV1_2_2021), PolicyRule::Exactly(TlsV1_2_2021)] {
                assert_eq!(held(&wire(letters), rule), Held::Unknown, "{letters}");
            }
        }
        // No other policy accepts TLS 1.0, so what else it accepts need not be known.
        assert_eq!(held(&wire("a???a"), PolicyRule::Exactly(TlsV1)), Held::Kept);
    }
}
