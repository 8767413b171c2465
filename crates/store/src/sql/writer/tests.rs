//! What does the writer do when the disk is full? A cap on the pages of its connection stands for the disk,
//! and a table that another connection drops for the room that is made again.
#![allow(clippy::unwrap_used)]
#![allow(
    clippy::disallowed_methods,
    reason = "the writer tells nobody when it is well again: the tests ask until it is"
)]

use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use domain::access::{Action, reach};
use domain::audit::{ActorEntry, Operation, Status};
use domain::change::Change;
use domain::id::{GroupId, TenantId};
use domain::principal::Principal;
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use std::time::Duration;

use super::*;
use crate::migrate;
use crate::sql::params;
use crate::sql::trail::{self, verify};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const CHAIN: Uuid = Uuid::from_u128(2);
const BIG: usize = 1 << 20;

struct FullDisk {
    directory: TempDir,
    writer: Writer,
    means: Means,
}

impl FullDisk {
    /// A database that cannot grow, with little room left in the pages that it has.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::File(directory.path().join("rollcall.db"));
        let connection = location.writing().unwrap();
        migrate::run(&connection, Timestamp::UNIX_EPOCH).unwrap();
        connection
            .execute("INSERT INTO tenant (tenant_id, name) VALUES (?1, 'Distributor')", params![TENANT.0])
            .unwrap();
        let signer: Signer = Arc::new(<[u8]>::to_vec);
        for writer in [CHAIN, TENANT.0] {
            trail::begin(&connection, writer, &signer).unwrap();
        }
        let trail = Trail::new(CHAIN, Arc::clone(&signer));
        connection.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
        connection.execute("INSERT INTO filler VALUES (zeroblob(4194304))", params![]).unwrap();
        let pages: i64 = connection.query_row("PRAGMA page_count", params![], |row| row.get(0)).unwrap();
        let cap: i64 = connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), params![], |row| row.get(0))
            .unwrap();
        assert_eq!(cap, pages);
        let means =
            Means { signer, seal: |_, text| text.to_owned(), random: || [0; 32], new_id: |_| Uuid::nil() };
        let writer = Writer::start(
            connection,
            location,
            trail,
            Arc::new(Generations::new()),
            means.clone(),
            &Rooms::default(),
        )
        .unwrap();
        Self { directory, writer, means }
    }

    fn other_connection(&self) -> Connection {
        let path = self.directory.path().join("rollcall.db");
        Connection::Sqlite(rusqlite::Connection::open(path).unwrap())
    }

    fn make_room(&self) {
        self.other_connection().execute_batch("DROP TABLE filler").unwrap();
    }

    /// Far longer than any try takes; without end when the writer never tries again.
    fn wait_until_well(&self) {
        while !self.writer.is_well() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many groups and how many records there are; the trail must be whole.
    fn counts(&self) -> (u64, u64) {
        let connection = self.other_connection();
        let is_ours = |bytes: &[u8], signature: &[u8]| bytes == signature;
        let verification = verify::verify(&connection, CHAIN, &is_ours, |_| {}).unwrap();
        assert_eq!(verification.findings, []);
        let groups: i64 =
            connection.query_row("SELECT count(*) FROM user_group", params![], |row| row.get(0)).unwrap();
        (groups.unsigned_abs(), verification.records)
    }
}

/// Adds a group; a long name takes room.
fn group(number: u128, name_length: usize) -> Commit {
    let principal = Principal::operator(TENANT);
    let reach = reach(&principal, Action::CreateGroup, None).unwrap();
    let name = format!("{number}{}", "x".repeat(name_length));
    Commit::of_change(Change::AddGroup { reach, id: GroupId(Uuid::from_u128(number)), name }, record(1))
}

fn record(length: usize) -> Record {
    let (id, at, actor) = (Uuid::nil(), Timestamp::UNIX_EPOCH, ActorEntry::SYSTEM);
    Record::new(id, at, Operation::CreateGroup, Status::Succeded, actor, "a-test", "x".repeat(length))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_a_refused_change_wrote_goes_and_the_others_of_its_group_stand() {
    let disk = FullDisk::new();
    disk.make_room();
    let (connection, means) = (disk.other_connection(), &disk.means);
    let clean = group(1, 1);
    let dirty = Commit { binding: group(10, 1).change, ..group(1, 1) };
    let (first, last) = (group(1, 1), group(3, 1));
    let transaction = connection.transaction().unwrap();

    let crate::sql::group::Applied { results, records } =
        crate::sql::group::apply(&transaction, means, &mut HeldUp::new(), &[&first, &clean, &dirty, &last])
            .unwrap();

    transaction.commit().unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    assert_eq!((disk.counts().0, records.len()), (2, 2));
}

#[test]
fn a_full_disk_refuses_the_whole_group_and_later_commits_stand() {
    let disk = FullDisk::new();
    let (started, has_started) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let mut holding = pin!(disk.writer.bulk(Box::new(move |_| {
        started.send(()).unwrap();
        gate.recv().unwrap();
        Ok(None)
    })));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(holding.as_mut().poll(&mut context), Poll::Pending);
    has_started.recv().unwrap();
    let mut together = [
        Box::pin(disk.writer.commit(group(1, 1))),
        Box::pin(disk.writer.commit(group(2, BIG))),
        Box::pin(disk.writer.commit(group(3, 1))),
    ];
    for commit in &mut together {
        assert_eq!(commit.as_mut().poll(&mut context), Poll::Pending);
    }

    open.send(()).unwrap();

    run(holding).unwrap();
    for commit in together {
        let refused = run(commit);
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
    assert_eq!(disk.counts(), (0, 0));
    disk.wait_until_well();
    run(disk.writer.commit(group(1, 1))).unwrap();
    run(disk.writer.commit(group(3, 1))).unwrap();
    assert_eq!(disk.counts(), (2, 2));
}

#[test]
fn records_are_kept_while_the_disk_is_full_and_written_when_there_is_room() {
    let disk = FullDisk::new();
    run(disk.writer.record(&record(BIG))).unwrap();
    run(disk.writer.record(&record(1))).unwrap();
    let refused = run(disk.writer.commit(group(1, 1)));
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert!(!disk.writer.is_well());
    assert_eq!(disk.counts(), (0, 0));
    assert_eq!(disk.writer.shared.room.taken(), 2, "they still take their room");

    disk.make_room();
    disk.wait_until_well();

    run(disk.writer.commit(group(1, 1))).unwrap();
    assert_eq!(disk.counts(), (1, 3));
    assert_eq!(disk.writer.shared.room.taken(), 0);
}

#[test]
fn a_stop_tries_again_to_write_what_the_disk_refused() {
    let disk = FullDisk::new();
    run(disk.writer.record(&record(BIG))).unwrap();
    assert!(run(disk.writer.commit(Commit::of_record(record(1)))).is_err());

    disk.make_room();
    disk.writer.close();

    assert_eq!(disk.counts(), (0, 1));
}
