//! A YAML document as a tree in which every node knows its place.
//!
//! Built on the events of `saphyr-parser` rather than on `saphyr`'s own tree, because that one gives
//! up at the first duplicate key and recurses as deep as the file is nested; here a duplicate is kept
//! for the reader to report with everything else, and depth has a bound.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::problem::{Position, Problem, shown};
use super::syntax::{position, syntax_problem};

/// How deep a baseline goes: `domains`, an entry, `routing`, `failover` and its members.
const DEEPEST_SENSIBLE: usize = 5;

/// The bound that keeps a file made to be deep from exhausting the stack.
const DEEPEST: usize = 32;

/// How much may come from aliases, in nodes. The bound keeps a small file full of aliases to aliases,
/// or to one long text, from growing without end; each of ten thousand entries may still have ten of
/// its nodes from one.
const MOST_ALIASED: usize = 100_000;

/// A text as long as this weighs as much as a node.
const NODE: usize = 128;

/// One scalar, list or mapping of the file.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pub(super) start: Position,
    pub(super) end: Position,
    pub(super) content: Content<'t>,
    /// The levels at and below this node: 1 for a scalar.
    height: usize,
    /// The nodes at and below this one, and what their texts weigh.
    size: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Content<'t> {
    /// A scalar as written, and whether it was written without quotes.
    Scalar {
        text: Cow<'t, str>,
        plain: bool,
    },
    List(Vec<Node<'t>>),
    /// Keys and values in the order of the file, duplicates included.
    Mapping(Vec<(Node<'t>, Node<'t>)>),
}

/// What YAML's core schema takes a node for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Float,
    Text,
    List,
    Mapping,
}

impl Kind {
    /// The kind as a message names it.
    pub(super) const fn described(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean => "a boolean",
            Self::Integer | Self::Float => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Mapping => "a mapping",
        }
    }
}

impl Node<'_> {
    pub(super) fn kind(&self) -> Kind {
        match &self.content {
            Content::Scalar { plain: false, .. } => Kind::Text,
            Content::Scalar { plain: true, text } => match text.as_ref() {
                "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
                "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Boolean,
                other => number_kind(other).unwrap_or(Kind::Text),
            },
            Content::List(_) => Kind::List,
            Content::Mapping(_) => Kind::Mapping,
        }
    }

    /// The scalar as written, whatever its kind.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            Content::List(_) | Content::Mapping(_) => None,
        }
    }
}

/// The core schema's numbers: decimal, `0x` and `0o` integers, floats, infinities and NaN.
fn number_kind(text: &str) -> Option<Kind> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return None;
    }
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if all(digits, 10)
        || text.strip_prefix("0x").is_some_and(|hex| all(hex, 16))
        || text.strip_prefix("0o").is_some_and(|octal| all(octal, 8))
    {
        return Some(Kind::Integer);
    }
    let named =
        matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    (named || text.parse::<f64>().is_ok()).then_some(Kind::Float)
}

/// Where the lines of a text stand in the file that it is made of parts of.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    /// The first line of each part, and its line in the file, in the order of the text. None for a whole file.
    parts: Vec<(usize, usize)>,
}

impl Lines {
    /// Of the text from `line` on, what stands in the file from `in_file` on.
    pub(super) fn push(&mut self, line: usize, in_file: usize) {
        self.parts.push((line, in_file));
    }

    fn in_file(&self, line: usize) -> usize {
        let after = self.parts.partition_point(|(first, _)| *first <= line);
        let part = after.checked_sub(1).and_then(|nth| self.parts.get(nth));
        part.map_or(line, |(first, in_file)| in_file + (line - first))
    }

    fn position(&self, marker: Marker) -> Position {
        let Position { line, column } = position(marker);
        Position { line: self.in_file(line), column }
    }
}

/// Whether a part of the text stands for another: then no part of it can be read alone.
pub(super) fn has_aliases(text: &str) -> bool {
    Parser::new_from_str(text).any(|step| matches!(step, Ok((Event::Alias(_), _))))
}

/// Reads the one document of `text`, whose lines stand in the file as `lines` says.
///
/// `None` stands for a document that is not there or could not be read; in the second case, at least
/// one problem says why. Problems that leave the tree readable (a tag, a second document) are added
/// to `problems` along with a tree.
pub(super) fn load<'t>(
    text: &'t str,
    lines: &Lines,
    problems: &mut Vec<Problem>,
) -> Option<Node<'t>> {
    let mut builder = Builder {
        // The parser counts characters. Where each is a byte, its marks are places in the text.
        source: text.is_ascii().then_some(text),
        lines,
        open: Vec::new(),
        anchors: HashMap::new(),
        aliased: 0,
        root: None,
        problems,
    };
    let mut documents = 0_usize;
    for step in Parser::new_from_str(text) {
        let (event, span) = match step {
            Ok(step) => step,
            Err(error) => {
                let path = builder.path();
                builder.problems.push(syntax_problem(text, path, &error));
                return None;
            }
        };
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                builder.problem(
                    span,
                    "a second document begins here".to_owned(),
                    "keep one document in the file, and remove the `---` or `...` between them",
                );
                break;
            }
        }
        builder.event(event, span)?;
    }
    builder.root
}

/// A list or mapping whose end has not come yet.
struct Open<'t> {
    start: Position,
    anchor: usize,
    content: Content<'t>,
    /// The key whose value comes next, in a mapping.
    key: Option<Node<'t>>,
}

