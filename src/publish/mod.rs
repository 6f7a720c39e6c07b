//! The second job: keep memberships published as computer groups.
//!
//! Promise: a group is always the complete membership of its collection as of one moment, and says which. Never half, never
//! empty by accident, never two sites mixed.
//!
//! | file | what |
//! | --- | --- |
//! | [`sync`] | one run over the chosen collections: what is read, what is skipped, what is left alone |
//! | [`reading`] | one complete reading of one collection, and when it counts as settled |
//! | [`names`] | the names of the site's devices, kept for one run |
//! | [`settle`] | may a reading be published? Pure |
//! | [`protocol`] | the order of all steps, and every decision between them. Pure; a model test walks it |
//! | [`mod@write`] | putting a group there so that it is the old one or the new one at every moment |
//! | [`history`] | the same memberships as rows over time |
//! | [`arrival`] | what became of rows that were sent: seen whole, on their way, lost |
//! | [`dry_run`] | what a run would write and remove |
//! | [`view`] | the groups as the workspace answers them |
//!
//! What a group looks like in the workspace is said by [`crate::model::group`].
//!
//! Start at [`sync::run`]. A kill at any line of it leaves the old group or the new one; the next run clears what is left over.

pub mod arrival;
pub mod dry_run;
pub mod history;
pub mod names;
pub mod protocol;
pub mod reading;
pub mod settle;
pub mod sync;
pub mod view;
pub mod write;
