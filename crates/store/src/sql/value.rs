//! What is bound to a statement? One of the five kinds of values that both databases have.

use uuid::Uuid;

/// A value on its way into a statement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Value<'v> {
    Null,
    Integer(i64),
    Text(&'v str),
    Blob(&'v [u8]),
    /// The sixteen bytes of an id.
    Id(Uuid),
}

/// What is bound, by place or by name. A name that the statement does not have is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Params<'p> {
    ByPlace(&'p [Value<'p>]),
    ByName(&'p [(&'static str, Value<'p>)]),
}

/// Values for `?1`, `?2` and so on.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        $crate::sql::Params::ByPlace(&[$($crate::sql::Value::from(&$value)),*])
    };
}

/// Values for `:name`.
macro_rules! named_params {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::sql::Params::ByName(&[$(($name, $crate::sql::Value::from(&$value))),*])
    };
}

pub(crate) use {named_params, params};

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl From<&$integer> for Value<'_> {
            fn from(number: &$integer) -> Self {
                Self::Integer(i64::from(*number))
            }
        }
    )*};
}

integers!(bool, i64, i32, u32);

/// What is borrowed as `$borrowed`, by value, behind a reference and perhaps absent.
macro_rules! borrowed {
    ($borrowed:ty, $owned:ty, $kind:ident) => {
        impl<'v> From<&'v $borrowed> for Value<'v> {
            fn from(value: &'v $borrowed) -> Self {
                Self::$kind(value)
            }
        }

        impl<'v> From<&&'v $borrowed> for Value<'v> {
            fn from(value: &&'v $borrowed) -> Self {
                Self::$kind(value)
            }
        }

        impl<'v> From<&'v $owned> for Value<'v> {
            fn from(value: &'v $owned) -> Self {
                Self::$kind(value)
            }
        }

        impl<'v> From<&&'v $owned> for Value<'v> {
            fn from(value: &&'v $owned) -> Self {
                Self::$kind(value)
            }
        }

        impl<'v> From<&Option<&'v $borrowed>> for Value<'v> {
            fn from(value: &Option<&'v $borrowed>) -> Self {
                value.map_or(Self::Null, Self::$kind)
            }
        }

        impl<'v> From<&'v Option<$owned>> for Value<'v> {
            fn from(value: &'v Option<$owned>) -> Self {
                value.as_deref().map_or(Self::Null, Self::$kind)
            }
        }
    };
}

borrowed!(str, String, Text);
borrowed!([u8], Vec<u8>, Blob);

impl<'v, const LENGTH: usize> From<&'v [u8; LENGTH]> for Value<'v> {
    fn from(value: &'v [u8; LENGTH]) -> Self {
        Self::Blob(value)
    }
}

impl From<&Uuid> for Value<'_> {
    fn from(id: &Uuid) -> Self {
        Self::Id(*id)
    }
}

impl From<&&Uuid> for Value<'_> {
    fn from(id: &&Uuid) -> Self {
        Self::Id(**id)
    }
}

impl From<&Option<Uuid>> for Value<'_> {
    fn from(id: &Option<Uuid>) -> Self {
        id.map_or(Self::Null, Self::Id)
    }
}

impl From<&Option<i64>> for Value<'_> {
    fn from(number: &Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Integer)
    }
}
