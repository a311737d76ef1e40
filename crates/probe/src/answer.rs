//! What an endpoint answers to a hello. Bytes in, an answer out: nothing here can fail.

use std::fmt;
use std::time::Duration;

use nom::bytes::complete::take;
use nom::combinator::{cond, opt};
use nom::multi::{length_data, many0};
use nom::number::complete::{be_u8, be_u16, be_u24};
use nom::sequence::{pair, tuple};
use nom::{IResult, Parser as _};

use crate::question::{Question, Suite, Version};

/// More than any first flight up to the hello, and a bound for what somebody may make this program read.
pub(crate) const LONGEST: usize = 1 << 14;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The endpoint chose what was offered, with this suite.
    Accepted(u16),
    /// The endpoint speaks TLS, and not this.
    Refused(Refused),
    /// Neither was said. It is never a refusal.
    Unknown(Unknown),
}

/// How an endpoint refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By an alert that means it: `protocol_version`, `handshake_failure`, `insufficient_security`.
    Alert(u8),
    /// It answered with an older version, as one does that does not have what was offered.
    Older(Version),
}

/// Why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No connection for this question, though there was one before.
    NoConnection(String),
    /// The connection was reset. Some endpoints refuse so; so does whatever stands between.
    Reset,
    /// The connection was closed without an answer. The same holds.
    Closed,
    /// No whole answer came in this time.
    Silent(Duration),
    /// What answers speaks no TLS.
    NoTls,
    /// An alert that does not say whether the version is refused.
    Alert(u8),
    /// A hello that chose what was not offered.
    NotOffered(String),
}

impl Answer {
    /// Whether it was accepted; nothing where that is not known.
    pub const fn is_accepted(&self) -> Option<bool> {
        match self {
            Self::Accepted(_) => Some(true),
            Self::Refused(_) => Some(false),
            Self::Unknown(_) => None,
        }
    }

    /// `accepted`, `refused` or `unknown`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }

    /// With what: a suite, an alert, or why it is not known.
    pub fn because(&self) -> String {
        match self {
            Self::Accepted(number) => suite(*number),
            Self::Refused(Refused::Alert(number)) => alert(*number),
            Self::Refused(Refused::Older(version)) => format!("answers with {version}"),
            Self::Unknown(unknown) => unknown.to_string(),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnection(why) => write!(f, "no connection: {why}"),
            Self::Reset => f.write_str("the connection was reset: a refusal, or something between"),
            Self::Closed => {
                f.write_str("closed without an answer: a refusal, or something between")
            }
            Self::Silent(time) => write!(f, "no answer in {} s", time.as_secs_f32()),
            Self::NoTls => f.write_str("what answers speaks no TLS"),
            Self::Alert(number) => alert(*number).fmt(f),
            Self::NotOffered(what) => write!(f, "it chose {what}, which was not offered"),
        }
    }
}

fn suite(number: u16) -> String {
    let mut offered = Question::ALL.into_iter().flat_map(Question::suites);
    offered
        .find(|Suite(of, _)| *of == number)
        .map_or_else(|| format!("suite {number:#06x}"), |Suite(_, name)| (*name).to_owned())
}

const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;
const INSUFFICIENT_SECURITY: u8 = 71;

/// By its name in IANA's registry, of those that answer a hello.
fn alert(number: u8) -> String {
    let name = match number {
        0 => "close_notify",
        10 => "unexpected_message",
        HANDSHAKE_FAILURE => "handshake_failure",
        47 => "illegal_parameter",
        49 => "access_denied",
        50 => "decode_error",
        PROTOCOL_VERSION => "protocol_version",
        INSUFFICIENT_SECURITY => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        109 => "missing_extension",
        112 => "unrecognized_name",
        _ => return format!("alert {number}"),
    };
    format!("alert {name}")
}

