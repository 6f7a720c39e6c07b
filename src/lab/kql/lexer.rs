//! Text to tokens, each with its line and column.

use super::QueryError;
use super::literals;
use super::values::Typed;

/// A place in the text: line and column, both from 1, columns counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub line: usize,
    pub column: usize,
}

impl At {
    /// A syntax error at this place.
    pub fn error(self, message: impl Into<String>) -> QueryError {
        QueryError::Syntax {
            message: message.into(),
            line: self.line,
            column: self.column,
        }
    }
}

/// The smallest pieces of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a word operator, also `!in`, `in~`, `$left`.
    Word(String),
    /// A string literal, without quotes and escapes.
    Text(String),
    /// A number, a timespan such as `3h`, or a typed literal such as `datetime(…)`.
    Literal(Typed),
    /// Punctuation.
    Symbol(&'static str),
    /// After the last token.
    End,
}

impl Token {
    /// The token as an error message shows it.
    pub fn shown(&self) -> String {
        match self {
            Token::Word(word) => format!("'{word}'"),
            Token::Text(text) => {
                let start: String = text.chars().take(40).collect();
                format!("the string \"{start}\"")
            }
            Token::Literal(literal) => format!("'{}'", super::text::shown(&literal.value)),
            Token::Symbol(symbol) => format!("'{symbol}'"),
            Token::End => "the end of the query".into(),
        }
    }
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub token: Token,
    pub at: At,
    /// No blank stands between the token before and this one (`project-away`, `A*`).
    pub glued: bool,
}

