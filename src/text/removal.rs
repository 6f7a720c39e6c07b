//! Words of *Delete*.
