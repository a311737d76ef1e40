//! The notice by which a person sees that notices arrive.

use super::super::about::About;
use super::super::headline;
use super::super::record::Record;
use super::super::text::{LONGEST, of_others};
use super::sweep::general;
use crate::report::Kind;

/// A test, which says so. Who asked for it is what the invocation said: nobody vouches for it.
pub(in crate::notice) fn test(about: &About<'_>, asked_by: &str) -> Record {
    let mut record = general(Kind::Test, about);
    record.headline = headline::full(&record);
    record.meaning = "Somebody asked the guard for this notice, to see that notices arrive. The guard looked at \
                      no domain and changed nothing."
        .to_owned();
    record.reason =
        Some(format!("asked for by {}, as the invocation says", of_others(asked_by, LONGEST)));
    record.next_steps.push(
        "If nobody of you asked for it, find out who may invoke the guard's function (lambda:InvokeFunction)."
            .to_owned(),
    );
    record
}
