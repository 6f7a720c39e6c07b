//! How far a job is, on standard error: a line that moves on a terminal, plain lines elsewhere.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::host::{Host, Stream};
use crate::model::plan::{Progress, Tell};
use crate::text::progress::line;

/// Tells nobody.
pub fn silent() -> Tell {
    Arc::new(|_| {})
}

/// Tells the host's standard error.
pub fn teller(host: &Host) -> Tell {
    if host.terminal {
        moving(host.bar())
    } else {
        lines(host.err_stream())
    }
}

/// Drawn when something is said, and only then: a prompt that stands meanwhile stays readable.
fn moving(bar: ProgressBar) -> Tell {
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    Arc::new(move |progress| {
        if matches!(progress, Progress::Refused { .. }) {
            return; // said whole at the end
        }
        if bar.is_finished() {
            bar.reset(); // a question stood in its place
        }
        bar.set_message(line(&progress));
        bar.tick();
    })
}

/// Steps, collections and what is waited for: pages would fill a log.
fn lines(err: Stream) -> Tell {
    Arc::new(move |progress| {
        if matches!(
            progress,
            Progress::Step(_)
                | Progress::Collection { .. }
                | Progress::Waiting { .. }
                | Progress::RolePending { .. }
                | Progress::KeyPending { .. }
        ) {
            err.write(&format!("{}\n", line(&progress)));
        }
    })
}
