//! A plan for other programs.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::plan::Decision;
use serde_json::{Value, json};

use super::Region;
use crate::look::{Looked, Standing};
use crate::unread::explained;

/// A list with an object for each region.
pub fn to_json(regions: &[Region], baseline: &Baseline) -> Value {
    let planned = |looked: &Looked| {
        let assessment = &looked.plan.assessment;
        let decision = match looked.plan.decision {
            Decision::InSync => "in_sync",
            Decision::Restored => "restored",
            Decision::NotRestored => "not_restored",
            Decision::Update(_) => "update",
            Decision::Hold(_) => "hold",
            Decision::Refuse(_) => "refuse",
            Decision::Exempt => "exempt",
            Decision::AuditOnly => "audit",
            Decision::Pause(_) => "paused",
            Decision::Withhold(_) => "withheld",
            Decision::ReadOverrides => "read_overrides",
            Decision::Unmanaged => "unmanaged",
            Decision::Gone => "gone",
        };
        json!({
            "domain": looked.name,
            "status": looked.domain.as_ref().map(|domain| domain.status.as_str()),
            "decision": decision,
            "at_baseline": looked.standing() == Standing::AtBaseline,
            "governed": looked.plan.governed,
            "reason": looked.why_left(),
            "changes": assessment.drifts.iter().map(|drift| json!({
                "attribute": drift.attribute.as_str(),
                "observed": drift.observed,
                "baseline": drift.declared,
                "desired": drift.desired,
                "line": drift.position.line,
                "column": drift.position.column,
            })).collect::<Vec<_>>(),
            "exempt": assessment.exempt.iter().map(|exempt| json!({
                "attribute": exempt.drift.attribute.as_str(),
                "observed": exempt.drift.observed,
                "until": exempt.until.date().to_string(),
                "reason": exempt.reason,
            })).collect::<Vec<_>>(),
        })
    };
    json!(
        regions
            .iter()
            .map(|region| json!({
                "account": region.live.place.account,
                "region": region.live.place.region,
                "baseline": { "file": baseline.name(), "digest": baseline.digest() },
                "domains": region.looked.iter().map(planned).collect::<Vec<_>>(),
                "problems": explained(&region.problems),
            }))
            .collect::<Vec<_>>()
    )
}
