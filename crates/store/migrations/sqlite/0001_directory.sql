-- The directory: who exists and who may ask.
--
-- tenant_id leads every key of what belongs to a tenant, so that no lookup can cross tenants by mistake
-- and so that the same schema can be distributed by tenant later. Ids come from the application.
-- Times are RFC 3339 text in UTC; an id is a blob of 16 bytes; an empty blob stands for "no reseller".

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant (
    tenant_id BLOB PRIMARY KEY,
    name      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A domain leads to one tenant in the whole database: that is what X-Tenant is looked up by.
CREATE TABLE domain (
    domain      TEXT PRIMARY KEY,
    tenant_id   BLOB NOT NULL REFERENCES tenant,
    reseller_id BLOB,
    position    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issuer (
    issuer         TEXT PRIMARY KEY,
    audience       TEXT NOT NULL,
    tenants        TEXT NOT NULL,
    email_domains  TEXT NOT NULL,
    verifies_email INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reseller (
    tenant_id           BLOB NOT NULL REFERENCES tenant,
    reseller_id         BLOB NOT NULL,
    company             TEXT NOT NULL,
    internal_identifier TEXT,
    deleted_at          TEXT,
    PRIMARY KEY (tenant_id, reseller_id)
) STRICT, WITHOUT ROWID;

-- listing_version grows with every write that a listing of this customer shows; user_count is the
-- number of its live users. Both change in the transaction of the write.
CREATE TABLE customer (
    tenant_id       BLOB NOT NULL REFERENCES tenant,
    customer_id     BLOB NOT NULL,
    company         TEXT NOT NULL,
    listing_version INTEGER NOT NULL,
    user_count      INTEGER NOT NULL,
    deleted_at      TEXT,
    PRIMARY KEY (tenant_id, customer_id)
) STRICT, WITHOUT ROWID;

-- The same two figures for the users in one reseller's context, so that what happens in another
-- context shows in no ETag and no total of this one.
CREATE TABLE relation (
    tenant_id           BLOB NOT NULL,
    customer_id         BLOB NOT NULL,
    reseller_id         BLOB NOT NULL,
    internal_identifier TEXT,
    listing_version     INTEGER NOT NULL,
    user_count          INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, reseller_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer
) STRICT, WITHOUT ROWID;

CREATE TABLE user_group (
    tenant_id BLOB NOT NULL REFERENCES tenant,
    group_id  BLOB NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, group_id)
) STRICT, WITHOUT ROWID;

-- order_key and document are made by the application when the row is written: a listing reads them in
-- the order of the index and joins them, and never sorts. owner_kind: 0 CSP, 1 reseller, 2 customer.
CREATE TABLE user (
    tenant_id  BLOB NOT NULL REFERENCES tenant,
    user_id    BLOB NOT NULL,
    owner_kind INTEGER NOT NULL,
    owner_id   BLOB NOT NULL,
    context    BLOB NOT NULL,
    first_name TEXT,
    last_name  TEXT,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL,
    groups     BLOB NOT NULL,
    order_key  BLOB NOT NULL,
    document   TEXT NOT NULL,
    deleted_at TEXT
) STRICT;

CREATE UNIQUE INDEX user_by_id ON user (tenant_id, user_id);
-- One index answers both "is this e-mail free here" and "whose e-mail is it in this tenant".
CREATE UNIQUE INDEX user_by_email ON user (tenant_id, email_key, owner_kind, owner_id, context)
    WHERE deleted_at IS NULL;
CREATE INDEX user_by_name ON user (tenant_id, owner_id, order_key)
    WHERE deleted_at IS NULL;
CREATE INDEX user_by_context ON user (tenant_id, owner_id, context, order_key)
    WHERE deleted_at IS NULL AND context <> x'';

-- A person, once bound, is never bound to another subject, and a subject never to another person.
CREATE TABLE identity (
    tenant_id BLOB NOT NULL,
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    user_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject),
    UNIQUE (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_access (
    client_id     BLOB PRIMARY KEY,
    tenant_id     BLOB NOT NULL REFERENCES tenant,
    name          TEXT NOT NULL,
    role_kind     INTEGER NOT NULL,
    role_id       BLOB NOT NULL,
    permission    TEXT NOT NULL,
    disabled      INTEGER NOT NULL,
    issuer        TEXT REFERENCES issuer,
    secret_hashes TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of Rollcall's own issuer. A retired key still verifies what it signed until it is removed.
CREATE TABLE signing_key (
    key_id      TEXT PRIMARY KEY,
    private_key BLOB NOT NULL,
    created_at  TEXT NOT NULL,
    retired_at  TEXT
) STRICT, WITHOUT ROWID;
