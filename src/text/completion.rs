//! Words of *Completion*.
