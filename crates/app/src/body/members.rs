//! Which members does an object have? They are taken out one by one, each by its type; what is left at the
//! end is unknown, and every fault is kept with the path of its property.

use std::borrow::Cow;

use domain::error::Fault;
use domain::id::parse_guid;
use jiff::Timestamp;
use uuid::Uuid;

use super::json::Json;

/// The most characters of a name that is echoed.
const ECHO: usize = 64;

/// Values with their place in the list that they came from, since faulty neighbours are left out.
pub(crate) type Placed<T> = Vec<(usize, T)>;

/// The members of an object that nobody asked for yet, and the faults so far.
pub(crate) struct Members<'a> {
    /// Stands before each name: empty, or such as `owner.`.
    prefix: String,
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    faults: Vec<Fault>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(prefix: String, object: Vec<(Cow<'a, str>, Json<'a>)>) -> Self {
        let mut members = Self { prefix, left: Vec::with_capacity(object.len()), faults: Vec::new() };
        for (name, value) in object {
            if members.left.iter().any(|(known, _)| *known == name) {
                members.fault(&echoed(&name), "Give this member once only.");
            } else {
                members.left.push((name, value));
            }
        }
        members
    }

    /// Keeps a fault of the member `name`.
    pub(crate) fn fault(&mut self, name: &str, description: impl Into<String>) {
        self.faults.push(Fault::new(format!("{}{name}", self.prefix), description));
    }

    /// Whether there was a fault so far.
    pub(crate) fn is_faulty(&self) -> bool {
        !self.faults.is_empty()
    }

    /// All faults; every member that nobody took is one.
    pub(crate) fn finish(mut self) -> Vec<Fault> {
        for (name, _) in std::mem::take(&mut self.left) {
            self.fault(&echoed(&name), "This member is unknown here; remove it or check its spelling.");
        }
        self.faults
    }

    /// Takes a member; one that is null counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json<'a>> {
        self.given(name).filter(|value| *value != Json::Null)
    }

    /// Takes a member, also one that is null.
    pub(crate) fn given(&mut self, name: &str) -> Option<Json<'a>> {
        let place = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(place).1)
    }

    /// Takes a text that `parse` can read, or null, if either is there: what is changed, and to what.
    pub(crate) fn change<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<Option<T>, String>,
    ) -> Option<Option<T>> {
        match self.given(name)? {
            Json::Null => Some(None),
            value => self.judged(name, &value, parse),
        }
    }

    /// Takes a text that `parse` can read and that must not be null, if it is there.
    pub(crate) fn replacement<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.given(name)? {
            Json::Null => {
                self.fault(name, "This cannot be taken away; give another value, or leave it out.");
                None
            }
            value => self.judged(name, &value, parse),
        }
    }

    /// Takes a text that `parse` can read, if there is one.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.judged(name, &value, parse)
    }

    /// Takes a text that `parse` can read; it is a fault if there is none.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => self.judged(name, &value, parse),
            None => {
                self.fault(name, "This member is required.");
                None
            }
        }
    }

    /// Takes a text of one line; a blank one counts as absent.
    pub(crate) fn line(&mut self, name: &str, longest: usize) -> Option<String> {
        self.parsed(name, |text| domain::text::line(text, longest)).flatten()
    }

    /// Takes a text of one line that must not be blank.
    pub(crate) fn required_line(&mut self, name: &str, longest: usize) -> Option<String> {
        self.required(name, |text| {
            domain::text::line(text, longest)?.ok_or_else(|| "Give a text that is not blank.".to_owned())
        })
    }

    /// Takes an id that must be there.
    pub(crate) fn id<T>(&mut self, name: &str, kind: fn(Uuid) -> T) -> Option<T> {
        self.required(name, |text| id(text).map(kind))
    }

    /// Takes an id, if there is one.
    pub(crate) fn optional_id<T>(&mut self, name: &str, kind: fn(Uuid) -> T) -> Option<T> {
        self.parsed(name, |text| id(text).map(kind))
    }

    /// Takes `deletedAt`.
    pub(crate) fn deleted_at(&mut self) -> Option<Timestamp> {
        self.parsed("deletedAt", |text| {
            // The parser also knows annotations in brackets (RFC 9557), which RFC 3339 does not.
            let time = if text.contains('[') { None } else { text.parse().ok() };
            time.ok_or_else(|| "Give a time of RFC 3339, such as `2026-01-31T12:00:00Z`.".to_owned())
        })
    }

    /// Takes a truth value; absent is false.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Json::Bool(value)) => value,
            Some(_) => {
                self.fault(name, "Give `true` or `false`.");
                false
            }
        }
    }

    /// Takes a list, if there is one; absent is empty.
    pub(crate) fn list(&mut self, name: &str) -> Vec<Json<'a>> {
        match self.take(name) {
            None => Vec::new(),
            Some(Json::List(list)) => list,
            Some(_) => {
                self.fault(name, "Give a list.");
                Vec::new()
            }
        }
    }

    /// Takes a list of texts, each of which `parse` can read and none of which is there twice.
    pub(crate) fn set<T: PartialEq>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Placed<T> {
        let mut set: Placed<T> = Vec::new();
        for (place, value) in self.list(name).into_iter().enumerate() {
            let property = || format!("{name}[{place}]");
            let parsed = match &value {
                Json::Text(text) => parse(text),
                _ => Err("Give a text.".to_owned()),
            };
            match parsed {
                Err(description) => self.fault(&property(), description),
                Ok(value) if set.iter().any(|(_, known)| *known == value) => {
                    self.fault(&property(), "This is in the list already.");
                }
                Ok(value) => set.push((place, value)),
            }
        }
        set
    }

    /// Takes what was found in an object within this one.
    pub(crate) fn absorb(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults);
    }

    pub(crate) fn judged<T>(
        &mut self,
        name: &str,
        value: &Json<'_>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let parsed = match value {
            Json::Text(text) => parse(text),
            _ => Err("Give a text.".to_owned()),
        };
        parsed.map_err(|description| self.fault(name, description)).ok()
    }
}

/// An id that may name something.
pub(crate) fn id(text: &str) -> Result<Uuid, String> {
    match parse_guid(text) {
        Some(id) if !id.is_nil() => Ok(id),
        Some(_) => Err("The nil id names nothing; give another one.".to_owned()),
        None => Err("Give an id, such as `0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`.".to_owned()),
    }
}

/// A name from the file, short enough to be said again.
pub(crate) fn echoed(name: &str) -> String {
    name.chars().take(ECHO).collect()
}
