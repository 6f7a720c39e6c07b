//! Words of *General*.
