//! The overrides by which a plan decides as the guard would.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::Failure;
use cognito_domain_guard::overrides::{Known, Overrides};
use guardctl::errln;

use super::aws::Parameters;
use super::longest;
use crate::live::Live;
use crate::stack;
use crate::unread::Unread;

/// The overrides of the guard whose stack is in a region, read once, when a decision needs them.
#[derive(Clone)]
pub struct InForce {
    stack: String,
    /// Where the stack is, if not beside the domains: a hub has the overrides of all its places.
    hub: Option<Rc<Live>>,
    read: Rc<OnceCell<Result<Overrides, Unread>>>,
    /// Whether standard error says already that none counts.
    is_noted: Cell<bool>,
}

/// Why there are no overrides to decide by.
enum Missing {
    /// No stack can be seen there, so none counts.
    NoStack(String),
    /// There is a guard, and what it is allowed is unknown.
    Unread(Unread),
}

impl InForce {
    /// Those of the stack of that name.
    pub fn of(stack: &str) -> Self {
        let is_noted = Cell::new(false);
        Self { stack: stack.to_owned(), hub: None, read: Rc::default(), is_noted }
    }

    /// Those of a hub's stack, for every place.
    pub fn of_hub(stack: &str, hub: Live) -> Self {
        Self { hub: Some(Rc::new(hub)), ..Self::of(stack) }
    }

    /// The same, to be read afresh.
    pub fn anew(&self) -> Self {
        Self { read: Rc::default(), ..self.clone() }
    }

    /// All of them. None counts where no such stack can be seen, and standard error says so once. Where there
    /// is one and its overrides cannot be read, what they allow is unknown, as for the guard itself.
    pub async fn read(&self, live: &Live, baseline: &Baseline) -> Known<'_> {
        let read = match self.read.get() {
            Some(read) => read,
            None => {
                let live = self.hub.as_deref().unwrap_or(live);
                let now = match read(live, &self.stack, baseline).await {
                    Ok(overrides) => Ok(overrides),
                    Err(Missing::Unread(problem)) => Err(problem),
                    Err(Missing::NoStack(why)) => {
                        if !self.is_noted.replace(true) {
                            errln!("note: {why}, so no override counts here");
                        }
                        Ok(Overrides::NONE)
                    }
                };
                self.read.get_or_init(|| now)
            }
        };
        match read {
            Ok(overrides) => Known::All(overrides),
            Err(_) => Known::Unreadable,
        }
    }

    /// What kept them from being read, where they were needed.
    pub fn problem(&self) -> Option<&Unread> {
        self.read.get().and_then(|read| read.as_ref().err())
    }
}

async fn read(live: &Live, name: &str, baseline: &Baseline) -> Result<Overrides, Missing> {
    let stack =
        stack::described(&live.config, name).await.map_err(|error| match error.failure {
            Failure::Rejected | Failure::Gone => {
                let place = &live.place;
                let where_it_is = format!("account {} {}", place.account, place.region);
                Missing::NoStack(format!("there is no stack {name} in {where_it_is}"))
            }
            // In an account that only has domains, nobody needs that permission.
            Failure::Denied => {
                Missing::NoStack(format!("whether there is a stack {name} is unknown ({error})"))
            }
            Failure::Busy | Failure::Throttled | Failure::Unavailable => {
                Missing::Unread(Unread::call(format!("the stack {name}"), error))
            }
        })?;
    // One of a version without overrides has none.
    let Some(path) = stack.output("OverridesPath") else { return Ok(Overrides::NONE) };
    let parameters =
        Parameters::new(&live.config, path.to_owned()).all().await.map_err(|error| {
            Missing::Unread(Unread::call(format!("the overrides of the stack {name}"), error))
        })?;
    Ok(Overrides::read(path, parameters, baseline, longest(Some(&stack))))
}
