//! Words of *Update secret key*.
