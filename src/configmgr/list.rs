//! The answer to a list read, decoded while it arrives, so that a page never stands in memory: only a batch of its rows
//! and the bytes of the row under way do. There is no limit to the length of a page; the time for it is the limit.
//!
//! ```json
//! {"@odata.context": "…", "value": [{…}, {…}], "@odata.nextLink": "…"}
//! ```
//!
//! No site has been seen to send the link; it is taken all the same.
//!
//! What is ours here is the frame, up to the commas between rows, in any order of its members; names and rows are read by
//! `serde_json`, a value at a time. A value that the piece at hand does not hold to its end is read again with the next
//! one: no second thread, no channel, and a third of the processor time that `serde_json::from_reader` takes behind one.

use http::HeaderMap;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

use super::body::{Intake, Unread};
use super::connection::Broken;
use crate::model;

/// Bytes of one row, or of another value beside the rows: no site has reason to send more.
const LARGEST_VALUE: usize = 16 << 20;

/// What takes the rows of a list.
pub(super) trait Sink<R>: Send {
    /// A page begins, or begins again because it broke off.
    fn begin(&mut self);

    /// Rows in the order of the page, a batch at most. An error ends the reading.
    fn take(&mut self, rows: Vec<R>) -> model::Result<()>;
}

/// A sink that needs no rows.
pub(super) struct Nothing;

impl Sink<IgnoredAny> for Nothing {
    fn begin(&mut self) {}

    fn take(&mut self, _: Vec<IgnoredAny>) -> model::Result<()> {
        Ok(())
    }
}

/// Decodes one page after the other into a sink; what comes out is the link to where the list goes on.
pub(super) struct List<'a, R, S> {
    sink: &'a mut S,
    /// So many rows are handed on at once.
    batch: usize,
    page: Decoder<R>,
}

/// A page under way.
struct Decoder<R> {
    place: Place,
    /// What has arrived; decoded up to `at`. Known to be text as a whole, which is quicker than to look at each value.
    buffer: String,
    at: usize,
    /// The first bytes of a character whose others have not arrived.
    cut: Vec<u8>,
    /// So many bytes must stand behind `at` before the value there is tried again.
    enough: usize,
    rows: Vec<R>,
    has_value: bool,
    next_link: Option<String>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    FirstName,
    Name,
    Colon(Member),
    Member(Member),
    FirstRow,
    Row,
    BehindRow,
    BehindMember,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Value,
    NextLink,
    Other,
}

impl<'a, R, S> List<'a, R, S> {
    pub(super) fn new(sink: &'a mut S, batch: usize) -> Self {
        Self {
            sink,
            batch: batch.max(1),
            page: Decoder::default(),
        }
    }
}

impl<R: DeserializeOwned + Send, S: Sink<R>> Intake for List<'_, R, S> {
    type Output = Option<String>;
    type Error = Unread;

    fn begin(&mut self, _: u16, _: &HeaderMap) {
        self.page = Decoder::default();
        self.sink.begin();
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Unread> {
        self.page.add(data)?;
        self.decode()?;
        if self.page.rest().len() > LARGEST_VALUE {
            return Err(Broken::TooLarge.into());
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Self::Output, Unread> {
        self.page.enough = 0;
        self.decode()?;
        // An answer without a length that ends midway looks whole until here.
        if self.page.place != Place::End || !self.page.cut.is_empty() {
            return Err(Broken::Midway.into());
        }
        if !self.page.has_value {
            return Err(serde_json::Error::missing_field("value").into());
        }
        self.hand_on()?;
        Ok(self.page.next_link.take())
    }
}

impl<R: DeserializeOwned, S: Sink<R>> List<'_, R, S> {
    fn decode(&mut self) -> Result<(), Unread> {
        while self.page.step()? {
            if self.page.rows.len() >= self.batch {
                self.hand_on()?;
            }
        }
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), Unread> {
        if self.page.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::replace(&mut self.page.rows, Vec::with_capacity(self.batch));
        self.sink.take(rows).map_err(Unread::Stopped)
    }
}

impl<R> Default for Decoder<R> {
    fn default() -> Self {
        Self {
            place: Place::Start,
            buffer: String::new(),
            at: 0,
            cut: Vec::new(),
            enough: 0,
            rows: Vec::new(),
            has_value: false,
            next_link: None,
        }
    }
}

impl<R> Decoder<R> {
    fn add(&mut self, data: &[u8]) -> Result<(), serde_json::Error> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let rest = self.complete(data)?;
        let (text, cut) = text_of(rest)?;
        self.buffer.push_str(text);
        self.cut.extend_from_slice(cut);
        Ok(())
    }

    /// Takes what the character lacks that was cut off; what is left of `data`.
    fn complete<'d>(&mut self, mut data: &'d [u8]) -> Result<&'d [u8], serde_json::Error> {
        while let Some((&byte, rest)) = data.split_first().filter(|_| !self.cut.is_empty()) {
            data = rest;
            self.cut.push(byte);
            let (text, _) = text_of(&self.cut)?;
            if !text.is_empty() {
                self.buffer.push_str(text);
                self.cut.clear();
            }
        }
        Ok(data)
    }

    fn rest(&self) -> &[u8] {
        self.buffer.as_bytes().get(self.at..).unwrap_or_default()
    }
}

