//! stub
/// Opens an address in the system's browser; `false` where it cannot.
pub fn open(_url: &str) -> bool {
    false
}
