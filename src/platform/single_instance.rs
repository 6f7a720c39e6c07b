//! One window a data folder: a later start raises the first window instead of opening another.
//!
//! The first window holds a lock, and listens on a loopback port. Port and a random key stand in a file that only this account
//! can read. A later start finds the lock taken, reads the file, and calls: one line out, one line back. Only the lock
//! decides who is first; a file that a killed process left behind means nothing.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::run_lock;
use crate::model::{ConnectionName, Result};

/// How long a later start looks for the first window. It may just have begun, or be about to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one caller may take to say its line.
const CALL_TIME: Duration = Duration::from_secs(1);
/// How long the answer may take: longer than a caller before, who says nothing.
const ANSWER_TIME: Duration = Duration::from_secs(3);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(50);
/// No call is longer, in bytes.
const LONGEST_CALL: usize = 4_096;
/// The lock's file.
const LOCK: &str = "window.lock";
/// What the first window answers.
const HEARD: &str = "heard";

/// What a later start wants of the first window, beside being raised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Call {
    /// *Update secret key* is to be opened for this connection.
    pub update_secret: Option<ConnectionName>,
}

/// What a start turns out to be.
pub enum Start {
    /// The first: it may open its window.
    First(FirstWindow),
    /// A later one; the first window has heard the call.
    Heard,
    /// A later one; the first window is there but does not answer.
    Unheard,
}

/// The right to have the window of a data folder, and the calls of later starts. Given back when dropped; the operating
/// system takes it back when the process ends in whatever way.
pub struct FirstWindow {
    door: Option<Door>,
    _lock: run_lock::Held,
}

/// Where the first window listens, as its file says.
#[derive(Serialize, Deserialize)]
struct Address {
    port: u16,
    key: String,
}

/// The line that a later start says.
#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    call: Call,
}

