//! Ctrl-C: between two calls, never in the middle of one that changes something.

use std::error::Error;
use std::fmt;
use std::future::Future;

use tokio::signal::ctrl_c;
use tokio::sync::watch;

use crate::exit::Exit;

/// Somebody pressed Ctrl-C. Says what was left undone.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted; {}", self.0)
    }
}

impl Error for Interrupted {}

/// Runs work that only reads: an interruption drops it wherever it is.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Box<dyn Error>> {
    run(async |interrupt| match interrupt.or(work).await {
        Some(done) => Ok(done),
        None => Err(Interrupted("nothing was changed".to_owned()).into()),
    })?
}

/// Runs work that changes something, and that itself asks where it may be interrupted.
pub fn run<T>(work: impl AsyncFnOnce(&Interrupt) -> T) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            // The second one is for whoever does not want to wait for what the first one waits for.
            if ctrl_c().await.is_ok() {
                sender.send_replace(true);
                if ctrl_c().await.is_ok() {
                    std::process::exit(Exit::Interrupted.into());
                }
            }
            std::future::pending::<()>().await;
        });
        // So that a Ctrl-C is listened for before the work begins.
        tokio::task::yield_now().await;
        work(&Interrupt(receiver)).await
    });
    // A question that nobody answers any more must not keep the process.
    runtime.shutdown_background();
    Ok(done)
}

/// Whether somebody pressed Ctrl-C.
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Asks without waiting.
    pub fn came(&self) -> bool {
        *self.0.borrow()
    }

    /// What the work gives, or nothing if the interruption is first. The work is then dropped.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut seen = self.0.clone();
        tokio::select! {
            biased;
            // An error means that nobody listens any more: then nothing can be interrupted.
            Ok(_) = seen.wait_for(|came| *came) => None,
            done = work => Some(done),
        }
    }
}
