//! One run of a connection at a time, over all processes of this account.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::paths::{create_private, failure};
use crate::model::{ConnectionId, Result};

/// The right to change one connection, until it is dropped. The operating system takes it back when the process ends in
/// whatever way, so a kill leaves no lock behind; the empty file stays and means nothing.
#[derive(Debug)]
pub struct RunLock {
    _held: Held,
}

/// A locked file. Unlocked by name when it is dropped: closing alone would leave the lock with a process that is being started at
/// this moment, which holds a copy of every open file until it has become its program.
#[derive(Debug)]
pub(super) struct Held(File);

impl Held {
    /// Locks the file, without waiting; `None` when another process, or another part of this one, has it.
    pub(super) fn take(file: File) -> std::io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What cannot be unlocked is unlocked by its closing, which follows.
        let _ = self.0.unlock();
    }
}

impl RunLock {
    /// Takes the lock of a connection in the data folder `dir`, without waiting; `None` when another run has it.
    ///
    /// # Errors
    /// `DataFolder` when the lock file cannot be made or locked, `DiskFull`.
    pub fn acquire(dir: &Path, connection: &ConnectionId) -> Result<Option<Self>> {
        let held = take(dir, &format!("{connection}.lock"))?;
        Ok(held.map(|file| Self { _held: file }))
    }
}

/// Locks a file of this name in the data folder `dir`, without waiting; `None` when another process, or another part of this
/// one, has it.
pub(super) fn take(dir: &Path, name: &str) -> Result<Option<Held>> {
    let folder = dir.join("locks");
    let path = folder.join(name);
    create_private(&folder).map_err(|error| failure(&folder, &error))?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| failure(&path, &error))?;
    Held::take(file).map_err(|error| failure(&path, &error))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use uuid::Uuid;

    use super::*;

    const DIR: &str = "ASW_TEST_LOCK_DIR";

    fn id(number: u128) -> ConnectionId {
        ConnectionId::new(Uuid::from_u128(number))
    }

    #[test]
    fn one_run_per_connection() {
        let dir = tempfile::tempdir().unwrap();
        let first = RunLock::acquire(dir.path(), &id(1)).unwrap();
        assert!(first.is_some());
        assert!(RunLock::acquire(dir.path(), &id(1)).unwrap().is_none());
        assert!(RunLock::acquire(dir.path(), &id(2)).unwrap().is_some());
        drop(first);
        assert!(RunLock::acquire(dir.path(), &id(1)).unwrap().is_some());
    }

    #[test]
    fn a_copy_of_the_open_file_keeps_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let held = take(dir.path(), "a.lock").unwrap().unwrap();
        // What a process that is just being started has.
        let _copy = held.0.try_clone().unwrap();
        assert!(take(dir.path(), "a.lock").unwrap().is_none());
        drop(held);
        assert!(take(dir.path(), "a.lock").unwrap().is_some());
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("locks"), "x").unwrap();
        let failure = RunLock::acquire(dir.path(), &id(1)).unwrap_err();
        assert_eq!(failure.problem().code(), "data_folder");
    }

    /// Not a test: the other process of the next one.
    #[test]
    #[ignore = "run by another test"]
    fn hold_the_lock_until_killed() {
        let Some(dir) = std::env::var_os(DIR) else { return };
        let _lock = RunLock::acquire(Path::new(&dir), &id(1)).unwrap().unwrap();
        println!("\nheld");
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn a_kill_frees_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("platform::run_lock::tests::hold_the_lock_until_killed")
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "held"));
        assert!(RunLock::acquire(dir.path(), &id(1)).unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(RunLock::acquire(dir.path(), &id(1)).unwrap().is_some());
    }
}
