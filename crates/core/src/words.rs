//! Enums of which each variant is a word, in a baseline, a record or a metric.
//!
//! The rule: the word stands beside its variant and nowhere else. So a fact stays an enum up to the
//! line that prints it, nothing is decided by a word, and a list of all variants cannot miss one.

/// Declares such an enum, with [`ALL`](crate::domain::Attribute::ALL) its variants, its `WORDS`,
/// `as_str` and `from_name`. It prints, serializes and reads back as its word.
#[macro_export]
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($(#[$of_variant:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$of_variant])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Each one, in the order of their declaration.
            pub const ALL: [Self; Self::WORDS.len()] = [$(Self::$variant,)+];

            /// The word for each, in the same order.
            pub const WORDS: [&'static str; [$($word,)+].len()] = [$($word,)+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The one with that word.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub use words;
