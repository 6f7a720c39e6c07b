//! Words of *Import Apps*.
