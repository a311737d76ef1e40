//! What a run makes, and its removal. Nothing else is ever changed or removed.
//!
//! The rule is held twice. An update takes a [`Made`], which only a creation of this run gives. A removal takes
//! a user pool that is described, right before, with the name and the tag that only this command gives.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::aws::{NewDomain, PoolSeen};
use super::finding::{Refusal, long};
use super::lab::{Answer, Lab, Stop, TRIES};
use super::steps::time_of_day;

/// How the names of its pools begin.
pub const NAME: &str = "guardctl-conformance-";
/// The key of the tag that each of its pools has. The value is the run.
pub const TAG: &str = "guardctl-conformance";

/// How long a removal is tried. A domain that is being created may take so long until it can be deleted.
const REMOVAL: Duration = Duration::from_secs(100 * 60);
const PAUSE: Duration = Duration::from_secs(20);
/// How long a domain of which the creation got no answer may take to be described.
const APPEARS: Duration = Duration::from_secs(30);

/// A run: when it began, and something of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run(String);

impl Run {
    pub fn begun(at: OffsetDateTime) -> Self {
        Self(format!(
            "{:04}{:02}{:02}t{:02}{:02}{:02}z-{:05x}",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.nanosecond() & 0xf_ffff
        ))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user pool that this run has made.
#[derive(Debug)]
pub struct OwnPool(String);

/// A domain that this run has made.
#[derive(Debug)]
pub struct Made {
    name: String,
    pool: OwnPool,
    certificate: Option<String>,
    since: Instant,
}

impl Made {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn pool(&self) -> &str {
        &self.pool.0
    }

    /// Of a custom domain.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// When its creation was sent.
    pub const fn since(&self) -> Instant {
        self.since
    }
}

/// A user pool of this command, as it is described now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    pool: PoolSeen,
    run: String,
}

impl Leftover {
    /// The pool, if it has both the name and the tag that this command gives.
    pub fn of(pool: PoolSeen) -> Option<Self> {
        let run = pool.tags.get(TAG)?.clone();
        let is_named_so = !run.is_empty() && pool.name.strip_prefix(NAME)?.starts_with(&run);
        is_named_so.then_some(Self { pool, run })
    }

    pub fn run(&self) -> &str {
        &self.run
    }

    pub fn id(&self) -> &str {
        &self.pool.id
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PoolSeen { id, name, tags: _, domains } = &self.pool;
        let domains = match domains.as_slice() {
            [] => "without a domain".to_owned(),
            names => format!("with {}", names.join(" and ")),
        };
        write!(f, "user pool {} ({}), {}", harmless(name), harmless(id), harmless(&domains))
    }
}

/// Makes and removes.
pub struct Resources<'a, 'lab> {
    pub lab: &'a Lab<'lab>,
    pub run: &'a Run,
    /// The account that it is in.
    pub account: &'a str,
}

impl Resources<'_, '_> {
    /// A pool of this run. One of which the creation got no answer is found by its name and tag.
    pub async fn make_pool(&self, kind: &str) -> Result<OwnPool, Stop> {
        let Self { lab, run, account: _ } = self;
        let (name, run) = (format!("{NAME}{run}-{kind}"), run.to_string());
        for _ in 0..TRIES {
            let pools = &lab.account.pools;
            match lab.write(async || pools.create(&name, (TAG, &run)).await).await? {
                Ok(id) => {
                    lab.steps.say(&format!("CreateUserPool {name} -> {id}"));
                    return Ok(OwnPool(id));
                }
                Err(Answer::Refused(refusal)) => {
                    return Err(Stop::Refused { what: "CreateUserPool".to_owned(), refusal });
                }
                Err(Answer::Lost(why)) => {
                    lab.steps.say(&format!("CreateUserPool: no answer ({why})"))
                }
                Err(Answer::Accepted) => {}
            }
            let there = leftovers(lab).await?;
            if let Some(found) = there.into_iter().find(|left| left.pool.name == name) {
                return Ok(OwnPool(found.pool.id));
            }
        }
        Err(Stop::Broken(format!("the user pool {name} could not be made in {TRIES} tries")))
    }

