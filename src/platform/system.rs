//! What this machine is, for a report.

use std::path::Path;
use std::process::{Command, Stdio};

/// The operating system and its version, as it calls itself. Blocks for a moment.
pub fn description() -> String {
    let version = version().unwrap_or_else(|| "version not told".to_owned());
    format!("{} ({version})", std::env::consts::OS)
}

#[cfg(target_os = "linux")]
fn version() -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let parts = [
        name.map(|name| name.trim_matches('"').to_owned()),
        kernel.map(|kernel| format!("kernel {}", kernel.trim())),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(target_os = "macos")]
fn version() -> Option<String> {
    said("/usr/bin/sw_vers", &["-productVersion"])
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn version() -> Option<String> {
    said("cmd", &["/C", "ver"])
}

/// The first line with something in it that a program prints.
#[cfg_attr(target_os = "linux", expect(dead_code, reason = "files tell there"))]
fn said(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.to_owned())
}

/// Environment variables that decide how the program works, by name. What a proxy's address holds before its host is replaced: it
/// may be a password.
pub fn variables() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| is_telling(name))
        .map(|(name, value)| (name, without_user(&value)))
        .collect();
    found.sort();
    found
}

/// Names in any case, as proxies' are written.
fn is_telling(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "ASW_DATA_DIR",
        "ALL_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "KRB5_CONFIG",
        "KRB5CCNAME",
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XDG_CURRENT_DESKTOP",
        "XDG_SESSION_TYPE",
        "LANG",
        "LC_ALL",
        "TZ",
    ];
    NAMES.contains(&name.to_ascii_uppercase().as_str())
}

/// `http://user:password@proxy` without what stands before the `@`, and the same without a scheme.
fn without_user(value: &str) -> String {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), value),
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}(hidden)@{host}"),
        None => value.to_owned(),
    }
}

/// Opens a file with the program that this account has chosen for its kind, and answers whether that could be begun. Does not wait
/// for it.
pub fn open_file(path: &Path) -> bool {
    let (program, words): (&str, &[&str]) = if cfg!(windows) {
        ("explorer", &[])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command
        .args(words)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    // Waited for elsewhere, so that it leaves no dead process behind.
    let waiting = std::thread::Builder::new().name("viewer".to_owned());
    waiting.spawn(move || child.wait()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_has_a_name() {
        assert!(description().starts_with(std::env::consts::OS), "{}", description());
    }

    #[test]
    fn a_proxys_password_is_not_told() {
        for (value, told) in [
            ("http://proxy.corp.example:8080", "http://proxy.corp.example:8080"),
            (
                "http://ada:s3cr3t@proxy.corp.example:8080",
                "http://(hidden)@proxy.corp.example:8080",
            ),
            ("http://ada:s3@cr3t@proxy:8080", "http://(hidden)@proxy:8080"),
            ("ada:s3cr3t@proxy:8080", "(hidden)@proxy:8080"),
            ("unix:path=/run/user/1000/bus", "unix:path=/run/user/1000/bus"),
        ] {
            assert_eq!(without_user(value), told);
        }
        assert!(is_telling("https_proxy") && is_telling("ASW_DATA_DIR") && !is_telling("AWS_SECRET_ACCESS_KEY"));
    }
}
