//! Which right word was meant by a wrong one.

use strsim::damerau_levenshtein;

use crate::domain::SecurityPolicy;

/// The word that `typed` is most likely a slip of, `None` when nothing comes close.
///
/// Case and punctuation do not count (`secondary-region` is `secondary_region`); of what remains,
/// about every third character may be wrong, left out, put in or swapped with its neighbour.
pub(super) fn nearest<'w>(typed: &str, words: &[&'w str]) -> Option<&'w str> {
    // Nothing that long is a slip, and the distance takes quadratic time.
    const LONGEST: usize = 64;
    if typed.len() > LONGEST {
        return None;
    }
    let typed = bare(typed);
    words
        .iter()
        .map(|word| (damerau_levenshtein(&typed, &bare(word)), *word))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= (typed.len().min(word.len()) / 3).max(1))
        .map(|(_, word)| word)
}

/// The security policy that was meant.
///
/// The version that a name speaks of decides before its spelling does: `TLS_V12` is one letter from
/// `TLS_V1`, but whoever writes it means 1.2, and a guess must not lead to the weaker policy.
pub(super) fn nearest_policy(typed: &str) -> Option<SecurityPolicy> {
    let digits = |name: &str| -> String { name.chars().filter(char::is_ascii_digit).collect() };
    let spoken = digits(typed);
    let by_version = |fits: fn(&str, &str) -> bool| {
        SecurityPolicy::ALL
            .into_iter()
            .find(|policy| !spoken.is_empty() && fits(&digits(policy.as_str()), &spoken))
    };
    by_version(|known, spoken| known == spoken)
        .or_else(|| by_version(|known, spoken| known.starts_with(spoken)))
        .or_else(|| nearest(typed, &SecurityPolicy::WORDS).and_then(SecurityPolicy::from_name))
}

fn bare(word: &str) -> String {
    word.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{SecurityPolicy, nearest, nearest_policy};

    #[test]
    fn a_slip_of_the_pen_names_the_right_word_and_a_different_word_names_none() {
        let words = ["domain", "mode", "security_policy", "certificate_arn"];
        for (typed, meant) in [
            ("securty_policy", Some("security_policy")),
            ("security-policy", Some("security_policy")),
            ("securityPolicy", Some("security_policy")),
            ("Domain", Some("domain")),
            ("domian", Some("domain")),
            ("domains", Some("domain")),
            ("certificate_arm", Some("certificate_arn")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &words), meant, "{typed:?}");
        }
    }

    #[test]
    fn a_misspelt_policy_is_taken_for_the_one_of_the_same_tls_version() {
        for (typed, meant) in [
            ("TLS_V12", Some("TLS_V1_2_2021")),
            ("TLSv1.2", Some("TLS_V1_2_2021")),
            ("TLSv1.2_2021", Some("TLS_V1_2_2021")),
            ("tls1.3", Some("TLS_V1_3_2025")),
            ("TLS_V1_2_2012", Some("TLS_V1_2_2021")),
            ("TLS_V1.0", Some("TLS_V1")),
            ("TLS_V", Some("TLS_V1")),
            ("strong", None),
        ] {
            let guess = nearest_policy(typed).map(SecurityPolicy::as_str);
            assert_eq!(guess, meant, "{typed:?}");
        }
    }
}
