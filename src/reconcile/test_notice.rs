//! Somebody wants to see that notices arrive.
//!
//! The rule: it looks at nothing and changes nothing. Only a direct invocation leads here, which takes
//! `lambda:InvokeFunction`; see `trigger`.

use super::{Guard, Incident, Invocation, Stop};
use crate::memory::ErrorType;
use crate::notice::Notice;
use crate::report::{Report, Unsettled};
use crate::trigger::TriggerKind;

impl Guard {
    /// Publishes a test notice. Whoever invoked the function gets AWS's reason if the topic does not take it.
    pub(super) async fn test_notice(&self, asked_by: &str, invocation: &Invocation) -> Report {
        let home = &self.reach.home;
        let mut report = Report::of(TriggerKind::Test, home.clone());
        let id = format!("test.{}", invocation.request_id);
        let incident = Incident::of_a_sweep(&id, home, Stop::NotAgain, invocation);
        let notice = Notice::test(&self.about("", &incident), asked_by);
        if let Err(error) = self.publish_general(&notice, &mut report).await {
            report.unsettled = Some(Unsettled {
                error_type: ErrorType::NoticeFailed,
                message: format!("the test notice could not be published; {error}"),
            });
        }
        report
    }
}
