//! Where an entry or an exemption applies: `regions` and `accounts`.
//!
//! A place is in a scope if each list that the scope has names it. A list that could not be read makes no
//! scope: what it belongs to is left out of every further judgement.

use std::collections::BTreeSet;

use crate::place::{Place, is_region, region_to_write};

use super::accounts::Accounts;
use super::field::Field;
use super::problem::{Position, Problem, quoted, shown};
use super::yaml::Kind;

const REGIONS_FORM: &str = "write a list of regions, such as `[eu-central-1, us-east-1]`, or remove the key to apply in every region";
const ACCOUNTS_FORM: &str = "write a list of accounts, such as `[production, \"111122223333\"]`, or remove the key to apply in every account";
const EVERYWHERE: &str = "remove the key to apply everywhere";

/// The regions and accounts in which an entry or an exemption applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// `None` without a list: in each account.
    pub(super) accounts: Option<Listed>,
    /// `None` without a list: in each region.
    pub(super) regions: Option<Listed>,
}

/// What a list of a scope names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// In order, and each once; never empty.
    pub(super) values: Vec<String>,
    /// Its key.
    pub(super) position: Position,
}

/// The smallest part of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
}

impl Listed {
    fn has(&self, value: &str) -> bool {
        self.values.binary_search_by(|one| one.as_str().cmp(value)).is_ok()
    }
}

impl Scope {
    /// Whether the place is in it.
    pub fn has(&self, place: &Place) -> bool {
        let Self { accounts, regions } = self;
        let has = |listed: &Option<Listed>, value: &str| {
            listed.as_ref().is_none_or(|listed| listed.has(value))
        };
        has(accounts, &place.account) && has(regions, &place.region)
    }

    /// Whether it has no list, so that every place is in it.
    pub const fn is_everywhere(&self) -> bool {
        let Self { accounts, regions } = self;
        accounts.is_none() && regions.is_none()
    }

    /// Whether none of its places is outside these accounts and regions. `None` stands for all that there are.
    pub(super) fn is_within(
        &self,
        accounts: Option<&BTreeSet<String>>,
        regions: Option<&BTreeSet<String>>,
    ) -> bool {
        let within =
            |listed: &Option<Listed>, known: Option<&BTreeSet<String>>| match (listed, known) {
                (Some(_) | None, None) => true,
                (None, Some(_)) => false,
                (Some(listed), Some(known)) => {
                    listed.values.iter().all(|value| known.contains(value))
                }
            };
        within(&self.accounts, accounts) && within(&self.regions, regions)
    }

    /// Whether every place of `other` is in it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let covers = |own: &Option<Listed>, other: &Option<Listed>| match (own, other) {
            (None, Some(_) | None) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => other.values.iter().all(|value| own.has(value)),
        };
        covers(&self.accounts, &other.accounts) && covers(&self.regions, &other.regions)
    }

    /// Whether some place is in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let meet = |own: &Option<Listed>, other: &Option<Listed>| match (own, other) {
            (None, Some(_) | None) | (Some(_), None) => true,
            (Some(own), Some(other)) if own.values.len() > other.values.len() => {
                other.values.iter().any(|value| own.has(value))
            }
            (Some(own), Some(other)) => own.values.iter().any(|value| other.has(value)),
        };
        meet(&self.accounts, &other.accounts) && meet(&self.regions, &other.regions)
    }

    /// Its smallest parts: each account and region that it lists, `None` standing for all of a dimension
    /// that has no list.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let [accounts, regions] = self.values().map(|values| {
            let listed = values.into_iter().flatten().map(|value| Some(value.as_str()));
            let all = values.is_none().then_some(None);
            listed.chain(all)
        });
        accounts
            .flat_map(move |account| regions.clone().map(move |region| Cell { account, region }))
    }

    /// Whether all of the cell is in it.
    pub(super) fn has_cell(&self, cell: Cell<'_>) -> bool {
        let Self { accounts, regions } = self;
        let has = |listed: &Option<Listed>, value: Option<&str>| match (listed, value) {
            (None, Some(_) | None) => true,
            (Some(_), None) => false,
            (Some(listed), Some(value)) => listed.has(value),
        };
        has(accounts, cell.account) && has(regions, cell.region)
    }

    /// What it lists, apart from where that stands: accounts, and regions.
    pub fn values(&self) -> [Option<&[String]>; 2] {
        let Self { accounts, regions } = self;
        [accounts, regions].map(|listed| listed.as_ref().map(|listed| listed.values.as_slice()))
    }
}

/// Reads the two lists; a key that is not there is no list.
pub(super) fn read(
    regions: Option<Field<'_>>,
    accounts: Option<Field<'_>>,
    names: &Accounts,
    problems: &mut Vec<Problem>,
) -> Option<Scope> {
    let regions = match regions {
        Some(field) => list(&field, REGIONS_FORM, problems, region).map(Some),
        None => Some(None),
    };
    let accounts = match accounts {
        Some(field) => {
            list(&field, ACCOUNTS_FORM, problems, |item, problems| names.resolve(item, problems))
                .map(Some)
        }
        None => Some(None),
    };
    Some(Scope { accounts: accounts?, regions: regions? })
}

/// One of the lists: of single values, each once, and at least one.
fn list(
    field: &Field<'_>,
    wanted: &str,
    problems: &mut Vec<Problem>,
    read: impl Fn(&Field<'_>, &mut Vec<Problem>) -> Option<String>,
) -> Option<Listed> {
    if let (Kind::Text | Kind::Integer, Some(text)) = (field.node.kind(), field.node.scalar()) {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let item = if is_number { format!("\"{text}\"") } else { shown(text).into_owned() };
        problems.push(if is_everything(text) {
            field.problem(format!("{} is not a list", quoted(text)), EVERYWHERE)
        } else {
            field.problem(
                format!("{} is a single value, not a list", quoted(text)),
                format!("put it in brackets: `[{item}]`"),
            )
        });
        return None;
    }
    let mut items = field.items(wanted, problems)?.peekable();
    if items.peek().is_none() {
        problems.push(field.problem("the list is empty, so this would apply nowhere", wanted));
        return None;
    }
    let mut values = BTreeSet::new();
    let mut is_whole = true;
    for item in items {
        if item.node.scalar().is_some_and(is_everything) {
            problems.push(item.problem("wildcards are not taken here", EVERYWHERE));
            is_whole = false;
            continue;
        }
        match read(&item, problems) {
            Some(value) if values.contains(&value) => {
                problems.push(
                    item.problem(format!("{value} is listed twice"), "remove one of the two"),
                );
            }
            Some(value) => {
                values.insert(value);
            }
            None => is_whole = false,
        }
    }
    is_whole.then(|| Listed { values: values.into_iter().collect(), position: field.position() })
}

/// What people write for each region or account.
fn is_everything(text: &str) -> bool {
    text.contains('*') || text.eq_ignore_ascii_case("all")
}

/// A region, by the form of its code.
fn region(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    const FORM: &str = "write a region by its code, such as eu-central-1";
    let text = field.free_text(FORM, problems)?;
    if is_region(text) {
        return Some(text.to_owned());
    }
    problems.push(
        field.problem(format!("{} is not an AWS region", quoted(text)), region_to_write(text)),
    );
    None
}
