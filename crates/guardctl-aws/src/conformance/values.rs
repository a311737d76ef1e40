//! What a domain is described as, and what a request names, as words. Knows nothing of how either is asked for.

use cognito_domain_guard::domain::{Domain, Failover, Hosting};
use cognito_domain_guard::plan::{CustomUpdate, RoutingUpdate, UpdateRequest};

/// What a request names, and what it leaves out.
pub fn worded(request: &UpdateRequest) -> String {
    let UpdateRequest { domain, user_pool_id: _, managed_login_version, custom } = request;
    let login = managed_login_version.map(|version| format!("managed login {version}"));
    let mut named = Vec::new();
    if let Some(CustomUpdate { certificate_arn: _, security_policy, routing }) = custom {
        named.push("certificate".to_owned());
        named.extend(security_policy.as_ref().map(|policy| format!("policy {policy}")));
        match routing {
            RoutingUpdate::Omitted => {}
            RoutingUpdate::Remove => named.push("Routing: {}".to_owned()),
            RoutingUpdate::Failover(_) => named.push("a failover".to_owned()),
        }
    }
    named.extend(login);
    let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    format!("{domain}, naming {named}")
}

/// The policy that is described of a custom domain; `absent` where none is.
pub fn policy(domain: &Domain) -> Option<String> {
    match &domain.hosting {
        Hosting::Custom(custom) => {
            Some(custom.security_policy.as_sent().unwrap_or("absent").to_owned())
        }
        Hosting::Prefix => None,
    }
}

/// The managed login version that is described; `absent` where none is.
pub fn login(domain: &Domain) -> String {
    domain.managed_login_version.map_or_else(|| "absent".to_owned(), |version| version.to_string())
}

pub fn failover(domain: &Domain) -> Option<&Failover> {
    match &domain.hosting {
        Hosting::Custom(custom) => custom.failover.as_ref(),
        Hosting::Prefix => None,
    }
}

pub fn has_failover(domain: &Domain) -> bool {
    failover(domain).is_some()
}
