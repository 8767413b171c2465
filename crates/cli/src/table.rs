//! How is a list shown to people? A line for each thing, in columns as wide as what is in them.

use serde_json::Value;

/// A table with these titles.
pub(crate) fn table(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let header = titles.iter().map(|title| (*title).to_owned()).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(header).chain(rows).map(|row| row.into_iter().map(printable).collect()).collect();
    let mut widths = vec![0; titles.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let lines = rows.iter().map(|row| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    });
    lines.collect()
}

/// A name may hold what would move a terminal's cursor.
fn printable(cell: String) -> String {
    if cell.contains(char::is_control) {
        cell.chars().filter(|character| !character.is_control()).collect()
    } else {
        cell
    }
}

/// What a member of a JSON object says, in a cell.
pub(crate) fn cell(item: &Value, member: &str) -> String {
    match item.get(member) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The first and the last name, as far as there are any.
pub(crate) fn name(item: &Value) -> String {
    let names = [cell(item, "firstName"), cell(item, "lastName")];
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What the objects of a list are called, in one cell.
pub(crate) fn names(item: &Value, member: &str) -> String {
    let list = item.get(member).and_then(Value::as_array);
    let names = list.into_iter().flatten().map(|object| cell(object, "name"));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let users = [
            json!({"id":"1","firstName":"Åsa","lastName":null,"email":"asa@x.example","groups":[{"name":"Viewer"}]}),
            json!({"id":"2","firstName":null,"lastName":null,"email":"b\u{1b}[2J@x.example","groups":[]}),
        ];
        let rows = users
            .iter()
            .map(|user| vec![name(user), cell(user, "email"), names(user, "groups"), cell(user, "id")]);
        insta::assert_snapshot!(table(&["NAME", "E-MAIL", "GROUPS", "ID"], rows), @r"
        NAME  E-MAIL          GROUPS  ID
        Åsa   asa@x.example   Viewer  1
              b[2J@x.example          2
        ");
    }
}
