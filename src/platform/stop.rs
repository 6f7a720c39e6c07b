//! Work that a person may end at any moment.

use tokio_util::sync::CancellationToken;

use crate::model::{Problem, Result};

/// Does work that changes nothing, and gives it up at once when `stop` is cancelled.
///
/// # Errors
/// `Cancelled`, with nothing done; those of the work.
pub async fn stoppable<T>(stop: &CancellationToken, work: impl Future<Output = Result<T>>) -> Result<T> {
    let stopped = || Problem::Cancelled {
        partly: false,
        left: "everything; nothing was changed".to_owned(),
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(stopped().into()),
        outcome = work => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_never_ends_is_given_up() {
        let stop = CancellationToken::new();
        assert_eq!(stoppable(&stop, async { Ok(7) }).await.unwrap(), 7);
        let waiting = stoppable(&stop, std::future::pending::<Result<()>>());
        stop.cancel();
        assert_eq!(waiting.await.unwrap_err().problem().code(), "cancelled");
    }
}
