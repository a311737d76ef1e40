//! The brake of a sweep: more domains than its limit are off their baseline at once, so it puts none of
//! them back and asks.
//!
//! A wrong line in the baseline changes many domains, and a sweep would rewrite them all in one go. Changes
//! that have an event are not held: somebody made each of them.

use super::Guard;
use super::sweep::{Findings, ToRevert};
use crate::report::{DomainReport, Outcome};
use crate::sweep::{Brake, Counts, Held, SetHash};

impl Guard {
    /// Takes from what was found what is too much at once, and says so. Returns whether it was.
    ///
    /// Where `approved` names the very set that would be held, nothing is held. Another set is another
    /// decision: whoever approved has not seen it.
    pub(super) fn hold_back(&self, found: &mut Findings, approved: Option<&str>) -> bool {
        let place = &self.reach.home;
        let brake = Brake { per_account: None, total: self.sweep_limit };
        let counts = Counts::from([(place.account.clone(), found.to_revert.len())]);
        let braked = brake.apply(&counts, 0);
        // Which domain was seen first is chance.
        found.to_revert.sort_by(|one, other| one.name.cmp(&other.name));
        let set = SetHash::of(found.to_revert.iter().map(|one| one.fingerprint));
        let is_approved = approved.is_some_and(|approved| approved == set.to_string());
        if braked.held(&place.account).is_none() || is_approved {
            return false;
        }
        let held = Held { braked: &braked, unnamed: 0, set: Some(set), since: self.now() };
        let in_set = found.to_revert.iter().map(|one| (place.clone(), one.name.as_str()));
        let mut record = held.record(in_set, &self.baseline, brake);
        // The sweep's own function comes last: the other one is named only where it is not this one.
        record.command = self.identity.function_arns.last().map(|function| {
            format!(
                "aws lambda invoke --region {} --function-name {function} --invocation-type Event \
                 --cli-binary-format raw-in-base64-out --payload '{{\"approve\":\"{set}\"}}' /dev/null",
                place.region
            )
        });
        for ToRevert { name, changes, worded, fingerprint: _ } in found.to_revert.drain(..) {
            found.sweep.findings.push(format!("{name} is held back: {worded}"));
            let mut report = DomainReport::new(Some(name), Outcome::Refused);
            report.drifts = changes.iter().map(Into::into).collect();
            report.reason = Some(
                "more domains are off the baseline at once than SweepLimit lets a sweep put back"
                    .to_owned(),
            );
            found.outcomes.push(report);
        }
        found.sweep.held = Some(Box::new(record));
        true
    }
}
