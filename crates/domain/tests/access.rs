//! The rights as a table that anybody can read: who may do what, and in whose context?
#![allow(missing_docs, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use domain::access::{Action, grant, reach};
use domain::error::Error;
use domain::group::{ADMINISTRATOR, ALERT_MANAGER, VIEWER};
use domain::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{Actor, Permissions, Principal, Role};
use uuid::Uuid;

const OWN: ResellerId = ResellerId(Uuid::from_u128(1));
const OTHER: ResellerId = ResellerId(Uuid::from_u128(2));
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(3));

fn somebody(role: Role, groups: &[GroupId]) -> Principal {
    Principal {
        tenant: TenantId(Uuid::from_u128(5)),
        actor: Actor::User(UserId(Uuid::from_u128(6))),
        name: "somebody".into(),
        role,
        context: None,
        permissions: Permissions::of_groups(groups.iter().copied()),
    }
}

/// In whose context the right is, or that there is none: `denied` (403 `PermissionDenied`) or `mismatch`
/// (403 `ResellerScopeMismatch`).
fn cell(role: Role, groups: &[GroupId], action: Action, asked: Option<ResellerId>) -> &'static str {
    let principal = somebody(role, groups);
    let right = reach(&principal, action, asked);
    let scope = grant(&principal, action, CUSTOMER, asked);
    match (right, scope) {
        (Ok(right), Ok(scope)) => {
            assert_eq!((right.tenant(), right.role()), (principal.tenant, role));
            assert_eq!((scope.reach(), scope.customer()), (right, CUSTOMER));
            match right.context() {
                None => "all",
                Some(OWN) => "own",
                Some(_) => "other",
            }
        }
        (Err(Error::PermissionDenied), Err(Error::PermissionDenied)) => "denied",
        (Err(Error::ResellerScopeMismatch), Err(Error::ResellerScopeMismatch)) => "mismatch",
        (right, scope) => unreachable!("{right:?} and {scope:?}"),
    }
}

fn cells(role: Role, groups: &[GroupId], action: Action) -> String {
    let cells = [None, Some(OWN), Some(OTHER)].map(|asked| cell(role, groups, action, asked));
    if cells == ["denied"; 3] { "-".to_owned() } else { cells.join(" ") }
}

