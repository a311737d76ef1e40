//! What stands in a certificate, for people. Whether it is to be trusted is rustls's word, not this file's.

use cognito_domain_guard_core::when;
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// What an endpoint showed in an ordinary handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// As they were sent: that of the name first, then who signed it.
    pub certificates: Vec<Certificate>,
    /// Whether this machine trusts it for the name.
    pub trust: Trust,
    /// When it is held against its dates.
    pub now: OffsetDateTime,
}

/// Whether a chain leads to a root that this machine has, for the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It does.
    Trusted,
    /// It does not. Says why.
    Distrusted(String),
    /// This machine has no roots to hold it against. Says why.
    NotChecked(String),
}

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The names that it is for, wildcards and addresses among them.
    pub names: Vec<String>,
    /// When it begins.
    pub not_before: Option<OffsetDateTime>,
    /// When it ends; nothing where that is no time that can be reckoned with.
    pub not_after: Option<OffsetDateTime>,
}

impl Chain {
    /// That of the name. A handshake without one does not come to its end.
    pub fn own(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// Whole days until it ends, below zero where it has.
    pub fn days_left(&self) -> Option<i64> {
        Some((self.own()?.not_after? - self.now).whole_seconds().div_euclid(24 * 60 * 60))
    }
}

impl Certificate {
    /// Reads one. What does not parse as a certificate is distinguished from one without names.
    pub(crate) fn read(der: &CertificateDer<'_>) -> Result<Self, String> {
        let (_, parsed) =
            X509Certificate::from_der(der).map_err(|error| format!("no certificate: {error}"))?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map(|extension| extension.value.general_names.iter().map(name).collect());
        Ok(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            names: names.unwrap_or_default(),
            not_before: when::from_seconds(parsed.validity().not_before.timestamp()),
            not_after: when::from_seconds(parsed.validity().not_after.timestamp()),
        })
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "others' kinds of name, which print themselves")]
fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => address(bytes),
        other => other.to_string(),
    }
}

fn address(bytes: &[u8]) -> String {
    let version_4 =
        <[u8; 4]>::try_from(bytes).map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
    let version_6 =
        <[u8; 16]>::try_from(bytes).map(|bytes| std::net::Ipv6Addr::from(bytes).to_string());
    version_4.or(version_6).unwrap_or_else(|_| format!("an address of {} bytes", bytes.len()))
}
