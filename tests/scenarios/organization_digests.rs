//! What the digest of an organization's sweep says of single domains.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Failover, Hosting, ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_sandbox::at_baseline;
use serde_json::json;

use crate::organization::{Organized, PAY, updates};

/// The longest name that Cognito takes, and all that can be off in one domain.
#[tokio::test(start_paused = true)]
async fn the_line_of_a_domain_is_whole_however_much_was_put_back_and_names_what_is_left() {
    let mut all = Organized::new();
    let name = format!("{}.example.com", "a".repeat(51));
    let certificate = |id: u64| {
        format!("arn:aws:acm:us-east-1:{PAY}:certificate/1b2c3d4e-5f60-4718-8293-{id:012}")
    };
    let baseline = format!(
        "version: 1\nmode: enforce\ndomains:\n  - domain: {name}\n    security_policy: {{ at_least: TLS_V1_3_2025 }}\n\
         \x20   managed_login_version: 2\n    routing: none\n    certificate_arn: {}\n",
        certificate(1)
    );
    all.guard.baseline = Baseline::parse("baseline.yaml", &baseline).unwrap().into();
    let pay = all.at(PAY, "us-west-2");
    let mut domain = at_baseline(&name, "us-west-2_abc123456", &pay, &all.guard.baseline);
    domain.managed_login_version = Some(1);
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021);
        custom.certificate_arn = Some(certificate(2));
        custom.failover = Some(Failover {
            secondary_region: "ap-southeast-1".to_owned(),
            primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8".to_owned(),
        });
    }
    pay.put_domain(domain);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(updates(&pay), 1);
    let digest = all.latest();
    let line = digest["sweep"]["findings"][0].as_str().unwrap();
    assert!(line.starts_with(&format!("{PAY}/us-west-2: {name} was put back: ")), "{line}");
    let left = "routing failover to ap-southeast-1 by health check 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8 -> none is left: ";
    assert!(line.contains(left) && !line.ends_with("..."), "{line}");
}
