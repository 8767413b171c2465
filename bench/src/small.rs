//! How little does it take? The size of the program, and the memory of the demo when nobody asks.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::Result;
use crate::program::Server;
use crate::table::Row;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let size = std::fs::metadata(program)?.len() as f64 / 1_048_576.0;
    // The demo tells on standard output where it is; the other servers on standard error.
    let mut demo = Command::new("sh");
    demo.args(["-c", "exec \"$0\" demo --listen 127.0.0.1:0 >&2"]).arg(program);
    let demo = Server::start(demo).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ready = demo.ready_after.as_secs_f64();
    Ok(vec![
        Row { figure: format!("{size:.1} MiB"), ..Row::new("the program") },
        Row {
            memory: Some(demo.memory()),
            figure: format!("ready after {ready:.1} s"),
            ..Row::new("the demo, when idle")
        },
    ])
}
