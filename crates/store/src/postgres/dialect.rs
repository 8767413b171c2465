//! How does a statement read in PostgreSQL? The statements are written once, in what both databases understand;
//! what is left is how parameters and empty blobs are written, and three words.

use crate::sql::{Failure, Params, Result, Value};

/// What is bound to a place of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Parameter {
    /// The parameter with this number, from 0.
    Place(usize),
    /// The parameter with this name, its colon included.
    Name(String),
}

/// A statement as PostgreSQL reads it, and what is bound to `$1`, `$2` and so on.
pub(super) struct Translated {
    pub(super) sql: String,
    pub(super) parameters: Vec<Parameter>,
}

/// What is called otherwise.
const WORDS: [(&str, &str); 2] = [("instr(", "strpos("), ("x''", "''::bytea")];
/// A hint for SQLite, which needs it; a word follows.
const HINT: &str = "INDEXED BY ";

/// Translates a statement.
pub(super) fn translate(statement: &str) -> Translated {
    let mut translated = Translated { sql: String::with_capacity(statement.len()), parameters: Vec::new() };
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let at_word = !translated.sql.ends_with(is_of_word);
        if let Some((word, other)) = WORDS.iter().find(|(word, _)| at_word && rest.starts_with(word)) {
            translated.sql.push_str(other);
            rest = rest.get(word.len()..).unwrap_or_default();
        } else if let Some(hint) = rest.strip_prefix(HINT).filter(|_| at_word) {
            rest = hint.trim_start_matches(is_of_word);
        } else if first == '\'' {
            let end = rest.get(1..).and_then(|text| text.find('\'')).map_or(rest.len(), |end| end + 2);
            translated.sql.push_str(rest.get(..end).unwrap_or(rest));
            rest = rest.get(end..).unwrap_or_default();
        } else if rest.starts_with("::") {
            translated.sql.push_str("::");
            rest = rest.get(2..).unwrap_or_default();
        } else if matches!(first, '?' | ':') {
            let behind = rest.get(1..).unwrap_or_default();
            let end = behind.find(|letter| !is_of_word(letter)).map_or(rest.len(), |end| end + 1);
            let (name, after) = rest.split_at(end);
            translated.parameter(name);
            rest = after;
        } else {
            translated.sql.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    translated
}

/// What is bound to the places of a statement, in their order. Each must be given, for what is missing would mean
/// "no limit".
pub(super) fn bound<'v>(parameters: &[Parameter], params: Params<'v>) -> Result<Vec<Value<'v>>> {
    let value = |parameter: &Parameter| match (parameter, params) {
        (Parameter::Place(place), Params::ByPlace(values)) => values.get(*place).copied(),
        (Parameter::Name(name), Params::ByName(values)) => {
            values.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
        }
        _ => None,
    };
    let missing = |parameter: &Parameter| Failure::Unfit(format!("nothing is given for {parameter:?}"));
    let given = |parameter| value(parameter).ok_or_else(|| missing(parameter));
    parameters.iter().map(given).collect()
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

impl Translated {
    fn parameter(&mut self, name: &str) {
        let place = name.strip_prefix('?').and_then(|number| number.parse::<usize>().ok());
        let parameter =
            place.map_or_else(|| Parameter::Name(name.to_owned()), |number| Parameter::Place(number - 1));
        let known = self.parameters.iter().position(|known| *known == parameter);
        let place = known.unwrap_or_else(|| {
            self.parameters.push(parameter);
            self.parameters.len() - 1
        });
        self.sql.push('$');
        self.sql.push_str(&(place + 1).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{named_params, params};

    #[test]
    fn parameters_are_numbered_as_they_come_and_each_once() {
        let translated = translate("SELECT a FROM t WHERE b = ?2 AND c = :c AND d = ?2 LIMIT :limit");
        assert_eq!(translated.sql, "SELECT a FROM t WHERE b = $1 AND c = $2 AND d = $1 LIMIT $3");
        let name = |name: &str| Parameter::Name(name.to_owned());
        assert_eq!(translated.parameters, [Parameter::Place(1), name(":c"), name(":limit")]);
    }

    #[test]
    fn what_stands_in_quotes_stays() {
        let sql = "SELECT ':a ?1 instr(' || 'it' FROM t WHERE at = ''";
        assert_eq!(translate(sql).sql, sql);
        assert_eq!(translate(sql).parameters, []);
    }

    #[test]
    fn words_are_those_of_the_database() {
        let sql = "SELECT instr(a, ?1) FROM t INDEXED BY t_by_a WHERE b <> x'' AND max''::int = 1";
        assert_eq!(
            translate(sql).sql,
            "SELECT strpos(a, $1) FROM t  WHERE b <> ''::bytea AND max''::int = 1"
        );
    }

    #[test]
    fn a_parameter_that_is_not_given_is_refused() {
        let by_place = translate("SELECT a FROM t WHERE b = ?2 AND c = ?1").parameters;
        let by_name = translate("SELECT a FROM t WHERE b = :b LIMIT :limit").parameters;
        assert_eq!(bound(&by_place, params![1, 2]).unwrap(), [Value::Integer(2), Value::Integer(1)]);
        assert_eq!(
            bound(&by_name, named_params! { ":limit": 1, ":b": 2, ":not_there": 3 }).unwrap(),
            [Value::Integer(2), Value::Integer(1)],
            "what it does not have is left out"
        );
        for (parameters, params, missing) in [
            (&by_place, params![1], "Place(1)"),
            (&by_name, named_params! { ":b": 2 }, "\":limit\""),
            (&by_name, params![1, 2], "\":b\""),
        ] {
            let told = bound(parameters, params).unwrap_err().to_string();
            assert!(told.contains("nothing is given for") && told.contains(missing), "{told}");
        }
    }
}
