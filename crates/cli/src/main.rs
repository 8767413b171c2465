//! How is Rollcall started and operated? The program `rollcall`: one command each file in `commands`.

mod api;
mod chance;
mod clock;
mod commands;
mod config;
mod console;
mod control;
mod directory;
mod examination;
mod failure;
mod meter;
mod operations;
mod pieces;
#[allow(dead_code, unused_imports, reason = "measurements use more of the sample than the demo")]
mod sample;
mod serve;
mod table;
mod telemetry;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::failure::Failure;

/// Small things are made and dropped on many threads, for each request: this costs half of what the system's
/// allocator takes for it (decision 0021).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many tasks a thread does between two looks at the sockets.
const TASKS_A_LOOK: u32 = 61;

/// How long reading that nobody waits for any more may go on when the program ends.
const LAST_READS: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match run(commands::Program::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                console::note(&format!("rollcall: {text}"));
            }
            failure.exit_code()
        }
    }
}

fn run(program: commands::Program) -> Result<(), Failure> {
    let flags = program.flags();
    if let commands::Command::Check(check) = program.command {
        return check.run(&flags);
    }
    let settings = config::Settings::read(&flags)?;
    telemetry::log(program.command.log_level(&settings));
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = settings.worker_threads {
        builder.worker_threads(threads);
    }
    // Between two looks at the sockets so many tasks are done. If a look brought more than that, what does not
    // find room in the queue of its thread would wait in the common one, and there for most of a second when
    // thousands of connections are busy. What other threads wake waits in the common one, too.
    builder
        .event_interval(TASKS_A_LOOK)
        .max_io_events_per_tick(TASKS_A_LOOK as usize)
        .global_queue_interval(7);
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::of("the program cannot start", error))?;
    let outcome = runtime.block_on(program.command.run(settings));
    runtime.shutdown_timeout(LAST_READS);
    outcome
}
