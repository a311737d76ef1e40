//! One connection, one hello, the answer to it, and a close.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::answer::{Answer, LONGEST, Unknown, read};
use crate::hello::{Random, hello};
use crate::question::Question;
use crate::{Target, Unreachable};

/// How many addresses of a name are tried. CloudFront has eight.
const ADDRESSES: usize = 8;

/// The name to ask for.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, Unreachable> {
    ServerName::try_from(host.to_owned()).map_err(|_| {
        Unreachable(format!(
            "{host} is neither a host name nor an address: write HOST or HOST:PORT, a name with other letters in \
             its ASCII form (xn--...), IPv6 as [ADDRESS]:PORT"
        ))
    })
}

/// A connection to the first address of the endpoint that takes one.
pub(crate) async fn connected(
    target: &Target,
    patience: Duration,
) -> Result<TcpStream, Unreachable> {
    let (host, port) = target
        .at
        .as_ref()
        .map_or((target.host.as_str(), target.port), |(host, port)| (host.as_str(), *port));
    let found = timeout(patience, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.take(ADDRESSES).collect(),
        Ok(Err(error)) => {
            return Err(Unreachable(format!(
                "{host} has no address: {error}; check the name and the DNS"
            )));
        }
        Err(_) => {
            return Err(Unreachable(format!(
                "no answer of the DNS for {host} in {} s",
                patience.as_secs_f32()
            )));
        }
    };
    let mut problems = Vec::new();
    for address in addresses {
        match connect(address, patience).await {
            Ok(connected) => return Ok(connected),
            Err(error) => problems.push(format!("{address}: {error}")),
        }
    }
    if problems.is_empty() {
        problems.push(format!("{host} has no address"));
    }
    Err(Unreachable(format!("no connection: {}", problems.join("; "))))
}

async fn connect(address: SocketAddr, patience: Duration) -> Result<TcpStream, Error> {
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(connected) => connected,
        Err(_) => Err(Error::new(
            ErrorKind::TimedOut,
            format!("no answer in {} s", patience.as_secs_f32()),
        )),
    }
}

/// Asks one question.
#[expect(clippy::wildcard_enum_match_arm, reason = "others' errors, most of which no socket gives")]
pub(crate) async fn ask(
    address: SocketAddr,
    question: Question,
    name: &ServerName<'_>,
    patience: Duration,
) -> Answer {
    let name = match name {
        ServerName::DnsName(name) => Some(name.as_ref()),
        ServerName::IpAddress(_) | _ => None,
    };
    let Some(random) = random() else {
        return Answer::Unknown(Unknown::NoConnection(
            "the system has no random numbers".to_owned(),
        ));
    };
    let connected = match connect(address, patience).await {
        Ok(connected) => connected,
        Err(error) => return Answer::Unknown(Unknown::NoConnection(error.to_string())),
    };
    let hello = hello(question, name, &random);
    match timeout(patience, exchange(connected, &hello, question)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Answer::Unknown(match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Unknown::Reset
            }
            _ => Unknown::NoConnection(error.to_string()),
        }),
        Err(_) => Answer::Unknown(Unknown::Silent(patience)),
    }
}

async fn exchange(
    mut connected: TcpStream,
    hello: &[u8],
    question: Question,
) -> Result<Answer, Error> {
    connected.write_all(hello).await?;
    let mut come = Vec::new();
    let mut some = [0; 2048];
    loop {
        let count = connected.read(&mut some).await?;
        if count == 0 {
            return Ok(Answer::Unknown(Unknown::Closed));
        }
        come.extend(some.iter().take(count));
        if let Some(answer) = read(question, &come) {
            return Ok(answer);
        }
        if come.len() > LONGEST {
            return Ok(Answer::Unknown(Unknown::NoTls));
        }
    }
}

fn random() -> Option<Random> {
    let source = rustls::crypto::ring::default_provider().secure_random;
    let mut random = Random { hello: [0; 32], session: [0; 32], share: [0; 32] };
    let Random { hello, session, share } = &mut random;
    for part in [hello, session, share] {
        source.fill(part).ok()?;
    }
    Some(random)
}
