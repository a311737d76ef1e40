//! What one sweep leaves for the next.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

use super::coverage::GapSince;
use super::item::Item;
use crate::sweep::SetHash;

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
    /// Which.
    pub hash: SetHash,
    /// Since which sweep it has been held, in seconds since 1970.
    pub since: i64,
    /// When people were last notified of it.
    pub told: i64,
}

/// How a sweep begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beginning {
    /// Whether it looks at every place, rather than at those that had a domain.
    pub everything: bool,
    /// Whether it is the first of a day that does.
    pub daily: bool,
    /// What it looks at, where that is known without Organizations.
    pub items: Option<Vec<Item>>,
}

impl Standing {
    /// How the sweep at `now` begins, with the baseline of that digest.
    ///
    /// | what | looks at |
    /// | --- | --- |
    /// | the first sweep of a day (UTC), and the first of all | every place |
    /// | another baseline than the last one's | every place: a domain may be governed now that was not |
    /// | somebody asks for it, as a deployment does | every place |
    /// | more places with a domain than could be remembered | every place |
    /// | any other | the places that had a domain |
    ///
    /// `accounts` is the fixed list of accounts, where the deployment has one in place of Organizations'.
    pub fn begin(
        &self,
        now: OffsetDateTime,
        baseline: &str,
        is_asked: bool,
        accounts: Option<&[String]>,
    ) -> Beginning {
        let daily = self.looked_at_all.is_none_or(|at| !is_same_day(at, now));
        let everything =
            daily || is_asked || self.baseline != baseline || self.unnamed_with_domains > 0;
        let items = if everything {
            accounts.map(|accounts| accounts.iter().cloned().map(Item::account).collect())
        } else {
            Some(self.with_domains.clone())
        };
        Beginning { everything, daily, items }
    }
}

/// Whether a time in seconds since 1970 is on the day (UTC) of another.
pub(super) fn is_same_day(at: i64, now: OffsetDateTime) -> bool {
    let at = OffsetDateTime::from_unix_timestamp(at);
    at.is_ok_and(|at| at.date() == now.to_offset(UtcOffset::UTC).date())
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
    fn most_sweeps_look_at_the_places_that_had_a_domain() {
        let expected =
            Beginning { everything: false, daily: false, items: Some(standing().with_domains) };
        assert_eq!(standing().begin(now(), "3f9c0d5b7e12", false, None), expected);
    }

    #[test]
    fn some_sweeps_look_at_every_place() {
        let later = now() + Duration::HOUR;
        let more = Standing { unnamed_with_domains: 1, ..standing() };
        for (what, standing, now, baseline, is_asked, daily) in [
            ("the first of all", Standing::default(), now(), "3f9c0d5b7e12", false, true),
            ("the first of a day", standing(), later, "3f9c0d5b7e12", false, true),
            ("another baseline", standing(), now(), "000000000000", false, false),
            ("somebody asks", standing(), now(), "3f9c0d5b7e12", true, false),
            ("too many to remember", more, now(), "3f9c0d5b7e12", false, false),
        ] {
            let beginning = standing.begin(now, baseline, is_asked, None);
            assert_eq!(beginning, Beginning { everything: true, daily, items: None }, "{what}");
        }
    }

    #[test]
    fn a_fixed_list_takes_the_place_of_organizations() {
        let accounts = ["111111111111".to_owned(), "222222222222".to_owned()];
        let beginning = Standing::default().begin(now(), "3f9c0d5b7e12", false, Some(&accounts));
        let items = accounts.map(Item::account).to_vec();
        assert_eq!(beginning, Beginning { everything: true, daily: true, items: Some(items) });
    }

    #[test]
    fn what_another_version_left_is_as_good_as_nothing_and_never_an_error() {
        let known = r#"{ "accounts": 7, "of_a_later_version": true }"#;
        assert_eq!(serde_json::from_str::<Standing>(known).unwrap().accounts, 7);
        let text = serde_json::to_string(&standing()).unwrap();
        assert_eq!(serde_json::from_str::<Standing>(&text).unwrap(), standing());
    }
}
