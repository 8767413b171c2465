//! Do packed records answer as loose ones do, and is whatever is done to a segment found?

use std::collections::HashSet;

use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::principal::Role;
use jiff::Timestamp;
use store::{AuditQuery, Dropped, Finding};
use uuid::Uuid;

use crate::behind::{Behind, literal};
use crate::home::Kept;
use crate::witness::{findings, last_record};
use crate::world::*;

/// So many loose records become a segment.
const ENOUGH: u64 = 1_024;

/// After all that the questions are about.
fn later() -> Timestamp {
    at(89).checked_add(jiff::SignedDuration::from_hours(1)).unwrap()
}

/// All that may be asked for, and a bit less than all that there may be.
fn anything() -> AuditQuery {
    AuditQuery {
        since: Timestamp::MIN,
        until: at(89),
        operations: None,
        status: None,
        reseller_name: None,
        customer_name: None,
        correlation_id: None,
        actors: None,
        limit: u32::MAX,
        offset: 0,
    }
}

fn at(number: u64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + i64::try_from(number % 90).unwrap()).unwrap()
}

/// A record in which each fact has another rhythm.
fn varied(number: u64) -> Record {
    let pick = |every: u64| number.is_multiple_of(every);
    let actor = ActorEntry {
        kind: "User".into(),
        id: Some(Uuid::from_u128(0x900 + u128::from(number % 7))),
        ..ActorEntry::SYSTEM
    };
    Record {
        timestamp: at(number),
        operation: if pick(2) { Operation::UpdateUser } else { Operation::DeleteUser },
        status: if pick(5) { Status::Failed } else { Status::Succeded },
        actor,
        reseller_id: (!pick(3)).then_some(if pick(4) { RESELLER } else { SECOND_RESELLER }),
        customer_id: (!pick(11)).then_some(if pick(13) { DIRECT_CUSTOMER } else { CUSTOMER }),
        correlation_id: format!("request-{}", number / 2).into(),
        tenant_id: (!pick(17)).then_some(TENANT),
        actor_owner_id: pick(6).then_some(RESELLER.0),
        ..record(&format!("record {number}"))
    }
}

async fn write(world: &World, records: impl IntoIterator<Item = Record>) {
    for outcome in all(records.into_iter().map(|record| world.store().commit_record(record))).await {
        outcome.unwrap();
    }
}

fn segments(behind: &Behind) -> u64 {
    behind.number("SELECT count(*) FROM audit_segment")
}

/// Every kind of question by every kind of caller, with its answer.
async fn answers(world: &World) -> Vec<(String, u64, Vec<String>)> {
    let callers = [
        right(Role::Csp, None),
        right(Role::Csp, Some(SECOND_RESELLER)),
        right(Role::Reseller(RESELLER), None),
        right(Role::Customer(CUSTOMER), None),
        right(Role::Customer(CUSTOMER), Some(RESELLER)),
        right_in(OTHER_TENANT, Role::Csp, None),
    ];
    let of = |operation: Operation| Some(HashSet::from([operation.name().to_owned()]));
    let actor = |number: u128| Some(HashSet::from([Uuid::from_u128(0x900 + number)]));
    let questions = [
        anything(),
        AuditQuery { operations: of(Operation::DeleteUser), ..anything() },
        AuditQuery { operations: of(Operation::RestoreUser), ..anything() },
        AuditQuery { status: Some(Status::Failed), ..anything() },
        AuditQuery { since: at(20), until: at(40), ..anything() },
        AuditQuery { correlation_id: Some("request-77".to_owned()), ..anything() },
        AuditQuery { correlation_id: Some("request-none".to_owned()), ..anything() },
        AuditQuery { actors: actor(3), ..anything() },
        AuditQuery { actors: actor(99), ..anything() },
        AuditQuery { reseller_name: Some("ompan".to_owned()), ..anything() },
        AuditQuery { customer_name: Some("Company".to_owned()), ..anything() },
        AuditQuery { customer_name: Some("nobody".to_owned()), ..anything() },
        AuditQuery { limit: 10, offset: 95, ..anything() },
    ];
    let mut answers = Vec::new();
    for caller in &callers {
        for question in &questions {
            let cut = world.store().audit_page(*caller, question.clone()).await.unwrap();
            answers.push((format!("{caller:?} {question:?}"), cut.total, cut.items));
        }
    }
    answers
}

