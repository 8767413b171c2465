//! What may stand in a cell? A spreadsheet takes a text that begins like a formula for one and runs it. An
//! apostrophe in front makes it a text again; on the way in that apostrophe is taken off.

use std::borrow::Cow;

/// The columns of an export. An import may have them in any order, and may leave out all but the e-mail.
pub(super) const COLUMNS: [&str; 5] = ["id", "firstName", "lastName", "email", "groups"];
/// Separates groups within their cell.
pub(super) const BETWEEN_GROUPS: char = '|';

/// Whether a spreadsheet would take this for a formula, once some apostrophes in front are gone.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text as it is safe in a cell.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// A text as it was before it was guarded.
pub(super) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe_and_loses_it_again() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-Anna", "'-Anna"),
            ("@home", "'@home"),
            ("\tx", "'\tx"),
            ("'=1", "''=1"),
            ("'t Hooft", "'t Hooft"),
            ("O'Neil", "O'Neil"),
            ("", ""),
        ] {
            assert_eq!(guarded(text), cell);
            assert_eq!(unguarded(cell), text);
        }
        assert_eq!(unguarded("=1"), "=1", "who wrote it without the guard means it so");
    }
}
