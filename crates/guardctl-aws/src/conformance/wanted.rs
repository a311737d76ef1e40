//! What a run is to do, out of the arguments.

use cognito_domain_guard::baseline::DomainName;
use guardctl::arguments::Conformance;

/// The domains of a run, and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub account: String,
    pub custom: Option<Custom>,
    pub prefix: Option<String>,
    pub foreign_domain: Option<String>,
}

/// What a custom domain takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom {
    pub name: String,
    pub certificate_arn: String,
    pub second_certificate_arn: Option<String>,
    pub restricted_role_arn: Option<String>,
    /// Where a failover can go, if the user has made a pool for that.
    pub replica: Option<Replica>,
}

/// A user pool that the user made for this command, with a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub user_pool_id: String,
    pub region: String,
    pub health_check_id: String,
}

impl Custom {
    /// The domain above it, which must have an address.
    pub fn parent(&self) -> &str {
        self.name.split_once('.').map_or("", |(_, parent)| parent)
    }
}

impl Wanted {
    /// # Errors
    ///
    /// A name cannot be one.
    pub fn read(arguments: &Conformance, account: &str) -> Result<Self, String> {
        let Conformance {
            domain,
            certificate_arn,
            prefix,
            second_certificate_arn,
            restricted_role_arn,
            foreign_domain,
            replicated_user_pool,
            replica_region,
            health_check_id,
            output: _,
            dry_run: _,
            yes: _,
            access: _,
        } = arguments;
        let replica = match (replicated_user_pool, replica_region, health_check_id) {
            (Some(pool), Some(region), Some(check)) => Some(Replica {
                user_pool_id: pool.clone(),
                region: region.clone(),
                health_check_id: check.clone(),
            }),
            (None, _, _) | (Some(_), None, _) | (Some(_), Some(_), None) => None,
        };
        let custom = match (domain, certificate_arn) {
            (Some(name), Some(certificate_arn)) => Some(Custom {
                name: custom_name(name)?,
                certificate_arn: certificate_arn.clone(),
                second_certificate_arn: second_certificate_arn.clone(),
                restricted_role_arn: restricted_role_arn.clone(),
                replica,
            }),
            (None, _) | (Some(_), None) => None,
        };
        if let Some(Custom { certificate_arn, second_certificate_arn: Some(second), .. }) = &custom
            && second == certificate_arn
        {
            return Err("--second-certificate-arn is the same as --certificate-arn".to_owned());
        }
        Ok(Self {
            account: account.to_owned(),
            custom,
            prefix: prefix.as_ref().map(prefix_name).transpose()?,
            foreign_domain: foreign_domain.as_ref().map(ToString::to_string),
        })
    }

    /// The user pool of the user's that the custom domain is made on, if any.
    pub fn kept_pool(&self) -> Option<&str> {
        let replica = self.custom.as_ref()?.replica.as_ref()?;
        Some(&replica.user_pool_id)
    }

    /// The names that the run makes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let custom = self.custom.iter().map(|custom| custom.name.as_str());
        custom.chain(self.prefix.as_deref())
    }
}

fn custom_name(name: &DomainName) -> Result<String, String> {
    let text = name.as_str();
    if text.contains('.') {
        return Ok(text.to_owned());
    }
    Err(format!(
        "--domain {text}: a custom domain has a domain above it with an address, such as guard-test.example.com"
    ))
}

fn prefix_name(name: &DomainName) -> Result<String, String> {
    let text = name.as_str();
    if text.contains('.') {
        return Err(format!(
            "--prefix {text}: a prefix has no dot; a custom domain goes by --domain"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_made_is_refused_before_anything_is() {
        let name = |text: &str| text.parse::<DomainName>().unwrap();
        assert_eq!(custom_name(&name("Guard.example.com")), Ok("guard.example.com".to_owned()));
        assert_eq!(prefix_name(&name("guard-4711")), Ok("guard-4711".to_owned()));
        assert!(custom_name(&name("guard-4711")).is_err());
        assert!(prefix_name(&name("guard.example.com")).is_err());
    }
}
