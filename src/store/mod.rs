//! What must outlive a run, in one SQLite file: connections, names of keyring entries, what was published, limits that
//! workspaces taught us, history of runs. Never a secret.
//!
//! Knows `model` only. Calls are synchronous and short (a commit waits for the disk). Several processes may have the file open at
//! once: reads never wait, a write waits up to [`BUSY_SECONDS`] for another one. Whoever *changes* a connection over several
//! calls holds that connection's run lock (`platform`) meanwhile; the store alone keeps each single call whole.
//!
//! | file | subject |
//! | --- | --- |
//! | [`mod@self`] | [`Store`]: opening, reading, writing in one transaction |
//! | `schema` | the tables, version by version |
//! | `failure` | SQLite's errors as a [`Problem`] |
//! | `encode` | words and documents in columns |
//! | `connections` | connections, and the names of removed ones |
//! | `history` | where a connection's rows go, and what a set-up has made for them |
//! | `secret_entries` | which keyring entry is in use, which is coming, which may go |
//! | `key_notes` | what is noted of the secret key in use |
//! | `groups` | what is known of each collection's computer group |
//! | [`mod@roll`] | the members of one reading while they wait to be written, sorted; not in the database |
//! | `limits` | how long a text a workspace takes, and how large an upload |
//! | `made_keys` | secret keys that Microsoft Entra was asked to make and that are not in use |
//! | `relocation` | a connection that goes over to another site |
//! | `runs` | history of runs |
//!
//! Start at [`Store::open`]; then `connections`.

