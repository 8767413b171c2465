//! Does the second wall hold, and is a role that could see past it refused? And a schema that is not ours?

use domain::principal::Role;
use store::{Location, OpenError, Options, Store, migrate};

use crate::behind::{Behind, literal};
use crate::server::{APPLICATION, Database, OWNER, SUPERUSER, apart};
use crate::world::*;

/// What is said of a database that is refused for its schema, or for the role.
fn refusal(outcome: Result<impl Sized, OpenError>) -> String {
    match outcome.err() {
        Some(OpenError::Schema(_, reason)) => reason,
        Some(other) => panic!("it is refused for something else: {other}"),
        None => panic!("it is not refused"),
    }
}

fn opened(location: Location) -> Result<Store, OpenError> {
    open(options(location))
}

/// Makes a role that may do what the application may, and `more`; it is gone when the work is done.
fn with_role<T>(database: &Database, name: &str, more: &str, work: impl FnOnce(Location) -> T) -> T {
    let role = format!("{name}_{}", database.name());
    let password = database.password();
    let superuser = |sql: String| {
        apart(|| Behind::server(&database.config(SUPERUSER)).batch(&sql));
    };
    superuser(format!(
        "CREATE ROLE {role} LOGIN PASSWORD '{password}' {more};
         GRANT USAGE ON SCHEMA rollcall TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rollcall TO {role}"
    ));
    let outcome = work(database.location(&role));
    superuser(format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    outcome
}

pub(crate) async fn a_role_that_could_see_past_the_tenants_is_refused(mut world: World) {
    world.close();
    let database = world.home().database();
    let past = "the application could see past its tenants: the role";
    for (role, reason) in [
        (SUPERUSER, format!("{past} `{SUPERUSER}` is a superuser; ALTER ROLE {SUPERUSER} NOSUPERUSER")),
        (OWNER, format!("{past} `{OWNER}` owns the tables, or is a member of who does")),
    ] {
        let told = refusal(opened(database.location(role)));
        assert!(told.starts_with(&reason), "{told}");
    }
    for (name, more, reason) in [
        ("bypass", "BYPASSRLS", "may bypass row-level security; ALTER ROLE"),
        ("member", "IN ROLE rollcall_owner", "owns the tables, or is a member of who does"),
        ("sleeper", "NOINHERIT IN ROLE rollcall_owner", "owns the tables, or is a member of who does"),
        ("giver", "CREATEROLE", "may give itself other roles; ALTER ROLE"),
        ("friend", "NOINHERIT IN ROLE postgres", "is a member of postgres; REVOKE postgres FROM"),
    ] {
        let (opening, letting_in) = with_role(database, name, more, |location| {
            let role = format!("{name}_{}", database.name());
            let admitted = Options { location: database.location(OWNER), ..options(location.clone()) };
            (refusal(opened(location)), refusal(apart(|| migrate(admitted, &role))))
        });
        assert!(opening.starts_with(past) && opening.contains(reason), "{name}: {opening}");
        assert_eq!(letting_in, opening, "nor is it let in");
    }
    with_role(database, "plain", "", |location| drop(opened(location).unwrap()));
}

pub(crate) async fn a_wall_with_a_gap_is_refused(mut world: World) {
    for sql in [
        "ALTER TABLE customer NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE customer FORCE ROW LEVEL SECURITY; ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
    ] {
        world.tamper(|behind| behind.batch(sql));
        let told = refusal(open(world.options()));
        assert!(told.contains("row-level security is not forced on customer; as the owner"), "{told}");
    }
    world.tamper(|behind| behind.batch("ALTER TABLE customer ENABLE ROW LEVEL SECURITY"));
    world.reopen();
}

pub(crate) async fn a_policy_that_was_dropped_or_opened_is_refused(mut world: World) {
    let own = "tenant_id = (SELECT current_tenant())";
    let dropped = "DROP POLICY own_tenant ON customer";
    for (change, mended) in [
        (dropped.to_owned(), ""),
        (format!("CREATE POLICY own_tenant ON customer USING (true) WITH CHECK ({own})"), dropped),
        (format!("CREATE POLICY own_tenant ON customer USING ({own}) WITH CHECK (true)"), dropped),
        (format!("CREATE POLICY own_tenant ON customer TO {APPLICATION} USING ({own})"), dropped),
        (
            format!(
                "CREATE POLICY own_tenant ON customer USING ({own}) WITH CHECK ({own});
                 CREATE POLICY another ON customer FOR SELECT USING (true)"
            ),
            "DROP POLICY another ON customer",
        ),
    ] {
        world.tamper(|behind| behind.batch(&change));
        let told = refusal(open(world.options()));
        assert!(told.contains("the policies of customer are not those of the schema"), "{change}: {told}");
        world.tamper(|behind| behind.batch(mended));
    }
    world.reopen();
}

pub(crate) async fn an_older_schema_is_refused_until_it_is_migrated(mut world: World) {
    world.tamper(|behind| behind.execute("UPDATE meta SET value = x'00' WHERE name = 'derived_version'"));
    let told = refusal(open(world.options()));
    assert!(told.contains("run `rollcall migrate` with the owner of its tables first"), "{told}");
    world.renew(|_, _| {});

    let row = world.tamper(|behind| {
        let row =
            behind.rows("SELECT name, checksum, applied_at FROM migration ORDER BY number DESC LIMIT 1");
        behind.execute("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)");
        row
    });
    let told = refusal(open(world.options()));
    assert!(
        told.contains("older version; run `rollcall migrate`") || told.contains("no Rollcall database"),
        "{told}"
    );
    assert_eq!(row.len(), 1);
}

pub(crate) async fn a_newer_schema_is_not_migrated_either(mut world: World) {
    let sql = "INSERT INTO migration SELECT 1 + number, 'of the future', x'00', applied_at FROM migration
               ORDER BY number DESC LIMIT 1";
    world.tamper(|behind| behind.execute(sql));
    let before = world.tamper(|behind| behind.rows("SELECT * FROM migration"));
    let told = refusal(world.home().database().migrate(world.options()));
    assert!(told.contains("(of the future) is newer than this program; use the newer rollcall"), "{told}");
    assert_eq!(world.tamper(|behind| behind.rows("SELECT * FROM migration")), before);
}

pub(crate) async fn the_tables_of_another_program_are_left_alone(mut world: World) {
    world.tamper(|behind| {
        behind.batch(&format!(
            "DROP SCHEMA rollcall CASCADE; CREATE SCHEMA rollcall AUTHORIZATION {OWNER};
             CREATE TABLE rollcall.recipe (name text); GRANT USAGE ON SCHEMA rollcall TO {APPLICATION}"
        ));
    });
    let told = refusal(open(world.options()));
    assert!(told.contains("no table of migrations, so it is no Rollcall database"), "{told}");
    let told = refusal(world.home().database().migrate(world.options()));
    assert!(told.contains("the tables of another program; name another one"), "{told}");
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'rollcall'";
    assert_eq!(world.tamper(|behind| behind.rows(tables)), [["recipe"]]);
}

pub(crate) async fn a_role_that_is_not_there_is_not_let_in(mut world: World) {
    world.close();
    let database = world.home().database();
    let admitted = options(database.location(OWNER));
    let told = refusal(apart(|| migrate(admitted, "nobody_at_all")));
    assert!(told.starts_with("there is no role `nobody_at_all`; make it first: CREATE ROLE"), "{told}");
    // Whatever is done twice is as if it was done once.
    database.migrate(world.options()).unwrap();
    database.migrate(world.options()).unwrap();
    world.reopen();
}

/// Whatever the application's own statements say: these say nothing of a tenant.
pub(crate) async fn rows_are_seen_and_written_in_their_tenant_alone(world: World) {
    world.add_group(&group(1, "Billing")).await.unwrap();
    world.add(&user(1, "Ada")).await.unwrap();
    world.add(&staff_of(RESELLER, 2, "Ben")).await.unwrap();
    let database = world.home().database();
    let tables = ["reseller", "customer", "relation", "user_group", "portal_user", "user_term"];
    let seen = |behind: &Behind| tables.map(|table| behind.number(&format!("SELECT count(*) FROM {table}")));
    apart(|| {
        let application = Behind::server(&database.config(APPLICATION));
        let enter = |tenant: domain::id::TenantId| {
            application.batch(&format!("BEGIN; SET LOCAL rollcall.tenant = '{}'", tenant.0.simple()));
        };
        let all = seen(&Behind::server(&database.config(SUPERUSER)));
        assert_eq!(seen(&application), [0; 6], "nobody said whose");
        enter(TENANT);
        let own = seen(&application);
        application.batch("COMMIT");
        assert_eq!(seen(&application), [0; 6], "what was said ended with the transaction");
        enter(OTHER_TENANT);
        let others = seen(&application);
        for sql in [
            "UPDATE portal_user SET first_name = 'Eve'",
            "DELETE FROM relation",
            "UPDATE tenant SET name = 'Eve'",
        ] {
            let touched = application.execute(sql);
            assert!(touched <= 1, "{sql}: {touched} rows");
        }
        application.batch("ROLLBACK");
        assert!(own.iter().zip(others).zip(all).all(|((own, others), all)| own + others == all));
        assert_eq!((own[4], others[4]), (2, 0));

        let add = format!(
            "INSERT INTO user_group (tenant_id, group_id, name) VALUES ({}, x'07', 'Eve')",
            literal(TENANT.0.as_bytes())
        );
        enter(OTHER_TENANT);
        let refused = application.attempt(&add).unwrap_err();
        assert!(refused.contains("violates row-level security policy"), "{refused}");
        application.batch("ROLLBACK");
        let refused = application.attempt(&add).unwrap_err();
        assert!(refused.contains("violates row-level security policy"), "{refused}");
        enter(TENANT);
        application.attempt(&add).unwrap();
        let moved = format!("UPDATE user_group SET tenant_id = {}", literal(OTHER_TENANT.0.as_bytes()));
        let refused = application.attempt(&moved).unwrap_err();
        assert!(refused.contains("violates row-level security policy"), "{refused}");
        application.batch("ROLLBACK");
        for sql in ["TRUNCATE user_term", "SET ROLE rollcall_owner", "CREATE TABLE rollcall.own (id bigint)"]
        {
            let refused = application.attempt(sql).unwrap_err();
            assert!(refused.contains("permission denied"), "{sql}: {refused}");
        }
    });
    assert_eq!(world.names(scope(Role::Csp, CUSTOMER, None)).await, ["Ada"]);
}
