//! The way of every call: with patience where repeating it changes nothing, and never blindly where it does.
//!
//! What is measured is how Cognito answers, so weather must not be taken for an answer. A throttled call was
//! not applied, and is repeated. A write without an answer may have been applied: a describe says so.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::cognito::Cognito;
use cognito_domain_guard::domain::{Domain, Status};
use cognito_domain_guard::plan::UpdateRequest;
use cognito_domain_guard::trigger::Cause;
use tokio::time::{Instant, sleep};

use super::aws::Account;
use super::finding::{Refusal, long};
use super::shape::Call;
use super::steps::Steps;
use super::values::{has_failover, login, policy, worded};

/// How long AWS may throttle or not answer before the run gives up.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
/// How long a change that was accepted may take until a describe shows anything of it.
const GRACE: Duration = Duration::from_secs(60);
/// How often a write is sent of which nobody knows whether it came through.
pub const TRIES: usize = 5;
/// How often an update is sent to a domain that is `ACTIVE` and still called busy.
const BUSY_TRIES: usize = 40;
const BUSY_PAUSE: Duration = Duration::from_secs(15);

/// What a write was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Refused(Refusal),
    /// No answer, or a fault on AWS's side: it may have been applied.
    Lost(String),
}

/// Why a part of the run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A permission is missing.
    Denied(CallError),
    /// The credentials are over.
    Expired(CallError),
    /// AWS throttled or did not answer for [`PATIENCE`].
    Silent(CallError),
    /// What the run cannot do without was refused.
    Refused { what: String, refusal: Refusal },
    /// Something that the run made is not as it should be.
    Broken(String),
}

impl Stop {
    pub fn reason(&self) -> String {
        match self {
            Self::Denied(error) => crate::unread::explain("this run", error),
            Self::Expired(error) => format!(
                "the credentials ended: {error}. Sign in again and repeat the command: it finds what this run \
                 left, and removes it"
            ),
            Self::Silent(error) => format!("no answer for {}: {error}", long(PATIENCE)),
            Self::Refused { what, refusal } => format!("{what} was refused with {refusal}"),
            Self::Broken(what) => what.clone(),
        }
    }
}

/// A describe, and how long after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub after: Duration,
    pub domain: Domain,
}

/// An update, and what was described until the domain was `ACTIVE` again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub before: Domain,
    /// An update without an answer of which something came counts as accepted.
    pub answer: Answer,
    /// Whether the looks are timed from when it was sent, so not where its answer was lost.
    pub is_timed: bool,
    /// The first look, each that differs from the one before it, and the last.
    pub looks: Vec<Look>,
}

impl Change {
    /// The domain as it was described last.
    pub fn end(&self) -> &Domain {
        self.looks.last().map_or(&self.before, |look| &look.domain)
    }

    pub const fn refusal(&self) -> Option<&Refusal> {
        match &self.answer {
            Answer::Refused(refusal) => Some(refusal),
            Answer::Accepted | Answer::Lost(_) => None,
        }
    }
}

/// An update that was sent to a domain at rest, and what the domain was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub before: Domain,
    pub answer: Answer,
    pub is_timed: bool,
}

/// An update that was sent to a busy domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub before: Status,
    pub answer: Answer,
    pub after: Status,
}

/// What the experiments are made with.
pub struct Lab<'a> {
    pub account: &'a Account,
    pub steps: &'a Steps,
    /// Of this run, in the user agent of its updates.
    pub cause: &'a Cause,
    /// The kinds of call that came through, whatever the answer: those that CloudTrail will have.
    calls: RefCell<BTreeSet<Call>>,
}

impl<'a> Lab<'a> {
    pub const fn new(account: &'a Account, steps: &'a Steps, cause: &'a Cause) -> Self {
        Self { account, steps, cause, calls: RefCell::new(BTreeSet::new()) }
    }

    /// A call of that kind came through.
    pub fn came_through(&self, call: Call) {
        self.calls.borrow_mut().insert(call);
    }

