//! What does an answer show? Exactly the things that the contract lets this caller see, by name and by id,
//! and nothing else in body or headers.

use crate::cells::Cell;
use crate::directory::{CLIENTS, CUSTOMERS, Customer, GROUPS, Label, Owner, RESELLERS, Rights, USERS, User};
use crate::marks::Shown;
use crate::oracle::{Who, is_related, is_shown, reaches_customer, reaches_user, users_meant};

/// What an answer to a read that is done shows.
pub(crate) fn shown(who: &Who, cell: &Cell) -> Shown {
    let about = &cell.about;
    let mut shown = Shown::default();
    match cell.row.path {
        "/v1/customer/{customerId}/users" | "/v1/customer/{customerId}/users/export" => {
            let owner = Owner::Customer(about.customer.unwrap());
            for user in users_within(who, about.reseller).filter(|user| user.owner == owner) {
                and_user(&mut shown, user, cell.row.path.ends_with("export"));
            }
        }
        "/v1" | "/v1/users" => {
            for user in users_within(who, about.reseller) {
                and_user(&mut shown, user, false);
            }
        }
        "/v1/users/{key}" => {
            for user in users_meant(who, about) {
                and_user(&mut shown, user, false);
            }
        }
        "/v1/users/groups" => {
            for (label, _) in GROUPS.iter().filter(|(_, tenant)| *tenant == who.tenant) {
                shown.and("group", label);
            }
        }
        "/v1/Customers" => {
            let is_narrowed_to =
                |one: &Customer| about.reseller.is_none_or(|asked| is_related(one.label, asked));
            for customer in CUSTOMERS.iter().filter(|one| reaches_customer(who, one.label)) {
                if is_narrowed_to(customer) {
                    and_customer(&mut shown, who, customer);
                }
            }
        }
        "/v1/Customers/{id}" => {
            let customer = CUSTOMERS.iter().find(|one| Some(one.label) == about.customer).unwrap();
            and_customer(&mut shown, who, customer);
        }
        "/v1/Resellers" | "/v1/Resellers/{id}" => {
            for one in RESELLERS.iter().filter(|one| one.tenant == who.tenant && !one.deleted) {
                if about.reseller.is_none_or(|asked| asked == one.label) {
                    shown.and("reseller", one.label);
                    shown.and_name("books", one.label);
                }
            }
        }
        "/v1/api-access" => {
            for one in CLIENTS.iter().filter(|one| one.tenant == who.tenant) {
                shown.and("client", one.label);
                match one.owner {
                    Owner::Csp => {}
                    Owner::Reseller(label) => shown.and_id("reseller", label),
                    Owner::Customer(label) => shown.and_id("customer", label),
                }
            }
        }
        _ => {}
    }
    shown
}

fn users_within(who: &Who, asked: Option<Label>) -> impl Iterator<Item = &'static User> {
    USERS.iter().filter(move |user| is_shown(user) && reaches_user(who, user, asked))
}

/// A user with its groups; a file of users names groups and has no ids of them.
fn and_user(shown: &mut Shown, user: &User, is_file: bool) {
    shown.and("user", user.label);
    if user.rights == Rights::Custom {
        let group = GROUPS.iter().find(|(_, tenant)| *tenant == user.tenant).unwrap().0;
        shown.and_name("group", group);
        if !is_file {
            shown.and_id("group", group);
        }
    }
}

/// A customer, with those of its relations that this caller may see. What somebody calls it in its books is
/// between those two, and not shown to the customer itself.
fn and_customer(shown: &mut Shown, who: &Who, customer: &Customer) {
    shown.and("customer", customer.label);
    for relation in customer.relations {
        let is_seen = match who.owner {
            Owner::Reseller(own) => *relation == Some(own),
            Owner::Csp | Owner::Customer(_) => relation.is_none_or(|label| is_related(customer.label, label)),
        };
        if !is_seen {
            continue;
        }
        if let Some(reseller) = relation {
            shown.and_id("reseller", reseller);
        }
        if !matches!(who.owner, Owner::Customer(_)) {
            shown.and_name("books", &format!("{}.{}", customer.label, relation.unwrap_or("direct")));
        }
    }
}
