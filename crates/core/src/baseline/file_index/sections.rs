//! The parts of a text that can be read alone: items of its two lists, each on lines of its own.

use super::super::yaml::{self, Content, Lines, Node};
use super::{NotIndexed, Part};

/// The parts of a file.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// All but the two lists: what holds for every domain.
    pub(super) head: Vec<Part>,
    pub(super) entries: List,
    pub(super) exemptions: List,
}

/// One of the lists; empty where the file has none.
#[derive(Debug, Default)]
pub(super) struct List {
    /// The lines of its key, before the first item.
    pub(super) key: Option<Part>,
    pub(super) items: Vec<Part>,
}

fn entangled(line: usize, what: &str) -> NotIndexed {
    NotIndexed::Entangled { reason: format!("line {line}: {what}") }
}

/// Finds them.
pub(super) fn find(text: &str) -> Result<Sections, NotIndexed> {
    if yaml::has_aliases(text) {
        return Err(NotIndexed::Entangled {
            reason: "it has aliases (`*name`), so its entries cannot be read one by one".to_owned(),
        });
    }
    let starts = line_starts(text)?;
    let mut problems = Vec::new();
    let root = yaml::load(text, &Lines::default(), &mut problems);
    let Some(Node { content: Content::Mapping(pairs), .. }) = &root else {
        return Err(entangled(1, "the file is no mapping"));
    };
    let part = |from: usize, to: usize| {
        let at = |line: usize| starts.get(line - 1).copied().unwrap_or(text.len());
        let offset = at(from);
        Part { offset: offset as u64, length: at(to).saturating_sub(offset), line: from }
    };
    let end = starts.len() + 1;
    let mut sections = Sections::default();
    let first = pairs.first().map_or(end, |(key, _)| key.start.line);
    sections.head.push(part(1, first));
    for (nth, (key, value)) in pairs.iter().enumerate() {
        let line = key.start.line;
        let next = pairs.get(nth + 1).map_or(end, |(key, _)| key.start.line);
        if next <= line {
            return Err(entangled(line, "two keys stand on one line"));
        }
        let list = match (key.scalar(), &value.content) {
            (Some("domains"), Content::List(items)) if !items.is_empty() => {
                (&mut sections.entries, items)
            }
            (Some("exemptions"), Content::List(items)) if !items.is_empty() => {
                (&mut sections.exemptions, items)
            }
            _ => {
                sections.head.push(part(line, next));
                continue;
            }
        };
        let (list, items) = list;
        let lines: Vec<usize> = items.iter().map(|item| item.start.line).collect();
        let mut before = line;
        for line in &lines {
            let from = starts.get(line - 1).and_then(|start| text.get(*start..));
            let is_item = from.is_some_and(|from| from.trim_start_matches(' ').starts_with("- "));
            if !is_item || *line <= before {
                return Err(entangled(
                    *line,
                    "an entry does not begin with `- ` on a line of its own",
                ));
            }
            before = *line;
        }
        let first = lines.first().copied().unwrap_or(next);
        list.key = Some(part(line, first));
        let ends = lines.iter().copied().skip(1).chain([next]);
        list.items = lines.iter().copied().zip(ends).map(|(from, to)| part(from, to)).collect();
    }
    Ok(sections)
}

/// The first byte of each line.
fn line_starts(text: &str) -> Result<Vec<usize>, NotIndexed> {
    let mut starts = vec![0];
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => starts.push(at + 1),
            b'\r' if text.as_bytes().get(at + 1) != Some(&b'\n') => {
                return Err(entangled(starts.len(), "a line ends without a line feed"));
            }
            _ => {}
        }
    }
    Ok(starts)
}
