//! What a world is made from.

use std::time::Duration;

use time::OffsetDateTime;

use crate::variant::{Distributions, Elsewhere, Replicas, Variant};

/// What a world is made from.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// The account of the place that the world begins with.
    pub account: String,
    /// Its region.
    pub region: String,
    /// The time at which the world begins.
    pub start: OffsetDateTime,
    /// Which of the possible Cognitos this is.
    pub variant: Variant,
    /// What a describe of a domain of another account answers. The default is the one that asks more of
    /// the guard.
    pub elsewhere: Elsewhere,
    /// Whether a session needs a permission of CloudFront's for a custom domain.
    pub distributions: Distributions,
    /// Whether failovers can be set.
    pub replicas: Replicas,
    /// How long Cognito takes.
    pub durations: Durations,
    /// The topics that there are.
    pub topics: Vec<String>,
    /// How long a call over the wire travels before it is applied. Without it a thousand calls fit
    /// into one instant, and quotas mean nothing.
    pub latency: Duration,
    /// Where identifiers come from.
    pub seed: u64,
}

impl Default for WorldSettings {
    /// Account 111122223333 in eu-central-1 with the topic `domain-notices`, on the first of July
    /// 2026, in the likeliest variant, with ten milliseconds to each call.
    fn default() -> Self {
        Self {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            // 2026-07-01T09:00:00Z
            start: OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_782_896_400),
            variant: Variant::default(),
            elsewhere: Elsewhere::Described,
            distributions: Distributions::NotAsked,
            replicas: Replicas::Everywhere,
            durations: Durations::default(),
            topics: vec!["arn:aws:sns:eu-central-1:111122223333:domain-notices".to_owned()],
            latency: Duration::from_millis(10),
            seed: 1,
        }
    }
}

/// How long Cognito takes over what it has accepted, in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durations {
    /// A custom domain's change of anything but its certificate.
    pub update_custom: Duration,
    /// A change of certificate. AWS says up to an hour; by default it is as quick as the others.
    pub update_certificate: Duration,
    /// A prefix domain's change.
    pub update_prefix: Duration,
    /// A new custom domain.
    pub create_custom: Duration,
    /// A new prefix domain.
    pub create_prefix: Duration,
    /// A deletion; zero for one without a `DELETING` in between.
    pub delete: Duration,
    /// From a call until CloudTrail's event history has it. AWS says "typically within an average of about
    /// five minutes".
    pub event_history: Duration,
}

impl Default for Durations {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        Self {
            update_custom: Duration::from_secs(5 * MINUTE),
            update_certificate: Duration::from_secs(5 * MINUTE),
            update_prefix: Duration::from_secs(MINUTE),
            create_custom: Duration::from_secs(60 * MINUTE),
            create_prefix: Duration::from_secs(MINUTE),
            delete: Duration::ZERO,
            event_history: Duration::from_secs(5 * MINUTE),
        }
    }
}
