//! The control address: what tests ask and tell a lab, apart from its services.
//!
//! | call | does |
//! | --- | --- |
//! | `GET /rows` | every ingested row, one JSON object a line: its cells by name, and `stream`, `table`, `workspace`, `rule`, `arrived`, `seen_from` |
//! | `GET /truth[?at=V]` | what each computer group must hold, now or at an earlier version; with `clients_only=1` where only clients count |
//! | `GET /requests[?bodies=1]` | one line a request; the header `x-lab-dropped` says how many older ones had to give way |
//! | `POST /churn {"seed":N,"moves":M}` | changes memberships at random: `{"changed":collections}` |
//! | `POST /faults {…}` or `[…]` | adds faults to the plan ([`super::faults`] has the fields): `{"ids":[…]}` |
//! | `GET /faults` | the plan, and how often each fault matched and fired |
//! | `DELETE /faults[?id=N]` | clears the plan, or takes out one fault: `{"cleared":count}` |
//! | `GET /held` | how many requests are held now: `{"held":count}` |
//! | `POST /release` | lets the held requests go: `{"released":count}` |
//! | `GET /clock`, `POST /clock {"advance_s":N}` | reads or moves the clock: `{"now":…,"offset_s":N}` |
//! | `POST /knobs {"cloud":{name:value},"site":{…}}` | sets knobs: `{"set":count}` |
//! | `POST /site-certificate` | gives the site a new certificate: `{"sha256":…}` |
//!
//! A refusal is `{"error":"sentence"}`.

use std::fmt::Write as _;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::http::{Request, Response};
use super::pipeline::World;
use super::server::{Endpoint, Outcome};
use super::tls::ServerCertificate;

/// The calls, for the sentence that refuses another.
const CALLS: &str = "/rows, /truth, /requests, /churn, /faults, /held, /release, /clock, /knobs and /site-certificate";

/// The control calls of one lab, behind their port.
pub(super) struct ControlPort {
    pub world: Arc<World>,
    pub site_certificate: Option<Arc<ServerCertificate>>,
}

/// A call that is not done: status and sentence.
struct Refusal(u16, String);

type Answer = Result<Response, Refusal>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Churn {
    seed: u64,
    moves: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    #[serde(default)]
    cloud: Map<String, Value>,
    #[serde(default)]
    site: Map<String, Value>,
}

impl Endpoint for ControlPort {
    type Connection = ();

    async fn answer(self: Arc<Self>, _connection: Arc<()>, request: Request) -> Outcome {
        let answered = tokio::task::spawn_blocking(move || self.dispatch(&request)).await;
        let panicked = |_| {
            Err(Refusal(
                500,
                "The lab failed on this call; this is a fault of the lab.".into(),
            ))
        };
        Outcome::Answer(answered.unwrap_or_else(panicked).unwrap_or_else(Refusal::into_response))
    }

    fn too_large(&self, _request: &Request) -> Response {
        Refusal(413, "The body of this call is too long.".into()).into_response()
    }
}

impl Refusal {
    fn into_response(self) -> Response {
        Response::json(self.0, &json!({"error": self.1}))
    }
}

impl ControlPort {
    fn dispatch(&self, request: &Request) -> Answer {
        let world = &self.world;
        match (request.path.as_str(), &request.method) {
            ("/rows", &Method::GET) => Ok(lines(world.cloud.rows().iter())),
            ("/truth", &Method::GET) => self.truth(request),
            ("/requests", &Method::GET) => Ok(self.requests(request)),
            ("/churn", &Method::POST) => self.churn(request),
            ("/faults", &Method::GET) => Ok(ok(&json!({"faults": world.faults.list()}))),
            ("/faults", &Method::POST) => self.add_faults(request),
            ("/faults", &Method::DELETE) => self.clear_faults(request),
            ("/held", &Method::GET) => Ok(ok(&json!({"held": world.faults.held()}))),
            ("/release", &Method::POST) => Ok(ok(&json!({"released": world.faults.release()}))),
            ("/clock", &Method::GET) => Ok(self.clock()),
            ("/clock", &Method::POST) => self.advance(request),
            ("/knobs", &Method::POST) => self.set_knobs(request),
            ("/site-certificate", &Method::POST) => self.replace_site_certificate(),
            (path, method) => Err(unknown(path, method)),
        }
    }

