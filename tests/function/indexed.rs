//! A baseline with an index beside it.

use std::path::Path;

use cognito_domain_guard::baseline::FileIndex;
use cognito_domain_guard::declared::index_path;

use super::*;

/// The example with a thousand entries before its own, and the index of `indexed`, if any.
fn large(name: &str, indexed: impl FnOnce(&str) -> Option<String>) -> (PathBuf, String) {
    let example = std::fs::read_to_string(BASELINE).unwrap();
    let entries: String = (0..1_000)
        .map(|nth| format!("  - domain: auth-{nth}.example.org\n    managed_login_version: 2\n"))
        .collect();
    let text = example.replacen("\ndomains:\n", &format!("\ndomains:\n{entries}"), 1);
    let path = scratch(&format!("{name}.yaml"));
    std::fs::write(&path, &text).unwrap();
    let index = index_path(&path);
    match indexed(&text) {
        Some(of) => {
            let made = FileIndex::of("baseline.yaml", &of).unwrap();
            std::fs::write(index, made.as_bytes()).unwrap();
        }
        // An earlier run may have left one.
        None => drop(std::fs::remove_file(index)),
    }
    (path, text)
}

async fn answered(name: &str, path: &Path) -> Answered {
    let changes = [("BASELINE", Some(path.to_str().unwrap()))];
    invoke_with(name, "update-weakens-tls.json", &changes).await
}

fn changes(answered: &Answered) -> Vec<Value> {
    let record = |body: String| {
        let record: Value = serde_json::from_str(&body).unwrap();
        json!([record["rule"], record["changes"]])
    };
    answered.world.published().iter().map(|notice| record(notice.body_for("default"))).collect()
}

fn warnings(answered: &Answered) -> Vec<&Value> {
    answered.lines.iter().filter(|line| line["level"] == "WARN").collect()
}

fn is_of_the_index(line: &&&Value) -> bool {
    line["message"].as_str().is_some_and(|message| message.contains(".index is not used"))
}

#[tokio::test]
async fn with_an_index_the_guard_decides_as_without_one_and_names_the_same_lines() {
    let (path, _) = large("unindexed", |_| None);
    let whole = answered("unindexed", &path).await;
    let (path, _) = large("indexed", |text| Some(text.to_owned()));
    let indexed = answered("indexed", &path).await;
    assert_eq!(warnings(&indexed).iter().filter(is_of_the_index).count(), 0);
    assert_eq!(indexed.answer["baseline"]["digest"], whole.answer["baseline"]["digest"]);
    assert_eq!(indexed.calls(), REVERT);
    assert!(indexed.is_as_before());
    let told = serde_json::to_string(&changes(&indexed)).unwrap();
    assert!(told.contains("indexed.yaml:20"), "the line after the thousand entries: {told}");
    let other = serde_json::to_string(&changes(&whole)).unwrap();
    assert_eq!(told, other.replace("function-unindexed", "function-indexed"));
}

#[tokio::test]
async fn an_index_of_another_text_is_not_used_and_the_log_says_so() {
    let (path, text) = large("stale-index", |text| {
        Some(text.replace("security_policy: TLS_V1_3_2025", "security_policy: TLS_V1_2_2021"))
    });
    let stale = answered("stale-index", &path).await;
    let digest = cognito_domain_guard::baseline::digest(text.as_bytes());
    assert_eq!(stale.answer["baseline"]["digest"], digest.as_str());
    assert!(stale.is_as_before());
    assert_eq!(warnings(&stale).iter().filter(is_of_the_index).count(), 1);
}