#[test]
fn the_table_of_rights() {
    // Each cell: in whose context without `resellerId`, with the own one, with another one; - is never.
    let mut table = format!("{:20} {:8}  {:18}  Viewer\n", "action", "role", "Administrator");
    for action in Action::ALL {
        for (role_name, role) in
            [("csp", Role::Csp), ("reseller", Role::Reseller(OWN)), ("customer", Role::Customer(CUSTOMER))]
        {
            let [administrator, viewer] =
                [[ADMINISTRATOR], [VIEWER]].map(|groups| cells(role, &groups, action));
            let title = format!("{action:?}");
            table += &format!("{title:20} {role_name:8}  {administrator:18}  {viewer}\n");
            // The other groups carry no permission, and take none away.
            let custom = GroupId(Uuid::from_u128(7));
            for none in [&[][..], &[ALERT_MANAGER], &[custom]] {
                assert_eq!(cells(role, none, action), "-", "{action:?} {role_name}");
            }
            assert_eq!(cells(role, &[ALERT_MANAGER, VIEWER, custom], action), viewer);
            assert_eq!(cells(role, &[VIEWER, ADMINISTRATOR, custom], action), administrator);
        }
    }
    // Whether what is asked about exists for the caller (404) and the reseller is related to it (403), the
    // store finds out with the right in its hand.
    insta::assert_snapshot!(table, @r"
    action               role      Administrator       Viewer
    ListCustomerUsers    csp       all own other       all own other
    ListCustomerUsers    reseller  own own mismatch    own own mismatch
    ListCustomerUsers    customer  all own other       all own other
    ExportCustomerUsers  csp       all own other       all own other
    ExportCustomerUsers  reseller  own own mismatch    own own mismatch
    ExportCustomerUsers  customer  all own other       all own other
    CreateCustomerUser   csp       all own other       -
    CreateCustomerUser   reseller  own own mismatch    -
    CreateCustomerUser   customer  all own other       -
    ImportCustomerUsers  csp       all own other       -
    ImportCustomerUsers  reseller  own own mismatch    -
    ImportCustomerUsers  customer  all own other       -
    CreateResellerUser   csp       all own other       -
    CreateResellerUser   reseller  own own mismatch    -
    CreateResellerUser   customer  -                   -
    CreateCspUser        csp       all own other       -
    CreateCspUser        reseller  -                   -
    CreateCspUser        customer  -                   -
    ListUsers            csp       all own other       all own other
    ListUsers            reseller  own own mismatch    own own mismatch
    ListUsers            customer  all own other       all own other
    GetUser              csp       all own other       all own other
    GetUser              reseller  own own mismatch    own own mismatch
    GetUser              customer  all own other       all own other
    UpdateUser           csp       all own other       -
    UpdateUser           reseller  own own mismatch    -
    UpdateUser           customer  all own other       -
    DeleteUser           csp       all own other       -
    DeleteUser           reseller  own own mismatch    -
    DeleteUser           customer  all own other       -
    RestoreUser          csp       all own other       -
    RestoreUser          reseller  own own mismatch    -
    RestoreUser          customer  all own other       -
    ListGroups           csp       all own other       all own other
    ListGroups           reseller  own own mismatch    own own mismatch
    ListGroups           customer  all own other       all own other
    CreateGroup          csp       all own other       -
    CreateGroup          reseller  -                   -
    CreateGroup          customer  -                   -
    UpdateGroup          csp       all own other       -
    UpdateGroup          reseller  -                   -
    UpdateGroup          customer  -                   -
    DeleteGroup          csp       all own other       -
    DeleteGroup          reseller  -                   -
    DeleteGroup          customer  -                   -
    ListCustomers        csp       all own other       all own other
    ListCustomers        reseller  own own mismatch    own own mismatch
    ListCustomers        customer  -                   -
    GetCustomer          csp       all own other       all own other
    GetCustomer          reseller  own own mismatch    own own mismatch
    GetCustomer          customer  all own other       all own other
    CreateCustomer       csp       all own other       -
    CreateCustomer       reseller  own own mismatch    -
    CreateCustomer       customer  -                   -
    UpdateCustomer       csp       all own other       -
    UpdateCustomer       reseller  own own mismatch    -
    UpdateCustomer       customer  -                   -
    IdentifyCustomer     csp       all own other       -
    IdentifyCustomer     reseller  own own mismatch    -
    IdentifyCustomer     customer  -                   -
    DeleteCustomer       csp       all own other       -
    DeleteCustomer       reseller  -                   -
    DeleteCustomer       customer  -                   -
    CreateRelation       csp       all own other       -
    CreateRelation       reseller  -                   -
    CreateRelation       customer  -                   -
    DeleteRelation       csp       all own other       -
    DeleteRelation       reseller  -                   -
    DeleteRelation       customer  -                   -
    ListResellers        csp       all own other       all own other
    ListResellers        reseller  -                   -
    ListResellers        customer  -                   -
    GetReseller          csp       all own other       all own other
    GetReseller          reseller  own own mismatch    own own mismatch
    GetReseller          customer  -                   -
    CreateReseller       csp       all own other       -
    CreateReseller       reseller  -                   -
    CreateReseller       customer  -                   -
    UpdateReseller       csp       all own other       -
    UpdateReseller       reseller  -                   -
    UpdateReseller       customer  -                   -
    IdentifyReseller     csp       all own other       -
    IdentifyReseller     reseller  -                   -
    IdentifyReseller     customer  -                   -
    ListApiAccesses      csp       all own other       -
    ListApiAccesses      reseller  -                   -
    ListApiAccesses      customer  -                   -
    CreateApiAccess      csp       all own other       -
    CreateApiAccess      reseller  -                   -
    CreateApiAccess      customer  -                   -
    UpdateApiAccess      csp       all own other       -
    UpdateApiAccess      reseller  -                   -
    UpdateApiAccess      customer  -                   -
    DeleteApiAccess      csp       all own other       -
    DeleteApiAccess      reseller  -                   -
    DeleteApiAccess      customer  -                   -
    ListAuditLogs        csp       all own other       all own other
    ListAuditLogs        reseller  own own mismatch    own own mismatch
    ListAuditLogs        customer  all own other       all own other
    ");
}
