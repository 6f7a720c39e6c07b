//! Words of the list of messages.
