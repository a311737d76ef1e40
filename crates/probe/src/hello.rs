//! The hello that asks: the first message of a TLS client, written by hand.
//!
//! No maintained library of Rust speaks TLS 1.0 or 1.1, and to offer them is the only way to find out whether an
//! endpoint takes them. This file writes that one message and nothing after it: there is no key in it that
//! anybody has, so no connection can come of it.
//!
//! It offers one version and the suites of one [`Question`], so that an acceptance says exactly that. It does not
//! send `TLS_FALLBACK_SCSV`: that says that a better version failed before, and would be refused for that alone.
//!
//! Source: RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2, and for each extension the RFC beside it.

use crate::question::{Question, Suite, Version};

/// Keys, nonces and names that a server must not be able to tell from a real client's.
pub(crate) struct Random {
    pub(crate) hello: [u8; 32],
    pub(crate) session: [u8; 32],
    /// Every 32 bytes are a public key of X25519. Nobody has the private one.
    pub(crate) share: [u8; 32],
}

/// A whole record with the hello. `name` is that of the server, unless it is asked by its address.
pub(crate) fn hello(question: Question, name: Option<&str>, random: &Random) -> Vec<u8> {
    let version = question.version();
    let suites = question.suites().iter().flat_map(|Suite(number, _)| number.to_be_bytes());
    let mut body = Vec::with_capacity(512);
    // TLS 1.3 calls itself 1.2 here, and says so in an extension.
    body.extend(version.min(Version::Tls12).number().to_be_bytes());
    body.extend(random.hello);
    // RFC 8446 D.4: what stands between may want to see a session.
    body.extend(short(if version == Version::Tls13 { &random.session } else { &[] }));
    body.extend(long(&suites.collect::<Vec<u8>>()));
    body.extend(short(&[0])); // no compression
    body.extend(long(&extensions(version, name, random)));

    let mut message = vec![1]; // client_hello
    message.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes().iter().skip(1));
    message.extend(body);

    let mut record = vec![22]; // handshake
    // What every server reads; some refuse a first record that claims more.
    record.extend(Version::Tls10.number().to_be_bytes());
    record.extend(long(&message));
    record
}

fn extensions(version: Version, name: Option<&str>, random: &Random) -> Vec<u8> {
    let mut all = Vec::new();
    let mut add = |number: u16, content: &[u8]| {
        all.extend(number.to_be_bytes());
        all.extend(long(content));
    };
    if let Some(name) = name {
        // RFC 6066: a list of one host name. CloudFront finds the domain by it.
        add(0, &long(&[&[0], long(name.as_bytes()).as_slice()].concat()));
    }
    // RFC 8422: x25519, secp256r1, secp384r1, secp521r1.
    add(10, &long(&[0, 0x1d, 0, 0x17, 0, 0x18, 0, 0x19]));
    if version <= Version::Tls12 {
        add(11, &short(&[0])); // RFC 8422: uncompressed points
        add(23, &[]); // RFC 7627: extended master secret
        add(0xff01, &short(&[])); // RFC 5746: a first handshake
    }
    if version >= Version::Tls12 {
        // RFC 8446 4.2.3, with RSA and ECDSA over SHA-1 at the end, which old suites may need. Before TLS 1.2 a
        // client must not send it.
        const ALGORITHMS: [u16; 11] = [
            0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0203,
        ];
        add(13, &long(&ALGORITHMS.map(u16::to_be_bytes).concat()));
    }
    if version == Version::Tls13 {
        add(43, &short(&version.number().to_be_bytes())); // RFC 8446: this version and no other
        add(45, &short(&[1])); // RFC 8446: psk_dhe_ke
        let share = [&[0, 0x1d], long(&random.share).as_slice()].concat();
        add(51, &long(&share));
    }
    all
}

/// With its length in one byte before it. Nothing here is as long as 256 bytes.
fn short(content: &[u8]) -> Vec<u8> {
    let mut all = vec![u8::try_from(content.len()).unwrap_or(u8::MAX)];
    all.extend(content);
    all
}

/// With its length in two bytes before it.
fn long(content: &[u8]) -> Vec<u8> {
    let mut all = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    all.extend(content);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: Random = Random { hello: [0xaa; 32], session: [0xbb; 32], share: [0xcc; 32] };

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_hello_for_tls_1_0_is_written_byte_for_byte() {
        let expected = [
            "16 0301 006d",                                           // record
            "01 000069 0301",                                         // hello, version
            &"aa".repeat(32),                                         // random
            "00",                                                     // no session
            "0014 c009 c00a c013 c014 002f 0035 0033 0039 c012 000a", // suites
            "01 00",                                                  // compression
            "002c",                                                   // extensions
            "0000 000b 0009 00 0006 612e74657374",                    // server_name
            "000a 000a 0008 001d 0017 0018 0019",                     // groups
            "000b 0002 01 00",                                        // points
            "0017 0000",                                              // master secret
            "ff01 0001 00",                                           // renegotiation
        ];
        let expected = expected.concat().replace(' ', "");
        let written = hello(Question::Tls10, Some("a.test"), &RANDOM);
        assert_eq!(hexadecimal(&written), expected);
    }

    #[test]
    fn a_hello_for_tls_1_3_offers_that_version_alone() {
        let written = hexadecimal(&hello(Question::Tls13, None, &RANDOM));
        assert!(written.contains("002b0003020304"), "{written}");
        assert!(written.contains(&format!("003300260024001d0020{}", "cc".repeat(32))), "{written}");
        assert!(!written.contains("ff01"), "{written}");
    }

    /// rustls is a server that others wrote. It reads the others, too, and refuses them for what they must not have.
    #[test]
    fn each_hello_is_one_that_a_server_reads() {
        let missing = rustls::PeerIncompatible::SignatureAlgorithmsExtensionRequired;
        for question in Question::ALL {
            let written = hello(question, Some("auth.example.com"), &RANDOM);
            let mut acceptor = rustls::server::Acceptor::default();
            acceptor.read_tls(&mut written.as_slice()).unwrap();
            let accepted = match acceptor.accept() {
                Ok(accepted) => accepted.unwrap(),
                Err((error, _)) => {
                    assert!(question.version() < Version::Tls12, "{question}: {error}");
                    assert_eq!(error, rustls::Error::PeerIncompatible(missing.clone()));
                    continue;
                }
            };
            let read = accepted.client_hello();
            assert_eq!(read.server_name(), Some("auth.example.com"));
            let suites: Vec<u16> =
                read.cipher_suites().iter().map(|suite| u16::from(*suite)).collect();
            let offered: Vec<u16> = question.suites().iter().map(|suite| suite.0).collect();
            assert_eq!(suites, offered, "{question}");
        }
    }

    #[test]
    fn no_suite_is_offered_by_two_questions_of_tls_1_2() {
        let suites = |question: Question| question.suites().iter().map(|suite| suite.0);
        assert!(
            !suites(Question::OldSuites).any(|old| suites(Question::Tls12).any(|new| new == old))
        );
    }
}
