//! Size and place of the window, and the order of its list, remembered in the data folder from one start to the next.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use super::paths::failure;
use crate::model::Result;
use crate::model::connection_list::ListOrder;

/// No screen is as large as this, nor does any begin so far from the first.
const FARTHEST: f32 = 20_000.0;

/// How the window stood when it was last closed, in points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    /// Width and height of what is inside its frame.
    pub size: [f32; 2],
    /// The upper left corner of its frame; `None` where the desktop does not tell.
    pub position: Option<[f32; 2]>,
    /// It filled the screen; size and place are those that it goes back to.
    pub maximized: bool,
    /// By what the list of connections is sorted. An order that this version does not know is none.
    #[serde(default, deserialize_with = "known_order", skip_serializing_if = "Option::is_none")]
    pub order: Option<ListOrder>,
}

fn known_order<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<ListOrder>, D::Error> {
    let found = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(found).ok())
}

/// A part of the screens, in the unit in which they are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// The upper left corner.
    pub at: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
}

impl WindowState {
    /// What is remembered in the data folder `dir`; `None` where that is nothing of use. Nobody needs to hear of a damaged
    /// file: the window opens at its first size.
    pub fn read(dir: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(file(dir)).ok()?;
        let state: Self = serde_json::from_str(&text).ok()?;
        state.sane()
    }

    /// Remembers it. A reader sees the old file or the new one, never half of it.
    ///
    /// # Errors
    /// `DataFolder`, `DiskFull`.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let (path, beside) = (file(dir), dir.join("window-state.json.new"));
        let text = serde_json::to_string(self).unwrap_or_default();
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &path));
        match written {
            // A folder that was taken away meanwhile is not to be made anew for this.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failure(&path, &error)),
            _ => Ok(()),
        }
    }

    /// The same with a place that may be, or nothing where the size is none.
    fn sane(self) -> Option<Self> {
        let possible = |range: std::ops::RangeInclusive<f32>| move |value: &f32| range.contains(value);
        let position = self.position.filter(|at| at.iter().all(possible(-FARTHEST..=FARTHEST)));
        let sized = self.size.iter().all(possible(1.0..=FARTHEST));
        sized.then_some(Self { position, ..self })
    }
}

impl Area {
    /// Whether enough of the upper edge of this window lies on one of the screens to be gripped with the pointer.
    pub fn is_within_reach(&self, screens: &[Self]) -> bool {
        let grip = [self.size[0].min(100.0), self.size[1].min(20.0)];
        let title = Self {
            at: self.at,
            size: [self.size[0], grip[1]],
        };
        screens.iter().any(|screen| {
            let [width, height] = [0, 1].map(|axis| title.shared(screen, axis));
            width >= grip[0] && height >= grip[1]
        })
    }

    /// How long a stretch both have in common along one axis.
    fn shared(&self, other: &Self, axis: usize) -> f64 {
        let end = |area: &Self| area.at[axis] + area.size[axis];
        end(self).min(end(other)) - self.at[axis].max(other.at[axis])
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join("window-state.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: WindowState = WindowState {
        size: [1100.0, 760.0],
        position: Some([-1500.0, 40.5]),
        maximized: true,
        order: Some(ListOrder {
            column: crate::model::connection_list::ListColumn::SecretKey,
            descending: true,
        }),
    };

    #[test]
    fn what_is_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(WindowState::read(dir.path()), None);
        STATE.write(dir.path()).unwrap();
        assert_eq!(WindowState::read(dir.path()), Some(STATE));
        let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside it");
    }

    #[test]
    fn nonsense_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            std::fs::write(file(dir.path()), text).unwrap();
            WindowState::read(dir.path())
        };
        for damaged in [
            "",
            "{",
            "[]",
            r#"{"size":[1100.0],"position":null,"maximized":false}"#,
            r#"{"size":[0.0,760.0],"position":null,"maximized":false}"#,
            r#"{"size":[1100.0,-5.0],"position":null,"maximized":false}"#,
            r#"{"size":[1e30,760.0],"position":null,"maximized":false}"#,
            r#"{"size":[null,760.0],"position":null,"maximized":false}"#,
        ] {
            assert_eq!(read(damaged), None, "{damaged}");
        }
        let astray = read(r#"{"size":[900.0,620.0],"position":[1e9,0.0],"maximized":false}"#).unwrap();
        assert_eq!(
            (astray.size, astray.position, astray.order),
            ([900.0, 620.0], None, None)
        );
        let later =
            r#"{"size":[900.0,620.0],"position":null,"maximized":false,"order":{"column":"colour","descending":true}}"#;
        assert_eq!(read(later).unwrap().order, None, "the column of a later version");
    }

    #[test]
    fn a_folder_that_is_gone_stays_gone() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        STATE.write(&gone).unwrap();
        assert!(!gone.exists());
    }

    #[test]
    fn a_window_is_within_reach_where_its_upper_edge_can_be_gripped() {
        let screen = |x: f64| Area {
            at: [x, 0.0],
            size: [1920.0, 1080.0],
        };
        let at = |x: f64, y: f64| Area {
            at: [x, y],
            size: [1100.0, 760.0],
        };
        let both = [screen(0.0), screen(1920.0)];
        assert!(at(100.0, 100.0).is_within_reach(&both));
        assert!(at(2500.0, 10.0).is_within_reach(&both));
        assert!(
            !at(2500.0, 10.0).is_within_reach(&both[..1]),
            "the second screen is gone"
        );
        assert!(at(-1000.0, 0.0).is_within_reach(&both), "a corner is enough");
        assert!(!at(-1050.0, 0.0).is_within_reach(&both));
        assert!(
            !at(100.0, -30.0).is_within_reach(&both),
            "the title is above the screen"
        );
        assert!(!at(100.0, 1070.0).is_within_reach(&both));
        assert!(!at(0.0, 0.0).is_within_reach(&[]));
    }
}
