//! Every place of an organization, through the read-only role that member.yaml makes in each.
//!
//! The rule: a session is used for the place that it was made for, and one place that cannot be entered stops
//! no other.

mod aws;

use std::collections::BTreeSet;
use std::error::Error;

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::text::harmless;
use futures_util::StreamExt as _;
use futures_util::stream;
use guardctl::arguments::Across;
use time::OffsetDateTime;

pub use aws::{Listed, last_sweep};

use crate::live::{Account, Live};
use crate::sessions::Sts;
use crate::stack::{self, Stack};
use crate::unread::explain;

/// Places that are looked at at once: each has quotas of its own.
const AT_ONCE: usize = 8;

/// The hub, as its members know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    pub place: Place,
    /// `o-...`
    pub organization: String,
}

/// An organization as it is seen from its hub.
pub struct Organization {
    /// The account and region of the caller, where the hub is.
    pub hub: Live,
    /// The hub's stack; `None` where it was not needed and cannot be read.
    pub stack: Option<Stack>,
    /// What is looked at.
    pub places: Vec<Place>,
    /// Accounts that nobody guards, and why.
    pub left_alone: Vec<(String, String)>,
    /// Whether `places` are of every account that is guarded.
    pub is_every_account: bool,
    sts: Sts,
    session_name: String,
}

impl Organization {
    /// Finds out which places there are. Regions are those that are named, else the hub's; accounts those that
    /// are named, else those that Organizations lists and the hub does not leave alone.
    ///
    /// # Errors
    ///
    /// There is no hub, or Organizations does not answer: in words that name what to pass instead.
    pub async fn seen_from(
        across: &Across,
        profile: Option<&str>,
        regions: &[String],
        stack: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let account = Account::of(profile).await?;
        let hub = account.connect(across.hub_region.as_deref()).await;
        let hub = hub.map_err(|refused| refused.to_string())?;
        let instead = ("--hub-region", "--region and --account");
        let stack = match stack::find(&hub.config, stack, instead).await {
            Ok(stack) => Some(stack),
            Err(_) if !regions.is_empty() && !across.account.is_empty() => None,
            Err(why) => return Err(why.into()),
        };
        if let Some(stack) =
            stack.as_ref().filter(|stack| stack.listed("OrganizationId").is_empty())
        {
            return Err(format!(
                "the stack {} of account {} {} is no hub: it was deployed without OrganizationId. Use the credentials \
                 of the hub's account, and --hub-region",
                harmless(&stack.name),
                hub.place.account,
                hub.place.region
            )
            .into());
        }
        let of_stack = |name: &str| stack.as_ref().map(|stack| stack.listed(name));
        let mut named = across.account.clone();
        if named.is_empty() {
            named = of_stack("OrganizationAccounts").unwrap_or_default();
        }
        let accounts = match named.as_slice() {
            [] => aws::accounts(&hub).await.map_err(|error| unlisted(&error))?,
            _ => named.into_iter().map(Listed::named).collect(),
        };
        let below = match of_stack("ExcludedUnits").unwrap_or_default() {
            units if units.is_empty() || !across.account.is_empty() => BTreeSet::new(),
            units => aws::accounts_below(&hub, units).await.map_err(|error| unlisted(&error))?,
        };
        let (places, left_alone) = places(&hub.place, stack.as_ref(), regions, (accounts, &below));
        let session_name = format!("guardctl-{}", OffsetDateTime::now_utc().unix_timestamp());
        let is_every_account = across.account.is_empty();
        Ok(Self { sts: hub.sts(), hub, stack, places, left_alone, is_every_account, session_name })
    }

    /// The hub, as its members know it.
    pub fn as_hub(&self) -> Hub {
        let organization =
            self.stack.as_ref().and_then(|stack| stack.parameters.get("OrganizationId"));
        Hub {
            place: self.hub.place.clone(),
            organization: organization.cloned().unwrap_or_default(),
        }
    }

    /// The regions that the hub guards in each account.
    pub fn guarded(&self) -> impl Iterator<Item = String> {
        let named = self.stack.as_ref().map(|stack| stack.listed("OrganizationRegions"));
        named.unwrap_or_default().into_iter().chain([self.hub.place.region.clone()])
    }

