//! The data folder: database, locks, log.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::model::{Failure, Problem, Result};

/// The environment variable that names the data folder.
pub const VARIABLE: &str = "ASW_DATA_DIR";

/// The data folder of this run. It exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The folder given as `--data-dir`; else the one that `ASW_DATA_DIR` names; else this account's own
    /// (`~/.local/share/azure-services-wizard`, `%LOCALAPPDATA%\azure-services-wizard`,
    /// `~/Library/Application Support/azure-services-wizard`). One that is missing is made, readable by this account only.
    ///
    /// # Errors
    /// `DataFolder` when there is none or it cannot be made, `DiskFull`.
    pub fn resolve(given: Option<&Path>) -> Result<Self> {
        // Local, not roaming: what is in the keyring of this machine does not travel either.
        let own = || {
            let base = etcetera::base_strategy::choose_native_strategy().ok()?;
            Some(local_data(&base).join("azure-services-wizard"))
        };
        let path = choose(given, std::env::var_os(VARIABLE), own).ok_or_else(|| Problem::DataFolder {
            path: "(none)".into(),
            cause: format!("this account has no home folder; name a data folder with --data-dir or {VARIABLE}"),
        })?;
        Self::at(&path)
    }

    /// Exactly this folder.
    ///
    /// # Errors
    /// As [`DataDir::resolve`].
    pub fn at(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| failure(path, &error))?;
        create_private(&path).map_err(|error| failure(&path, &error))?;
        Ok(Self(path))
    }

    /// The folder, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }
}

/// On Windows the library's "cache" folder is the account's local application data, the one that does not roam.
fn local_data(base: &impl BaseStrategy) -> PathBuf {
    if cfg!(windows) {
        base.cache_dir()
    } else {
        base.data_dir()
    }
}

/// An empty value of the variable counts as none.
fn choose(given: Option<&Path>, variable: Option<OsString>, own: impl FnOnce() -> Option<PathBuf>) -> Option<PathBuf> {
    given
        .map(Path::to_owned)
        .or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from))
        .or_else(own)
}

/// Makes a folder, and those above it, readable by this account only. One that is there stays as it is.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// The failure of something in the data folder.
pub(super) fn failure(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display().to_string();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Problem::DiskFull { path }.into(),
        _ => Problem::DataFolder {
            path,
            cause: error.to_string(),
        }
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_before_the_variable_before_the_accounts_own() {
        let own = || Some(PathBuf::from("own"));
        let given = Path::new("given");
        let chosen = |given, variable: Option<&str>| choose(given, variable.map(OsString::from), own).unwrap();
        assert_eq!(chosen(Some(given), Some("variable")), given);
        assert_eq!(chosen(None, Some("variable")), Path::new("variable"));
        assert_eq!(chosen(None, Some("")), Path::new("own"));
        assert_eq!(chosen(None, None), Path::new("own"));
        assert_eq!(choose(None, None, || None), None);
    }

    #[test]
    fn a_missing_folder_is_made_for_this_account_only() {
        let outer = tempfile::tempdir().unwrap();
        let dir = DataDir::at(&outer.path().join("a/b")).unwrap();
        assert!(dir.path().is_dir() && dir.path().is_absolute());
        assert_eq!(DataDir::at(dir.path()).unwrap(), dir);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(dir.path()).unwrap().permissions().mode() & 0o777,
                0o700
            );
        }
    }

    #[test]
    fn what_is_not_a_folder_is_named() {
        let outer = tempfile::tempdir().unwrap();
        let file = outer.path().join("file");
        std::fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let failure = DataDir::at(&path).unwrap_err();
            assert!(
                matches!(failure.problem(), Problem::DataFolder { path: named, .. } if *named == path.display().to_string()),
                "{failure:?}"
            );
        }
    }
}