/// What the bytes that have come so far answer to a question; nothing if more are needed.
pub(crate) fn read(question: Question, bytes: &[u8]) -> Option<Answer> {
    let (mut rest, mut message) = (bytes, Vec::new());
    loop {
        if !may_be_a_record(rest) {
            return Some(Answer::Unknown(Unknown::NoTls));
        }
        // A record that is not whole yet.
        let (after, (kind, content)) = record(rest).ok()?;
        rest = after;
        match (kind, content) {
            (ALERT, [WARNING, _]) => {} // the hello follows
            (ALERT, [_, number]) => return Some(of_alert(*number)),
            (HANDSHAKE, _) => {
                message.extend_from_slice(content);
                if let Some(answer) = of_message(question, &message) {
                    return Some(answer);
                }
            }
            _ => return Some(Answer::Unknown(Unknown::NoTls)),
        }
    }
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const WARNING: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// By as much of its head as has come. What speaks another protocol says so in its first bytes, and then waits.
fn may_be_a_record(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|kind| [ALERT, HANDSHAKE].contains(kind))
        && bytes.get(1).is_none_or(|major| *major == 3)
}

fn record(bytes: &[u8]) -> IResult<&[u8], (u8, &[u8])> {
    let (rest, (kind, _, content)) = tuple((be_u8, be_u16, length_data(be_u16)))(bytes)?;
    Ok((rest, (kind, content)))
}

const fn of_alert(number: u8) -> Answer {
    match number {
        HANDSHAKE_FAILURE | PROTOCOL_VERSION | INSUFFICIENT_SECURITY => {
            Answer::Refused(Refused::Alert(number))
        }
        _ => Answer::Unknown(Unknown::Alert(number)),
    }
}

/// The answer of a handshake message; nothing if it is not whole yet.
fn of_message(question: Question, bytes: &[u8]) -> Option<Answer> {
    let (_, (kind, body)) = pair(be_u8, length_data(be_u24))(bytes)
        .map_err(|_: nom::Err<nom::error::Error<_>>| ())
        .ok()?;
    let hello = (kind == SERVER_HELLO).then(|| server_hello(body).ok()).flatten();
    let Some((_, (number, suite))) = hello else {
        return Some(Answer::Unknown(Unknown::NoTls));
    };
    Some(match Version::from_number(number) {
        Some(version) if version == question.version() => {
            if question.suites().iter().any(|Suite(offered, _)| *offered == suite) {
                Answer::Accepted(suite)
            } else {
                Answer::Unknown(Unknown::NotOffered(self::suite(suite)))
            }
        }
        Some(version) if version < question.version() => Answer::Refused(Refused::Older(version)),
        Some(version) => Answer::Unknown(Unknown::NotOffered(version.to_string())),
        None if number < Version::Tls10.number() => {
            Answer::Unknown(Unknown::NotOffered(format!("SSL, version {number:#06x}")))
        }
        None => Answer::Unknown(Unknown::NotOffered(format!("version {number:#06x}"))),
    })
}

