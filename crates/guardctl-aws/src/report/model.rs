//! The report: every figure that a rendering shows, computed once. Pure.
//!
//! The rule: what could not be read is `None` and has a line in `missing`. It is never zero.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::text::counted;
use cognito_domain_guard::when::rfc3339;
use serde::Serialize;
use time::OffsetDateTime;

use super::evidence::{Examined, ExaminedAlarm};
use super::history::{History, Lines};
use super::incident::Incident;
use super::posture::{Allowed, Posture};
use super::recorded::Recorded;
use crate::doctor::facts::AlarmState;
use crate::doctor::finding::{Check, VerdictWord};
use crate::doctor::members::Coverage;

/// What the report is made from. An error says why something could not be read.
pub struct Evidence<'a> {
    pub since: OffsetDateTime,
    pub until: OffsetDateTime,
    /// Record lines, and where they are from.
    pub records: Result<(Lines, String), String>,
    /// When the log begins, where AWS says so: it did not exist before, or keeps lines no longer.
    pub log_begins: Option<(OffsetDateTime, String)>,
    pub posture: Result<(Posture, String), String>,
    pub doctor: Result<(Vec<Examined>, String), String>,
    pub baseline: Option<&'a Baseline>,
    /// Where the guard is, if it was asked.
    pub guard_at: Option<Place>,
    /// What else could not be read.
    pub problems: Vec<String>,
}

/// What is, what happened, who did it and who allowed it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of this schema, `MAJOR.MINOR`. A new minor version only adds fields.
    pub schema_version: &'static str,
    /// The version of guardctl.
    pub guardctl_version: &'static str,
    /// The window, RFC 3339.
    pub since: String,
    pub until: String,
    /// What could not be read, or only in part. What is null in the report has a line here.
    pub missing: Vec<String>,
    /// How each part was obtained.
    pub sources: Vec<Source>,
    /// Where the guard is.
    pub guard_at: Option<GuardAt>,
    /// The live domains.
    pub posture: Option<Posture>,
    /// What the records say.
    pub history: Option<Recorded>,
    /// Exemptions of the baseline, and whether a live domain uses them.
    pub exemptions: Option<Vec<Exemption>>,
    /// What the doctor found.
    pub doctor: Option<Vec<Finding>>,
    /// The alarms of each guard that was examined; null where not all could be read.
    pub alarms: Option<Vec<Alarm>>,
    /// The places of the organization, as the doctor found them; null where it was not asked about one.
    pub places: Option<Vec<OfPlace>>,
}

/// An account and region of the organization, other than the guard's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfPlace {
    pub account: String,
    /// `-` of an account that is left alone in each region.
    pub region: String,
    pub coverage: Coverage,
    /// What the doctor found wrong there or could not check, by the names of its checks, or why it is left alone.
    pub why: Option<String>,
}

/// How a part of the report was obtained.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Source {
    pub part: &'static str,
    pub from: String,
}

/// Where the guard is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GuardAt {
    pub partition: String,
    pub account: String,
    pub region: String,
}

/// An exemption that the baseline has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exemption {
    /// `FILE:LINE:COLUMN`.
    pub position: String,
    /// A name or a pattern.
    pub domain: String,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    pub attributes: Vec<String>,
    /// RFC 3339.
    pub until: String,
    /// Whole days that are left at the end of the window; negative once it is over.
    pub days_left: i64,
    pub reason: String,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    /// Live domains whose drift it allows; null where they were not read.
    pub used_by: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    pub account: String,
    pub region: String,
    /// Null of a finding about a member of the organization.
    pub function: Option<String>,
    pub check: String,
    pub verdict: VerdictWord,
    pub what: String,
}

/// One of the guard's alarms, as CloudWatch has it when the guard is examined.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Alarm {
    pub account: String,
    pub region: String,
    pub name: String,
    pub state: AlarmState,
    /// Since when it is in that state, RFC 3339.
    pub since: Option<String>,
    /// CloudWatch's words for why.
    pub reason: String,
    /// Whether somebody hears of it when it fires.
    pub actions_enabled: bool,
}

impl Report {
    pub const SCHEMA_VERSION: &str = "1.0";

