//! Who is there? Two tenants, and in the first something in every relation to every caller. All that the
//! oracle knows of the world stands here, by label.

/// What a thing is called in the tests.
pub(crate) type Label = &'static str;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Tenant {
    North,
    South,
}

impl Tenant {
    pub(crate) fn label(self) -> Label {
        match self {
            Self::North => "north",
            Self::South => "south",
        }
    }

    pub(crate) fn domain(self) -> String {
        format!("portal.{}.example", self.label())
    }
}

/// Whose a user or a program is; the role follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    Csp,
    Reseller(Label),
    Customer(Label),
}

/// The groups of a user, or the permission of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rights {
    Administrator,
    Viewer,
    AlertManager,
    Custom,
    Nothing,
}

pub(crate) struct Reseller {
    pub(crate) label: Label,
    pub(crate) tenant: Tenant,
    pub(crate) deleted: bool,
}

pub(crate) struct Customer {
    pub(crate) label: Label,
    pub(crate) tenant: Tenant,
    pub(crate) deleted: bool,
    /// Resellers, and none for the direct relation.
    pub(crate) relations: &'static [Option<Label>],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) label: Label,
    pub(crate) tenant: Tenant,
    pub(crate) owner: Owner,
    pub(crate) context: Option<Label>,
    pub(crate) rights: Rights,
    pub(crate) deleted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) label: Label,
    pub(crate) tenant: Tenant,
    pub(crate) owner: Owner,
    pub(crate) rights: Rights,
    pub(crate) disabled: bool,
    /// Its tokens come from the OpenID Connect issuer.
    pub(crate) is_external: bool,
}

use Owner::{Csp, Customer as OfCustomer, Reseller as OfReseller};
use Rights::{Administrator, AlertManager, Custom, Nothing, Viewer};
use Tenant::{North, South};

pub(crate) const RESELLERS: [Reseller; 5] = [
    reseller("acorn", North, false),
    reseller("birch", North, false),
    reseller("lonely", North, false),
    reseller("fallen", North, true),
    reseller("southern", South, false),
];

pub(crate) const CUSTOMERS: [Customer; 6] = [
    customer("maple", North, &[Some("acorn"), Some("birch"), Some("fallen"), None]),
    customer("rowan", North, &[Some("acorn")]),
    customer("thorn", North, &[Some("birch")]),
    customer("plain", North, &[None]),
    Customer { deleted: true, ..customer("gone", North, &[Some("acorn")]) },
    customer("foreign", South, &[Some("southern"), None]),
];

/// Groups that are not built in.
pub(crate) const GROUPS: [(Label, Tenant); 2] = [("northern", North), ("southern", South)];

const fn reseller(label: Label, tenant: Tenant, deleted: bool) -> Reseller {
    Reseller { label, tenant, deleted }
}

const fn customer(label: Label, tenant: Tenant, relations: &'static [Option<Label>]) -> Customer {
    Customer { label, tenant, deleted: false, relations }
}

const fn user(label: Label, owner: Owner, context: Option<Label>, rights: Rights) -> User {
    User { label, tenant: North, owner, context, rights, deleted: false }
}

const fn gone(label: Label, owner: Owner, context: Option<Label>, rights: Rights) -> User {
    User { deleted: true, ..user(label, owner, context, rights) }
}

const fn of_south(label: Label, owner: Owner, context: Option<Label>, rights: Rights) -> User {
    User { tenant: South, ..user(label, owner, context, rights) }
}

const MAPLE: Owner = OfCustomer("maple");
const ROWAN: Owner = OfCustomer("rowan");
const THORN: Owner = OfCustomer("thorn");
const ACORN: Owner = OfReseller("acorn");
const BIRCH: Owner = OfReseller("birch");

