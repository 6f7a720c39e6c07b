//! What Entra's errors mean.
//!
//! Microsoft asks clients to branch on `error` only, because the AADSTS numbers may be refined at any time. So a number picks
//! the better sentence where it is known, and `error` decides where it is not.

use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::model::{ClientId, Environment, Failure, Invalid, Problem, TenantId};

use super::entra_answer::{EntraError, PASSING};
use super::error::words;
use super::grant::Credential;
use super::http::Reply;

/// What was asked for, as far as the sentences name it.
pub(super) struct Asking<'a> {
    /// The tenant, as an ID or as typed.
    pub(super) tenant: String,
    pub(super) environment: &'a Environment,
    pub(super) asker: Asker<'a>,
    /// Empty where no token was asked for.
    pub(super) audience: &'a str,
}

/// Who asks.
pub(super) enum Asker<'a> {
    /// Nobody in particular: no credential goes along.
    Anybody,
    /// An app with its secret key.
    App(&'a Credential),
    /// A person, through a public client.
    Person { tenant_id: TenantId, client_id: ClientId },
}

impl Asker<'_> {
    const fn client_id(&self) -> Option<ClientId> {
        match self {
            Self::Anybody => None,
            Self::App(app) => Some(app.client_id),
            Self::Person { client_id, .. } => Some(*client_id),
        }
    }

    const fn tenant_id(&self) -> Option<TenantId> {
        match self {
            Self::Anybody => None,
            Self::App(app) => Some(app.tenant_id),
            Self::Person { tenant_id, .. } => Some(*tenant_id),
        }
    }
}

/// What an answer other than success means.
pub(super) fn refusal(reply: &Reply, asking: &Asking<'_>) -> Failure {
    let Some(answer) = EntraError::read(reply) else {
        return match unavailable(reply) {
            Some(problem) => reply.with_facts(problem),
            None => reply.not_understood("an answer of Entra"),
        };
    };
    let problem = unavailable(reply).unwrap_or_else(|| meaning(&answer, asking));
    with_words(reply.with_facts(problem), &answer, asking)
}

/// What a browser means that comes back from the sign-in page with an error.
pub(super) fn refusal_in_browser(error: &str, description: &str, asking: &Asking<'_>) -> Failure {
    let answer = EntraError::in_browser(error, description);
    with_words(meaning(&answer, asking).into(), &answer, asking)
}

fn with_words(failure: Failure, answer: &EntraError, asking: &Asking<'_>) -> Failure {
    let codes: Vec<String> = answer.codes.iter().map(u64::to_string).collect();
    failure
        .with("AADSTS code", codes.join(", "))
        .with("Error", words(&answer.error))
        .with("Message", said(answer, asking))
        .with("Trace ID", words(&answer.trace_id))
        .with("Correlation ID", words(&answer.correlation_id))
        .with("Timestamp", words(&answer.timestamp))
}

fn meaning(answer: &EntraError, asking: &Asking<'_>) -> Problem {
    let known = answer.codes.iter().find_map(|&code| by_code(code, answer, asking));
    known.unwrap_or_else(|| match asking.asker {
        Asker::Person { .. } => by_error_of_person(answer, asking),
        Asker::App(_) | Asker::Anybody => by_error(answer, asking),
    })
}

