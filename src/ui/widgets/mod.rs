//! What every page is made of. Each widget has a name for screen readers, looks the same in both themes, and says in words why it
//! is not available.
//!
//! | file | what |
//! | --- | --- |
//! | [`button`] | buttons: default, plain, dangerous, small, copy, link |
//! | [`form`] | labelled fields for text, several lines, dates, paths |
//! | [`choice`] | a choice among a few, in a list that hangs down |
//! | [`tick`] | boxes to tick, and one of several |
//! | [`secret_field`] | a field for a secret: masked, shown while a button is held, wiped |
//! | [`link`] | a link to a page on the web |
//! | [`disclosure`] | text that unfolds |
//! | [`message`] | what went wrong, what is worth knowing; details and copy |
//! | [`busy`] | work under way, with Cancel |
//! | [`list`] | a list of many rows that a keyboard and a screen reader can use |
//! | [`grid`] | a table that is sorted by its titles, with rows to select and copy |
//! | [`tabs`] | a row of tabs |
//! | [`dialog`] | a dialog over the page |
//! | [`focus`] | the ring, and where the focus goes |
//! | [`keys`] | who gets a key; Enter and Escape |
//! | [`label`] | titles, running text, facts |
//! | [`mark`] | small signs, drawn by lines |

pub mod busy;
pub mod button;
pub mod choice;
pub mod dialog;
pub mod disclosure;
pub mod focus;
pub mod form;
pub mod grid;
pub mod keys;
pub mod label;
pub mod link;
pub mod list;
pub mod mark;
pub mod message;
pub mod secret_field;
pub mod tabs;
#[cfg(test)]
pub(crate) mod testing;
pub mod tick;
