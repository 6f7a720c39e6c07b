//! What a process has taken, as Linux tells it in `/proc`.

use std::fs::read_to_string;

/// What a process has taken so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Seconds of processor time, in its own code and in the system for it; to a hundredth.
    pub cpu: f64,
    /// The most memory held at once, in mebibytes.
    pub peak: f64,
}

impl Taken {
    /// `None` once the process is gone. `id` is a number or `self`.
    pub fn by(id: &str) -> Option<Self> {
        let stat = read_to_string(format!("/proc/{id}/stat")).ok()?;
        let status = read_to_string(format!("/proc/{id}/status")).ok()?;
        Some(Self {
            cpu: processor(&stat)?,
            peak: peak(&status)?,
        })
    }
}

fn processor(stat: &str) -> Option<f64> {
    // The second field is a name in brackets.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
