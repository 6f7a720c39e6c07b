//! A line that a person types.

use std::str::FromStr;

use crate::model::Invalid;

/// A line of text, and whether its mistakes may be pointed out already: not while a person is still typing for the first time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextField {
    /// What stands in it; edited in place.
    pub text: String,
    /// The person has been there and has left, or has tried to go on.
    pub settled: bool,
}

impl TextField {
    /// A field that holds a text already.
    pub fn holding(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            settled: false,
        }
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// What it holds, as the type it stands for.
    ///
    /// # Errors
    /// The type's own [`Invalid`].
    pub fn parse<T: FromStr<Err = Invalid>>(&self) -> Result<T, Invalid> {
        self.text.trim().parse()
    }

    /// What is wrong with it, once that may be said.
    pub fn mistake<T: FromStr<Err = Invalid>>(&self) -> Option<Invalid> {
        if self.settled { self.parse::<T>().err() } else { None }
    }
}
