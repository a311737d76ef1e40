//! What an endpoint is asked. Plain values.

use std::fmt;

/// A version of TLS, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Version {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

impl Version {
    /// Each, oldest first.
    pub const ALL: [Self; 4] = [Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// Its number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// The one of that number, if it is one of the four.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.number() == number)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// One thing that is asked, by one hello that offers nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2 with those suites alone that `TLS_V1` has and `TLS_V1_2_2021` has not: CBC, or no forward secrecy.
    OldSuites,
    /// TLS 1.2 with the suites of `TLS_V1_2_2021`.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Question {
    /// Each, weakest first.
    pub const ALL: [Self; 5] =
        [Self::Tls10, Self::Tls11, Self::OldSuites, Self::Tls12, Self::Tls13];

    /// The version that is offered.
    pub const fn version(self) -> Version {
        match self {
            Self::Tls10 => Version::Tls10,
            Self::Tls11 => Version::Tls11,
            Self::OldSuites | Self::Tls12 => Version::Tls12,
            Self::Tls13 => Version::Tls13,
        }
    }

    /// The suites that are offered, in the order of CloudFront's table for `TLSv1`.
    pub(crate) const fn suites(self) -> &'static [Suite] {
        match self {
            Self::Tls10 | Self::Tls11 => Suite::BEFORE_TLS_1_2,
            Self::OldSuites => Suite::OLD,
            Self::Tls12 => Suite::TLS_1_2,
            Self::Tls13 => Suite::TLS_1_3,
        }
    }

    /// Its name for other programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls10 => "tls_1_0",
            Self::Tls11 => "tls_1_1",
            Self::OldSuites => "tls_1_2_old_suites",
            Self::Tls12 => "tls_1_2",
            Self::Tls13 => "tls_1_3",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldSuites => f.write_str("TLS 1.2 with old suites"),
            Self::Tls10 | Self::Tls11 | Self::Tls12 | Self::Tls13 => self.version().fmt(f),
        }
    }
}

/// A cipher suite, by its number and its name in IANA's registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite(pub u16, pub &'static str);

impl Suite {
    const BEFORE_TLS_1_2: &[Self] = &[
        Self(0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        Self(0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        Self(0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        Self(0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        Self(0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
        Self(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
        // No suite of CloudFront's `TLSv1`. Other servers that speak these versions may have nothing else.
        Self(0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        Self(0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
        Self(0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
        Self(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    ];
    const OLD: &[Self] = &[
        Self(0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
        Self(0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        Self(0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
        Self(0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        Self(0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
        Self(0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        Self(0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        Self(0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        Self(0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        Self(0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        Self(0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        Self(0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
        Self(0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
        Self(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
        Self(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    ];
    const TLS_1_2: &[Self] = &[
        Self(0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        Self(0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        Self(0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        Self(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        Self(0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        Self(0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    ];
    const TLS_1_3: &[Self] = &[
        Self(0x1301, "TLS_AES_128_GCM_SHA256"),
        Self(0x1302, "TLS_AES_256_GCM_SHA384"),
        Self(0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    ];
}
