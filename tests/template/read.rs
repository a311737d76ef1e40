//! The template as JSON.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};

/// The template, with `!Ref X` as `{"Ref": "X"}`, `!Sub X` as `{"Fn::Sub": "X"}` and so on.
pub(crate) fn template() -> Value {
    parsed(include_str!("../../template.yaml"))
}

pub(crate) fn resource(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

pub(crate) fn parsed(text: &str) -> Value {
    let mut open: Vec<(Value, Option<String>, Option<String>)> = Vec::new();
    let mut root = Value::Null;
    for event in Parser::new_from_str(text) {
        let done = match event.unwrap().0 {
            Event::MappingStart(_, tag) => {
                open.push((json!({}), function(tag.as_deref()), None));
                continue;
            }
            Event::SequenceStart(_, tag) => {
                open.push((json!([]), function(tag.as_deref()), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let (value, function, _) = open.pop().unwrap();
                called(function, value)
            }
            Event::Scalar(text, style, _, tag) => {
                let number = text.parse::<i64>().ok().filter(|_| style == ScalarStyle::Plain);
                let value = match (number, text.as_ref(), style) {
                    (Some(number), ..) => json!(number),
                    (_, "true" | "false", ScalarStyle::Plain) => json!(text == "true"),
                    _ => json!(text),
                };
                called(function(tag.as_deref()), value)
            }
            Event::Alias(_) => panic!("the template has no aliases"),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            None => root = done,
            Some((Value::Array(items), ..)) => items.push(done),
            Some((Value::Object(members), _, key)) => match key.take() {
                None => *key = Some(done.as_str().unwrap().to_owned()),
                Some(key) => assert!(members.insert(key, done).is_none()),
            },
            Some(_) => unreachable!(),
        }
    }
    root
}

fn function(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!").map(|tag| match tag.suffix.as_str() {
        "Ref" => "Ref".to_owned(),
        other => format!("Fn::{other}"),
    })
}

fn called(function: Option<String>, value: Value) -> Value {
    match function {
        None => value,
        Some(function) => Value::Object(Map::from_iter([(function, value)])),
    }
}
