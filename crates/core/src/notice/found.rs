//! What fuzzing found: text that others choose and that reached a notice as it was.

use super::scene::{drifted, event, home, notice_about};
use super::*;
use crate::baseline::Baseline;
use crate::plan::{Purpose, decide};

/// The trace that X-Ray knows is named by whoever invokes the function.
#[test]
fn identifiers_of_the_invocation_are_bounded_and_on_one_line_too() {
    let hostile = format!("Root=1\u{1b}[31m\n\u{202e}{}", "x".repeat(100_000));
    let change = super::scene::change(&event("update-weakens-tls"));
    let domain = drifted(&change);
    let text = include_str!("../../../../baseline/example.yaml");
    let baseline = Baseline::parse("baseline.yaml", text).unwrap();
    let now = time::OffsetDateTime::from_unix_timestamp(1_795_420_972).unwrap();
    let purpose = Purpose::Sweep;
    let plan = decide(
        &domain.name,
        Some(&domain),
        purpose,
        &baseline,
        crate::overrides::Known::NONE,
        &home(),
        now,
    );
    let sound = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home());
    let notice = Notice::about(
        Kind::Reverted,
        &About {
            overrides: None,
            place: &home(),
            baseline: &baseline,
            domain: &domain.name,
            observed: Some(&domain),
            plan: Some(&plan),
            change: Some(&change),
            incident: "i",
            changed_at: None,
            since: None,
            accepted_at: None,
            effective_at: None,
            reason: None,
            error: None,
            now,
            request_id: &hostile,
            trace_id: Some(&hostile),
            docs: None,
        },
    );
    let (request, trace) = (&notice.record.request_id, notice.record.trace_id.as_deref().unwrap());
    for text in [request.as_str(), trace] {
        assert!(text.starts_with("Root=1 [31m"), "{text:?}");
        assert!(text.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
    assert!(notice.record.to_json().len() < 2 * sound.record.to_json().len() + 2_000);
}
