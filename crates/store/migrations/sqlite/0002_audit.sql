-- The audit trail: an append-only chain. `record` is the exact text that the hash covers, so nothing
-- else is stored of it: a second copy in columns could be changed without the hash noticing.

CREATE TABLE audit_record (
    writer   BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    record   TEXT NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (writer, sequence)
) STRICT, WITHOUT ROWID;

-- Where each chain ends: replaced, signed, in the transaction of every group of records. Without it
-- nobody could tell a trail that ends from one that was cut off.
CREATE TABLE audit_head (
    writer    BLOB PRIMARY KEY,
    sequence  INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Signed places that each chain passed, kept for ever.
CREATE TABLE audit_checkpoint (
    writer    BLOB NOT NULL,
    sequence  INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (writer, sequence)
) STRICT, WITHOUT ROWID;
