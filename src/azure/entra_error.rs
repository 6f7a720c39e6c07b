//! What Entra's errors mean.
//!
//! Microsoft asks clients to branch on `error` only, because the AADSTS numbers may be refined at any time. So a number picks
//! the better sentence where it is known, and `error` decides where it is not.

use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::model::{Environment, Failure, Problem};

use super::client::Credential;
use super::error::words;
use super::http::Reply;

/// Codes for trouble of Entra itself, which passes.
const PASSING: [u64; 6] = [50033, 90006, 90012, 90024, 90033, 90090];

/// What was asked for, as far as the sentences name it.
pub(super) struct Asking<'a> {
    /// The tenant, as an ID or as typed.
    pub(super) tenant: String,
    pub(super) environment: &'a Environment,
    /// `None` where no credential went along.
    pub(super) credential: Option<&'a Credential>,
    /// Empty where no token was asked for.
    pub(super) audience: &'a str,
}

/// Entra's own form of an error.
struct Answer {
    error: String,
    codes: Vec<u64>,
    description: String,
    trace_id: String,
    correlation_id: String,
    timestamp: String,
}

impl Answer {
    fn read(reply: &Reply) -> Option<Self> {
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
            trace_id: text("trace_id"),
            correlation_id: text("correlation_id"),
            timestamp: text("timestamp"),
            error,
            codes,
            description,
        })
    }

    fn first_line(&self) -> &str {
        self.description.lines().next().unwrap_or_default()
    }
}

