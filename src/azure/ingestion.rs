//! Uploading rows through a data collection rule (Logs Ingestion API).

use std::io::Write;
use std::time::Instant;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use url::Url;

use crate::model::history::STREAM;
use crate::model::{Environment, Failure, HistoryPlace, Problem, Result, ServiceUrl};

use super::api_versions;
use super::client::{Azure, Call};
use super::error::{AzureError, segment, words};
use super::http::Reply;
use super::tokens::Service;

/// The most bytes of JSON in one call as long as nothing else is wanted, counted before compression, brackets and commas included.
/// The service's limit is 1 MB both ways; whether that is 1,000,000 or 1,048,576 bytes it does not say.
pub const MOST_BYTES: usize = 1_000_000;

/// The most that a person can ask for: the larger reading of that limit.
pub const LARGEST_CALL: usize = 1_048_576;

/// The least: below it, calls cost more than rows. A refusal of less has another reason than size.
pub const SMALLEST_CALL: usize = 10_000;

impl Azure {
    /// Gets a token for uploads, and sends nothing: whether Azure would let one in that far.
    ///
    /// # Errors
    /// As [`Azure::sign_in`].
    pub async fn sign_in_for_uploads(&self) -> Result<()> {
        self.token(Service::Ingestion, None).await.map(drop)
    }

    /// Uploads one JSON array of rows to [`STREAM`], compressed. Taken (204) does not mean stored. Retried bytes are the same;
    /// readers tell duplicates.
    ///
    /// # Errors
    /// `UploadNotAllowed` with `waited` 0 (the caller knows whether to wait), `UploadRefused`, `UploadTooLarge`,
    /// `ResourceNotFound` for a rule that is gone or very new, `ForeignLink` for an address that is not one of the cloud, what
    /// keeps Azure from answering.
    pub async fn upload(&self, to: &HistoryPlace, rows: Bytes) -> Result<()> {
        // Looked at again here, where the token is about to go: the address may come from a file.
        let address = upload_address(self.environment(), to.ingestion.as_str(), self.environment().arm.host())?;
        let rule = segment("rule", &to.immutable_id, "dcr-0123456789abcdef0123456789abcdef")?;
        let path = format!("/dataCollectionRules/{rule}/streams/{STREAM}");
        let call = Call {
            service: Service::Ingestion,
            method: Method::POST,
            url: format!("{}?api-version={}", address.join(&path), api_versions::INGESTION),
            body: Some(compressed(&rows)?),
            doing: "uploading rows",
            operation: "Microsoft.Insights/Telemetry/Write",
            scope: to.rule.to_string(),
        };
        let wait = self.uploads().reserve(&to.immutable_id, rows.len(), Instant::now());
        tokio::time::sleep(wait).await;
        let reply = self.call(&call).await?;
        if reply.status.is_success() {
            return Ok(());
        }
        Err(refused(self.refused(&reply, &call), &reply, to, rows.len()))
    }
}

/// The address of uploads as Azure names it. A token goes there, so it must be one of the cloud's own, as far as that is known:
/// of an environment from a file it is not, and there any https address will do; plain http only on this machine, and only
/// where Resource Manager is like that too, so that no proxy is asked the way.
///
/// # Errors
/// [`Problem::ForeignLink`] in the name of the `host` that gave the address.
pub(super) fn upload_address(
    environment: &Environment,
    address: &str,
    host: &str,
) -> std::result::Result<ServiceUrl, Problem> {
    let foreign = || Problem::ForeignLink {
        host: host.to_owned(),
        link: words(address),
    };
    let url: ServiceUrl = address.parse().map_err(|_| foreign())?;
    let parsed = Url::parse(url.as_str()).map_err(|_| foreign())?;
    let is_safe = parsed.scheme() == "https" || environment.arm.is_plain();
    let is_ours = is_safe
        && environment
            .ingestion_suffix()
            .is_none_or(|suffix| parsed.host_str().is_some_and(|host| host.ends_with(suffix)));
    if is_ours { Ok(url) } else { Err(foreign()) }
}

/// Rows repeat most of each other: this level leaves a tenth. Higher ones take up to several times as long and leave hardly less;
/// the lowest leaves half as much again (`benches/publish.rs` measures the whole).
const LEVEL: Compression = Compression::new(2);

fn compressed(rows: &[u8]) -> Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(rows.len() / 8), LEVEL);
    let written = encoder.write_all(rows).and_then(|()| encoder.finish());
    let bytes = written.map_err(|cause| Problem::Internal {
        what: format!("rows could not be compressed: {cause}"),
    })?;
    Ok(Bytes::from(bytes))
}