pub(crate) const USERS: [User; 51] = [
    // Those who ask.
    user("csp-administrator", Csp, None, Administrator),
    user("csp-viewer", Csp, None, Viewer),
    user("csp-alert-manager", Csp, None, AlertManager),
    user("csp-custom", Csp, None, Custom),
    user("csp-nothing", Csp, None, Nothing),
    user("acorn-administrator", ACORN, None, Administrator),
    user("acorn-viewer", ACORN, None, Viewer),
    user("acorn-alert-manager", ACORN, None, AlertManager),
    user("acorn-custom", ACORN, None, Custom),
    user("acorn-nothing", ACORN, None, Nothing),
    user("maple-administrator", MAPLE, Some("acorn"), Administrator),
    user("maple-viewer", MAPLE, Some("acorn"), Viewer),
    user("maple-alert-manager", MAPLE, Some("acorn"), AlertManager),
    user("maple-custom", MAPLE, Some("acorn"), Custom),
    user("maple-nothing", MAPLE, Some("acorn"), Nothing),
    user("maple-direct-administrator", MAPLE, None, Administrator),
    of_south("south-administrator", Csp, None, Administrator),
    // Those who asked once.
    gone("csp-gone", Csp, None, Administrator),
    gone("acorn-gone", ACORN, None, Administrator),
    gone("maple-gone", MAPLE, Some("acorn"), Administrator),
    user("of-fallen", OfReseller("fallen"), None, Administrator),
    user("of-gone", OfCustomer("gone"), Some("acorn"), Administrator),
    // Those who are asked about.
    user("csp-staff", Csp, None, Nothing),
    user("csp-steward", Csp, None, Administrator),
    user("acorn-staff", ACORN, None, Nothing),
    user("birch-staff", BIRCH, None, Nothing),
    user("lonely-staff", OfReseller("lonely"), None, Nothing),
    user("maple-in-acorn", MAPLE, Some("acorn"), Custom),
    user("maple-in-birch", MAPLE, Some("birch"), Nothing),
    user("maple-direct", MAPLE, None, Nothing),
    user("rowan-in-acorn", ROWAN, Some("acorn"), Nothing),
    user("thorn-in-birch", THORN, Some("birch"), Custom),
    user("plain-direct", OfCustomer("plain"), None, Nothing),
    user("twin-of-maple", MAPLE, Some("acorn"), Nothing),
    user("twin-of-thorn", THORN, Some("birch"), Nothing),
    // So many that a rare word is looked up by itself, also for a reseller and for a customer.
    user("crowd-a", MAPLE, Some("acorn"), Nothing),
    user("crowd-b", MAPLE, Some("acorn"), Nothing),
    user("crowd-c", MAPLE, Some("acorn"), Nothing),
    user("crowd-d", MAPLE, Some("acorn"), Nothing),
    user("crowd-e", MAPLE, Some("acorn"), Nothing),
    user("crowd-f", MAPLE, Some("acorn"), Nothing),
    user("crowd-g", MAPLE, Some("acorn"), Nothing),
    of_south("south-staff", Csp, None, Nothing),
    of_south("southern-staff", OfReseller("southern"), None, Nothing),
    of_south("foreign-in-southern", OfCustomer("foreign"), Some("southern"), Nothing),
    of_south("foreign-direct", OfCustomer("foreign"), None, Nothing),
    // Those who were deleted, and can come back.
    gone("was-in-acorn", MAPLE, Some("acorn"), Nothing),
    gone("was-in-birch", MAPLE, Some("birch"), Nothing),
    gone("was-of-rowan", ROWAN, Some("acorn"), Nothing),
    gone("was-of-birch", BIRCH, None, Nothing),
    User { tenant: South, ..gone("was-in-south", OfCustomer("foreign"), None, Nothing) },
];

const fn client(label: Label, owner: Owner, rights: Rights) -> Client {
    Client { label, tenant: North, owner, rights, disabled: false, is_external: false }
}

pub(crate) const CLIENTS: [Client; 20] = [
    client("csp-administrator", Csp, Administrator),
    client("csp-viewer", Csp, Viewer),
    client("acorn-administrator", ACORN, Administrator),
    client("acorn-viewer", ACORN, Viewer),
    client("maple-administrator", MAPLE, Administrator),
    client("maple-viewer", MAPLE, Viewer),
    client("birch-administrator", BIRCH, Administrator),
    client("rowan-viewer", ROWAN, Viewer),
    client("thorn-viewer", THORN, Viewer),
    Client { is_external: true, ..client("external", ACORN, Viewer) },
    Client { disabled: true, ..client("csp-disabled", Csp, Administrator) },
    Client { disabled: true, ..client("acorn-disabled", ACORN, Administrator) },
    Client { disabled: true, ..client("maple-disabled", MAPLE, Administrator) },
    client("of-fallen", OfReseller("fallen"), Administrator),
    client("of-gone", OfCustomer("gone"), Administrator),
    Client { tenant: South, ..client("south-administrator", Csp, Administrator) },
    Client { tenant: South, ..client("south-of-foreign", OfCustomer("foreign"), Viewer) },
    // Those that are only asked about.
    client("of-csp", Csp, Viewer),
    client("of-acorn", ACORN, Viewer),
    Client { tenant: South, ..client("of-south", Csp, Viewer) },
];

pub(crate) fn find_reseller(label: Label) -> Option<&'static Reseller> {
    RESELLERS.iter().find(|one| one.label == label)
}

pub(crate) fn find_customer(label: Label) -> Option<&'static Customer> {
    CUSTOMERS.iter().find(|one| one.label == label)
}

pub(crate) fn find_user(label: Label) -> Option<&'static User> {
    USERS.iter().find(|one| one.label == label)
}

pub(crate) fn find_client(label: Label) -> Option<&'static Client> {
    CLIENTS.iter().find(|one| one.label == label)
}

/// The e-mail of a user; the twins have the same.
pub(crate) fn email_of(user: Label) -> String {
    if user.starts_with("twin-") {
        "twin@people.example".to_owned()
    } else {
        format!("{}@people.example", crate::marks::name("user", user))
    }
}
