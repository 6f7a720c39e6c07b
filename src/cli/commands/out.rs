//! `--out FILE`.

use std::path::Path;

use crate::model::{Problem, Result};
use crate::platform::new_file::write_new;

/// Writes what a command makes to a file that is not there yet.
///
/// # Errors
/// `FileUnwritable`.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let cause = match write_new(path, text) {
        Ok(true) => return Ok(()),
        Ok(false) => "a file of that name is there already, and is left as it is".to_owned(),
        Err(cause) => cause.to_string(),
    };
    let path = path.display().to_string();
    Err(Problem::FileUnwritable { path, cause }.into())
}
