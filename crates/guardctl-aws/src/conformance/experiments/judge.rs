//! What answers mean. Pure: the same looks give the same finding.

use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Status};

use crate::conformance::finding::{Finding, Kind, Measured, Outcome, Question, Refusal, long};
use crate::conformance::lab::{Answer, Change, Look, Probe};
use crate::conformance::values::has_failover;

/// What became of a member that an update left out.
///
/// | afterwards it is | answer |
/// | --- | --- |
/// | what it was before | kept |
/// | what a new domain has that names none | reset |
/// | anything else | unexpected |
///
/// The two are different: whoever asks has made sure of that.
pub fn omitted(question: Question, kind: Kind, before: &str, new: &str, after: &str) -> Finding {
    let outcome = if before == new {
        Outcome::NotMeasurable(format!("it was {before} before, which is what a new domain has"))
    } else if after == before {
        Outcome::Measured(Measured::Kept)
    } else if after == new {
        Outcome::Measured(Measured::Reset)
    } else {
        Outcome::Unexpected(format!("it became {after}, which is neither kept nor reset"))
    };
    Finding::new(question, kind, outcome).with(format!(
        "before {before}, a new domain has {new}, after an update without it {after}"
    ))
}

/// The same by the update that left it out, which may not have been taken.
pub fn left_out(
    question: Question,
    kind: Kind,
    change: &Change,
    before: &str,
    new: &str,
    after: &str,
) -> Finding {
    let outcome = match &change.answer {
        Answer::Accepted => return omitted(question, kind, before, new, after),
        Answer::Refused(refusal) => {
            Outcome::Unexpected(format!("an update without it was refused with {refusal}"))
        }
        Answer::Lost(why) => Outcome::NotMeasured(format!("no answer: {why}")),
    };
    Finding::new(question, kind, outcome)
}

/// What an update of a busy domain was answered with. `takes_effect` says whether what it asked for is
/// there once the domain is `ACTIVE`, `None` where that would show nothing.
pub fn busy(
    question: Question,
    kind: Kind,
    probe: Option<&Probe>,
    takes_effect: Option<bool>,
) -> Finding {
    let Some(Probe { before, answer, after }) = probe else {
        let why = "the domain was never busy: it was ACTIVE at once";
        return Finding::new(question, kind, Outcome::NotMeasurable(why.to_owned()));
    };
    let outcome = match (answer, takes_effect) {
        (Answer::Accepted, _) if !after.is_busy() => Outcome::NotMeasured(
            "the domain became ACTIVE meanwhile, so it may not have been busy any more".to_owned(),
        ),
        (Answer::Accepted, Some(false)) => {
            Outcome::Unexpected("accepted, and without effect once the domain is ACTIVE".to_owned())
        }
        (Answer::Accepted, Some(true) | None) => Outcome::Measured(Measured::Accepted),
        (Answer::Refused(refusal), _) => match refusal.code.as_str() {
            "ConcurrentModificationException" => Outcome::Measured(Measured::Conflict),
            "InvalidParameterException" => Outcome::Measured(Measured::Invalid),
            _ => Outcome::Unexpected(format!("refused with {refusal}")),
        },
        (Answer::Lost(why), _) => Outcome::NotMeasured(format!("no answer: {why}")),
    };
    let answer = match answer {
        Answer::Accepted => "accepted".to_owned(),
        Answer::Refused(refusal) => refusal.to_string(),
        Answer::Lost(why) => why.clone(),
    };
    Finding::new(question, kind, outcome)
        .with(format!("an update while {before} was answered: {answer}; afterwards it was {after}"))
}

/// What was described between an accepted update and `ACTIVE`, of one attribute that went from `old` to
/// `new`.
///
/// | while busy | once `ACTIVE` | answer |
/// | --- | --- | --- |
/// | new | new | fresh |
/// | never busy | new at once | fresh |
/// | old, at first or until the end | new | lags, for so long |
/// | never busy | old, then new | unexpected: nothing says that the answer is old |
/// | any | not new | unexpected |
pub fn describe(
    kind: Kind,
    change: &Change,
    value: impl Fn(&Domain) -> String,
    (old, new): (&str, &str),
) -> Finding {
    let show = |look: &Look| {
        format!("after {}: {} {}", long(look.after), look.domain.status, value(&look.domain))
    };
    let last = change.looks.last();
    let first_new = change.looks.iter().find(|look| value(&look.domain) == new);
    let other =
        change.looks.iter().find(|look| ![old, new].contains(&value(&look.domain).as_str()));
    let stale_and_active = change
        .looks
        .iter()
        .any(|look| look.domain.status == Status::Active && value(&look.domain) == old);
    let outcome = match (last, first_new) {
        (None, _) => Outcome::NotMeasured("nothing was described".to_owned()),
        (Some(last), _) if value(&last.domain) != new => Outcome::Unexpected(format!(
            "accepted, and once ACTIVE it is {} instead of {new}",
            value(&last.domain)
        )),
        (Some(_), _) if other.is_some() => {
            Outcome::Unexpected("meanwhile it was neither the old nor the new value".to_owned())
        }
        (Some(_), _) if stale_and_active => {
            Outcome::Unexpected("it was described as ACTIVE with the old value first".to_owned())
        }
        (Some(_), Some(look)) if change.looks.first() == Some(look) => {
            Outcome::Measured(Measured::Fresh)
        }
        (Some(_), Some(look)) => Outcome::Measured(Measured::Lags(look.after)),
        (Some(_), None) => Outcome::NotMeasured("the new value was not described".to_owned()),
    };
    change.looks.iter().fold(Finding::new(Question::Describe, kind, outcome), |finding, look| {
        finding.with(show(look))
    })
}

