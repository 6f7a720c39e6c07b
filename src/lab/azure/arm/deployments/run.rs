//! Taking the steps of deployments.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::super::super::tokens::Caller;
use super::super::error::ArmError;
use super::super::path::Target;
use super::super::template::Planned;
use super::super::{Call, versions};
use super::state::{Deployment, Step, StepState};
use crate::lab::http::{Request, Response};

impl Call<'_> {
    /// Lets every deployment go as far as it can now.
    pub(in super::super) fn continue_deployments(&mut self) {
        loop {
            let running = self.state.deployments.iter().filter(|(_, one)| one.ended.is_none());
            let keys: Vec<String> = running.map(|(key, _)| key.clone()).collect();
            let mut moved = false;
            for key in keys {
                moved |= self.continue_deployment(&key);
            }
            if !moved {
                return;
            }
        }
    }

    /// Lets one deployment take every step that it can take now; whether there was any.
    fn continue_deployment(&mut self, key: &str) -> bool {
        let Some(mut deployment) = self.state.deployments.remove(key) else {
            return false;
        };
        let mut moved = false;
        for place in 0..deployment.steps.len() {
            moved |= self.take_step(&mut deployment, place);
        }
        let over = |step: &Step| matches!(step.state, StepState::Done | StepState::Failed(_));
        let failed = |step: &Step| matches!(step.state, StepState::Failed(_));
        let running = |step: &Step| matches!(step.state, StepState::Running(_));
        let stopped = deployment.steps.iter().any(failed) && !deployment.steps.iter().any(running);
        if stopped || deployment.steps.iter().all(over) {
            deployment.ended = Some(self.now);
            moved = true;
        }
        self.state.deployments.insert(key.to_owned(), deployment);
        moved
    }

    /// Begins a resource whose turn it is, or looks how far it is.
    fn take_step(&mut self, deployment: &mut Deployment, place: usize) -> bool {
        let failed = deployment
            .steps
            .iter()
            .any(|step| matches!(step.state, StepState::Failed(_)));
        let Some(step) = deployment.steps.get(place) else {
            return false;
        };
        let done = |before: &usize| {
            let before = deployment.steps.get(*before);
            before.is_some_and(|before| matches!(before.state, StepState::Done))
        };
        let (answer, state) = match &step.state {
            StepState::Waiting if !failed && step.planned.after.iter().all(done) => {
                let planned = &step.planned;
                let answer = self.write_as(&deployment.caller, planned);
                let state = begun(&answer);
                (answer, state)
            }
            StepState::Running(poll) => match self.poll_as(&deployment.caller, poll) {
                (answer, Some(state)) => (answer, state),
                (_, None) => return false,
            },
            _ => return false,
        };
        if let Some(step) = deployment.steps.get_mut(place) {
            step.status = answer.status;
            step.state = state;
        }
        true
    }

    /// Writes a resource as somebody.
    fn write_as(&mut self, caller: &Caller, planned: &Planned) -> Response {
        let body = planned.body.to_string();
        self.ask_as(
            caller,
            Method::PUT,
            &planned.id,
            &format!("api-version={}", planned.version),
            &body,
        )
    }

    /// Looks how far a resource is; `None` while it runs.
    fn poll_as(&mut self, caller: &Caller, poll: &str) -> (Response, Option<StepState>) {
        let (path, query) = poll.split_once('?').unwrap_or((poll, ""));
        let answer = self.ask_as(caller, Method::GET, path, query, "");
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let state = match (answer.status, body.get("status").and_then(Value::as_str)) {
            (400.., _) => Some(StepState::Failed(error_of(&answer))),
            (202, _) | (200, Some("InProgress" | "Running" | "Accepted")) => None,
            (200, Some("Failed" | "Canceled")) => {
                let error = body.get("error").cloned().unwrap_or_default();
                Some(StepState::Failed(error))
            }
            _ => Some(StepState::Done),
        };
        (answer, state)
    }

    /// One request within this one, as somebody; their rights are checked as always.
    fn ask_as(&mut self, caller: &Caller, method: Method, path: &str, query: &str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let request = Request {
            method,
            path: path.replace('%', "%25"),
            query: Some(query.to_owned()),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let mut call = Call {
            state: &mut *self.state,
            request: &request,
            base: self.base,
            ingestion: self.ingestion,
            caller: caller.clone(),
            now: self.now,
        };
        call.answer_within().unwrap_or_else(|error| error.response())
    }

    fn answer_within(&mut self) -> Result<Response, ArmError> {
        let version = self.version();
        let target = Target::parse(&self.request.segments(), &version)?;
        versions::check(&target, Some(&version))?;
        self.enter(&target)?;
        self.dispatch(&target)
    }
}

/// Where a resource is after the answer to its PUT.
fn begun(answer: &Response) -> StepState {
    if answer.status >= 400 {
        return StepState::Failed(error_of(answer));
    }
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    match header("azure-asyncoperation").or_else(|| header("location")) {
        // What stands before the path is the lab's own address.
        Some(url) => {
            let path = url.splitn(4, '/').nth(3).unwrap_or_default();
            StepState::Running(format!("/{path}"))
        }
        None => StepState::Done,
    }
}

/// The error in an answer.
fn error_of(answer: &Response) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.get("error").cloned().unwrap_or_default()
}
