//! The body of an upload: its size, its form, how far apart its rows are.

use std::io::Read as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::super::timespan;
use super::super::uploads::TIME;
use super::Fault;
use crate::lab::http::Request;

/// The most bytes of one upload.
pub(super) const MOST_BYTES: usize = 1024 * 1024;
/// The most that is unpacked where only the bytes on the wire count.
const MOST_UNPACKED: usize = 64 * 1024 * 1024;

/// The rows of the body: a JSON array of objects, packed or not.
pub(super) fn rows(request: &Request, counts_unpacked: bool) -> Result<Vec<Map<String, Value>>, Fault> {
    let content_type = request.header("content-type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let text = format!("The content type '{kind}' is not supported; send application/json.");
        return Err(Fault::new(415, "UnsupportedMediaType", text));
    }
    if request.body.len() > MOST_BYTES {
        return Err(too_large(request.body.len()));
    }
    let most = if counts_unpacked { MOST_BYTES } else { MOST_UNPACKED };
    let plain = match request.header("content-encoding") {
        None => request.body.to_vec(),
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => unpack(&request.body, most)?,
        Some(encoding) => {
            return Err(Fault::body(format!(
                "The content encoding '{encoding}' is not supported."
            )));
        }
    };
    match serde_json::from_slice(&plain) {
        Ok(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::Object(row) => Ok(row),
                _ => Err(Fault::body("Every element of the array must be a JSON object.")),
            })
            .collect(),
        Ok(_) => Err(Fault::body("The body must be a JSON array of objects.")),
        Err(error) => Err(Fault::body(format!("The body is not valid JSON: {error}."))),
    }
}

fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let mut plain = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::GzDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut plain)
        .map_err(|_| Fault::body("The body is not what its content encoding gzip says."))?;
    match plain.len() > most {
        true => Err(too_large(plain.len())),
        false => Ok(plain),
    }
}

/// How far apart the rows say that they are.
pub(super) fn spread(rows: &[Map<String, Value>]) -> TimeDelta {
    let times = rows.iter().filter_map(|row| timespan::moment(row.get(TIME)?.as_str()?));
    let (first, last) = times.fold((None, None), |(first, last), time| {
        let earliest = first.map_or(time, |first: DateTime<Utc>| first.min(time));
        let latest = last.map_or(time, |last: DateTime<Utc>| last.max(time));
        (Some(earliest), Some(latest))
    });
    first.zip(last).map_or(TimeDelta::zero(), |(first, last)| last - first)
}

fn too_large(bytes: usize) -> Fault {
    let text =
        format!("Maximum allowed content length: {MOST_BYTES} bytes (1 MB). Provided content length: {bytes} bytes.");
    Fault::new(413, "ContentLengthLimitExceeded", text)
}