fn refused(failure: Failure, reply: &Reply, to: &HistoryPlace, bytes: usize) -> Failure {
    let said = AzureError::read(reply);
    let problem = match (reply.status.as_u16(), &said) {
        // The page of a proxy is none of the service's refusals, but what is too large for a proxy is so for us.
        (413, _) => Problem::UploadTooLarge { bytes },
        (_, None) if !reply.body.is_empty() => return failure,
        (400, _) => Problem::UploadRefused {
            message: said
                .as_ref()
                .map_or("it gives no reason", AzureError::best_message)
                .to_owned(),
        },
        (403, _) if !matches!(failure.problem(), Problem::TokenRejected { .. }) => Problem::UploadNotAllowed {
            rule: to.rule.clone(),
            waited: 0,
        },
        (404, _) => Problem::ResourceNotFound {
            what: to.rule.to_string(),
        },
        _ => return failure,
    };
    let code = reply.header("x-ms-error-code").to_owned();
    let failure = failure.instead(problem).with("x-ms-error-code", code);
    let message = said.map(|error| error.message).unwrap_or_default();
    FACTS.iter().fold(failure, |failure, name| {
        failure.with(name, fact(&message, name).unwrap_or_default())
    })
}

/// What the service says of the three things that it looks at, in the words of a 403.
const FACTS: [&str; 3] = ["AccessGranted", "IsRbacPresent", "IsDcrDceBindingValid"];

