//! By what a domain that is off its baseline is known again.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::place::Place;
use crate::plan::{Drift, Update};

/// What an update would change, where, and by which baseline: the first 24 hexadecimal digits of a SHA-256.
///
/// Two are the same if place, user pool, domain, the baseline's digest, and each change with its observed
/// and its desired value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 12]);

/// By what a set of them is known, and approved: the first 32 hexadecimal digits of a SHA-256. It does not
/// hang on their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetHash([u8; 16]);

/// A text that is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHexadecimal;

impl fmt::Display for NotHexadecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a fingerprint in lowercase hexadecimal digits")
    }
}

impl std::error::Error for NotHexadecimal {}

impl Fingerprint {
    /// The fingerprint of an update at a place, by the baseline with that digest.
    pub fn of(place: &Place, update: &Update, digest: &str) -> Self {
        let Place { partition, account, region } = place;
        let Update { request, changes, withheld: _, notify_first: _ } = update;
        let mut hash = Fields::default();
        hash.add(partition);
        hash.add(account);
        hash.add(region);
        hash.add(&request.user_pool_id);
        hash.add(&request.domain.to_ascii_lowercase());
        hash.add(digest);
        for Drift { attribute, observed, desired, declared: _, position: _ } in changes {
            hash.add(attribute.as_str());
            hash.add(&serde_json::to_string(observed).unwrap_or_default());
            hash.add(&serde_json::to_string(desired).unwrap_or_default());
        }
        Self(hash.first())
    }
}

impl SetHash {
    /// The hash of a set.
    pub fn of(fingerprints: impl IntoIterator<Item = Fingerprint>) -> Self {
        let sorted: BTreeSet<_> = fingerprints.into_iter().collect();
        let mut hash = Sha256::new();
        for Fingerprint(bytes) in sorted {
            hash.update(bytes);
        }
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(first)
    }
}

/// A hash over texts that are kept apart: `ab` and `c` is not `a` and `bc`.
#[derive(Default)]
struct Fields(Sha256);

impl Fields {
    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn first<const N: usize>(self) -> [u8; N] {
        let mut first = [0; N];
        for (to, from) in first.iter_mut().zip(self.0.finalize()) {
            *to = from;
        }
        first
    }
}

fn write_digits(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn read_digits<const N: usize>(text: &str) -> Result<[u8; N], NotHexadecimal> {
    let mut bytes = [0; N];
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 2 * N || !text.bytes().all(is_digit) {
        return Err(NotHexadecimal);
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        let digits = text.get(at..at + 2).ok_or(NotHexadecimal)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| NotHexadecimal)?;
    }
    Ok(bytes)
}

/// Text form, both ways, and the same in JSON.
macro_rules! as_digits {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_digits(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotHexadecimal;

            fn from_str(text: &str) -> Result<Self, NotHexadecimal> {
                read_digits(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut text = String::with_capacity(32);
                let _ = write!(text, "{self}");
                serializer.serialize_str(&text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

as_digits!(Fingerprint);
as_digits!(SetHash);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Position;
    use crate::domain::Attribute;
    use crate::plan::{AttributeValue, UpdateRequest};

    fn place() -> Place {
        Place {
            partition: "aws".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        }
    }

    fn update() -> Update {
        Update {
            request: UpdateRequest {
                domain: "login.example.com".to_owned(),
                user_pool_id: "eu-central-1_a".to_owned(),
                managed_login_version: Some(1),
                custom: None,
            },
            changes: vec![Drift {
                attribute: Attribute::SecurityPolicy,
                observed: AttributeValue::Text("TLS_V1".to_owned()),
                desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
                declared: "at_least: TLS_V1_2_2021".to_owned(),
                position: Position { line: 7, column: 3 },
            }],
            withheld: Vec::new(),
            notify_first: false,
        }
    }

    fn of(place: &Place, update: &Update) -> Fingerprint {
        Fingerprint::of(place, update, "3f9c0d5b7e12")
    }

    #[test]
    fn a_fingerprint_hangs_on_everything_that_an_approval_is_about_and_on_nothing_else() {
        let original = of(&place(), &update());
        type Change = fn(&mut Place, &mut Update);
        let others: [(&str, Change); 8] = [
            ("partition", |place, _| place.partition = "aws-cn".to_owned()),
            ("account", |place, _| place.account = "444455556666".to_owned()),
            ("region", |place, _| place.region = "eu-west-1".to_owned()),
            ("pool", |_, update| update.request.user_pool_id = "eu-central-1_b".to_owned()),
            ("domain", |_, update| update.request.domain = "sso.example.com".to_owned()),
            ("observed", |_, update| update.changes[0].observed = AttributeValue::None),
            ("desired", |_, update| update.changes[0].desired = AttributeValue::Version(2)),
            ("attribute", |_, update| update.changes[0].attribute = Attribute::Routing),
        ];
        for (what, change) in others {
            let (mut place, mut update) = (place(), update());
            change(&mut place, &mut update);
            assert_ne!(of(&place, &update), original, "{what}");
        }
        assert_ne!(Fingerprint::of(&place(), &update(), "000000000000"), original, "digest");
        let same: [Change; 3] = [
            |_, update| update.request.domain = "LOGIN.example.com".to_owned(),
            |_, update| update.changes[0].position = Position { line: 8, column: 3 },
            |_, update| update.notify_first = true,
        ];
        for change in same {
            let (mut place, mut update) = (place(), update());
            change(&mut place, &mut update);
            assert_eq!(of(&place, &update), original);
        }
    }

    #[test]
    fn fields_do_not_run_into_one_another() {
        let (mut one, mut other) = (place(), place());
        (one.account, one.region) = ("a".to_owned(), "bc".to_owned());
        (other.account, other.region) = ("ab".to_owned(), "c".to_owned());
        assert_ne!(of(&one, &update()), of(&other, &update()));
    }

    #[test]
    fn the_hash_of_a_set_hangs_on_its_members_alone() {
        let [a, b, c] = [1, 2, 3].map(|byte| Fingerprint([byte; 12]));
        assert_eq!(SetHash::of([a, b, c]), SetHash::of([c, a, b, a]));
        assert_ne!(SetHash::of([a, b]), SetHash::of([a, b, c]));
        assert_ne!(SetHash::of([a]), SetHash::of([b]));
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written_and_only_so() {
        let fingerprint = of(&place(), &update());
        let text = fingerprint.to_string();
        assert_eq!((text.len(), text.parse()), (24, Ok(fingerprint)));
        let hash = SetHash::of([fingerprint]);
        assert_eq!((hash.to_string().len(), hash.to_string().parse()), (32, Ok(hash)));
        let upper = text.to_ascii_uppercase();
        for wrong in ["", "00", &text[1..], &upper, "+0000000000000000000000", "éééééééééééé"]
        {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NotHexadecimal), "{wrong:?}");
        }
    }

    /// A held set is approved by its hash, perhaps after an upgrade: it must not change between versions.
    #[test]
    fn the_fingerprint_of_one_update_is_this() {
        expect_test::expect!["298965670cfdcbc6f1f2e6dd"]
            .assert_eq(&of(&place(), &update()).to_string());
    }
}
