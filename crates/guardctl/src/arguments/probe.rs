//! `guardctl probe`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use cognito_domain_guard::domain::SecurityPolicy;

use super::access::region;
use super::policies::policies;

/// Ask a domain's endpoint which TLS versions it accepts, and show its certificate; changes nothing
///
/// The endpoint is asked, not the API: what clients meet is what counts. Five hellos, one for each version and
/// one for the old suites of TLS 1.2, say which security policy of Cognito's it has; an ordinary handshake shows
/// the certificate. Each is one connection over which nothing else is sent. Needs no account; with --live it also
/// asks Cognito what it reports, and the baseline what it declares.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl probe auth.example.com\n  \
    guardctl probe --floor TLS_V1_2_2021 auth.example.com login.example.com:443\n  \
    guardctl probe example-login.auth.eu-central-1.amazoncognito.com\n  \
    guardctl probe --connect d111111abcdef8.cloudfront.net auth.example.com\n  \
    guardctl probe --live --region eu-central-1 --format json auth.example.com\n\n\
    Exit code: 0 when every endpoint has a policy of Cognito's, shows a certificate that is valid for it, and is \
    as --floor, Cognito and the baseline say; 2 when one is not; 1 when an endpoint did not answer, or not enough \
    to say so.")]
pub struct Probe {
    /// Domains, as people call them: a host name, or HOST:PORT; an IPv6 address in brackets
    #[arg(required = true, value_name = "DOMAIN")]
    pub domains: Vec<Endpoint>,
    /// The weakest security policy to accept
    #[arg(long, value_name = "POLICY", value_parser = policies())]
    pub floor: Option<SecurityPolicy>,
    /// Connect there instead of where the DNS says that the domain is, and still ask for the domain
    #[arg(long, value_name = "HOST[:PORT]")]
    pub connect: Option<Endpoint>,
    /// How long to wait for each connection and each answer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub timeout: u64,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub format: ProbeFormat,
    /// Also ask Cognito which policy it reports, and hold it against the baseline; only reads
    #[arg(long)]
    pub live: bool,
    /// The baseline [default: baseline/baseline.yaml, where there is one]
    #[arg(long, value_name = "FILE", requires = "live", help_heading = "With --live")]
    pub baseline: Option<PathBuf>,
    /// AWS region, several if repeated [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", value_parser = region, requires = "live", help_heading = "With --live")]
    pub region: Vec<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME", requires = "live", help_heading = "With --live")]
    pub profile: Option<String>,
}

/// How the answers of endpoints are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProbeFormat {
    /// For people
    Text,
    /// For other programs; `guardctl schema probe` describes it
    Json,
}

/// A host, and the port if one is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name in lower case without a dot at its end, or an address.
    pub host: String,
    /// The port; nothing means 443.
    pub port: Option<u16>,
}

impl Endpoint {
    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(443)
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            "write HOST or HOST:PORT, such as auth.example.com; IPv6 as [ADDRESS]:PORT".to_owned()
        };
        let is_version_6 = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest
                    .split_once(']')
                    .filter(|(host, _)| is_version_6(host))
                    .ok_or_else(wrong)?;
                (
                    host,
                    if port.is_empty() {
                        None
                    } else {
                        Some(port.strip_prefix(':').ok_or_else(wrong)?)
                    },
                )
            }
            None if is_version_6(text) => (text, None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
        if host.is_empty() || host.contains(['/', '@', ' ', '*', '?', '#']) {
            return Err(wrong());
        }
        let port = port.map(str::parse).transpose().map_err(|_| wrong())?;
        if port == Some(0) {
            return Err(wrong());
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match port {
            None => f.write_str(host),
            Some(port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Some(port) => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_perhaps_a_port() {
        for (text, host, port) in [
            ("auth.example.com", "auth.example.com", None),
            ("Auth.Example.com.", "auth.example.com", None),
            ("auth.example.com:8443", "auth.example.com", Some(8443)),
            ("127.0.0.1:4433", "127.0.0.1", Some(4433)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[2001:DB8::1]:443", "2001:db8::1", Some(443)),
        ] {
            let expected = Endpoint { host: host.to_owned(), port };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_how_to_write_one() {
        for text in [
            "",
            ":443",
            "https://auth.example.com/",
            "a:b",
            "a:0",
            "a:65536",
            "[::1",
            "[a]:1",
            "[::1]1",
            "*.a",
        ] {
            assert!(text.parse::<Endpoint>().unwrap_err().contains("HOST:PORT"), "{text}");
        }
    }
}
