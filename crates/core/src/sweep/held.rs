//! What a notice says of domains that a sweep holds back.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{Brake, Braked, Counts, SetHash};
use crate::baseline::Baseline;
use crate::place::Place;
use crate::report::{HeldAccount, HeldBy, HeldEntry, HeldRecord, SweepRecord};
use crate::text::clean;
use crate::when::rfc3339;

/// Longest name of a domain.
const LONGEST_NAME: usize = 300;

/// The held domains of one sweep.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// What the brake said.
    pub braked: &'a Braked,
    /// How many more domains are held whose accounts nobody knows.
    pub unnamed: usize,
    /// By what the set is approved, where there is one.
    pub set: Option<SetHash>,
    /// Since which sweep it has been held.
    pub since: OffsetDateTime,
}

impl Held<'_> {
    /// How many domains are held.
    pub fn domains(&self) -> usize {
        let Braked { put_back: _, held_by_account, held_by_total } = self.braked;
        let sum = |counts: &Counts| counts.values().fold(0, |sum: usize, n| sum.saturating_add(*n));
        sum(held_by_account).saturating_add(sum(held_by_total)).saturating_add(self.unnamed)
    }

    /// The record of it: `in_set` are the domains of the set.
    pub fn record<'d>(
        self,
        in_set: impl IntoIterator<Item = (Place, &'d str)>,
        baseline: &Baseline,
        Brake { per_account, total }: Brake,
    ) -> HeldRecord {
        let mut entries = BTreeMap::<_, usize>::new();
        let mut names = Vec::new();
        let mut count = 0;
        for (place, name) in in_set {
            count += 1;
            if names.len() < SweepRecord::MOST_NAMED {
                names.push(clean(&format!("{place} {name}"), LONGEST_NAME));
            }
            let governing = baseline.governing(name, &place);
            let entry = governing.entry.map(|entry| entry.position);
            *entries.entry(entry.or_else(|| governing.first_position())).or_default() += 1;
        }
        let mut entries: Vec<_> = entries
            .into_iter()
            .filter_map(|(position, domains)| {
                Some(HeldEntry { position: format!("{}:{}", baseline.name(), position?), domains })
            })
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.domains));
        entries.truncate(SweepRecord::MOST_NAMED);
        let Braked { put_back: _, held_by_account, held_by_total } = self.braked;
        let of = |held_by: HeldBy, counts: &Counts| {
            counts
                .iter()
                .map(|(account, domains)| HeldAccount {
                    account: account.clone(),
                    held_by,
                    domains: *domains,
                })
                .collect::<Vec<_>>()
        };
        let mut accounts = of(HeldBy::Account, held_by_account);
        accounts.append(&mut of(HeldBy::Total, held_by_total));
        accounts.sort_by_key(|account| std::cmp::Reverse(account.domains));
        accounts.truncate(SweepRecord::MOST_NAMED);
        HeldRecord {
            set: self.set.map(|set| set.to_string()),
            since: rfc3339(self.since),
            domains: self.domains(),
            in_set: count,
            account_limit: per_account,
            limit: total,
            entries,
            accounts,
            names,
            command: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Fingerprint;

    const BASELINE: &str = "version: 1
defaults:
  security_policy: { at_least: TLS_V1_2_2021 }
domains:
  - domain: \"*.example.org\"
    managed_login_version: 2
";

    fn place(account: usize) -> Place {
        Place {
            partition: "aws".to_owned(),
            account: format!("{account:012}"),
            region: "eu-central-1".to_owned(),
        }
    }

    #[test]
    fn people_are_notified_by_entry_and_by_account_what_is_held_and_why() {
        let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
        let counts = [(1, 4), (2, 3), (3, 3)];
        let counts: Counts = counts.map(|(id, count)| (format!("{id:012}"), count)).into();
        let brake = Brake { per_account: Some(3), total: Some(5) };
        let braked = brake.apply(&counts, 2);
        let set = "00112233445566778899aabb".parse::<Fingerprint>().map(|one| SetHash::of([one]));
        let since = OffsetDateTime::UNIX_EPOCH;
        let held = Held { braked: &braked, unnamed: 2, set: set.ok(), since };
        let names = [(1, "a.example.org"), (2, "b.example.com"), (3, "c.example.org")];
        let record = held.record(names.map(|(id, name)| (place(id), name)), &baseline, brake);
        expect_test::expect![[r#"
            {
              "set": "992772647ebbae8ce9555f3f5b82ebb6",
              "since": "1970-01-01T00:00:00Z",
              "domains": 12,
              "in_set": 3,
              "account_limit": 3,
              "limit": 5,
              "entries": [
                {
                  "position": "baseline.yaml:5:5",
                  "domains": 2
                },
                {
                  "position": "baseline.yaml:3:3",
                  "domains": 1
                }
              ],
              "accounts": [
                {
                  "account": "000000000001",
                  "held_by": "account",
                  "domains": 4
                },
                {
                  "account": "000000000002",
                  "held_by": "total",
                  "domains": 3
                },
                {
                  "account": "000000000003",
                  "held_by": "total",
                  "domains": 3
                }
              ],
              "names": [
                "000000000001/eu-central-1 a.example.org",
                "000000000002/eu-central-1 b.example.com",
                "000000000003/eu-central-1 c.example.org"
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&record).unwrap());
    }
}
