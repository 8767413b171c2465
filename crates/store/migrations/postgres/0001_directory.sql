-- The directory on PostgreSQL: the tables of the embedded database, in types that give the same bytes.
--
-- tenant_id leads every key, unique constraint, foreign key and index of what belongs to a tenant, so that no
-- lookup can cross tenants by mistake and the schema can be distributed by tenant. Ids come from the application:
-- bytea of 16 bytes; an empty one stands for "none". Texts compare by bytes, whatever the database's locale.
-- What a column is for stands in the migrations of the embedded database.

CREATE TABLE meta (
    name  text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE tenant (
    tenant_id  bytea PRIMARY KEY,
    name       text COLLATE "C" NOT NULL,
    user_count bigint NOT NULL DEFAULT 0
);

CREATE TABLE domain (
    domain      text COLLATE "C" PRIMARY KEY,
    tenant_id   bytea NOT NULL REFERENCES tenant,
    reseller_id bytea,
    position    bigint NOT NULL
);
CREATE INDEX domain_by_tenant ON domain (tenant_id);

CREATE TABLE issuer (
    issuer         text COLLATE "C" PRIMARY KEY,
    audience       text COLLATE "C" NOT NULL,
    tenants        text COLLATE "C" NOT NULL,
    email_domains  text COLLATE "C" NOT NULL,
    verifies_email bigint NOT NULL
);

CREATE TABLE reseller (
    tenant_id           bytea NOT NULL REFERENCES tenant,
    reseller_id         bytea NOT NULL,
    company             text COLLATE "C" NOT NULL,
    internal_identifier text COLLATE "C",
    deleted_at          text COLLATE "C",
    user_count          bigint NOT NULL DEFAULT 0,
    order_key           bytea NOT NULL DEFAULT '',
    name_key            text COLLATE "C" NOT NULL DEFAULT '',
    revision            bigint NOT NULL DEFAULT 1,
    identifier_key      text COLLATE "C",
    PRIMARY KEY (tenant_id, reseller_id)
);
CREATE INDEX reseller_by_name ON reseller (tenant_id, order_key) WHERE deleted_at IS NULL;

CREATE TABLE customer (
    tenant_id       bytea NOT NULL REFERENCES tenant,
    customer_id     bytea NOT NULL,
    company         text COLLATE "C" NOT NULL,
    listing_version bigint NOT NULL,
    user_count      bigint NOT NULL,
    deleted_at      text COLLATE "C",
    order_key       bytea NOT NULL DEFAULT '',
    name_key        text COLLATE "C" NOT NULL DEFAULT '',
    revision        bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, customer_id)
);
CREATE INDEX customer_by_name ON customer (tenant_id, order_key) WHERE deleted_at IS NULL;

CREATE TABLE relation (
    tenant_id           bytea NOT NULL,
    customer_id         bytea NOT NULL,
    reseller_id         bytea NOT NULL,
    internal_identifier text COLLATE "C",
    listing_version     bigint NOT NULL,
    user_count          bigint NOT NULL,
    identifier_key      text COLLATE "C",
    PRIMARY KEY (tenant_id, customer_id, reseller_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer
);
CREATE INDEX relation_by_reseller ON relation (tenant_id, reseller_id, customer_id);

CREATE TABLE user_group (
    tenant_id bytea NOT NULL REFERENCES tenant,
    group_id  bytea NOT NULL,
    name      text COLLATE "C" NOT NULL,
    order_key bytea NOT NULL DEFAULT '',
    revision  bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, group_id)
);
CREATE INDEX group_by_name ON user_group (tenant_id, order_key);

CREATE TABLE portal_user (
    tenant_id  bytea NOT NULL REFERENCES tenant,
    user_id    bytea NOT NULL,
    owner_kind bigint NOT NULL,
    owner_id   bytea NOT NULL,
    context    bytea NOT NULL,
    first_name text COLLATE "C",
    last_name  text COLLATE "C",
    email      text COLLATE "C" NOT NULL,
    email_key  text COLLATE "C" NOT NULL,
    groups     bytea NOT NULL,
    order_key  bytea NOT NULL,
    -- Row-level security lets no condition with a function near an index, so it is a column.
    order_head bytea NOT NULL GENERATED ALWAYS AS (substr(order_key, 1, 1800)) STORED,
    document   text COLLATE "C" NOT NULL,
    deleted_at text COLLATE "C",
    shown      bigint NOT NULL DEFAULT 0,
    reach      bytea NOT NULL DEFAULT '',
    revision   bigint NOT NULL DEFAULT 1,
    salt       bytea NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, user_id)
);
-- An index takes no key of more than a third of a page, and an order key of two names of 255 ideographs is longer:
-- it keeps the beginning of the key, and rows that begin alike are put in order when they are read.
CREATE UNIQUE INDEX user_by_email ON portal_user (tenant_id, email_key, owner_kind, owner_id, context)
    WHERE deleted_at IS NULL;
CREATE INDEX user_by_name ON portal_user (tenant_id, owner_id, order_head) WHERE shown = 1;
CREATE INDEX user_by_context ON portal_user (tenant_id, owner_id, context, order_head)
    WHERE shown = 1 AND context <> '';
