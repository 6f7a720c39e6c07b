//! `--out FILE`.

use std::path::Path;

use crate::model::{Failure, Problem, Result};
use crate::platform::new_file::write_new;

const THERE: &str = "a file of that name is there already, and is left as it is";

/// Refuses a file that is there already.
///
/// # Errors
/// `FileUnwritable`.
pub(super) fn must_be_new(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Ok(_) => Err(unwritable(path, THERE.to_owned())),
        Err(_) => Ok(()),
    }
}

/// Writes what a command makes to a file that is not there yet.
///
/// # Errors
/// `FileUnwritable`.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let cause = match write_new(path, text) {
        Ok(true) => return Ok(()),
        Ok(false) => THERE.to_owned(),
        Err(cause) => cause.to_string(),
    };
    Err(unwritable(path, cause))
}

fn unwritable(path: &Path, cause: String) -> Failure {
    let path = path.display().to_string();
    Problem::FileUnwritable { path, cause }.into()
}
