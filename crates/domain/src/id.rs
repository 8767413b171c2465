//! Which thing is meant? One type for each kind of identifier, so that a customer's id cannot be handed
//! in where a reseller's is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! identifiers {
    ($($(#[$meaning:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meaning])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, as they are stored.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            /// Writes the lower-case hyphenated form, the only one that Rollcall sends.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+};
}

identifiers! {
    /// A tenant: one cloud distributor (CSP) and all that belongs to it.
    TenantId,
    /// A reseller of one tenant.
    ResellerId,
    /// A customer of one tenant.
    CustomerId,
    /// A portal user of one tenant.
    UserId,
    /// A group of one tenant, a built-in one included.
    GroupId,
    /// An API Access: a program's way in. Unique over all tenants.
    ClientId,
}

/// Reads a GUID in any of the forms that .NET reads (contract section 1, `customerId`): `D` with hyphens,
/// `N` without, `B` in braces, `P` in parentheses; any case, and nothing around it.
#[must_use]
pub fn parse_guid(text: &str) -> Option<Uuid> {
    let bare = match text.len() {
        32 | 36 => text,
        38 => text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .or_else(|| text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')))?,
        _ => return None,
    };
    Uuid::try_parse_ascii(bare.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_in_the_four_forms_of_dotnet_and_no_other() {
        let expected = Uuid::from_u128(0x0a1b_2c3d_4e5f_6071_8293_a4b5_c6d7_e8f9);
        for form in [
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9",
            "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9}",
            "(0A1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9)",
        ] {
            assert_eq!(parse_guid(form), Some(expected), "{form}");
        }
        for other in [
            "",
            " 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9)",
            "{0a1b2c3d4e5f60718293a4b5c6d7e8f9}",
            "urn:uuid:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f",
            "0a1b2c3d-4e5f-6071-8293a-4b5c6d7e8f9",
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fg",
            "{0x0a1b2c3d,0x4e5f,0x6071,{0x82,0x93,0xa4,0xb5,0xc6,0xd7,0xe8,0xf9}}",
        ] {
            assert_eq!(parse_guid(other), None, "{other}");
        }
        assert_eq!(parse_guid("00000000-0000-0000-0000-000000000000"), Some(Uuid::nil()));
    }
}
