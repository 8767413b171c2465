-- The trail outgrows everything else, so its records are kept in segments of a thousand and more: packed
-- texts, and beside them what queries ask for in columns, so that a query reads next to nothing and a record
-- costs a tenth of the room. `audit_record` holds the newest ones, until there are enough for a segment.
--
-- Sequences in a segment follow one another without a gap. `hash_before` and `hash` are those of the chain
-- before its first and after its last record. Times are nanoseconds since 1970.

CREATE TABLE audit_segment (
    writer      BLOB NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    began       INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    hash_before BLOB NOT NULL,
    hash        BLOB NOT NULL,
    facets      BLOB NOT NULL,
    columns     BLOB NOT NULL,
    texts       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_segment_by_place ON audit_segment (writer, first);
CREATE INDEX audit_segment_by_time ON audit_segment (writer, ended, began, first);

-- Where a chain begins after its oldest segments were dropped: signed, so that nobody else can drop any.
CREATE TABLE audit_start (
    writer    BLOB PRIMARY KEY,
    sequence  INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
