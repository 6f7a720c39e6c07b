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
    let environment = parse(&path, &read(&path)?)?;
    Ok(rooted(environment, path.parent().unwrap_or(Path::new("."))))
}

/// The environment as a file in this folder means it.
pub(super) fn rooted(environment: Environment, folder: &Path) -> Environment {
    Environment {
        ca_file: environment.ca_file.map(|file| absolute(&folder.join(file))),
        ..environment
    }
}

/// A path that does not depend on the folder that a command is run in: the connection outlives that.
pub fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
