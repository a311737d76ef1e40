//! What holds for every text, however it came about.

use proptest::prelude::*;

use super::{Baseline, EXAMPLE};

/// Pieces of baselines and of YAML, to be put together in the wrong order.
const PIECES: [&str; 24] = [
    "version: 1\n",
    "domains:\n",
    "  - domain: a.x\n",
    "  - domain: \"*.x\"\n",
    "    routing:",
    " none\n",
    "      failover: {",
    "secondary_region: us-west-2",
    "}",
    "    security_policy: ",
    "TLS_V1\n",
    "{ at_least: ",
    "exemptions:\n",
    "&a ",
    "*a",
    "<<: *a\n",
    "? ",
    "- ",
    "[",
    "]",
    "---\n",
    "!!str ",
    "\t",
    "|\n",
];

/// Reads a text, and checks what every refusal promises.
fn check_read(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = Baseline::parse("baseline.yaml", text) {
        prop_assert!(!error.problems.is_empty());
        prop_assert!(error.problems.is_sorted_by_key(|problem| problem.position));
        for problem in &error.problems {
            prop_assert!(problem.position.line >= 1 && problem.position.column >= 1);
            prop_assert!(problem.end >= problem.position, "{problem:?}");
            prop_assert!(!problem.message.is_empty() && !problem.fix.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_and_never_a_panic(text in any::<String>()) {
        check_read(&text)?;
    }

    #[test]
    fn pieces_of_yaml_in_any_order_are_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..40)
    ) {
        check_read(&pieces.concat())?;
    }

    #[test]
    fn the_example_with_any_part_overwritten_is_read_or_refused(
        from in any::<prop::sample::Index>(),
        length in 0_usize..12,
        instead in "[ \\n\\t:{}\\[\\]*&!|>'\"#~\\-a-z0-9é]{0,6}",
    ) {
        let letters: Vec<char> = EXAMPLE.chars().collect();
        let from = from.index(letters.len());
        let text: String = letters.iter().take(from).copied()
            .chain(instead.chars())
            .chain(letters.iter().skip(from + length).copied())
            .collect();
        check_read(&text)?;
    }
}
