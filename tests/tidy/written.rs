//! The tables that benches write: as they wrote them, and in the form in which they would write them today.

#[path = "../../benches/support/written.rs"]
#[allow(dead_code, reason = "what writes is for the benches")]
mod blocks;

use super::read;

#[test]
fn a_table_that_a_bench_writes_is_as_it_wrote_it() {
    for block in blocks::ALL {
        let document = read(block.file);
        let (range, text) = block.find(&document).unwrap_or_else(|| {
            panic!("{} has no marks for {}", block.file, block.name);
        });
        assert_eq!(
            document[range],
            block.render(text),
            "{} of {} was edited by hand: {} writes it",
            block.name,
            block.file,
            block.command
        );
        let (_, table) = text.split_once(block.head).unwrap_or_else(|| {
            panic!("{} of {} has another head than {}", block.name, block.file, block.head);
        });
        let columns = |line: &str| line.matches(" |").count();
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        assert!(rows.len() > 1, "{} is empty", block.name);
        for row in rows {
            assert_eq!(columns(row), columns(block.head), "{row}");
        }
    }
}

/// So that a line which the bench has no more, or words otherwise, is written anew.
#[test]
fn the_lines_of_a_table_are_those_of_its_bench() {
    for (block, source) in [
        (blocks::COMPARED, read("benches/process/blocks.rs")),
        (blocks::DECISION, read("benches/decision.rs")),
    ] {
        let document = read(block.file);
        let (_, text) = block.find(&document).unwrap();
        let (_, table) = text.split_once(block.head).unwrap();
        for row in table.lines().skip(1) {
            let label = row.split(" | ").next().unwrap().trim_start_matches("| ");
            assert!(source.contains(&format!("\"{label}\"")), "{label} is no line of the bench");
        }
    }
}
