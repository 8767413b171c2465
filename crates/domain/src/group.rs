//! What are groups for? The built-in three carry permissions, the others are labels.

use uuid::Uuid;

use crate::id::GroupId;

/// Read and write, within the principal's own scope (contract section 5).
pub const ADMINISTRATOR: GroupId = GroupId(Uuid::from_u128(0x5f00_0000_0000_4000_8000_0000_0000_0001));
/// Read, within the principal's own scope.
pub const VIEWER: GroupId = GroupId(Uuid::from_u128(0x5f00_0000_0000_4000_8000_0000_0000_0002));
/// Neither read nor write; combinable with the other two.
pub const ALERT_MANAGER: GroupId = GroupId(Uuid::from_u128(0x5f00_0000_0000_4000_8000_0000_0000_0003));

/// The groups that exist in every tenant, with their names.
pub const BUILT_IN: [(GroupId, &str); 3] =
    [(ADMINISTRATOR, "Administrator"), (VIEWER, "Viewer"), (ALERT_MANAGER, "Alert Manager")];

/// The most groups that one user may be in (contract section 2).
pub const MOST_GROUPS: usize = 100;

/// A group as users show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Unique within the tenant.
    pub id: GroupId,
    /// Shown beside the id.
    pub name: String,
}
