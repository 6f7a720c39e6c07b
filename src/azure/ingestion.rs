//! Uploading rows through a data collection rule (Logs Ingestion API).

use bytes::Bytes;

use super::client::Azure;
use super::tables::stub;
use crate::model::{HistoryPlace, Result};

/// The most bytes of JSON in one call, counted before compression: the service's limit is 1 MB both ways.
pub const MOST_BYTES: usize = 950_000;

impl Azure {
    /// Uploads one JSON array of rows to [`STREAM`](crate::model::history::STREAM), compressed. Taken (204) does not mean stored.
    /// Retried bytes are the same; readers tell duplicates.
    ///
    /// # Errors
    /// `UploadNotAllowed` with `waited` 0 (the caller knows whether to wait), `UploadRefused`, `UploadTooLarge`,
    /// `ResourceNotFound` for a rule that is gone or very new, what keeps Azure from answering.
    pub async fn upload(&self, _to: &HistoryPlace, _rows: Bytes) -> Result<()> {
        Err(stub())
    }
}
