//! Request quotas of an account and region, per second of virtual time.

use std::collections::BTreeMap;

use crate::action::{Action, ApiError};

/// A quota that several operations may share. None of these can be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// `DescribeUserPoolDomain`: 20 requests a second.
    DescribeDomain,
    /// `UpdateUserPoolDomain`: 15 requests a second.
    UpdateDomain,
    /// `ListUserPools` and `DescribeUserPool` together: 15 requests a second.
    ReadPools,
    /// STS's `AssumeRole`: 600 requests a second, of the account and region that ask.
    AssumeRole,
}

impl Category {
    /// Requests a second that AWS takes.
    pub const fn limit(self) -> u32 {
        match self {
            Self::DescribeDomain => 20,
            Self::UpdateDomain | Self::ReadPools => 15,
            Self::AssumeRole => 600,
        }
    }

    /// What a request beyond it is answered with.
    const fn refusal(self) -> &'static str {
        match self {
            Self::DescribeDomain | Self::UpdateDomain | Self::ReadPools => {
                "TooManyRequestsException"
            }
            Self::AssumeRole => "Throttling",
        }
    }

    /// The quota that a call counts against, `None` where the world has none for it.
    pub const fn of(action: Action) -> Option<Self> {
        match action {
            Action::DescribeUserPoolDomain => Some(Self::DescribeDomain),
            Action::UpdateUserPoolDomain => Some(Self::UpdateDomain),
            Action::ListUserPools | Action::DescribeUserPool => Some(Self::ReadPools),
            Action::AssumeRole => Some(Self::AssumeRole),
            Action::CreateUserPoolDomain
            | Action::DeleteUserPoolDomain
            | Action::Publish
            | Action::GetParametersByPath
            | Action::PutParameter
            | Action::DeleteParameter
            | Action::DeleteParameters
            | Action::DescribeParameters
            | Action::DescribeStacks
            | Action::FilterLogEvents
            | Action::DescribeLogGroups
            | Action::CreateUserPool
            | Action::DeleteUserPool
            | Action::LookupEvents
            | Action::DescribeCertificate
            | Action::ListDistributions => None,
        }
    }
}

#[derive(Debug, Default)]
struct Meter {
    second: i64,
    requests: u32,
    highest: u32,
}

/// Counts requests in whole seconds of the clock, as a fixed window.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    pub(super) enforced: bool,
    meters: BTreeMap<Category, Meter>,
}

impl Quotas {
    /// Counts a request, and refuses it where quotas are enforced and its second is full.
    /// Refused requests count too.
    pub(super) fn admit(&mut self, action: Action, second: i64) -> Result<(), ApiError> {
        let Some(category) = Category::of(action) else {
            return Ok(());
        };
        let meter = self.meters.entry(category).or_default();
        if meter.second != second {
            meter.second = second;
            meter.requests = 0;
        }
        meter.requests += 1;
        meter.highest = meter.highest.max(meter.requests);
        if self.enforced && meter.requests > category.limit() {
            return Err(ApiError::new(400, category.refusal(), "Rate exceeded"));
        }
        Ok(())
    }

    pub(super) fn highest(&self, category: Category) -> u32 {
        self.meters.get(&category).map_or(0, |meter| meter.highest)
    }
}
