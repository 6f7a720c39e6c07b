//! The pages from *Configuration* on, driven by role and label, without a backend: answers are handed to the program.
//!
//! | file | what |
//! | --- | --- |
//! | [`made`] | programs that stand at one of these pages, with made-up answers |
//! | [`window`] | a window without a display around such a program |
//! | the others | tests, a file a page |

mod completion;
mod configuration;
mod confirm;
mod history;
mod made;
mod picker;
mod progress;
mod schedule;
mod verify;
mod window;
