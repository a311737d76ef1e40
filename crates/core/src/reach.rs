//! Which places the guard works in: its own, or those of an organization whose hub it is.
//!
//! The rule: nothing that an event says of itself widens this. A place is reached because the deployment
//! names it, and what is out of reach is ignored with a reason.

use std::collections::BTreeSet;
use std::fmt;

use crate::place::Place;

/// The places that the guard works in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Where the guard is. Its own account and region are always in reach of a guard without an
    /// organization.
    pub home: Place,
    /// The organization that it is the hub of.
    pub organization: Option<Organization>,
}

/// The organization of a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its id, such as `o-a1b2c3d4e5`.
    pub id: String,
    /// The regions that are guarded in each account. The hub's own is, too.
    pub regions: BTreeSet<String>,
    /// The accounts that are left alone. The hub's own may be one of them.
    pub excluded_accounts: BTreeSet<String>,
}

/// Why a place is out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutOfReach {
    /// Another account than that of a guard without an organization.
    OtherAccount {
        /// The account.
        account: String,
        /// The guard's.
        home: String,
    },
    /// Another region than that of a guard without an organization.
    OtherRegion {
        /// The region.
        region: String,
        /// The guard's.
        home: String,
    },
    /// An account that a hub leaves alone.
    Excluded {
        /// The account.
        account: String,
    },
    /// A region that a hub does not work in.
    Unguarded {
        /// The region.
        region: String,
    },
    /// An account of which no role could be named, since it has not twelve digits.
    NoAccount {
        /// What stands where the account should.
        account: String,
    },
}

/// As a reason, without a full stop.
impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherAccount { account, home } => {
                write!(f, "it is of account {account}, and this guard works in {home}")
            }
            Self::OtherRegion { region, home } => {
                write!(f, "it is of region {region}, and this guard works in {home}")
            }
            Self::Excluded { account } => {
                write!(f, "it is of account {account}, which ExcludedAccounts names")
            }
            Self::Unguarded { region } => {
                write!(f, "it is of region {region}, which OrganizationRegions does not name")
            }
            Self::NoAccount { account } => write!(f, "{account:?} is no account"),
        }
    }
}

impl Reach {
    /// That of a guard without an organization.
    pub const fn one(home: Place) -> Self {
        Self { home, organization: None }
    }

    /// The place of that account and region, if the guard works there. An organization does not span
    /// partitions, so its partition is the guard's.
    ///
    /// # Errors
    /// Why it does not.
    pub fn place(&self, account: &str, region: &str) -> Result<Place, OutOfReach> {
        let Self { home, organization } = self;
        let (account, region) = (account.to_owned(), region.to_owned());
        let Some(Organization { id: _, regions, excluded_accounts }) = organization else {
            if account != home.account {
                return Err(OutOfReach::OtherAccount { account, home: home.account.clone() });
            }
            if region != home.region {
                return Err(OutOfReach::OtherRegion { region, home: home.region.clone() });
            }
            return Ok(home.clone());
        };
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(OutOfReach::NoAccount { account });
        }
        if excluded_accounts.contains(&account) {
            return Err(OutOfReach::Excluded { account });
        }
        if region != home.region && !regions.contains(&region) {
            return Err(OutOfReach::Unguarded { region });
        }
        Ok(Place { partition: home.partition.clone(), account, region })
    }

    /// The regions that are guarded in each account.
    pub fn regions(&self) -> BTreeSet<String> {
        let others = self.organization.iter().flat_map(|organization| &organization.regions);
        others.chain([&self.home.region]).cloned().collect()
    }

    /// Whether the guard acts in `place` with the member role there. In its own account it acts with its
    /// own role, in whatever region.
    pub fn is_of_a_member(&self, place: &Place) -> bool {
        self.organization.is_some() && place.account != self.home.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Place {
        Place {
            partition: "aws-us-gov".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-gov-west-1".to_owned(),
        }
    }

    fn set<const N: usize>(of: [&str; N]) -> BTreeSet<String> {
        of.map(str::to_owned).into()
    }

    fn said(reach: &Reach, account: &str, region: &str) -> String {
        match reach.place(account, region) {
            Ok(place) => format!("{} {place}", place.partition),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn a_guard_without_an_organization_reaches_its_own_place_and_no_other() {
        let one = Reach::one(home());
        for (account, region, expected) in [
            ("111122223333", "us-gov-west-1", "aws-us-gov 111122223333/us-gov-west-1"),
            (
                "444455556666",
                "us-gov-west-1",
                "it is of account 444455556666, and this guard works in 111122223333",
            ),
            (
                "111122223333",
                "us-gov-east-1",
                "it is of region us-gov-east-1, and this guard works in us-gov-west-1",
            ),
        ] {
            assert_eq!(said(&one, account, region), expected);
        }
        assert!(!one.is_of_a_member(&home()));
    }

    #[test]
    fn a_hub_reaches_its_regions_in_every_account_that_is_not_excluded() {
        let organization = Organization {
            id: "o-a1b2c3d4e5".to_owned(),
            regions: set(["us-gov-east-1"]),
            excluded_accounts: set(["999900001111"]),
        };
        let hub = Reach { home: home(), organization: Some(organization) };
        for (account, region, expected) in [
            ("111122223333", "us-gov-west-1", "aws-us-gov 111122223333/us-gov-west-1"),
            ("111122223333", "us-gov-east-1", "aws-us-gov 111122223333/us-gov-east-1"),
            ("444455556666", "us-gov-west-1", "aws-us-gov 444455556666/us-gov-west-1"),
            ("444455556666", "us-gov-east-1", "aws-us-gov 444455556666/us-gov-east-1"),
            (
                "444455556666",
                "us-east-1",
                "it is of region us-east-1, which OrganizationRegions does not name",
            ),
            (
                "999900001111",
                "us-gov-west-1",
                "it is of account 999900001111, which ExcludedAccounts names",
            ),
            ("4444", "us-gov-west-1", "\"4444\" is no account"),
            ("", "us-gov-west-1", "\"\" is no account"),
            ("44445555666a", "us-gov-west-1", "\"44445555666a\" is no account"),
        ] {
            assert_eq!(said(&hub, account, region), expected);
        }
        for (account, region, member) in [
            ("111122223333", "us-gov-west-1", false),
            ("111122223333", "us-gov-east-1", false),
            ("444455556666", "us-gov-west-1", true),
        ] {
            assert_eq!(hub.is_of_a_member(&hub.place(account, region).unwrap()), member);
        }
        let mut without_its_own = hub;
        without_its_own.organization.iter_mut().for_each(|one| {
            one.excluded_accounts.insert(home().account);
        });
        assert_eq!(
            said(&without_its_own, "111122223333", "us-gov-west-1"),
            "it is of account 111122223333, which ExcludedAccounts names"
        );
    }
}
