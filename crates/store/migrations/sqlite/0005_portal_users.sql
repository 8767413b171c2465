-- `user` is a word of PostgreSQL's own, and the statements are the same on both databases.
ALTER TABLE user RENAME TO portal_user;

-- What a reseller, or the distributor, calls a company, folded: in it texts are looked for. Made by the
-- application, as `name_key` is.
ALTER TABLE relation ADD COLUMN identifier_key TEXT;
ALTER TABLE reseller ADD COLUMN identifier_key TEXT;
