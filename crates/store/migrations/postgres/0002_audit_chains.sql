-- The records of each tenant form a chain of their own, whose writer is the tenant; what belongs to none, and all that
-- was recorded before, stays in the chain of the directory. A chain begins with a signed end, and SQL has no key:
-- who has applied this finds the note, begins them and removes it.
INSERT INTO meta (name, value) VALUES ('chains_to_begin', '');

-- So the trail stands behind the second wall, too: whoever has entered a tenant reads and goes on with its chain, and
-- with that of the directory, which nodes of the version before still write to.
DO $$
DECLARE
    walled text;
    mine constant text := 'writer = (SELECT current_tenant())
                           OR writer = (SELECT value FROM meta WHERE name = ''trail_writer'')';
BEGIN
    FOREACH walled IN ARRAY ARRAY['audit_record', 'audit_head', 'audit_checkpoint', 'audit_segment', 'audit_start']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY own_chain ON %I USING (%s) WITH CHECK (%s)', walled, mine, mine);
    END LOOP;
END $$;

-- A server that has not looked at a table yet takes an index of all that are not deleted for as good as the key, and then
-- goes through all of a tenant to find one. So the condition of these is one that only lists state, in these words.
DROP INDEX customer_by_name;
CREATE INDEX customer_by_name ON customer (tenant_id, order_key) WHERE (deleted_at IS NULL) IS TRUE;
DROP INDEX reseller_by_name;
CREATE INDEX reseller_by_name ON reseller (tenant_id, order_key) WHERE (deleted_at IS NULL) IS TRUE;
