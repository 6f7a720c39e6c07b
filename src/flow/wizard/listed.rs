//! A site's device collections as a person chooses among them: in order, with the texts that the filter looks at.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::thread;

use crate::model::search::{Texts, folded};
use crate::model::{CollectionId, DeviceCollection};

/// From so many rows on a list is let go beside the window.
const MANY: usize = 10_000;

/// The list. Made once, by whoever fetches it, away from the window: 100,000 rows take longer to put in order than a frame may.
/// Clones share one list.
#[derive(Clone, Default)]
pub struct Listed(Arc<Inner>);

#[derive(Default)]
struct Inner {
    rows: Vec<DeviceCollection>,
    /// Of each row, in lower case.
    texts: Texts,
    places: HashMap<CollectionId, u32>,
}

impl Listed {
    /// Puts them in the order in which they are shown: by name, then ID and folder.
    pub fn new(collections: Vec<DeviceCollection>) -> Self {
        let text = |each: DeviceCollection| (text_of(&each), each);
        let mut rows: Vec<(String, DeviceCollection)> = collections.into_iter().map(text).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(Arc::new(Inner {
            texts: Texts::of(rows.iter().map(|(text, _)| text.as_str())),
            places: (0u32..)
                .zip(&rows)
                .map(|(at, (_, each))| (each.id.clone(), at))
                .collect(),
            rows: rows.into_iter().map(|(_, each)| each).collect(),
        }))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    /// The one in this place.
    pub fn row(&self, at: u32) -> Option<&DeviceCollection> {
        self.0.rows.get(at as usize)
    }

    /// Where the one with this ID stands.
    pub fn place(&self, id: &CollectionId) -> Option<u32> {
        self.0.places.get(id).copied()
    }

    /// The one with this ID.
    pub fn get(&self, id: &CollectionId) -> Option<&DeviceCollection> {
        self.row(self.place(id)?)
    }

    /// The places of those in whose name, ID, folder or limiting collection each word of the filter stands, in any case.
    pub(super) fn passing(&self, filter: &str) -> Vec<u32> {
        let filter = folded(filter);
        let words: Vec<&str> = filter.split_whitespace().collect();
        self.0.texts.rows_with(&words)
    }
}

/// To let go of a hundred thousand rows takes longer than a frame may: that is done beside the window.
impl Drop for Inner {
    fn drop(&mut self) {
        if self.rows.len() >= MANY {
            let gone = std::mem::take(&mut self.rows);
            let places = std::mem::take(&mut self.places);
            // Where no thread can be had they go here, only slower.
            let _ = thread::Builder::new().spawn(move || drop((gone, places)));
        }
    }
}

/// The rows alone: the rest follows from them.
impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.rows).finish()
    }
}

/// What the filter looks at, and what the rows are ordered by.
fn text_of(collection: &DeviceCollection) -> String {
    let path = collection.path.as_deref().unwrap_or_default();
    let limiting = collection.limiting.as_ref().map_or("", |each| each.name.as_str());
    folded(&format!("{}\n{}\n{path}\n{limiting}", collection.name, collection.id))
}