    pub fn of(evidence: Evidence<'_>) -> Self {
        let Evidence {
            since,
            until,
            records,
            log_begins,
            posture,
            doctor,
            baseline,
            guard_at,
            problems,
        } = evidence;
        let mut missing = problems;
        let mut sources = Vec::new();
        let mut source = |part, from| sources.push(Source { part, from });
        let posture = match posture {
            Ok((posture, from)) => {
                source("Domains now", from);
                source(
                    "TLS policy in effect",
                    match posture.asked() {
                        Some(_) => "Cognito's word, and what the endpoint of each custom domain answered to TLS hellos",
                        None => "Cognito's word; --probe asks the endpoints themselves",
                    }
                    .to_owned(),
                );
                let read = posture.problems.iter();
                missing.extend(read.map(|problem| format!("Domains: {problem}")));
                Some(posture)
            }
            Err(why) => {
                missing.push(format!("The live domains were not read: {why}"));
                None
            }
        };
        let history = match records {
            Ok((lines, from)) => {
                source("Incidents, overrides, coverage, sweeps, baselines in force", from);
                let unread = lines.unread();
                if unread > 0 {
                    let unread = counted(unread, "record line");
                    missing.push(format!(
                        "{unread} of another version, or cut, could not be read: use a newer guardctl"
                    ));
                }
                lines.history()
            }
            Err(why) => {
                missing.push(format!("The guard's log was not read: {why}"));
                None
            }
        };
        missing.extend(not_before(history.as_ref(), log_begins.as_ref(), since));
        if history.is_none() && !missing.iter().any(|line| line.starts_with("The guard's log")) {
            missing.push(
                "There is no record line in the window, so nothing is known of incidents, sweeps and overrides"
                    .to_owned(),
            );
        }
        let exemptions = baseline.map(|baseline| exemptions(baseline, posture.as_ref(), until));
        match baseline {
            Some(baseline) => {
                source("Exemptions", format!("{} ({})", baseline.name(), baseline.digest()))
            }
            None => missing
                .push("Exemptions were not read: no baseline was given (--baseline)".to_owned()),
        }
        let (mut places, mut alarms) = (None, None);
        let doctor = match doctor {
            Ok((examined, from)) => {
                source("Doctor's findings, alarms", from);
                alarms = alarms_of(&examined).map_err(|unread| missing.extend(unread)).ok();
                let each: Vec<_> = examined.iter().filter_map(OfPlace::of).collect();
                places = (!each.is_empty()).then_some(each);
                Some(examined.into_iter().flat_map(findings).collect())
            }
            Err(why) => {
                missing.push(format!("The guard was not examined: {why}"));
                None
            }
        };
        let guard_at = guard_at.or_else(|| history.as_ref()?.guard_at.clone());
        Self {
            schema_version: Self::SCHEMA_VERSION,
            guardctl_version: env!("CARGO_PKG_VERSION"),
            since: rfc3339(since),
            until: rfc3339(until),
            missing,
            sources,
            guard_at: guard_at.map(|Place { partition, account, region }| GuardAt {
                partition,
                account,
                region,
            }),
            history: history.map(|history| Recorded::of(history, until)),
            posture,
            exemptions,
            doctor,
            alarms,
            places,
        }
    }

    /// Whether everything that was asked for could be read.
    pub const fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The drift that somebody still has to look at.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        let incidents = self.history.iter().flat_map(|history| &history.incidents);
        incidents.filter(|incident| !incident.state.is_over())
    }
}

/// From when on there are records, where that is after the window's begin.
fn not_before(
    history: Option<&History>,
    log_begins: Option<&(OffsetDateTime, String)>,
    since: OffsetDateTime,
) -> Option<String> {
    if let Some((begins, why)) = log_begins.filter(|(begins, _)| *begins > since) {
        return Some(format!("No logs before {}: {why}", rfc3339(*begins)));
    }
    let history = history?;
    // A guard that sweeps leaves a line each hour, so a day without one is none of its silence.
    let is_silent = history.first - since > time::Duration::DAY;
    is_silent.then(|| {
        format!(
            "No logs before {}: the first record line in the window is of then. What happened before is not known",
            rfc3339(history.first)
        )
    })
}

