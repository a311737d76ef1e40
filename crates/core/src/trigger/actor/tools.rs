//! How a tool is recognised: the rows of [`TOOLS`], met with what a record says.

use super::table::{BESIDE, TOOLS};
use super::tool::Mark::{self, HostAs, Product, Within, Word};
use super::tool::Tool;
use super::tool::Version::{self, Dashed, Named, None as Unversioned};

/// A tool that was recognised, as it is shown.
pub(super) struct Found {
    pub(super) tool: &'static Tool,
    /// Its name, its version and how it was run.
    pub(super) shown: String,
}

/// The tool that is this AWS service, working with that role.
pub(super) fn of_service(service: &str, role: &str) -> Option<Found> {
    let service = service.strip_suffix(".cn").unwrap_or(service);
    let tool = TOOLS.iter().find(|tool| match tool.mark {
        Mark::Host(name) => name == service,
        HostAs(name, part) => name == service && role.contains(part),
        Product(_) | Word(_) | Within(_) => false,
    })?;
    Some(Found { tool, shown: tool.name.to_owned() })
}

/// The tool that a user agent names.
pub(super) fn of_agent(agent: &str) -> Option<Found> {
    let words: Vec<&str> = words(agent).collect();
    let (tool, rest) = TOOLS.iter().find_map(|tool| {
        words.iter().find_map(|word| tool.mark.after(word)).map(|rest| (tool, rest))
    })?;
    let mut shown = tool.name.to_owned();
    let said = match tool.version {
        Version::After => version(rest).map(str::to_owned),
        Dashed => rest.rsplit_once("-v").and_then(|(_, rest)| version(rest)).map(str::to_owned),
        Named => named(rest),
        Unversioned => None,
    };
    if let Some(said) = said {
        shown.push(' ');
        shown.push_str(&said);
    }
    let beside: Vec<String> = BESIDE
        .iter()
        .filter_map(|(mark, name)| {
            let rest = words.iter().find_map(|word| mark.after(word))?;
            let said = if name.starts_with("in ") { None } else { value(rest) };
            Some(said.map_or_else(|| (*name).to_owned(), |said| format!("{name} {said}")))
        })
        .take(2)
        .collect();
    if !beside.is_empty() {
        shown.push_str(&format!(" ({})", beside.join(", ")));
    }
    Some(Found { tool, shown })
}

/// Some clients put their user agent in brackets, and most put remarks into it in brackets.
fn words(agent: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '"');
    agent.split(ends).filter(|word| !word.is_empty())
}

impl Mark {
    /// What follows it in that word of a user agent, or `None` where the word does not bear it.
    fn after<'a>(&self, word: &'a str) -> Option<&'a str> {
        let behind = |word: &'a str| {
            word.find(['/', '#']).and_then(|at| word.get(at + 1..)).unwrap_or_default()
        };
        match self {
            Product(product) => {
                let rest = strip_prefix(word, product)?;
                let is_whole = rest.is_empty() || rest.starts_with(['/', '#']);
                is_whole.then(|| behind(rest))
            }
            Word(begin) if begin.ends_with(['/', '#']) => strip_prefix(word, begin),
            Word(begin) => strip_prefix(word, begin).map(behind),
            Within(part) => word.contains(part).then(|| behind(word)),
            Self::Host(name) => (word == *name).then_some(""),
            HostAs(..) => None,
        }
    }
}

fn strip_prefix<'a>(word: &'a str, prefix: &str) -> Option<&'a str> {
    let begin = word.get(..prefix.len())?;
    begin.eq_ignore_ascii_case(prefix).then(|| word.get(prefix.len()..).unwrap_or_default())
}

/// A version as tools have it, without the `v` before it.
fn version(text: &str) -> Option<&str> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let is_version = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let end = text.find(|c| !is_version(c)).unwrap_or(text.len()).min(LONGEST);
    text.get(..end).filter(|version| !version.is_empty())
}

/// A value as short as a version.
fn value(text: &str) -> Option<String> {
    let text: String = text.chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}

/// `NAME#VERSION` as `NAME VERSION`.
fn named(rest: &str) -> Option<String> {
    let (name, after) = rest.split_once(['#', '/']).unwrap_or((rest, ""));
    let name = value(name)?;
    Some(version(after).map_or_else(|| name.clone(), |version| format!("{name} {version}")))
}

/// The longest version or name that is taken over from a user agent.
const LONGEST: usize = 40;