/// What the thread that listens shares with the window.
struct Shared {
    key: String,
    stop: AtomicBool,
    wake: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// A thread that listens, and its file.
struct Door {
    file: PathBuf,
    port: u16,
    calls: Receiver<Call>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Finds out whether this is the first window of the data folder `dir`; where not, calls the one that is.
///
/// # Errors
/// `DataFolder` when the lock file cannot be made or locked, `DiskFull`.
pub fn start(dir: &Path, call: &Call) -> Result<Start> {
    start_within(PATIENCE, dir, call)
}

fn start_within(patience: Duration, dir: &Path, call: &Call) -> Result<Start> {
    let begun = Instant::now();
    loop {
        if let Some(lock) = run_lock::take(dir, LOCK)? {
            let door = Door::open(dir);
            if let Err(error) = &door {
                tracing::warn!("a later start cannot raise this window: {error}");
            }
            return Ok(Start::First(FirstWindow {
                door: door.ok(),
                _lock: lock,
            }));
        }
        if say(dir, call).is_some() {
            return Ok(Start::Heard);
        }
        if begun.elapsed() > patience {
            return Ok(Start::Unheard);
        }
        std::thread::sleep(PAUSE);
    }
}

fn address_file(dir: &Path) -> PathBuf {
    dir.join("locks").join("window.json")
}

/// Calls the first window. `None` where it does not answer.
fn say(dir: &Path, call: &Call) -> Option<()> {
    let text = std::fs::read_to_string(address_file(dir)).ok()?;
    let address: Address = serde_json::from_str(&text).ok()?;
    let line = Line {
        key: address.key,
        call: call.clone(),
    };
    let mut stream = TcpStream::connect_timeout(&loopback(address.port), ANSWER_TIME).ok()?;
    stream.write_all(serde_json::to_string(&line).ok()?.as_bytes()).ok()?;
    stream.write_all(b"\n").ok()?;
    (read_line(&mut stream, ANSWER_TIME)? == HEARD).then_some(())
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// One line, if it comes soon and is not too long.
fn read_line(stream: &mut TcpStream, time: Duration) -> Option<String> {
    let until = Instant::now() + time;
    let mut line = Vec::new();
    let mut bytes = [0; 512];
    while line.len() < LONGEST_CALL {
        let left = until
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let count = stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
        line.extend_from_slice(bytes.get(..count)?);
        if line.ends_with(b"\n") {
            return Some(String::from_utf8(line).ok()?.trim_end().to_owned());
        }
    }
    None
}

impl FirstWindow {
    /// After every call from now on this is called, on another thread: it wakes the window.
    pub fn wake_with(&self, wake: impl Fn() + Send + 'static) {
        if let Some(door) = &self.door {
            *door.shared.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(wake));
        }
    }

    /// The calls since the last time.
    pub fn calls(&self) -> impl Iterator<Item = Call> {
        self.door.iter().flat_map(|door| door.calls.try_iter())
    }
}

impl Door {
    fn open(dir: &Path) -> std::io::Result<Self> {
        let listener = TcpListener::bind(loopback(0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            key: random_key(),
            stop: AtomicBool::new(false),
            wake: Mutex::new(None),
        });
        let (sender, calls) = mpsc::channel();
        let file = address_file(dir);
        write_private(&file, port, &shared.key)?;
        let thread = std::thread::Builder::new().name("later starts".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || listen(&listener, &shared, &sender)
        })?;
        Ok(Self {
            file,
            port,
            calls,
            shared,
            thread: Some(thread),
        })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
        self.shared.stop.store(true, Ordering::SeqCst);
        // The thread waits for a caller; so it gets one. Where that fails it ends with the process.
        let woken = TcpStream::connect_timeout(&loopback(self.port), ANSWER_TIME);
        if let Some(thread) = self.thread.take().filter(|_| woken.is_ok()) {
            let _ = thread.join();
        }
    }
}

fn random_key() -> String {
    let key: [u8; 32] = rand::random();
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the file anew, so that an older one's rights do not stay.
fn write_private(path: &Path, port: u16, key: &str) -> std::io::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let key = key.to_owned();
    let text = serde_json::to_string(&Address { port, key })?;
    options.open(path)?.write_all(text.as_bytes())
}

/// Until the window goes. Whoever does not know the key is not answered.
fn listen(listener: &TcpListener, shared: &Shared, calls: &Sender<Call>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        match stream {
            Ok(mut stream) => {
                if let Some(call) = hear(&mut stream, &shared.key) {
                    let _ = calls.send(call);
                    if let Some(wake) = &*shared.wake.lock().unwrap_or_else(PoisonError::into_inner) {
                        wake();
                    }
                    let _ = stream.write_all(format!("{HEARD}\n").as_bytes());
                }
            }
            // Too many open files, say: a little later it may work again.
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

fn hear(stream: &mut TcpStream, key: &str) -> Option<Call> {
    let line: Line = serde_json::from_str(&read_line(stream, CALL_TIME)?).ok()?;
    is_same(&line.key, key).then_some(line.call)
}

/// Compares without telling by its duration how much was right.
fn is_same(one: &str, other: &str) -> bool {
    let different = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && different == 0
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::platform::paths::create_private;

    const DIR: &str = "ASW_TEST_WINDOW_DIR";
    const SHORT: Duration = Duration::from_millis(200);

    fn first(dir: &Path) -> FirstWindow {
        match start(dir, &Call::default()).unwrap() {
            Start::First(first) => first,
            Start::Heard | Start::Unheard => panic!("another window is there"),
        }
    }

    fn secret(name: &str) -> Call {
        Call {
            update_secret: Some(name.parse().unwrap()),
        }
    }

    fn address(dir: &Path) -> Address {
        serde_json::from_str(&std::fs::read_to_string(address_file(dir)).unwrap()).unwrap()
    }

    /// Says these bytes to the first window; answers what comes back until it hangs up.
    fn shout(port: u16, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(loopback(port)).unwrap();
        // It may hang up before it has heard all.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn a_later_start_is_heard_by_the_first_window() {
        let dir = tempfile::tempdir().unwrap();
        let first = first(dir.path());
        let (woken, wakes) = mpsc::channel();
        first.wake_with(move || woken.send(()).unwrap());
        for call in [Call::default(), secret("Contoso \"Größe\"")] {
            assert!(matches!(start(dir.path(), &call).unwrap(), Start::Heard));
            wakes.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(first.calls().collect::<Vec<_>>(), [call]);
        }
    }

    #[test]
    fn a_call_that_comes_before_the_window_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let first = first(dir.path());
        assert!(matches!(start(dir.path(), &secret("a")).unwrap(), Start::Heard));
        assert_eq!(first.calls().count(), 1);
    }

    #[test]
    fn another_data_folder_has_a_window_of_its_own() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _first = first(one.path());
        let _second = first(other.path());
    }

    #[test]
    fn a_window_that_is_closed_makes_room() {
        let dir = tempfile::tempdir().unwrap();
        drop(first(dir.path()));
        assert!(!address_file(dir.path()).exists());
        drop(first(dir.path()));
    }

    #[test]
    fn whoever_does_not_know_the_key_is_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let first = first(dir.path());
        let Address { port, key } = address(dir.path());
        let line = |key: &str| format!("{{\"key\":\"{key}\",\"call\":{{\"update_secret\":null}}}}\n");
        let near = format!("{}x", &key[..key.len() - 1]);
        for said in [
            "",
            "\n",
            "GET / HTTP/1.1\r\n\r\n",
            "{}\n",
            &line(""),
            &line(&near),
            &line(&key[1..]),
        ] {
            assert_eq!(shout(port, said.as_bytes()), "", "{said:?}");
        }
        assert_eq!(shout(port, &[0xff; 300_000]), "");
        let no_name = line(&key).replace("null", "\"two\\nlines\"");
        assert_eq!(shout(port, no_name.as_bytes()), "");
        assert_eq!(first.calls().count(), 0);
        assert_eq!(
            shout(port, line(&key).as_bytes()),
            "heard\n",
            "the right key is still heard"
        );
        assert_eq!(first.calls().count(), 1);
    }

