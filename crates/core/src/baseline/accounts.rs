//! `accounts`: the names by which the file and notices call AWS accounts, and what holds in a whole one.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::field::Field;
use super::mode::{self, Mode};
use super::nearest::nearest;
use super::problem::{Fault, Position, Problem, quoted};
use super::yaml::Kind;

pub(super) const NAME_FORM: &str =
    "write a name and the account's 12 digits in quotes: `production: \"111122223333\"`";
const NUMBER_FORM: &str = "write the account's 12 digits in quotes, such as \"111122223333\"";
const DIGITS: usize = 12;
/// The longest name that AWS Organizations gives an account.
const LONGEST: usize = 50;
/// A guess compares a word with every name of the file. After so many problems it helps nobody.
const MOST_GUESSES: usize = 100;

/// An AWS account that the file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What the file calls it, and so do notices.
    pub name: String,
    /// Its twelve digits.
    pub id: String,
    /// Who answers for it, in free text.
    pub owner: Option<String>,
    /// Where it is written.
    pub position: Position,
    /// What drift is met with in all of it.
    pub(super) mode: Option<Mode>,
}

/// The accounts of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accounts {
    by_id: HashMap<String, Account>,
    /// The numbers, `None` of one that could not be read: its name is known all the same.
    by_name: HashMap<String, Option<String>>,
}

impl Accounts {
    pub(super) fn read(field: &Field<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut accounts = Self::default();
        let Some(fields) = field.named(NAME_FORM, problems) else {
            return accounts;
        };
        // In lower case: names that differ in nothing else are taken for each other.
        let mut lines: HashMap<String, usize> = HashMap::new();
        for (name, field) in fields {
            let id = match checked_name(name) {
                Ok(()) => read_account(&field, problems),
                Err(Fault { message, fix }) => {
                    problems.push(field.key_at_fault(message, fix));
                    continue;
                }
            };
            match lines.entry(name.to_lowercase()) {
                Slot::Occupied(first) => {
                    problems.push(field.key_at_fault(
                        format!("this name was already given on line {}", first.get()),
                        "give each account a name of its own",
                    ));
                    continue;
                }
                Slot::Vacant(slot) => slot.insert(field.position().line),
            };
            accounts.by_name.insert(name.to_owned(), id.as_ref().map(|(id, ..)| id.clone()));
            let Some((id, owner, mode)) = id else { continue };
            match accounts.by_id.entry(id) {
                Slot::Occupied(first) => problems.push(field.problem(
                    format!(
                        "{} already has the name {} on line {}",
                        first.key(),
                        quoted(&first.get().name),
                        first.get().position.line
                    ),
                    "keep one of the two names",
                )),
                Slot::Vacant(slot) => {
                    let id = slot.key().clone();
                    let position = field.position();
                    slot.insert(Account { name: name.to_owned(), id, owner, position, mode });
                }
            }
        }
        accounts
    }

    /// The account of that number.
    pub(super) fn of(&self, id: &str) -> Option<&Account> {
        self.by_id.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Account> {
        self.by_id.values()
    }

    /// The number that an item of a list stands for: itself, or that of a name.
    ///
    /// `None` without a problem for a name whose own number could not be read.
    pub(super) fn resolve(&self, item: &Field<'_>, problems: &mut Vec<Problem>) -> Option<String> {
        const FORM: &str =
            "write an account's 12 digits in quotes, or its name from `accounts` at the top";
        if item.node.kind() != Kind::Text {
            return number(item, FORM, problems);
        }
        let text = item.text(FORM, problems)?;
        if let Some(id) = self.by_name.get(text) {
            return id.clone();
        }
        if !text.chars().any(char::is_alphabetic) || text.starts_with("arn:") {
            return number(item, FORM, problems);
        }
        let guess = (problems.len() < MOST_GUESSES).then(|| {
            let names: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
            nearest(text, &names)
        });
        let fix = match guess.flatten() {
            Some(name) => format!("did you mean {name}?"),
            None => "write its 12 digits in quotes, or add the name to `accounts` at the top of the file"
                .to_owned(),
        };
        problems.push(item.problem(format!("no account is named {}", quoted(text)), fix));
        None
    }
}

type Read = (String, Option<String>, Option<Mode>);

/// What stands under a name: the number alone, or with more about the account.
fn read_account(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<Read> {
    if field.node.kind() != Kind::Mapping {
        return Some((number(field, NUMBER_FORM, problems)?, None, None));
    }
    let [id, owner, mode] = field.fields(["id", "owner", "mode"], NUMBER_FORM, problems)?;
    let id = field
        .required(id, "id", NUMBER_FORM, problems)
        .and_then(|field| number(&field, NUMBER_FORM, problems));
    let owner = owner.and_then(|field| {
        field.free_text("write who answers for the account, or remove the key", problems)
    });
    let mode = mode.and_then(|field| mode::read(&field, problems));
    Some((id?, owner.map(str::to_owned), mode))
}

/// Refuses a name that would be taken for something else.
fn checked_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() {
        return Err(Fault::new("a name is missing before the colon", NAME_FORM));
    }
    if !name.chars().any(char::is_alphabetic) {
        return Err(Fault::new(
            format!("{} is not a name: it has no letter", quoted(name)),
            format!("{NAME_FORM}; the name comes first"),
        ));
    }
    if name.chars().count() > LONGEST {
        return Err(Fault::new(
            format!("this name is longer than {LONGEST} characters"),
            "write a shorter one",
        ));
    }
    if name != name.trim() || name.chars().any(char::is_control) {
        return Err(Fault::new(
            format!("{} has white space around it or a control character in it", quoted(name)),
            "write the name alone",
        ));
    }
    Ok(())
}

/// The number of an account, which is text: YAML's numbers lose a zero at the beginning.
fn number(field: &Field<'_>, wanted: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let is_number = |text: &str| text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    let kind = field.node.kind();
    let text = field.node.scalar().unwrap_or_default();
    match kind {
        Kind::Text if is_number(text) => return Some(text.to_owned()),
        Kind::Integer if is_number(text) => problems.push(field.problem(
            format!("{text} is a number to YAML, which may lose a zero at the beginning"),
            format!("put it in quotes: \"{text}\""),
        )),
        Kind::Text | Kind::Integer => {
            let Fault { message, fix } = wrong_number(text, wanted);
            problems.push(field.problem(message, fix));
        }
        Kind::Null | Kind::Boolean | Kind::Float | Kind::List | Kind::Mapping => {
            problems.push(field.wrong_kind(wanted));
        }
    }
    None
}

/// What is wrong with a text that is not the number of an account, and what was meant by it.
fn wrong_number(text: &str, wanted: &str) -> Fault {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // As the console shows it, or inside an ARN.
    let bare = text.replace(['-', ' '], "");
    let inside = text.split(':').find(|part| part.len() == DIGITS && is_digits(part));
    if let Some(meant) = inside.or(Some(&bare)).filter(|t| t.len() == DIGITS && is_digits(t)) {
        return Fault::new(
            format!("{} is not the bare number of an account", quoted(text)),
            format!("write \"{meant}\""),
        );
    }
    let digits = text.len();
    if !is_digits(text) {
        return Fault::new(format!("{} is not the number of an account", quoted(text)), wanted);
    }
    let fix = if digits < DIGITS && digits + 3 >= DIGITS {
        format!("if zeros at its beginning were lost, write \"{text:0>DIGITS$}\"; else look it up")
    } else {
        wanted.to_owned()
    };
    Fault::new(format!("{} has {digits} digits, and an account has {DIGITS}", quoted(text)), fix)
}
