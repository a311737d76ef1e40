//! The forms in which a record may say what a call asked for. No real one is published.

use std::fmt;

use serde_json::{Value, json};

/// How a record is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the sandbox writes it: camelCase, whole numbers.
    #[default]
    Usual,
    /// PascalCase, and numbers as floats.
    Pascal,
    /// Numbers as text.
    Text,
    /// The parameters as JSON in a text.
    Inside,
    /// Null for everything that was not asked.
    Nulls,
    /// CloudTrail hides every value but the domain's name and the user pool.
    Hidden,
}

impl Form {
    pub(crate) const ALL: [Self; 6] =
        [Self::Usual, Self::Pascal, Self::Text, Self::Inside, Self::Nulls, Self::Hidden];

    /// Writes the parameters of an event in this form.
    pub(crate) fn write(self, event: &mut Value) {
        let Some(parameters) = event.pointer_mut("/detail/requestParameters") else { return };
        let usual = parameters.take();
        *parameters = match self {
            Self::Usual => usual,
            Self::Pascal => pascal(&usual),
            Self::Text => text(&usual),
            Self::Inside => json!(usual.to_string()),
            Self::Nulls => nulls(usual),
            Self::Hidden => hidden(usual),
        };
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usual => "",
            Self::Pascal => " (recorded in PascalCase)",
            Self::Text => " (recorded with numbers as text)",
            Self::Inside => " (recorded as JSON in a text)",
            Self::Nulls => " (recorded with nulls)",
            Self::Hidden => " (recorded with hidden values)",
        })
    }
}

/// The value with each member made anew, all the way down.
fn rewritten(
    value: &Value,
    number: fn(&serde_json::Number) -> Value,
    name: fn(&str) -> String,
) -> Value {
    if let Some(members) = value.as_object() {
        let members = members.iter();
        return members.map(|(key, value)| (name(key), rewritten(value, number, name))).collect();
    }
    value.as_number().map_or_else(|| value.clone(), number)
}

fn pascal(value: &Value) -> Value {
    let name = |name: &str| {
        let (first, rest) = name.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    };
    rewritten(value, |number| json!(number.as_f64()), name)
}

fn text(value: &Value) -> Value {
    rewritten(value, |number| json!(number.to_string()), str::to_owned)
}

fn nulls(mut value: Value) -> Value {
    for name in ["managedLoginVersion", "customDomainConfig", "routing"] {
        if value.get(name).is_none() {
            value[name] = Value::Null;
        }
    }
    value
}

fn hidden(mut value: Value) -> Value {
    let mark = || json!("HIDDEN_DUE_TO_SECURITY_REASONS");
    for (name, value) in value.as_object_mut().into_iter().flatten() {
        if ["domain", "userPoolId"].contains(&name.as_str()) {
            continue;
        }
        match value.as_object_mut() {
            Some(members) => members.values_mut().for_each(|member| *member = mark()),
            None => *value = mark(),
        }
    }
    value
}
