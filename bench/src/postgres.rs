//! What does the directory do on PostgreSQL? The same program on both databases, in turn within one run; two nodes
//! beside one; and pgbench with the bare statements.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::load::{Connection, Samples, closed, same};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(4);
/// Customers of 25 users, none of whom is asked for twice.
const CUSTOMERS: usize = 20_000;
const USERS: usize = 25;
const ASKED: usize = 1_000;
const MANY: usize = 1_000_000;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let cluster = Cluster::start().await?;
    cluster.sql("postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
    let database = cluster.database(program, "bench_many", &vec![USERS; CUSTOMERS]).await?;
    let embedded = Database::with(program, &[USERS; 100]).await?;
    let mut rows = hot(&cluster, &database, &embedded).await?;
    rows.extend(cold(&cluster, &database).await?);
    rows.extend(creates(&cluster, &database).await?);
    Ok(rows)
}

/// The import of many users, beside a bare COPY of the same rows into tables with the same indexes.
pub(crate) async fn copy(program: &Path) -> Result<Vec<Row>> {
    let cluster = Cluster::start().await?;
    Ok(vec![import(&cluster, program).await?])
}

async fn hot(cluster: &Cluster, database: &Database, embedded: &Database) -> Result<Vec<Row>> {
    let (server, beside) = (database.serve().await?, embedded.serve().await?);
    let (asking, embedded) = (database.caller(&server).await?, embedded.caller(&beside).await?);
    let (request, of_embedded) = (asking.listing(&world::customer(0)), embedded.listing(&world::customer(0)));
    let second = database.serve().await?;
    let (mut ours, mut theirs, mut statements, mut both) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let there = closed(&beside.address, CONNECTIONS, SPAN, same(&of_embedded)).await?;
        cluster.sql("postgres", "SELECT pg_stat_statements_reset()").await?;
        let here = closed(&server.address, CONNECTIONS, SPAN, same(&request)).await?;
        let calls = cluster.sql("postgres", "SELECT sum(calls) FROM pg_stat_statements").await?;
        let half = || same(&request);
        let (one, other) = tokio::join!(
            closed(&server.address, CONNECTIONS / 2, SPAN, half()),
            closed(&second.address, CONNECTIONS / 2, SPAN, half()),
        );
        if round > 0 {
            let calls = calls.parse::<f64>().unwrap_or(f64::NAN);
            statements.push(calls / here.count() as f64 * 1_000.0);
            both.push((one?.rate() + other?.rate()) / here.rate());
            eprintln!(
                "  hot, round {round}: embedded {:.0}/s, PostgreSQL {:.0}/s",
                there.rate(),
                here.rate()
            );
            ours.push(here);
            theirs.push(there);
        }
    }
    let ratio = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours.rate() / theirs.rate()));
    let row = |what: String| Row {
        rate: Some(median(ours.iter().map(Samples::rate))),
        times: Some([Samples::p50, Samples::p99, Samples::p999].map(|at| median(ours.iter().map(at)))),
        memory: Some(server.memory()),
        ..Row::new(what)
    };
    Ok(vec![
        row(format!("hot listing on PostgreSQL, {USERS} users, {CONNECTIONS} connections")).at_least(
            "of the embedded",
            ratio,
            0.7,
        ),
        Row::new("the same: SQL statements for 1,000 requests").at_most("", median(statements), 50.0, ""),
        Row { figure: format!("of one node {:.2}", median(both)), ..Row::new("two nodes on this machine") },
    ])
}

async fn cold(cluster: &Cluster, database: &Database) -> Result<Vec<Row>> {
    let server = database.serve().await?;
    let asking = database.caller(&server).await?;
    let mut connection = Connection::open(&server.address).await?;
    let tenant = world::tenant().simple().to_string();
    let script = format!(
        "\\set number random(0, {})\n\
         SELECT document FROM rollcall.portal_user WHERE tenant_id = '\\x{tenant}'\n\
         AND owner_id = decode('b000000000004000' || '8000' || lpad(to_hex(:number::int), 12, '0'), 'hex')\n\
         AND shown = 1 AND owner_kind = 2 ORDER BY order_head, order_key;\n",
        CUSTOMERS - 1
    );
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let mut numbers = 1..CUSTOMERS;
    for round in 1..=ROUNDS {
        let mut took = Vec::new();
        for number in numbers.by_ref().take(ASKED) {
            took.push(connection.timed(&asking.listing(&world::customer(number))).await?);
        }
        let (_, mean) = cluster.pgbench("bench_many", 1, 3, &script).await?;
        let samples = Samples::one_by_one(&took);
        eprintln!("  cold, round {round}: {:.0} µs, bare statement {mean:.0} µs", samples.p50());
        ours.push(samples);
        bare.push(mean);
    }
    let ratio = median(ours.iter().zip(&bare).map(|(ours, bare)| ours.p50() / bare));
    let times = Some([Samples::p50, Samples::p99, Samples::p999].map(|at| median(ours.iter().map(at))));
    Ok(vec![
        Row {
            times: Some([median(bare), f64::NAN, f64::NAN]),
            ..Row::new("pgbench with the bare statement, one connection (mean)")
        },
        Row { times, ..Row::new(format!("cold listing on PostgreSQL, {USERS} users, one connection")) }
            .at_most("of pgbench", ratio, 2.0, " ×"),
    ])
}

