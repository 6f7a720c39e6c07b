//! The log file itself: lines appended by several processes at once, rolled when it is large.
//!
//! A line is one opening, one write at the end, one closing. That costs some microseconds and saves all agreement between processes:
//! whoever finds the file too large renames it, and everybody's next line begins or finds the new one.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;

use super::paths::create_private;
use super::run_lock::Held;

/// The file that is written to.
pub(super) const CURRENT: &str = "asw.log";

/// Bounds of what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes after which a file is rolled. Several processes at once may exceed it by a line each.
    pub(super) bytes: u64,
    /// Files in all, the current one included.
    pub(super) files: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 5 * 1024 * 1024,
            files: 10,
        }
    }
}

/// `asw.log` and the earlier `asw-<UTC time>.log` beside it.
#[derive(Debug)]
pub(super) struct LogFile {
    dir: PathBuf,
    bounds: Bounds,
    lost: AtomicU64,
}

impl LogFile {
    /// Makes sure that lines can be written to the folder.
    pub(super) fn open(dir: &Path, bounds: Bounds) -> Result<Self> {
        create_private(dir)?;
        let file = Self {
            dir: dir.to_owned(),
            bounds,
            lost: AtomicU64::new(0),
        };
        file.current()?;
        Ok(file)
    }

    /// The path of the file that is written to.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.join(CURRENT)
    }

    /// Lines that could not be written.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Appends one line, which ends with a line break. A job must not fail for its log, so a line that cannot be written is counted
    /// and dropped.
    pub(super) fn append(&self, line: &str) {
        if self.try_append(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn try_append(&self, line: &str) -> Result<()> {
        let mut file = self.current()?;
        if file.metadata()?.len() >= self.bounds.bytes {
            drop(file);
            // Where it cannot be rolled now (a viewer may hold it open), a longer file is better than a lost line.
            let _ = self.roll();
            file = self.current()?;
        }
        file.write_all(line.as_bytes())
    }

    fn current(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path())
    }

    /// Renames the current file and drops the oldest ones, unless another process is doing so or has just done it.
    fn roll(&self) -> Result<()> {
        let lock = File::create(self.dir.join("asw.log.lock"))?;
        let Some(_lock) = Held::take(lock)? else { return Ok(()) };
        if self.path().metadata()?.len() < self.bounds.bytes {
            return Ok(());
        }
        let name = Utc::now().format("asw-%Y%m%d-%H%M%S%.6f.log").to_string();
        std::fs::rename(self.path(), self.dir.join(name))?;
        let earlier = self.earlier()?;
        let surplus = (earlier.len() + 1).saturating_sub(self.bounds.files);
        earlier.iter().take(surplus).try_for_each(std::fs::remove_file)
    }

    /// The rolled files, oldest first.
    fn earlier(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for file in std::fs::read_dir(&self.dir)? {
            let file = file?;
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("asw-") && name.ends_with(".log") {
                files.push(file.path());
            }
        }
        files.sort();
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const DIR: &str = "ASW_TEST_LOG_DIR";
    const SMALL: Bounds = Bounds { bytes: 1000, files: 3 };
    const MANY: Bounds = Bounds {
        bytes: 20_000,
        files: 1000,
    };
    const LINES: usize = 500;

    fn all_text(file: &LogFile) -> String {
        let mut files = file.earlier().unwrap();
        files.push(file.path());
        files
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }

    #[test]
    fn rolls_when_large_and_drops_the_oldest() {
        let dir = tempfile::tempdir().unwrap();
        let file = LogFile::open(dir.path(), SMALL).unwrap();
        for number in 0..100 {
            file.append(&format!("{number:099}\n"));
        }
        let earlier = file.earlier().unwrap();
        assert_eq!(earlier.len(), 2);
        for path in earlier {
            assert_eq!(path.metadata().unwrap().len(), 1000);
        }
        let text = all_text(&file);
        let numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(
            numbers,
            (70..100).collect::<Vec<_>>(),
            "the newest, in order, none missing"
        );
        assert_eq!(file.lost(), 0);
    }

    #[test]
    fn a_file_that_another_process_has_just_rolled_is_not_rolled_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = LogFile::open(dir.path(), SMALL).unwrap();
        file.append("the first line of the new file\n");
        file.roll().unwrap();
        assert!(file.earlier().unwrap().is_empty());
    }

    #[test]
    fn a_line_that_cannot_be_written_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("logs");
        let file = LogFile::open(&inner, SMALL).unwrap();
        std::fs::remove_dir_all(&inner).unwrap();
        file.append("x\n");
        assert_eq!(file.lost(), 1);
        std::fs::write(&inner, "").unwrap();
        assert!(LogFile::open(&inner, SMALL).is_err());
    }

    /// Not a test: each of the other processes of the next one.
    #[test]
    #[ignore = "run by another test"]
    fn write_many_lines() {
        let Some(dir) = std::env::var_os(DIR) else { return };
        let file = LogFile::open(Path::new(&dir), MANY).unwrap();
        for number in 0..LINES {
            file.append(&format!("{} {number:0100}\n", std::process::id()));
        }
        assert_eq!(file.lost(), 0);
    }

    #[test]
    fn processes_that_write_at_once_neither_mix_nor_lose_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut others: Vec<_> = (0..3)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--ignored", "--exact", "platform::log_file::tests::write_many_lines"])
                    .env(DIR, dir.path())
                    .stdout(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for other in &mut others {
            assert!(other.wait().unwrap().success());
        }
        let file = LogFile::open(dir.path(), MANY).unwrap();
        assert!(file.earlier().unwrap().len() > 3, "it was rolled meanwhile");
        for path in file.earlier().unwrap() {
            assert!(
                path.metadata().unwrap().len() >= MANY.bytes,
                "rolled by two processes at once"
            );
        }
        let text = all_text(&file);
        for other in &others {
            let mut numbers: Vec<usize> = text
                .lines()
                .filter_map(|line| line.split_once(' '))
                .filter(|(process, _)| *process == other.id().to_string())
                .map(|(_, number)| number.parse().unwrap())
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..LINES).collect::<Vec<_>>());
        }
        assert_eq!(text.lines().count(), 3 * LINES);
    }
}
