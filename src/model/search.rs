//! Looking for words in the texts of many rows, fast enough for every key that is pressed.

use memchr::memmem::Finder;

/// A text as it is compared: without regard to case, in any script. Every sigma is the same one, and the dot that is left of a
/// Turkish İ does not count.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.chars().flat_map(char::to_lowercase).filter(|c| *c != '\u{307}');
    lower.map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// The texts of all rows in one piece, so that a word is looked for in all of them at the speed of memory. (Looking row by row
/// costs the same for every row, however short it is: 100,000 times over, that is most of the work.)
#[derive(Default)]
pub struct Texts {
    all: String,
    /// Where each row's text ends in `all`.
    ends: Vec<usize>,
}

impl Texts {
    /// Of these rows, each [`folded`] already.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts = Self::default();
        for row in rows {
            texts.all.push_str(row);
            texts.all.push('\n'); // a word holds no blank, so it is never found across two rows
            texts.ends.push(texts.all.len());
        }
        texts
    }

    /// The rows in whose text each of these words stands.
    pub fn rows_with(&self, words: &[&str]) -> Vec<u32> {
        let mut words: Vec<Finder<'_>> = words.iter().map(Finder::new).collect();
        words.sort_by_key(|word| word.needle().len());
        let Some(longest) = words.pop() else {
            return (0u32..).zip(&self.ends).map(|(row, _)| row).collect();
        };
        let (bytes, mut from, mut found) = (self.all.as_bytes(), 0, Vec::new());
        let mut rows = (0u32..).zip(&self.ends).peekable();
        while let Some(at) = bytes.get(from..).and_then(|rest| longest.find(rest)) {
            let (at, mut start) = (from + at, from);
            while let Some((_, end)) = rows.next_if(|(_, end)| **end <= at) {
                start = *end;
            }
            let Some((row, end)) = rows.next() else { break };
            let text = bytes.get(start..*end).unwrap_or_default();
            if words.iter().all(|word| word.find(text).is_some()) {
                found.push(row);
            }
            from = *end;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_is_folded_in_any_script() {
        for (name, typed) in [
            ("GRÖSSE Servers", "größe".to_uppercase().as_str()),
            ("ΟΔΟΣ", "οδος"),
            ("Οδος", "ΟΔΟΣ"),
            ("İSTANBUL", "istanbul"),
            ("Москва", "МОСКВА"),
            ("東京 Ａ", "東京 ａ"),
        ] {
            assert!(folded(name).contains(&folded(typed)), "{name} {typed}");
        }
    }

    #[test]
    fn nothing_is_found_across_rows() {
        let texts = Texts::of(["alpha", "", "beta gamma", "alphabet"]);
        assert_eq!(texts.rows_with(&[]), [0, 1, 2, 3]);
        assert_eq!(texts.rows_with(&["alpha"]), [0, 3]);
        assert_eq!(texts.rows_with(&["a"]), [0, 2, 3]);
        assert_eq!(texts.rows_with(&["bet", "alph"]), [3]);
        assert_eq!(texts.rows_with(&["aa"]), [0u32; 0]);
        assert!(Texts::default().rows_with(&["a"]).is_empty());
    }

    proptest! {
        /// As the plain way does it: row by row.
        #[test]
        fn finds_what_the_plain_way_finds(
            rows in prop::collection::vec("[abö ]{0,6}", 0..30),
            words in prop::collection::vec("[abö]{1,2}", 0..4),
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let plain: Vec<u32> = (0u32..)
                .zip(&rows)
                .filter(|(_, row)| words.iter().all(|word| row.contains(word)))
                .map(|(at, _)| at)
                .collect();
            prop_assert_eq!(Texts::of(rows.iter().map(String::as_str)).rows_with(&words), plain);
        }
    }
}
