//! What each file in `events/` leads to.

mod callers;
mod changes;
mod creations;
mod envelopes;

#[test]
fn every_file_in_events_has_a_scenario() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    let scenarios =
        [include_str!("changes.rs"), include_str!("callers.rs"), include_str!("envelopes.rs")]
            .concat();
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".json") {
            assert!(scenarios.contains(&format!("check(\"{name}\")")), "{name} has no scenario");
            files += 1;
        }
    }
    assert_eq!(files, scenarios.matches("    check(\"").count());
}
