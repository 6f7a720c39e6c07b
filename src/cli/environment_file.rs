//! The environment of a set-up: a known name, or the path of a file for a custom cloud.

use std::path::Path;

use super::setup_file::{parse, read};
use crate::model::environment::Environment;
use crate::model::{Problem, Result};

/// Finds the environment. A path counts from `folder`, the folder of the file that names it.
///
/// # Errors
/// [`Problem::EnvironmentUnknown`], [`Problem::FileUnreadable`], [`Problem::FileMalformed`].
pub fn resolve(name: &str, folder: &Path) -> Result<Environment> {
    if let Some(environment) = Environment::built_in(name) {
        return Ok(environment);
    }
    let path = folder.join(name.trim());
    if !path.is_file() {
        return Err(Problem::EnvironmentUnknown {
            name: name.trim().to_owned(),
        }
        .into());
    }
    let mut environment: Environment = parse(&path, &read(&path)?)?;
    let beside = path.parent().unwrap_or(Path::new("."));
    environment.ca_file = environment.ca_file.map(|file| absolute(&beside.join(file)));
    Ok(environment)
}

/// The connection outlives the folder that the command was run in.
pub(super) fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
