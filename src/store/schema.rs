//! The tables, version by version. `PRAGMA user_version` counts the migrations that a file has seen.
//!
//! A migration that has been released never changes; a change of the tables is a new one at the end.

use rusqlite::Connection as Database;

use super::failure::Attempt;
use super::in_transaction;
use crate::model::Problem;

/// Each entry takes the database one version further.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
];

/// The newest version that this program knows.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn version(database: &Database) -> Attempt<i64> {
    Ok(database.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a database that a newer program wrote: it may mean things that this one does not know. Changes nothing.
pub(super) fn check_version(database: &Database) -> Attempt<()> {
    let found = version(database)?;
    if found > known() {
        return Err(Problem::DatabaseNewer { found, known: known() }.into());
    }
    if found < 0 {
        return Err(Problem::Database {
            cause: format!("its schema version {found} is not one of ours"),
        }
        .into());
    }
    Ok(())
}

/// Brings the tables to the newest version, one transaction a step.
pub(super) fn migrate(database: &mut Database) -> Attempt<()> {
    run(database, MIGRATIONS)
}

fn run(database: &mut Database, migrations: &[&str]) -> Attempt<()> {
    for (step, batch) in (1_i64..).zip(migrations) {
        if version(database)? >= step {
            continue;
        }
        in_transaction(database, |transaction| {
            // Another process may have taken this step while we waited for the write lock.
            if version(transaction)? < step {
                transaction.execute_batch(batch)?;
                transaction.pragma_update(None, "user_version", step)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(database: &Database) -> Vec<String> {
        let mut statement = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(|name| name.unwrap()).collect()
    }

    #[test]
    fn steps_run_once_and_in_order() {
        let mut database = Database::open_in_memory().unwrap();
        let first = "CREATE TABLE a (x TEXT) STRICT";
        let second = "INSERT INTO a VALUES ('kept'); CREATE TABLE b (x TEXT) STRICT";
        run(&mut database, &[first]).unwrap();
        assert_eq!(version(&database).unwrap(), 1);
        run(&mut database, &[first, second]).unwrap();
        run(&mut database, &[first, second]).unwrap();
        assert_eq!(version(&database).unwrap(), 2);
        let rows: i64 = database
            .query_row("SELECT count(*) FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_failing_step_leaves_nothing_of_itself() {
        let mut database = Database::open_in_memory().unwrap();
        let broken = "CREATE TABLE b (x TEXT) STRICT; INSERT INTO nowhere VALUES (1)";
        run(&mut database, &["CREATE TABLE a (x TEXT) STRICT", broken]).unwrap_err();
        assert_eq!(
            (version(&database).unwrap(), tables(&database)),
            (1, vec!["a".to_owned()])
        );
    }

    #[test]
    fn a_connection_of_the_first_version_stays_as_it_is() {
        let mut database = Database::open_in_memory().unwrap();
        run(&mut database, &MIGRATIONS[..1]).unwrap();
        database
            .execute_batch(
                "INSERT INTO connections (id, name, name_key, state, setup, created, updated)
                 VALUES ('i', 'n', 'n', 'ready', '{}', 'c', 'u')",
            )
            .unwrap();
        migrate(&mut database).unwrap();
        let row: (String, Option<String>, Option<String>, Option<String>) = database
            .query_row(
                "SELECT setup, history, made, import_off_since FROM connections",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .unwrap();
        assert_eq!(row, ("{}".to_owned(), None, None, None));
    }

    #[test]
    fn every_table_is_there_after_all_steps() {
        let mut database = Database::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        assert_eq!(version(&database).unwrap(), known());
        let expected = [
            "connections",
            "group_states",
            "made_keys",
            "removed_connections",
            "runs",
            "secret_entries",
            "sqlite_sequence",
            "upload_limits",
            "workspace_limits",
        ];
        assert_eq!(tables(&database), expected);
    }
}
