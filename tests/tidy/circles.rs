//! That no modules know each other in a circle, where no list says in which order they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{ROOT, files};

/// The other programs have no order of their own, but nothing in them goes in a circle either.
#[test]
fn no_modules_know_each_other_in_a_circle() {
    // Where the modules are, and how they name each other. Where they say `super::`, `mod` stands above them all.
    for (folder, prefixes) in [
        ("crates/sandbox/src", &["crate::"][..]),
        ("benches/process", &["crate::"]),
        ("crates/guardctl/src", &["crate::"]),
        ("crates/guardctl-aws/src", &["crate::"]),
        ("crates/guardctl-aws/src/doctor", &["crate::doctor::", "super::"]),
        ("crates/guardctl-aws/src/overrides", &["crate::overrides::", "super::"]),
        ("crates/guardctl-aws/src/report", &["crate::report::", "super::"]),
        ("crates/guardctl-aws/src/conformance", &["crate::conformance::", "super::"]),
        ("crates/guardctl-aws/src/conformance/experiments", &["super::"]),
    ] {
        let mut knows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in files(folder, "rs") {
            let name = path.strip_prefix(Path::new(ROOT).join(folder)).unwrap().to_str().unwrap();
            let module = name.split('/').next().unwrap().trim_end_matches(".rs");
            // The tests of a program may know all of it.
            if ["lib", "main", "mod", "tests"].contains(&module) || name.ends_with("tests.rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
            let known = knows.entry(module.to_owned()).or_default();
            // What is further in names by `super::` what is in its own folder.
            let is_further_in = name.contains('/') && !name.ends_with("/mod.rs");
            let prefixes =
                prefixes.iter().filter(|prefix| !(is_further_in && **prefix == "super::"));
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for (line, prefix) in lines.flat_map(|line| prefixes.clone().map(move |p| (line, p))) {
                for used in line.split(prefix).skip(1) {
                    let end = used.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                    let used = &used[..end.unwrap_or(used.len())];
                    assert!(
                        !used.is_empty(),
                        "{folder}/{name}: name the module that it is from, so that this test can read it: \
                         {line}"
                    );
                    known.insert(used.to_owned());
                }
            }
            known.remove(module);
        }
        assert!(knows.len() >= 6, "{folder}: {knows:?}");
        // Whoever knows nobody that is left goes. What cannot go is in a circle, or knows one.
        while let Some(free) = knows
            .iter()
            .find(|(_, known)| !known.iter().any(|other| knows.contains_key(other)))
            .map(|(module, _)| module.clone())
        {
            knows.remove(&free);
        }
        let left: Vec<_> = knows.keys().collect();
        assert!(left.is_empty(), "{folder}: a circle among {left:?}");
    }
}
