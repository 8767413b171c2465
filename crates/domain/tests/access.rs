//! The rights as a table that anybody can read: who asks, for the users of one customer, in which context?
#![allow(missing_docs, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use domain::access::{Action, grant};
use domain::error::Error;
use domain::group::{ADMINISTRATOR, ALERT_MANAGER, VIEWER};
use domain::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{Actor, Permissions, Principal, Role};
use uuid::Uuid;

const OWN: ResellerId = ResellerId(Uuid::from_u128(1));
const OTHER: ResellerId = ResellerId(Uuid::from_u128(2));
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(3));

/// What the right shows, or the `type` of the refusal.
fn cell(role: Role, groups: &[GroupId], action: Action, asked: Option<ResellerId>) -> &'static str {
    let principal = Principal {
        tenant: TenantId(Uuid::from_u128(5)),
        actor: Actor::User(UserId(Uuid::from_u128(6))),
        name: "somebody".into(),
        role,
        permissions: Permissions::of_groups(groups.iter().copied()),
    };
    match grant(&principal, action, CUSTOMER, asked) {
        Ok(scope) => {
            assert_eq!((scope.tenant(), scope.customer(), scope.reach()), (principal.tenant, CUSTOMER, role));
            match scope.context() {
                None => "yes, all",
                Some(OWN) => "yes, of own",
                Some(_) => "yes, of other",
            }
        }
        Err(Error::PermissionDenied) => "403 PermissionDenied",
        Err(Error::ResellerScopeMismatch) => "403 ResellerScopeMismatch",
        Err(other) => unreachable!("{other}"),
    }
}

#[test]
fn the_table_of_rights() {
    let mut table = String::new();
    for action in Action::ALL {
        let title = format!("{action:?}");
        table += &format!("{title:32} {:21} {:21} resellerId=other\n", "no resellerId", "resellerId=own");
        for (role_name, role) in
            [("csp", Role::Csp), ("reseller", Role::Reseller(OWN)), ("customer", Role::Customer(CUSTOMER))]
        {
            for (groups_name, groups) in [
                ("Administrator", &[ADMINISTRATOR][..]),
                ("Viewer", &[VIEWER]),
                ("Viewer, Alert Manager", &[ALERT_MANAGER, VIEWER]),
                ("Alert Manager", &[ALERT_MANAGER]),
                ("custom group", &[GroupId(Uuid::from_u128(7))]),
                ("no group", &[]),
            ] {
                let [none, own, other] =
                    [None, Some(OWN), Some(OTHER)].map(|asked| cell(role, groups, action, asked));
                table += &format!("{role_name:9} {groups_name:22} {none:21} {own:21} {other}\n");
            }
        }
    }
    // Whether the customer exists for the caller (404) and the reseller is related to it (403), the store
    // finds out with the right in its hand.
    insta::assert_snapshot!(table, @r"
    ListCustomerUsers                no resellerId         resellerId=own        resellerId=other
    csp       Administrator          yes, all              yes, of own           yes, of other
    csp       Viewer                 yes, all              yes, of own           yes, of other
    csp       Viewer, Alert Manager  yes, all              yes, of own           yes, of other
    csp       Alert Manager          403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    csp       custom group           403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    csp       no group               403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    reseller  Administrator          yes, of own           yes, of own           403 ResellerScopeMismatch
    reseller  Viewer                 yes, of own           yes, of own           403 ResellerScopeMismatch
    reseller  Viewer, Alert Manager  yes, of own           yes, of own           403 ResellerScopeMismatch
    reseller  Alert Manager          403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    reseller  custom group           403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    reseller  no group               403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    customer  Administrator          yes, all              yes, of own           yes, of other
    customer  Viewer                 yes, all              yes, of own           yes, of other
    customer  Viewer, Alert Manager  yes, all              yes, of own           yes, of other
    customer  Alert Manager          403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    customer  custom group           403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    customer  no group               403 PermissionDenied  403 PermissionDenied  403 PermissionDenied
    ");
}
