//! The guard in each of its places: one session for a place, used for that place only.
//!
//! The rule: a session is found by its place and by nothing else, and is made of the place that it is for.
//! So nothing that is called through it can reach another place.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::call::CallError;
use crate::clients::Connections;
use crate::cognito::Cognito;
use crate::place::Place;
use crate::reach::Reach;
use crate::sts::Sts;
use crate::survey::Pace;

/// How many sessions are kept. A process answers one event at a time, and most of an organization's
/// places have none in a quarter of an hour.
const KEPT: usize = 200;
/// A session that ends earlier than this is not used any more: the longest look, and room for clocks that
/// differ.
const LEFT: Duration = Duration::minutes(5);
/// A sixth of STS's quota, which the account shares.
const PER_SECOND: u32 = 100;

/// The guard in one place.
#[derive(Clone, Debug)]
pub struct Session {
    /// The place.
    pub place: Place,
    /// Its domains.
    pub cognito: Cognito,
}

/// Every session of a guard.
#[derive(Clone, Debug)]
pub struct Sessions {
    reach: Reach,
    /// At home, with the function's own credentials.
    home: Session,
    connections: Connections,
    /// Made for the first place of a member: a guard of one account needs none.
    sts: Arc<OnceLock<Sts>>,
    /// What members see in their trail as the name of the session.
    name: String,
    pace: Arc<OnceLock<Pace>>,
    kept: Arc<Mutex<VecDeque<Kept>>>,
}

#[derive(Clone, Debug)]
struct Kept {
    session: Session,
    /// `None` of one with the function's own credentials, which last as long as the process.
    ends: Option<OffsetDateTime>,
}

impl Sessions {
    /// Those of a guard with that reach. No call is made before a place of a member is asked for.
    pub fn new(reach: Reach, connections: Connections, name: &str) -> Self {
        let home = Session { place: reach.home.clone(), cognito: connections.cognito() };
        Self {
            reach,
            home,
            connections,
            sts: Arc::default(),
            name: session_name(name),
            pace: Arc::default(),
            kept: Arc::default(),
        }
    }

    /// That of the guard's own place.
    pub const fn home(&self) -> &Session {
        &self.home
    }

    /// The one for `place`: kept from before, or made anew. In the guard's own account that takes no call.
    ///
    /// # Errors
    /// The call to STS that failed.
    pub async fn at(&self, place: &Place, now: OffsetDateTime) -> Result<Session, CallError> {
        if *place == self.home.place {
            return Ok(self.home.clone());
        }
        if let Some(session) = self.kept(place, now) {
            return Ok(session);
        }
        let (cognito, ends) = if self.reach.is_of_a_member(place) {
            self.pace.get_or_init(|| Pace::new(PER_SECOND)).turn().await;
            let sts = self.sts.get_or_init(|| self.connections.sts());
            let given = sts.assume_role(&place.member_role_arn(), &self.name).await?;
            let cognito = self.connections.cognito_of(&place.region, given.credentials);
            (cognito, Some(given.ends))
        } else {
            (self.connections.cognito_in(&place.region), None)
        };
        let session = Session { place: place.clone(), cognito };
        self.keep(Kept { session: session.clone(), ends });
        Ok(session)
    }

    /// Forgets the one for `place`, whose credentials were refused: the role may have been made again.
    pub fn forget(&self, place: &Place) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.session.place != *place);
    }

    fn kept(&self, place: &Place, now: OffsetDateTime) -> Option<Session> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.ends.is_none_or(|ends| ends - now > LEFT));
        let nth = kept.iter().position(|one| one.session.place == *place)?;
        // The one that was used last goes last.
        let found = kept.remove(nth)?;
        let session = found.session.clone();
        kept.push_back(found);
        Some(session)
    }

    fn keep(&self, one: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(one);
    }
}

/// A name that STS takes: two to sixty-four of a few characters. The function's is one, but may be longer.
fn session_name(function: &str) -> String {
    let is_taken = |c: &char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c);
    let name: String = function.chars().filter(is_taken).take(64).collect();
    if name.len() < 2 { "cognito-domain-guard".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::session_name;

    #[test]
    fn a_session_is_named_after_the_function_as_far_as_sts_takes_the_name() {
        let long = "x".repeat(70);
        for (function, expected) in [
            ("stack-GuardFunction-AbC123", "stack-GuardFunction-AbC123"),
            ("", "cognito-domain-guard"),
            ("g", "cognito-domain-guard"),
            ("a b:c", "abc"),
            (long.as_str(), &long[..64]),
        ] {
            assert_eq!(session_name(function), expected);
        }
    }
}
