//! The question before something is changed.

use std::error::Error;
use std::io::IsTerminal as _;

use guardctl::out;

/// Asks on the terminal, on a thread of its own: whoever reads a line hears no Ctrl-C. `question` ends
/// before its question mark, such as `send 2 updates to Cognito`.
///
/// # Errors
///
/// There is no terminal to ask on.
pub async fn confirmed(question: &str) -> Result<bool, Box<dyn Error>> {
    if !std::io::stdin().is_terminal() {
        return Err("there is nobody to ask: pass --yes to go on without asking".into());
    }
    out!("\n{question}? Only \"yes\" counts: ");
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    Ok(answer.await??.trim() == "yes")
}
