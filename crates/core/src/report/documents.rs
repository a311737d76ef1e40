//! The pages that explain the words of a log line and of a dead letter have all of them.

use super::Outcome;
use crate::memory::ErrorType;
use crate::trigger::TriggerKind;

fn assert_names(text: &str, word: &str) {
    assert!(text.contains(&format!("`{word}`")), "{word} is missing in:\n{text}");
}

#[test]
fn the_page_of_the_log_names_each_word() {
    let page = include_str!("../../../../docs/observe.md");
    let row = |field: &str| {
        let start = format!("| `{field}` |");
        page.lines().find(|line| line.starts_with(&start)).unwrap()
    };
    for word in TriggerKind::WORDS {
        assert_names(row("trigger"), word);
    }
    for word in Outcome::WORDS {
        assert_names(row("domain.outcome"), word);
    }
    for error_type in ErrorType::ALL {
        assert_names(row("error.type"), error_type.as_str());
    }
}

#[test]
fn the_table_of_dead_letters_has_each_error_type() {
    let page = include_str!("../../../../docs/operate.md");
    let (_, table) = page.split_once("| error type | what it means | what to do |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    for error_type in ErrorType::ALL {
        assert_names(table, error_type.as_str());
    }
}
