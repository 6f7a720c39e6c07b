//! Words of *App*.
