//! Words for the choice of which records of a collection become members of its group.

/// A group, and a choice.
pub const WHO: &str = "Which computers are members";
/// One of two.
pub const ALL: &str = "All computers";
/// What it is.
pub const ALL_HINT: &str = "Every record that stands for a computer, with or without the Configuration Manager client.";
/// One of two.
pub const CLIENTS: &str = "Only computers with the client";
/// What it is.
pub const CLIENTS_HINT: &str = "Leaves out machines that only discovery found, in Active Directory for example. Many of them are gone, \
     or are managed by nobody, and never report to the workspace.";
