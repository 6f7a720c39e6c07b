//! Words of *Confirm*.
