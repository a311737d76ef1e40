//! The whole of it against servers on the loopback address: rustls's own for TLS 1.2 and 1.3, and sockets that
//! misbehave. Against the servers of OpenSSL and nginx, which speak TLS 1.0 too, `scripts/probe-servers` tries it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use cognito_domain_guard_core::domain::SecurityPolicy;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-27 00:00 UTC);
const SHORT: Duration = Duration::from_millis(300);

/// Answers each connection in a thread of its own, for as long as the process lives.
fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(connection.unwrap()));
        }
    });
    address
}

fn serve_tls(versions: &[&'static SupportedProtocolVersion]) -> SocketAddr {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["auth.example.com".to_owned(), "127.0.0.1".to_owned()];
    let mut parameters = rcgen::CertificateParams::new(names).unwrap();
    parameters.not_after = datetime!(2027-01-06 12:00 UTC);
    let certificate = parameters.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let config = Arc::new(config);
    serve(move |mut socket| {
        let mut server = ServerConnection::new(Arc::clone(&config)).unwrap();
        // An error is answered by an alert, and is what the client came for.
        let _ = server.complete_io(&mut socket);
        let _ = server.complete_io(&mut socket);
    })
}

fn probed(address: SocketAddr, patience: Duration) -> Result<Wire, Unreachable> {
    let at = Some((address.ip().to_string(), address.port()));
    let target = Target { host: "auth.example.com".to_owned(), port: 443, at };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(probe(&target, patience, NOW))
}

#[test]
fn a_server_of_tls_1_2_and_1_3_is_that_policy() {
    let wire = probed(serve_tls(rustls::ALL_VERSIONS), PATIENCE).unwrap();
    assert_eq!(wire.fit(), Fit::Policy(SecurityPolicy::TlsV1_2_2021), "{wire:?}");
    assert_eq!(wire.answer(Question::Tls10), &Answer::Refused(Refused::Alert(40)));
}

#[test]
fn a_server_of_tls_1_3_alone_is_that_policy() {
    let wire = probed(serve_tls(&[&rustls::version::TLS13]), PATIENCE).unwrap();
    assert_eq!(wire.fit(), Fit::Policy(SecurityPolicy::TlsV1_3_2025), "{wire:?}");
}

#[test]
fn a_server_of_tls_1_2_alone_is_no_policy_of_cognitos() {
    let wire = probed(serve_tls(&[&rustls::version::TLS12]), PATIENCE).unwrap();
    assert_eq!(wire.fit(), Fit::NoPolicy, "{wire:?}");
}

#[test]
fn the_certificate_is_shown_although_nobody_signed_it() {
    let chain = probed(serve_tls(rustls::ALL_VERSIONS), PATIENCE).unwrap().certificate.unwrap();
    let own = chain.own().unwrap();
    assert_eq!(own.names, ["auth.example.com", "127.0.0.1"]);
    assert_eq!(own.not_after, Some(datetime!(2027-01-06 12:00 UTC)));
    assert_eq!(chain.days_left(), Some(40));
    // A machine without roots cannot say so much.
    assert!(matches!(chain.trust, Trust::Distrusted(_) | Trust::NotChecked(_)), "{chain:?}");
}

/// The one thing that an answer which never came must not become is a refusal.
fn nothing_is_known(wire: &Wire, expected: &Unknown) {
    for question in Question::ALL {
        assert_eq!(wire.answer(question), &Answer::Unknown(expected.clone()), "{question}");
    }
    assert_eq!(wire.fit(), Fit::Unknown);
    assert!(wire.certificate.is_err());
}

#[test]
fn a_reset_is_unknown() {
    // Closed with the hello unread in the socket, so the kernel resets.
    let address = serve(|socket| {
        let _ = socket.peek(&mut [0; 16]);
    });
    nothing_is_known(&probed(address, PATIENCE).unwrap(), &Unknown::Reset);
}

#[test]
fn a_close_is_unknown() {
    let address = serve(|mut socket| {
        let _ = socket.read(&mut [0; 4096]);
    });
    nothing_is_known(&probed(address, PATIENCE).unwrap(), &Unknown::Closed);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a server that stalls")]
fn a_stall_is_unknown_and_ends() {
    let address = serve(|mut socket| {
        // Half a record, and then nothing.
        let _ = socket.write_all(&[22, 3, 3, 0, 80, 2]);
        std::thread::sleep(Duration::from_secs(60));
    });
    nothing_is_known(&probed(address, SHORT).unwrap(), &Unknown::Silent(SHORT));
}

#[test]
fn a_flood_is_unknown_and_ends() {
    let address = serve(|mut socket| {
        // Warnings without end, each a sound record.
        while socket.write_all(&[21, 3, 3, 0, 2, 1, 112].repeat(1000)).is_ok() {}
    });
    nothing_is_known(&probed(address, PATIENCE).unwrap(), &Unknown::NoTls);
}

#[test]
fn another_protocol_is_unknown() {
    let address = serve(|mut socket| {
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    nothing_is_known(&probed(address, PATIENCE).unwrap(), &Unknown::NoTls);
}

#[test]
fn nobody_there_is_no_answer_at_all() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = probed(free, PATIENCE).unwrap_err();
    assert!(unreachable.0.starts_with("no connection: 127.0.0.1:"), "{unreachable}");
}

#[test]
fn a_name_that_is_none_is_said_so() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target { host: "bücher.example".to_owned(), port: 443, at: None };
    let unreachable = runtime.block_on(probe(&target, SHORT, NOW)).unwrap_err();
    assert!(unreachable.0.contains("xn--"), "{unreachable}");
}
