//! Words of the window program before and beside its window: command line, what keeps it from opening.
