//! The accounts of an organization, as `organizations:ListAccounts` lists them.
//!
//! The rule: a missing member never means "no accounts". AWS is renaming `Status` to `State`, and Step
//! Functions' copy of the API lags behind: either, both or neither may be there.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// What is not to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusions {
    /// Accounts, by their twelve digits.
    pub accounts: BTreeSet<String>,
    /// Organizational units, such as `ou-ab12-cdef3456`: with all that is below them.
    pub units: BTreeSet<String>,
}

/// What one page of accounts came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The accounts to look at, in the order of the page.
    pub accounts: Vec<String>,
    /// How many are not `ACTIVE`: suspended, closed, or not there yet.
    pub inactive: usize,
    /// How many are excluded.
    pub excluded: usize,
    /// How many do not say in which organizational units they are (`Paths`), so that whether these are
    /// excluded has to be asked for.
    pub without_paths: usize,
}

/// A page that is not an answer of `ListAccounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError {
    reason: String,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page of accounts cannot be read: {}", self.reason)
    }
}

impl std::error::Error for PageError {}

impl Page {
    /// Reads an answer of `ListAccounts`, `ListAccountsForParent` or their integrations in Step Functions.
    ///
    /// | entry | counts as |
    /// | --- | --- |
    /// | `State` is `ACTIVE`, whatever `Status` says | to be looked at |
    /// | `State` is another text | inactive |
    /// | no `State`, `Status` is `ACTIVE` | to be looked at |
    /// | no `State`, `Status` is another text | inactive |
    /// | neither | to be looked at: a member that AWS has dropped says nothing about the account |
    ///
    /// An empty page is sound: more may follow.
    ///
    /// # Errors
    /// A page without a list of accounts, unless it has a `NextToken`, and an entry without an account's
    /// id. Taken for "no accounts" they would leave an organization unguarded in silence.
    pub fn read(answer: &Value, exclusions: &Exclusions) -> Result<Self, PageError> {
        let mut page = Self::default();
        let entries = match answer.get("Accounts") {
            Some(Value::Array(entries)) => entries.as_slice(),
            _ if text(answer, "NextToken").is_some() => &[],
            _ => return Err(PageError { reason: "it has no list Accounts".to_owned() }),
        };
        for entry in entries {
            let account = id(entry).ok_or_else(|| PageError {
                reason: "an entry has neither an Id nor an Arn with twelve digits".to_owned(),
            })?;
            if text(entry, "State").or_else(|| text(entry, "Status")).is_some_and(|s| s != "ACTIVE")
            {
                page.inactive += 1;
            } else if exclusions.accounts.contains(account)
                || paths(entry).any(|path| exclusions.covers(path))
            {
                page.excluded += 1;
            } else {
                page.without_paths += usize::from(paths(entry).next().is_none());
                page.accounts.push(account.to_owned());
            }
        }
        Ok(page)
    }
}

impl Exclusions {
    /// Whether a path such as `o-exampleorgid/r-ab12/ou-ab12-11111111/ou-ab12-22222222/` leads through an
    /// excluded unit.
    fn covers(&self, path: &str) -> bool {
        path.split('/').any(|unit| self.units.contains(unit))
    }
}

fn id(entry: &Value) -> Option<&str> {
    text(entry, "Id")
        .or_else(|| text(entry, "Arn")?.rsplit('/').next())
        .filter(|id| super::item::is_account(id))
}

fn paths(entry: &Value) -> impl Iterator<Item = &str> {
    entry.get("Paths").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A member that is a text and not empty.
fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn excluding(accounts: &[&str], units: &[&str]) -> Exclusions {
        let set = |of: &[&str]| of.iter().map(|one| (*one).to_owned()).collect();
        Exclusions { accounts: set(accounts), units: set(units) }
    }

    fn looked_at(entry: Value) -> bool {
        let page = Page::read(&json!({ "Accounts": [entry] }), &Exclusions::default()).unwrap();
        !page.accounts.is_empty()
    }

    #[test]
    fn only_a_state_or_without_it_a_status_other_than_active_leaves_an_account_out() {
        let id = "111122223333";
        for (state, status, expected) in [
            (json!("ACTIVE"), json!("ACTIVE"), true),
            (json!("ACTIVE"), json!("SUSPENDED"), true),
            (json!("PENDING_CLOSURE"), json!("ACTIVE"), false),
            (json!("CLOSED"), json!(null), false),
            (json!(null), json!("ACTIVE"), true),
            (json!(null), json!("SUSPENDED"), false),
            (json!(null), json!(null), true),
            (json!(""), json!(""), true),
            (json!(7), json!("ACTIVE"), true),
        ] {
            let entry = json!({ "Id": id, "State": state, "Status": status });
            assert_eq!(looked_at(entry.clone()), expected, "{entry}");
        }
        assert!(looked_at(json!({ "Id": id })), "absent members say nothing about the account");
    }

    #[test]
    fn an_empty_page_with_or_without_a_token_is_no_error_and_one_that_is_no_answer_is() {
        let read = |page: Value| Page::read(&page, &Exclusions::default());
        assert_eq!(read(json!({ "Accounts": [], "NextToken": "t" })), Ok(Page::default()));
        assert_eq!(read(json!({ "NextToken": "t" })), Ok(Page::default()));
        assert_eq!(read(json!({ "Accounts": [] })), Ok(Page::default()));
        for broken in [
            json!({}),
            json!(null),
            json!({ "accounts": [] }),
            json!({ "Accounts": null }),
            json!({ "Accounts": [{}] }),
            json!({ "Accounts": [{ "Id": "1111" }] }),
            json!({ "Accounts": ["111122223333"] }),
        ] {
            assert!(read(broken.clone()).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_account_is_known_by_its_arn_where_it_has_no_id() {
        let arn = "arn:aws:organizations::123456789012:account/o-exampleorgid/111122223333";
        let page = Page::read(&json!({ "Accounts": [{ "Arn": arn }] }), &Exclusions::default());
        assert_eq!(page.unwrap().accounts, ["111122223333"]);
    }

    #[test]
    fn excluded_are_accounts_by_name_and_all_below_an_organizational_unit() {
        let path = |units: &str| json!([format!("o-exampleorgid/r-ab12/{units}/")]);
        let page = json!({ "Accounts": [
            { "Id": "111111111111" },
            { "Id": "222222222222", "Paths": path("ou-ab12-sandboxx/ou-ab12-deeperxx") },
            { "Id": "333333333333", "Paths": path("ou-ab12-sandboxxy") },
            { "Id": "444444444444", "Paths": [] },
            { "Id": "555555555555", "State": "SUSPENDED" },
        ] });
        let page = Page::read(&page, &excluding(&["111111111111"], &["ou-ab12-sandboxx"])).unwrap();
        let expected = Page {
            accounts: vec!["333333333333".to_owned(), "444444444444".to_owned()],
            inactive: 1,
            excluded: 2,
            without_paths: 1,
        };
        assert_eq!(page, expected);
    }
}
