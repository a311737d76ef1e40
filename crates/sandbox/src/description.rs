//! How Cognito words a domain.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::clock::whole_seconds;
use cognito_domain_guard::domain::{CustomDomain, Domain, Failover, Hosting, Status};

/// The answer to a create or an update that was accepted.
pub(super) fn accepted(domain: &Domain) -> Value {
    let mut response = Map::new();
    let mut add = |name: &str, value: Value| response.insert(name.to_owned(), value);
    if let Some(version) = domain.managed_login_version {
        add("ManagedLoginVersion", json!(version));
    }
    if let Hosting::Custom(CustomDomain { failover, .. }) = &domain.hosting {
        add("CloudFrontDomain", json!(distribution(&domain.name)));
        if let Some(failover) = failover {
            add("Routing", routing(failover));
        }
    }
    Value::Object(response)
}

/// The `DomainDescription` of a domain with these values in that status.
pub(super) fn described(
    domain: &Domain,
    status: &Status,
    changed_at: OffsetDateTime,
    region: &str,
) -> Value {
    let Domain { name, user_pool_id, account, status: _, hosting, managed_login_version } = domain;
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    add("Domain", json!(name));
    add("UserPoolId", json!(user_pool_id));
    if let Some(account) = account {
        add("AWSAccountId", json!(account));
    }
    add("S3Bucket", json!(format!("aws-cognito-prod-{region}-assets")));
    add("CloudFrontDistribution", json!(distribution(name)));
    add("Version", json!(version(changed_at)));
    add("Status", json!(status.as_str()));
    if let Some(version) = managed_login_version {
        add("ManagedLoginVersion", json!(version));
    }
    let mut config = Map::new();
    if let Hosting::Custom(custom) = hosting {
        let CustomDomain { certificate_arn, security_policy, failover } = custom;
        if let Some(arn) = certificate_arn {
            config.insert("CertificateArn".to_owned(), json!(arn));
        }
        if let Some(policy) = security_policy.as_sent() {
            config.insert("SecurityPolicy".to_owned(), json!(policy));
        }
        if let Some(failover) = failover {
            add("Routing", routing(failover));
        }
    }
    // A prefix domain has the member too, empty.
    add("CustomDomainConfig", Value::Object(config));
    Value::Object(members)
}

fn routing(failover: &Failover) -> Value {
    let Failover { secondary_region, primary_route53_health_check_id } = failover;
    json!({"Failover": {
        "SecondaryRegion": secondary_region,
        "PrimaryRoute53HealthCheckId": primary_route53_health_check_id,
    }})
}

/// A CloudFront name that is the domain's own, and the same in every run.
fn distribution(domain: &str) -> String {
    let hash = domain.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("d{hash:016x}.cloudfront.net")
}

/// `20260701090000`, as Cognito writes a domain's version.
fn version(at: OffsetDateTime) -> String {
    whole_seconds(at).chars().filter(char::is_ascii_digit).collect()
}