    /// Looks at each place, with a session of its own, and gives what came of each in order.
    pub async fn visit<T>(
        &self,
        look: impl AsyncFn(Live) -> T,
    ) -> Vec<(Place, Result<T, CallError>)> {
        let look = &look;
        let looks = self.places.iter().map(async |place| {
            let looked = match self.enter(place).await {
                Ok(live) => Ok(look(live).await),
                Err(error) => Err(error),
            };
            (place.clone(), looked)
        });
        stream::iter(looks).buffered(AT_ONCE).collect().await
    }

    /// Goes to a place: in the caller's own account with its own credentials, elsewhere as the reader.
    async fn enter(&self, place: &Place) -> Result<Live, CallError> {
        let Self { hub, sts, session_name, .. } = self;
        if place.account == hub.place.account {
            return Ok(hub.elsewhere(place.clone()));
        }
        let role = place.reader_role_arn();
        let session = sts.assume_role(&role, session_name).await?;
        Ok(hub.as_another(place.clone(), role, session))
    }
}

fn unlisted(error: &CallError) -> String {
    let why = explain("the accounts of the organization", error);
    format!(
        "{why}\nor name accounts with --account. Organizations answers the management account and delegated \
         administrators only"
    )
}

/// What is looked at, and which accounts are not: those of excluded units among them.
fn places(
    hub: &Place,
    stack: Option<&Stack>,
    regions: &[String],
    (accounts, below_excluded): (Vec<Listed>, &BTreeSet<String>),
) -> (Vec<Place>, Vec<(String, String)>) {
    let of_stack = |name: &str| stack.map(|stack| stack.listed(name)).unwrap_or_default();
    let mut guarded: BTreeSet<String> = regions.iter().cloned().collect();
    if guarded.is_empty() {
        guarded = of_stack("OrganizationRegions").into_iter().collect();
        guarded.insert(hub.region.clone());
    }
    let excluded = of_stack("ExcludedAccounts");
    let (mut places, mut left_alone) = (Vec::new(), Vec::new());
    for Listed { id, is_active } in accounts {
        if !is_active {
            left_alone.push((id, "Organizations says that it is not ACTIVE".to_owned()));
        } else if excluded.contains(&id) {
            left_alone.push((id, "ExcludedAccounts names it".to_owned()));
        } else if below_excluded.contains(&id) {
            left_alone.push((id, "it is in one of ExcludedUnits".to_owned()));
        } else {
            places.extend(guarded.iter().map(|region| Place {
                partition: hub.partition.clone(),
                account: id.clone(),
                region: region.clone(),
            }));
        }
    }
    places.sort();
    places.dedup();
    (places, left_alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Place {
        Place {
            partition: "aws".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
        }
    }

    fn seen(stack: Option<&Stack>, regions: &[&str]) -> (Vec<String>, Vec<(String, String)>) {
        let listed = |id: &str, is_active| Listed { id: id.to_owned(), is_active };
        let accounts = vec![
            listed("222222222222", true),
            listed("111111111111", true),
            listed("333333333333", true),
            listed("444444444444", false),
            listed("555555555555", true),
        ];
        let regions: Vec<String> = regions.iter().map(|&region| region.to_owned()).collect();
        let below = ["555555555555".to_owned()].into();
        let (places, left_alone) = places(&hub(), stack, &regions, (accounts, &below));
        (places.iter().map(ToString::to_string).collect(), left_alone)
    }

    #[test]
    fn every_account_that_is_not_left_alone_is_looked_at_in_each_of_the_hubs_regions() {
        let parameters = [
            ("OrganizationId", "o-exampleorgid"),
            ("OrganizationRegions", "us-west-2, eu-central-1"),
            ("ExcludedAccounts", "333333333333"),
        ];
        let stack = Stack {
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Stack::default()
        };
        let (places, left_alone) = seen(Some(&stack), &[]);
        assert_eq!(
            places,
            [
                "111111111111/eu-central-1",
                "111111111111/us-west-2",
                "222222222222/eu-central-1",
                "222222222222/us-west-2"
            ]
        );
        let left_alone: Vec<&str> =
            left_alone.iter().map(|(account, _)| account.as_str()).collect();
        assert_eq!(left_alone, ["333333333333", "444444444444", "555555555555"]);
        let (places, _) = seen(Some(&stack), &["us-east-1"]);
        assert_eq!(places, ["111111111111/us-east-1", "222222222222/us-east-1"]);
    }

    #[test]
    fn without_the_hubs_stack_no_account_is_left_alone_by_its_number() {
        let (places, left_alone) = seen(None, &["us-east-1"]);
        assert_eq!((places.len(), left_alone.len()), (3, 2));
    }
}
