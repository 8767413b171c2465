//! What does the path and the query of a request say? All that is wrong with both is told in one reply.

use domain::error::{Error, Fault};
use domain::id::{UserId, parse_guid};
use domain::text::Email;
use domain::user::UserKey;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use uuid::Uuid;

use crate::path::unescape;

const GUID: &str = "Give a GUID, such as `0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`.";

/// Collects faults while a request is read.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, property: &str, description: impl Into<String>) {
        self.0.push(Fault::new(property, description));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All faults so far, to be told together with others.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.0
    }

    /// What was read, if nothing was wrong.
    pub(crate) fn judge<T>(self, read: T) -> Result<T, Error> {
        if self.0.is_empty() { Ok(read) } else { Err(Error::Invalid(self.0)) }
    }
}

/// A GUID in the path, still escaped.
pub(crate) fn path_guid(property: &str, escaped: &str, faults: &mut Faults) -> Option<Uuid> {
    let id = unescape(escaped).and_then(|text| parse_guid(&text));
    if id.is_none() {
        faults.add(property, GUID);
    }
    id
}

/// The id in a segment of the path, or the e-mail.
pub(crate) fn path_user(escaped: &str, faults: &mut Faults) -> Option<UserKey> {
    let text = unescape(escaped).unwrap_or_default();
    if let Some(id) = parse_guid(&text) {
        return Some(UserKey::Id(UserId(id)));
    }
    let email = Email::parse(&text).ok();
    if email.is_none() {
        faults.add("key", "Give the id of a user, or its e-mail, properly escaped.");
    }
    email.map(UserKey::Email)
}

/// The text of a JSON body (RFC 8259: UTF-8).
///
/// # Errors
/// The body is of another type.
pub(crate) fn json<'a>(parts: &Parts, body: &'a [u8], faults: &mut Faults) -> Result<&'a str, Error> {
    if body.is_empty() {
        faults.add("body", "Send a JSON body.");
        return Ok("");
    }
    let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !declared.is_some_and(is_json) {
        return Err(Error::UnsupportedMediaType);
    }
    let text = std::str::from_utf8(body);
    if text.is_err() {
        faults.add("body", "The body is not UTF-8.");
    }
    Ok(text.unwrap_or_default())
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// The parameters of a query. Names match without regard to case; one that is not known is a fault, for a
/// mistyped filter must never widen what is shown.
pub(crate) struct Query {
    values: Vec<(&'static str, String)>,
}

impl Query {
    /// Reads a query that may hold each of `known` once.
    pub(crate) fn read(query: Option<&str>, known: &[&'static str], faults: &mut Faults) -> Self {
        let mut values: Vec<(&'static str, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |escaped: &str| unescape(&escaped.replace('+', " "));
            let Some(name) = text(name) else {
                faults.add(name, "The name of this parameter is not properly escaped.");
                continue;
            };
            let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(&name)) else {
                faults.add(&name, format!("There is no such parameter. Known are: {}.", known.join(", ")));
                continue;
            };
            if values.iter().any(|(seen, _)| seen == known) {
                faults.add(known, "Give this parameter once.");
                continue;
            }
            match text(value) {
                Some(value) => values.push((known, value)),
                None => faults.add(known, "The value is not properly escaped UTF-8."),
            }
        }
        Self { values }
    }

    /// The value of a parameter, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// A GUID; an empty value counts as absent.
    pub(crate) fn guid(&self, name: &'static str, faults: &mut Faults) -> Option<Uuid> {
        let text = self.get(name).filter(|text| !text.is_empty())?;
        let id = parse_guid(text);
        if id.is_none() {
            faults.add(name, GUID);
        }
        id
    }

    /// A text; an empty value counts as absent.
    pub(crate) fn text(&self, name: &'static str, longest: usize, faults: &mut Faults) -> Option<String> {
        let text = self.get(name).filter(|text| !text.is_empty())?;
        if text.chars().count() > longest {
            faults.add(name, format!("At most {longest} characters are allowed."));
            return None;
        }
        Some(text.to_owned())
    }

    /// A truth value, in any case; an empty one counts as absent.
    pub(crate) fn flag(&self, name: &'static str, faults: &mut Faults) -> Option<bool> {
        let text = self.get(name).filter(|text| !text.is_empty())?;
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                faults.add(name, "Give `true` or `false`.");
                None
            }
        }
    }

    /// One of some values, in any case; an empty one counts as absent.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &'static str,
        values: &[(&str, T)],
        faults: &mut Faults,
    ) -> Option<T> {
        let text = self.get(name).filter(|text| !text.is_empty())?;
        let found = values.iter().find(|(known, _)| known.eq_ignore_ascii_case(text));
        if found.is_none() {
            let names: Vec<String> = values.iter().map(|(known, _)| format!("`{known}`")).collect();
            faults.add(name, format!("Give {}.", names.join(" or ")));
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number within bounds; an empty value is none.
    pub(crate) fn number(
        &self,
        name: &'static str,
        least: u32,
        most: u32,
        faults: &mut Faults,
    ) -> Option<u32> {
        let text = self.get(name)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (least..=most).contains(number));
        if number.is_none() {
            faults.add(name, format!("Give a whole number from {least} to {most}."));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(query: &str) -> Vec<String> {
        let mut faults = Faults::default();
        let query = Query::read(Some(query), &["resellerId", "pageSize"], &mut faults);
        query.guid("resellerId", &mut faults);
        query.number("pageSize", 1, 2000, &mut faults);
        match faults.judge(()) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.property).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn all_faults_of_a_query_are_found_at_once() {
        for good in
            ["", "&&", "RESELLERID=", "pagesize=2000&resellerid=%7B0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9%7d"]
        {
            assert!(faults_of(good).is_empty(), "{good}");
        }
        assert_eq!(
            faults_of("ResellerId=x&pageSize=0&filter=a&Filter=b&page%zz=1&pageSize=1"),
            ["filter", "Filter", "page%zz", "pageSize", "resellerId", "pageSize"]
        );
        for bad in
            ["pageSize", "pageSize=", "pageSize=2001", "pageSize=+1", "pageSize=1.0", "pageSize=99999999999"]
        {
            assert_eq!(faults_of(bad), ["pageSize"], "{bad}");
        }
        assert_eq!(faults_of("resellerId=%ff"), ["resellerId"]);
        let mut faults = Faults::default();
        assert_eq!(
            Query::read(Some("resellerId=a+b"), &["resellerId"], &mut faults).get("resellerId").unwrap(),
            "a b"
        );
    }
}
