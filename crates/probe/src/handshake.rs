//! One ordinary handshake, to see the certificate.
//!
//! The verifier here lets every chain pass, so that one that is not to be trusted is shown, too. That is safe for
//! one reason: nothing is sent over the connection. It is closed where the handshake ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::certificate::{Certificate, Chain, Trust};

/// The chain that the endpoint shows for a name, or why there was no handshake.
pub(crate) async fn chain(
    connected: TcpStream,
    name: &ServerName<'static>,
    patience: Duration,
    now: OffsetDateTime,
) -> Result<Chain, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let at = UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(now.unix_timestamp()).unwrap_or_default(),
    ));
    let recorder = Arc::new(Recorder::new(Arc::clone(&provider), at));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name.clone(), connected);
    match timeout(patience, connecting).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(format!("no handshake: {error}")),
        Err(_) => return Err(format!("no handshake in {} s", patience.as_secs_f32())),
    }
    let seen = recorder.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((ders, trust)) = seen else {
        return Err("the endpoint showed no certificate".to_owned());
    };
    let certificates = ders.iter().map(Certificate::read).collect::<Result<_, _>>()?;
    Ok(Chain { certificates, trust, now })
}

/// Keeps what was shown, and rustls's judgement of it.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    roots: Result<Arc<WebPkiServerVerifier>, String>,
    at: UnixTime,
    seen: Mutex<Option<(Vec<CertificateDer<'static>>, Trust)>>,
}

impl Recorder {
    fn new(provider: Arc<CryptoProvider>, at: UnixTime) -> Self {
        let loaded = rustls_native_certs::load_native_certs();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(loaded.certs);
        let roots = WebPkiServerVerifier::builder_with_provider(
            Arc::new(store),
            Arc::clone(&provider),
        )
        .build()
        .map_err(|_| {
            let why = loaded.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            format!(
                "this machine has no root certificates{why}; SSL_CERT_FILE names a file of them"
            )
        });
        Self { provider, roots, at, seen: Mutex::new(None) }
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let trust = match &self.roots {
            Err(why) => Trust::NotChecked(why.clone()),
            Ok(roots) => {
                match roots.verify_server_cert(end_entity, intermediates, server_name, &[], self.at)
                {
                    Ok(_) => Trust::Trusted,
                    Err(error) => Trust::Distrusted(why(&error)),
                }
            }
        };
        let shown = std::iter::once(end_entity).chain(intermediates);
        let shown = shown.map(|der| der.clone().into_owned()).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((shown, trust));
        Ok(ServerCertVerified::assertion())
    }

    // Whoever shows a certificate without its key is somebody else: these are not let pass.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// In a person's words, of what people meet.
#[expect(clippy::wildcard_enum_match_arm, reason = "rustls has words for the rest")]
fn why(error: &Error) -> String {
    let Error::InvalidCertificate(error) = error else { return error.to_string() };
    match error {
        CertificateError::UnknownIssuer => {
            "no root of this machine signed it, or a certificate between is missing".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is not for this name".to_owned()
        }
        other => other.to_string(),
    }
}