impl<R: DeserializeOwned> Decoder<R> {
    /// Reads one value or one sign of the frame; false where that needs more bytes.
    fn step(&mut self) -> Result<bool, serde_json::Error> {
        let blanks = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blanks;
        let Some(&byte) = self.rest().first() else {
            return Ok(false);
        };
        let sign = match (self.place, byte) {
            (Place::Start, b'{') => Some(Place::FirstName),
            (Place::Colon(member), b':') => Some(Place::Member(member)),
            (Place::Member(Member::Value), b'[') if !self.has_value => Some(Place::FirstRow),
            (Place::BehindRow, b',') => Some(Place::Row),
            (Place::FirstRow | Place::BehindRow, b']') => Some(Place::BehindMember),
            (Place::BehindMember, b',') => Some(Place::Name),
            (Place::FirstName | Place::BehindMember, b'}') => Some(Place::End),
            _ => None,
        };
        if let Some(next) = sign {
            self.has_value |= next == Place::FirstRow;
            self.at += 1;
            self.place = next;
            return Ok(true);
        }
        let next = match (self.place, byte) {
            (Place::FirstName | Place::Name, b'"') => {
                self.value::<String>()?.map(|name| Place::Colon(Member::named(&name)))
            }
            (Place::FirstRow | Place::Row, b'{') => self.value()?.map(|row| {
                self.rows.push(row);
                Place::BehindRow
            }),
            (Place::Member(Member::NextLink), _) => self.value()?.map(|link| {
                self.next_link = link;
                Place::BehindMember
            }),
            (Place::Member(Member::Other), _) => self.value::<IgnoredAny>()?.map(|_| Place::BehindMember),
            (place, _) => return Err(unexpected(place, self.rest())),
        };
        self.place = next.unwrap_or(self.place);
        Ok(next.is_some())
    }

    /// The value at hand, where all of it is there.
    fn value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, serde_json::Error> {
        let text = self.buffer.get(self.at..).unwrap_or_default();
        let rest = text.as_bytes();
        if rest.len() < self.enough {
            return Ok(None);
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) if is_closed(rest, values.byte_offset()) => {
                self.at += values.byte_offset();
                self.enough = 0;
                Ok(Some(value))
            }
            Some(Err(error)) if !error.is_eof() && !ends_in_number(rest) => Err(error),
            _ => {
                // Not at each piece: a long value in small ones would be read over and over.
                self.enough = rest.len() + rest.len() / 2;
                Ok(None)
            }
        }
    }
}

/// The text that bytes are, and what is cut off of its last character.
fn text_of(bytes: &[u8]) -> Result<(&str, &[u8]), serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text, &[])),
        Err(error) if error.error_len().is_none() => {
            let (text, cut) = bytes.split_at(error.valid_up_to());
            Ok((std::str::from_utf8(text).unwrap_or_default(), cut))
        }
        Err(error) => Err(serde_json::Error::custom(error)),
    }
}

