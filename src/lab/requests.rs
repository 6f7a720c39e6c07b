//! The log of every request that a lab service saw, bounded in records and in bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::http::{Request, Response};
use super::redact;
use super::service::Service;

/// How many records are kept; older ones give way.
const RECORDS: usize = 200_000;
/// How much of one body is kept, in bytes of its text.
const BODY_BYTES: usize = 64 * 1024;
/// How much of all bodies together is kept; those of the oldest records give way.
const ALL_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The log of a lab. Authorization headers are never kept, nor any other header.
#[derive(Debug, Default)]
pub struct RequestLog {
    kept: Mutex<Kept>,
}

/// One request, in the order of arrival.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord {
    /// Lab time of arrival.
    pub at: DateTime<Utc>,
    /// Who was asked.
    pub service: Service,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, secrets replaced.
    pub query: Option<String>,
    /// The parameter `api-version`.
    pub api_version: Option<String>,
    /// Bytes of the request's body, as sent.
    pub bytes: usize,
    /// The status of the answer; none while there is no answer, and where the connection was closed instead.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub response_bytes: usize,
    /// The kind of the planned fault that struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    #[serde(skip)]
    bodies: Bodies,
}

impl RequestRecord {
    /// The request's body as text, secrets replaced; none where it had to give way.
    pub fn request_body(&self) -> Option<&str> {
        self.bodies.request.as_deref()
    }

    /// The answer's body as text, secrets replaced; none where there is no answer or it had to give way.
    pub fn response_body(&self) -> Option<&str> {
        self.bodies.response.as_deref()
    }
}

#[derive(Debug, Clone, Default)]
struct Bodies {
    request: Option<String>,
    response: Option<String>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<RequestRecord>,
    /// The number of the first record that is still there; numbers rise by one with each request.
    first: u64,
    /// The number of the first record that still has its bodies.
    first_with_bodies: u64,
    body_bytes: usize,
}

/// The number of a record, to complete it once the answer is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordId(u64);

impl RequestLog {
    /// All records that are still there, oldest first.
    pub fn records(&self) -> Vec<RequestRecord> {
        self.lock().records.iter().cloned().collect()
    }

    /// The log as JSON, one line a request; with the bodies that are still there where asked for.
    pub fn to_json_lines(&self, with_bodies: bool) -> String {
        let mut lines = String::new();
        for record in &self.lock().records {
            let mut line = json!(record);
            if let (true, Value::Object(members)) = (with_bodies, &mut line) {
                members.insert("request_body".into(), json!(record.bodies.request));
                members.insert("response_body".into(), json!(record.bodies.response));
            }
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        lines
    }

    /// How many records had to give way.
    pub fn dropped(&self) -> u64 {
        self.lock().first
    }

    pub(super) fn arrived(&self, service: Service, request: &Request, at: DateTime<Utc>) -> RecordId {
        let body = keep(redact::body(&request.body, request.header("content-encoding")));
        let record = RequestRecord {
            at,
            service,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.as_deref().map(redact::query),
            api_version: request.param("api-version"),
            bytes: request.body.len(),
            status: None,
            response_bytes: 0,
            fault: None,
            bodies: Bodies {
                request: Some(body),
                response: None,
            },
        };
        self.lock().push(record)
    }

    pub(super) fn struck(&self, id: RecordId, fault: &'static str) {
        if let Some(record) = self.lock().record(id) {
            record.fault = Some(fault);
        }
    }

    pub(super) fn answered(&self, id: RecordId, response: &Response) {
        let encoding = response
            .headers
            .get(http::header::CONTENT_ENCODING)
            .and_then(|value| value.to_str().ok());
        let body = keep(redact::body(&response.body, encoding));
        self.lock().complete(id, response, body);
    }

    /// A panic elsewhere leaves the records usable.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, record: RequestRecord) -> RecordId {
        let id = self.first + self.records.len() as u64;
        self.body_bytes += record.bodies.len();
        self.records.push_back(record);
        if self.records.len() > RECORDS
            && let Some(oldest) = self.records.pop_front()
        {
            self.body_bytes -= oldest.bodies.len();
            self.first += 1;
            self.first_with_bodies = self.first_with_bodies.max(self.first);
        }
        self.forget_oldest_bodies();
        RecordId(id)
    }

    fn complete(&mut self, id: RecordId, response: &Response, body: String) {
        let keeps_bodies = id.0 >= self.first_with_bodies;
        let added = if keeps_bodies { body.len() } else { 0 };
        let Some(record) = self.record(id) else { return };
        record.status = Some(response.status);
        record.response_bytes = response.body.len();
        if keeps_bodies {
            record.bodies.response = Some(body);
        }
        self.body_bytes += added;
        self.forget_oldest_bodies();
    }

