//! The latest warnings and errors of the log, read back for a report.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

use super::log_file::CURRENT;
use crate::model::diagnosis::LogLine;

/// So much of the end of the file is looked through, in bytes.
const TAIL: u64 = 1024 * 1024;

/// At most so many lines, newest last; none where there is no log. Blocks.
pub fn recent(logs: &Path, most: usize) -> Vec<LogLine> {
    let text = tail(&logs.join(CURRENT)).unwrap_or_default();
    let mut lines: Vec<LogLine> = text.lines().filter_map(parse).collect();
    lines.drain(..lines.len().saturating_sub(most));
    lines
}

fn tail(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    // The first line may be cut; it does not parse then.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line, where it is a warning or an error.
fn parse(line: &str) -> Option<LogLine> {
    let (message, facts) = line.strip_prefix("<![LOG[")?.split_once("]LOG]!>")?;
    let fact = |name: &str| {
        let (_, from) = facts.split_once(&format!("{name}=\""))?;
        Some(from.split_once('"')?.0.to_owned())
    };
    let is_error = match fact("type")?.as_str() {
        "3" => true,
        "2" => false,
        _ => return None,
    };
    Some(LogLine {
        time: format!("{} {}", fact("date")?, fact("time")?),
        is_error,
        component: fact("component")?,
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: u8, message: &str) -> String {
        format!(
            "<![LOG[{message}]LOG]!><time=\"10:11:12.345-120\" date=\"05-22-2027\" component=\"cli::commands\" context=\"7\" \
             type=\"{kind}\" thread=\"3\" file=\"mod.rs:88\">\n"
        )
    }

    #[test]
    fn the_latest_warnings_and_errors_are_found() {
        let folder = tempfile::tempdir().unwrap();
        assert!(recent(folder.path(), 3).is_empty(), "there is no log");
        let text: String = (0..5)
            .map(|number| line(1, "quiet") + &line(2 + number % 2, &format!("number {number}")))
            .collect();
        std::fs::write(folder.path().join(CURRENT), format!("cut off]LOG]!><\n{text}")).unwrap();
        let lines = recent(folder.path(), 3);
        let told: Vec<_> = lines
            .iter()
            .map(|each| (each.message.as_str(), each.is_error))
            .collect();
        assert_eq!(told, [("number 2", false), ("number 3", true), ("number 4", false)]);
        assert_eq!(lines[0].time, "05-22-2027 10:11:12.345-120");
        assert_eq!(lines[0].component, "cli::commands");
    }
}
