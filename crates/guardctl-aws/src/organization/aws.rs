//! Organizations and Step Functions: a few calls of JSON, for which two more SDKs would have to be built.

use std::collections::BTreeSet;

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::signed::{Target, text};
use cognito_domain_guard::sweep::organization::Standing;
use serde_json::{Value, json};

use crate::json_call::{call, place, unreadable};
use crate::live::Live;

const LIST_ACCOUNTS: &str = "organizations:ListAccounts";
const LIST_OF_UNIT: &str = "organizations:ListAccountsForParent";
const LIST_UNITS: &str = "organizations:ListOrganizationalUnitsForParent";
const LIST_EXECUTIONS: &str = "states:ListExecutions";
const DESCRIBE_EXECUTION: &str = "states:DescribeExecution";

/// Organizations gives at least one account a page, but for the empty ones in between.
const MOST_PAGES: usize = 10_000;

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    /// Whether Organizations does not say that it is something else.
    pub is_active: bool,
}

impl Listed {
    /// One that somebody named.
    pub const fn named(id: String) -> Self {
        Self { id, is_active: true }
    }
}

/// Every account that Organizations lists.
///
/// # Errors
///
/// Not all of them could be listed.
pub async fn accounts(live: &Live) -> Result<Vec<Listed>, CallError> {
    let target = "AWSOrganizationsV20161128.ListAccounts";
    let listed = pages(live, LIST_ACCOUNTS, target, &json!({}), "Accounts").await?;
    Ok(listed.iter().filter_map(account).collect())
}

/// The accounts of these organizational units, and of all units below them.
///
/// # Errors
///
/// Not all of them could be listed.
pub async fn accounts_below(
    live: &Live,
    units: Vec<String>,
) -> Result<BTreeSet<String>, CallError> {
    let (mut units, mut found) = (units, BTreeSet::new());
    while let Some(unit) = units.pop() {
        let of = json!({ "ParentId": unit });
        let target = "AWSOrganizationsV20161128.ListAccountsForParent";
        let listed = pages(live, LIST_OF_UNIT, target, &of, "Accounts").await?;
        found.extend(listed.iter().filter_map(account).map(|account| account.id));
        let target = "AWSOrganizationsV20161128.ListOrganizationalUnitsForParent";
        let below = pages(live, LIST_UNITS, target, &of, "OrganizationalUnits").await?;
        units.extend(below.iter().filter_map(|unit| text(unit, "Id").map(str::to_owned)));
    }
    Ok(found)
}

/// What is in the member of that name, over all pages.
async fn pages(
    live: &Live,
    action: &'static str,
    target: &'static str,
    of: &Value,
    name: &str,
) -> Result<Vec<Value>, CallError> {
    let target = Target { service: "organizations", target, json: "1.1" };
    let (region, at) = organizations(&live.place);
    let (mut all, mut body) = (Vec::new(), of.clone());
    for _ in 0..MOST_PAGES {
        let page = call(&live.config, action, target, (region, at.to_owned()), body).await?;
        all.extend(page.get(name).and_then(Value::as_array).into_iter().flatten().cloned());
        // An empty page may have more after it.
        let Some(next) = text(&page, "NextToken") else { return Ok(all) };
        body = of.clone();
        if let Some(members) = body.as_object_mut() {
            members.insert("NextToken".to_owned(), next.into());
        }
    }
    Err(unreadable(action, "the list has no end"))
}

/// AWS is renaming `Status` to `State`. One that says neither counts as active, as in a sweep.
fn account(listed: &Value) -> Option<Listed> {
    let id = text(listed, "Id").or_else(|| text(listed, "Arn")?.rsplit('/').next())?;
    let state = text(listed, "State").or_else(|| text(listed, "Status"));
    Some(Listed { id: id.to_owned(), is_active: state.is_none_or(|state| state == "ACTIVE") })
}

/// What the last sweep that succeeded left, and when it ended as AWS says it; `None` where none did.
///
/// # Errors
///
/// Step Functions does not say, or says what this version cannot read.
pub async fn last_sweep(live: &Live, state_machine: &str) -> Result<Option<Standing>, CallError> {
    let (region, at) = place(&live.config, "states");
    let target = |target| Target { service: "states", target, json: "1.0" };
    let ask = async |action, name, body| {
        call(&live.config, action, target(name), (&region, at.clone()), body).await
    };
    let body =
        json!({ "stateMachineArn": state_machine, "statusFilter": "SUCCEEDED", "maxResults": 1 });
    let listed = ask(LIST_EXECUTIONS, "AWSStepFunctions.ListExecutions", body).await?;
    let last = listed.get("executions").and_then(|all| text(all.get(0)?, "executionArn"));
    let Some(last) = last else { return Ok(None) };
    let body = json!({ "executionArn": last });
    let described = ask(DESCRIBE_EXECUTION, "AWSStepFunctions.DescribeExecution", body).await?;
    let output: Value = text(&described, "output")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let standing = output.get("standing").cloned().unwrap_or_default();
    serde_json::from_value(standing)
        .map(Some)
        .map_err(|_| unreadable(DESCRIBE_EXECUTION, "the last sweep was one of another version"))
}

/// Organizations is in one region of each partition.
fn organizations(place: &Place) -> (&'static str, &'static str) {
    match place.partition.as_str() {
        "aws-cn" => ("cn-northwest-1", "https://organizations.cn-northwest-1.amazonaws.com.cn"),
        "aws-us-gov" => ("us-gov-west-1", "https://organizations.us-gov-west-1.amazonaws.com"),
        "aws-eusc" => ("eusc-de-east-1", "https://organizations.eusc-de-east-1.amazonaws.eu"),
        _ => ("us-east-1", "https://organizations.us-east-1.amazonaws.com"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_active_unless_organizations_says_otherwise() {
        for (listed, expected) in [
            (json!({ "Id": "2", "State": "ACTIVE", "Status": "SUSPENDED" }), Some(("2", true))),
            (json!({ "Id": "2", "State": "CLOSED", "Status": "ACTIVE" }), Some(("2", false))),
            (json!({ "Id": "2", "Status": "SUSPENDED" }), Some(("2", false))),
            (json!({ "Id": "2" }), Some(("2", true))),
            (
                json!({ "Arn": "arn:aws:organizations::1:account/o-exampleorgid/2" }),
                Some(("2", true)),
            ),
            (json!({}), None),
        ] {
            let found = account(&listed);
            let found = found.as_ref().map(|listed| (listed.id.as_str(), listed.is_active));
            assert_eq!(found, expected, "{listed}");
        }
    }
}