impl Member {
    fn named(name: &str) -> Self {
        match name {
            "value" => Self::Value,
            "@odata.nextLink" => Self::NextLink,
            _ => Self::Other,
        }
    }
}

/// Whether a value that fills `rest` up to `end` has its end there: a number goes on where its digits do.
fn is_closed(rest: &[u8], end: usize) -> bool {
    end < rest.len() || matches!(rest.first(), Some(b'{' | b'[' | b'"'))
}

/// Whether the piece at hand ends in what may be the beginning of a number: that looks wrong, not cut.
fn ends_in_number(rest: &[u8]) -> bool {
    matches!(rest.last(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
}

fn unexpected(place: Place, rest: &[u8]) -> serde_json::Error {
    let shown: String = String::from_utf8_lossy(rest).chars().take(20).collect();
    let expected = match place {
        Place::Start => "an object",
        Place::FirstName | Place::Name => "the name of a member",
        Place::Colon(_) => "a colon",
        Place::Member(_) => "one list of rows",
        Place::FirstRow | Place::Row => "a row",
        Place::BehindRow | Place::BehindMember => "a comma or the end",
        Place::End => "nothing more",
    };
    serde_json::Error::custom(format!("{expected} was expected, not {shown:?}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        id: f64,
        #[serde(default)]
        name: Option<String>,
    }

    #[derive(Default)]
    struct Kept(Vec<Vec<Row>>);

    impl Sink<Row> for Kept {
        fn begin(&mut self) {
            self.0.clear();
        }

        fn take(&mut self, rows: Vec<Row>) -> model::Result<()> {
            self.0.push(rows);
            Ok(())
        }
    }

    /// The rows and the link of a page that arrives in these pieces, or why there are none.
    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<(Vec<Row>, Option<String>), Unread> {
        let mut kept = Kept::default();
        let mut list = List::new(&mut kept, 2);
        list.begin(200, &HeaderMap::new());
        for piece in pieces {
            list.take(piece)?;
        }
        let link = list.end()?;
        assert!(kept.0.iter().all(|rows| (1..=2).contains(&rows.len())), "batches");
        Ok((kept.0.into_iter().flatten().collect(), link))
    }

    fn whole(json: &str) -> Result<(Vec<Row>, Option<String>), Unread> {
        decode([json.as_bytes()])
    }

    fn ids(rows: &[Row]) -> Vec<f64> {
        rows.iter().map(|row| row.id).collect()
    }

    const FULL: &str = "{ \"@odata.context\" : \"x]}\\\"\", \"n\":-1.5e3 ,\"more\":{\"value\":[1,{\"id\":9}]},\r\n\
                        \"val\\u0075e\":[{\"id\":1,\"name\":\"G\\u00f6ße ],}\"} , {\"id\":2.5,\"other\":[[],{}]},\t\
                        {\"name\":null,\"id\":3e0}], \"@odata.nextLink\":\"?$skip=3\", \"end\":null }\n";

    #[test]
    fn a_page_in_any_two_pieces() {
        for at in 0..=FULL.len() {
            let (first, second) = FULL.as_bytes().split_at(at);
            let (rows, link) = decode([first, second]).unwrap();
            assert_eq!(ids(&rows), [1.0, 2.5, 3.0], "{at}");
            assert_eq!(rows[0].name.as_deref(), Some("Göße ],}"));
            assert_eq!(link.as_deref(), Some("?$skip=3"));
        }
    }

    proptest! {
        #[test]
        fn a_page_in_any_pieces(cuts in proptest::collection::vec(0..=FULL.len(), 0..40)) {
            let mut cuts = cuts;
            cuts.extend([0, FULL.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &FULL.as_bytes()[pair[0]..pair[1]]);
            let (rows, link) = decode(pieces).unwrap();
            prop_assert_eq!((ids(&rows), link.is_some()), (vec![1.0, 2.5, 3.0], true));
        }
    }

    #[test]
    fn byte_by_byte() {
        let (rows, _) = decode(FULL.as_bytes().chunks(1)).unwrap();
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn the_link_stands_anywhere_or_nowhere() {
        for (json, expected) in [
            (r#"{"@odata.nextLink":"a","value":[]}"#, Some("a")),
            (r#"{"value":[],"@odata.nextLink":"a"}"#, Some("a")),
            (r#"{"value":[],"@odata.nextLink":null}"#, None),
            (r#"{"value":[]}"#, None),
        ] {
            let (rows, link) = whole(json).unwrap();
            assert_eq!((rows.len(), link.as_deref()), (0, expected), "{json}");
        }
    }

    #[test]
    fn a_page_that_ends_anywhere_before_its_end_is_cut_off() {
        let end = FULL.trim_end().len();
        for at in 0..end {
            let read = decode([&FULL.as_bytes()[..at]]);
            assert!(matches!(read, Err(Unread::Broken(Broken::Midway))), "{at}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_page_is_no_cut_one() {
        for json in [
            "<html>",
            "[]",
            "{}",
            r#"{"value":null}"#,
            r#"{"value":{"id":1}}"#,
            r#"{"value":[null]}"#,
            r#"{"value":[[1]]}"#,
            r#"{"value":[{"id":1},]}"#,
            r#"{"value":[{"id":1}{"id":2}]}"#,
            r#"{"value":[{"id":"x"}]}"#,
            r#"{"value":[{"name":"x"}]}"#,
            r#"{"value":[],"value":[]}"#,
            r#"{"value":[],}"#,
            r#"{"value":[]}x"#,
            r#"{"value":[],"@odata.nextLink":1}"#,
            r#"{"value":[],"x":tru}"#,
            r#"{value:[]}"#,
        ] {
            let read = whole(json);
            assert!(matches!(read, Err(Unread::Json(_))), "{json}: {read:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_at_once_and_a_character_in_pieces_is_none_of_them() {
        let page = r#"{"value":[{"id":1,"name":"€😀"}]}"#.as_bytes();
        for at in 0..=page.len() {
            let (first, second) = page.split_at(at);
            let (rows, _) = decode([first, second]).unwrap();
            assert_eq!(rows[0].name.as_deref(), Some("€😀"), "{at}");
        }
        for wrong in [&b"\xff"[..], b"\xe2\x28", b"\xed\xa0\x80"] {
            let pieces = [br#"{"value":[{"id":1,"name":""#, wrong, br#""}]}"#];
            let read = decode(pieces);
            assert!(matches!(read, Err(Unread::Json(_))), "{wrong:?}: {read:?}");
            // In pieces of a byte each, too.
            let read = decode(pieces.concat().chunks(1));
            assert!(matches!(read, Err(Unread::Json(_))), "{wrong:?}: {read:?}");
        }
        let cut = decode([&page[..page.len() - 6]]);
        assert!(matches!(cut, Err(Unread::Broken(Broken::Midway))), "{cut:?}");
    }

    #[test]
    fn a_row_without_an_end_is_not_kept_for_ever() {
        let piece = vec![b'x'; 1 << 20];
        let pieces = std::iter::once(&br#"{"value":[{"id":1},{"name":""#[..]).chain(std::iter::repeat(&piece[..]));
        let read = decode(pieces);
        assert!(matches!(read, Err(Unread::Broken(Broken::TooLarge))), "{read:?}");
    }

    #[test]
    fn a_page_that_begins_again_begins_at_its_beginning() {
        let mut kept = Kept::default();
        let mut list = List::new(&mut kept, 2);
        list.begin(200, &HeaderMap::new());
        list.take(br#"{"value":[{"id":1},{"id":2},{"id":3},{"i"#).unwrap();
        list.begin(200, &HeaderMap::new());
        list.take(br#"{"value":[{"id":4}]}"#).unwrap();
        assert_eq!(list.end().unwrap(), None);
        assert_eq!(kept.0.iter().map(|rows| ids(rows)).collect::<Vec<_>>(), [[4.0]]);
    }
}
