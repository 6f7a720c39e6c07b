//! What a lab service sees of HTTP: one request, whole, and one response, whole.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

/// A request that has arrived completely.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// The segments of the path, percent-decoded, without empty ones.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| {
                percent_encoding::percent_decode_str(part)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect()
    }

    /// The first value of a query parameter; names compare without case.
    pub fn param(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A whole response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, without `Content-Length`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// A response without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A response with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::with_body(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// A response with a body of the given content type.
    pub fn with_body(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: Bytes::from(body),
        }
    }

    /// The same response with one more header; a value that HTTP cannot carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A request as it would arrive; `target` is path and query.
    pub(in crate::lab) fn request(method: &str, target: &str, body: &str) -> Request {
        let (path, query) = target
            .split_once('?')
            .map_or((target, None), |(path, query)| (path, Some(query)));
        Request {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn segments_and_parameters_are_decoded() {
        let request = request("GET", "/a//b%20c?Api-Version=1&x=%2b", "");
        assert_eq!(request.segments(), ["a", "b c"]);
        assert_eq!(request.param("api-version").as_deref(), Some("1"));
        assert_eq!(request.param("x").as_deref(), Some("+"));
        assert_eq!(request.param("y"), None);
    }
}
