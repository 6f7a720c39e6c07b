//! The window. Draws what [`crate::flow`] holds, turns what a person does into calls on it, and carries effects to the backend.
//! No HTTP, no SQL, no keyring; every sentence comes from [`crate::text`].
//!
//! | file | what |
//! | --- | --- |
//! | [`app`] | the program in a window: events in, effects out, what covers what. Start reading here |
//! | [`window`] | opening the window: size and position, later starts, what to say where it cannot open |
//! | [`icon`] | the program's picture |
//! | [`home`] | the connections |
//! | [`view`] | *Computer groups* and *Log search* |
//! | [`wizard`] | the wizard, one file a page |
//! | [`properties`] | *Connection Properties*, one file a tab |
//! | `sign_in` | *Sign in as an administrator* |
//! | [`renewal`], [`relocation`], [`removal`] | *Update secret key*, *Move connection*, *Delete* |
//! | [`settings`], [`diagnosis`] | *Save settings*, *New from settings*; *Diagnose* |
//! | `saving` | the lower part of every dialog that saves something in a file |
//! | [`notices`] | the list of messages |
//! | [`lab_sheet`] | the lab's values beside the form, ready to copy |
//! | [`theme`] | colours, spacing, sizes |
//! | [`widgets`] | fields, buttons, lists, dialogs: what every page is made of |

pub mod app;
pub mod diagnosis;
pub mod home;
pub mod icon;
pub mod lab_sheet;
pub mod notices;
pub mod properties;
pub mod relocation;
pub mod removal;
pub mod renewal;
mod saving;
pub mod settings;
mod sign_in;
pub mod theme;
pub mod view;
pub mod widgets;
pub mod window;
pub mod wizard;

pub use app::{App, Parts};
pub use lab_sheet::LabSheet;