pub(crate) async fn a_record_of_before_is_found_as_one_of_now_is(mut world: World) {
    write(&world, (0..1_000).map(varied)).await;
    let loose = answers(&world).await;
    let told = loose.iter().filter(|(_, total, _)| *total > 0).count();
    assert!(told > 30, "only {told} questions have an answer");

    // What was recorded before each tenant had a chain lies in that of the directory.
    world.tamper(|behind| {
        let directory = "(SELECT value FROM meta WHERE name = 'trail_writer')";
        let moved = format!(
            "UPDATE audit_record SET writer = {directory}, sequence = sequence + 5000 WHERE writer = {} AND sequence < 500",
            literal(TENANT.0.as_bytes())
        );
        assert_eq!(behind.execute(&moved), 499);
    });
    world.reopen();
    assert_eq!(answers(&world).await, loose);
}

pub(crate) async fn a_packed_record_is_found_as_a_loose_one_is(mut world: World) {
    write(&world, (0..1_000).map(varied)).await;
    assert_eq!(world.tamper(segments), 0);
    world.reopen();
    let loose = answers(&world).await;

    let late = |number| Record { timestamp: later(), tenant_id: Some(TENANT), ..varied(number) };
    write(&world, (0..100).map(late)).await;
    assert_eq!(world.tamper(segments), 1);
    world.reopen();

    for (packed, loose) in answers(&world).await.into_iter().zip(loose) {
        assert_eq!(packed, loose);
    }
}

/// A whole trail with one segment, which can be tampered with again and again.
struct Whole {
    world: World,
    kept: Kept,
}

impl Whole {
    async fn new(mut world: World) -> Self {
        // One after another, so that the segment has as many records as are enough, and no more.
        for number in 0..ENOUGH + 10 {
            let record = Record { tenant_id: Some(TENANT), ..varied(number) };
            world.store().commit_record(record).await.unwrap();
        }
        let kept = world.keep();
        Self { world, kept }
    }

    /// What a walk finds after the whole trail was tampered with.
    async fn findings_after(&mut self, tamper: impl FnOnce(&Behind) + Send) -> Vec<Finding> {
        self.world.put_back(&self.kept);
        self.world.tamper(tamper);
        self.world.reopen();
        findings(self.world.store()).await
    }
}

fn doing(sql: &str) -> impl FnOnce(&Behind) + Send {
    move |behind| assert_eq!(behind.execute(sql), 1)
}

/// Makes of the bytes in a column of the segment what `change` makes of them.
fn changing(
    column: &'static str,
    change: impl FnOnce(Vec<u8>) -> Vec<u8> + Send,
) -> impl FnOnce(&Behind) + Send {
    move |behind| {
        let bytes = change(behind.bytes(&format!("SELECT {column} FROM audit_segment")));
        doing(&format!("UPDATE audit_segment SET {column} = {}", literal(&bytes)))(behind);
    }
}

pub(crate) async fn a_segment_that_says_what_its_records_do_not_is_found(world: World) {
    let mut whole = Whole::new(world).await;
    let misfiled = [Finding::Misfiled(1, ENOUGH)];
    for sql in [
        "UPDATE audit_segment SET began = began + 1",
        "UPDATE audit_segment SET ended = ended - 1",
        "UPDATE audit_segment SET facets = x''",
    ] {
        assert_eq!(whole.findings_after(doing(sql)).await, misfiled, "{sql}");
    }
    let cut = changing("columns", |columns| columns[24..].to_vec());
    assert_eq!(whole.findings_after(cut).await, misfiled);
    let blotted = changing("columns", |columns| [&columns[..16_000], &[0; 8_576]].concat());
    assert_eq!(whole.findings_after(blotted).await, misfiled);
    let altered = changing("facets", |facets| [&facets[..facets.len() - 1], &[0x7F]].concat());
    assert_eq!(whole.findings_after(altered).await, misfiled);
    assert_eq!(whole.findings_after(|_| ()).await, []);
}

/// Packs the texts of the segment anew, as `change` makes them.
fn repacked(change: impl FnOnce(String) -> String + Send) -> impl FnOnce(&Behind) + Send {
    changing("texts", |packed| {
        let texts = String::from_utf8(zstd::bulk::decompress(&packed, 1 << 24).unwrap()).unwrap();
        zstd::bulk::compress(change(texts).as_bytes(), 1).unwrap()
    })
}

