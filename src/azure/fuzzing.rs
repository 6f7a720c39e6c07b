//! The way from [`crate::fuzzing`] to what is private here.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::client::Call;
use super::entra_error::{self, Asker, Asking};
use super::error;
use super::http::Reply;
use super::tokens::Service;
use crate::model::{Environment, Failure};

/// An answer: two bytes of status, then a text for `Retry-After` up to the first line break, then the body.
fn reply(data: &[u8]) -> Option<Reply> {
    let (status, rest) = data.split_first_chunk::<2>()?;
    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (retry_after, body) = rest.split_at_checked(line)?;
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry_after) {
        headers.insert("retry-after", value.clone());
        headers.insert("location", value);
    }
    Some(Reply {
        host: "management.azure.com".to_owned(),
        status: StatusCode::from_u16(100 + u16::from_le_bytes(*status) % 500).ok()?,
        headers,
        body: Bytes::copy_from_slice(body),
        client_request_id: "0".to_owned(),
        tries: 1,
    })
}

/// Resource Manager, the query service and the ingestion service refuse.
pub(crate) fn azure_refusal(data: &[u8]) -> Option<Failure> {
    let reply = reply(data)?;
    let call = Call {
        service: Service::Arm,
        method: Method::PUT,
        url: "https://management.azure.com/".to_owned(),
        body: None,
        doing: "writing a saved search",
        operation: "Microsoft.OperationalInsights/workspaces/savedSearches/write",
        scope: "/subscriptions/0".to_owned(),
    };
    let _ = error::is_absent(&reply, "workspaces/law-contoso");
    Some(error::refusal(&reply, &call))
}

/// Entra refuses a token.
pub(crate) fn token_refusal(data: &[u8]) -> Option<Failure> {
    let environment = Environment::built_in("AzureCloud")?;
    let asking = Asking {
        tenant: "contoso.onmicrosoft.com".to_owned(),
        environment: &environment,
        asker: Asker::Anybody,
        audience: "https://management.azure.com",
    };
    Some(entra_error::refusal(&reply(data)?, &asking))
}
