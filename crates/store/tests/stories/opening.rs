//! When is a database opened, when is it refused, and what is done to it before anybody is served?

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::principal::Role;
use domain::user::User;
use store::{OpenError, Options, restore};

use crate::behind::Behind;
use crate::witness::derived;
use crate::world::*;

pub(crate) async fn a_changed_migration_is_refused(mut world: World) {
    world.tamper(|behind| behind.execute("UPDATE migration SET checksum = x'00' WHERE number = 1"));
    assert_refused(&world, "migration 1 (directory) is not the one");
}

pub(crate) async fn a_newer_schema_is_refused(mut world: World) {
    let sql = "INSERT INTO migration SELECT 1 + number, 'of the future', x'00', applied_at FROM migration
               ORDER BY number DESC LIMIT 1";
    world.tamper(|behind| behind.execute(sql));
    assert_refused(&world, "(of the future) is newer than this program");
}

pub(crate) async fn the_file_of_another_program_is_refused_and_left_alone(mut world: World) {
    world.close();
    std::fs::remove_file(world.path()).unwrap();
    world.tamper(|behind| behind.batch("CREATE TABLE recipe (name TEXT)"));

    assert_refused(&world, "the tables of another program");
    assert_eq!(world.tamper(|behind| behind.rows("SELECT name FROM sqlite_schema")), [["recipe"]]);

    std::fs::write(world.path(), "no database at all, but long enough to be taken for one ".repeat(99))
        .unwrap();
    let refused = open(world.options()).err().unwrap();
    assert!(matches!(refused, OpenError::Unusable(..)), "{refused}");
}

pub(crate) async fn a_second_opening_is_refused_and_names_the_holder(mut world: World) {
    world.add(&user(1, "Ada")).await.unwrap();

    let second = open(Options { holder: "the second".to_owned(), ..world.options() });

    let Err(OpenError::Held { path, holder }) = second else { panic!("it was opened twice") };
    assert_eq!((path, holder.as_str()), (world.path(), "the process of the story"));
    world.add(&user(2, "Ben")).await.unwrap();
    world.close();
    world.reopen();
    assert_eq!(world.names(whole()).await, ["Ada", "Ben"]);
}

pub(crate) async fn another_version_of_the_order_makes_the_keys_anew(mut world: World) {
    for (number, first) in ["Cid", "Ada", "Ben"].iter().enumerate() {
        world.add(&user_within(RESELLER, number as u64, first)).await.unwrap();
    }
    let removed = user(9, "Removed");
    world.add(&removed).await.unwrap();
    world.delete(&removed).await.unwrap();
    let version = world.store().standing(whole()).await.unwrap().unwrap().version;
    let key_of_ada =
        |behind: &Behind| behind.bytes("SELECT order_key FROM portal_user WHERE first_name = 'Ada'");
    let right = world.tamper(key_of_ada);
    world.tamper(|behind| {
        behind.execute("UPDATE portal_user SET order_key = x'FF', document = '{}' WHERE first_name = 'Ada'")
    });
    world.reopen();
    assert_eq!(
        world.names(within(RESELLER)).await,
        ["Ben", "Cid", "(none)"],
        "the version says that all is well"
    );

    static DONE: AtomicU64 = AtomicU64::new(0);
    DONE.store(0, Ordering::SeqCst);
    world.tamper(|behind| behind.execute("UPDATE meta SET value = x'00' WHERE name = 'derived_version'"));
    world.renew(|done, all| DONE.store(done * 10 + all, Ordering::SeqCst));

    assert_eq!(DONE.load(Ordering::SeqCst), 44, "four of four");
    assert_eq!(world.tamper(key_of_ada), right);
    world.reopen();
    assert_eq!(world.names(within(RESELLER)).await, ["Ada", "Ben", "Cid"]);
    assert!(world.store().standing(whole()).await.unwrap().unwrap().version > version);
}

