//! A certificate authority to throw away, and the lists of roots that programs trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use super::ROOT;

/// A CA of one run, and the certificate of `localhost` that it signed. Its keys are never written.
pub(crate) struct Authority {
    root: String,
    acceptor: TlsAcceptor,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "throw-away root of a bench");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        // Python's OpenSSL wants to be told whose it is.
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &root).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        // AWS's endpoints choose this suite, whatever a client would like best.
        let suites = vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256];
        let provider = CryptoProvider { cipher_suites: suites, ..ring::default_provider() };
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(leaf.der().to_vec())], key)
            .unwrap();
        Self { root: root.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Writes two lists of roots into the folder, each with this one at its end.
    pub(crate) fn write_roots(&self, folder: &Path) -> Roots {
        let amazons =
            std::fs::read_to_string(Path::new(ROOT).join("certificates/amazon-trust-services.pem"))
                .unwrap();
        let mozillas: String = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .map(|root| pem::encode(&pem::Pem::new("CERTIFICATE", root.as_ref())))
            .collect();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, format!("{text}\n{}", self.root)).unwrap();
            path
        };
        Roots { few: write("few-roots.pem", &amazons), all: write("all-roots.pem", &mozillas) }
    }
}

/// What programs trust: as much as they would on Lambda, since parsing costs time.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    /// Amazon's five, as they are compiled into the guard.
    pub(crate) few: PathBuf,
    /// Mozilla's, as systems have them.
    pub(crate) all: PathBuf,
}