    fn truth(&self, request: &Request) -> Answer {
        let version = number_param(request, "at")?;
        let site = &self.world.site;
        let truth = match request.param("clients_only").is_some_and(|value| value == "1") {
            true => site.truth_of_clients(version),
            false => site.truth(version),
        };
        let truth = truth.ok_or_else(|| {
            let which = version.map_or_else(
                || "no version yet".to_owned(),
                |version| format!("no version {version}"),
            );
            Refusal(
                404,
                format!("The lab's site has {which} of its memberships; ask without \"at\" for the newest."),
            )
        })?;
        Ok(ok(&json!(truth)))
    }

    fn requests(&self, request: &Request) -> Response {
        let with_bodies = request.param("bodies").is_some_and(|value| value == "1");
        let log = &self.world.requests;
        let text = log.to_json_lines(with_bodies);
        Response::with_body(200, NDJSON, text.into_bytes()).with_header("x-lab-dropped", &log.dropped().to_string())
    }

    fn churn(&self, request: &Request) -> Answer {
        let Churn { seed, moves } = body(request)?;
        let changed = self.world.site.churn(seed, moves, self.world.clock.now());
        Ok(ok(&json!({"changed": changed})))
    }

    fn add_faults(&self, request: &Request) -> Answer {
        let faults = Fault::all_from_value(body(request)?).map_err(|error| Refusal(400, error.to_string()))?;
        Ok(ok(&json!({"ids": self.world.faults.add(faults)})))
    }

    fn clear_faults(&self, request: &Request) -> Answer {
        let cleared = match number_param(request, "id")? {
            None => self.world.faults.clear(),
            Some(id) if self.world.faults.remove(id) => 1,
            Some(id) => {
                return Err(Refusal(
                    404,
                    format!("No fault {id} is in the plan; GET /faults lists them."),
                ));
            }
        };
        Ok(ok(&json!({"cleared": cleared})))
    }

    fn clock(&self) -> Response {
        let clock = &self.world.clock;
        ok(&json!({"now": clock.now(), "offset_s": clock.offset_s()}))
    }

    fn advance(&self, request: &Request) -> Answer {
        let Advance { advance_s } = body(request)?;
        self.world
            .clock
            .advance(advance_s)
            .map_err(|error| Refusal(400, error.to_string()))?;
        Ok(self.clock())
    }

    /// Sets one knob after the other; those before a refused one stay set.
    fn set_knobs(&self, request: &Request) -> Answer {
        let Knobs { cloud, site } = body(request)?;
        let refused = |part: &str, error: String| Refusal(400, format!("The lab's {part} refused a knob: {error}."));
        for (name, value) in &cloud {
            self.world
                .cloud
                .set_knob(name, value)
                .map_err(|error| refused("cloud", error))?;
        }
        for (name, value) in &site {
            self.world
                .site
                .set_knob(name, value)
                .map_err(|error| refused("site", error))?;
        }
        Ok(ok(&json!({"set": cloud.len() + site.len()})))
    }

    fn replace_site_certificate(&self) -> Answer {
        let Some(certificate) = &self.site_certificate else {
            let sentence =
                "This lab's site speaks plain http, so it has no certificate; start the lab with site sign-in.";
            return Err(Refusal(409, sentence.into()));
        };
        let sha256 = certificate.replace().map_err(|error| Refusal(500, error.to_string()))?;
        Ok(ok(&json!({"sha256": sha256})))
    }
}

const NDJSON: &str = "application/x-ndjson; charset=utf-8";