/// Two-character symbols stand before their one-character beginnings.
const SYMBOLS: [&str; 28] = [
    "==", "=~", "!=", "!~", "<=", ">=", "<>", "..", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{",
    "}", ",", ";", ":", "|", ".", "?",
];

/// Cuts a text into tokens; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, QueryError> {
    let mut lexer = Lexer {
        rest: text,
        at: At { line: 1, column: 1 },
    };
    let mut tokens = Vec::new();
    loop {
        let glued = !lexer.skip_blanks();
        let at = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push(Placed { token, at, glued });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    at: At,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        if next == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    fn bump_over(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text);
        if found {
            for _ in text.chars() {
                self.bump();
            }
        }
        found
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.rest;
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// Skips blanks and comments; says whether there were any.
    fn skip_blanks(&mut self) -> bool {
        let before = self.rest.len();
        loop {
            self.take_while(|c| c.is_whitespace() || c == '\u{feff}');
            if !self.rest.starts_with("//") {
                return self.rest.len() != before;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn token(&mut self) -> Result<Token, QueryError> {
        let Some(first) = self.peek() else {
            return Ok(Token::End);
        };
        if let Some(text) = self.string()? {
            return Ok(Token::Text(text));
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if is_word_start(first) || first == '$' {
            return self.word();
        }
        if first == '!' && self.rest.chars().nth(1).is_some_and(is_word_start) {
            return self.word();
        }
        match SYMBOLS.iter().find(|symbol| self.bump_over(symbol)) {
            Some(symbol) => Ok(Token::Symbol(symbol)),
            None => Err(self.at.error(format!("the character '{first}' is not understood here"))),
        }
    }

    fn word(&mut self) -> Result<Token, QueryError> {
        let at = self.at;
        let mut word = String::new();
        word.extend(self.bump());
        word.push_str(self.take_while(is_word_part));
        if matches!(word.as_str(), "in" | "!in") && self.bump_over("~") {
            word.push('~');
        }
        if literals::is_typed(&word) {
            let inside = self.rest.trim_start();
            if inside.starts_with('(') {
                return self.typed(&word, at);
            }
        }
        Ok(Token::Word(word))
    }

    /// The inside of `datetime(…)` and its like follows no token rules (`2024-01-31 10:00`), so it is read whole.
    fn typed(&mut self, word: &str, at: At) -> Result<Token, QueryError> {
        self.take_while(|c| c != '(');
        self.bump();
        let inside = self.take_while(|c| c != ')' && c != '\n');
        if self.bump() != Some(')') {
            return Err(at.error(format!("the literal '{word}(' is not closed by ')'")));
        }
        let literal = literals::typed(word, inside).map_err(|message| at.error(message))?;
        Ok(Token::Literal(literal))
    }

    fn number(&mut self) -> Result<Token, QueryError> {
        let at = self.at;
        let start = self.rest;
        if self.bump_over("0x") || self.bump_over("0X") {
            self.take_while(|c| c.is_ascii_hexdigit());
        } else {
            self.take_while(|c| c.is_ascii_digit());
            let mut ahead = self.rest.chars();
            if ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
                self.bump();
                self.take_while(|c| c.is_ascii_digit());
            }
            self.exponent();
        }
        let digits = start.get(..start.len() - self.rest.len()).unwrap_or_default();
        let unit = self.take_while(is_word_part);
        literals::number(digits, unit)
            .map(Token::Literal)
            .map_err(|message| at.error(message))
    }

    fn exponent(&mut self) {
        let mut ahead = self.rest.chars().peekable();
        if !matches!(ahead.next(), Some('e' | 'E')) {
            return;
        }
        let signed = matches!(ahead.peek(), Some('+' | '-'));
        if signed {
            ahead.next();
        }
        if ahead.next().is_some_and(|c| c.is_ascii_digit()) {
            self.bump();
            if signed {
                self.bump();
            }
            self.take_while(|c| c.is_ascii_digit());
        }
    }

    /// A string literal of any form, if one begins here. `h` before it hides it from logs and changes nothing else.
    fn string(&mut self) -> Result<Option<String>, QueryError> {
        let at = self.at;
        let bare = self.rest.strip_prefix(['h', 'H']).unwrap_or(self.rest);
        let (verbatim, opening) = match bare.strip_prefix('@') {
            Some(after) => (true, after),
            None => (false, bare),
        };
        let Some(quote) = opening.chars().next().filter(|c| matches!(c, '"' | '\'' | '`' | '~')) else {
            return Ok(None);
        };
        for fence in ["```", "~~~"] {
            if !verbatim && self.bump_over(fence) {
                return self.fenced(fence, at).map(Some);
            }
        }
        if matches!(quote, '`' | '~') {
            return Ok(None);
        }
        while self.bump() != Some(quote) {}
        if verbatim {
            self.verbatim(quote, at).map(Some)
        } else {
            self.escaped(quote, at).map(Some)
        }
    }

    fn fenced(&mut self, fence: &str, at: At) -> Result<String, QueryError> {
        let mut text = String::new();
        while !self.bump_over(fence) {
            match self.bump() {
                Some(c) => text.push(c),
                None => return Err(at.error(format!("the string is not closed by {fence}"))),
            }
        }
        Ok(text)
    }

    fn verbatim(&mut self, quote: char, at: At) -> Result<String, QueryError> {
        let mut text = String::new();
        loop {
            match self.bump() {
                Some(c) if c == quote && self.peek() == Some(quote) => {
                    self.bump();
                    text.push(quote);
                }
                Some(c) if c == quote => return Ok(text),
                Some('\n') | None => return Err(not_closed(quote, at)),
                Some(c) => text.push(c),
            }
        }
    }

    fn escaped(&mut self, quote: char, at: At) -> Result<String, QueryError> {
        let mut text = String::new();
        loop {
            let place = self.at;
            match self.bump() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.push(self.escape(place)?),
                Some('\n' | '\r') | None => return Err(not_closed(quote, at)),
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self, at: At) -> Result<char, QueryError> {
        let unknown = || at.error("the escape sequence after '\\' is not known");
        let escaped = match self.bump().ok_or_else(unknown)? {
            c @ ('\\' | '"' | '\'') => c,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0' => '\0',
            'x' => self.code(2).ok_or_else(unknown)?,
            'u' => self.code(4).ok_or_else(unknown)?,
            'U' => self.code(8).ok_or_else(unknown)?,
            _ => return Err(unknown()),
        };
        Ok(escaped)
    }

    /// A character by its code; two halves of a surrogate pair in a row are one character.
    fn code(&mut self, digits: usize) -> Option<char> {
        let high = self.hexadecimal(digits)?;
        if digits == 4 && (0xd800..0xdc00).contains(&high) && self.bump_over("\\u") {
            let low = self.hexadecimal(4)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            return char::from_u32(0x10000 + ((high - 0xd800) << 10) + low);
        }
        char::from_u32(high)
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0_u32, |code, _| {
            code.checked_mul(16)?.checked_add(self.bump()?.to_digit(16)?)
        })
    }
}

fn not_closed(quote: char, at: At) -> QueryError {
    at.error(format!("the string is not closed by {quote} on its line"))
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(query: &str) -> Vec<Token> {
        let mut all: Vec<Token> = tokens(query).unwrap().into_iter().map(|placed| placed.token).collect();
        assert_eq!(all.pop(), Some(Token::End));
        all
    }

    fn text(content: &str) -> Token {
        Token::Text(content.into())
    }

    fn place(query: &str) -> (usize, usize) {
        match tokens(query).unwrap_err() {
            QueryError::Syntax { line, column, .. } => (line, column),
            QueryError::Semantic { message } => panic!("not a syntax error: {message}"),
        }
    }

    // Microsoft: "The string data type".
    #[test]
    fn string_literals_of_every_form() {
        assert_eq!(
            texts("'string with \" (double quotes)'"),
            [text("string with \" (double quotes)")]
        );
        assert_eq!(
            texts(r#""string with ' (single quotes)""#),
            [text("string with ' (single quotes)")]
        );
        assert_eq!(texts(r"@'C:\Folder\filename.txt'"), [text(r"C:\Folder\filename.txt")]);
        assert_eq!(texts(r#"@"a ""b"" \""#), [text("a \"b\" \\")]);
        assert_eq!(texts(r"'\\n.*(>|\'|=|\')'"), [text(r"\n.*(>|'|=|')")]);
        assert_eq!(texts("```two\n\"lines\"\\```"), [text("two\n\"lines\"\\")]);
        assert_eq!(
            texts("h'hello' h@'world' h\"x\""),
            [text("hello"), text("world"), text("x")]
        );
        assert_eq!(texts(r#""\t\n\r\0\a\b\f\v""#), [text("\t\n\r\0\u{7}\u{8}\u{c}\u{b}")]);
        assert_eq!(texts(r#""\u00e9\ud83d\ude00\x41""#), [text("é😀A")]);
    }

    #[test]
    fn words_keep_their_marks() {
        let word = |w: &str| Token::Word(w.into());
        assert_eq!(
            texts("!in in~ !in~ !has $left has"),
            ["!in", "in~", "!in~", "!has", "$left", "has"].map(word)
        );
        assert_eq!(texts("h // comment 'x'\n a_1"), [word("h"), word("a_1")]);
    }

    #[test]
    fn errors_stand_at_their_place() {
        assert_eq!(place("T\n  | where §"), (2, 11));
        assert_eq!(place("a \"open\n"), (1, 3));
        assert_eq!(place(r#""é\q""#), (1, 3));
        assert_eq!(place("x\n```open"), (2, 1));
        assert_eq!(place("5parsecs"), (1, 1));
        assert_eq!(place("datetime(2024-13-01)"), (1, 1));
        assert_eq!(place("datetime(2024"), (1, 1));
    }

    #[test]
    fn gluing_is_seen() {
        let glued: Vec<bool> = tokens("project-away A *")
            .unwrap()
            .iter()
            .map(|placed| placed.glued)
            .collect();
        assert_eq!(glued, [true, true, true, false, false, true]);
    }
}
