-- The two roles and the database. Run once by a superuser, with psql and both passwords in the environment.
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
-- Owns the tables: for `rollcall migrate` alone.
CREATE ROLE rollcall_owner LOGIN PASSWORD :'owner_password';
-- What the nodes log in with: owns nothing, and sees one tenant at a time.
CREATE ROLE rollcall_app LOGIN PASSWORD :'app_password';
CREATE DATABASE rollcall OWNER rollcall_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE rollcall FROM PUBLIC;
GRANT CONNECT ON DATABASE rollcall TO rollcall_app;
