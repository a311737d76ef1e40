//! The name of one domain, as a person types it.

use std::fmt;
use std::str::FromStr;

use super::pattern::DomainPattern;
use super::problem::Fault;

/// The name of one domain in the form in which Cognito has it: in lower case, and the prefix alone for a
/// prefix domain.
///
/// The one rule for letter case: names are compared without regard to it, and are sent in lower case. So a
/// baseline, an event, a sweep and a person's command mean the same domain however they write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    /// What is wrong with it, and what to write.
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let said = |Fault { message, fix }| format!("{message}: {fix}");
        let pattern = DomainPattern::parse(written).map_err(said)?;
        if !pattern.is_exact() {
            return Err("a pattern, and one domain is asked for: write its name".to_owned());
        }
        Ok(Self(pattern.folded().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_lower_case_whatever_was_typed() {
        for written in ["auth.example.com", "AUTH.Example.com"] {
            assert_eq!(written.parse().map(|DomainName(name)| name), Ok("auth.example.com".into()));
        }
        assert_eq!("Example-Login".parse::<DomainName>().unwrap().as_str(), "example-login");
    }

    #[test]
    fn what_is_no_name_says_what_to_write() {
        let refused = |written: &str| written.parse::<DomainName>().unwrap_err();
        for host in [
            "example-login.auth.eu-central-1.amazoncognito.com",
            "Example-Login.auth-fips.us-gov-west-1.amazoncognito.com",
            "example-login.auth.cn-north-1.amazoncognito.com.cn.",
            "https://Example-Login.auth.eu-central-1.amazoncognito.com/oauth2/authorize?client_id=1",
            "example-login.auth-fips.us-east-1.amazoncognito.com:443",
        ] {
            let said = refused(host);
            assert!(said.ends_with("write the prefix alone: \"example-login\""), "{said}");
        }
        assert!(refused("https://auth.example.com/login").contains("write \"auth.example.com\""));
        assert!(refused("*.example.com").contains("a pattern"));
    }
}