struct Builder<'t, 'p> {
    /// The file, if it is all ASCII.
    source: Option<&'t str>,
    lines: &'p Lines,
    open: Vec<Open<'t>>,
    /// By the number that the parser gives an anchor. Only finished nodes, so none contains itself.
    anchors: HashMap<usize, Node<'t>>,
    /// How many nodes came from aliases so far.
    aliased: usize,
    root: Option<Node<'t>>,
    problems: &'p mut Vec<Problem>,
}

impl<'t> Builder<'t, '_> {
    /// Takes in one event. `None` means that there is no point in going on, for a reason that was reported.
    fn event(&mut self, event: Event<'t>, span: Span) -> Option<()> {
        match event {
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                let plain = style == ScalarStyle::Plain;
                let content = Content::Scalar { text: self.frugal(text, span), plain };
                self.finish(self.lines.position(span.start), span.end, anchor, content)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(span, anchor, Content::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(span, anchor, Content::Mapping(Vec::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { start, anchor, content, key: _ } = self.open.pop()?;
                self.finish(start, span.end, anchor, content)?;
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    self.problem(
                        span,
                        "this alias stands inside of what it refers to".to_owned(),
                        "write the value out",
                    );
                    return None;
                };
                self.aliased = self.aliased.saturating_add(node.size);
                if self.aliased > MOST_ALIASED {
                    self.problem(
                        span,
                        "the aliases make the file too large".to_owned(),
                        "write the values out, or move what all domains share to `defaults`",
                    );
                    return None;
                }
                let node = node.clone();
                self.place(node, span)?;
            }
        }
        Some(())
    }

    /// The text of a scalar without the memory that the parser reserves for each, several times of
    /// what most need: a part of the file where it stands there to the letter.
    fn frugal(&self, text: Cow<'t, str>, span: Span) -> Cow<'t, str> {
        let written = self.source.and_then(|all| all.get(span.start.index()..span.end.index()));
        match (text, written) {
            (Cow::Owned(text), Some(written)) if text == written => Cow::Borrowed(written),
            (Cow::Owned(mut text), _) => {
                text.shrink_to_fit();
                Cow::Owned(text)
            }
            (borrowed @ Cow::Borrowed(_), _) => borrowed,
        }
    }

    fn begin(&mut self, span: Span, anchor: usize, content: Content<'t>) -> Option<()> {
        if self.open.len() >= DEEPEST {
            return self.refuse_depth(span);
        }
        self.open.push(Open { start: self.lines.position(span.start), anchor, content, key: None });
        Some(())
    }

    fn finish(
        &mut self,
        start: Position,
        end: Marker,
        anchor: usize,
        content: Content<'t>,
    ) -> Option<()> {
        let (mut height, mut size) = (0, 0);
        let count = |child: &Node<'_>| {
            height = child.height.max(height);
            size += child.size;
        };
        let mut weight = 1;
        match &content {
            Content::Scalar { text, .. } => weight += text.len() / NODE,
            Content::List(items) => items.iter().for_each(count),
            Content::Mapping(pairs) => {
                pairs.iter().flat_map(|(key, value)| [key, value]).for_each(count)
            }
        }
        let node = Node {
            start,
            end: self.lines.position(end).max(start),
            content,
            height: height + 1,
            size: size + weight,
        };
        // The parser numbers anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.place(node, Span::empty(end))
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node<'t>, span: Span) -> Option<()> {
        if self.open.len() + node.height > DEEPEST {
            return self.refuse_depth(span);
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(parent) => match (&mut parent.content, parent.key.take()) {
                (Content::Scalar { .. }, _) => {}
                (Content::List(items), _) => items.push(node),
                (Content::Mapping(_), None) => parent.key = Some(node),
                (Content::Mapping(pairs), Some(key)) => pairs.push((key, node)),
            },
        }
        Some(())
    }

    fn refuse_depth(&mut self, span: Span) -> Option<()> {
        self.problem(
            span,
            format!("nested more than {DEEPEST} levels deep"),
            "a baseline needs no more than five; look for stray brackets or dashes",
        );
        None
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if tag.is_some() {
            self.problem(
                span,
                "a YAML tag (`!…`) means nothing in a baseline".to_owned(),
                "remove the tag, and put the value in quotes if it begins with `!`",
            );
        }
    }

    fn problem(&mut self, span: Span, message: String, fix: &str) {
        let start = self.lines.position(span.start);
        let problem = Problem {
            position: start,
            end: self.lines.position(span.end).max(start),
            path: self.path(),
            message,
            fix: fix.to_owned(),
        };
        self.problems.push(problem);
    }

    /// The key under which the next node goes.
    fn path(&self) -> String {
        let mut path = String::new();
        // What is nested deeper than a baseline goes needs no longer path.
        for open in self.open.iter().take(DEEPEST_SENSIBLE) {
            match (&open.content, &open.key) {
                (Content::List(items), _) => {
                    // Writing to a string does not fail.
                    let _ = write!(path, "[{}]", items.len());
                }
                (Content::Mapping(_), Some(key)) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&shown(key.scalar().unwrap_or("?")));
                }
                (Content::Mapping(_), None) | (Content::Scalar { .. }, _) => {}
            }
        }
        path
    }
}
