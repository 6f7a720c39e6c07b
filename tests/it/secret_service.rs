//! A Secret Service of our own: a private bus and a gnome-keyring whose ring lies in a temporary folder, so that tests use the real thing
//! and never the keyring of the person who runs them.
//!
//! A process finds its bus in its environment, which a test cannot change for itself: what uses the keyring runs in a child, either a
//! program under [`SecretServiceSession::reach_from`] or one of the ignored tests below.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use azure_services_wizard::model::{Problem, Result};
use azure_services_wizard::secrets::{KeyringVault, Vault};
use tempfile::TempDir;

use crate::harness::not_run;

/// With `1` in this variable, a machine without the programs is a failure and not a reason to leave tests out.
const REQUIRED: &str = "ASW_REQUIRE_SECRET_SERVICE";

/// How long the keyring may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running bus with an unlocked keyring on it. Both end when this is dropped.
pub struct SecretServiceSession {
    keyring: Option<Ended>,
    _bus: Ended,
    address: String,
    home: TempDir,
}

/// A child that is killed when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl SecretServiceSession {
    /// Starts bus and keyring and waits until a secret can be stored. `None` where the programs (Debian: `dbus`, `gnome-keyring`) are
    /// not installed.
    pub fn start() -> Option<Self> {
        let mut session = Self::start_bus()?;
        session.start_keyring("\n")?;
        session.wait_until_usable();
        Some(session)
    }

    /// A keyring that is locked and that nobody can unlock.
    pub fn start_locked() -> Option<Self> {
        let mut session = Self::start_bus()?;
        session.start_keyring("")?;
        Some(session)
    }

    /// A bus on which nobody keeps secrets yet.
    fn start_bus() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        // Not the session's usual configuration: that one starts a keyring, a locked one, for whoever asks first.
        let configuration = home.path().join("bus.conf");
        let listen = format!("unix:tmpdir={}", home.path().display());
        let text = format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>session</type><listen>{listen}</listen><auth>EXTERNAL</auth><policy context="default">
            <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#
        );
        std::fs::write(&configuration, text).unwrap();
        let mut command = Command::new("dbus-daemon");
        command
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut bus = spawn(at_home(&mut command, home.path()))?;
        let mut address = String::new();
        let stdout = bus.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut address).unwrap();
        assert!(!address.trim().is_empty(), "dbus-daemon ended without an address");
        Some(Self {
            keyring: None,
            _bus: bus,
            address: address.trim().to_owned(),
            home,
        })
    }

    /// Starts a keyring that reads this password from its input: a line break is the empty password, nothing at all leaves it locked.
    fn start_keyring(&mut self, password: &str) -> Option<()> {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--unlock", "--components=secrets", "--foreground"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.reach_from(&mut command);
        let mut keyring = spawn(at_home(&mut command, self.home.path()))?;
        keyring.0.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        self.keyring = Some(keyring);
        Some(())
    }

    /// Lets a program use this keyring.
    pub fn reach_from<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(self.env())
    }

    /// The environment that leads a program to this keyring.
    pub fn env(&self) -> [(&'static str, OsString); 1] {
        [("DBUS_SESSION_BUS_ADDRESS", self.address.clone().into())]
    }

    /// What is kept, each entry by its path on the bus.
    pub fn entries(&self) -> Vec<String> {
        let mut command = Command::new("dbus-send");
        command.args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets/aliases/default",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.freedesktop.Secret.Collection",
            "string:Items",
        ]);
        let output = self.reach_from(&mut command).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let paths = said.lines().filter_map(|line| line.trim().strip_prefix("object path"));
        paths.map(|path| path.trim().trim_matches('"').to_owned()).collect()
    }

    /// The same keyring, unlocked again.
    pub fn restart_keyring(&mut self) {
        self.keyring = None;
        self.start_keyring("\n").unwrap();
        self.wait_until_usable();
    }

    fn wait_until_usable(&self) {
        self.run("secret_service::in_child_wait_until_usable");
    }

    /// Runs one of the ignored tests in a child on this bus.
    fn run(&self, test: &str) {
        run_in_child(test, |command| {
            self.reach_from(command);
        });
    }
}

/// One of the ignored tests, as a program.
pub fn child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(CHILD, "1");
    command
}

fn run_in_child(test: &str, prepare: impl FnOnce(&mut Command)) {
    let mut command = child(test);
    prepare(&mut command);
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test}:\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "{test} is not a test:\n{stdout}");
}

/// Keeps what a program writes to its home out of the real one.
fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_RUNTIME_DIR", home)
}

fn spawn(command: &mut Command) -> Option<Ended> {
    match command.spawn() {
        Ok(child) => Some(Ended(child)),
        Err(error)
            if error.kind() == ErrorKind::NotFound && std::env::var_os(REQUIRED).is_none_or(|value| value != "1") =>
        {
            let program = command.get_program().to_string_lossy();
            not_run(&format!(
                "{program} is not installed, so nothing was tried on a real Secret Service"
            ));
            None
        }
        Err(error) => panic!("{} cannot be started: {error}", command.get_program().to_string_lossy()),
    }
}

