//! How does one line of a directory file look? By the contract, section 6: exactly these members, in this
//! order, and `deletedAt` only where something is deleted.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use uuid::Uuid;

/// One object of a directory file.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Line<'a> {
    Tenant {
        id: Uuid,
        name: &'a str,
        domains: &'a [String],
    },
    Group {
        tenant: Uuid,
        id: Uuid,
        name: &'a str,
    },
    Reseller {
        tenant: Uuid,
        id: Uuid,
        #[serde(flatten)]
        company: CompanyMembers<'a>,
        zip_code: &'a str,
        internal_identifier: &'a str,
        domains: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<&'a str>,
    },
    Customer {
        tenant: Uuid,
        id: Uuid,
        #[serde(flatten)]
        company: CompanyMembers<'a>,
        zip: &'a str,
        relations: &'a [Relation],
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<&'a str>,
    },
    User {
        tenant: Uuid,
        owner: Owner,
        reseller: Option<Uuid>,
        id: Uuid,
        first_name: Option<&'a str>,
        last_name: Option<&'a str>,
        email: &'a str,
        groups: &'a [Uuid],
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<&'a str>,
    },
    ApiAccess {
        tenant: Uuid,
        client_id: Uuid,
        name: &'a str,
        role: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reseller: Option<Uuid>,
        #[serde(skip_serializing_if = "Option::is_none")]
        customer: Option<Uuid>,
        permission: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        disabled: Option<bool>,
        secret: &'a str,
    },
}

/// What customers and resellers say of their company under the same names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompanyMembers<'a> {
    pub(super) company_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tax_id: Option<&'a str>,
    pub(super) country: &'a str,
    pub(super) address_line1: &'a str,
    pub(super) city: &'a str,
    pub(super) state: &'a str,
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    pub(super) email: &'a str,
    pub(super) phone: &'a str,
}

/// A relation of a customer: with a reseller, or direct.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relation {
    pub(super) reseller: Option<Uuid>,
    pub(super) internal_identifier: Option<String>,
}

/// To whom a user belongs.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
pub(super) enum Owner {
    Customer(Uuid),
    Reseller(Uuid),
    Csp(bool),
}

/// Writes lines through one buffer and counts them.
pub(super) struct Lines<W: Write> {
    out: BufWriter<W>,
    line: Vec<u8>,
    pub(super) written: usize,
}

impl<W: Write> Lines<W> {
    /// Lines that go to `out`.
    pub(super) fn new(out: W) -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, out), line: Vec::with_capacity(1024), written: 0 }
    }

    /// Writes one line.
    pub(super) fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.written += 1;
        self.out.write_all(&self.line)
    }

    /// Hands what is still in the buffer to the target.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
