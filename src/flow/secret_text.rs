//! A secret that a person is typing: wiped when it goes, never printed, never copied by accident.

use zeroize::{Zeroize, Zeroizing};

use crate::model::{Invalid, SecretKey, SitePassword};

/// Room made beforehand, so that typing does not move the text about in memory: longer than any secret we know of.
const ROOM: usize = 1024;

/// A line of secret text. Positions are counted in characters.
pub struct SecretText(Zeroizing<String>);

impl Default for SecretText {
    fn default() -> Self {
        Self(Zeroizing::new(String::with_capacity(ROOM)))
    }
}

impl SecretText {
    /// One that holds a text.
    pub fn holding(text: &str) -> Self {
        let mut secret = Self::default();
        secret.insert(text, 0);
        secret
    }

    /// The text itself, for the widget that draws it and for parsing.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Puts text in. Answers how many characters were put in.
    pub fn insert(&mut self, text: &str, at: usize) -> usize {
        let at = self.byte(at);
        if self.0.len() + text.len() > self.0.capacity() {
            // Growing in place would leave the old text behind unwiped.
            let mut larger = Zeroizing::new(String::with_capacity(2 * (self.0.len() + text.len())));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.insert_str(at, text);
        text.chars().count()
    }

    /// Takes a range of characters out.
    pub fn delete(&mut self, characters: std::ops::Range<usize>) {
        let (start, end) = (self.byte(characters.start), self.byte(characters.end));
        if start < end {
            self.0.drain(start..end);
        }
    }

    /// Wipes it.
    pub fn clear(&mut self) {
        self.0.zeroize();
    }

    /// As a secret key.
    ///
    /// # Errors
    /// [`SecretKey::parse`]'s.
    pub fn key(&self) -> Result<SecretKey, Invalid> {
        SecretKey::parse(&self.0)
    }

    /// As a site account's password.
    ///
    /// # Errors
    /// [`SitePassword::parse`]'s.
    pub fn password(&self) -> Result<SitePassword, Invalid> {
        SitePassword::parse(&self.0)
    }

    fn byte(&self, character: usize) -> usize {
        self.0
            .char_indices()
            .nth(character)
            .map_or(self.0.len(), |(byte, _)| byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_by_characters() {
        let mut secret = SecretText::holding("grün");
        assert_eq!(secret.insert("ä~", 3), 2);
        assert_eq!(secret.expose(), "grüä~n");
        secret.delete(2..4);
        assert_eq!(secret.expose(), "gr~n");
        secret.delete(3..99);
        assert_eq!(secret.expose(), "gr~");
        #[expect(clippy::reversed_empty_ranges, reason = "a selection that was dragged to the left")]
        secret.delete(2..1);
        assert_eq!(secret.expose(), "gr~");
        secret.clear();
        assert!(secret.is_blank());
    }

    #[test]
    fn holds_more_than_it_made_room_for() {
        let mut secret = SecretText::default();
        let long = "x".repeat(ROOM);
        secret.insert(&long, 0);
        secret.insert("end", ROOM);
        assert_eq!(secret.expose().len(), ROOM + 3);
    }
}
