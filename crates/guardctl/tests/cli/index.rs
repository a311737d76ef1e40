//! `index`: beside the baseline, and of its text.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{empty_folder, text};

const BASELINE: &str =
    "version: 1\ndomains:\n  - domain: a.example.com\n    managed_login_version: 2\n";

fn index(folder: &Path, arguments: &[&str]) -> Output {
    let arguments = [&["index", "baseline.yaml"], arguments].concat();
    crate::guardctl().args(arguments).current_dir(folder).output().expect("guardctl")
}

#[test]
fn an_index_is_checked_against_the_text_that_lies_beside_it() {
    let folder = empty_folder("cli-index");
    let code = |arguments: &[&str]| {
        let output = index(&folder, arguments);
        (output.status.code(), text(&output.stderr).to_owned())
    };
    fs::write(folder.join("baseline.yaml"), BASELINE).expect("a file");
    let (ended, said) = code(&["--check"]);
    assert_eq!(ended, Some(1));
    assert!(said.contains("baseline.yaml has no index"), "{said}");
    assert!(!folder.join("baseline.index").exists());
    assert_eq!(code(&[]).0, Some(0));
    assert_eq!(code(&["--check"]).0, Some(0));
    fs::write(folder.join("baseline.yaml"), BASELINE.replace(": 2", ": 1")).expect("a file");
    let (ended, said) = code(&["--check"]);
    assert_eq!(ended, Some(1));
    assert!(said.contains("baseline.index is not the index of baseline.yaml"), "{said}");
}

#[test]
fn what_has_no_index_is_left_without_one() {
    let folder = empty_folder("cli-index-none");
    for (written, reason) in [
        ("version: 1\ndomains: [{ domain: a.example.com, mode: audit }]\n", "has no index: line 2"),
        ("version: 1\ndefaults: { security_policy: TLS_V12 }\n", "baseline.yaml:2:30"),
    ] {
        fs::write(folder.join("baseline.yaml"), written).expect("a file");
        let output = index(&folder, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(reason), "{}", text(&output.stderr));
        assert!(!folder.join("baseline.index").exists());
    }
}
