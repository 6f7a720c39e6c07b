//! What surrounds a command: its streams, its vault, and the signal to stop. A process has one; tests bring their own.

use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::answer::Answer;
use crate::model::{Problem, Result};
use crate::platform::stoppable;
use crate::secrets::SharedVault;
use crate::text;

/// A stream to write to, shared with whoever tells how far a job is.
#[derive(Clone)]
pub struct Stream {
    stream: Arc<Mutex<Box<dyn Write + Send>>>,
    failed: Arc<AtomicBool>,
    /// A line that moves on the same terminal makes room while something is written.
    bar: ProgressBar,
}

impl Stream {
    fn new(stream: impl Write + Send + 'static, bar: &ProgressBar) -> Self {
        Self {
            stream: Arc::new(Mutex::new(Box::new(stream))),
            failed: Arc::default(),
            bar: bar.clone(),
        }
    }

    /// Writes and flushes. A reader that has gone is no failure of ours; any other is remembered.
    pub fn write(&self, text: &str) {
        let write = || {
            let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
            let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
            if written.is_err_and(|cause| cause.kind() != ErrorKind::BrokenPipe) {
                self.failed.store(true, Ordering::Relaxed);
            }
        };
        // `suspend` draws the line anew afterwards, also one that was never there.
        if self.bar.is_finished() || self.bar.message().is_empty() {
            write()
        } else {
            self.bar.suspend(write)
        }
    }
}

/// The surroundings of a command.
pub struct Host {
    out: Stream,
    err: Stream,
    bar: ProgressBar,
    input: Arc<Mutex<Box<dyn BufRead + Send>>>,
    /// Whether a person sits at it.
    pub terminal: bool,
    /// Whether commands write the log file: a process has one log, so only the program itself does.
    pub logs: bool,
    /// The vault to use instead of the keyring.
    pub vault: Option<SharedVault>,
    /// Cancelled by Ctrl-C and SIGTERM.
    pub stop: CancellationToken,
}

impl Host {
    /// The process's own.
    pub fn of_this_process() -> Self {
        let bar = ProgressBar::no_length(); // draws on a terminal only
        Self {
            out: Stream::new(std::io::stdout(), &bar),
            err: Stream::new(std::io::stderr(), &bar),
            bar,
            input: Arc::new(Mutex::new(Box::new(std::io::BufReader::new(std::io::stdin())))),
            terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            logs: true,
            vault: None,
            stop: CancellationToken::new(),
        }
    }

    /// One that reads and writes elsewhere: for tests and for programs around the library.
    pub fn new(
        input: impl BufRead + Send + 'static,
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        vault: Option<SharedVault>,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self {
            out: Stream::new(out, &bar),
            err: Stream::new(err, &bar),
            bar,
            input: Arc::new(Mutex::new(Box::new(input))),
            terminal: false,
            logs: false,
            vault,
            stop: CancellationToken::new(),
        }
    }

    /// Cancels `stop` at Ctrl-C or SIGTERM. Must be called inside the runtime.
    pub fn stop_on_signal(&self) {
        let (stop, err) = (self.stop.clone(), self.err.clone());
        tokio::spawn(async move {
            wait_for_signal().await;
            stop.cancel();
            err.write(&format!("{}\n", text::home::STOPPING));
            // Whoever asks twice does not want to wait for a safe point. Nothing is lost: every run can go on after a kill.
            wait_for_signal().await;
            std::process::exit(i32::from(super::answer::Exit::Failed as u8));
        });
    }

    /// Whether standard output could not be written, as on a full disk.
    pub fn lost_output(&self) -> bool {
        self.out.failed.load(Ordering::Relaxed)
    }

    /// Writes to standard output.
    pub fn out(&self, text: &str) {
        self.out.write(text);
    }

    /// Writes to standard error.
    pub fn err(&self, text: &str) {
        self.err.write(text);
    }

    /// The line that moves.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Standard error, for what tells how far a job is.
    pub fn err_stream(&self) -> Stream {
        self.err.clone()
    }

    /// One line of standard input, after a question on standard error.
    ///
    /// # Errors
    /// `Cancelled` where the person wants to stop meanwhile; `SecretsMissing` where it cannot be read.
    pub async fn line(&self, question: &str) -> Result<Zeroizing<String>> {
        self.bar.finish_and_clear();
        self.err(question);
        let input = Arc::clone(&self.input);
        self.asked(move || {
            let mut line = Zeroizing::new(String::new());
            input
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .read_line(&mut line)?;
            Ok(line)
        })
        .await
    }

    /// A secret, typed on the terminal without being shown.
    ///
    /// # Errors
    /// As [`Host::line`].
    pub async fn secret(&self, prompt: &str) -> Result<Zeroizing<String>> {
        self.bar.finish_and_clear();
        let prompt = prompt.to_owned();
        self.asked(move || rpassword::prompt_password(prompt).map(Zeroizing::new))
            .await
    }

    /// Waits for a person on a thread of its own, so that a signal can end the wait.
    async fn asked<T: Send + 'static>(&self, read: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
        let answered = tokio::task::spawn_blocking(read);
        let answer = stoppable(&self.stop, async { Ok(answered.await) }).await?;
        let unreadable = |what: String| Problem::SecretsMissing { what };
        let answer = answer.map_err(|_| unreadable("an answer to the question".to_owned()))?;
        Ok(answer.map_err(|cause| unreadable(format!("readable standard input ({cause})")))?)
    }

    /// Prints an answer.
    pub fn print(&self, answer: &Answer, json: bool) {
        self.bar.finish_and_clear();
        if json && answer.json.is_null() {
            return; // a command that prints for itself
        }
        if json {
            self.out(&format!("{}\n", answer.json));
            return;
        }
        if !answer.human.is_empty() {
            let end = if answer.human.ends_with('\n') { "" } else { "\n" };
            self.out(&format!("{}{end}", answer.human));
        }
        self.err(&answer.remarks);
    }
}

/// Waits for Ctrl-C or SIGTERM. Must be called inside a runtime.
#[cfg(unix)]
pub async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Waits for Ctrl-C. Must be called inside a runtime.
#[cfg(not(unix))]
pub async fn wait_for_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