/// The value in "…, IsRbacPresent: False, …".
fn fact(message: &str, name: &str) -> Option<String> {
    let (_, rest) = message.split_once(name)?;
    let value: String = rest
        .trim_start_matches([':', '=', ' '])
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    Some(value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::json;

    use super::*;
    use crate::azure::testing::{Answer, SUBSCRIPTION, Server, TOKEN_PATH, client_of, error, signed_in, token_answer};

    const RULE: &str = "dcr-0123456789abcdef0123456789abcdef";
    const PATH: &str =
        "/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Custom-ConfigMgrCollectionMember";

    fn place(server: &Server) -> HistoryPlace {
        let rule = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/dcr-x"
        );
        HistoryPlace {
            rule: rule.parse().unwrap(),
            immutable_id: RULE.to_owned(),
            ingestion: server.url().parse().unwrap(),
            endpoint: None,
            proven: false,
        }
    }

    async fn upload(answers: Vec<Answer>) -> (Server, Result<()>) {
        let (server, azure) = signed_in().await;
        server.on("POST", PATH, answers);
        let outcome = azure
            .upload(&place(&server), Bytes::from_static(b"[{\"Computer\":\"PC1\"}]"))
            .await;
        (server, outcome)
    }

    #[tokio::test]
    async fn sends_one_array_compressed_with_a_token_of_its_own() {
        let (server, outcome) = upload(vec![Answer::text(204, "")]).await;
        outcome.unwrap();
        let seen = server.seen();
        let [seen] = seen.as_slice() else {
            panic!("{} requests", seen.len())
        };
        assert_eq!(seen.query, "api-version=2023-01-01");
        assert_eq!(seen.header("authorization"), "Bearer token-for-ingestion");
        assert_eq!(
            (seen.header("content-encoding"), seen.header("content-type")),
            ("gzip", "application/json")
        );
        let mut rows = String::new();
        flate2::read::GzDecoder::new(seen.bytes.as_slice())
            .read_to_string(&mut rows)
            .unwrap();
        assert_eq!(rows, "[{\"Computer\":\"PC1\"}]");
    }

    #[tokio::test]
    async fn its_token_is_for_the_ingestion_service() {
        let server = Server::start().await;
        server.on("POST", TOKEN_PATH, [token_answer("tok", 3599)]);
        server.on("POST", PATH, [Answer::text(204, "")]);
        client_of(&server)
            .upload(&place(&server), Bytes::from_static(b"[]"))
            .await
            .unwrap();
        assert!(
            server.seen_at(TOKEN_PATH)[0]
                .body
                .contains("scope=https%3A%2F%2Fingestion.test%2F.default")
        );
    }

    #[tokio::test]
    async fn passing_trouble_sends_the_same_bytes_again() {
        let busy = Answer::with_headers(429, &[("Retry-After", "0")], "");
        let (server, outcome) = upload(vec![
            busy,
            Answer::text(503, ""),
            Answer::raw(""),
            Answer::text(204, ""),
        ])
        .await;
        outcome.unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), 4);
        assert!(
            seen.iter()
                .all(|each| each.bytes == seen[0].bytes && !each.bytes.is_empty())
        );
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let (server, azure) = signed_in().await;
        server.on("POST", TOKEN_PATH, [token_answer("fresh", 3599)]);
        server.on("POST", PATH, [error(401, "InvalidAuthenticationToken")]);
        let outcome = azure.upload(&place(&server), Bytes::from_static(b"[]")).await;
        assert_eq!(outcome.unwrap_err().problem().code(), "token_rejected");
        assert_eq!((server.seen_at(PATH).len(), server.seen_at(TOKEN_PATH).len()), (2, 1));
    }

    #[tokio::test]
    async fn refusals() {
        for (answer, wanted) in [
            (error(400, "InvalidStream"), "upload_refused"),
            (Answer::text(400, ""), "upload_refused"),
            (error(403, "OperationFailed"), "upload_not_allowed"),
            (Answer::text(403, ""), "upload_not_allowed"),
            (error(404, "NotFound"), "resource_not_found"),
            (error(413, "ContentLengthLimitExceeded"), "upload_too_large"),
            (Answer::text(413, "<html>too large</html>"), "upload_too_large"),
            (Answer::text(403, "<html>blocked</html>"), "not_understood"),
            (error(418, "New"), "azure_refused"),
        ] {
            let (server, outcome) = upload(vec![answer]).await;
            assert_eq!(
                (outcome.unwrap_err().problem().code(), server.seen().len()),
                (wanted, 1)
            );
        }
    }

    #[tokio::test]
    async fn a_missing_role_comes_with_what_the_service_looked_at() {
        let message = "The authentication token provided does not have access to ingest data for the data collection rule with \
            immutable Id dcr-x. AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: True, DcrArmId: /x";
        let body = json!({"error": {"code": "OperationFailed", "message": message}}).to_string();
        let answer = Answer::with_headers(403, &[("x-ms-error-code", "OperationFailed")], &body);
        let failure = upload(vec![answer]).await.1.unwrap_err();
        for (name, value) in [
            ("AccessGranted", "False"),
            ("IsRbacPresent", "False"),
            ("IsDcrDceBindingValid", "True"),
            ("x-ms-error-code", "OperationFailed"),
        ] {
            assert!(
                failure.details().contains(&(name.into(), value.to_owned())),
                "{failure:?}"
            );
        }
        assert!(matches!(failure.problem(), Problem::UploadNotAllowed { waited: 0, .. }));
    }

    #[test]
    fn a_token_goes_only_to_hosts_of_the_cloud() {
        let known = Environment::built_in("AzureCloud").unwrap();
        let private = Environment {
            name: "Contoso".to_owned(),
            ..known.clone()
        };
        let plain = Environment {
            arm: "http://127.0.0.1:4000".parse().unwrap(),
            ..private.clone()
        };
        for (address, accepted) in [
            (
                "https://dcr-x-8ykm-westeurope.logs.z1.ingest.monitor.azure.com",
                [true, true, true],
            ),
            (
                "https://DCE-X.westeurope-1.INGEST.monitor.azure.com/",
                [true, true, true],
            ),
            ("https://x.ingest.monitor.azure.us", [false, true, true]),
            ("https://ingest.monitor.azure.com.evil.example", [false, true, true]),
            ("https://evil.example/.ingest.monitor.azure.com", [false, true, true]),
            ("https://x.ingest.monitor.azure.com@evil.example", [false, false, false]),
            ("http://127.0.0.1:4001", [false, false, true]),
            ("http://x.ingest.monitor.azure.com", [false, false, false]),
            ("http://evil.example", [false, false, false]),
            ("x", [false, false, false]),
        ] {
            let each = [&known, &private, &plain];
            let found = each.map(|environment| upload_address(environment, address, "arm").is_ok());
            assert_eq!(found, accepted, "{address}");
        }
    }

    #[tokio::test]
    async fn nothing_goes_to_a_foreign_host() {
        let server = Server::start().await;
        let public = Environment::built_in("AzureCloud").unwrap();
        let azure = Azure::new(&public, crate::azure::testing::credential()).unwrap();
        let failure = azure.upload(&place(&server), Bytes::new()).await.unwrap_err();
        assert_eq!((failure.problem().code(), server.seen().len()), ("foreign_link", 0));
    }
}
