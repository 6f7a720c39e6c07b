//! Words of the list of connections.
