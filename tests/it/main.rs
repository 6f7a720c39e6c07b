//! All integration tests in one program. They come with the command line.
