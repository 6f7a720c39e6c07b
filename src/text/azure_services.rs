//! Words of *Azure Services*.