    #[test]
    fn whoever_says_nothing_does_not_hold_up_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let first = first(dir.path());
        let _silent = TcpStream::connect(loopback(address(dir.path()).port)).unwrap();
        assert!(matches!(start(dir.path(), &Call::default()).unwrap(), Start::Heard));
        assert_eq!(first.calls().count(), 1);
    }

    #[test]
    fn a_file_that_a_killed_process_left_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        create_private(&dir.path().join("locks")).unwrap();
        for left in ["", "{", "{\"port\":1,\"key\":\"old\"}"] {
            std::fs::write(address_file(dir.path()), left).unwrap();
            let first = first(dir.path());
            assert_ne!(address(dir.path()).key, "old");
            assert!(matches!(start(dir.path(), &Call::default()).unwrap(), Start::Heard));
            assert_eq!(first.calls().count(), 1);
        }
    }

    #[test]
    fn a_window_that_does_not_answer_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let _held = run_lock::take(dir.path(), LOCK).unwrap().unwrap();
        let started = || start_within(SHORT, dir.path(), &Call::default()).unwrap();
        assert!(matches!(started(), Start::Unheard), "no file");
        std::fs::write(address_file(dir.path()), "{\"port\":1,\"key\":\"old\"}").unwrap();
        assert!(matches!(started(), Start::Unheard), "nobody at the port");
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("locks"), "x").unwrap();
        let failure = start(dir.path(), &Call::default()).err().unwrap();
        assert_eq!(failure.problem().code(), "data_folder");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_this_account_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        create_private(&dir.path().join("locks")).unwrap();
        std::fs::write(address_file(dir.path()), "open to all").unwrap();
        let _first = first(dir.path());
        let mode = std::fs::metadata(address_file(dir.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    /// Not a test: the other process of the next one.
    #[test]
    #[ignore = "run by another test"]
    fn be_the_first_window_until_killed() {
        let Some(dir) = std::env::var_os(DIR) else { return };
        let _first = first(Path::new(&dir));
        println!("\nfirst");
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn a_kill_makes_room_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("platform::single_instance::tests::be_the_first_window_until_killed")
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "first"));
        assert!(matches!(start(dir.path(), &Call::default()).unwrap(), Start::Heard));
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(address_file(dir.path()).exists(), "left behind");
        let _first = first(dir.path());
    }
}
