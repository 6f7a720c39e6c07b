//! The way from [`crate::fuzzing`] to what is private here.

use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::body::Intake;
use super::collections::CollectionRow;
use super::devices::SystemRow;
use super::list::{List, Sink};
use super::members::MembershipRow;
use super::odata;
use crate::model;

/// Rows as they can be compared.
#[derive(Default)]
struct Kept(Vec<String>);

impl<R: std::fmt::Debug> Sink<R> for Kept {
    fn begin(&mut self) {
        self.0.clear();
    }

    fn take(&mut self, rows: Vec<R>) -> model::Result<()> {
        self.0.extend(rows.iter().map(|row| format!("{row:?}")));
        Ok(())
    }
}

/// The rows of a page that arrives in pieces of this size, and its link; `None` where it is no such page.
fn decoded<R: DeserializeOwned + std::fmt::Debug + Send>(
    page: &[u8],
    piece: usize,
) -> Option<(Vec<String>, Option<String>)> {
    let mut kept = Kept::default();
    let mut list = List::<R, _>::new(&mut kept, 7);
    list.begin(200, &HeaderMap::new());
    for piece in page.chunks(piece) {
        list.take(piece).ok()?;
    }
    let link = list.end().ok()?;
    Some((kept.0, link))
}

/// A page of a list, of which the first byte says how it is cut: the pieces change nothing.
pub(crate) fn site_list(data: &[u8]) {
    fn in_any_pieces<R: DeserializeOwned + std::fmt::Debug + Send>(page: &[u8], piece: usize) {
        let whole = decoded::<R>(page, page.len().max(1));
        assert_eq!(whole, decoded::<R>(page, piece));
        // What the decoder takes, the whole page at once must be able to tell, too.
        assert!(whole.is_none() || serde_json::from_slice::<serde::de::IgnoredAny>(page).is_ok());
    }
    let Some((piece, page)) = data.split_first() else {
        return;
    };
    let piece = usize::from(*piece).max(1);
    in_any_pieces::<CollectionRow>(page, piece);
    in_any_pieces::<MembershipRow>(page, piece);
    in_any_pieces::<SystemRow>(page, piece);
}

/// The body of a refusal: what it says is one line.
pub(crate) fn site_refusal(data: &[u8]) {
    let said = odata::error_message(data).unwrap_or_default();
    assert!(!said.contains(['\n', '\r', '\t']));
    let _ = odata::is_access_denied(&said);
}