/// The version and the suite that were chosen. One that asks for another key share has chosen, too.
fn server_hello(body: &[u8]) -> IResult<&[u8], (u16, u16)> {
    let (rest, (version, _random, _session, suite, _compression)) =
        tuple((be_u16, take(32_usize), length_data(be_u8), be_u16, be_u8))(body)?;
    // Before TLS 1.2 there may be no list of extensions at all.
    let (rest, extensions) = cond(!rest.is_empty(), length_data(be_u16)).parse(rest)?;
    let (_, all) = many0(pair(be_u16, length_data(be_u16)))(extensions.unwrap_or_default())?;
    // RFC 8446 4.2.1: TLS 1.3 says its version in supported_versions.
    let named = all.iter().find(|(number, _)| *number == 43).map(|(_, content)| *content);
    let (_, named) = opt(be_u16)(named.unwrap_or_default())?;
    Ok((rest, (named.unwrap_or(version), suite)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A hello of a server, as RFC 5246 and RFC 8446 have it.
    fn server_hello(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([0x11; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        if !extensions.is_empty() {
            body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
            body.extend(extensions);
        }
        let mut message = vec![SERVER_HELLO, 0, 0, u8::try_from(body.len()).unwrap()];
        message.extend(body);
        in_record(HANDSHAKE, &message)
    }

    fn in_record(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3], length.as_slice(), content].concat()
    }

    fn refused(number: u8) -> Option<Answer> {
        Some(Answer::Refused(Refused::Alert(number)))
    }

    #[test]
    fn a_hello_that_chooses_what_was_offered_accepts() {
        let hello = server_hello(0x0301, 0xc013, &[]);
        assert_eq!(read(Question::Tls10, &hello), Some(Answer::Accepted(0xc013)));
        let hello = server_hello(0x0303, 0x1301, &[0, 43, 0, 2, 3, 4]);
        assert_eq!(read(Question::Tls13, &hello), Some(Answer::Accepted(0x1301)));
    }

    #[test]
    fn a_hello_of_an_older_version_refuses() {
        let hello = server_hello(0x0302, 0xc013, &[]);
        let older = Some(Answer::Refused(Refused::Older(Version::Tls11)));
        assert_eq!(read(Question::Tls12, &hello), older);
    }

    #[test]
    fn what_was_not_offered_is_no_answer() {
        for (question, hello) in [
            (Question::Tls10, server_hello(0x0303, 0xc02f, &[])),
            (Question::Tls12, server_hello(0x0303, 0xc013, &[])),
            (Question::Tls12, server_hello(0x0300, 0x0005, &[])),
            (Question::Tls12, server_hello(0x0fff, 0xc02f, &[])),
        ] {
            let answer = read(question, &hello);
            assert!(matches!(answer, Some(Answer::Unknown(Unknown::NotOffered(_)))), "{answer:?}");
        }
    }

    #[test]
    fn only_an_alert_that_means_it_refuses() {
        for number in [40, 70, 71] {
            assert_eq!(read(Question::Tls10, &in_record(ALERT, &[2, number])), refused(number));
        }
        for number in [0, 80, 112] {
            let answer = read(Question::Tls10, &in_record(ALERT, &[2, number]));
            assert_eq!(answer, Some(Answer::Unknown(Unknown::Alert(number))));
        }
    }

    #[test]
    fn a_warning_comes_before_the_answer() {
        let warning = in_record(ALERT, &[WARNING, 112]);
        assert_eq!(read(Question::Tls12, &warning), None);
        let all = [warning, server_hello(0x0303, 0xc02f, &[])].concat();
        assert_eq!(read(Question::Tls12, &all), Some(Answer::Accepted(0xc02f)));
    }

    #[test]
    fn another_protocol_is_recognised_by_its_first_byte() {
        for other in ["HTTP/1.1 400 Bad Request", "SSH-2.0-x", "220 mail", "+OK", "\0"] {
            let answer = read(Question::Tls12, other.as_bytes());
            assert_eq!(answer, Some(Answer::Unknown(Unknown::NoTls)), "{other}");
        }
    }

    #[test]
    fn an_answer_may_come_byte_by_byte_and_record_by_record() {
        let whole = server_hello(0x0303, 0xc02f, &[]);
        for length in 0..whole.len() {
            assert_eq!(read(Question::Tls12, &whole[..length]), None, "{length}");
        }
        let (first, second) = whole[5..].split_at(9);
        let split = [in_record(HANDSHAKE, first), in_record(HANDSHAKE, second)].concat();
        assert_eq!(read(Question::Tls12, &split), Some(Answer::Accepted(0xc02f)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for question in Question::ALL {
                let _ = read(question, &bytes);
                let _ = read(question, &in_record(HANDSHAKE, &bytes));
                let _ = read(question, &in_record(ALERT, &bytes));
                let length = u8::try_from(bytes.len().min(255)).unwrap();
                let message = [&[SERVER_HELLO, 0, 0, length], bytes.as_slice()].concat();
                let _ = read(question, &in_record(HANDSHAKE, &message));
            }
        }

        /// What was said is said, whatever comes after it; so a slow reader and a fast one agree.
        #[test]
        fn more_bytes_do_not_change_an_answer(
            version in 0x02ff_u16..0x0306, suite in any::<u16>(), at in 0_usize..200, wrong in any::<u8>(),
            more in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let mut bytes = server_hello(version, suite, &[0, 43, 0, 2, 3, 4]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = wrong;
            }
            for question in Question::ALL {
                if let Some(answer) = read(question, &bytes) {
                    let longer = [bytes.as_slice(), &more].concat();
                    prop_assert_eq!(read(question, &longer), Some(answer));
                }
            }
        }
    }
}
