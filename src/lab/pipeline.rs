//! The way of every request to a service: into the log, past the planned faults, to the handler, and back.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use http::header;
use serde_json::{Value, json};

use super::azure::{Cloud, Mishap};
use super::clock::Clock;
use super::fault_plan::{FaultPlan, Strike};
use super::faults::{Act, Phase, PlannedAnswer};
use super::http::{Request, Response};
use super::requests::RequestLog;
use super::server::{Endpoint, Outcome};
use super::service::Service;
use super::site::{Site, SiteConnection};

/// What all services of one lab share.
pub(super) struct World {
    pub cloud: Cloud,
    pub site: Site,
    pub clock: Clock,
    pub faults: FaultPlan,
    pub requests: RequestLog,
}

/// One service of a lab, behind its port.
pub(super) struct ServicePort {
    pub world: Arc<World>,
    pub service: Service,
}

/// What a service remembers of a connection. The lock is never contended: HTTP/1.1 carries one request at a time.
pub(super) type Connection = Mutex<SiteConnection>;

impl Endpoint for ServicePort {
    type Connection = Connection;

    async fn answer(self: Arc<Self>, connection: Arc<Connection>, request: Request) -> Outcome {
        let world = &self.world;
        let id = world.requests.arrived(self.service, &request, world.clock.now());
        let strike = world.faults.decide(self.service, &request);
        if let Some(strike) = &strike {
            world.requests.struck(id, strike.kind);
        }
        let mut outcome = match strike {
            None => Outcome::Answer(self.handle(connection, request, None).await),
            Some(strike) => self.under(strike, connection, request).await,
        };
        if let Outcome::Answer(response) | Outcome::Truncated(response) = &mut outcome {
            put_date(response, world.clock.now());
            world.requests.answered(id, response);
        }
        outcome
    }

    fn too_large(&self, request: &Request) -> Response {
        let now = self.world.clock.now();
        let id = self.world.requests.arrived(self.service, request, now);
        let mut response = Response::empty(413);
        put_date(&mut response, now);
        self.world.requests.answered(id, &response);
        response
    }
}

impl ServicePort {
    /// Runs the handler on a thread of its own, so that a slow query holds up nobody else.
    async fn handle(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        request: Request,
        mishap: Option<Mishap>,
    ) -> Response {
        let port = Arc::clone(self);
        let handled = tokio::task::spawn_blocking(move || port.run(&connection, &request, mishap)).await;
        handled.unwrap_or_else(|_panicked| {
            let message =
                "The lab's own handler failed on this request; this is a fault of the lab, not of the client.";
            Response::json(500, &json!({"error":{"code":"LabHandlerFailed","message":message}}))
        })
    }

    fn run(&self, connection: &Connection, request: &Request, mishap: Option<Mishap>) -> Response {
        let World { cloud, site, clock, .. } = &*self.world;
        let now = clock.now();
        match self.service {
            Service::Entra => cloud.entra(request, now),
            Service::Arm => cloud.arm(request, now),
            Service::Query => cloud.query(request, now),
            Service::Graph => cloud.graph(request, now),
            Service::Ingestion => cloud.ingestion(request, now, mishap),
            Service::Site => {
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                site.handle(&mut connection, request, now)
            }
        }
    }

    /// Runs the request as the fault wants it.
    async fn under(self: &Arc<Self>, strike: Strike, connection: Arc<Connection>, request: Request) -> Outcome {
        let Strike { phase, act, hold, .. } = strike;
        if let Act::Lose = act {
            return Outcome::Answer(match stored_answer(&request, self.world.clock.now()) {
                Some(response) => response,
                // Not even the real service would have taken this one.
                None => self.handle(connection, request, None).await,
            });
        }
        if let Act::Upload(mishap) = act {
            return Outcome::Answer(self.handle(connection, request, Some(mishap)).await);
        }
        let done = match phase {
            Phase::Before => None,
            Phase::After => Some(self.handle(Arc::clone(&connection), request.clone(), None).await),
        };
        if let Some(hold) = hold {
            hold.wait().await;
        }
        match act {
            Act::Delay(time) => tokio::time::sleep(time).await,
            Act::Drop => return Outcome::Dropped,
            Act::Truncate => return Outcome::Truncated(done.unwrap_or_else(stand_in)),
            Act::Garbage => return Outcome::Answer(garbage()),
            Act::Status(answer) => return Outcome::Answer(planned(answer)),
            Act::Hold | Act::Lose | Act::Upload(_) => {}
        }
        Outcome::Answer(match done {
            Some(response) => response,
            None => self.handle(connection, request, None).await,
        })
    }
}

/// The answer of a `status` fault.
fn planned(answer: PlannedAnswer) -> Response {
    let response = match answer.body {
        None => Response::empty(answer.status),
        Some(Value::String(text)) => Response::with_body(answer.status, "text/plain; charset=utf-8", text.into_bytes()),
        Some(body) => Response::json(answer.status, &body),
    };
    match answer.retry_after {
        Some(wait) => response.with_header("retry-after", &wait),
        None => response,
    }
}

