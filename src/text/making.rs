//! Words of *Progress*.
