//! One kept connection to one host, plain or over TLS, made at the first request.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::{request, response};
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::Anything;

/// TLS that trusts the roots of a PEM file.
pub(crate) fn tls(pem: &str) -> Result<Arc<ClientConfig>, Anything> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(pem)? {
        roots.add(root?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

pub(crate) struct Endpoint {
    /// As the Host header has it: with the port.
    host: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Endpoint {
    pub(crate) fn parse(url: &str, tls: Option<Arc<ClientConfig>>) -> Result<Self, Anything> {
        let (_, host) = url.split_once("://").ok_or("an endpoint without a scheme")?;
        Ok(Self { host: host.trim_end_matches('/').to_owned(), tls })
    }
}

pub(crate) struct Connection {
    endpoint: Endpoint,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn to(endpoint: Endpoint) -> Self {
        Self { endpoint, open: None }
    }

    pub(crate) fn host(&self) -> &str {
        &self.endpoint.host
    }

    pub(crate) async fn send(
        &mut self,
        request: request::Builder,
        body: Vec<u8>,
    ) -> Result<(response::Parts, Bytes), Anything> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open().await?,
        };
        let request = request.header("host", self.host()).body(Full::new(Bytes::from(body)))?;
        open.ready().await?;
        let (head, body) = open.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.open = Some(open);
        Ok((head, body))
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, Anything> {
        let stream = TcpStream::connect(self.host()).await?;
        stream.set_nodelay(true)?;
        match &self.endpoint.tls {
            None => shake_hands(stream).await,
            Some(tls) => {
                let (name, _) = self.host().split_once(':').ok_or("a host without a port")?;
                let name = ServerName::try_from(name)?.to_owned();
                shake_hands(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?).await
            }
        }
    }
}

async fn shake_hands<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Anything>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}
