//! The names of overrides: written and read here alone.

use time::OffsetDateTime;

/// How many characters after the time make a name that nobody else has.
const RANDOM: usize = 6;
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// What stands for `*`: no domain's name has it by itself.
const ALL: &str = "all";
const ANY: &str = "any";
/// Longest part that says what an override is for.
const LONGEST: usize = 200;

/// A name that nobody has used: what the override is for, when it was made, and by chance.
pub fn fresh(pattern: &str, now: OffsetDateTime, random: u64) -> String {
    let named = match pattern {
        "*" => ALL.to_owned(),
        other => {
            let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || ".-".contains(*c);
            other.replace('*', ANY).chars().filter(is_of_a_name).take(LONGEST).collect()
        }
    };
    let (date, time) = (now.date(), now.time());
    let mut id = format!(
        "{named}_{:04}{:02}{:02}T{:02}{:02}{:02}Z_",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let mut rest = random;
    for _ in 0..RANDOM {
        let letter = usize::try_from(rest % 32).ok().and_then(|nth| LETTERS.get(nth));
        id.extend(letter.map(|letter| char::from(*letter)));
        rest /= 32;
    }
    id
}

/// The one domain that such a name is for: where to look once the override is gone, and no more than that.
/// `None` of a pattern, and of a name that somebody made up.
pub fn domain_in(id: &str) -> Option<&str> {
    let mut parts = id.split('_');
    let (named, time, random) = (parts.next()?, parts.next()?, parts.next()?);
    let is_time = time.len() == "20261123T080211Z".len() && time.ends_with('Z');
    let is_one = named != ALL && !named.split(['.', '-']).any(|part| part == ANY);
    let is_ours = is_time && random.len() == RANDOM && parts.next().is_none();
    Some(named).filter(|named| is_ours && is_one && !named.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_420_931).unwrap()
    }

    #[test]
    fn a_name_says_what_it_is_for_and_when_it_was_made() {
        assert_eq!(fresh("pos.example.com", now(), 0), "pos.example.com_20261123T080211Z_aaaaaa");
        assert_ne!(fresh("x", now(), 1), fresh("x", now(), 2));
        for (pattern, begin) in
            [("*", "all_"), ("*.example.com", "any.example.com_"), ("a/b", "ab_")]
        {
            assert!(fresh(pattern, now(), 7).starts_with(begin), "{pattern}");
        }
    }

    #[test]
    fn the_domain_of_a_name_is_read_back_and_that_of_nothing_else() {
        for domain in ["pos.example.com", "a", "any-thing.example.com"] {
            let read = Some(domain).filter(|domain| !domain.starts_with("any"));
            assert_eq!(domain_in(&fresh(domain, now(), 99)), read);
        }
        for other in ["*", "*.example.com", "auth.*"] {
            assert_eq!(domain_in(&fresh(other, now(), 99)), None, "{other}");
        }
        for by_hand in ["by-hand", "pos.example.com", "a_b_c", "", "_20261123T080211Z_aaaaaa"] {
            assert_eq!(domain_in(by_hand), None, "{by_hand}");
        }
    }
}
