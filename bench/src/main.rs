//! How fast, how large, how soon? Measures the real program, started as users start it, and the floor
//! beside it: a bare hyper server that sends the same bytes.
//!
//! `cargo run --release -p bench -- all`, or one name at a time; without a name it lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what was measured is told on the terminal")]

mod floor;
mod hot;
mod large;
mod load;
mod program;
mod small;
mod world;

use std::error::Error;
use std::process::ExitCode;

type Outcome = Result<(), Box<dyn Error>>;

const NAMES: &str = "\
hot     the hot listing of 25 users, 64 connections, audit on, as a ratio to the floor
large   import, start and listing of 1,000,000 users, with the memory they take
small   the demo: size of the binary, memory when idle
all     all of these";

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let outcome = match name.as_str() {
        "hot" => hot::measure().await,
        "large" => large::measure().await,
        "small" => small::measure().await,
        "all" => all().await,
        "floor" => floor::serve(arguments.next()).await,
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

async fn all() -> Outcome {
    hot::measure().await?;
    large::measure().await?;
    small::measure().await
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