fn exemptions(
    baseline: &Baseline,
    posture: Option<&Posture>,
    until: OffsetDateTime,
) -> Vec<Exemption> {
    let each = baseline.exemptions().iter().map(|one| {
        let [accounts, regions] =
            one.scope.values().map(|listed| listed.unwrap_or_default().to_vec());
        let uses = |posture: &Posture| {
            let uses = posture.domains.iter().filter(|domain| {
                let place = Place {
                    partition: domain.partition.clone(),
                    account: domain.account.clone(),
                    region: domain.region.clone(),
                };
                let allows = |allowed: &Allowed| {
                    one.attributes.iter().any(|attribute| {
                        attribute.as_str() == allowed.attribute
                            && one.covers(&domain.domain, *attribute, &place, until)
                    })
                };
                domain.exceptions.iter().any(allows)
            });
            uses.count()
        };
        Exemption {
            position: format!("{}:{}", baseline.name(), one.position),
            domain: one.pattern.to_string(),
            accounts,
            regions,
            attributes: one.attributes.iter().map(ToString::to_string).collect(),
            until: rfc3339(one.until),
            days_left: (one.until - until).whole_days(),
            reason: one.reason.clone(),
            owner: one.owner.clone(),
            ticket: one.ticket.clone(),
            used_by: posture.map(uses),
        }
    });
    let mut all: Vec<_> = each.collect();
    all.sort_by(|one, other| one.until.cmp(&other.until));
    all
}

impl OfPlace {
    /// `None` of the guard itself.
    fn of(examined: &Examined) -> Option<Self> {
        let Examined { account, region, function: _, coverage, why, findings, alarms: _ } =
            examined;
        let wrong = findings.iter().filter(|one| one.verdict != VerdictWord::Ok);
        let wrong: Vec<_> = wrong.map(|one| one.check.replace('_', " ")).collect();
        Some(Self {
            account: account.clone(),
            region: region.clone(),
            coverage: (*coverage)?,
            why: why.clone().or_else(|| (!wrong.is_empty()).then(|| wrong.join(", "))),
        })
    }
}

/// How many of these places are so.
pub fn count_places(places: &[OfPlace], coverage: Coverage) -> usize {
    places.iter().filter(|one| one.coverage == coverage).count()
}

/// The same of each coverage that there is.
pub fn places_in_words(places: &[OfPlace]) -> String {
    let each = Coverage::ALL.into_iter();
    let each = each.map(|coverage| (count_places(places, coverage), coverage.label()));
    let each = each.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    each.collect::<Vec<_>>().join(", ")
}

/// The alarms of these guards, those that are on first; or a line for each guard of which they are not known.
fn alarms_of(examined: &[Examined]) -> Result<Vec<Alarm>, Vec<String>> {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for one in examined {
        let Examined { account, region, function, coverage: _, why: _, findings, alarms } = one;
        // A member of an organization has none.
        if function.is_none() {
            continue;
        }
        let Some(alarms) = alarms else {
            let check = Check::Alarms.as_str();
            let said = findings.iter().find(|finding| finding.check == check);
            let why = said.map_or(
                "the doctor did not look at them: it was an older one, or was not given the stack",
                |finding| &finding.what,
            );
            unread.push(format!(
                "The state of the alarms in account {account} {region} is not known: {why}"
            ));
            continue;
        };
        all.extend(alarms.iter().cloned().map(|alarm| {
            let ExaminedAlarm { name, state, since, reason, actions_enabled } = alarm;
            let (account, region) = (account.clone(), region.clone());
            Alarm { account, region, name, state, since, reason, actions_enabled }
        }));
    }
    if !unread.is_empty() {
        return Err(unread);
    }
    let rank = |state| match state {
        AlarmState::Alarm => 0,
        AlarmState::InsufficientData => 1,
        AlarmState::Ok => 2,
    };
    all.sort_by(|one, other| {
        let key = |alarm: &Alarm| (rank(alarm.state), alarm.account.clone(), alarm.region.clone());
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    Ok(all)
}

/// How many of these alarms are in that state.
pub fn count_alarms(alarms: &[Alarm], state: AlarmState) -> usize {
    alarms.iter().filter(|alarm| alarm.state == state).count()
}

/// How they stand.
pub fn alarms_in_words(alarms: &[Alarm]) -> String {
    let each = [
        (AlarmState::Ok, "OK"),
        (AlarmState::Alarm, "in ALARM"),
        (AlarmState::InsufficientData, "without enough data (INSUFFICIENT_DATA)"),
    ];
    let each = each.map(|(state, words)| (count_alarms(alarms, state), words)).into_iter();
    let each =
        each.filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
    each.collect::<Vec<_>>().join(", ")
}

fn findings(examined: Examined) -> impl Iterator<Item = Finding> {
    let Examined { account, region, function, coverage: _, why: _, findings, alarms: _ } = examined;
    findings.into_iter().map(move |finding| Finding {
        account: account.clone(),
        region: region.clone(),
        function: function.clone(),
        check: finding.check,
        verdict: finding.verdict,
        what: finding.what,
    })
}
