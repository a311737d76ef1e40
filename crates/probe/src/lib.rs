//! Asks the wire what a domain speaks, not the API.
//!
//! [`probe`] sends one hello for each [`Question`] and closes; then one ordinary handshake shows the certificate.
//! [`Fit`] says which of Cognito's policies that is. Nothing but these hellos and that handshake is ever sent.
//!
//! For a column of another command: [`probe`] each domain, then [`Wire::fit`] and [`Wire::against`]. Both are
//! pure, and what is not known stays [`Answer::Unknown`] through both: it is never counted as refused.

mod answer;
mod ask;
mod certificate;
mod handshake;
mod hello;
mod policy;
mod question;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use time::OffsetDateTime;

pub use answer::{Answer, Refused, Unknown};
pub use certificate::{Certificate, Chain, Trust};
pub use policy::{Contradiction, Fit};
pub use question::{Question, Suite, Version};

/// How long to wait for a connection, and then for an answer, where nobody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Which endpoint to ask, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name that is asked for in each hello; an address is asked without one.
    pub host: String,
    /// The port, 443 for every domain of Cognito.
    pub port: u16,
    /// Where to connect instead of where the DNS says that `host` is: a distribution, or one edge.
    pub at: Option<(String, u16)>,
}

/// What an endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Which address was asked, of those that the name has.
    pub address: SocketAddr,
    /// The answer to each question, in the order of [`Question::ALL`].
    pub answers: [Answer; Question::ALL.len()],
    /// The certificate, or why there was no ordinary handshake.
    pub certificate: Result<Chain, String>,
}

/// No connection: nothing is known of what the endpoint speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable(pub String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Wire {
    /// What it answered to a question.
    pub fn answer(&self, question: Question) -> &Answer {
        let [tls_1_0, tls_1_1, old_suites, tls_1_2, tls_1_3] = &self.answers;
        match question {
            Question::Tls10 => tls_1_0,
            Question::Tls11 => tls_1_1,
            Question::OldSuites => old_suites,
            Question::Tls12 => tls_1_2,
            Question::Tls13 => tls_1_3,
        }
    }
}

/// Asks an endpoint each question, all at once, at one address.
///
/// `patience` bounds the wait for each connection and for each answer, so that the whole takes at most about
/// three times as long for each address that the name has. `now` is what the certificate's dates are held against.
///
/// # Errors
///
/// The name is none, has no address, or none of its addresses takes a connection.
pub async fn probe(
    target: &Target,
    patience: Duration,
    now: OffsetDateTime,
) -> Result<Wire, Unreachable> {
    let name = ask::server_name(&target.host)?;
    let connected = ask::connected(target, patience).await?;
    let address = connected.peer_addr().map_err(|error| Unreachable(error.to_string()))?;
    let ask = |question| ask::ask(address, question, &name, patience);
    let (certificate, tls_1_0, tls_1_1, old_suites, tls_1_2, tls_1_3) = tokio::join!(
        handshake::chain(connected, &name, patience, now),
        ask(Question::Tls10),
        ask(Question::Tls11),
        ask(Question::OldSuites),
        ask(Question::Tls12),
        ask(Question::Tls13),
    );
    Ok(Wire { address, answers: [tls_1_0, tls_1_1, old_suites, tls_1_2, tls_1_3], certificate })
}

#[cfg(test)]
mod tests;
