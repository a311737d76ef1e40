//! CloudFront: distributions, as far as somebody looks for a name among their aliases.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Distributions a page, where nobody asks for fewer: CloudFront's most.
const PAGE: usize = 100;

/// A distribution of CloudFront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its id.
    pub id: String,
    /// The names that it answers to besides its own: `CNAMEs`, as they are also called.
    pub aliases: Vec<String>,
}

/// Every distribution of an account, by its id. They are global: each region signs for the same ones.
#[derive(Debug, Default)]
pub(super) struct DistributionsOf(BTreeMap<String, BTreeMap<String, Distribution>>);

impl DistributionsOf {
    pub(super) fn put(&mut self, account: &str, distribution: Distribution) {
        let of = self.0.entry(account.to_owned()).or_default();
        of.insert(distribution.id.clone(), distribution);
    }

    /// A page, whose marker is the last id of the one before. In its list, each item is an object of one member.
    pub(super) fn list(&self, account: &str, parameters: &Value) -> Value {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let marker = text("Marker").unwrap_or_default();
        let most = text("MaxItems").and_then(|most| most.parse().ok()).unwrap_or(PAGE).min(PAGE);
        let mut after = self
            .0
            .get(account)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|it| *it.id > *marker);
        let items: Vec<&Distribution> = after.by_ref().take(most).collect();
        let is_truncated = after.next().is_some();
        let next = items.last().filter(|_| is_truncated).map(|last| last.id.as_str());
        let summaries: Vec<Value> = items.iter().map(|it| summary(account, it)).collect();
        let members = [
            ("Marker", json!(marker)),
            ("NextMarker", json!(next)),
            ("MaxItems", json!(most)),
            ("IsTruncated", json!(is_truncated)),
            ("Quantity", json!(summaries.len())),
            ("Items", json!(summaries)),
        ];
        present(members)
    }
}

/// Without what there is nothing in.
fn present<const N: usize>(members: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let members = members.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn summary(account: &str, distribution: &Distribution) -> Value {
    let Distribution { id, aliases } = distribution;
    let names: Vec<Value> = aliases.iter().map(|alias| json!({ "CNAME": alias })).collect();
    let of_aliases = present([("Quantity", json!(names.len())), ("Items", json!(names))]);
    json!({ "DistributionSummary": {
        "Id": id,
        "ARN": format!("arn:aws:cloudfront::{account}:distribution/{id}"),
        "Status": "Deployed",
        "Aliases": of_aliases,
        "Enabled": true,
    } })
}
