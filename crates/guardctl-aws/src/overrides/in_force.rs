//! The overrides by which a plan decides as the guard would.

use std::cell::OnceCell;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::Failure;
use cognito_domain_guard::overrides::Overrides;
use guardctl::errln;

use super::aws::Parameters;
use super::longest;
use crate::live::Live;
use crate::stack;

/// The overrides of the guard whose stack is in a region, read once, when a decision needs them.
pub struct InForce {
    stack: String,
    read: OnceCell<Overrides>,
}

impl InForce {
    /// Those of the stack of that name.
    pub fn of(stack: &str) -> Self {
        Self { stack: stack.to_owned(), read: OnceCell::new() }
    }

    /// The same, to be read afresh.
    pub fn anew(&self) -> Self {
        Self::of(&self.stack)
    }

    /// All of them. None counts where there is no such stack, or they cannot be read, and standard error says
    /// so.
    pub async fn read(&self, live: &Live, baseline: &Baseline) -> &Overrides {
        if let Some(read) = self.read.get() {
            return read;
        }
        let read = read(live, &self.stack, baseline).await.unwrap_or_else(|why| {
            errln!("note: {why}, so no override counts here");
            Overrides::NONE
        });
        self.read.get_or_init(|| read)
    }
}

async fn read(live: &Live, name: &str, baseline: &Baseline) -> Result<Overrides, String> {
    let stack =
        stack::described(&live.config, name).await.map_err(|error| match error.failure {
            Failure::Rejected | Failure::Gone => {
                let place = &live.place;
                format!("there is no stack {name} in account {} {}", place.account, place.region)
            }
            Failure::Denied | Failure::Busy | Failure::Throttled | Failure::Unavailable => {
                format!("the stack {name} cannot be read ({error})")
            }
        })?;
    // One of a version without overrides has none.
    let Some(path) = stack.output("OverridesPath") else { return Ok(Overrides::NONE) };
    let parameters = Parameters::new(&live.config, path.to_owned()).all().await;
    let parameters =
        parameters.map_err(|error| format!("the overrides of {name} cannot be read ({error})"))?;
    Ok(Overrides::read(path, parameters, baseline, longest(Some(&stack))))
}
