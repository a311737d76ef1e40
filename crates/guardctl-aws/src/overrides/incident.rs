//! What an incident was about, from the record lines that the guard left in its log. Pure.

use std::collections::BTreeMap;

use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::notice::{Kind, Record};
use cognito_domain_guard::plan::AttributeValue;
use cognito_domain_guard::record_line::RecordLine;

/// What the guard replaced of one domain in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Reverted {
    pub domain: String,
    pub account: String,
    pub region: String,
    /// What Cognito had before.
    pub values: BTreeMap<Attribute, AttributeValue>,
}

/// Which notices are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Those of that incident. Of several about one attribute the first counts: it has the value that was
    /// there before anything was put back.
    Incident(&'a str),
    /// Those about that domain. The last one counts.
    Domain(&'a str),
}

/// What was reverted, by domain and place; and how many record lines cannot be read. Two regions or accounts
/// may have a prefix domain of one name.
pub fn reverted(lines: &[String], which: Which<'_>) -> (Vec<Reverted>, usize) {
    let mut unread = 0;
    let mut records: Vec<Record> = Vec::new();
    for line in lines {
        match RecordLine::read(line) {
            None => {}
            Some(Err(_)) => unread += 1,
            Some(Ok(
                RecordLine::Notice { notice, .. }
                | RecordLine::NoticeUndelivered { notice, .. }
                | RecordLine::SweepIntends { notice, .. },
            )) => records.push(notice.into_owned()),
            Some(Ok(RecordLine::Report { .. })) => {}
        }
    }
    records.retain(|record| says_what_was_reverted(record.kind));
    if let Which::Incident(id) = which {
        records.retain(|record| record.incident == id);
    }
    records.sort_by(|one, other| one.time.cmp(&other.time));
    let mut found: BTreeMap<[String; 3], Reverted> = BTreeMap::new();
    for record in records {
        for change in &record.drifts {
            let Some(domain) = change.domain.as_ref().or(record.domain.as_ref()) else { continue };
            if let Which::Domain(asked) = which
                && !asked.eq_ignore_ascii_case(domain)
            {
                continue;
            }
            let Record { account, region, .. } = &record;
            let one = found
                .entry([domain.clone(), account.clone(), region.clone()])
                .or_insert_with(|| Reverted {
                    domain: domain.clone(),
                    account: account.clone(),
                    region: region.clone(),
                    values: BTreeMap::new(),
                });
            match which {
                Which::Incident(_) => {
                    one.values.entry(change.attribute).or_insert_with(|| change.observed.clone());
                }
                Which::Domain(_) => {
                    one.values.insert(change.attribute, change.observed.clone());
                }
            }
        }
    }
    (found.into_values().collect(), unread)
}

/// What was reverted of the domain in the one place that is meant; no account and no region mean any.
pub fn only(
    mut found: Vec<Reverted>,
    domain: &str,
    accounts: &[String],
    regions: &[String],
) -> Result<Option<Reverted>, String> {
    let is_meant = |named: &[String], value: &String| named.is_empty() || named.contains(value);
    found.retain(|one| is_meant(accounts, &one.account) && is_meant(regions, &one.region));
    let one = found.pop();
    if let Some(one) = one.as_ref().filter(|_| !found.is_empty()) {
        let places = found.iter().chain([one]);
        let places: Vec<_> =
            places.map(|one| format!("account {} {}", one.account, one.region)).collect();
        return Err(format!(
            "{domain} was reverted in {}: say which with --account and --region",
            places.join(" and ")
        ));
    }
    Ok(one)
}

/// Whether an update was sent, or was about to be, that replaced what such a notice lists.
const fn says_what_was_reverted(kind: Kind) -> bool {
    match kind {
        Kind::Reverted | Kind::NotRestored | Kind::DriftDetected | Kind::SweepDigest => true,
        // Nothing was sent, or the value after it is listed.
        Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Restored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::NotCovered
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepHeld
        | Kind::Test => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as versions of the guard wrote them.
    fn lines() -> Vec<String> {
        let written = include_str!("../../../../tests/record-lines/1.1.jsonl");
        written.lines().map(str::to_owned).collect()
    }

    const INCIDENT: &str = "2c63888f-28f0-4481-be6d-dce7a7ace732";

    #[test]
    fn what_was_there_before_the_revert_is_read_from_the_records_of_the_incident() {
        let (found, unread) = reverted(&lines(), Which::Incident(INCIDENT));
        assert_eq!(unread, 0);
        let [one] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!(one.domain, "auth.example.com");
        assert_eq!((one.account.as_str(), one.region.as_str()), ("111122223333", "eu-central-1"));
        assert_eq!(
            one.values[&Attribute::SecurityPolicy],
            AttributeValue::Text("TLS_V1".to_owned())
        );
        assert_eq!(one.values[&Attribute::ManagedLoginVersion], AttributeValue::Version(1));
        assert!(matches!(one.values[&Attribute::Routing], AttributeValue::Failover(_)));
    }

    #[test]
    fn a_sweep_names_each_domain_itself() {
        let incident = "sweep.4a1f0b1e-7f0e-4b52-9d0a-0c5a2f1f6d3b";
        let (found, _) = reverted(&lines(), Which::Incident(incident));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(!found[0].domain.is_empty());
    }

    #[test]
    fn of_a_domain_the_last_revert_counts_and_of_an_incident_the_first() {
        let mut lines = lines();
        let again = lines.iter().find(|line| line.contains("\"kind\":\"reverted\"")).unwrap();
        let again = again
            .replace("\"observed\":\"TLS_V1\"", "\"observed\":\"TLS_V1_2_2021\"")
            .replace("\"time\":\"2026-11-23T", "\"time\":\"2027-01-01T");
        lines.insert(0, again);
        let policy = |which| {
            let (found, _) = reverted(&lines, which);
            found[0].values[&Attribute::SecurityPolicy].to_string()
        };
        assert_eq!(policy(Which::Domain("AUTH.example.com")), "TLS_V1_2_2021");
        assert_eq!(policy(Which::Incident(INCIDENT)), "TLS_V1");
    }

    #[test]
    fn what_was_reverted_in_one_region_is_not_taken_for_that_of_another() {
        let mut lines = lines();
        let elsewhere = lines.iter().find(|line| line.contains("\"kind\":\"reverted\"")).unwrap();
        let elsewhere = elsewhere
            .replace("\"observed\":\"TLS_V1\"", "\"observed\":\"TLS_V1_2_2021\"")
            .replace("\"region\":\"eu-central-1\"", "\"region\":\"eu-west-1\"");
        lines.push(elsewhere);
        for which in [Which::Domain("auth.example.com"), Which::Incident(INCIDENT)] {
            let (found, _) = reverted(&lines, which);
            let found: Vec<_> = found
                .iter()
                .map(|one| {
                    (one.region.as_str(), one.values[&Attribute::SecurityPolicy].to_string())
                })
                .collect();
            assert_eq!(
                found,
                [("eu-central-1", "TLS_V1".to_owned()), ("eu-west-1", "TLS_V1_2_2021".to_owned())]
            );
        }
    }

    #[test]
    fn other_lines_and_other_incidents_are_nothing_and_what_cannot_be_read_is_counted() {
        let lines =
            ["START RequestId: x".to_owned(), "{\"message\":\"notice\",\"notice\":{}}".to_owned()];
        assert_eq!(reverted(&lines, Which::Incident(INCIDENT)), (Vec::new(), 1));
        let (found, _) = reverted(&self::lines(), Which::Incident("another"));
        assert_eq!(found, Vec::new());
    }
}