/// How long a domain was busy after a change that was accepted.
pub fn duration(question: Question, kind: Kind, change: &Change) -> Finding {
    let was_busy = change.looks.iter().any(|look| look.domain.status.is_busy());
    let outcome = match (&change.answer, change.looks.last()) {
        (Answer::Accepted, Some(last)) if was_busy && change.is_timed => took(last.after),
        (Answer::Accepted, Some(_)) if !was_busy => {
            Outcome::NotMeasurable("the domain was ACTIVE at once".to_owned())
        }
        (Answer::Accepted, Some(_)) | (Answer::Lost(_), _) => Outcome::NotMeasured(
            "the update got no answer, so nobody knows when it began".to_owned(),
        ),
        (Answer::Refused(refusal), _) => Outcome::NotMeasured(format!("refused with {refusal}")),
        (Answer::Accepted, None) => Outcome::NotMeasured("nothing was described".to_owned()),
    };
    Finding::new(question, kind, outcome)
}

/// A request that AWS documents as refused.
pub fn refused(question: Question, change: &Change) -> Finding {
    let outcome = match &change.answer {
        Answer::Refused(refusal) => Outcome::Measured(Measured::Refused(refusal.clone())),
        Answer::Accepted => Outcome::Unexpected("accepted".to_owned()),
        Answer::Lost(why) => Outcome::NotMeasured(format!("no answer: {why}")),
    };
    let finding = Finding::new(question, Kind::Custom, outcome);
    match &change.answer {
        Answer::Refused(Refusal { code: _, message }) => finding.with(message.clone()),
        Answer::Accepted | Answer::Lost(_) => finding,
    }
}

/// What a describe says of a domain that is another account's.
pub fn elsewhere(seen: Option<&Domain>, own_account: &str) -> Finding {
    let outcome = match seen {
        None => Outcome::Measured(Measured::Hidden),
        Some(domain) => match domain.account.as_deref() {
            Some(account) if account == own_account => Outcome::NotMeasurable(
                "the domain is of this account: name one of another".to_owned(),
            ),
            Some(_) => Outcome::Measured(Measured::Described),
            None => Outcome::Unexpected("described, without its account".to_owned()),
        },
    };
    Finding::new(Question::Elsewhere, Kind::Custom, outcome)
}

/// Whether an update by a role without `cloudfront:updateDistribution` is refused for that.
pub fn update_distribution(change: &Change, own_account: &str) -> Finding {
    let outcome = match &change.answer {
        Answer::Accepted => Outcome::Measured(Measured::NotNeeded),
        Answer::Refused(refusal) if names_distributions(refusal) => {
            let resource = resource(&refusal.message);
            let is_own = resource == "*" || resource.contains(&format!(":{own_account}:"));
            Outcome::Measured(Measured::Needed { resource, is_own })
        }
        Answer::Refused(refusal) if refusal.is_denial() => Outcome::NotMeasurable(format!(
            "the role lacks another permission, and may need cognito-idp:UpdateUserPoolDomain: {refusal}"
        )),
        Answer::Refused(refusal) => Outcome::Unexpected(format!("refused with {refusal}")),
        Answer::Lost(why) => Outcome::NotMeasured(format!("no answer: {why}")),
    };
    let finding = Finding::new(Question::UpdateDistribution, Kind::Custom, outcome);
    match change.refusal() {
        Some(refusal) => finding.with(refusal.to_string()),
        None => finding,
    }
}

fn names_distributions(refusal: &Refusal) -> bool {
    refusal.message.to_ascii_lowercase().contains("cloudfront:updatedistribution")
}

/// What a denial names as the resource; `*` where it names none.
fn resource(message: &str) -> String {
    let named = message.split_once("on resource: ").map(|(_, rest)| rest);
    let named = named.and_then(|rest| rest.split_whitespace().next());
    named.map_or("*", |named| named.trim_end_matches(['.', ','])).to_owned()
}

/// What `Routing: {}` made of a failover that was there.
pub fn empty_routing(change: &Change) -> Finding {
    let outcome = match &change.answer {
        Answer::Accepted if has_failover(change.end()) => Outcome::Measured(Measured::Keeps),
        Answer::Accepted => Outcome::Measured(Measured::Removes),
        Answer::Refused(refusal) => Outcome::Unexpected(format!("refused with {refusal}")),
        Answer::Lost(why) => Outcome::NotMeasured(format!("no answer: {why}")),
    };
    Finding::new(Question::EmptyRouting, Kind::Custom, outcome)
}

/// A measured duration.
pub const fn took(time: Duration) -> Outcome {
    Outcome::Measured(Measured::Took(time))
}
