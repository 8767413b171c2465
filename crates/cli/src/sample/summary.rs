//! What is worth trying in the sample? Ids, domains and secrets for the commands that a demo prints.

use uuid::Uuid;

/// What was written, and where to look first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Summary {
    /// One entry for each distributor, in the order of the file.
    pub(crate) tenants: Vec<TenantSample>,
    /// How much there is.
    pub(crate) counts: Counts,
}

/// How many objects of each kind there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    /// Lines of the file.
    pub(crate) lines: usize,
    /// Distributors.
    pub(crate) tenants: usize,
    /// Custom groups.
    pub(crate) groups: usize,
    /// Resellers, deleted ones included.
    pub(crate) resellers: usize,
    /// Customers, deleted ones included.
    pub(crate) customers: usize,
    /// Users that are not deleted, staff included.
    pub(crate) users: usize,
    /// Deleted users.
    pub(crate) deleted_users: usize,
    /// API accesses, the disabled ones included.
    pub(crate) accesses: usize,
}

/// One distributor of the sample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TenantSample {
    /// The id of the tenant.
    pub(crate) id: Uuid,
    /// The name of the distributor.
    pub(crate) name: String,
    /// The domains of its portal, values for `X-Tenant`; the first one is ASCII.
    pub(crate) domains: Vec<String>,
    /// Its resellers, deleted ones included.
    pub(crate) resellers: Vec<ResellerSample>,
    /// All customers that are not deleted, in the order of the file.
    pub(crate) customers: Vec<Uuid>,
    /// The customers that show something.
    pub(crate) notable: Vec<Notable>,
    /// The API accesses, with their secrets.
    pub(crate) accesses: Vec<Access>,
}

impl TenantSample {
    /// The customer that shows a case, if this tenant has one.
    #[must_use]
    pub(crate) fn notable(&self, case: Case) -> Option<&Notable> {
        self.notable.iter().find(|notable| notable.case == case)
    }

    /// The access of a role with a permission that can be used at once: not disabled, its owner not deleted.
    #[must_use]
    pub(crate) fn access(&self, role: &str, permission: &str) -> Option<&Access> {
        let owner_lives = |access: &Access| {
            self.resellers.iter().all(|reseller| Some(reseller.id) != access.reseller || !reseller.deleted)
        };
        self.accesses.iter().find(|access| {
            access.role == role && access.permission == permission && !access.disabled && owner_lives(access)
        })
    }
}

/// One reseller of the sample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ResellerSample {
    /// The id of the reseller.
    pub(crate) id: Uuid,
    /// The name of the company.
    pub(crate) name: String,
    /// Its custom domains, legal as `X-Tenant`.
    pub(crate) domains: Vec<String>,
    /// Whether it is deleted.
    pub(crate) deleted: bool,
}

/// What a customer shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Case {
    /// In direct relation with the distributor, no reseller.
    Direct,
    /// Served by one reseller alone.
    OfOneReseller,
    /// Served by two resellers and directly, with users in all three contexts.
    Shared,
    /// Without a user.
    WithoutUsers,
    /// The one with the most users, of the first distributor.
    Largest,
    /// Deleted.
    Deleted,
}

/// A customer that shows something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notable {
    /// What it shows.
    pub(crate) case: Case,
    /// The id of the customer.
    pub(crate) id: Uuid,
    /// The name of the company.
    pub(crate) name: String,
    /// The resellers that serve it.
    pub(crate) resellers: Vec<Uuid>,
    /// How many users a distributor sees.
    pub(crate) users: usize,
}

/// A program's way in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Access {
    /// The client id.
    pub(crate) client_id: Uuid,
    /// The secret that was asked for.
    pub(crate) secret: String,
    /// What it is for.
    pub(crate) name: String,
    /// `csp`, `reseller` or `customer`.
    pub(crate) role: &'static str,
    /// The reseller whose access it is.
    pub(crate) reseller: Option<Uuid>,
    /// The customer whose access it is.
    pub(crate) customer: Option<Uuid>,
    /// `Administrator` or `Viewer`.
    pub(crate) permission: &'static str,
    /// Whether it is refused.
    pub(crate) disabled: bool,
}