use std::fs::{DirBuilder, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Database, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::model::{Problem, Result};

mod connections;
mod encode;
mod failure;
mod groups;
mod history;
mod key_notes;
mod limits;
mod made_keys;
mod relocation;
pub mod roll;
mod runs;
#[cfg(test)]
pub(crate) mod samples;
mod schema;
mod secret_entries;

pub use groups::{GroupState, Pending, Published, SentRows};
pub use relocation::NextPassword;
pub use runs::{Run, RunId, RunKind};
pub use secret_entries::{SecretKind, entry_name};

use failure::{Attempt, failure_of, io_failure};

/// File name of the database inside the data folder.
pub const FILE: &str = "asw.db";

/// How long a write waits for another process's write.
pub const BUSY_SECONDS: u64 = 5;

/// The open database.
pub struct Store {
    dir: PathBuf,
    database: Mutex<Database>,
}

impl Store {
    /// Opens the database in the data folder `dir`; makes folder and file, readable by this user only, where they are missing, and
    /// brings an older schema up to date.
    ///
    /// # Errors
    /// `DatabaseNewer` when a newer version of this program wrote it (the file is left as it is), `Database` when it is
    /// damaged or not a database, `DataFolder` when folder or file cannot be used, `DiskFull`.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        create_private(dir, &path).map_err(|error| io_failure(dir, &error))?;
        let database = open_database(&path).map_err(|trouble| failure_of(dir, trouble))?;
        Ok(Self {
            dir: dir.to_owned(),
            database: Mutex::new(database),
        })
    }

    /// Looks through the whole file; answers the version of its schema.
    ///
    /// # Errors
    /// `Database` with what is damaged.
    pub fn check(&self) -> Result<i64> {
        self.read(|database| {
            let said: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if said != "ok" {
                return Err(Problem::Database { cause: said }.into());
            }
            Ok(database.query_row("PRAGMA user_version", [], |row| row.get(0))?)
        })
    }

    /// Runs queries.
    fn read<T>(&self, job: impl FnOnce(&Database) -> Attempt<T>) -> Result<T> {
        job(&self.lock()).map_err(|trouble| failure_of(&self.dir, trouble))
    }

    /// Runs changes in one transaction: all of them, or none.
    fn write<T>(&self, job: impl FnOnce(&Transaction<'_>) -> Attempt<T>) -> Result<T> {
        in_transaction(&mut self.lock(), job).map_err(|trouble| failure_of(&self.dir, trouble))
    }

    fn lock(&self) -> MutexGuard<'_, Database> {
        // A panic inside a job drops its transaction, which rolls back: the connection behind a poisoned lock is sound.
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the write lock at the beginning. A transaction that reads first and writes later would fail at once, without
/// waiting, whenever another process wrote in between.
fn in_transaction<T>(database: &mut Database, job: impl FnOnce(&Transaction<'_>) -> Attempt<T>) -> Attempt<T> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = job(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn open_database(path: &Path) -> Attempt<Database> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Database::open_with_flags(path, flags)?;
    database.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
    // Before anything is written, so that a newer database stays byte for byte as it is.
    schema::check_version(&database)?;
    use_write_ahead_log(&database)?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: a connection that was removed leaves nothing in the file's free pages.
    database.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    schema::migrate(&mut database)?;
    Ok(database)
}

/// Turns on write-ahead logging, which stays on in the file.
///
/// Where several processes do this to a new file at once, SQLite refuses all but one at once instead of waiting: two that wait for
/// each other would wait for ever. So the waiting is done here.
fn use_write_ahead_log(database: &Database) -> Attempt<()> {
    let give_up = Instant::now() + Duration::from_secs(BUSY_SECONDS);
    loop {
        match database.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return Ok(done?),
        }
    }
}

/// Makes folder and file for this user's eyes only. SQLite gives its side files the rights of the main file.
fn create_private(dir: &Path, path: &Path) -> std::io::Result<()> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    let mut file = OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    folder.create(dir)?;
    file.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::samples::{connection, group, moment, store};
    use super::*;
    use crate::model::Problem;

    impl Store {
        /// Lets the file grow by so many pages only, so that SQLite itself reports a full disk.
        fn limit_growth(&self, pages: i64) {
            let database = self.lock();
            let now: i64 = database.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            database
                .pragma_update_and_check(None, "max_page_count", now + pages, |_| Ok(()))
                .unwrap();
        }
    }

    fn raw(dir: &Path) -> Database {
        Database::open(dir.join(FILE)).unwrap()
    }

    fn refusal(dir: &Path) -> Problem {
        match Store::open(dir) {
            Ok(_) => panic!("opened"),
            Err(failure) => failure.problem().clone(),
        }
    }

    #[test]
    fn settings_hold() {
        let (_dir, store) = store();
        let setting = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            store.lock().query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(setting("journal_mode"), "wal");
        assert_eq!(setting("foreign_keys"), "1");
        assert_eq!(setting("synchronous"), "2");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("a/b");
        let store = Store::open(&dir).unwrap();
        store.insert_intent(&connection("Contoso"), moment(0)).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        let files: Vec<PathBuf> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        assert!(files.len() >= 2, "the database and its log: {files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }

    #[test]
    fn what_was_written_is_there_after_reopening() {
        let (dir, store) = store();
        let wanted = connection("Contoso");
        store.insert_intent(&wanted, moment(0)).unwrap();
        drop(store);
        assert_eq!(Store::open(dir.path()).unwrap().connections().unwrap(), [wanted]);
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let (dir, store) = store();
        drop(store);
        raw(dir.path()).pragma_update(None, "user_version", 99).unwrap();
        let before = std::fs::read(dir.path().join(FILE)).unwrap();
        assert_eq!(
            refusal(dir.path()),
            Problem::DatabaseNewer {
                found: 99,
                known: super::schema::known()
            }
        );
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), before);
    }

    #[test]
    fn garbage_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let garbage = "This is not a database. ".repeat(100);
        std::fs::write(dir.path().join(FILE), &garbage).unwrap();
        assert_eq!(refusal(dir.path()).code(), "database");
        assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), garbage);
    }

    #[test]
    fn damage_is_a_problem_not_a_panic() {
        let (dir, store) = store();
        for number in 0..50 {
            store
                .insert_intent(&connection(&format!("Contoso {number}")), moment(0))
                .unwrap();
        }
        drop(store);
        let path = dir.path().join(FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xA5);
        std::fs::write(&path, bytes).unwrap();
        let code = Store::open(dir.path())
            .and_then(|store| store.connections())
            .unwrap_err();
        assert_eq!(code.problem().code(), "database");
    }

    #[test]
    fn a_row_from_elsewhere_is_a_problem_not_a_panic() {
        let (dir, store) = store();
        store.insert_intent(&connection("Contoso"), moment(0)).unwrap();
        raw(dir.path())
            .execute("UPDATE connections SET setup = '{}'", [])
            .unwrap();
        let failure = store.connections().unwrap_err();
        assert!(
            matches!(failure.problem(), Problem::Database { cause } if cause.contains("connections.setup")),
            "{failure:?}"
        );
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("taken");
        std::fs::write(&path, "x").unwrap();
        assert!(matches!(refusal(&path), Problem::DataFolder { path: named, .. } if named.ends_with("taken")));
        std::fs::create_dir_all(outer.path().join("dir").join(FILE)).unwrap();
        assert_eq!(refusal(&outer.path().join("dir")).code(), "data_folder");
    }

    #[test]
    fn a_failing_job_leaves_nothing_behind() {
        let (_dir, store) = store();
        let result: Result<()> = store.write(|transaction| {
            transaction.execute("INSERT INTO workspace_limits VALUES ('w', 1)", [])?;
            Err(Problem::SecretExpired.into())
        });
        assert_eq!(result.unwrap_err().problem(), &Problem::SecretExpired);
        let rows: i64 = store
            .lock()
            .query_row("SELECT count(*) FROM workspace_limits", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 0);
    }

    #[test]
    fn a_full_disk_says_so_and_loses_nothing() {
        let (dir, store) = store();
        let wanted = connection("Contoso");
        store.insert_intent(&wanted, moment(0)).unwrap();
        store.limit_growth(2);
        let mut large = group("PS100016");
        large.name = "x".repeat(1_000_000);
        let failure = store.put_group(wanted.id, &large).unwrap_err();
        assert_eq!(
            failure.problem(),
            &Problem::DiskFull {
                path: dir.path().display().to_string()
            }
        );
        assert_eq!(store.connections().unwrap(), std::slice::from_ref(&wanted));
        store.put_group(wanted.id, &group("PS100016")).unwrap();
    }

    #[test]
    fn many_may_open_a_new_folder_at_once() {
        for _ in 0..10 {
            let dir = tempfile::tempdir().unwrap();
            let start = Barrier::new(8);
            std::thread::scope(|scope| {
                for number in 0..8 {
                    let (start, path) = (&start, dir.path());
                    scope.spawn(move || {
                        start.wait();
                        let store = Store::open(path).unwrap();
                        store
                            .insert_intent(&connection(&format!("C{number}")), moment(0))
                            .unwrap();
                    });
                }
            });
            assert_eq!(Store::open(dir.path()).unwrap().connections().unwrap().len(), 8);
        }
    }

    #[test]
    fn writers_wait_for_each_other_and_readers_for_nobody() {
        let (dir, first) = store();
        let second = Store::open(dir.path()).unwrap();
        let wanted = connection("Contoso");
        first.insert_intent(&wanted, moment(0)).unwrap();
        std::thread::scope(|scope| {
            let writer = first
                .write(|transaction| {
                    transaction.execute("UPDATE connections SET state = 'removing'", [])?;
                    // Not committed yet: the other handle reads the state before, at once.
                    assert_eq!(second.connections().unwrap(), std::slice::from_ref(&wanted));
                    let waiting = scope.spawn(|| second.put_group(wanted.id, &group("PS100016")));
                    transaction.execute("UPDATE connections SET state = 'ready'", [])?;
                    Ok(waiting)
                })
                .unwrap();
            writer.join().unwrap().unwrap();
        });
        assert_eq!(first.groups(wanted.id).unwrap().len(), 1);
        let read = second.connection(&wanted.setup.name).unwrap().unwrap();
        assert_eq!(read.state, crate::model::ConnectionState::Ready);
    }

    #[test]
    fn waiting_for_another_writer_has_an_end() {
        let (dir, store) = store();
        store.lock().busy_timeout(Duration::from_millis(20)).unwrap();
        let mut other = raw(dir.path());
        let _writing = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let failure = store.insert_intent(&connection("Contoso"), moment(0)).unwrap_err();
        assert!(
            matches!(failure.problem(), Problem::Database { cause } if cause.contains("another program")),
            "{failure:?}"
        );
    }
}
