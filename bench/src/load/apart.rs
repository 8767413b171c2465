//! A few requests beside many others, timed by somebody who is not late because of the others.

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;

use super::{Offered, Result, open};

/// Offers a load on a thread of its own, which goes before all others of its processor: what it waits for is the
/// server, and not the load that is made beside it.
pub(crate) async fn apart(
    address: &str,
    connections: usize,
    rate: f64,
    span: Duration,
    request: impl Fn(usize, usize) -> Bytes + Clone + Send + 'static,
) -> Result<Offered> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let address = address.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        if !go_first() {
            eprintln!("  chrt(1) could not put the witness first: it is late with the load");
        }
        let offered = runtime.block_on(open(&address, connections, rate, span, request));
        // Whoever waited for it may have failed.
        let _ = sender.send(offered);
    });
    receiver.await?
}

/// Puts this thread before all that are no witnesses; whether that was allowed.
fn go_first() -> bool {
    let Ok(this) = std::fs::read_link("/proc/thread-self") else { return false };
    let Some(thread) = this.file_name() else { return false };
    let put = Command::new("chrt").args(["--fifo", "--pid", "1"]).arg(thread).output();
    put.is_ok_and(|output| output.status.success())
}