async fn creates(cluster: &Cluster, database: &Database) -> Result<Vec<Row>> {
    let server = database.serve().await?;
    let asking = database.caller(&server).await?;
    let script = bare_create();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (asking, turns) = (asking.clone(), Arc::new(AtomicUsize::new(0)));
        let create = move |_: usize, _: usize| {
            let turn = turns.fetch_add(1, Ordering::Relaxed);
            let body = world::new_user(&format!("p{round}.{turn}"), turn);
            asking.send("POST", &format!("/v1/customer/{}/users", world::customer(turn % 100)), &body)
        };
        let here = closed(&server.address, CONNECTIONS, SPAN, create).await?;
        let (rate, _) = cluster.pgbench("bench_many", CONNECTIONS, SPAN.as_secs(), &script).await?;
        eprintln!("  creates, round {round}: {:.0}/s, pgbench {rate:.0}/s", here.rate());
        ours.push(here);
        bare.push(rate);
    }
    let ratio = median(ours.iter().zip(&bare).map(|(ours, bare)| ours.rate() / bare));
    Ok(vec![
        Row {
            rate: Some(median(bare)),
            ..Row::new(format!("pgbench inserts the same rows, {CONNECTIONS} clients"))
        },
        Row {
            rate: Some(median(ours.iter().map(Samples::rate))),
            times: Some([Samples::p50, Samples::p99, Samples::p999].map(|at| median(ours.iter().map(at)))),
            figure: format!("of pgbench {ratio:.2}"),
            ..Row::new(format!("creates on PostgreSQL, {CONNECTIONS} clients"))
        },
    ])
}

/// The rows of one create, as pgbench writes them: the user, its words, the figures of its customer, and the record.
fn bare_create() -> String {
    let tenant = format!("'\\x{}'", world::tenant().simple());
    let mut script = "\\set number random(0, 99)\n\\set a random(1, 9000000000000000)\n\
                      BEGIN;\n"
        .to_owned();
    let customer = "decode('b0000000000040008000' || lpad(to_hex(:number::int), 12, '0'), 'hex')";
    let id = "decode(md5(:a::text), 'hex')";
    let _ = write!(
        script,
        "INSERT INTO rollcall.portal_user (tenant_id, user_id, owner_kind, owner_id, context, first_name, last_name,\n\
         email, email_key, groups, order_key, document, shown, reach, salt)\n\
         VALUES ({tenant}, {id}, 2, {customer}, '', 'Åsa', 'Björk', :a || '@x.example', :a || '@x.example', '',\n\
         decode(md5(:a::text) || md5(:a::text) || md5(:a::text), 'hex'), repeat('x', 180), 1, '', {id});\n"
    );
    for word in 0..9 {
        let _ = write!(
            script,
            "INSERT INTO rollcall.user_term (tenant_id, term, user_id)\n\
             VALUES ({tenant}, decode(md5('{word}' || :a::text), 'hex'), {id});\n"
        );
    }
    let _ = write!(
        script,
        "UPDATE rollcall.customer SET user_count = user_count + 1, listing_version = listing_version + 1\n\
         WHERE tenant_id = {tenant} AND customer_id = {customer};\n\
         INSERT INTO rollcall.audit_record (writer, sequence, record, hash)\n\
         VALUES ('\\x01', :a, repeat('r', 480), repeat('h', 32)::bytea);\n\
         COMMIT;\n"
    );
    script
}

async fn import(cluster: &Cluster, program: &Path) -> Result<Row> {
    let database = cluster.database(program, "bench_large", &vec![USERS; MANY / USERS]).await?;
    let place = tempfile::tempdir()?;
    let mut bare = 0.0;
    cluster.sql("bench_large", "CREATE SCHEMA bare").await?;
    for table in ["portal_user", "user_term"] {
        let file = place.path().join(table);
        let file = file.display();
        let like = format!("CREATE TABLE bare.{table} (LIKE rollcall.{table} INCLUDING ALL)");
        cluster.sql("bench_large", &like).await?;
        let columns = cluster.sql("bench_large", &columns(table)).await?;
        cluster.sql("bench_large", &format!("\\copy rollcall.{table} ({columns}) TO '{file}'")).await?;
        let began = Instant::now();
        cluster.sql("bench_large", &format!("\\copy bare.{table} ({columns}) FROM '{file}'")).await?;
        bare += began.elapsed().as_secs_f64();
    }
    let took = database.took.as_secs_f64();
    eprintln!("  import {took:.1} s, bare COPY {bare:.1} s");
    Ok(Row {
        memory: Some(database.peak),
        ..Row::new(format!("import of {MANY} users into PostgreSQL, {took:.1} s"))
    }
    .at_most("of a bare COPY", took / bare, 2.0, " ×"))
}

/// Asks for the columns of a table that are written, and not made by the server.
fn columns(table: &str) -> String {
    format!(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = 'rollcall.{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
    )
}