    /// The kinds of call that CloudTrail will have.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().iter().copied().collect()
    }

    /// A call that changes nothing, repeated until AWS answers.
    pub async fn read<T>(&self, call: impl AsyncFn() -> Result<T, CallError>) -> Result<T, Stop> {
        let began = Instant::now();
        let mut pause = Duration::from_secs(1);
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            self.endure(error, began, &mut pause).await?;
        }
    }

    /// A call that changes something. `None` where it got no answer.
    ///
    /// # Errors
    ///
    /// The credentials ended, or it was throttled for too long.
    pub async fn write<T>(
        &self,
        call: impl AsyncFn() -> Result<T, CallError>,
    ) -> Result<Result<T, Answer>, Stop> {
        let began = Instant::now();
        let mut pause = Duration::from_secs(1);
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            match error.failure {
                Failure::Throttled => self.endure(error, began, &mut pause).await?,
                Failure::Unavailable if has_expired(&error) => return Err(Stop::Expired(error)),
                Failure::Unavailable => return Ok(Err(Answer::Lost(error.to_string()))),
                Failure::Busy | Failure::Gone | Failure::Denied | Failure::Rejected => {
                    let CallError { failure: _, action, code, message } = error;
                    let code = code.unwrap_or_else(|| action.to_owned());
                    return Ok(Err(Answer::Refused(Refusal { code, message })));
                }
            }
        }
    }

    /// Waits, if waiting may help.
    async fn endure(
        &self,
        error: CallError,
        began: Instant,
        pause: &mut Duration,
    ) -> Result<(), Stop> {
        match error.failure {
            Failure::Denied => return Err(Stop::Denied(error)),
            Failure::Unavailable if has_expired(&error) => return Err(Stop::Expired(error)),
            Failure::Unavailable | Failure::Throttled | Failure::Busy => {}
            Failure::Gone | Failure::Rejected => {
                let CallError { failure: _, action, code, message } = error;
                let refusal = Refusal { code: code.unwrap_or_default(), message };
                return Err(Stop::Refused { what: action.to_owned(), refusal });
            }
        }
        if began.elapsed() > PATIENCE {
            return Err(Stop::Silent(error));
        }
        self.steps.say(&format!("{error}; again in {}", long(*pause)));
        sleep(*pause).await;
        *pause = (*pause * 2).min(Duration::from_secs(60));
        Ok(())
    }

    /// The domain as it is described now.
    pub async fn look(&self, name: &str) -> Result<Option<Domain>, Stop> {
        self.read(async || self.account.cognito.describe(name).await).await
    }

    /// Describes a domain until it is at rest: `ACTIVE`, after it was busy or shows what is expected of it or
    /// had time to become busy.
    pub async fn follow(
        &self,
        name: &str,
        at_most: Duration,
        is_expected: impl Fn(&Domain) -> bool,
    ) -> Result<Vec<Look>, Stop> {
        let began = Instant::now();
        let mut looks: Vec<Look> = Vec::new();
        let mut was_busy = false;
        let last = loop {
            let found = self.look(name).await?;
            let after = began.elapsed();
            match found {
                None if after < GRACE && looks.is_empty() => {}
                None => return Err(Stop::Broken(format!("{name} is not there any more"))),
                Some(domain) if domain.status == Status::Failed => {
                    return Err(Stop::Broken(format!(
                        "{name} is FAILED: look at it in the console"
                    )));
                }
                Some(domain) => {
                    let look = Look { after, domain };
                    if looks.last().is_none_or(|before| before.domain != look.domain) {
                        self.steps.say(&format!("{name}: {}", described(&look.domain)));
                        looks.push(look.clone());
                    }
                    was_busy |= look.domain.status.is_busy();
                    let is_active = look.domain.status == Status::Active;
                    let may_end = was_busy || after > GRACE || is_expected(&look.domain);
                    if is_active && may_end {
                        break look;
                    }
                }
            }
            if after > at_most {
                return Err(Stop::Broken(format!("{name} is not ACTIVE after {}", long(at_most))));
            }
            sleep(interval(after)).await;
        };
        if looks.last() != Some(&last) {
            looks.push(last);
        }
        Ok(looks)
    }

    /// Sends an update to a domain at rest, and follows it until it is at rest again.
    pub async fn change(
        &self,
        caller: &Cognito,
        request: &UpdateRequest,
        at_most: Duration,
        is_expected: impl Fn(&Domain) -> bool,
    ) -> Result<Change, Stop> {
        let Begun { before, answer, is_timed } = self.begin(caller, request, &is_expected).await?;
        let looks = match answer {
            Answer::Refused(_) => Vec::new(),
            Answer::Accepted | Answer::Lost(_) => {
                self.follow(&request.domain, at_most, is_expected).await?
            }
        };
        Ok(Change { before, answer, is_timed, looks })
    }

    /// Sends an update to a domain at rest.
    ///
    /// One without an answer is sent again where nothing came of it. `is_expected` says what shows that
    /// something did.
    pub async fn begin(
        &self,
        caller: &Cognito,
        request: &UpdateRequest,
        is_expected: impl Fn(&Domain) -> bool,
    ) -> Result<Begun, Stop> {
        let name = &request.domain;
        let before = self.there(name).await?;
        let (mut lost, mut busy) = (0, 0);
        loop {
            let answer = self.update(caller, request).await?;
            match &answer {
                Answer::Refused(Refusal { code, .. })
                    if code == "ConcurrentModificationException" && busy < BUSY_TRIES =>
                {
                    busy += 1;
                    sleep(BUSY_PAUSE).await;
                }
                Answer::Refused(_) | Answer::Accepted => {
                    return Ok(Begun { before, answer, is_timed: lost == 0 });
                }
                Answer::Lost(_) => {
                    lost += 1;
                    if self.something_came(name, &is_expected).await? {
                        self.came_through(Call::Update);
                        return Ok(Begun { before, answer: Answer::Accepted, is_timed: false });
                    }
                    if lost == TRIES {
                        return Ok(Begun { before, answer, is_timed: false });
                    }
                }
            }
        }
    }

    /// Whether an update without an answer was applied: then the domain becomes busy, or is as expected.
    async fn something_came(
        &self,
        name: &str,
        is_expected: impl Fn(&Domain) -> bool,
    ) -> Result<bool, Stop> {
        let began = Instant::now();
        while began.elapsed() < GRACE {
            let domain = self.there(name).await?;
            if domain.status.is_busy() || is_expected(&domain) {
                return Ok(true);
            }
            sleep(interval(began.elapsed())).await;
        }
        Ok(false)
    }

    async fn there(&self, name: &str) -> Result<Domain, Stop> {
        let gone = || Stop::Broken(format!("{name} is not there any more"));
        self.look(name).await?.ok_or_else(gone)
    }

    /// Sends an update to a domain that should be busy, `None` if it is not.
    pub async fn probe(&self, request: &UpdateRequest) -> Result<Option<Probe>, Stop> {
        let name = &request.domain;
        let mut tries = 0;
        loop {
            let before = self.there(name).await?.status;
            if !before.is_busy() {
                return Ok(None);
            }
            let answer = self.update(&self.account.cognito, request).await?;
            tries += 1;
            if matches!(answer, Answer::Lost(_)) && tries < TRIES {
                continue;
            }
            let after = self.there(name).await?.status;
            return Ok(Some(Probe { before, answer, after }));
        }
    }

    /// Sends an update, and says what was sent and what came back.
    async fn update(&self, caller: &Cognito, request: &UpdateRequest) -> Result<Answer, Stop> {
        let answer = self.write(async || caller.update(request, self.cause).await).await?;
        let answer = answer.map_or_else(|answer| answer, |()| Answer::Accepted);
        let sent = worded(request);
        let came = match &answer {
            Answer::Accepted => {
                self.came_through(Call::Update);
                "accepted".to_owned()
            }
            Answer::Refused(refusal) => {
                self.came_through(Call::Update);
                format!("refused with {refusal}")
            }
            Answer::Lost(why) => {
                format!("no answer ({why}): a describe will show whether it was applied")
            }
        };
        self.steps.say(&format!("UpdateUserPoolDomain {sent} -> {came}"));
        Ok(answer)
    }
}

fn has_expired(error: &CallError) -> bool {
    ["ExpiredTokenException", "ExpiredToken", "RequestExpired"]
        .contains(&error.code.as_deref().unwrap_or_default())
}

/// Often at first, when something may be seen that soon passes.
const fn interval(after: Duration) -> Duration {
    Duration::from_secs(match after.as_secs() {
        0..10 => 1,
        10..120 => 5,
        120..600 => 15,
        600.. => 60,
    })
}

/// The status and the values of a domain, in one line.
fn described(domain: &Domain) -> String {
    let mut text = domain.status.to_string();
    if let Some(policy) = policy(domain) {
        text += &format!(", policy {policy}");
    }
    text += &format!(", managed login {}", login(domain));
    if has_failover(domain) {
        text += ", with a failover";
    }
    text
}
