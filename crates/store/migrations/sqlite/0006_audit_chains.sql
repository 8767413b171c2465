-- The records of each tenant form a chain of their own, whose writer is the tenant; what belongs to none, and all that
-- was recorded before, stays in the chain of the directory. A chain begins with a signed end, and SQL has no key:
-- who has applied this finds the note, begins them and removes it.
INSERT INTO meta (name, value) VALUES ('chains_to_begin', x'');
