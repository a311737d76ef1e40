//! What is wrong with text that is no JSON, and what to do about it.

/// What is wrong, `at` says in which of several values, and what to do about it.
pub(super) fn not_json(error: &serde_json::Error, at: &str) -> String {
    let words = in_plain_words(&error.to_string());
    match FIXES.iter().find(|(part, _)| words.contains(part)) {
        Some((_, fix)) => format!("{words}{at}; {fix}"),
        None => format!("{words}{at}"),
    }
}

/// What to do about a mistake, by the parser's name of it.
const FIXES: [(&str, &str); 5] = [
    ("EOF while parsing", "its end is missing: save it again, whole"),
    ("trailing comma", "remove the comma"),
    (
        "key must be a string",
        "names are in double quotes, and there are no comments: Python's json.dumps and jq write it so",
    ),
    ("control character", "a text goes on in the next line: save it again with `--output json`"),
    ("expected value", "a value is a number, true, false, null, or in double quotes: not NaN"),
];

/// The words of a parser are those of somebody who writes parsers.
pub(super) fn in_plain_words(error: &str) -> String {
    error.replace("recursion limit exceeded", "nested more than 128 levels deep")
}
