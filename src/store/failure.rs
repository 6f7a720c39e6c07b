//! SQLite's errors in our words.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use super::BUSY_SECONDS;
use crate::model::{Failure, Problem};

/// What stops a job inside the store: SQLite, or a problem that the job itself has found.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(Error),
    Found(Failure),
}

/// Result inside the store.
pub(super) type Attempt<T> = std::result::Result<T, Trouble>;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Found(problem.into())
    }
}

/// Whether a `UNIQUE` column (not the primary key) already has the value.
pub(super) fn is_taken(error: &Error) -> bool {
    matches!(error, Error::SqliteFailure(cause, _) if cause.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// The failure of a job on the database in `dir`.
pub(super) fn failure_of(dir: &Path, trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Found(failure) => failure,
        Trouble::Sqlite(error) => sqlite_failure(dir, &error),
    }
}

fn sqlite_failure(dir: &Path, error: &Error) -> Failure {
    let path = || dir.display().to_string();
    let Error::SqliteFailure(cause, _) = error else {
        return Problem::Database {
            cause: error.to_string(),
        }
        .into();
    };
    let problem = match (cause.code, cause.extended_code) {
        // The shared-memory file beside the database could not grow.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Problem::DiskFull { path: path() },
        (ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied, _) => Problem::DataFolder {
            path: path(),
            cause: error.to_string(),
        },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Problem::Database {
            cause: format!("another program has been writing to it for more than {BUSY_SECONDS} seconds"),
        },
        _ => Problem::Database {
            cause: error.to_string(),
        },
    };
    Failure::from(problem).with("SQLite result code", cause.extended_code.to_string())
}

/// The failure of making folder or file.
pub(super) fn io_failure(dir: &Path, error: &std::io::Error) -> Failure {
    let path = dir.display().to_string();
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

    fn code_of(extended: i32) -> &'static str {
        let error = Error::SqliteFailure(ffi::Error::new(extended), None);
        failure_of(Path::new("data"), error.into()).problem().code()
    }

    #[test]
    fn each_result_code_has_its_problem() {
        assert_eq!(code_of(ffi::SQLITE_FULL), "disk_full");
        assert_eq!(code_of(ffi::SQLITE_IOERR_SHMSIZE), "disk_full");
        assert_eq!(code_of(ffi::SQLITE_READONLY), "data_folder");
        assert_eq!(code_of(ffi::SQLITE_READONLY_DBMOVED), "data_folder");
        assert_eq!(code_of(ffi::SQLITE_CANTOPEN), "data_folder");
        assert_eq!(code_of(ffi::SQLITE_BUSY), "database");
        assert_eq!(code_of(ffi::SQLITE_CORRUPT), "database");
        assert_eq!(code_of(ffi::SQLITE_IOERR_READ), "database");
    }

    #[test]
    fn full_disks_are_told_from_bad_folders() {
        let code = |kind: ErrorKind| io_failure(Path::new("data"), &kind.into()).problem().code();
        assert_eq!(code(ErrorKind::StorageFull), "disk_full");
        assert_eq!(code(ErrorKind::PermissionDenied), "data_folder");
    }
}
