//! How does a long body travel? In pieces that wait for one another, so that none of it has to be held as a
//! whole.

use std::io::{self, Read};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;
use tokio::sync::mpsc;

/// The size of a piece.
const PIECE: usize = 64 << 10;
/// How many pieces may wait.
const AHEAD: usize = 8;

/// Pieces in their order; one that is an error ends them.
pub(crate) type Pieces = mpsc::Receiver<io::Result<Bytes>>;

/// No pieces at all.
pub(crate) fn none() -> Pieces {
    mpsc::channel(1).1
}

/// The pieces of what is read, by a thread of its own; `read` hears how many bytes there were so far.
pub(crate) fn of(
    mut reader: impl Read + Send + 'static,
    mut read: impl FnMut(u64) + Send + 'static,
) -> Pieces {
    let (sender, pieces) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let mut done = 0;
        loop {
            let mut piece = vec![0; PIECE];
            let piece = match reader.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    done += length as u64;
                    piece.truncate(length);
                    Ok(piece.into())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let ended = piece.is_err();
            // Whoever took them may have heard enough.
            if sender.blocking_send(piece).is_err() || ended {
                return;
            }
            read(done);
        }
    });
    pieces
}

/// A channel of pieces, for those who have them already.
pub(crate) fn channel() -> (mpsc::Sender<io::Result<Bytes>>, Pieces) {
    mpsc::channel(AHEAD)
}

/// The pieces as a body takes them.
pub(crate) fn stream(mut pieces: Pieces) -> impl Stream<Item = io::Result<Bytes>> + Send {
    poll_fn(move |context| pieces.poll_recv(context))
}
