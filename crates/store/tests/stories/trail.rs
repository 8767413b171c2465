//! Is whatever was done to the trail behind the store's back found, and not hidden by writing on?
//!
//! Every story begins with the records 1 to 6, the last five of them committed one by one.

use domain::audit::Record;
use domain::chain::Head;
use store::{Finding, Found, Verification};
use uuid::Uuid;

use crate::behind::{Behind, literal};
use crate::home::Kind;
use crate::server::apart;
use crate::witness::findings;
use crate::world::*;

const LAST: u64 = FIRST_RECORDS + 5;

async fn write_records(world: &World, count: u64) {
    for number in 0..count {
        world.store().commit_record(record(&format!("record {number}"))).await.unwrap();
    }
}

/// Those rows of the trail that are of the tenant's chain.
fn ours() -> String {
    format!("writer = {}", literal(TENANT.0.as_bytes()))
}

async fn verify(world: &World) -> Verification {
    world.store().verify_trail(is_ours, |_| {}).await.unwrap()
}

/// What is found after `tamper` was done to the closed database.
async fn findings_after(world: &mut World, tamper: impl FnOnce(&Behind) + Send) -> Vec<Finding> {
    write_records(world, LAST - FIRST_RECORDS).await;
    world.tamper(tamper);
    world.reopen();
    findings(world.store()).await
}

/// What is found after `sql` was done, and after more records were written and the database was restarted.
async fn findings_before_and_after_going_on(world: &mut World, sql: &str) -> (Vec<Finding>, Vec<Finding>) {
    let at_once = findings_after(world, |behind| behind.batch(sql)).await;
    write_records(world, 2).await;
    world.reopen();
    write_records(world, 2).await;
    (at_once, findings(world.store()).await)
}

pub(crate) async fn a_whole_trail_has_no_findings_and_goes_on_after_a_restart(mut world: World) {
    assert_eq!(verify(&world).await.findings, []);
    for round in 1..=3 {
        write_records(&world, 5).await;
        let before = verify(&world).await;
        assert_eq!((before.records, &before.findings[..]), (FIRST_RECORDS + 5 * round, &[][..]));
        world.reopen();
        assert_eq!(verify(&world).await.records, before.records);
    }
    assert_eq!(verify(&world).await.checkpoints, 3, "one for each clean stop");
}

pub(crate) async fn checkpoints_are_passed_on_the_way(world: World) {
    let records: Vec<_> = (0..2100).map(|_| record("a read")).collect();
    for outcome in all(records.into_iter().map(|record| world.store().commit_record(record))).await {
        outcome.unwrap();
    }

    let verification = verify(&world).await;

    assert_eq!(
        verification,
        Verification { records: FIRST_RECORDS + 2100, checkpoints: 2, findings: Vec::new() }
    );
}

pub(crate) async fn a_changed_record_is_found(mut world: World) {
    let found = findings_after(&mut world, |behind| {
        let sql = "UPDATE audit_record SET record = replace(record, 'Succeded', 'Failed') WHERE sequence = 3";
        assert_eq!(behind.execute(sql), 1);
    });
    assert_eq!(found.await, [Finding::Changed(3)]);
}

pub(crate) async fn removed_records_are_found_wherever_they_were(world: World) {
    let kind = world.kind();
    for (which, expected) in [
        ("= 1", Finding::Removed(1, 1)),
        ("= 3", Finding::Removed(3, 3)),
        ("IN (3, 4)", Finding::Removed(3, 4)),
    ] {
        let mut world = World::new(kind).await;
        let sql = format!("DELETE FROM audit_record WHERE sequence {which} AND {}", ours());
        let (at_once, later) = findings_before_and_after_going_on(&mut world, &sql).await;
        assert_eq!((&at_once[..], &later[..]), (&[expected.clone()][..], &[expected][..]));
    }
}

pub(crate) async fn a_trail_that_was_cut_off_is_found(mut world: World) {
    let sql = &format!("DELETE FROM audit_record WHERE sequence > 4 AND {}", ours());
    let (at_once, later) = findings_before_and_after_going_on(&mut world, sql).await;
    assert_eq!(at_once, [Finding::CutOff { last: 4, written: LAST }]);
    assert_eq!(later, [Finding::Removed(5, LAST)]);
}

pub(crate) async fn an_older_end_that_is_put_back_is_found(mut world: World) {
    write_records(&world, 3).await;
    let home = world.home();
    let older = apart(|| home.behind().bytes(&format!("SELECT signature FROM audit_head WHERE {}", ours())));

    let found = findings_after(&mut world, move |behind| {
        behind.execute("DELETE FROM audit_record WHERE sequence > 4");
        behind.execute(&format!(
            "UPDATE audit_head SET sequence = 4, signature = {},
                                   hash = (SELECT hash FROM audit_record WHERE sequence = 4) WHERE {}",
            literal(&older),
            ours()
        ));
    });

    assert_eq!(found.await, [Finding::CutOff { last: 4, written: LAST + 3 }]);
}

pub(crate) async fn a_forged_end_is_found_even_after_more_was_written(mut world: World) {
    let sql = format!("UPDATE audit_head SET signature = {} WHERE {}", literal(&[0; 32]), ours());
    let (at_once, later) = findings_before_and_after_going_on(&mut world, &sql).await;
    assert_eq!(at_once, [Finding::HeadForged]);
    assert_eq!(later, [Finding::Removed(LAST + 1, LAST + 1)]);
}

