//! The forms in which a record may say what a call asked for. No real one is published.

use std::fmt;

use serde_json::{Map, Value, json};

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
            Self::Pascal => pascal(usual),
            Self::Text => text(usual),
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

fn members(value: Value, each: impl Fn(String, Value) -> (String, Value)) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| each(key, value)).collect())
        }
        other => other,
    }
}

fn pascal(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        value => members(value, |key, value| {
            let (first, rest) = key.split_at(1);
            (format!("{}{rest}", first.to_ascii_uppercase()), pascal(value))
        }),
    }
}

fn text(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        value => members(value, |key, value| (key, text(value))),
    }
}

fn nulls(mut value: Value) -> Value {
    for name in ["managedLoginVersion", "customDomainConfig", "routing"] {
        if value.get(name).is_none() {
            value[name] = Value::Null;
        }
    }
    value
}

fn hidden(value: Value) -> Value {
    let hide = |value: &Value| match value {
        Value::Object(members) => Value::Object(
            members
                .keys()
                .map(|key| (key.clone(), json!("HIDDEN_DUE_TO_SECURITY_REASONS")))
                .collect::<Map<_, _>>(),
        ),
        _ => json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
    };
    members(value, |key, value| {
        let is_shown = ["domain", "userPoolId"].contains(&key.as_str());
        let value = if is_shown { value } else { hide(&value) };
        (key, value)
    })
}
