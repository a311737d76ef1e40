//! The pure parts of the guard, built from their own sources, for the targets in `targets/`.
//!
//! The guard's crate brings the AWS SDK, which takes minutes to build with instrumentation. The parts
//! that read what others write need none of it. Where one of them names an adapter, what it needs of
//! it stands here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a target that panics has found something")]
#![allow(dead_code, reason = "what only the guard itself calls")]

#[path = "../../src/baseline/mod.rs"]
pub mod baseline;
#[path = "../../src/domain.rs"]
pub mod domain;
#[path = "../../src/memory.rs"]
pub mod memory;
#[path = "../../src/notice/mod.rs"]
pub mod notice;
#[path = "../../src/plan/mod.rs"]
pub mod plan;
#[path = "../../src/report.rs"]
pub mod report;
#[path = "../../src/text.rs"]
pub mod text;
#[path = "../../src/trigger/mod.rs"]
pub mod trigger;
#[path = "../../src/when.rs"]
pub mod when;

/// What notices need of `src/call.rs`.
pub mod call {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Failure {
        Denied,
    }

    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CallError {
        pub failure: Failure,
        pub action: &'static str,
        pub code: Option<String>,
        pub message: String,
    }
}

/// What notices need of `src/topic.rs`.
pub mod topic {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Message {
        pub subject: String,
        pub body: String,
    }
}

use std::sync::LazyLock;

use time::OffsetDateTime;

use baseline::Baseline;
use domain::{CustomDomain, Domain, Failover, Hosting, ObservedPolicy, Status};
use trigger::Identity;

/// The guard that the shipped events are for.
pub fn guard() -> Identity {
    Identity {
        role_arn: "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole".to_owned(),
        function_arns: Vec::new(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        partition: "aws".to_owned(),
    }
}

/// The shipped baseline.
pub fn shipped() -> &'static Baseline {
    static SHIPPED: LazyLock<Baseline> = LazyLock::new(|| {
        Baseline::parse("baseline.yaml", include_str!("../../baseline/baseline.yaml")).unwrap()
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