/// Marks a child, so that an ignored test that somebody runs by itself does not touch a real keyring.
const CHILD: &str = "ASW_TEST_CHILD";

pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

const ENTRY: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/client-secret/1";
const SECRET: &str = "abc8Q~pä§ß東 \"quoted\"";

#[test]
#[ignore = "run by another test"]
fn in_child_wait_until_usable() {
    if !is_child() {
        return;
    }
    let started = Instant::now();
    let attempt = || -> Result<()> {
        let vault = KeyringVault::open()?;
        vault.put("ready?", "yes")?;
        vault.delete("ready?")
    };
    while let Err(failure) = attempt() {
        assert!(
            started.elapsed() < PATIENCE,
            "the keyring does not come up: {failure:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "run by another test"]
fn in_child_put() {
    if !is_child() {
        return;
    }
    let vault = KeyringVault::open().unwrap();
    assert!(vault.is_persistent());
    assert!(vault.get(ENTRY).unwrap().is_none());
    vault.put(ENTRY, "first").unwrap();
    vault.put(ENTRY, SECRET).unwrap();
}

#[test]
#[ignore = "run by another test"]
fn in_child_get_and_delete() {
    if !is_child() {
        return;
    }
    let vault = KeyringVault::open().unwrap();
    assert_eq!(vault.get(ENTRY).unwrap().unwrap().as_str(), SECRET);
    assert!(vault.get(&ENTRY.replace("/1", "/2")).unwrap().is_none());
    vault.delete(ENTRY).unwrap();
    vault.delete(ENTRY).unwrap();
    assert!(vault.get(ENTRY).unwrap().is_none());
}

#[test]
#[ignore = "run by another test"]
fn in_child_get_after_a_restart() {
    if !is_child() {
        return;
    }
    let vault = KeyringVault::open().unwrap();
    vault.put(ENTRY, SECRET).unwrap();
    println!("\nstored");
    // The other side restarts the keyring, then ends our input.
    std::io::stdin().read_line(&mut String::new()).unwrap();
    assert_eq!(vault.get(ENTRY).unwrap().unwrap().as_str(), SECRET);
}

#[test]
#[ignore = "run by another test"]
fn in_child_nobody_keeps_secrets() {
    if !is_child() {
        return;
    }
    let failure = KeyringVault::open().err().unwrap();
    assert!(matches!(failure.problem(), Problem::NoKeyring { .. }), "{failure:?}");
}

#[test]
#[ignore = "run by another test"]
fn in_child_locked() {
    if !is_child() {
        return;
    }
    let started = Instant::now();
    // The keyring needs a moment to come up; once it is there, it refuses.
    let failure = loop {
        match KeyringVault::open().and_then(|vault| vault.put(ENTRY, SECRET)) {
            Ok(()) => panic!("a locked keyring took a secret"),
            Err(failure) if failure.problem().code() == "no_keyring" && started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(failure) => break failure,
        }
    };
    assert!(
        matches!(failure.problem(), Problem::KeyringLocked { .. }),
        "{failure:?}"
    );
    assert!(!format!("{failure:?}").contains("abc8Q"));
}

#[test]
fn a_secret_outlives_the_process_and_the_keyring_daemon() {
    let Some(mut session) = SecretServiceSession::start() else {
        return;
    };
    session.run("secret_service::in_child_put");
    session.restart_keyring();
    session.run("secret_service::in_child_get_and_delete");
}

#[test]
fn a_vault_survives_a_restart_of_the_keyring() {
    let Some(mut session) = SecretServiceSession::start() else {
        return;
    };
    let mut command = child("secret_service::in_child_get_after_a_restart");
    session
        .reach_from(&mut command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut user = spawn(&mut command).unwrap();
    let mut lines = BufReader::new(user.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "stored"));
    session.restart_keyring();
    drop(user.0.stdin.take());
    assert!(user.0.wait().unwrap().success());
}

#[test]
fn a_bus_without_a_keyring_and_no_bus_at_all_are_told() {
    let Some(session) = SecretServiceSession::start_bus() else {
        return;
    };
    session.run("secret_service::in_child_nobody_keeps_secrets");
    let nowhere = format!("unix:path={}", session.home.path().join("nowhere").display());
    run_in_child("secret_service::in_child_nobody_keeps_secrets", |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", nowhere);
    });
}

#[test]
fn a_locked_keyring_is_told() {
    let Some(mut session) = SecretServiceSession::start_bus() else {
        return;
    };
    if session.start_keyring("").is_some() {
        session.run("secret_service::in_child_locked");
    }
}
