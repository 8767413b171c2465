-- Managing the directory: users found by words and groups, lists of the whole tenant and of a reseller's
-- part, customers and resellers by name, requests that may be repeated, and what is left of the purged.
--
-- What is derived from a row (order keys, folded names, `shown`, `reach`, terms) is made by the application;
-- the first start after this migration makes it for the rows that are there.

-- shown: live, and so is its owner. Lists, logins and searches see only such users.
-- reach: the reseller in whose hands the user is; empty for none. revision: grows with each change.
-- salt: from it comes the key that seals what the audit trail says of the person. It goes when the person
-- asks to be forgotten, and then nobody can read it any more.
ALTER TABLE user ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN reach BLOB NOT NULL DEFAULT x'';
ALTER TABLE user ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE user ADD COLUMN salt BLOB NOT NULL DEFAULT x'';

-- user_count: live staff. With the counts of the customers it gives the total of every list without a walk.
ALTER TABLE tenant ADD COLUMN user_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reseller ADD COLUMN user_count INTEGER NOT NULL DEFAULT 0;

-- order_key as of users, made of the name; name_key is the folded name, in which words are looked for.
ALTER TABLE reseller ADD COLUMN order_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE reseller ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE reseller ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE customer ADD COLUMN order_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE customer ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE user_group ADD COLUMN order_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE user_group ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE api_access ADD COLUMN order_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE api_access ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

DROP INDEX user_by_name;
DROP INDEX user_by_context;
CREATE INDEX user_by_name ON user (tenant_id, owner_id, order_key) WHERE shown = 1;
CREATE INDEX user_by_context ON user (tenant_id, owner_id, context, order_key)
    WHERE shown = 1 AND context <> x'';
-- The lists of all users of a tenant, and of those in one reseller's hands.
CREATE INDEX user_by_tenant ON user (tenant_id, order_key) WHERE shown = 1;
CREATE INDEX user_by_reach ON user (tenant_id, reach, order_key) WHERE shown = 1 AND reach <> x'';
-- Deleted users: who is due to be purged, and who is revived when the e-mail is added again.
CREATE INDEX user_by_deletion ON user (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX user_by_deleted_email ON user (tenant_id, email_key, owner_kind, owner_id, context)
    WHERE deleted_at IS NOT NULL;

-- By what shown users are found: words of name and e-mail, and groups.
CREATE TABLE user_term (
    tenant_id BLOB NOT NULL,
    term      BLOB NOT NULL,
    user_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, term, user_id)
) STRICT, WITHOUT ROWID;

-- Users that were purged: their ids are never used again. Without the salt the person is forgotten.
CREATE TABLE former_user (
    tenant_id BLOB NOT NULL,
    user_id   BLOB NOT NULL,
    salt      BLOB,
    PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX relation_by_reseller ON relation (tenant_id, reseller_id, customer_id);
CREATE INDEX customer_by_name ON customer (tenant_id, order_key, name_key) WHERE deleted_at IS NULL;
CREATE INDEX customer_figures ON customer (tenant_id, user_count) WHERE deleted_at IS NULL;
CREATE INDEX reseller_by_name ON reseller (tenant_id, order_key, name_key) WHERE deleted_at IS NULL;
CREATE INDEX group_by_name ON user_group (tenant_id, order_key);
CREATE INDEX api_access_by_name ON api_access (tenant_id, order_key);

-- What came of requests with an Idempotency-Key, for a day. The key is stored as a digest that begins with
-- tenant and principal; what only the client may read again is sealed with its key.
CREATE TABLE idempotency (
    tenant_id BLOB NOT NULL,
    digest    BLOB NOT NULL,
    request   BLOB NOT NULL,
    outcome   TEXT NOT NULL,
    revision  INTEGER,
    sealed    BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (tenant_id, at);
