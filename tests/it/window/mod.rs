//! The window, driven by role and label as a screen reader sees it, over a real backend and a real lab on loopback.
//!
//! | file | what |
//! | --- | --- |
//! | `harness` | a window without a display |
//! | `steps` | what a person does on each page |
//! | `walk` | the whole wizard; Back, Cancel and edits on each page |
//! | `labels` | what the pages say to each app of the lab, and in each cloud |
//! | `sign_in` | an administrator signs in; a connection is taken over; a step is tried again |
//! | `history` | what history needs, over the lab |
//! | `faults` | each fault that a page can show |
//! | `life` | after the wizard: renewal, kill -9, where secrets may not be |
//! | `published` | *Computer groups* and *Log search*, over the lab |
//! | `properties` | *Connection Properties*, over the lab |
//! | `relocation` | *Move connection*, over the lab |
//! | `first_pages` | *General* to *Import Apps* in detail |
//! | `home` | the list of connections and its dialogs in detail |

mod faults;
mod first_pages;
mod harness;
mod history;
mod home;
mod labels;
mod life;
mod properties;
mod published;
mod relocation;
mod sign_in;
mod smoke;
mod steps;
mod walk;
