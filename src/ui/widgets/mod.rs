//! What every page is made of. Each widget has a name for screen readers, looks the same in both themes, and says in words why it
//! is not available.
//!
//! | file | what |
//! | --- | --- |
//! | [`button`] | buttons: default, plain, dangerous, link |
//! | [`form`] | labelled fields for text, several lines, choices, ticks |
//! | [`secret_field`] | a field for a secret: masked, shown while a button is pressed, wiped |
//! | [`message`] | what went wrong, what is worth knowing; details and copy |
//! | [`busy`] | work under way, with Cancel |
//! | [`list`] | a list of many rows that a keyboard and a screen reader can use |
//! | [`dialog`] | a dialog over the page |
//! | [`focus`] | the focus goes to the first field of what has just been opened |
//! | [`label`] | titles, running text, facts |

pub mod busy;
pub mod button;
pub mod dialog;
pub mod focus;
pub mod form;
pub mod label;
pub mod list;
pub mod message;
pub mod secret_field;
