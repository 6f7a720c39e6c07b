//! Access tokens: JWT-shaped, signed with a key of this lab, checked for signature, audience and time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::national::NationalCloud;
use crate::lab::http::Request;

/// How long an access token is good for, in seconds.
pub(super) const LIFETIME_S: i64 = 3599;

/// The services that a token can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Azure Resource Manager.
    ResourceManager,
    /// Log Analytics query.
    LogAnalytics,
    /// Azure Monitor logs ingestion.
    Monitor,
    /// Microsoft Graph.
    Graph,
}

/// Who a token was issued to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// Client ID.
    pub(super) app_id: String,
    /// Object ID of the service principal or of the person: the principal of role assignments.
    pub(super) object_id: String,
    /// As what it speaks.
    pub(super) actor: Actor,
}

/// As what an app speaks, and what was consented to for the audience of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actor {
    /// As itself, with application permissions.
    App {
        /// The permissions.
        roles: Vec<String>,
    },
    /// As a person, with delegated permissions.
    Person {
        /// The sign-in name.
        name: String,
        /// The permissions.
        scopes: Vec<String>,
    },
}

impl Actor {
    fn claims(&self) -> Value {
        match self {
            Self::App { roles } if roles.is_empty() => json!({"appidacr": "1", "idtyp": "app"}),
            Self::App { roles } => json!({"appidacr": "1", "idtyp": "app", "roles": roles}),
            Self::Person { name, scopes } => json!({
                "appidacr": "0",
                "idtyp": "user",
                "amr": ["pwd"],
                "upn": name,
                "unique_name": name,
                "preferred_username": name,
                "scp": scopes.join(" "),
            }),
        }
    }

    fn of(claims: &Value) -> Option<Self> {
        let text = |name: &str| claims.get(name)?.as_str();
        if text("idtyp")? == "user" {
            let scopes = text("scp")?.split(' ').map(str::to_owned).collect();
            let name = text("upn")?.to_owned();
            return Some(Self::Person { name, scopes });
        }
        let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
        let roles = roles.filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Self::App { roles })
    }
}

/// What a token says about the app that asked for it.
pub(super) struct Grant<'a> {
    /// The resource, spelled as it was asked for.
    pub(super) resource: &'a str,
    /// GUID of the tenant.
    pub(super) tenant_id: &'a str,
    /// Whom it is for.
    pub(super) caller: &'a Caller,
    /// What makes this token differ from others of the same second.
    pub(super) token_id: &'a str,
}

/// Why a request was not accepted as coming from anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No `Authorization` header.
    Missing,
    /// Not a bearer token, not a token of this lab, or changed after it was signed.
    Malformed,
    /// Its time is over, since this moment.
    Expired(DateTime<Utc>),
    /// It was issued for another service: this one.
    Audience(String),
}

/// Issues and checks tokens.
pub(super) struct Signer {
    key: [u8; 32],
    cloud: NationalCloud,
    issued: Mutex<VecDeque<String>>,
}

/// Issued tokens that are remembered, for tests that look whether a client has kept one where it should not.
const REMEMBERED: usize = 1_000;

impl Signer {
    /// Of this cloud, with a key of its own.
    pub(super) fn new(key: [u8; 32], cloud: NationalCloud) -> Self {
        Self {
            key,
            cloud,
            issued: Mutex::default(),
        }
    }

    /// A token, good from `now` on for [`LIFETIME_S`].
    pub(super) fn issue(&self, grant: &Grant<'_>, now: DateTime<Utc>) -> String {
        let issuer = format!("https://sts.windows.net/{}/", grant.tenant_id);
        let issued = now.timestamp();
        let mut claims = json!({
            "aud": grant.resource,
            "iss": issuer,
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME_S,
            "appid": grant.caller.app_id,
            "idp": issuer,
            "oid": grant.caller.object_id,
            "sub": grant.caller.object_id,
            "tid": grant.tenant_id,
            "uti": grant.token_id,
            "ver": "1.0",
        });
        if let (Some(claims), Value::Object(actor)) = (claims.as_object_mut(), grant.caller.actor.claims()) {
            claims.extend(actor);
        }
        self.signed(&claims)
    }