    fn record(&mut self, id: RecordId) -> Option<&mut RequestRecord> {
        let place = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        self.records.get_mut(place)
    }

    fn forget_oldest_bodies(&mut self) {
        while self.body_bytes > ALL_BODY_BYTES {
            let oldest = RecordId(self.first_with_bodies);
            let Some(record) = self.record(oldest) else { return };
            let forgotten = std::mem::take(&mut record.bodies).len();
            self.body_bytes -= forgotten;
            self.first_with_bodies += 1;
        }
    }
}

impl Bodies {
    fn len(&self) -> usize {
        self.request.as_ref().map_or(0, String::len) + self.response.as_ref().map_or(0, String::len)
    }
}

/// The part of a body that is kept.
fn keep(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(BODY_BYTES));
    // A megabyte that was cut must not stay allocated.
    text.shrink_to_fit();
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::http::tests::request;

    fn arrive(log: &RequestLog, body: &str) -> RecordId {
        log.arrived(
            Service::Arm,
            &request("PUT", "/w/s?api-version=2023-09-01", body),
            Utc::now(),
        )
    }

    fn lines(log: &RequestLog, with_bodies: bool) -> Vec<Value> {
        log.to_json_lines(with_bodies)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_record_is_there_before_its_answer() {
        let log = RequestLog::default();
        let id = arrive(&log, "12345");
        let line = &lines(&log, false)[0];
        assert_eq!(line["status"], Value::Null);
        assert_eq!(
            (&line["service"], &line["method"], &line["path"]),
            (&json!("arm"), &json!("PUT"), &json!("/w/s"))
        );
        assert_eq!(
            (&line["api_version"], &line["bytes"]),
            (&json!("2023-09-01"), &json!(5))
        );
        log.struck(id, "delay");
        log.answered(id, &Response::json(201, &json!({"a":1})));
        let line = &lines(&log, false)[0];
        assert_eq!(
            (&line["status"], &line["response_bytes"], &line["fault"]),
            (&json!(201), &json!(7), &json!("delay"))
        );
        assert_eq!(line.get("request_body"), None);
    }

    #[test]
    fn bodies_come_on_request_without_secrets() {
        let log = RequestLog::default();
        let id = arrive(&log, "client_id=a&client_secret=hush");
        log.answered(id, &Response::json(200, &json!({"access_token":"hush","n":1})));
        let line = &lines(&log, true)[0];
        assert_eq!(line["request_body"], "client_id=a&client_secret=%28secret%29");
        assert_eq!(line["response_body"], r#"{"access_token":"(secret)","n":1}"#);
        assert!(!format!("{log:?}").contains("hush"));
    }

    #[test]
    fn a_secret_in_a_query_is_not_kept() {
        let log = RequestLog::default();
        log.arrived(
            Service::Entra,
            &request("GET", "/t?client_secret=hush&x=1", ""),
            Utc::now(),
        );
        assert_eq!(lines(&log, false)[0]["query"], "client_secret=%28secret%29&x=1");
    }

    #[test]
    fn long_bodies_are_cut_between_characters() {
        let log = RequestLog::default();
        arrive(&log, &format!("a{}", "ä".repeat(BODY_BYTES)));
        let line = &lines(&log, true)[0];
        assert_eq!(line["request_body"].as_str().unwrap().len(), BODY_BYTES - 1);
        assert_eq!(line["bytes"], 2 * BODY_BYTES + 1);
    }

    #[test]
    fn the_oldest_bodies_give_way_and_their_records_stay() {
        let log = RequestLog::default();
        let body = "x".repeat(BODY_BYTES);
        let first = arrive(&log, &body);
        for _ in 0..ALL_BODY_BYTES / BODY_BYTES {
            arrive(&log, &body);
        }
        log.answered(first, &Response::json(200, &json!("late")));
        let kept = log.lock();
        assert_eq!(kept.body_bytes, ALL_BODY_BYTES);
        assert_eq!(kept.records.len(), ALL_BODY_BYTES / BODY_BYTES + 1);
        assert_eq!(kept.records[0].status, Some(200));
        assert!(kept.records[0].bodies.request.is_none() && kept.records[0].bodies.response.is_none());
        assert!(kept.records[1].bodies.request.is_some());
    }

    #[test]
    fn the_oldest_records_give_way() {
        let log = RequestLog::default();
        let first = arrive(&log, "first");
        for _ in 0..RECORDS {
            arrive(&log, "");
        }
        assert_eq!(log.dropped(), 1);
        log.answered(first, &Response::empty(200));
        let kept = log.lock();
        assert_eq!(kept.records.len(), RECORDS);
        assert_eq!(kept.body_bytes, 0);
        assert!(kept.records.iter().all(|record| record.status.is_none()));
    }
}
