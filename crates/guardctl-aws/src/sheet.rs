//! Cells of a spreadsheet.

use cognito_domain_guard::text::harmless;

/// A spreadsheet takes what begins like a formula for one, which a leading apostrophe prevents.
pub fn cell(text: &str) -> String {
    let text = harmless(text);
    // Some spreadsheets pass over blanks at the begin.
    match text.trim_start().starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("auth.example.com", "auth.example.com"),
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-x", "'-x"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("\t=1", "\\t=1"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
