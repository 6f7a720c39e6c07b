//! Opening the window: its size and position, and what to say where it cannot open.