    /// A token with these claims, remembered as issued.
    pub(super) fn signed(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "HS256", "kid": "lab"});
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes()));
        let token = format!("{signed}.{signature}");
        self.remember(&token);
        token
    }

    /// Remembers what was handed out and must not be kept where it can be read.
    pub(super) fn remember(&self, token: &str) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.len() == REMEMBERED {
            issued.pop_front();
        }
        issued.push_back(token.to_owned());
    }

    /// The last tokens issued.
    pub(super) fn issued(&self) -> Vec<String> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.iter().cloned().collect()
    }

    /// The caller of a request, where its bearer token was issued here, for this audience, and is still good.
    pub(super) fn caller(&self, request: &Request, audience: Audience, now: DateTime<Utc>) -> Result<Caller, Refusal> {
        let header = request.header("authorization").ok_or(Refusal::Missing)?;
        let (scheme, token) = header.split_once(' ').ok_or(Refusal::Malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::Malformed);
        }
        let claims = self.claims(token.trim()).ok_or(Refusal::Malformed)?;
        let text = |name: &str| Some(claims.get(name)?.as_str()?.to_owned());
        let time = |name: &str| Utc.timestamp_opt(claims.get(name)?.as_i64()?, 0).single();
        let resource = text("aud").ok_or(Refusal::Malformed)?;
        let expires = time("exp").ok_or(Refusal::Malformed)?;
        if self.cloud.audience(&resource) != Some(audience) {
            return Err(Refusal::Audience(resource));
        }
        if expires <= now {
            return Err(Refusal::Expired(expires));
        }
        match (text("appid"), text("oid"), Actor::of(&claims)) {
            (Some(app_id), Some(object_id), Some(actor)) => Ok(Caller {
                app_id,
                object_id,
                actor,
            }),
            // A token that tells who signed in is not one to call a service with.
            _ => Err(Refusal::Malformed),
        }
    }

    /// The claims of a token whose signature is ours.
    fn claims(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        if URL_SAFE_NO_PAD.decode(signature).ok()? != self.sign(signed.as_bytes()) {
            return None;
        }
        let (_, payload) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }

    /// HMAC-SHA-256; the key is shorter than a block.
    fn sign(&self, message: &[u8]) -> [u8; 32] {
        let block = |pad: u8| {
            let mut block = [pad; 64];
            for (byte, key) in block.iter_mut().zip(self.key) {
                *byte ^= key;
            }
            block
        };
        let inner = Sha256::new().chain_update(block(0x36)).chain_update(message).finalize();
        Sha256::new()
            .chain_update(block(0x5c))
            .chain_update(inner)
            .finalize()
            .into()
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn request(authorization: Option<&str>) -> Request {
        let mut headers = http::HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert("authorization", value.parse().unwrap());
        }
        Request {
            method: http::Method::GET,
            path: "/".into(),
            query: None,
            headers,
            body: bytes::Bytes::new(),
        }
    }

    fn caller() -> Caller {
        Caller {
            app_id: "app".into(),
            object_id: "principal".into(),
            actor: Actor::App {
                roles: vec!["Application.Read.All".into()],
            },
        }
    }

    fn token(signer: &Signer, now: DateTime<Utc>) -> String {
        let grant = Grant {
            resource: "https://management.azure.com/",
            tenant_id: "tenant",
            caller: &caller(),
            token_id: "1",
        };
        signer.issue(&grant, now)
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_hmac_sha_256() {
        let mut key = [0; 32];
        key.iter_mut().zip(b"Jefe").for_each(|(byte, letter)| *byte = *letter);
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let got: String = Signer::new(key, NationalCloud::Public)
            .sign(b"what do ya want for nothing?")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_token_is_good_for_its_audience_and_its_hour() {
        let signer = Signer::new([3; 32], NationalCloud::Public);
        let now = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
        let bearer = request(Some(&format!("Bearer {}", token(&signer, now))));
        let check = |audience, at| signer.caller(&bearer, audience, at);
        assert_eq!(check(Audience::ResourceManager, now), Ok(caller()));
        let last = now + TimeDelta::seconds(LIFETIME_S);
        assert_eq!(
            check(Audience::ResourceManager, last - TimeDelta::seconds(1)),
            Ok(caller())
        );
        assert_eq!(check(Audience::ResourceManager, last), Err(Refusal::Expired(last)));
        assert!(matches!(check(Audience::LogAnalytics, now), Err(Refusal::Audience(_))));
        let china = Signer::new([3; 32], NationalCloud::China);
        let refused = china.caller(&bearer, Audience::ResourceManager, now);
        assert!(matches!(refused, Err(Refusal::Audience(_))), "a token of another cloud");
    }

    #[test]
    fn a_persons_token_says_who_and_for_what() {
        let signer = Signer::new([3; 32], NationalCloud::Public);
        let now = Utc::now();
        let caller = Caller {
            actor: Actor::Person {
                name: "owner@contoso.onmicrosoft.com".into(),
                scopes: vec!["user_impersonation".into()],
            },
            ..caller()
        };
        let grant = Grant {
            resource: "https://management.azure.com",
            tenant_id: "tenant",
            caller: &caller,
            token_id: "1",
        };
        let bearer = request(Some(&format!("Bearer {}", signer.issue(&grant, now))));
        assert_eq!(signer.caller(&bearer, Audience::ResourceManager, now), Ok(caller));
    }

    #[test]
    fn a_changed_token_and_one_of_another_lab_are_refused() {
        let signer = Signer::new([3; 32], NationalCloud::Public);
        let now = Utc::now();
        let good = token(&signer, now);
        let foreign = token(&Signer::new([4; 32], NationalCloud::Public), now);
        let changed = good.replacen('.', "A.", 1);
        for value in [
            format!("Bearer {foreign}"),
            format!("Bearer {changed}"),
            format!("Basic {good}"),
            "Bearer".into(),
            "Bearer a.b".into(),
        ] {
            let refused = signer.caller(&request(Some(&value)), Audience::ResourceManager, now);
            assert_eq!(refused, Err(Refusal::Malformed), "{value}");
        }
        let nobody = signer.caller(&request(None), Audience::ResourceManager, now);
        assert_eq!(nobody, Err(Refusal::Missing));
    }
}
