//! Where does a body go that is too long for the memory? Into a file without a name, which is gone when it is
//! closed, however that comes about.

use std::fs::File;
use std::time::Duration;

use axum::body::Body;
use domain::error::Error;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::Failure;

/// How long the next piece of a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a body may take in all.
const LONGEST: Duration = Duration::from_mins(15);

/// A body that has arrived.
pub(crate) struct Spooled {
    pub(crate) file: File,
    /// SHA-256 of all of it.
    pub(crate) digest: [u8; 32],
}

/// Takes a body of at most `most` bytes.
pub(crate) async fn spool(mut body: Body, most: usize) -> Result<Spooled, Failure> {
    let file = tempfile::tempfile().map_err(|error| no_room(&error))?;
    let mut file = tokio::fs::File::from_std(file);
    let (mut digest, mut left) = (Sha256::new(), most);
    let deadline = Instant::now() + LONGEST;
    while let Some(frame) = timeout_at(deadline, timeout(PATIENCE, body.frame())).await.flatten_late()? {
        let Ok(data) = frame.map_err(|_| Failure::Malformed)?.into_data() else { continue };
        left = left.checked_sub(data.len()).ok_or(Failure::PayloadTooLarge)?;
        digest.update(&data);
        file.write_all(&data).await.map_err(|error| no_room(&error))?;
    }
    file.flush().await.map_err(|error| no_room(&error))?;
    Ok(Spooled { file: file.into_std().await, digest: digest.finalize().into() })
}

fn no_room(error: &std::io::Error) -> Failure {
    Error::Unavailable(format!("a long body cannot be kept, see TMPDIR: {error}")).into()
}

/// Both patiences come to the same refusal.
trait FlattenLate<T> {
    fn flatten_late(self) -> Result<T, Failure>;
}

impl<T, E, F> FlattenLate<T> for Result<Result<T, E>, F> {
    fn flatten_late(self) -> Result<T, Failure> {
        self.map_err(|_| Failure::RequestTimeout)?.map_err(|_| Failure::RequestTimeout)
    }
}
