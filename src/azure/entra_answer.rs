//! An error in Entra's own form: `error`, `error_codes`, `error_description` and the IDs for a ticket.

use serde_json::Value;

use super::error::words;
use super::http::Reply;

/// Codes for trouble of Entra itself, which passes.
pub(super) const PASSING: [u64; 6] = [50033, 90006, 90012, 90024, 90033, 90090];

/// Entra's own form of an error.
#[derive(Default)]
pub(super) struct EntraError {
    pub(super) status: u16,
    pub(super) retry_after: Option<u64>,
    pub(super) error: String,
    pub(super) codes: Vec<u64>,
    pub(super) description: String,
    pub(super) trace_id: String,
    pub(super) correlation_id: String,
    pub(super) timestamp: String,
}

impl EntraError {
    /// Reads the body of an answer; `None` when it is none of Entra.
    pub(super) fn read(reply: &Reply) -> Option<Self> {
        let json = reply.json("").ok()?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let description = text("error_description");
        let mut codes: Vec<u64> = json
            .get("error_codes")
            .and_then(Value::as_array)
            .map_or_else(Vec::new, |codes| codes.iter().filter_map(Value::as_u64).collect());
        if codes.is_empty() {
            codes.extend(code_in(&description));
        }
        let error = text("error");
        (!error.is_empty() || !codes.is_empty()).then(|| Self {
            status: reply.status.as_u16(),
            retry_after: reply.retry_after().map(|wait| wait.as_secs()),
            trace_id: text("trace_id"),
            correlation_id: text("correlation_id"),
            timestamp: text("timestamp"),
            error,
            codes,
            description,
        })
    }

    /// What a browser brings back from the sign-in page.
    pub(super) fn in_browser(error: &str, description: &str) -> Self {
        Self {
            error: error.to_owned(),
            codes: code_in(description).into_iter().collect(),
            description: description.to_owned(),
            ..Self::default()
        }
    }

    /// The cloud that it names, if it does, as in "… belongs to the National Cloud 'MicrosoftOnline.US'. …".
    pub(super) fn cloud(&self) -> String {
        let named = self
            .first_line()
            .split_once("National Cloud")
            .and_then(|(_, rest)| rest.split(['\'', '"', '\u{2018}', '\u{2019}']).nth(1));
        named.map(words).unwrap_or_default()
    }

    /// Whether the trouble is Entra's own, and passes.
    pub(super) fn is_passing(&self) -> bool {
        self.error == "temporarily_unavailable" || self.codes.iter().any(|code| PASSING.contains(code))
    }

    /// What it says, without the lines for a ticket.
    pub(super) fn first_line(&self) -> &str {
        self.description.lines().next().unwrap_or_default()
    }
}

/// The `error` of an answer, by which a client is to decide; empty where there is none.
pub(super) fn error_of(reply: &Reply) -> String {
    EntraError::read(reply).map(|answer| answer.error).unwrap_or_default()
}

/// Whether Entra says that its trouble will pass.
pub(super) fn is_passing(reply: &Reply) -> bool {
    EntraError::read(reply).is_some_and(|error| error.is_passing())
}

/// The number in "AADSTS7000222: …".
fn code_in(description: &str) -> Option<u64> {
    let (_, rest) = description.split_once("AADSTS")?;
    rest.chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_in_the_text_too() {
        let read = EntraError::in_browser("invalid_client", "AADSTS7000222: The provided…\r\nTrace ID: t");
        assert_eq!(
            (read.codes.as_slice(), read.first_line()),
            ([7_000_222].as_slice(), "AADSTS7000222: The provided…")
        );
        assert!(EntraError::in_browser("access_denied", "no number").codes.is_empty());
    }

    #[test]
    fn a_cloud_is_named_or_not() {
        for (description, cloud) in [
            (
                "AADSTS90038: … the National Cloud 'MicrosoftOnline.US'.",
                "MicrosoftOnline.US",
            ),
            (
                "AADSTS90038: … the National Cloud \u{2018}MicrosoftOnline.CN\u{2019}.",
                "MicrosoftOnline.CN",
            ),
            (
                "AADSTS900382: Confidential Client is not supported in Cross Cloud request.",
                "",
            ),
            ("National Cloud", ""),
        ] {
            assert_eq!(EntraError::in_browser("x", description).cloud(), cloud);
        }
    }
}
