//! What is to be looked at, as short as it can be said: 5,000 accounts must fit into one state.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::place::is_region;

/// An account, in every region that is guarded or in some.
///
/// Written as `ACCOUNT`, `ACCOUNT/REGION` or `ACCOUNT/REGION,REGION`. What is left of a place that was
/// looked at in part is `ACCOUNT/REGION#PAGE`, with Cognito's token of the next page of user pools.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// Twelve digits.
    pub account: String,
    /// The regions; none means every one that is guarded.
    pub regions: Vec<String>,
    /// Where to go on, for one region.
    pub page: Option<String>,
}

/// A text that is no item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError;

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "what to look at is written as ACCOUNT, ACCOUNT/REGION,REGION or ACCOUNT/REGION#PAGE",
        )
    }
}

impl std::error::Error for ItemError {}

impl Item {
    /// A whole account.
    pub const fn account(account: String) -> Self {
        Self { account, regions: Vec::new(), page: None }
    }

    /// The same account in one region.
    pub fn place(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), regions: vec![region.to_owned()], page: None }
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.account)?;
        if !self.regions.is_empty() {
            write!(f, "/{}", self.regions.join(","))?;
        }
        match &self.page {
            Some(page) => write!(f, "#{page}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Item {
    type Err = ItemError;

    fn from_str(text: &str) -> Result<Self, ItemError> {
        let (place, page) = match text.split_once('#') {
            Some((place, page)) => (place, Some(page.to_owned())),
            None => (text, None),
        };
        let (account, regions) = match place.split_once('/') {
            Some((account, regions)) => (account, regions.split(',').map(str::to_owned).collect()),
            None => (place, Vec::new()),
        };
        let is_one_place = page.is_none() || regions.len() == 1;
        if is_account(account) && regions.iter().all(|region| is_region(region)) && is_one_place {
            Ok(Self { account: account.to_owned(), regions, page })
        } else {
            Err(ItemError)
        }
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_as_it_is_written() {
        for text in [
            "111122223333",
            "111122223333/eu-central-1",
            "111122223333/eu-central-1,us-west-2",
            "111122223333/eu-central-1#token/with#everything==",
        ] {
            assert_eq!(text.parse::<Item>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "1111",
            "1111222233334",
            "11112222333a",
            "111122223333/",
            "111122223333/eu-central-1,",
            "111122223333/EU",
            "111122223333/eu central",
            "111122223333#page",
            "111122223333/eu-central-1,us-west-2#page",
        ] {
            assert_eq!(text.parse::<Item>(), Err(ItemError), "{text:?}");
        }
    }
}
