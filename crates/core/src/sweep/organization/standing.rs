//! What one sweep leaves for the next.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

use super::coverage::GapSince;
use super::item::Item;
use crate::sweep::SetHash;
use crate::when;

/// What is known of an organization between two sweeps. It lies in the output of the state machine's last
/// execution, and nowhere else: where it is lost, or another version wrote it, the next sweep looks at
/// everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// The digest of the baseline by which was judged.
    pub baseline: String,
    /// When the last sweep that looked at every place began, in seconds since 1970.
    pub looked_at_all: Option<i64>,
    /// How many accounts it looked at.
    pub accounts: usize,
    /// How many places that were.
    pub places: usize,
    /// The places that had a domain: they are looked at by every sweep.
    pub with_domains: Vec<Item>,
    /// How many more such places there are. With any, every sweep looks at every place.
    pub unnamed_with_domains: usize,
    /// The places of which something is not known.
    pub gaps: Vec<GapSince>,
    /// How many more such places there are.
    pub unnamed_gaps: usize,
    /// The held sets of which people were notified today.
    pub held: Vec<HeldToday>,
}

/// A held set of which people were notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldToday {
    /// The set, by what it is approved.
    pub hash: SetHash,
    /// Since which sweep it has been held, in seconds since 1970.
    pub since: i64,
    /// When people were last notified of it.
    pub notified: i64,
}

impl Standing {
    /// Whether the sweep at `now` looks at every place, rather than at those that had a domain.
    ///
    /// | what | looks at |
    /// | --- | --- |
    /// | the first sweep of a day (UTC), and the first of all | every place |
    /// | another baseline than the last one's | every place: a domain may be governed now that was not |
    /// | somebody asks for it, as a deployment does | every place |
    /// | more places with a domain than could be remembered | every place |
    /// | any other | the places that had a domain |
    pub fn is_of_everything(&self, now: OffsetDateTime, baseline: &str, is_asked: bool) -> bool {
        self.is_first_of_day(now)
            || is_asked
            || self.baseline != baseline
            || self.unnamed_with_domains > 0
    }

    /// Whether no sweep of every place began on this day (UTC).
    pub fn is_first_of_day(&self, now: OffsetDateTime) -> bool {
        self.looked_at_all.is_none_or(|at| !is_same_day(at, now))
    }
}

/// Whether a time in seconds since 1970 is on the day (UTC) of another.
pub(super) fn is_same_day(at: i64, now: OffsetDateTime) -> bool {
    when::from_seconds(at).is_some_and(|at| at.date() == now.to_offset(UtcOffset::UTC).date())
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(20_782 * 86_400 + 84_800).unwrap() // 23:33:20 in UTC
    }

    fn standing() -> Standing {
        Standing {
            baseline: "3f9c0d5b7e12".to_owned(),
            looked_at_all: Some(now().unix_timestamp() - 3_600),
            with_domains: vec!["111111111111/eu-central-1".parse().unwrap()],
            ..Standing::default()
        }
    }

    #[test]
    fn most_sweeps_look_at_the_places_that_had_a_domain_and_some_at_every_place() {
        let later = now() + Duration::HOUR;
        let more = Standing { unnamed_with_domains: 1, ..standing() };
        for (what, standing, now, baseline, is_asked, expected) in [
            ("most", standing(), now(), "3f9c0d5b7e12", false, false),
            ("the first of all", Standing::default(), now(), "3f9c0d5b7e12", false, true),
            ("the first of a day", standing(), later, "3f9c0d5b7e12", false, true),
            ("another baseline", standing(), now(), "000000000000", false, true),
            ("somebody asks", standing(), now(), "3f9c0d5b7e12", true, true),
            ("too many to remember", more, now(), "3f9c0d5b7e12", false, true),
        ] {
            assert_eq!(standing.is_of_everything(now, baseline, is_asked), expected, "{what}");
        }
        assert!(standing().is_first_of_day(later) && !standing().is_first_of_day(now()));
    }

    #[test]
    fn what_another_version_left_is_as_good_as_nothing_and_never_an_error() {
        let known = r#"{ "accounts": 7, "of_a_later_version": true }"#;
        assert_eq!(serde_json::from_str::<Standing>(known).unwrap().accounts, 7);
        let text = serde_json::to_string(&standing()).unwrap();
        assert_eq!(serde_json::from_str::<Standing>(&text).unwrap(), standing());
    }
}