pub(crate) async fn a_missing_end_is_found_even_after_more_was_written(mut world: World) {
    let kind = world.kind();
    let sql = format!("DELETE FROM audit_head WHERE {}", ours());
    let (at_once, later) = findings_before_and_after_going_on(&mut world, &sql).await;
    assert_eq!(at_once, [Finding::HeadForged]);
    assert_eq!(later, [Finding::Removed(LAST + 1, LAST + 1)]);

    let mut world = World::new(kind).await;
    let all: String = ["audit_head", "audit_record", "audit_checkpoint"]
        .map(|table| format!("DELETE FROM {table} WHERE {}; ", ours()))
        .concat();
    let (at_once, later) = findings_before_and_after_going_on(&mut world, &all).await;
    assert_eq!(at_once, [Finding::HeadForged]);
    assert_eq!(later, [Finding::Removed(1, 1)]);
}

pub(crate) async fn a_cut_behind_a_forged_end_is_found_even_after_more_was_written(mut world: World) {
    let sql = format!(
        "DELETE FROM audit_record WHERE sequence > 4;
         DELETE FROM audit_checkpoint WHERE sequence > 4;
         UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_record WHERE sequence = 4) WHERE {}",
        ours()
    );
    let (at_once, later) = findings_before_and_after_going_on(&mut world, &sql).await;
    assert_eq!(at_once, [Finding::HeadForged]);
    assert_eq!(later, [Finding::Removed(5, 5)]);
}

pub(crate) async fn a_forged_checkpoint_is_found(mut world: World) {
    let sql = format!("UPDATE audit_checkpoint SET signature = {}", literal(&[0; 32]));
    let found = findings_after(&mut world, |behind| behind.batch(&sql)).await;
    assert_eq!(found, [Finding::CheckpointForged(LAST)]);
}

pub(crate) async fn a_chain_made_anew_without_the_key_is_found(mut world: World) {
    let found = findings_after(&mut world, |behind| {
        behind.execute("UPDATE audit_record SET record = replace(record, 'Succeded', 'Failed')");
        let mut head = Head::beginning(TENANT.0);
        for sequence in 1..=LAST {
            let of = format!("WHERE sequence = {sequence} AND {}", ours());
            head = head.after(behind.text(&format!("SELECT record FROM audit_record {of}")).as_bytes());
            behind.execute(&format!("UPDATE audit_record SET hash = {} {of}", literal(&head.hash)));
        }
        behind.execute(&format!("UPDATE audit_head SET hash = {} WHERE {}", literal(&head.hash), ours()));
    });
    assert_eq!(found.await, [Finding::CheckpointForged(LAST), Finding::HeadForged]);
}

pub(crate) async fn an_added_record_is_found_and_does_not_stop_the_writer(mut world: World) {
    let sql = "INSERT INTO audit_record SELECT writer, sequence + 1, record, hash FROM audit_record WHERE sequence = 6";
    let (at_once, later) = findings_before_and_after_going_on(&mut world, sql).await;
    assert_eq!(at_once, [Finding::Changed(LAST + 1), Finding::Added(LAST + 1)]);
    assert_eq!(later, [Finding::Changed(LAST + 1), Finding::Removed(LAST + 2, LAST + 2)]);
}

/// A server shows each transaction the chain of its own tenant: there, nobody ever sees such records.
pub(crate) async fn records_of_a_stranger_are_found(mut world: World) {
    let stranger = Uuid::from_u128(0x5742);
    let is_seen = matches!(world.kind(), Kind::Embedded);
    let found = findings_after(&mut world, |behind| {
        behind.execute(&format!(
            "INSERT INTO audit_record SELECT {}, sequence, record, hash FROM audit_record WHERE sequence = 1",
            literal(stranger.as_bytes())
        ));
    });
    assert_eq!(found.await, if is_seen { vec![Finding::Stranger(stranger)] } else { Vec::new() });
}

pub(crate) async fn each_tenant_has_a_chain_of_its_own(mut world: World) {
    let of = |tenant| Record { tenant_id: tenant, ..record("of somebody") };
    let in_turn = [Some(TENANT), None, Some(OTHER_TENANT), Some(TENANT), None, None];
    for outcome in all(in_turn.map(|tenant| world.store().commit_record(of(tenant)))).await {
        outcome.unwrap();
    }
    let per_chain = |behind: &Behind| behind.rows("SELECT sequence FROM audit_head ORDER BY sequence");
    assert_eq!(world.tamper(per_chain).concat(), ["1", "3", "3"]);
    world.reopen();
    assert_eq!(findings(world.store()).await, []);

    // A fault in one is told of that one, and of no other.
    world.tamper(|behind| behind.batch(&format!("DELETE FROM audit_head WHERE {}", ours())));
    world.reopen();
    let found = verify(&world).await.findings;
    assert_eq!(found, [Found { tenant: Some(TENANT), finding: Finding::HeadForged }]);
    assert_eq!(
        found.first().map(ToString::to_string).unwrap(),
        format!("in the chain of tenant {}: the signed end of the trail is missing or forged", TENANT.0)
    );
}
