//! What makes a guard the hub of an organization: three variables, of which the first decides.

use std::collections::BTreeSet;

use super::{SettingsError, is_account};
use crate::place::is_region;
use crate::reach::Organization;

/// The organization, `None` without an id: whatever the other two say, the guard works in its own
/// account and region.
pub(super) fn organization(
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<Organization>, SettingsError> {
    let Some(id) = get("ORGANIZATION_ID") else {
        return Ok(None);
    };
    if !is_organization(&id) {
        return Err(SettingsError {
            variable: "ORGANIZATION_ID",
            problem: format!("{id:?} is not the id of an organization; write it as o-a1b2c3d4e5"),
        });
    }
    let regions = list(get("ORGANIZATION_REGIONS"), is_region).map_err(|item| SettingsError {
        variable: "ORGANIZATION_REGIONS",
        problem: format!("{item:?} is not a region; write such as eu-central-1,us-east-1"),
    })?;
    let excluded = list(get("EXCLUDED_ACCOUNTS"), is_account).map_err(|item| SettingsError {
        variable: "EXCLUDED_ACCOUNTS",
        problem: format!("{item:?} is not an account; write numbers of twelve digits and commas"),
    })?;
    Ok(Some(Organization { id, regions, excluded_accounts: excluded }))
}

/// What stands between the commas, without the spaces around it; or the first of it that `is_item` does not
/// know.
fn list(value: Option<String>, is_item: fn(&str) -> bool) -> Result<BTreeSet<String>, String> {
    let value = value.unwrap_or_default();
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| if is_item(item) { Ok(item.to_owned()) } else { Err(item.to_owned()) })
        .collect()
}

/// Ten to thirty-two small letters and digits after `o-`.
fn is_organization(id: &str) -> bool {
    id.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        id: &str,
        regions: &str,
        excluded: &str,
    ) -> Result<Option<Organization>, SettingsError> {
        organization(|name| {
            let value = match name {
                "ORGANIZATION_ID" => id,
                "ORGANIZATION_REGIONS" => regions,
                "EXCLUDED_ACCOUNTS" => excluded,
                other => panic!("{other}"),
            };
            Some(value.to_owned()).filter(|value| !value.is_empty())
        })
    }

    #[test]
    fn without_an_id_there_is_no_organization_whatever_else_is_said() {
        assert_eq!(read("", "", ""), Ok(None));
        assert_eq!(read("", "eu-central-1", "111122223333"), Ok(None));
        assert_eq!(read("", "anything", "at all"), Ok(None));
    }

    #[test]
    fn lists_are_of_items_with_commas_and_spaces() {
        let set = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        for (regions, excluded, expected_regions, expected_accounts) in [
            ("", "", &[][..], &[][..]),
            ("eu-central-1", "444455556666", &["eu-central-1"], &["444455556666"]),
            (
                " us-gov-west-1 ,ap-southeast-4, eu-central-1,",
                "444455556666,, 111122223333",
                &["ap-southeast-4", "eu-central-1", "us-gov-west-1"],
                &["111122223333", "444455556666"],
            ),
        ] {
            let read = read("o-a1b2c3d4e5", regions, excluded).unwrap().unwrap();
            assert_eq!(read.id, "o-a1b2c3d4e5");
            assert_eq!(read.regions, set(expected_regions));
            assert_eq!(read.excluded_accounts, set(expected_accounts));
        }
    }

    #[test]
    fn a_malformed_item_is_named_with_its_variable() {
        for (id, regions, excluded, expected) in [
            (
                "x-a1b2c3d4e5",
                "",
                "",
                "environment variable ORGANIZATION_ID: \"x-a1b2c3d4e5\" is not",
            ),
            ("o-a1b2", "", "", "environment variable ORGANIZATION_ID: \"o-a1b2\" is not"),
            ("o-A1B2C3D4E5", "", "", "environment variable ORGANIZATION_ID: \"o-A1B2C3D4E5\" is"),
            (
                "o-a1b2c3d4e5",
                "eu-central-1,frankfurt",
                "",
                "environment variable ORGANIZATION_REGIONS: \"frankfurt\" is not a region",
            ),
            ("o-a1b2c3d4e5", "eu-1", "", "environment variable ORGANIZATION_REGIONS: \"eu-1\" is"),
            (
                "o-a1b2c3d4e5",
                "all",
                "",
                "environment variable ORGANIZATION_REGIONS: \"all\" is not",
            ),
            (
                "o-a1b2c3d4e5",
                "eu-central-1",
                "1234",
                "environment variable EXCLUDED_ACCOUNTS: \"1234\" is not an account",
            ),
        ] {
            let error = read(id, regions, excluded).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