/// Entra's words, without the secret: no service should send it back, but none needs to be trusted not to.
fn said(answer: &EntraError, asking: &Asking<'_>) -> String {
    let line = answer.first_line();
    let clean = match &asking.asker {
        Asker::App(app) => {
            let secret = app.secret.expose();
            let encoded: Zeroizing<String> =
                Zeroizing::new(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
            line.replace(secret, "…").replace(encoded.as_str(), "…")
        }
        Asker::Person { .. } | Asker::Anybody => line.to_owned(),
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

fn by_code(code: u64, answer: &EntraError, asking: &Asking<'_>) -> Option<Problem> {
    let asker = &asking.asker;
    let host = asking.environment.authority.host().to_owned();
    Some(match code {
        90002 => tenant_not_found(asking),
        900_023 => tenant_invalid(format!("\"{}\" is neither a GUID nor a domain", words(&asking.tenant))),
        50059 | 90019 => tenant_invalid("it is empty, or did not reach Entra".to_owned()),
        90038 | 900_382 | 900_432 => Problem::TenantElsewhere {
            tenant: asking.tenant.clone(),
            environment: asking.environment.name.clone(),
            cloud: answer.cloud(),
        },
        700_016 | 700_011 => Problem::ClientUnknown {
            client_id: asker.client_id()?,
            tenant_id: asker.tenant_id()?,
        },
        7_000_229 => Problem::NoServicePrincipal {
            client_id: asker.client_id()?,
        },
        7_000_215 | 70002 => secret_wrong(asker)?,
        7_000_218 => without_secret(asker)?,
        7_000_222 => Problem::SecretExpired,
        700_025 => Problem::PublicClient,
        7_000_112 | 70001 => Problem::AppDisabled {
            client_id: asker.client_id()?,
        },
        1_000_031 => Problem::AppNotAccessible {
            client_id: asker.client_id()?,
        },
        50105 | 501_051 => Problem::AssignmentRequired {
            client_id: asker.client_id()?,
            audience: asking.audience.to_owned(),
        },
        500_011 | 50001 | 650_057 | 70011 | 28002 => audience_unknown(asking),
        700_022 => Problem::Internal {
            what: format!("Entra saw several services in the request for \"{}\"", asking.audience),
        },
        53003 | 530_032 | 530_035 => Problem::PolicyBlocksSignIn,
        65001 => no_consent(asker)?,
        50196 | 90055 => Problem::Throttled {
            host,
            retry_after: answer.retry_after,
        },
        code if PASSING.contains(&code) => Problem::Unavailable {
            host,
            status: answer.status,
        },
        _ => return None,
    })
}

fn by_error(answer: &EntraError, asking: &Asking<'_>) -> Problem {
    let wrong = || secret_wrong(&asking.asker);
    let is_app = matches!(asking.asker, Asker::App(_));
    match answer.error.as_str() {
        "invalid_client" => wrong().unwrap_or_else(|| refused(answer, asking)),
        "invalid_tenant" => tenant_not_found(asking),
        "invalid_scope" | "invalid_resource" if is_app => audience_unknown(asking),
        "invalid_grant" | "interaction_required" if is_app => Problem::PolicyBlocksSignIn,
        "temporarily_unavailable" => Problem::Unavailable {
            host: asking.environment.authority.host().to_owned(),
            status: answer.status,
        },
        _ => refused(answer, asking),
    }
}

/// A person's sign-in ends for a person's reasons; Entra's words are written for them.
fn by_error_of_person(answer: &EntraError, asking: &Asking<'_>) -> Problem {
    let why = match answer.error.as_str() {
        "access_denied" | "authorization_declined" => "the sign-in was declined".to_owned(),
        "expired_token" => "the code was not used in time".to_owned(),
        "invalid_grant" | "interaction_required" | "login_required" | "consent_required" => {
            format!("Entra says: {}", said(answer, asking).trim_end_matches('.'))
        }
        _ => return by_error(answer, asking),
    };
    Problem::PersonNotSignedIn { why }
}

fn tenant_invalid(why: String) -> Problem {
    Problem::Invalid(Invalid::new("tenant", why, "contoso.onmicrosoft.com, or the tenant ID"))
}

/// The request came without a secret key: of an app never, of a person always, which the app registration must allow.
fn without_secret(asker: &Asker<'_>) -> Option<Problem> {
    match asker {
        Asker::Anybody => None,
        Asker::App(_) => Some(Problem::Internal {
            what: "the request for a token reached Entra without the secret key".to_owned(),
        }),
        Asker::Person { client_id, .. } => Some(Problem::PersonNotSignedIn {
            why: format!("the app registration {client_id} does not have \"Allow public client flows\" set to Yes"),
        }),
    }
}

fn no_consent(asker: &Asker<'_>) -> Option<Problem> {
    let Asker::Person { client_id, .. } = asker else {
        return None;
    };
    let why = format!("nobody has consented yet to the app registration {client_id} managing Azure in people's names");
    Some(Problem::PersonNotSignedIn { why })
}

/// Only an app has a secret key that can be wrong.
fn secret_wrong(asker: &Asker<'_>) -> Option<Problem> {
    let Asker::App(app) = asker else { return None };
    Some(Problem::SecretWrong {
        looks_like_id: app.secret.looks_like_id(),
    })
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

fn refused(answer: &EntraError, asking: &Asking<'_>) -> Problem {
    Problem::SignInRefused {
        error: words(&answer.error),
        message: said(answer, asking),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::client::Azure;
    use crate::azure::patience::Patience;
    use crate::azure::testing::{
        Answer as Scripted, CLIENT, Server, TENANT, TOKEN_PATH, client_of, credential, environment,
    };
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
            ("invalid_request", &[90002], "tenant_not_found"),
            ("invalid_request", &[900_023, 50059, 90019], "invalid"),
            ("invalid_request", &[90038], "tenant_elsewhere"),
            ("unauthorized_client", &[900_382, 900_432], "tenant_elsewhere"),
            ("unauthorized_client", &[700_016, 700_011], "client_unknown"),
            ("invalid_client", &[7_000_229], "no_service_principal"),
            ("invalid_client", &[7_000_215, 70002], "secret_wrong"),
            ("invalid_client", &[7_000_218], "internal"),
            ("invalid_client", &[7_000_222], "secret_expired"),
            ("invalid_client", &[700_025], "public_client"),
            ("unauthorized_client", &[7_000_112, 70001], "app_disabled"),
            ("invalid_resource", &[500_011, 50001, 650_057], "audience_unknown"),
            ("invalid_scope", &[70011, 28002], "audience_unknown"),
            ("invalid_scope", &[700_022], "internal"),
            ("access_denied", &[53003, 530_032, 530_035], "policy_blocks_sign_in"),
            ("invalid_grant", &[50105, 501_051], "assignment_required"),
            ("invalid_grant", &[1_000_031], "app_not_accessible"),
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

    #[test]
    fn a_person_has_reasons_of_a_person() {
        let (tenant_id, client_id) = (TENANT.parse().unwrap(), CLIENT.parse().unwrap());
        let environment = Environment::built_in("AzureCloud").unwrap();
        let asking = Asking {
            tenant: TENANT.to_owned(),
            environment: &environment,
            asker: Asker::Person { tenant_id, client_id },
            audience: "https://arm.test",
        };
        for (error, description, wanted) in [
            ("access_denied", "AADSTS65004: declined", "person_not_signed_in"),
            ("authorization_declined", "", "person_not_signed_in"),
            ("expired_token", "", "person_not_signed_in"),
            (
                "invalid_grant",
                "AADSTS700082: The refresh token has expired.",
                "person_not_signed_in",
            ),
            ("interaction_required", "AADSTS50076: MFA", "person_not_signed_in"),
            ("invalid_client", "AADSTS7000218: no secret", "person_not_signed_in"),
            ("invalid_grant", "AADSTS65001: no consent", "person_not_signed_in"),
            ("unauthorized_client", "AADSTS700016: x", "client_unknown"),
            ("invalid_grant", "AADSTS50105: x", "assignment_required"),
            ("access_denied", "AADSTS53003: x", "policy_blocks_sign_in"),
            ("invalid_client", "AADSTS7000215: x", "sign_in_refused"),
            ("server_error", "", "sign_in_refused"),
        ] {
            let failure = refusal_in_browser(error, description, &asking);
            assert_eq!(failure.problem().code(), wanted, "{error} {description}");
        }
    }
}
