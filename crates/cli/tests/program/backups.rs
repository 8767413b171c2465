//! A backup of a database that is used, what a restore changes, and what is refused.

use crate::process::{Place, get, mode, users_url};
use crate::world;

#[tokio::test]
async fn a_backup_comes_back_with_new_keys() {
    let place = Place::with_users(2);
    let token = place.token();
    let server = place.serve();
    let made = place.run(&["backup", "copy.db"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(mode(&place.path("copy.db")), 0o600);
    assert_eq!(place.run(&["backup", "copy.db"]).code, Some(1), "a backup is never overwritten");
    assert_eq!(place.run(&["restore", "copy.db"]).code, Some(1), "the database is in use");
    assert_eq!(get(&users_url(&server), &token, "after").await.status, 200);
    server.stop();

    let restored = place.run(&["restore", "copy.db"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let server = place.serve();
    assert_eq!(get(&users_url(&server), &token, "old").await.status, 401, "its key is gone");
    let answer = get(&users_url(&server), &place.token(), "new").await;
    assert_eq!((answer.status, answer.body), (200, world::listing(2)));
    server.stop();
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    assert_eq!(place.count("after"), 0, "the trail is that of the backup");
    assert!(place.records().iter().any(|record| record["operation"] == "RestoreBackup"));
}

#[test]
fn damaged_files_are_refused_and_nothing_is_changed() {
    let place = Place::with_users(2);
    assert_eq!(place.run(&["backup", "copy.db"]).code, Some(0));
    let mut bytes = std::fs::read(place.path("copy.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xff);
    std::fs::write(place.path("damaged.db"), &bytes).unwrap();
    std::fs::write(place.path("other.db"), "no database at all, whatever its name says").unwrap();
    for backup in ["damaged.db", "other.db", "missing.db"] {
        let refused = place.run(&["restore", backup]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.told.contains(backup), "{refused:?}");
    }
    assert_eq!(place.run(&["export", "-"]).out.lines().count(), 5);
    let refused = place.run(&[
        "users",
        "list",
        "--tenant",
        world::DOMAIN,
        "--customer",
        world::CUSTOMER,
        "--database",
        "sqlite:other.db",
    ]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.told.contains("other.db"), "{refused:?}");
}

#[test]
fn what_is_exported_imports_and_exports_to_the_same_bytes() {
    let place = Place::with_users(3);
    assert_eq!(place.run(&["export", "first.ndjson"]).code, Some(0));
    assert_eq!(mode(&place.path("first.ndjson")), 0o600);
    let again = place.run(&["export", "first.ndjson"]);
    assert!(again.code == Some(1) && again.told.contains("--force"), "{again:?}");
    assert_eq!(place.run(&["import", "--database", "sqlite:second.db", "first.ndjson"]).code, Some(0));
    let second = place.run(&["export", "--database", "sqlite:second.db", "-"]);
    assert_eq!(second.out, std::fs::read_to_string(place.path("first.ndjson")).unwrap());
    assert_eq!(second.out.lines().count(), 6);
    assert!(!second.out.contains(world::SECRET));
}
