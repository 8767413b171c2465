//! How fast, how large, how soon? Measures the real program, started as users start it, and the floor
//! beside it: a bare hyper server that sends the same bytes.
//!
//! `cargo run --release -p bench -- all`, or one name at a time; without a name it lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what was measured is told on the terminal")]

mod bare;
mod bare_writes;
mod cluster;
mod cold;
mod files;
mod first_token;
mod floor;
mod growth;
mod hot;
mod large;
mod load;
mod memory;
mod mixed;
mod neighbour;
mod overload;
mod plot;
mod postgres;
mod program;
mod search;
mod small;
mod table;
mod trail;
mod world;
mod writes;

use std::path::Path;
use std::process::ExitCode;

use load::Result;
use table::Row;

/// What can be measured.
const NAMES: &str = "\
hot      hot listings of 25 and 1,000 users and 304, 64 connections, audit on, as ratios to the floor
cold     listings that nobody asked for before, and right after a write, beside a bare loop
growth   hot and cold listings among 10,000 and among 5,000,000 users
large    import, start and listing of 1,000,000 users, with the memory they take
token    the first request of a token
writes   creates with 1 and with 64 clients, each acknowledged after its fsync
mixed    95 % listings, 5 % writes to the same customers
overload three times the load that can be served: what is served, refused, and held
neighbour what another tenant feels of one that asks without pause
memory   what a roster costs, and whether the cache keeps to its bound
files    import and export of 100,000 users through the API
search   searchValue over 1,000,000 users
trail    queries of an audit trail of 5,000,000 records
small    the demo: size of the binary, memory when idle
postgres hot and cold listings, creates and nodes on PostgreSQL, beside the embedded database and pgbench
copy     import of 1,000,000 users into PostgreSQL, beside a bare COPY of the same rows
all      all of these, and the plots in docs/performance";

const ALL: [&str; 16] = [
    "hot",
    "cold",
    "growth",
    "large",
    "token",
    "writes",
    "mixed",
    "overload",
    "neighbour",
    "memory",
    "files",
    "search",
    "trail",
    "small",
    "postgres",
    "copy",
];

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let outcome = match name.as_str() {
        "floor" => floor::serve(arguments.next(), arguments.next()).await,
        "all" => all().await,
        name if ALL.contains(&name) => one(name).await,
        _ => {
            eprintln!("cargo run --release -p bench -- NAME\n\n{NAMES}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn one(name: &str) -> Result<()> {
    let program = program::build().await?;
    let rows = measure(name, &program).await?;
    print!("{}", table::markdown(&rows));
    Ok(())
}

async fn all() -> Result<()> {
    let program = program::build().await?;
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for name in ALL {
        eprintln!("{name}");
        // What was measured before is not lost with it.
        match measure(name, &program).await {
            Ok(more) => rows.extend(more),
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    plot::draw(&rows)?;
    print!("{}", table::markdown(&rows));
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

async fn measure(name: &str, program: &Path) -> Result<Vec<Row>> {
    match name {
        "hot" => hot::measure(program).await,
        "cold" => cold::measure(program).await,
        "growth" => growth::measure(program).await,
        "large" => large::measure(program).await,
        "token" => first_token::measure(program).await,
        "writes" => writes::measure(program).await,
        "mixed" => mixed::measure(program).await,
        "overload" => overload::measure(program).await,
        "neighbour" => neighbour::measure(program).await,
        "memory" => memory::measure(program).await,
        "files" => files::measure(program).await,
        "search" => search::measure(program).await,
        "trail" => trail::measure(program).await,
        "postgres" => postgres::measure(program).await,
        "copy" => postgres::copy(program).await,
        _ => small::measure(program).await,
    }
}

/// The middle one of some figures.
fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
