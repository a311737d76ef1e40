//! The tables of documents that benches write: each stands between two marks, and the first says which command
//! wrote it, and the digest of what it wrote. So an edit by hand is seen, by `tests/tidy.rs`, without measuring.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// A block of a document.
pub(crate) struct Block {
    /// The document, below the root of the repository.
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
    /// What writes it.
    pub(crate) command: &'static str,
    /// How what it writes begins: the head of its table.
    pub(crate) head: &'static str,
}

const PROCESS: &str = "cargo bench --bench process -- --write";

pub(crate) const SHORT: Block = Block {
    file: "README.md",
    name: "cost",
    command: PROCESS,
    head: "| CPU time, cold | the guard | the SDK alone | as SDK guides have it | Python, boto3 |\n",
};
pub(crate) const COMPARED: Block = Block {
    file: "benches/README.md",
    name: "compared",
    command: PROCESS,
    head: "| median | guard | by hand, no SDK | the SDK alone | as SDK guides have it | Python, boto3 |\n",
};
pub(crate) const TARGETS: Block = Block {
    file: "benches/README.md",
    name: "targets",
    command: PROCESS,
    head: "| target | at most | measured | | the floor's |\n",
};
pub(crate) const DECISION: Block = Block {
    file: "benches/README.md",
    name: "decision",
    command: "WRITE=1 cargo bench --profile release --bench decision",
    head: "| median | at most | measured |\n",
};
pub(crate) const SWEEP: Block = Block {
    file: "benches/README.md",
    name: "sweep",
    command: "GUARD=target/bench-process/cognito-domain-guard cargo bench --bench sweep -- --write",
    head: "| user pools | calls | time | of the allowed rate | peak memory |\n",
};
pub(crate) const ORGANIZATION: Block = Block {
    file: "benches/README.md",
    name: "organization",
    command: "cargo bench --bench organization -- --write",
    head: "| sweep of 5,000 accounts in 4 regions | requests | of them AssumeRole | steps | function time | largest step |\n",
};

/// Every one of them.
pub(crate) const ALL: [Block; 6] = [SHORT, COMPARED, TARGETS, DECISION, SWEEP, ORGANIZATION];

impl Block {
    /// Where it is in the text of its document: from its first mark to the end of its last one, and what stands between.
    pub(crate) fn find<'a>(&self, document: &'a str) -> Option<(std::ops::Range<usize>, &'a str)> {
        let start = document.find(&format!("<!-- {}: written by ", self.name))?;
        let end_mark = format!("<!-- end of {} -->\n", self.name);
        let end = start + document.get(start..)?.find(&end_mark)?;
        let (_, text) = document.get(start..end)?.split_once("-->\n")?;
        Some((start..end + end_mark.len(), text))
    }

    /// As it stands in the document, with its marks.
    pub(crate) fn render(&self, text: &str) -> String {
        let Self { file: _, name, command, head: _ } = self;
        let mut digest = String::new();
        for byte in Sha256::digest(text.as_bytes()).iter().take(6) {
            write!(digest, "{byte:02x}").unwrap();
        }
        format!("<!-- {name}: written by `{command}`, {digest} -->\n{text}<!-- end of {name} -->\n")
    }

    /// Writes it into the document, in place of what stands there.
    pub(crate) fn write(&self, root: &Path, text: &str) -> std::io::Result<()> {
        assert!(text.contains(self.head), "{}: {text}", self.name);
        let path = root.join(self.file);
        let mut document = std::fs::read_to_string(&path)?;
        let (range, _) = self.find(&document).unwrap();
        document.replace_range(range, &self.render(text));
        std::fs::write(&path, document)?;
        eprintln!("written: {} of {}", self.name, self.file);
        Ok(())
    }
}