CREATE INDEX user_by_tenant ON portal_user (tenant_id, order_head) WHERE shown = 1;
CREATE INDEX user_by_reach ON portal_user (tenant_id, reach, order_head) WHERE shown = 1 AND reach <> '';
CREATE INDEX user_by_deletion ON portal_user (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX user_by_deleted_email ON portal_user (tenant_id, email_key, owner_kind, owner_id, context)
    WHERE deleted_at IS NOT NULL;

CREATE TABLE user_term (
    tenant_id bytea NOT NULL,
    term      bytea NOT NULL,
    user_id   bytea NOT NULL,
    PRIMARY KEY (tenant_id, term, user_id)
);

CREATE TABLE former_user (
    tenant_id bytea NOT NULL,
    user_id   bytea NOT NULL,
    salt      bytea,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE identity (
    tenant_id bytea NOT NULL,
    issuer    text COLLATE "C" NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    user_id   bytea NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject),
    UNIQUE (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES portal_user
);

CREATE TABLE api_access (
    client_id     bytea PRIMARY KEY,
    tenant_id     bytea NOT NULL REFERENCES tenant,
    name          text COLLATE "C" NOT NULL,
    role_kind     bigint NOT NULL,
    role_id       bytea NOT NULL,
    permission    text COLLATE "C" NOT NULL,
    disabled      bigint NOT NULL,
    issuer        text COLLATE "C" REFERENCES issuer,
    secret_hashes text COLLATE "C" NOT NULL,
    order_key     bytea NOT NULL DEFAULT '',
    revision      bigint NOT NULL DEFAULT 1
);
CREATE INDEX api_access_by_name ON api_access (tenant_id, order_key);

CREATE TABLE signing_key (
    key_id      text COLLATE "C" PRIMARY KEY,
    private_key bytea NOT NULL,
    created_at  text COLLATE "C" NOT NULL,
    retired_at  text COLLATE "C"
);

CREATE TABLE idempotency (
    tenant_id bytea NOT NULL,
    digest    bytea NOT NULL,
    request   bytea NOT NULL,
    outcome   text COLLATE "C" NOT NULL,
    revision  bigint,
    sealed    bytea NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX idempotency_by_time ON idempotency (tenant_id, at);

CREATE TABLE audit_record (
    writer   bytea NOT NULL,
    sequence bigint NOT NULL,
    record   text COLLATE "C" NOT NULL,
    hash     bytea NOT NULL,
    PRIMARY KEY (writer, sequence)
);

CREATE TABLE audit_head (
    writer    bytea PRIMARY KEY,
    sequence  bigint NOT NULL,
    hash      bytea NOT NULL,
    signature bytea NOT NULL
);

CREATE TABLE audit_checkpoint (
    writer    bytea NOT NULL,
    sequence  bigint NOT NULL,
    hash      bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (writer, sequence)
);

CREATE TABLE audit_segment (
    writer      bytea NOT NULL,
    first       bigint NOT NULL,
    last        bigint NOT NULL,
    began       bigint NOT NULL,
    ended       bigint NOT NULL,
    hash_before bytea NOT NULL,
    hash        bytea NOT NULL,
    facets      bytea NOT NULL,
    columns     bytea NOT NULL,
    texts       bytea NOT NULL,
    PRIMARY KEY (writer, first)
);
-- They are packed already.
ALTER TABLE audit_segment ALTER COLUMN texts SET STORAGE EXTERNAL,
                          ALTER COLUMN columns SET STORAGE EXTERNAL;
CREATE INDEX audit_segment_by_time ON audit_segment (writer, ended, began, first);

CREATE TABLE audit_start (
    writer    bytea PRIMARY KEY,
    sequence  bigint NOT NULL,
    hash      bytea NOT NULL,
    signature bytea NOT NULL
);

-- What was written lately, by opaque marks: every node reads it before it trusts its memory. A row also tells
-- whether the transaction with this token came to its end, when the answer to its COMMIT was lost.
CREATE TABLE recent_write (
    token       bytea PRIMARY KEY,
    transaction bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    marks       bytea NOT NULL,
    -- Not now(), which is when the transaction began: the row of an import of an hour would be forgotten unread.
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recent_write_by_transaction ON recent_write (transaction);

-- The second wall. The application says in each transaction whose rows it works on, with SET LOCAL, and sees and
-- writes no others, whatever its statements say.
CREATE FUNCTION current_tenant() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN decode(nullif(current_setting('rollcall.tenant', true), ''), 'hex');

DO $$
DECLARE
    walled text;
BEGIN
    FOREACH walled IN ARRAY ARRAY['reseller', 'customer', 'relation', 'user_group', 'portal_user', 'user_term',
                                  'former_user', 'identity', 'idempotency']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))
                        WITH CHECK (tenant_id = (SELECT current_tenant()))', walled);
    END LOOP;
    -- By these it is found out whose rows a request works on, so they may be read before that is known, and only
    -- before: whoever has entered a tenant sees its own rows of these, too.
    FOREACH walled IN ARRAY ARRAY['tenant', 'domain', 'api_access']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY own_tenant_or_none_yet ON %I FOR SELECT
                        USING ((SELECT current_tenant()) IS NULL OR tenant_id = (SELECT current_tenant()))', walled);
        EXECUTE format('CREATE POLICY own_tenant_added ON %I FOR INSERT
                        WITH CHECK (tenant_id = (SELECT current_tenant()))', walled);
        EXECUTE format('CREATE POLICY own_tenant_changed ON %I FOR UPDATE
                        USING (tenant_id = (SELECT current_tenant()))
                        WITH CHECK (tenant_id = (SELECT current_tenant()))', walled);
        EXECUTE format('CREATE POLICY own_tenant_removed ON %I FOR DELETE
                        USING (tenant_id = (SELECT current_tenant()))', walled);
    END LOOP;
END $$;
