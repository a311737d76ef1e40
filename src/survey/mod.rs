//! Every user pool domain of an account and region, at a pace.
//!
//! Cognito has no list of domains: the way goes from the user pools to their domains. Names that
//! are known beforehand are described directly, so that they are seen first, and also where listing
//! is denied.

mod pace;

use std::collections::HashSet;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::call::CallError;
use crate::cognito::{Cognito, PoolPage};
use crate::domain::Domain;
pub use pace::Pace;

/// Requests under way at once. With answers of up to two seconds they still fill a rate of 15 a
/// second.
const CONCURRENCY: usize = 32;

/// One thing that a survey saw.
#[derive(Debug)]
pub enum Seen {
    /// A user pool whose domains are now known.
    Pool,
    /// A domain, or a known name for which there is none.
    Domain {
        /// Its name.
        name: String,
        /// Whether the name was known beforehand.
        known: bool,
        /// What Cognito said of it.
        described: Result<Option<Domain>, CallError>,
    },
    /// A user pool, or the list of them, that could not be read.
    Unreadable {
        /// What it was.
        subject: String,
        /// Why.
        error: CallError,
    },
}

/// Sees every domain once, in no particular order, with at most `per_second` requests a second.
///
/// `is_over` is asked before each new request; once it says so, nothing new is begun. Memory grows
/// with the number of domains by their names alone. Returns whether everything was seen, which it is
/// not where time was over or a list could not be read to its end.
pub async fn survey(
    cognito: &Cognito,
    known: impl IntoIterator<Item = String>,
    per_second: u32,
    is_over: impl Fn() -> bool,
    mut see: impl FnMut(Seen),
) -> bool {
    let pace = Pace::new(per_second);
    let mut names = HashSet::new();
    let mut known = known.into_iter();
    let mut describing = FuturesUnordered::new();
    loop {
        while describing.len() < CONCURRENCY
            && !is_over()
            && let Some(name) = known.next()
        {
            if names.insert(name.to_ascii_lowercase()) {
                describing.push(describe(cognito, &pace, name, true));
            }
        }
        match describing.next().await {
            Some(seen) => see(seen),
            None => break,
        }
    }
    if known.next().is_some() {
        return false;
    }
    let mut page = None;
    loop {
        if is_over() {
            return false;
        }
        match survey_page(cognito, &pace, &mut names, page, &is_over, &mut see).await {
            Ok(Page { is_whole: false, next: _ }) => return false,
            Ok(Page { is_whole: true, next: None }) => return true,
            Ok(Page { is_whole: true, next }) => page = next,
            Err(error) => {
                see(Seen::Unreadable { subject: "the list of user pools".to_owned(), error });
                return false;
            }
        }
    }
}

/// One page of user pools that was looked at.
#[derive(Debug)]
pub struct Page {
    /// Whether everything on it was seen.
    pub is_whole: bool,
    /// The token of the next one, `None` on the last one.
    pub next: Option<String>,
}

/// Sees the domains of one page of user pools, each name that is not among `names` yet.
///
/// # Errors
/// The page could not be listed, and nothing was seen.
pub async fn survey_page(
    cognito: &Cognito,
    pace: &Pace,
    names: &mut HashSet<String>,
    page: Option<String>,
    is_over: &impl Fn() -> bool,
    see: &mut impl FnMut(Seen),
) -> Result<Page, CallError> {
    pace.turn().await;
    let PoolPage { pools, next } = cognito.list_pools(page).await?;
    let mut pools = pools.into_iter();
    let mut listing = FuturesUnordered::new();
    let mut describing = FuturesUnordered::new();
    loop {
        while listing.len() + describing.len() < CONCURRENCY
            && !is_over()
            && let Some(pool) = pools.next()
        {
            listing.push(async {
                pace.turn().await;
                let domains = cognito.domains_of_pool(&pool).await;
                (pool, domains)
            });
        }
        tokio::select! {
            Some((pool, domains)) = listing.next() => match domains {
                Ok(domains) => {
                    see(Seen::Pool);
                    for name in domains {
                        if names.insert(name.to_ascii_lowercase()) {
                            describing.push(describe(cognito, pace, name, false));
                        }
                    }
                }
                Err(error) => see(Seen::Unreadable { subject: pool, error }),
            },
            Some(seen) = describing.next() => see(seen),
            else => break,
        }
    }
    Ok(Page { is_whole: pools.next().is_none(), next })
}

async fn describe(cognito: &Cognito, pace: &Pace, name: String, known: bool) -> Seen {
    pace.turn().await;
    let described = cognito.describe(&name).await;
    Seen::Domain { name, known, described }
}