fn ok(value: &Value) -> Response {
    Response::json(200, value)
}

fn lines<'a>(values: impl Iterator<Item = &'a Value>) -> Response {
    let mut text = String::new();
    for value in values {
        let _infallible = writeln!(text, "{value}");
    }
    Response::with_body(200, NDJSON, text.into_bytes())
}

/// Reads a call's body; an empty one stands for `{}`.
fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    let bytes: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal(400, format!("The body of {} cannot be read: {error}.", request.path)))
}

fn number_param(request: &Request, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = request.param(name) else {
        return Ok(None);
    };
    let number = text.parse().map_err(|_| {
        Refusal(
            400,
            format!("The parameter \"{name}\" says \"{text}\"; it must be a whole number."),
        )
    })?;
    Ok(Some(number))
}

fn unknown(path: &str, method: &Method) -> Refusal {
    let methods = match path {
        "/rows" | "/truth" | "/requests" | "/held" => "GET",
        "/churn" | "/release" | "/knobs" | "/site-certificate" => "POST",
        "/clock" => "GET and POST",
        "/faults" => "GET, POST and DELETE",
        _ => return Refusal(404, format!("The control address has no call {path}; it has {CALLS}.")),
    };
    Refusal(405, format!("The control call {path} takes {methods}, not {method}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::azure::testing::history;
    use crate::lab::running::tests::{client, small_lab};
    use crate::lab::{Lab, LabConfig};

    async fn call(lab: &Lab, method: &str, path: &str, body: &str) -> (u16, String) {
        let url = format!("{}{path}", lab.info().control);
        let answer = client()
            .request(method.parse().unwrap(), url)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn call_json(lab: &Lab, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (status, text) = call(lab, method, path, body).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    fn sentence(answer: &(u16, Value)) -> &str {
        answer.1["error"].as_str().unwrap()
    }

    #[tokio::test]
    async fn faults_are_planned_listed_and_cleared() {
        let lab = small_lab(LabConfig::default()).await;
        let added = call_json(
            &lab,
            "POST",
            "/faults",
            r#"[{"service":"arm","kind":"drop"},{"kind":"garbage","times":1}]"#,
        )
        .await;
        assert_eq!(added, (200, json!({"ids":[1,2]})));
        assert!(client().get(&lab.info().arm).send().await.is_err());
        let (_, listed) = call_json(&lab, "GET", "/faults", "").await;
        let first = json!({"id":1,"matched":1,"fired":1,"service":"arm","kind":"drop"});
        let second = json!({"id":2,"matched":0,"fired":0,"kind":"garbage","times":1});
        assert_eq!(listed, json!({"faults":[first, second]}));
        assert_eq!(
            call_json(&lab, "DELETE", "/faults?id=2", "").await,
            (200, json!({"cleared":1}))
        );
        assert_eq!(call_json(&lab, "DELETE", "/faults?id=2", "").await.0, 404);
        assert_eq!(
            call_json(&lab, "DELETE", "/faults", "").await,
            (200, json!({"cleared":1}))
        );
        assert!(client().get(&lab.info().arm).send().await.is_ok());
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_fault_leaves_the_plan_as_it_was() {
        let lab = small_lab(LabConfig::default()).await;
        let refused = call_json(
            &lab,
            "POST",
            "/faults",
            r#"[{"kind":"drop"},{"kind":"drop","servise":"arm"}]"#,
        )
        .await;
        assert_eq!(refused.0, 400);
        assert!(sentence(&refused).contains("servise"), "{refused:?}");
        let late = call_json(&lab, "POST", "/faults", r#"{"service":"arm","kind":"late"}"#).await;
        assert!(late.0 == 400 && sentence(&late).contains("for uploads"), "{late:?}");
        assert!(lab.faults().list().is_empty());
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn held_requests_are_counted_and_released() {
        let lab = small_lab(LabConfig::default()).await;
        assert_eq!(call_json(&lab, "GET", "/held", "").await, (200, json!({"held":0})));
        call(&lab, "POST", "/faults", r#"{"service":"query","kind":"hold"}"#).await;
        let waiting = tokio::spawn(client().get(&lab.info().query).send());
        lab.faults().wait_for_held(|held| held == 1).await;
        assert_eq!(call_json(&lab, "GET", "/held", "").await, (200, json!({"held":1})));
        assert_eq!(
            call_json(&lab, "POST", "/release", "{}").await,
            (200, json!({"released":1}))
        );
        waiting.await.unwrap().unwrap();
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn the_log_is_one_line_a_request_without_secrets() {
        let lab = small_lab(LabConfig::default()).await;
        let url = format!("{}/t/oauth2/v2.0/token", lab.info().authority);
        let form = [("client_id", "abc"), ("client_secret", "hush-hush")];
        client()
            .post(url)
            .bearer_auth("token-token")
            .form(&form)
            .send()
            .await
            .unwrap();
        client()
            .get(format!("{}/s?api-version=2022-12-01", lab.info().arm))
            .send()
            .await
            .unwrap();
        let (status, text) = call(&lab, "GET", "/requests", "").await;
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((status, lines.len()), (200, 2));
        assert_eq!(
            (&lines[0]["service"], &lines[0]["path"]),
            (&json!("entra"), &json!("/t/oauth2/v2.0/token"))
        );
        assert_eq!(lines[0]["bytes"], 37);
        assert_eq!(
            (&lines[1]["method"], &lines[1]["api_version"]),
            (&json!("GET"), &json!("2022-12-01"))
        );
        assert_eq!(lines[1].get("request_body"), None);
        let (_, text) = call(&lab, "GET", "/requests?bodies=1", "").await;
        assert!(text.contains("client_id=abc&client_secret=%28secret%29"), "{text}");
        assert!(!text.contains("hush") && !text.contains("token-token"), "{text}");
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn the_clock_moves() {
        let lab = small_lab(LabConfig::default()).await;
        let (status, moved) = call_json(&lab, "POST", "/clock", r#"{"advance_s":86400}"#).await;
        assert_eq!((status, &moved["offset_s"]), (200, &json!(86_400)));
        assert_eq!(call_json(&lab, "GET", "/clock", "").await.1["offset_s"], 86_400);
        assert_eq!(call_json(&lab, "POST", "/clock", r#"{"advance_s":9e18}"#).await.0, 400);
        let unnamed = call_json(&lab, "POST", "/clock", "").await;
        assert!(
            unnamed.0 == 400 && sentence(&unnamed).contains("advance_s"),
            "{unnamed:?}"
        );
        assert_eq!(lab.clock().offset_s(), 86_400);
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn unknown_knobs_parts_and_calls_are_refused_by_name() {
        let lab = small_lab(LabConfig::default()).await;
        for part in ["cloud", "site"] {
            let refused = call_json(&lab, "POST", "/knobs", &json!({part:{"no-such-knob":1}}).to_string()).await;
            assert!(
                refused.0 == 400 && sentence(&refused).contains("no-such-knob"),
                "{refused:?}"
            );
        }
        assert!(sentence(&call_json(&lab, "POST", "/knobs", r#"{"moon":{}}"#).await).contains("moon"));
        let unknown = call_json(&lab, "GET", "/moon", "").await;
        assert!(unknown.0 == 404 && sentence(&unknown).contains("/moon"), "{unknown:?}");
        let wrong = call_json(&lab, "DELETE", "/clock", "").await;
        assert!(wrong.0 == 405 && sentence(&wrong).contains("GET and POST"), "{wrong:?}");
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn rows_truth_and_churn_say_what_the_lab_says() {
        let lab = small_lab(LabConfig::default()).await;
        let (status, rows) = call(&lab, "GET", "/rows", "").await;
        assert_eq!((status, rows.lines().count()), (200, lab.cloud().rows().len()));
        let (status, truth) = call_json(&lab, "GET", "/truth", "").await;
        match lab.truth(None) {
            Some(expected) => assert_eq!((status, truth), (200, json!(expected))),
            None => assert_eq!(status, 404),
        }
        let (_, of_clients) = call_json(&lab, "GET", "/truth?clients_only=1", "").await;
        assert_eq!(of_clients, json!(lab.truth_of_clients(None)));
        assert_ne!(of_clients, json!(lab.truth(None)));
        assert_eq!(call_json(&lab, "GET", "/truth?at=999999", "").await.0, 404);
        assert_eq!(call_json(&lab, "GET", "/truth?at=x", "").await.0, 400);
        let (status, churned) = call_json(&lab, "POST", "/churn", r#"{"seed":7,"moves":5}"#).await;
        assert!(status == 200 && churned["changed"].is_u64(), "{churned}");
        assert_eq!(call_json(&lab, "POST", "/churn", r#"{"seed":7,"move":5}"#).await.0, 400);
        lab.stop().await.unwrap();
    }

    /// A token of the app `ready`, as any client gets it.
    async fn token(lab: &Lab, scope: &str) -> String {
        let info = lab.info();
        let ready = info.apps.iter().find(|app| app.label == "ready").unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &ready.client_id),
            ("client_secret", &ready.secret),
            ("scope", scope),
        ];
        let url = format!("{}/{}/oauth2/v2.0/token", info.authority, info.tenant.id);
        let answer: Value = client()
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn rows_tell_what_planned_faults_made_of_uploads() {
        let lab = small_lab(LabConfig::default()).await;
        history::add(lab.cloud(), lab.clock().now());
        let plan = r#"[{"kind":"duplicate","times":1},{"service":"ingestion","kind":"lose","times":1},
            {"kind":"late","late_s":3600,"times":1}]"#;
        assert_eq!(call(&lab, "POST", "/faults", plan).await.0, 200);
        let bearer = token(&lab, "https://monitor.azure.com/.default").await;
        let path = history::path(history::OWN, history::STREAM);
        let url = format!("{}{path}?api-version=2023-01-01", lab.info().ingestion);
        for computer in ["TWICE", "LOST", "LATE", "ONCE"] {
            let rows = json!([{"Computer": computer}]);
            let answer = client()
                .post(&url)
                .bearer_auth(&bearer)
                .json(&rows)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 204, "{computer}");
        }
        let (_, rows) = call(&lab, "GET", "/rows", "").await;
        let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let computers: Vec<&str> = rows.iter().map(|row| row["Computer"].as_str().unwrap()).collect();
        assert_eq!(computers, ["TWICE", "TWICE", "LATE", "ONCE"]);
        assert!(
            rows.iter()
                .all(|row| row["stream"] == history::STREAM && row["table"] == history::TABLE)
        );
        let (arrived, seen) = (
            rows[2]["arrived"].as_str().unwrap(),
            rows[2]["seen_from"].as_str().unwrap(),
        );
        assert!(arrived < seen, "{arrived} {seen}");
        let faults: Vec<_> = lab
            .requests()
            .records()
            .into_iter()
            .filter_map(|record| record.fault)
            .collect();
        assert_eq!(faults, ["duplicate", "lose", "late"]);
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn the_site_gets_a_new_certificate_where_it_has_one() {
        let lab = small_lab(LabConfig::default()).await;
        let (status, answer) = call_json(&lab, "POST", "/site-certificate", "{}").await;
        let sha256 = answer["sha256"].as_str().unwrap();
        assert_eq!((status, sha256.len()), (200, 64));
        assert_ne!(Some(sha256), lab.info().site.sha256.as_deref());
        lab.stop().await.unwrap();
        let plain = small_lab(LabConfig {
            site_auth: false,
            ..LabConfig::default()
        })
        .await;
        assert_eq!(call_json(&plain, "POST", "/site-certificate", "").await.0, 409);
        plain.stop().await.unwrap();
    }
}