/// A success whose body no client can read, as a proxy in trouble sends it.
fn garbage() -> Response {
    Response::with_body(
        200,
        "application/json; charset=utf-8",
        b"\x00\xff<<{ this is no JSON".to_vec(),
    )
}

/// What is cut in the middle where the service has not been asked.
fn stand_in() -> Response {
    Response::json(200, &json!({"value":[{"name":"an answer that breaks off"}]}))
}

/// The answer to the PUT of a saved search, as Resource Manager gives it once the search is stored.
fn stored_answer(request: &Request, now: DateTime<Utc>) -> Option<Response> {
    let Ok(Value::Object(mut search)) = serde_json::from_slice(&request.body) else {
        return None;
    };
    let segments = request.segments();
    let name = segments.last()?.clone();
    let stamp = now.format("%Y-%m-%dT%H%%3A%M%%3A%S%.6fZ");
    search.insert("id".into(), Value::from(format!("/{}", segments.join("/"))));
    search.insert("name".into(), Value::from(name));
    search.insert(
        "type".into(),
        Value::from("Microsoft.OperationalInsights/savedSearches"),
    );
    search.insert("etag".into(), Value::from(format!("W/\"datetime'{stamp}'\"")));
    Some(Response::json(200, &Value::Object(search)))
}

/// Clients take the time from answers, so it has to be lab time; the HTTP library would put real time.
fn put_date(response: &mut Response, now: DateTime<Utc>) {
    let text = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let (false, Ok(value)) = (response.headers.contains_key(header::DATE), text.parse()) {
        response.headers.insert(header::DATE, value);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::lab::http::tests::request;
    use crate::lab::running::tests::{client, plan, small_lab};
    use crate::lab::{Lab, LabConfig};

    async fn lab_with(faults: Value) -> Lab {
        let lab = small_lab(LabConfig::default()).await;
        plan(&lab, faults);
        lab
    }

    async fn get(lab: &Lab, path: &str) -> reqwest::Result<reqwest::Response> {
        client().get(format!("{}{path}", lab.info().arm)).send().await
    }

    /// Status and fault of each request in the log.
    fn logged(lab: &Lab) -> Vec<(Option<u16>, Option<&'static str>)> {
        lab.requests()
            .records()
            .into_iter()
            .map(|record| (record.status, record.fault))
            .collect()
    }

    #[tokio::test]
    async fn a_status_fault_answers_as_planned_and_then_ends() {
        let lab = lab_with(json!({
            "service":"arm","path":"/x","kind":"status","status":503,"retry_after":7,"body":{"error":{"code":"Busy"}},"times":1
        }))
        .await;
        let first = get(&lab, "/x").await.unwrap();
        assert_eq!(
            (first.status().as_u16(), &first.headers()["retry-after"]),
            (503, &"7".parse().unwrap())
        );
        assert_eq!(first.json::<Value>().await.unwrap(), json!({"error":{"code":"Busy"}}));
        let second = get(&lab, "/x").await.unwrap();
        assert!(!second.headers().contains_key("retry-after"));
        assert_eq!(
            logged(&lab),
            [(Some(503), Some("status")), (Some(second.status().as_u16()), None)]
        );
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn dropped_and_truncated_answers_are_errors_for_the_client() {
        let lab = lab_with(json!([
            {"service":"arm","path":"/drop","kind":"drop"},
            {"service":"arm","path":"/cut","phase":"before","kind":"truncate"}
        ]))
        .await;
        assert!(get(&lab, "/drop").await.is_err());
        let cut = get(&lab, "/cut").await.unwrap();
        assert_eq!(cut.status(), 200);
        assert!(cut.content_length().unwrap() > 1);
        assert!(cut.bytes().await.is_err());
        assert_eq!(logged(&lab), [(None, Some("drop")), (Some(200), Some("truncate"))]);
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn garbage_is_a_success_without_json() {
        let lab = lab_with(json!({"kind":"garbage","phase":"after"})).await;
        let answer = get(&lab, "/x").await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.json::<Value>().await.is_err());
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_delay_takes_its_time_and_the_end_does_not_wait_for_it() {
        let lab = lab_with(json!([{"path":"/short","kind":"delay","delay_ms":50},{"path":"/long","kind":"delay","delay_ms":3_600_000}])).await;
        let start = Instant::now();
        assert!(get(&lab, "/short").await.is_ok());
        assert!(start.elapsed() >= Duration::from_millis(50));
        let address = lab.info().arm.trim_start_matches("http://").to_owned();
        let mut stuck = tokio::net::TcpStream::connect(address).await.unwrap();
        stuck.write_all(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        while lab.requests().records().len() < 2 {
            tokio::task::yield_now().await;
        }
        tokio::time::timeout(Duration::from_secs(30), lab.stop())
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn a_held_request_waits_for_its_release() {
        let lab = lab_with(json!({"service":"arm","kind":"hold"})).await;
        let mut waiting = Box::pin(get(&lab, "/x"));
        tokio::select! {
            _ = &mut waiting => panic!("the request was not held"),
            () = lab.faults().wait_for_held(|held| held == 1) => {}
        }
        assert_eq!(logged(&lab), [(None, Some("hold"))]);
        assert_eq!(lab.faults().release(), 1);
        let answer = waiting.await.unwrap();
        assert_eq!(logged(&lab), [(Some(answer.status().as_u16()), Some("hold"))]);
        assert_eq!(lab.faults().held(), 0);
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn the_end_releases_what_is_held() {
        let lab = lab_with(json!({"service":"arm","kind":"hold"})).await;
        let waiting = tokio::spawn(client().get(&lab.info().arm).send());
        lab.faults().wait_for_held(|held| held == 1).await;
        lab.stop().await.unwrap();
        assert!(waiting.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_held_client_that_goes_away_is_forgotten() {
        let lab = lab_with(json!({"service":"arm","kind":"hold"})).await;
        let mut waiting = Box::pin(get(&lab, "/x"));
        tokio::select! {
            _ = &mut waiting => panic!("the request was not held"),
            () = lab.faults().wait_for_held(|held| held == 1) => {}
        }
        drop(waiting);
        tokio::time::timeout(Duration::from_secs(30), lab.faults().wait_for_held(|held| held == 0))
            .await
            .unwrap();
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_lost_saved_search_was_never_stored() {
        let lab = lab_with(json!({"service":"arm","path":"/savedSearches/lost","kind":"lose"})).await;
        let url = |name: &str| {
            format!(
                "{}/subscriptions/s/resourceGroups/g/savedSearches/{name}",
                lab.info().arm
            )
        };
        let put = |name: &str| client().put(url(name)).body(r#"{"properties":{"query":"T"}}"#).send();
        let answer = put("lost").await.unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["name"], &body["properties"]["query"]),
            (&json!("lost"), &json!("T"))
        );
        // The handler wants a token, so what reaches it without one cannot succeed.
        assert!(!put("other").await.unwrap().status().is_success());
        assert!(!client().get(url("lost")).send().await.unwrap().status().is_success());
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn answers_carry_lab_time() {
        let lab = small_lab(LabConfig::default()).await;
        lab.clock().advance(10 * 24 * 60 * 60).unwrap();
        let answer = get(&lab, "/x").await.unwrap();
        let date = DateTime::parse_from_rfc2822(answer.headers()["date"].to_str().unwrap()).unwrap();
        assert!(date.to_utc() > Utc::now() + chrono::TimeDelta::days(9));
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn each_service_is_logged_under_its_name() {
        let lab = small_lab(LabConfig::default()).await;
        let info = lab.info();
        for url in [&info.authority, &info.arm, &info.query, &info.graph, &info.ingestion] {
            client().get(format!("{url}/x?api-version=1")).send().await.unwrap();
        }
        let services: Vec<_> = lab
            .requests()
            .records()
            .into_iter()
            .map(|record| record.service)
            .collect();
        assert_eq!(
            services,
            [
                Service::Entra,
                Service::Arm,
                Service::Query,
                Service::Graph,
                Service::Ingestion
            ]
        );
        lab.stop().await.unwrap();
    }

    #[test]
    fn a_lost_saved_search_is_answered_like_a_stored_one() {
        let put = request(
            "PUT",
            "/subscriptions/s/w/savedSearches/a%20b",
            r#"{"etag":"*","properties":{"query":"T"}}"#,
        );
        let answer = stored_answer(&put, "2026-11-22T01:02:03Z".parse().unwrap()).unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(body["id"], "/subscriptions/s/w/savedSearches/a b");
        assert_eq!(body["name"], "a b");
        assert_eq!(body["properties"]["query"], "T");
        assert_eq!(body["etag"], "W/\"datetime'2026-11-22T01%3A02%3A03.000000Z'\"");
        assert!(stored_answer(&request("PUT", "/w/savedSearches/x", "[]"), Utc::now()).is_none());
    }

    #[test]
    fn the_date_is_lab_time_and_the_handlers_own_date_stays() {
        let mut response = Response::empty(200);
        put_date(&mut response, "2026-11-02T01:02:03Z".parse().unwrap());
        assert_eq!(response.headers["date"], "Mon, 02 Nov 2026 01:02:03 GMT");
        put_date(&mut response, "2027-11-02T01:02:03Z".parse().unwrap());
        assert_eq!(response.headers["date"], "Mon, 02 Nov 2026 01:02:03 GMT");
    }
}
