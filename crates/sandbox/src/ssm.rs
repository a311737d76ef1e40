//! SSM's Parameter Store, as far as overrides need it: texts below a path, made, read in pages, removed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::ApiError;

/// How many parameters one page has at the most.
const MOST_A_PAGE: usize = 10;
/// The longest value of a standard parameter.
const LONGEST_VALUE: usize = 4_096;

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
    version: u64,
}

impl Ssm {
    pub(super) fn put(
        &mut self,
        parameters: &Value,
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
        let stored =
            Stored { kind: kind.to_owned(), value: value.to_owned(), modified_at: now, version };
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

    /// The parameters below a path, on each level, ten a page. The token is the last name of the page before.
    pub(super) fn by_path(&self, parameters: &Value) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let path = text("Path").filter(|path| path.starts_with('/')).ok_or_else(|| {
            ApiError::new(
                400,
                "ValidationException",
                "The parameter doesn't meet the parameter name requirements.",
            )
        })?;
        let begin = format!("{}/", path.trim_end_matches('/'));
        let after = text("NextToken").unwrap_or_default();
        let is_recursive = parameters.get("Recursive").and_then(Value::as_bool) == Some(true);
        let is_it = |name: &str| {
            let below = name.strip_prefix(begin.as_str());
            below.is_some_and(|rest| is_recursive || !rest.contains('/')) && name > after
        };
        let mut found = self.parameters.iter().filter(|(name, _)| is_it(name));
        let page: Vec<(&String, &Stored)> = found.by_ref().take(MOST_A_PAGE).collect();
        let next = found.next().and_then(|_| page.last()).map(|(name, _)| name.as_str());
        let listed: Vec<Value> = page
            .iter()
            .map(|(name, stored)| {
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
            .collect();
        let mut answer = json!({ "Parameters": listed });
        if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
            members.insert("NextToken".to_owned(), json!(next));
        }
        Ok(answer)
    }

    /// The value of each parameter, by name.
    pub(super) fn values(&self) -> BTreeMap<String, String> {
        let value = |(name, stored): (&String, &Stored)| (name.clone(), stored.value.clone());
        self.parameters.iter().map(value).collect()
    }
}

fn is_name(name: &str) -> bool {
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    name.chars().all(is_of_a_name) && !first.starts_with("ssm") && !first.starts_with("aws")
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}
