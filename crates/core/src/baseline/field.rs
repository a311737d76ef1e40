//! A node together with the key it stands under: what a problem needs to name.

use std::fmt;

use super::nearest::nearest;
use super::problem::{Position, Problem, quoted, shown};
use super::yaml::{Content, Kind, Node};

/// One value of the file, its key, and the way to it from the top.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    parent: Option<&'a Field<'a>>,
    step: Step<'a>,
    pub(super) node: &'a Node<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Item(usize),
    Key { name: &'a str, key: &'a Node<'a> },
}

impl<'a> Field<'a> {
    pub(super) const fn root(node: &'a Node<'a>) -> Self {
        Self { parent: None, step: Step::Root, node }
    }

    /// Where a person would look for this: at the key, or at the item of a list.
    pub(super) fn position(&self) -> Position {
        match self.step {
            Step::Root | Step::Item(_) => self.node.start,
            Step::Key { key, .. } => key.start,
        }
    }

    /// A problem with this value.
    pub(super) fn problem(&self, message: impl Into<String>, fix: impl Into<String>) -> Problem {
        // A value that was left out has no place of its own.
        let at = match self.step {
            Step::Key { key, .. } if self.node.kind() == Kind::Null => key,
            Step::Root | Step::Item(_) | Step::Key { .. } => self.node,
        };
        Problem {
            position: at.start,
            end: at.end,
            path: self.to_string(),
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// The problem that something of another kind stands here.
    pub(super) fn wrong_kind(&self, fix: impl Into<String>) -> Problem {
        let kind = self.node.kind();
        let message = match (kind, self.node.scalar()) {
            (Kind::Null, _) => "no value is given".to_owned(),
            (Kind::Text, Some(text)) => format!("{} is text", quoted(text)),
            (_, Some(text)) => format!("{} is {}", shown(text), kind.described()),
            (_, None) => format!("{} does not belong here", kind.described()),
        };
        self.problem(message, fix)
    }

    /// The text of a scalar that is text in YAML's eyes too.
    ///
    /// `wanted` is the fix when something else stands here: `write …`.
    pub(super) fn text(&self, wanted: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
        let text = self.node.scalar().filter(|_| self.node.kind() == Kind::Text);
        if text.is_none() {
            problems.push(self.wrong_kind(wanted));
        }
        text
    }

    /// A text in somebody's own words or of another system's making: not empty, and perhaps one that
    /// YAML takes for a number as long as it has no quotes.
    pub(super) fn free_text(&self, wanted: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
        if let (Kind::Integer | Kind::Float | Kind::Boolean, Some(text)) =
            (self.node.kind(), self.node.scalar())
        {
            let fix = format!("{wanted}; if this is it, put it in quotes: \"{text}\"");
            problems.push(self.wrong_kind(fix));
            return None;
        }
        let text = self.text(wanted, problems)?;
        if text.trim().is_empty() {
            problems.push(self.problem("this text is empty", wanted));
            return None;
        }
        Some(text)
    }

    /// The items of a list.
    pub(super) fn items<'s>(
        &'s self,
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<impl Iterator<Item = Field<'s>> + use<'s, 'a>> {
        let Content::List(items) = &self.node.content else {
            problems.push(self.wrong_kind(wanted));
            return None;
        };
        Some(items.iter().enumerate().map(|(nth, node)| Field {
            parent: Some(self),
            step: Step::Item(nth),
            node,
        }))
    }

    /// The values of a mapping under the keys that it may have, in the order of `names`.
    ///
    /// Every other key, and every key that comes twice, is a problem. Only something that is not a
    /// mapping gives `None`.
    pub(super) fn fields<'s, const N: usize>(
        &'s self,
        names: [&'static str; N],
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<[Option<Field<'s>>; N]> {
        let Content::Mapping(pairs) = &self.node.content else {
            problems.push(self.wrong_kind(wanted));
            return None;
        };
        let mut fields = [None; N];
        for (key, value) in pairs {
            let known =
                names.into_iter().zip(&mut fields).find(|(name, _)| key.scalar() == Some(*name));
            match known {
                None => problems.push(self.unknown_key(key, &names)),
                Some((name, Some(first))) => {
                    let first: &Field<'_> = first;
                    problems.push(self.key_problem(
                        key,
                        name,
                        format!("this key was already given on line {}", first.position().line),
                        "keep one of the two",
                    ));
                }
                Some((name, field @ None)) => {
                    *field = Some(Field {
                        parent: Some(self),
                        step: Step::Key { name, key },
                        node: value,
                    });
                }
            }
        }
        Some(fields)
    }

    /// The values of a mapping whose keys are names that somebody chose, each with its name.
    ///
    /// A key that is not a scalar is a problem; one that comes twice is not.
    pub(super) fn named<'s>(
        &'s self,
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<(&'s str, Field<'s>)>> {
        let Content::Mapping(pairs) = &self.node.content else {
            problems.push(self.wrong_kind(wanted));
            return None;
        };
        let mut fields = Vec::with_capacity(pairs.len());
        for (key, node) in pairs {
            let Some(name) = key.scalar() else {
                let message = format!("a name is text, not {}", key.kind().described());
                problems.push(self.key_problem(key, "?", message, wanted));
                continue;
            };
            fields.push((name, Field { parent: Some(self), step: Step::Key { name, key }, node }));
        }
        Some(fields)
    }

    /// A problem with the key rather than its value.
    pub(super) fn key_at_fault(
        &self,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Problem {
        let at = match self.step {
            Step::Key { key, .. } => key,
            Step::Root | Step::Item(_) => self.node,
        };
        Problem {
            position: at.start,
            end: at.end,
            path: self.to_string(),
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// The value of a key that must be there.
    pub(super) fn required<'s>(
        &self,
        field: Option<Field<'s>>,
        name: &str,
        fix: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Field<'s>> {
        if field.is_none() {
            problems.push(Problem {
                position: self.node.start,
                end: self.node.start,
                path: self.path_of(name),
                message: "this key is missing".to_owned(),
                fix: fix.to_owned(),
            });
        }
        field
    }

    /// Whether this is a list or mapping of nothing.
    pub(super) fn is_empty(&self) -> bool {
        match &self.node.content {
            Content::Scalar { .. } => false,
            Content::List(items) => items.is_empty(),
            Content::Mapping(pairs) => pairs.is_empty(),
        }
    }

    /// The problem of a word that is none of `words`. `guess` is the one that was meant, where one is near.
    pub(super) fn not_one_of(
        &self,
        text: &str,
        what: &str,
        guess: Option<&str>,
        words: &[&str],
    ) -> Problem {
        let words = words.join(", ");
        let fix = match guess {
            Some(word) => format!("did you mean {word}? (one of {words})"),
            None => format!("write one of {words}"),
        };
        self.problem(format!("{} is not {what}", quoted(text)), fix)
    }

    fn unknown_key(&self, key: &Node<'_>, names: &[&str]) -> Problem {
        let names_here = names.join(", ");
        let (name, message, fix) = match key.scalar() {
            None => (
                "?",
                format!("a key is a single word, not {}", key.kind().described()),
                format!("use one of {names_here}"),
            ),
            Some("<<") => (
                "<<",
                "YAML 1.2 has no merge keys".to_owned(),
                "write the keys out, or move what all domains share to `defaults`".to_owned(),
            ),
            Some(name) => match name.chars().find(|c| c.is_whitespace() && !c.is_ascii()) {
                // As web pages and word processors have them; YAML takes them for letters.
                Some(blank) => (
                    name,
                    format!(
                        "a blank that is no space (U+{:04X}) is part of this key",
                        u32::from(blank)
                    ),
                    "write spaces in its place, also on the lines around it".to_owned(),
                ),
                None => (
                    name,
                    "there is no such key here".to_owned(),
                    match nearest(name, names) {
                        Some(word) => format!("did you mean {word}? (one of {names_here})"),
                        None => format!("use one of {names_here}"),
                    },
                ),
            },
        };
        self.key_problem(key, name, message, fix)
    }

    fn key_problem(
        &self,
        key: &Node<'_>,
        name: &str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Problem {
        Problem {
            position: key.start,
            end: key.end,
            path: self.path_of(name),
            message: message.into(),
            fix: fix.into(),
        }
    }

    /// The path of a key in this mapping, known or not.
    fn path_of(&self, name: &str) -> String {
        match self.step {
            Step::Root => shown(name).into_owned(),
            Step::Item(_) | Step::Key { .. } => format!("{self}.{}", shown(name)),
        }
    }
}

impl fmt::Display for Field<'_> {
    /// The path: `domains[2].routing.failover.secondary_region`, empty for the whole file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Item(nth) => write!(f, "[{nth}]"),
            Step::Key { name, .. } => {
                let nested = self.parent.is_some_and(|parent| !matches!(parent.step, Step::Root));
                write!(f, "{}{}", if nested { "." } else { "" }, shown(name))
            }
        }
    }
}