/// Makes of a database one that knows no management yet: migrations 3 to 6 undone.
const OLDER: &str = "
    ALTER TABLE portal_user RENAME TO user;
    ALTER TABLE relation DROP COLUMN identifier_key; ALTER TABLE reseller DROP COLUMN identifier_key;
    DROP INDEX user_by_name; DROP INDEX user_by_context; DROP INDEX user_by_tenant; DROP INDEX user_by_reach;
    DROP INDEX user_by_deletion; DROP INDEX user_by_deleted_email; DROP INDEX relation_by_reseller;
    DROP INDEX customer_by_name; DROP INDEX customer_figures; DROP INDEX reseller_by_name;
    DROP INDEX group_by_name; DROP INDEX api_access_by_name;
    DROP TABLE user_term; DROP TABLE former_user; DROP TABLE idempotency;
    DROP TABLE audit_segment; DROP TABLE audit_start;
    ALTER TABLE user DROP COLUMN shown; ALTER TABLE user DROP COLUMN reach;
    ALTER TABLE user DROP COLUMN revision; ALTER TABLE user DROP COLUMN salt;
    ALTER TABLE tenant DROP COLUMN user_count; ALTER TABLE reseller DROP COLUMN user_count;
    ALTER TABLE reseller DROP COLUMN order_key; ALTER TABLE reseller DROP COLUMN name_key;
    ALTER TABLE reseller DROP COLUMN revision; ALTER TABLE customer DROP COLUMN order_key;
    ALTER TABLE customer DROP COLUMN name_key; ALTER TABLE customer DROP COLUMN revision;
    ALTER TABLE user_group DROP COLUMN order_key; ALTER TABLE user_group DROP COLUMN revision;
    ALTER TABLE api_access DROP COLUMN order_key; ALTER TABLE api_access DROP COLUMN revision;
    CREATE INDEX user_by_name ON user (tenant_id, owner_id, order_key) WHERE deleted_at IS NULL;
    CREATE INDEX user_by_context ON user (tenant_id, owner_id, context, order_key)
        WHERE deleted_at IS NULL AND context <> x'';
    DELETE FROM audit_record WHERE writer <> (SELECT value FROM meta WHERE name = 'trail_writer');
    DELETE FROM audit_head WHERE writer <> (SELECT value FROM meta WHERE name = 'trail_writer');
    DELETE FROM audit_checkpoint WHERE writer <> (SELECT value FROM meta WHERE name = 'trail_writer');
    DELETE FROM migration WHERE number > 2;
    DELETE FROM meta WHERE name = 'derived_version';";

pub(crate) async fn an_older_database_becomes_what_a_new_one_would_be(mut world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let groups = vec![billing];
    world.add(&colleague(1, "Åse", &groups)).await.unwrap();
    world.add(&staff_of(RESELLER, 2, "Bürger")).await.unwrap();
    world.add(&User { groups, ..user_within(RESELLER, 3, "O'Neil") }).await.unwrap();
    world.add(&user_within(SECOND_RESELLER, 4, "Dana")).await.unwrap();
    world.delete(&user(5, "Nobody")).await.unwrap_err();
    let gone = user(6, "Gone");
    world.add(&gone).await.unwrap();
    world.delete(&gone).await.unwrap();
    let (shown, as_new) = (world.names(whole()).await, world.tamper(derived));

    world.tamper(|behind| behind.batch(OLDER));
    world.reopen();

    assert_eq!(world.names(whole()).await, shown);
    world.restore(&gone).await.unwrap();
    world.delete(&gone).await.unwrap();
    assert_eq!(world.store().verify_trail(is_ours, |_| {}).await.unwrap().findings, []);
    assert_eq!(world.tamper(derived), as_new);
}

pub(crate) async fn the_files_are_for_their_owner_alone(world: World) {
    world.add(&user(1, "Ada")).await.unwrap();
    let mode = |name: &str| std::fs::metadata(world.beside(name)).unwrap().permissions().mode() & 0o777;
    world.store().backup(&world.beside("backup"), |_, _| {}).await.unwrap();
    restore(&world.beside("backup"), &world.beside("restored.db"), "a story", random, |_, _| {}).unwrap();

    for name in ["rollcall.db", "rollcall.db-wal", "rollcall.db-shm", "backup", "restored.db"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    assert!(world.names(scope(Role::Csp, DIRECT_CUSTOMER, None)).await.is_empty());
}

fn assert_refused(world: &World, reason: &str) {
    for _ in 0..2 {
        let refused = open(world.options()).err().unwrap();
        assert!(matches!(refused, OpenError::Schema(..)), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}");
    }
}
