//! How little does it take? The size of the program, and the memory of the demo when nobody asks.

use std::time::Duration;

use tokio::process::Command;

use crate::Outcome;
use crate::program::{Server, build};

pub(crate) async fn measure() -> Outcome {
    let program = build().await?;
    let size = std::fs::metadata(&program)?.len();
    println!("the program: {:.1} MiB", size as f64 / 1_048_576.0);
    // The demo tells on standard output where it is; the other servers on standard error.
    let mut demo = Command::new("sh");
    demo.args(["-c", "exec \"$0\" demo --listen 127.0.0.1:0 >&2"]).arg(&program);
    let demo = Server::start(demo).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!(
        "the demo: ready after {:.1} s, {:.0} MiB when idle",
        demo.ready_after.as_secs_f64(),
        demo.memory()
    );
    Ok(())
}
