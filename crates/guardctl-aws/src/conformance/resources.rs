//! What a run makes, and its removal. Nothing else is ever changed or removed.
//!
//! The rule is held twice. An update takes a [`Made`], which only a creation of this run gives. A removal takes
//! a user pool that is described, right before, with the name and the tag that only this command gives.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::aws::{NewDomain, PoolSeen};
use super::finding::{Refusal, long};
use super::lab::{Answer, Lab, Stop, TRIES};
use super::shape::Call;
use super::steps::time_of_day;

/// How the names of its pools begin.
pub const NAME: &str = "guardctl-conformance-";
/// The key of the tag that each of its pools has. The value is the run.
pub const TAG: &str = "guardctl-conformance";

/// How long a removal is tried. A domain that is being created may take so long until it can be deleted.
const REMOVAL: Duration = Duration::from_secs(100 * 60);
const PAUSE: Duration = Duration::from_secs(20);
/// How long a pool or a domain of which the creation got no answer may take to be described.
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

/// Whether a tag's value is that of a run. Any other marks a pool that somebody has made for this command: its
/// custom domains are this command's, and itself it stays.
fn is_of_a_run(value: &str) -> bool {
    const SHAPE: &str = "00000000t000000z-fffff";
    value.len() == SHAPE.len()
        && value.chars().zip(SHAPE.chars()).all(|(c, shape)| match shape {
            '0' => c.is_ascii_digit(),
            'f' => c.is_ascii_hexdigit(),
            other => c == other,
        })
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user pool that this run has made, or that somebody has made and marked for this command.
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

    /// Whether somebody has made the pool for this command, so that it stays.
    pub fn stays(&self) -> bool {
        !is_of_a_run(&self.run)
    }

    /// The domains that are to be removed.
    pub fn domains(&self) -> Vec<&str> {
        let domains = self.pool.domains.iter().map(String::as_str);
        // Whoever made the pool may have given it a prefix domain.
        domains.filter(|name| !self.stays() || name.contains('.')).collect()
    }

    /// Whether there is something to remove.
    fn is_one(&self) -> bool {
        !self.stays() || !self.domains().is_empty()
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PoolSeen { id, name, tags: _, domains: _ } = &self.pool;
        let domains = match self.domains().as_slice() {
            [] => "without a domain".to_owned(),
            names => format!("with {}", names.join(" and ")),
        };
        let stays = if self.stays() { ", which stays," } else { "" };
        write!(f, "user pool {} ({}){stays} {}", harmless(name), harmless(id), harmless(&domains))
    }
}

/// Makes and removes.
pub struct Resources<'a, 'lab> {
    pub lab: &'a Lab<'lab>,
    pub run: &'a Run,
    /// The account that it is in.
    pub account: &'a str,
    /// A pool of the user's that the run may make its custom domain on.
    pub kept_pool: Option<&'a str>,
    /// The name of a pool of which the creation was sent, and not answered yet.
    unanswered: RefCell<Option<String>>,
}

impl<'a, 'lab> Resources<'a, 'lab> {
    pub const fn new(
        lab: &'a Lab<'lab>,
        run: &'a Run,
        account: &'a str,
        kept_pool: Option<&'a str>,
    ) -> Self {
        Self { lab, run, account, kept_pool, unanswered: RefCell::new(None) }
    }
}

impl Resources<'_, '_> {
    /// A pool of this run. One of which the creation got no answer is found by its name and tag.
    pub async fn make_pool(&self, kind: &str) -> Result<OwnPool, Stop> {
        let Self { lab, run, account: _, kept_pool: _, unanswered } = self;
        let (name, run) = (format!("{NAME}{run}-{kind}"), run.to_string());
        for _ in 0..TRIES {
            let pools = &lab.account.pools;
            let answer = lab
                .write(async || {
                    unanswered.replace(Some(name.clone()));
                    pools.create(&name, (TAG, &run)).await
                })
                .await?;
            if !matches!(answer, Err(Answer::Lost(_))) {
                unanswered.take();
            }
            match answer {
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

    /// The pool that somebody has made for this command.
    ///
    /// # Errors
    ///
    /// It does not have the mark, or has a custom domain.
    pub async fn pool_of_the_user(&self, id: &str) -> Result<OwnPool, Stop> {
        let seen = self.lab.read(async || self.lab.account.pools.describe(id).await).await?;
        match seen.and_then(Leftover::of) {
            Some(marked) if marked.stays() && marked.domains().is_empty() => {
                Ok(OwnPool(id.to_owned()))
            }
            Some(_) | None => {
                Err(Stop::Broken(format!("{id} is not free any more, or has lost its name or tag")))
            }
        }
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
                    lab.came_through(Call::Create);
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
        lab.came_through(Call::Create);
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
        let began = Instant::now();
        loop {
            let left = leftovers(self.lab).await?;
            let is_own = |left: &Leftover| left.run == own || Some(left.id()) == self.kept_pool;
            let of_run: Vec<Leftover> = left.into_iter().filter(is_own).collect();
            // Ctrl-C may come between a creation and its answer: then a pool may still appear.
            let is_awaited = self.unanswered.borrow().as_ref().is_some_and(|name| {
                began.elapsed() < APPEARS && !of_run.iter().any(|left| left.pool.name == *name)
            });
            if !is_awaited {
                return remove(self.lab, &of_run).await;
            }
            sleep(Duration::from_secs(5)).await;
        }
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

/// Every user pool of this command in the account and region that has something to remove, of whichever run.
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
        left.extend(seen.and_then(Leftover::of).filter(Leftover::is_one));
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
        let Some(left) = seen.and_then(Leftover::of).filter(Leftover::is_one) else {
            return Ok(None);
        };
        let mut refused = None;
        for domain in left.domains() {
            let call = async || pools.delete_domain(domain, id).await;
            let answer = lab.write(call).await?;
            if !matches!(answer, Err(Answer::Lost(_))) {
                lab.came_through(Call::Delete);
            }
            refused = note(lab, &format!("DeleteUserPoolDomain {domain}"), answer).or(refused);
        }
        if left.pool.domains.is_empty() {
            let answer = lab.write(async || pools.delete(id).await).await?;
            let is_done = answer.is_ok();
            refused = note(lab, &format!("DeleteUserPool {}", left.pool.name), answer);
            if is_done {
                return Ok(None);
            }
        }
        let is_denied = refused.as_ref().is_some_and(Refusal::is_denial);
        if is_denied || began.elapsed() > REMOVAL {
            let why = refused.map_or_else(|| "no answer".to_owned(), |refusal| refusal.to_string());
            return Ok(Some(format!("{left}: {why}")));
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

    /// Somebody's own pool, given to this command: it stays, and so does its prefix domain.
    #[test]
    fn a_pool_that_somebody_marked_stays_and_only_its_custom_domain_goes() {
        let marked = |domains: &[&str]| {
            let mut pool = pool(&format!("{NAME}replicated"), &[(TAG, "replicated")]);
            pool.domains = domains.iter().map(|name| (*name).to_owned()).collect();
            Leftover::of(pool).unwrap()
        };
        let used = marked(&["guard-test.example.com", "somebodys"]);
        assert!(used.stays() && used.is_one());
        assert_eq!(used.domains(), ["guard-test.example.com"]);
        assert!(!marked(&["somebodys"]).is_one());
        let run = Run::begun(OffsetDateTime::UNIX_EPOCH).to_string();
        let own = Leftover::of(pool(&format!("{NAME}{run}-prefix"), &[(TAG, &run)])).unwrap();
        assert!(!own.stays() && own.is_one());
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
