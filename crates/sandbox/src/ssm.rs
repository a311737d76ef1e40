//! SSM's Parameter Store, as far as overrides need it: texts below a path, made, read in pages, removed. And
//! of the parameters that AWS publishes in it, those that say where Cognito has user pools.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::action::ApiError;

/// How many parameters one page has at the most.
const MOST_A_PAGE: usize = 10;
/// The longest value of a standard parameter.
const LONGEST_VALUE: usize = 4_096;

/// Below it AWS publishes where Cognito has user pools.
const REGIONS: &str = "/aws/service/global-infrastructure/services/cognito-idp/regions/";
/// Some of the regions, of several partitions.
const WITH_USER_POOLS: [&str; 13] = [
    "ap-east-2",
    "ap-northeast-1",
    "ap-southeast-7",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eusc-de-east-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-west-1",
    "us-west-2",
];

/// The parameters of the account and region, by name.
#[derive(Debug, Default)]
pub(super) struct Ssm {
    parameters: BTreeMap<String, Stored>,
}

#[derive(Debug)]
struct Stored {
    kind: String,
    value: String,
    modified_at: OffsetDateTime,
    modified_by: String,
    version: u64,
}

impl Ssm {
    pub(super) fn put(
        &mut self,
        parameters: &Value,
        caller_arn: &str,
        now: OffsetDateTime,
    ) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let name = text("Name").filter(|name| is_name(name)).ok_or_else(|| {
            invalid("Parameter name: can't be prefixed with \"ssm\" (case-insensitive), and has characters of a name only")
        })?;
        let value = text("Value").unwrap_or_default();
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(invalid(
                "Standard tier parameters support a maximum parameter value of 4096 characters",
            ));
        }
        let overwrites = parameters.get("Overwrite").and_then(Value::as_bool) == Some(true);
        let before = self.parameters.get(name);
        if before.is_some() && !overwrites {
            return Err(ApiError::new(
                400,
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the \
                 request to true.",
            ));
        }
        let version = before.map_or(1, |before| before.version + 1);
        let kind = text("Type")
            .or_else(|| before.map(|before| before.kind.as_str()))
            .ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
        let stored = Stored {
            kind: kind.to_owned(),
            value: value.to_owned(),
            modified_at: now,
            modified_by: caller_arn.to_owned(),
            version,
        };
        self.parameters.insert(name.to_owned(), stored);
        Ok(json!({ "Version": version, "Tier": "Standard" }))
    }

    pub(super) fn delete(&mut self, parameters: &Value) -> Result<Value, ApiError> {
        let name = parameters.get("Name").and_then(Value::as_str).unwrap_or_default();
        match self.parameters.remove(name) {
            Some(_) => Ok(json!({})),
            None => Err(ApiError::new(400, "ParameterNotFound", "")),
        }
    }

    pub(super) fn delete_several(&mut self, parameters: &Value) -> Value {
        let names = parameters.get("Names").and_then(Value::as_array).into_iter().flatten();
        let (mut deleted, mut invalid) = (Vec::new(), Vec::new());
        for name in names.filter_map(Value::as_str) {
            match self.parameters.remove(name) {
                Some(_) => deleted.push(name),
                None => invalid.push(name),
            }
        }
        json!({ "DeletedParameters": deleted, "InvalidParameters": invalid })
    }

    /// One page of the parameters below a path, each as `show` has it. The token is the last name of the page
    /// before.
    fn page(
        parameters: &BTreeMap<String, Stored>,
        path: Option<&str>,
        is_recursive: bool,
        token: Option<&str>,
        show: impl Fn(&str, &Stored) -> Value,
    ) -> Result<Value, ApiError> {
        let path = path.filter(|path| path.starts_with('/')).ok_or_else(|| {
            invalid("The parameter doesn't meet the parameter name requirements.")
        })?;
        let begin = format!("{}/", path.trim_end_matches('/'));
        let after = token.unwrap_or_default();
        let is_it = |name: &str| {
            let below = name.strip_prefix(begin.as_str());
            below.is_some_and(|rest| is_recursive || !rest.contains('/')) && name > after
        };
        let mut found = parameters.iter().filter(|(name, _)| is_it(name));
        let page: Vec<(&String, &Stored)> = found.by_ref().take(MOST_A_PAGE).collect();
        let next = found.next().and_then(|_| page.last()).map(|(name, _)| name.as_str());
        let listed: Vec<Value> = page.iter().map(|(name, stored)| show(name, stored)).collect();
        let mut answer = json!({ "Parameters": listed });
        if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
            members.insert("NextToken".to_owned(), json!(next));
        }
        Ok(answer)
    }

    /// The parameters below a path, with their values.
    pub(super) fn by_path(&self, parameters: &Value) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let is_recursive = parameters.get("Recursive").and_then(Value::as_bool) == Some(true);
        let published = published();
        let is_published = text("Path").is_some_and(|path| path.starts_with("/aws/"));
        let of = if is_published { &published } else { &self.parameters };
        Self::page(of, text("Path"), is_recursive, text("NextToken"), |name, stored| {
            // What is encrypted is shown as it is kept, unless somebody asks to decrypt it.
            let value = match stored.kind.as_str() {
                "SecureString" => "AQICAHhEncrypted".to_owned(),
                _ => stored.value.clone(),
            };
            json!({
                "Name": name,
                "Type": stored.kind,
                "Value": value,
                "Version": stored.version,
                "LastModifiedDate": stored.modified_at.unix_timestamp_nanos() as f64 / 1e9,
                "DataType": "text",
            })
        })
    }

    /// The parameters below the path of a filter, without their values, and with who wrote them.
    pub(super) fn describe(&self, parameters: &Value) -> Result<Value, ApiError> {
        let filter = parameters.pointer("/ParameterFilters/0");
        let of_filter = |name: &str| filter.and_then(|filter| filter.get(name)?.as_str());
        if of_filter("Key") != Some("Path") {
            return Err(invalid("the sandbox filters by Path"));
        }
        let path = filter.and_then(|filter| filter.pointer("/Values/0")?.as_str());
        let is_recursive = of_filter("Option") == Some("Recursive");
        let token = parameters.get("NextToken").and_then(Value::as_str);
        Self::page(&self.parameters, path, is_recursive, token, |name, stored| {
            json!({
                "Name": name,
                "Type": stored.kind,
                "LastModifiedDate": stored.modified_at.unix_timestamp_nanos() as f64 / 1e9,
                "LastModifiedUser": stored.modified_by,
                "Version": stored.version,
                "Tier": "Standard",
                "DataType": "text",
            })
        })
    }

    /// The value of each parameter, by name.
    pub(super) fn values(&self) -> BTreeMap<String, String> {
        let value = |(name, stored): (&String, &Stored)| (name.clone(), stored.value.clone());
        self.parameters.iter().map(value).collect()
    }
}

/// What AWS publishes.
fn published() -> BTreeMap<String, Stored> {
    let stored = |region: &str| Stored {
        kind: "String".to_owned(),
        value: region.to_owned(),
        modified_at: datetime!(2019-02-26 13:01:00 UTC),
        modified_by: String::new(),
        version: 1,
    };
    WITH_USER_POOLS.iter().map(|region| (format!("{REGIONS}{region}"), stored(region))).collect()
}

fn is_name(name: &str) -> bool {
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    name.chars().all(is_of_a_name) && !first.starts_with("ssm") && !first.starts_with("aws")
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}