pub(crate) async fn a_record_that_was_changed_in_its_segment_is_found(world: World) {
    let mut whole = Whole::new(world).await;
    let within = Finding::ChangedWithin(1, ENOUGH);
    let reworded = |texts: String| texts.replacen("record 500\"", "record 5OO\"", 1);
    assert_eq!(whole.findings_after(repacked(reworded)).await, std::slice::from_ref(&within));

    let shortened = |texts: String| texts.rsplit_once('\n').unwrap().0.to_owned();
    let findings = whole.findings_after(repacked(shortened)).await;
    assert_eq!(findings, [Finding::Misfiled(1, ENOUGH), within.clone()]);

    let lengthened = |texts: String| format!("{texts}\n{}", texts.rsplit_once('\n').unwrap().1);
    let findings = whole.findings_after(repacked(lengthened)).await;
    assert!(findings.contains(&Finding::Misfiled(1, ENOUGH)), "{findings:?}");

    let garbled = doing("UPDATE audit_segment SET texts = substr(texts, 9)");
    assert_eq!(whole.findings_after(garbled).await, [Finding::Unreadable(1, ENOUGH)]);

    let removed = doing("DELETE FROM audit_segment");
    assert_eq!(whole.findings_after(removed).await, [Finding::Removed(1, ENOUGH)]);

    let replaced = changing("hash", |_| vec![0; 32]);
    let findings = whole.findings_after(replaced).await;
    assert!(findings.contains(&within), "{findings:?}");
}

pub(crate) async fn old_records_go_by_whole_segments_and_leave_a_signed_beginning(mut world: World) {
    write(&world, (0..ENOUGH * 3).map(varied)).await;
    let newest = world.store().verify_trail(is_ours, |_| {}).await.unwrap();
    assert_eq!(newest.findings, []);
    let dropped = |_| Record { timestamp: Timestamp::MAX, ..record("dropped") };
    let drop_before = |before| world.store().drop_audit_records(Some(TENANT), before, dropped);
    assert!(!drop_before(Timestamp::UNIX_EPOCH).await.unwrap(), "nothing is as old as that");

    assert!(drop_before(later()).await.unwrap());
    let fewer = world.store().verify_trail(is_ours, |_| {}).await.unwrap();
    assert_eq!(fewer.findings, []);
    assert!(fewer.records + ENOUGH <= newest.records + 1, "{} of {}", fewer.records, newest.records);
    while drop_before(later()).await.unwrap() {}
    world.reopen();
    assert_eq!(findings(world.store()).await, []);
    write(&world, (0..ENOUGH).map(varied)).await;
    assert_eq!(findings(world.store()).await, []);

    world.tamper(doing("UPDATE audit_start SET signature = x'00'"));
    world.reopen();
    assert_eq!(findings(world.store()).await.first(), Some(&Finding::StartForged));
}

pub(crate) async fn a_chain_without_segments_loses_its_oldest_rows(mut world: World) {
    let new = |number| Record { timestamp: later(), tenant_id: Some(OTHER_TENANT), ..varied(number) };
    let old = |number| Record { timestamp: at(number), ..new(number) };
    write(&world, (0..30).map(old)).await;
    write(&world, (0..3).map(new)).await;
    let drop_before = |tenant| {
        let told = move |dropped: Dropped| Record {
            timestamp: later(),
            tenant_id: dropped.tenant,
            ..record(&format!("{} to {}", dropped.first, dropped.last))
        };
        world.store().drop_audit_records(tenant, later(), told)
    };

    assert_eq!(world.store().audit_records_due(at(0)).await.unwrap(), [Some(TENANT)]);
    assert_eq!(world.store().audit_records_due(later()).await.unwrap(), [Some(TENANT), Some(OTHER_TENANT)]);
    assert!(drop_before(Some(OTHER_TENANT)).await.unwrap());
    assert!(!drop_before(Some(OTHER_TENANT)).await.unwrap());
    assert!(!drop_before(None).await.unwrap(), "it has none");

    assert_eq!(last_record(world.store()).await.description, "1 to 30");
    assert_eq!(findings(world.store()).await, []);
    world.reopen();
    write(&world, (0..ENOUGH).map(new)).await;
    assert_eq!(findings(world.store()).await, []);
    assert_eq!(world.tamper(segments), 1);
}
