//! What the targets in `targets/` have in common.
//!
//! They need the guard's pure core alone, so no SDK is built with instrumentation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a target that panics has found something")]

pub use cognito_domain_guard_core::{
    baseline, call, domain, memory, notice, overrides, place, plan, reach, report, text, trigger, when,
};

use std::sync::LazyLock;

use time::OffsetDateTime;

use baseline::Baseline;
use domain::{CustomDomain, Domain, Failover, Hosting, ObservedPolicy, Status};
use place::Place;
use reach::Reach;
use trigger::Identity;

/// The guard that the shipped events are for.
pub fn guard() -> Identity {
    Identity {
        role_arn: "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole".to_owned(),
        function_arns: Vec::new(),
        overrides: None,
    }
}

/// Where it is.
pub fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

/// Where it works.
pub fn reach() -> Reach {
    Reach::one(home())
}

/// `baseline/example.yaml`.
pub fn example() -> &'static Baseline {
    static SHIPPED: LazyLock<Baseline> = LazyLock::new(|| {
        Baseline::parse("baseline.yaml", include_str!("../../baseline/example.yaml")).unwrap()
    });
    &SHIPPED
}

/// A moment of the shipped events.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_420_972).unwrap()
}

/// A custom domain that is off every baseline.
pub fn drifted(name: &str) -> Domain {
    Domain {
        name: name.to_owned(),
        user_pool_id: "eu-central-1_Ab12Cd34E".to_owned(),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some("arn:aws:acm:us-east-1:111122223333:certificate/1b2c".to_owned()),
            security_policy: ObservedPolicy::from_name("TLS_V1"),
            failover: Some(Failover {
                secondary_region: "eu-west-1".to_owned(),
                primary_route53_health_check_id: "99999999".to_owned(),
            }),
        }),
        managed_login_version: Some(1),
    }
}