    /// A domain of this run. It is made once: one of which the creation got no answer is looked for, and made
    /// again only if it is not there.
    pub async fn make_domain(
        &self,
        pool: OwnPool,
        name: &str,
        certificate: Option<&str>,
    ) -> Result<Made, Stop> {
        let lab = self.lab;
        let new = NewDomain { name, user_pool_id: &pool.0, certificate_arn: certificate };
        let mut made = None;
        for _ in 0..TRIES {
            let since = Instant::now();
            match lab.write(async || lab.account.pools.create_domain(&new).await).await? {
                Ok(()) => {
                    lab.steps.say(&format!("CreateUserPoolDomain {name} -> accepted"));
                    made = Some(since);
                }
                Err(Answer::Refused(refusal)) => {
                    return Err(refused_domain(name, refusal));
                }
                Err(answer @ (Answer::Lost(_) | Answer::Accepted)) => {
                    lab.steps.say(&format!("CreateUserPoolDomain {name}: {answer:?}"));
                    if self.appears(name, &pool).await? {
                        made = Some(since);
                    }
                }
            }
            if made.is_some() {
                break;
            }
        }
        let Some(since) = made else {
            return Err(Stop::Broken(format!("{name} could not be made in {TRIES} tries")));
        };
        let certificate = certificate.map(str::to_owned);
        Ok(Made { name: name.to_owned(), pool, certificate, since })
    }

    async fn appears(&self, name: &str, pool: &OwnPool) -> Result<bool, Stop> {
        let began = Instant::now();
        while began.elapsed() < APPEARS {
            match self.lab.look(name).await? {
                Some(domain) if domain.user_pool_id == pool.0 => return Ok(true),
                Some(_) => return Err(Stop::Broken(format!("{name} is on another user pool"))),
                None => sleep(Duration::from_secs(5)).await,
            }
        }
        Ok(false)
    }

