//! Words of *Configuration* and its dialog.