/// Whether Entra says that its trouble will pass.
pub(super) fn is_passing(reply: &Reply) -> bool {
    Answer::read(reply).is_some_and(|answer| {
        answer.error == "temporarily_unavailable" || answer.codes.iter().any(|code| PASSING.contains(code))
    })
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

/// What an answer other than success means.
pub(super) fn refusal(reply: &Reply, asking: &Asking<'_>) -> Failure {
    let Some(answer) = Answer::read(reply) else {
        return match unavailable(reply) {
            Some(problem) => reply.with_facts(problem),
            None => reply.not_understood("an answer of Entra"),
        };
    };
    let problem = unavailable(reply)
        .or_else(|| {
            answer
                .codes
                .iter()
                .find_map(|&code| by_code(code, &answer, reply, asking))
        })
        .unwrap_or_else(|| by_error(&answer, reply, asking));
    let codes: Vec<String> = answer.codes.iter().map(u64::to_string).collect();
    reply
        .with_facts(problem)
        .with("AADSTS code", codes.join(", "))
        .with("Error", words(&answer.error))
        .with("Message", said(&answer, asking))
        .with("Trace ID", words(&answer.trace_id))
        .with("Correlation ID", words(&answer.correlation_id))
        .with("Timestamp", words(&answer.timestamp))
}

/// Entra's words, without the secret: no service should send it back, but none needs to be trusted not to.
fn said(answer: &Answer, asking: &Asking<'_>) -> String {
    let line = answer.first_line();
    let clean = match asking.credential {
        Some(credential) => {
            let secret = credential.secret.expose();
            let encoded: Zeroizing<String> =
                Zeroizing::new(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
            line.replace(secret, "…").replace(encoded.as_str(), "…")
        }
        None => line.to_owned(),
    };
    words(&clean)
}

fn unavailable(reply: &Reply) -> Option<Problem> {
    let (host, status) = (reply.host.clone(), reply.status.as_u16());
    let retry_after = reply.retry_after().map(|wait| wait.as_secs());
    match status {
        429 => Some(Problem::Throttled { host, retry_after }),
        408 | 500.. => Some(Problem::Unavailable { host, status }),
        _ => None,
    }
}

fn by_code(code: u64, answer: &Answer, reply: &Reply, asking: &Asking<'_>) -> Option<Problem> {
    let credential = asking.credential;
    let host = reply.host.clone();
    Some(match code {
        90002 | 900_023 | 50059 | 90019 => tenant_not_found(asking),
        90038 | 900_382 | 900_432 => Problem::TenantElsewhere {
            tenant: asking.tenant.clone(),
            environment: asking.environment.name.clone(),
            cloud: cloud_in(answer.first_line()),
        },
        700_016 | 700_011 => Problem::ClientUnknown {
            client_id: credential?.client_id,
            tenant_id: credential?.tenant_id,
        },
        7_000_229 => Problem::NoServicePrincipal {
            client_id: credential?.client_id,
        },
        7_000_215 | 70002 => secret_wrong(credential?),
        7_000_222 => Problem::SecretExpired,
        700_025 => Problem::PublicClient,
        7_000_112 | 70001 => Problem::AppDisabled {
            client_id: credential?.client_id,
        },
        500_011 | 50001 | 650_057 | 70011 | 28002 | 700_022 => audience_unknown(asking),
        53003 | 530_032 | 530_035 => Problem::PolicyBlocksSignIn,
        // An assignment is missing, or the app cannot be used just now: Entra's own words say it best.
        50105 | 501_051 | 1_000_031 => refused(answer, asking),
        50196 | 90055 => Problem::Throttled {
            host,
            retry_after: reply.retry_after().map(|wait| wait.as_secs()),
        },
        code if PASSING.contains(&code) => Problem::Unavailable {
            host,
            status: reply.status.as_u16(),
        },
        _ => return None,
    })
}

fn by_error(answer: &Answer, reply: &Reply, asking: &Asking<'_>) -> Problem {
    match (answer.error.as_str(), asking.credential) {
        ("invalid_client", Some(credential)) => secret_wrong(credential),
        ("invalid_tenant", _) => tenant_not_found(asking),
        ("invalid_scope" | "invalid_resource", Some(_)) => audience_unknown(asking),
        ("invalid_grant" | "interaction_required", Some(_)) => Problem::PolicyBlocksSignIn,
        ("temporarily_unavailable", _) => Problem::Unavailable {
            host: reply.host.clone(),
            status: reply.status.as_u16(),
        },
        _ => refused(answer, asking),
    }
}

fn secret_wrong(credential: &Credential) -> Problem {
    Problem::SecretWrong {
        looks_like_id: credential.secret.looks_like_id(),
    }
}

fn tenant_not_found(asking: &Asking<'_>) -> Problem {
    Problem::TenantNotFound {
        tenant: asking.tenant.clone(),
        environment: asking.environment.name.clone(),
    }
}

fn audience_unknown(asking: &Asking<'_>) -> Problem {
    Problem::AudienceUnknown {
        audience: asking.audience.to_owned(),
    }
}

fn refused(answer: &Answer, asking: &Asking<'_>) -> Problem {
    Problem::SignInRefused {
        error: words(&answer.error),
        message: said(answer, asking),
    }
}

/// The cloud that Entra names, as in "… belongs to the National Cloud 'MicrosoftOnline.US'. …".
fn cloud_in(line: &str) -> String {
    let named = line
        .split_once("National Cloud")
        .and_then(|(_, rest)| rest.split(['\'', '"', '\u{2018}', '\u{2019}']).nth(1));
    named.map_or_else(|| "another national cloud".to_owned(), words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::client::Azure;
    use crate::azure::http::Patience;
    use crate::azure::testing::{Answer as Scripted, Server, TOKEN_PATH, client_of, credential, environment};
    use crate::model::SecretKey;

    async fn refused_with(status: u16, error: &str, codes: &[u64]) -> Failure {
        let server = Server::start().await;
        let named = codes.first().map_or(String::new(), |code| format!("AADSTS{code}: "));
        let body = json!({
            "error": error,
            "error_description": format!("{named}Tenant belongs to the National Cloud 'MicrosoftOnline.US'.\r\nTrace ID: t\r\nTimestamp: x"),
            "error_codes": codes, "timestamp": "2026-11-22 20:00:00Z", "trace_id": "trace-1", "correlation_id": "corr-1",
        });
        server.on("POST", TOKEN_PATH, [Scripted::json(status, &body)]);
        client_of(&server).sign_in().await.unwrap_err()
    }

    #[tokio::test]
    async fn every_code_has_its_problem() {
        let table: &[(&str, &[u64], &str)] = &[
            ("invalid_request", &[90002, 900_023, 50059, 90019], "tenant_not_found"),
            ("invalid_request", &[90038], "tenant_elsewhere"),
            ("unauthorized_client", &[900_382, 900_432], "tenant_elsewhere"),
            ("unauthorized_client", &[700_016, 700_011], "client_unknown"),
            ("invalid_client", &[7_000_229], "no_service_principal"),
            ("invalid_client", &[7_000_215, 70002, 7_000_218], "secret_wrong"),
            ("invalid_client", &[7_000_222], "secret_expired"),
            ("invalid_client", &[700_025], "public_client"),
            ("unauthorized_client", &[7_000_112, 70001], "app_disabled"),
            ("invalid_resource", &[500_011, 50001, 650_057], "audience_unknown"),
            ("invalid_scope", &[70011, 28002, 700_022], "audience_unknown"),
            ("access_denied", &[53003, 530_032, 530_035], "policy_blocks_sign_in"),
            ("invalid_grant", &[50105, 501_051, 1_000_031], "sign_in_refused"),
            ("invalid_request", &[50196, 90055], "throttled"),
            (
                "server_error",
                &[50033, 90006, 90012, 90024, 90033, 90090],
                "unavailable",
            ),
        ];
        for (error, codes, wanted) in table {
            for code in *codes {
                for status in [400, 401] {
                    let failure = refused_with(status, error, &[*code]).await;
                    assert_eq!(failure.problem().code(), *wanted, "AADSTS{code}");
                }
            }
        }
    }

    #[tokio::test]
    async fn unknown_codes_fall_back_by_error() {
        for (error, wanted) in [
            ("invalid_client", "secret_wrong"),
            ("unauthorized_client", "sign_in_refused"),
            ("invalid_request", "sign_in_refused"),
            ("invalid_scope", "audience_unknown"),
            ("invalid_resource", "audience_unknown"),
            ("invalid_grant", "policy_blocks_sign_in"),
            ("interaction_required", "policy_blocks_sign_in"),
            ("temporarily_unavailable", "unavailable"),
            ("invalid_tenant", "tenant_not_found"),
            ("something_new", "sign_in_refused"),
        ] {
            assert_eq!(
                refused_with(400, error, &[123]).await.problem().code(),
                wanted,
                "{error}"
            );
        }
        // A number that nobody knows does not hide one that is known, and the text has it where the list is missing.
        assert_eq!(
            refused_with(400, "x", &[123, 7_000_222]).await.problem().code(),
            "secret_expired"
        );
        assert_eq!(code_in("AADSTS7000222: The provided…"), Some(7_000_222));
    }

    #[tokio::test]
    async fn keeps_the_facts_for_a_ticket() {
        let failure = refused_with(401, "invalid_client", &[7_000_222]).await;
        for (name, value) in [
            ("AADSTS code", "7000222"),
            ("Trace ID", "trace-1"),
            ("Correlation ID", "corr-1"),
            ("Timestamp", "2026-11-22 20:00:00Z"),
            ("HTTP status", "401"),
        ] {
            assert!(
                failure.details().contains(&(name.into(), value.to_owned())),
                "{name}: {failure:?}"
            );
        }
        let Problem::TenantElsewhere { cloud, .. } = refused_with(400, "x", &[90038]).await.problem().clone() else {
            panic!()
        };
        assert_eq!(cloud, "MicrosoftOnline.US");
        assert_eq!(cloud_in("National Cloud"), "another national cloud");
    }

    #[tokio::test]
    async fn tells_a_pasted_secret_id() {
        let server = Server::start().await;
        let body = json!({"error": "invalid_client", "error_codes": [7_000_215]});
        server.on("POST", TOKEN_PATH, [Scripted::json(401, &body)]);
        let with_id = Credential {
            secret: SecretKey::parse("1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0").unwrap(),
            ..credential()
        };
        let azure = Azure::patiently(&environment(&server), with_id, Patience::hasty()).unwrap();
        let failure = azure.sign_in().await.unwrap_err();
        assert_eq!(*failure.problem(), Problem::SecretWrong { looks_like_id: true });
    }
}
