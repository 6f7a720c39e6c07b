//! Work that Azure takes its time over: sent when the resource is free, polled to its end, read back.
//!
//! Resource Manager answers 201 or 202 with the address of the operation's status (`Azure-AsyncOperation`) or else of its
//! result (`Location`), and says in `Retry-After` when to look again (Microsoft: "Track asynchronous Azure operations"). The
//! resource counts when its own `provisioningState` says so. Whoever drops the future stops the waiting; Azure goes on by itself,
//! and the same call finds later what has become of it.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::Value;

use crate::model::plan::Progress;
use crate::model::{Failure, Problem, Result};

use super::client::{Azure, Call};
use super::error::{AzureError, by_code, field, is_absent, words};
use super::http::Reply;

/// The waiting for one piece of work.
pub(super) struct Waiting<'a> {
    azure: &'a Azure,
    what: &'a str,
    started: Instant,
    patience: Duration,
}

impl Waiting<'_> {
    /// The same with another patience.
    pub(super) fn at_most(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Waits before the next try, as long as Azure asks for. What it asks for beyond patience is not waited.
    ///
    /// # Errors
    /// [`Problem::ResourceBusy`] when patience is at its end.
    pub(super) async fn once(&self, asked: Option<Duration>) -> Result<()> {
        let wait = asked.filter(|asked| !asked.is_zero());
        let wait = wait.unwrap_or(self.azure.patience().poll);
        if self.started.elapsed().saturating_add(wait) > self.patience {
            let what = self.what.to_owned();
            return Err(Problem::ResourceBusy { what }.into());
        }
        self.azure.hear(Progress::Provisioning {
            what: self.what.to_owned(),
            seconds: self.started.elapsed().as_secs(),
        });
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Waits before the next look at work under way: at most a minute, for Azure's guess how long it takes is rough, and
    /// somebody is waiting.
    async fn before_next_look(&self, reply: &Reply) -> Result<()> {
        const LONGEST: Duration = Duration::from_secs(60);
        self.once(reply.retry_after().map(|asked| asked.min(LONGEST))).await
    }
}

/// Where to look how far an operation is.
enum Monitor {
    /// Its status: 200 with `status` and `error`.
    Status(String),
    /// Its result: 202 while it runs.
    Result(String),
}

impl Monitor {
    fn of(reply: &Reply) -> Option<Self> {
        if !matches!(reply.status.as_u16(), 201 | 202) {
            return None;
        }
        let link = |name| Some(reply.header(name).trim().to_owned()).filter(|link| !link.is_empty());
        link("azure-asyncoperation")
            .map(Self::Status)
            .or_else(|| link("location").map(Self::Result))
    }
}

impl Azure {
    /// Waits for `what`, as long as is usual for such work.
    pub(super) fn waiting<'a>(&'a self, what: &'a str) -> Waiting<'a> {
        Waiting {
            azure: self,
            what,
            started: Instant::now(),
            patience: self.patience().provisioning,
        }
    }

    /// Makes or changes a resource and returns it as it stands when Azure is done with it.
    ///
    /// # Errors
    /// [`Problem::OperationFailed`] with Azure's words; [`Problem::ResourceBusy`] when it takes too long or stays locked;
    /// [`Problem::ForeignLink`]; what Azure refuses.
    pub(super) async fn make(&self, put: &Call, what: &str) -> Result<Reply> {
        let waiting = self.waiting(what);
        let reply = self.when_free(put, &waiting).await?;
        if !reply.status.is_success() {
            return Err(self.refused(&reply, put));
        }
        self.finish(put, &reply, &waiting).await?;
        let get = reading(put, put.url.clone());
        self.provisioned(&get, &waiting).await
    }

    /// Sends a call that deletes, and waits until Azure is done. Returns the first answer, whatever its status.
    ///
    /// # Errors
    /// As [`Azure::make`], but for what the answer itself refuses.
    pub(super) async fn unmake(&self, delete: &Call, what: &str) -> Result<Reply> {
        let waiting = self.waiting(what);
        let reply = self.when_free(delete, &waiting).await?;
        if reply.status.is_success() {
            self.finish(delete, &reply, &waiting).await?;
        }
        Ok(reply)
    }

    /// What the answer to a deletion says: whether there was something to delete.
    ///
    /// # Errors
    /// What Azure refuses.
    pub(super) fn was_there(&self, reply: &Reply, call: &Call, parent: &str) -> Result<bool> {
        match reply.status.as_u16() {
            // The answer to an earlier try was lost: most likely that one deleted it.
            204 => Ok(reply.tries > 1),
            _ if reply.status.is_success() => Ok(true),
            _ if is_absent(reply, parent) => Ok(reply.tries > 1),
            _ => Err(self.refused(reply, call)),
        }
    }

    /// Sends a call; again and again while Azure says that the resource is being worked on.
    async fn when_free(&self, call: &Call, waiting: &Waiting<'_>) -> Result<Reply> {
        loop {
            let reply = self.call(call).await?;
            // Other 409s have a meaning of their own, which waiting does not change: a lock, a provider not registered.
            let is_busy =
                reply.status == 409 && matches!(self.refused(&reply, call).problem(), Problem::AzureRefused { .. });
            if !is_busy {
                return Ok(reply);
            }
            waiting
                .once(reply.retry_after())
                .await
                .map_err(|ended| self.refused(&reply, call).instead(ended.problem().clone()))?;
        }
    }

    /// Waits until the operation that `reply` has begun is over.
    async fn finish(&self, call: &Call, reply: &Reply, waiting: &Waiting<'_>) -> Result<()> {
        let Some(monitor) = Monitor::of(reply) else {
            return Ok(());
        };
        let (Monitor::Status(link) | Monitor::Result(link)) = &monitor;
        let arm = &self.environment().arm;
        if !arm.same_origin(link) {
            return Err(reply.with_facts(Problem::ForeignLink {
                host: reply.host.clone(),
                link: words(link),
            }));
        }
        let look = reading(call, link.clone());
        waiting.before_next_look(reply).await?;
        loop {
            let seen = self.answer(&look).await?;
            let is_over = match monitor {
                Monitor::Status(_) => is_over(&seen, call, waiting.what)?,
                Monitor::Result(_) => seen.status != 202,
            };
            if is_over {
                return Ok(());
            }
            waiting.before_next_look(&seen).await?;
        }
    }

    /// Reads a resource until it is not being worked on any more.
    async fn provisioned(&self, get: &Call, waiting: &Waiting<'_>) -> Result<Reply> {
        loop {
            let reply = self.call(get).await?;
            let refused = (!reply.status.is_success()).then(|| self.refused(&reply, get));
            let json = match &refused {
                None => reply.json("a resource")?,
                // What was made just now is not seen at once everywhere.
                Some(failure) if matches!(failure.problem(), Problem::ResourceNotFound { .. }) => Value::Null,
                Some(failure) => return Err(failure.clone()),
            };
            let state = json
                .get("properties")
                .and_then(|properties| field(properties, "provisioningState"));
            match state.and_then(Value::as_str) {
                None if refused.is_none() => return Ok(reply),
                Some(state) if is(state, &["Succeeded"]) => return Ok(reply),
                Some(state) if is(state, &FAILED) => return Err(failed(&reply, state, &json, get, waiting.what)),
                _ => waiting
                    .before_next_look(&reply)
                    .await
                    .map_err(|ended| refused.unwrap_or(ended))?,
            }
        }
    }
}

/// How work ends badly.
const FAILED: [&str; 2] = ["Failed", "Canceled"];

fn is(state: &str, any: &[&str]) -> bool {
    any.iter().any(|word| state.eq_ignore_ascii_case(word))
}

/// A GET in the name of another call.
fn reading(call: &Call, url: String) -> Call {
    Call {
        service: call.service,
        method: Method::GET,
        url,
        body: None,
        doing: call.doing,
        operation: call.operation,
        scope: call.scope.clone(),
    }
}

fn is_over(seen: &Reply, call: &Call, what: &str) -> Result<bool> {
    const EXPECTED: &str = "the status of an operation";
    let json = seen.json(EXPECTED)?;
    let status = field(&json, "status")
        .and_then(Value::as_str)
        .ok_or_else(|| seen.not_understood(EXPECTED))?;
    if is(status, &FAILED) {
        return Err(failed(seen, status, &json, call, what));
    }
    Ok(is(status, &["Succeeded"]))
}

/// A code that has a problem of its own keeps it: a policy forbids also what was accepted at first.
fn failed(reply: &Reply, status: &str, json: &Value, call: &Call, what: &str) -> Failure {
    let error = field(json, "error").and_then(AzureError::from_json).unwrap_or_default();
    let said = Some(error.best_message()).filter(|words| !words.is_empty());
    let problem = by_code(&error, call).unwrap_or_else(|| Problem::OperationFailed {
        what: what.to_owned(),
        status: words(status),
        message: said.unwrap_or("it gives no reason").to_owned(),
    });
    reply
        .with_facts(problem)
        .with("Error code", error.code)
        .with("Message", error.message)
        .with("Call", call.doing)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::azure::patience::Patience;
    use crate::azure::testing::{Answer, Server, error, signed_in, signed_in_with};

    const THING: &str = "/subscriptions/s/things/t";
    const STATUS: &str = "/operations/1";
    const RESULT: &str = "/results/1";

    fn put(azure: &Azure) -> Call {
        let mut call = azure.arm(THING, "2023-01-01", "making a thing", "things/write");
        call.method = Method::PUT;
        call
    }

    fn thing(state: &str) -> Answer {
        Answer::json(200, &json!({"properties": {"provisioningState": state}}))
    }

    fn accepted(server: &Server, status: u16, links: &[(&str, &str)]) -> Answer {
        let links: Vec<(&str, String)> = links
            .iter()
            .map(|(name, path)| (*name, format!("{}{path}?api-version=1&t=long", server.url())))
            .collect();
        let headers: Vec<(&str, &str)> = links.iter().map(|(name, link)| (*name, link.as_str())).collect();
        Answer::with_headers(status, &headers, "")
    }

    fn status(status: &str) -> Answer {
        Answer::json(
            200,
            &json!({"status": status, "error": {"code": "Broken", "message": "No room."}}),
        )
    }

    async fn make(azure: &Azure) -> Result<Reply> {
        azure.make(&put(azure), "the thing").await
    }

    fn paths(server: &Server) -> Vec<String> {
        server
            .seen()
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }

    #[tokio::test]
    async fn the_status_of_the_operation_is_looked_at_first() {
        for first in [201, 202] {
            let (server, azure) = signed_in().await;
            let links = [("Azure-AsyncOperation", STATUS), ("Location", RESULT)];
            server.on("PUT", THING, [accepted(&server, first, &links)]);
            server.on(
                "GET",
                STATUS,
                [status("InProgress"), status("Running"), status("Succeeded")],
            );
            server.on("GET", THING, [thing("Succeeded")]);
            assert!(make(&azure).await.is_ok());
            let looked = format!("GET {STATUS}");
            assert_eq!(
                paths(&server),
                [
                    "PUT /subscriptions/s/things/t",
                    &looked,
                    &looked,
                    &looked,
                    &format!("GET {THING}")
                ]
            );
            assert_eq!(
                server.seen_at(STATUS)[0].query,
                "api-version=1&t=long",
                "the link is followed as it is"
            );
        }
    }

    #[tokio::test]
    async fn else_its_result() {
        for over in [200, 204] {
            let (server, azure) = signed_in().await;
            server.on("PUT", THING, [accepted(&server, 202, &[("Location", RESULT)])]);
            server.on(
                "GET",
                RESULT,
                [Answer::text(202, ""), Answer::text(202, ""), Answer::text(over, "")],
            );
            server.on("GET", THING, [thing("Updating"), thing("Succeeded")]);
            assert!(make(&azure).await.is_ok());
            assert_eq!((server.seen_at(RESULT).len(), server.seen_at(THING).len()), (3, 3));
        }
    }

    #[tokio::test]
    async fn a_bad_end_has_azures_words() {
        for state in ["Failed", "Canceled"] {
            let (server, azure) = signed_in().await;
            server.on(
                "PUT",
                THING,
                [accepted(&server, 202, &[("Azure-AsyncOperation", STATUS)])],
            );
            server.on("GET", STATUS, [status(state)]);
            let wanted = Problem::OperationFailed {
                what: "the thing".to_owned(),
                status: state.to_owned(),
                message: "No room.".to_owned(),
            };
            assert_eq!(*make(&azure).await.err().unwrap().problem(), wanted);

            server.on("PUT", THING, [Answer::text(200, "")]);
            server.on("GET", THING, [thing("Creating"), thing(state)]);
            let failure = make(&azure).await.err().unwrap();
            assert!(matches!(failure.problem(), Problem::OperationFailed { status, .. } if status == state));
        }
    }

    #[tokio::test]
    async fn a_refusal_on_the_way_keeps_its_meaning() {
        let (server, azure) = signed_in().await;
        server.on(
            "PUT",
            THING,
            [accepted(&server, 202, &[("Azure-AsyncOperation", STATUS)])],
        );
        let policy = json!({"status": "Failed", "error": {"code": "RequestDisallowedByPolicy", "message": "No."}});
        for (answer, wanted) in [
            (Answer::json(200, &policy), "policy_forbids"),
            (error(403, "AuthorizationFailed"), "not_allowed"),
            (Answer::text(200, "<html>"), "not_understood"),
            (Answer::json(200, &json!({})), "not_understood"),
        ] {
            server.on("GET", STATUS, [answer]);
            assert_eq!(make(&azure).await.err().unwrap().problem().code(), wanted);
        }
    }

    #[tokio::test]
    async fn a_token_does_not_follow_a_foreign_link() {
        let (other, _) = signed_in().await;
        for name in ["Azure-AsyncOperation", "Location"] {
            let (server, azure) = signed_in().await;
            server.on("PUT", THING, [accepted(&other, 202, &[(name, STATUS)])]);
            assert_eq!(make(&azure).await.err().unwrap().problem().code(), "foreign_link");
            assert_eq!(server.seen().len(), 1);
        }
        assert!(other.seen().is_empty());
    }

    #[tokio::test]
    async fn patience_ends_and_says_so() {
        let patience = Patience {
            provisioning: Duration::from_millis(50),
            ..Patience::hasty()
        };
        let busy = "resource_busy";
        for (first, then, wanted) in [
            (error(409, "Conflict"), thing("Succeeded"), busy),
            (Answer::text(200, ""), thing("Updating"), busy),
            (
                Answer::text(200, ""),
                error(404, "ResourceNotFound"),
                "resource_not_found",
            ),
        ] {
            let (server, azure) = signed_in_with(patience).await;
            server.on("PUT", THING, [first]);
            server.on("GET", THING, [then]);
            let failure = make(&azure).await.err().unwrap();
            assert_eq!(failure.problem().code(), wanted);
            assert!(server.seen().len() > 2, "it was tried for a while");
        }
    }

    #[tokio::test]
    async fn tells_that_azure_is_at_work() {
        let (server, azure) = signed_in().await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let azure = azure.with_observer(Arc::new(move |progress| hears.lock().unwrap().push(progress)));
        server.on("PUT", THING, [Answer::text(200, "")]);
        server.on("GET", THING, [thing("Creating"), thing("Succeeded")]);
        make(&azure).await.ok().unwrap();
        let what = "the thing".to_owned();
        assert_eq!(*heard.lock().unwrap(), [Progress::Provisioning { what, seconds: 0 }]);
    }

    #[tokio::test]
    async fn what_is_deleted_is_waited_for_too() {
        let (server, azure) = signed_in().await;
        let mut delete = put(&azure);
        delete.method = Method::DELETE;
        server.on(
            "DELETE",
            THING,
            [error(409, "Busy"), accepted(&server, 202, &[("Location", RESULT)])],
        );
        server.on("GET", RESULT, [Answer::text(202, ""), Answer::text(204, "")]);
        let reply = azure.unmake(&delete, "the thing").await.ok().unwrap();
        assert!(azure.was_there(&reply, &delete, "").unwrap());
        assert_eq!(server.seen_at(RESULT).len(), 2);
    }

    #[tokio::test]
    async fn waits_as_azure_says_within_bounds() {
        let patience = Patience {
            provisioning: Duration::from_secs(30),
            ..Patience::hasty()
        };
        let (server, azure) = signed_in_with(patience).await;
        // Longer than anybody is ready to wait: it ends at once, whatever asks for it.
        let later = |status| Answer::with_headers(status, &[("Retry-After", "3600")], "");
        server.on("PUT", THING, [later(409)]);
        assert_eq!(make(&azure).await.err().unwrap().problem().code(), "resource_busy");
        server.on("PUT", THING, [later(200)]);
        server.on("GET", THING, [later(404)]);
        assert_eq!(make(&azure).await.err().unwrap().problem().code(), "resource_not_found");
        // No look comes sooner than it is asked for, and 0 is no answer.
        let waiting = azure.waiting("the thing");
        let started = Instant::now();
        waiting.once(Some(Duration::from_millis(20))).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(20));
        assert!(waiting.once(Some(Duration::ZERO)).await.is_ok());
        assert!(waiting.once(Some(Duration::from_secs(31))).await.is_err());
    }
}
