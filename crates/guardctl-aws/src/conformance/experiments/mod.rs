//! The experiments. Each makes calls in an order that leaves one answer, and has it judged by [`judge`].

mod ask;
mod chosen;
mod custom;
mod failover;
mod found;
mod judge;
mod prefix;

pub use self::found::Found;

use super::finding::{Finding, Kind, Outcome, Question};
use super::lab::{Lab, Stop};
use super::plan::{self, Part};
use super::resources::Resources;
use super::wanted::Wanted;

/// Everything that was asked for, one domain after the other. What one part found stays, however another
/// ends.
pub async fn all(lab: &Lab<'_>, resources: &Resources<'_, '_>, wanted: &Wanted, found: &mut Found) {
    if let Some(name) = &wanted.foreign_domain {
        lab.steps.part("A domain of another account", plan::left(wanted, Part::Elsewhere));
        match lab.look(name).await {
            Ok(seen) => found.add(lab, judge::elsewhere(seen.as_ref(), &wanted.account)),
            Err(stop) => {
                let reason = stop.reason();
                let outcome = Outcome::NotMeasured(reason.clone());
                found.add(lab, Finding::new(Question::Elsewhere, Kind::Custom, outcome));
                found.stops.push(reason);
            }
        }
    }
    if let Some(name) = &wanted.prefix {
        lab.steps.part("The prefix domain", plan::left(wanted, Part::Prefix));
        let ended = prefix::run(lab, resources, name, found).await;
        end(lab, Kind::Prefix, ended, found);
    }
    if let Some(custom) = &wanted.custom {
        lab.steps.part("The custom domain", plan::left(wanted, Part::Custom));
        let ended = custom::run(lab, resources, custom, found).await;
        for (question, why) in plan::not_measurable(wanted) {
            if !found.findings.iter().any(|finding| finding.question == question) {
                let outcome = Outcome::NotMeasurable(why.to_owned());
                found.add(lab, Finding::new(question, Kind::Custom, outcome));
            }
        }
        end(lab, Kind::Custom, ended, found);
    }
}

/// What is left open of a part that has ended, and why.
fn end(lab: &Lab<'_>, kind: Kind, ended: Result<(), Stop>, found: &mut Found) {
    let why = match ended {
        Ok(()) => "the step before it did not get there".to_owned(),
        Err(stop) => {
            let reason = stop.reason();
            lab.steps.say(&reason);
            found.stops.push(reason);
            "the run ended before".to_owned()
        }
    };
    found.rest(lab, kind, &Outcome::NotMeasured(why));
}

#[cfg(test)]
mod tests;
