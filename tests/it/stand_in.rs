//! A scheduler that is not this machine's: programs in the place of `systemctl` and `loginctl`, which run for real what they are told
//! to run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
    pub fn in_folder(folder: &Path) -> Self {
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