    /// Removes all that this run has made, also what it does not know of. Gives what is left.
    pub async fn remove_own(&self) -> Result<Vec<String>, Stop> {
        let own = self.run.to_string();
        let left = leftovers(self.lab).await?;
        let of_run: Vec<Leftover> = left.into_iter().filter(|left| left.run == own).collect();
        remove(self.lab, &of_run).await
    }
}

/// The name may be taken where nobody can see it.
fn refused_domain(name: &str, refusal: Refusal) -> Stop {
    let hint = if refusal.message.to_ascii_lowercase().contains("already") {
        " (the name is on another distribution or user pool, or was until a while ago: take another one)"
    } else {
        ""
    };
    Stop::Refused { what: format!("CreateUserPoolDomain {name}{hint}"), refusal }
}

/// Every user pool of this command in the account and region, of whichever run.
pub async fn leftovers(lab: &Lab<'_>) -> Result<Vec<Leftover>, Stop> {
    let pools = &lab.account.pools;
    let mut named = BTreeMap::new();
    let mut page = None;
    loop {
        let (found, next) = lab.read(async || pools.list(page.clone()).await).await?;
        named.extend(found.into_iter().filter(|(_, name)| name.starts_with(NAME)));
        page = next;
        if page.is_none() {
            break;
        }
    }
    let mut left = Vec::new();
    for id in named.into_keys() {
        let seen = lab.read(async || pools.describe(&id).await).await?;
        left.extend(seen.and_then(Leftover::of));
    }
    Ok(left)
}

/// Removes pools of this command with their domains. Gives what is left, and why.
pub async fn remove(lab: &Lab<'_>, pools: &[Leftover]) -> Result<Vec<String>, Stop> {
    let mut left = Vec::new();
    for pool in pools {
        left.extend(remove_one(lab, pool.id()).await?);
    }
    Ok(left)
}

/// Deletes the domains of a pool, then the pool, and tries again as long as Cognito makes it wait.
async fn remove_one(lab: &Lab<'_>, id: &str) -> Result<Option<String>, Stop> {
    let pools = &lab.account.pools;
    let began = Instant::now();
    let until = lab.steps.now() + REMOVAL;
    let mut said = None;
    loop {
        let seen = lab.read(async || pools.describe(id).await).await?;
        // Looked at each time: what has lost its name or tag is not this command's any more.
        let Some(Leftover { pool, run: _ }) = seen.and_then(Leftover::of) else { return Ok(None) };
        let mut refused = None;
        for domain in &pool.domains {
            let call = async || pools.delete_domain(domain, id).await;
            let answer = lab.write(call).await?;
            refused = note(lab, &format!("DeleteUserPoolDomain {domain}"), answer).or(refused);
        }
        if pool.domains.is_empty() {
            let answer = lab.write(async || pools.delete(id).await).await?;
            let is_done = answer.is_ok();
            refused = note(lab, &format!("DeleteUserPool {}", pool.name), answer);
            if is_done {
                return Ok(None);
            }
        }
        let is_denied = refused.as_ref().is_some_and(Refusal::is_denial);
        if is_denied || began.elapsed() > REMOVAL {
            let why = refused.map_or_else(|| "no answer".to_owned(), |refusal| refusal.to_string());
            return Ok(Some(format!("{}: {why}", Leftover { pool, run: String::new() })));
        }
        if let Some(refusal) = &refused
            && said.as_ref() != Some(refusal)
        {
            lab.steps.say(&format!(
                "Cognito makes it wait; tried again every {} until {}",
                long(PAUSE),
                time_of_day(until)
            ));
            said = Some(refusal.clone());
        }
        // A domain is often gone at once, and the pool is next.
        sleep(if refused.is_some() { PAUSE } else { Duration::from_secs(2) }).await;
    }
}

/// Says how a removal went. Gives its refusal.
fn note(lab: &Lab<'_>, what: &str, answer: Result<(), Answer>) -> Option<Refusal> {
    match answer {
        Ok(()) | Err(Answer::Accepted) => {
            lab.steps.say(&format!("{what} -> accepted"));
            None
        }
        Err(Answer::Refused(refusal)) => {
            lab.steps.say(&format!("{what} -> refused with {refusal}"));
            Some(refusal)
        }
        Err(Answer::Lost(why)) => {
            lab.steps.say(&format!("{what}: no answer ({why})"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(name: &str, tags: &[(&str, &str)]) -> PoolSeen {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        PoolSeen {
            id: "eu-central-1_Ab12Cd34E".to_owned(),
            name: name.to_owned(),
            tags: tags.collect(),
            domains: Vec::new(),
        }
    }

    #[test]
    fn only_a_pool_with_the_name_and_the_tag_of_one_run_is_this_commands() {
        let run = "20261126t204512z-0a1b2";
        let own = format!("{NAME}{run}-custom");
        assert!(Leftover::of(pool(&own, &[(TAG, run)])).is_some());
        for (name, tags) in [
            ("customers", &[][..]),
            (own.as_str(), &[]),
            (own.as_str(), &[("team", run)]),
            (own.as_str(), &[(TAG, "")]),
            (own.as_str(), &[(TAG, "20261126t204512z-fffff")]),
            ("customers", &[(TAG, run)]),
            ("my-guardctl-conformance-20261126t204512z-0a1b2-custom", &[(TAG, run)]),
        ] {
            assert_eq!(Leftover::of(pool(name, tags)), None, "{name} {tags:?}");
        }
    }

    #[test]
    fn runs_have_names_of_their_own_that_fit_into_a_user_agent() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_795_725_912);
        assert_eq!(Run::begun(at).to_string(), "20261126t204512z-00000");
        assert_ne!(Run::begun(at), Run::begun(at + Duration::from_nanos(1)));
        let cause = cognito_domain_guard::trigger::Cause {
            incident: format!("conformance.{}", Run::begun(at)),
            ..cognito_domain_guard::trigger::Cause::default()
        };
        assert_eq!(cause.app_name(), "cdg.conformance.20261126t204512z-00000");
    }
}
