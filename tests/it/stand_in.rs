//! A scheduler that is not this machine's: programs in the place of `systemctl` and `loginctl` for processes, and a [`Scheduler`] for
//! a backend in this process. Both run what they are told to run for real.

use std::ffi::OsString;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};

use azure_services_wizard::cli::{self, host::Host};
use azure_services_wizard::model::schedule::{Standing, System};
use azure_services_wizard::model::{Problem, Result};
use azure_services_wizard::platform::schedule::{Schedule, Scheduler};
use azure_services_wizard::schedule::Machine;
use azure_services_wizard::secrets::SharedVault;

/// Keeps what it was called with, and starts services as their files say. Where the folder has a file `no-bus`, they have no session bus.
#[cfg(unix)]
const SYSTEMCTL: &str = r#"#!/bin/sh
here="$(dirname "$0")"
echo "$*" >>"$here/calls"
case "$2" in
list-timers)
  case "$*" in *json*) echo '[{"next":1795716208814737}]' ;; esac ;;
start)
  line="$(sed -n 's/^ExecStart=//p' "$XDG_CONFIG_HOME/systemd/user/$4")"
  [ -e "$here/no-bus" ] && export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere
  eval "$line" >/dev/null 2>&1 ;;
esac
"#;

#[cfg(unix)]
const LOGINCTL: &str = "#!/bin/sh\necho yes\n";

/// A folder with programs in the place of systemd's.
#[cfg(unix)]
pub struct Programs(PathBuf);

#[cfg(unix)]
impl Programs {
    pub fn in_folder(folder: &std::path::Path) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder.join("programs");
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in [("systemctl", SYSTEMCTL), ("loginctl", LOGINCTL)] {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    /// Where a process finds them first.
    pub fn env(&self) -> (&'static str, OsString) {
        let before = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.0.clone()).chain(std::env::split_paths(&before));
        ("PATH", std::env::join_paths(paths).unwrap())
    }

    /// What a service finds no more.
    pub fn take_the_bus_away(&self) {
        std::fs::write(self.0.join("no-bus"), "").unwrap();
    }

    /// The verbs that systemctl was called with since the last time.
    pub fn calls(&self) -> Vec<String> {
        let path = self.0.join("calls");
        let calls = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        let verb = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
        calls.lines().map(verb).collect()
    }
}

/// A scheduler in this process. It publishes with a keyring of its own, which may be another than that of who asks.
pub struct StandIn {
    vault: SharedVault,
    state: Mutex<State>,
    let_go: Condvar,
}

#[derive(Default)]
struct State {
    standing: Standing,
    calls: Vec<&'static str>,
    refuses: Option<Problem>,
    /// A run that begins waits for [`StandIn::release`].
    holds: bool,
}

impl StandIn {
    pub fn with(vault: &SharedVault) -> Arc<Self> {
        Arc::new(Self {
            vault: Arc::clone(vault),
            state: Mutex::default(),
            let_go: Condvar::new(),
        })
    }

    /// A machine with it.
    pub fn machine(self: &Arc<Self>) -> Option<Machine> {
        let scheduler = Arc::clone(self) as Arc<dyn Scheduler>;
        Some(Machine::new(scheduler, PathBuf::from("/opt/asw")))
    }

    /// It refuses everything.
    pub fn refuse(&self, problem: Problem) {
        self.state.lock().unwrap().refuses = Some(problem);
    }

    /// A schedule stands.
    pub fn set(&self, standing: Standing) {
        self.state.lock().unwrap().standing = standing;
    }

    pub fn hold(&self) {
        self.state.lock().unwrap().holds = true;
    }

    pub fn release(&self) {
        self.state.lock().unwrap().holds = false;
        self.let_go.notify_all();
    }

    pub fn standing_now(&self) -> Standing {
        self.state.lock().unwrap().standing.clone()
    }

    /// What it was asked to change since the last time.
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    fn called(&self, what: &'static str) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        state.calls.push(what);
        match &state.refuses {
            Some(problem) => Err(problem.clone().into()),
            None => Ok(()),
        }
    }
}

impl Scheduler for StandIn {
    fn system(&self) -> System {
        System::Systemd
    }

    fn account(&self) -> Option<String> {
        Some("svc-asw".to_owned())
    }

    fn try_out(&self, _: &Schedule) -> Result<()> {
        match &self.state.lock().unwrap().refuses {
            Some(problem) => Err(problem.clone().into()),
            None => Ok(()),
        }
    }

    fn place(&self, schedule: &Schedule) -> Result<()> {
        self.called("place")?;
        let mut state = self.state.lock().unwrap();
        state.standing.installed = true;
        state.standing.every = Some(schedule.every);
        Ok(())
    }

    fn fire(&self, schedule: &Schedule) -> Result<()> {
        self.called("fire")?;
        let state = self.state.lock().unwrap();
        drop(self.let_go.wait_while(state, |state| state.holds).unwrap());
        let host = Host::new(
            Cursor::new(""),
            std::io::sink(),
            std::io::sink(),
            Some(Arc::clone(&self.vault)),
        );
        let mut line: Vec<OsString> = vec!["asw".into(), "--json".into(), "--data-dir".into()];
        line.push(schedule.data_dir.clone().into());
        line.extend(["sync", "--all", "--scheduled"].map(OsString::from));
        tokio::runtime::Handle::current().block_on(cli::run(line, &host));
        Ok(())
    }

    fn arm(&self, _: &Schedule) -> Result<()> {
        self.called("arm")?;
        self.state.lock().unwrap().standing.unattended = Some(true);
        Ok(())
    }

    fn remove(&self, _: &Schedule) -> Result<bool> {
        self.state.lock().unwrap().calls.push("remove");
        let before = std::mem::take(&mut self.state.lock().unwrap().standing);
        Ok(before.installed)
    }

    fn standing(&self, _: &Schedule) -> Result<Standing> {
        Ok(self.standing_now())
    }
}
