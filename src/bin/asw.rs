//! `asw`: the command line. Its commands come with the floor above.

fn main() {}
