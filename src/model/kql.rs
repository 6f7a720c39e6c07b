//! String literals of KQL. Every name from outside that goes into a query text goes through [`quoted`].

use std::fmt::Write as _;

/// A KQL string literal. Whatever the text holds, it cannot end the literal: quotes and backslashes are escaped, and so is
/// everything that ends a line, which a literal may not hold.
pub fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(character);
            }
            c if c.is_control() || is_line_end(c) => {
                // Writing into a String cannot fail.
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// The two line ends of Unicode that are no control characters; the language takes them for line ends all the same.
pub(super) const fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Reads back a literal that [`quoted`] wrote at the start of a text.
pub fn unquoted(text: &str) -> Option<String> {
    literal(text).map(|(read, _)| read)
}

/// Reads back literals with commas between them, up to the first bracket after one; `None` for anything else.
pub fn unquoted_list(text: &str) -> Option<Vec<String>> {
    let mut list = Vec::new();
    let mut rest = text;
    if rest.starts_with(']') {
        return Some(list);
    }
    loop {
        let (read, after) = literal(rest)?;
        list.push(read);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.starts_with(']').then_some(list),
        }
    }
}

/// A literal at the start of a text, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut read = String::new();
    loop {
        match characters.next()? {
            '"' => return Some((read, characters.as_str())),
            '\\' => match characters.next()? {
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    read.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                escaped => read.push(escaped),
            },
            other => read.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A literal as the language reads it, by its published grammar: ends at the first quote without a backslash before it,
    /// and may not hold a line end. Answers what it holds and what follows it.
    fn lexed(text: &str) -> Option<(String, &str)> {
        let mut characters = text.strip_prefix('"')?.char_indices();
        let mut held = String::new();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => return Some((held, text.get(at + 2..)?)),
                '\r' | '\n' | '\u{2028}' | '\u{2029}' => return None,
                '\\' => match characters.next()?.1 {
                    'u' => {
                        let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                        held.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                    }
                    escaped @ ('"' | '\\' | '\'') => held.push(escaped),
                    _ => return None,
                },
                other => held.push(other),
            }
        }
        None
    }

    /// Any characters, and often those that could break out.
    fn nasty() -> impl Strategy<Value = String> {
        let characters = prop_oneof![
            prop::sample::select(vec![
                '"', '\\', '\'', '\n', '\r', '\0', '\u{85}', '\u{2028}', '\u{2029}', '`', '/', ']', ',', 'u', '東',
                '\u{202e}',
            ]),
            any::<char>(),
        ];
        prop::collection::vec(characters, 0..40).prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn no_name_breaks_out_of_its_string(name in nasty(), behind in nasty()) {
            let text = format!("{}{behind}", quoted(&name));
            prop_assert_eq!(lexed(&text), Some((name.clone(), behind.as_str())));
            prop_assert_eq!(unquoted(&text), Some(name));
        }
    }

    #[test]
    fn what_is_no_literal_is_not_read() {
        for text in ["", "x", "\"", "\"a", "\"\\u00", "\"\\uzzzz\""] {
            assert_eq!(unquoted(text), None, "{text}");
        }
    }
}
