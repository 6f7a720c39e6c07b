//! What becomes of an answer's body while it arrives.

use std::marker::PhantomData;

use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::connection::{Answer, Broken};
use crate::model::Failure;

/// Takes a body piece by piece.
pub(super) trait Intake: Send {
    type Output;
    type Error: From<Broken>;

    /// A body begins. What came of one before it, which broke off, is void.
    fn begin(&mut self, status: u16, headers: &HeaderMap);

    fn take(&mut self, data: &[u8]) -> Result<(), Self::Error>;

    /// The body has ended as HTTP has it, which is not yet the end of what stands in it.
    fn end(&mut self) -> Result<Self::Output, Self::Error>;
}

/// Why nothing came of a body.
#[derive(Debug)]
pub(super) enum Unread {
    Broken(Broken),
    /// It is no JSON, or not what was asked for.
    Json(serde_json::Error),
    /// What takes the rows stops the reading.
    Stopped(Failure),
}

impl From<Broken> for Unread {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Keeps the whole body: for what is small.
#[derive(Debug)]
pub(super) struct Whole {
    /// Bytes.
    largest: usize,
    answer: Answer,
}

impl Whole {
    pub(super) fn of_at_most(largest: usize) -> Self {
        Self {
            largest,
            answer: Answer::default(),
        }
    }
}

impl Intake for Whole {
    type Output = Answer;
    type Error = Broken;

    fn begin(&mut self, status: u16, headers: &HeaderMap) {
        self.answer = Answer {
            status,
            headers: headers.clone(),
            body: Vec::new(),
        };
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Broken> {
        if self.answer.body.len() + data.len() > self.largest {
            return Err(Broken::TooLarge);
        }
        self.answer.body.extend_from_slice(data);
        Ok(())
    }

    fn end(&mut self) -> Result<Answer, Broken> {
        Ok(std::mem::take(&mut self.answer))
    }
}

/// One value in JSON, decoded when it is there as a whole.
pub(super) struct Json<T> {
    whole: Whole,
    value: PhantomData<fn() -> T>,
}

impl<T> Json<T> {
    pub(super) fn of_at_most(largest: usize) -> Self {
        Self {
            whole: Whole::of_at_most(largest),
            value: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Intake for Json<T> {
    type Output = T;
    type Error = Unread;

    fn begin(&mut self, status: u16, headers: &HeaderMap) {
        self.whole.begin(status, headers);
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Unread> {
        Ok(self.whole.take(data)?)
    }

    fn end(&mut self) -> Result<T, Unread> {
        Ok(serde_json::from_slice(&self.whole.end()?.body)?)
    }
}
