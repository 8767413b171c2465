//! How is JSON from strangers read? Strictly: no member twice at any level, no deep nesting.
//!
//! serde_json alone keeps the last of two equal members, so that two readers of one token may see two
//! different tokens. Names are compared after unescaping: `"\u0061lg"` is `"alg"`.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Arrays and objects within one another; real tokens need three or four.
const DEEPEST: u32 = 32;

/// What is wrong with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// Not JSON (RFC 8259), or not an object.
    Malformed,
    /// An object has one name twice.
    DuplicateMember,
    /// More than 32 levels.
    TooDeep,
}

/// Reads one object and nothing behind it.
pub(crate) fn read_object(text: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let fault = Cell::new(JsonFault::Malformed);
    let mut source = serde_json::Deserializer::from_slice(text);
    let strict = Strict { levels_left: DEEPEST, fault: &fault };
    match strict.deserialize(&mut source) {
        Ok(Value::Object(members)) if source.end().is_ok() => Ok(members),
        Ok(_) => Err(JsonFault::Malformed),
        Err(_) => Err(fault.get()),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    levels_left: u32,
    // serde's errors carry only text; the kind of the fault travels beside them.
    fault: &'a Cell<JsonFault>,
}

impl Strict<'_> {
    fn refuse<E: Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }

    fn one_level_down<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(self.refuse(JsonFault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.one_level_down()?;
        let mut items = Vec::new();
        while let Some(item) = source.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.one_level_down()?;
        let mut members = Map::new();
        while let Some(name) = source.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(self.refuse(JsonFault::DuplicateMember));
            }
            let value = source.next_value_seed(inner)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn nested(levels: usize) -> String {
        let inner = levels - 1;
        format!(r#"{{"a":{}{}}}"#, "[".repeat(inner), "]".repeat(inner))
    }

    #[test]
    fn an_object_is_read_as_written() {
        let members = read_object(br#" {"a":[1,-2,0.5,null,true,"x"],"b":{"a":1}} "#).unwrap();
        let expected = serde_json::json!({"a":[1,-2,0.5,null,true,"x"],"b":{"a":1}});
        assert_eq!(Value::Object(members), expected);
    }

    #[test]
    fn one_name_twice_is_refused_at_every_level_however_it_is_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"b":0,"a":2}]}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(read_object(text.as_bytes()), Err(JsonFault::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn thirty_two_levels_are_read_and_thirty_three_are_not() {
        assert!(read_object(nested(32).as_bytes()).is_ok());
        assert_eq!(read_object(nested(33).as_bytes()), Err(JsonFault::TooDeep));
        assert_eq!(read_object(nested(100_000).as_bytes()), Err(JsonFault::TooDeep));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        let texts: [&[u8]; 12] = [
            b"",
            b"{",
            b"[]",
            b"1",
            b"null",
            b"{} {}",
            b"{}x",
            b"{'a':1}",
            b"{\"a\":NaN}",
            b"{\"a\":1e400}",
            b"{\"a\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
        ];
        for text in texts {
            assert_eq!(read_object(text), Err(JsonFault::Malformed), "{text:?}");
        }
    }
}
