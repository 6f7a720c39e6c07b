//! A notification on the desktop, by the means of each system: `org.freedesktop.Notifications`, Windows' toasts, macOS's script
//! host. Whether a person sees it is up to the desktop.

use std::sync::mpsc;
use std::time::Duration;

/// How long the desktop may take. One that does not answer must not hold up a publication.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows a notification of this program.
///
/// # Errors
/// Why it cannot be shown, for the log: no desktop, or none that shows notifications.
pub fn show(title: &str, body: &str) -> Result<(), String> {
    let (tell, hears) = mpsc::channel();
    let (title, body) = (title.to_owned(), body.to_owned());
    let asking = std::thread::Builder::new()
        .name("notification".to_owned())
        .spawn(move || {
            // Whoever asked may not wait any more.
            let _ = tell.send(system(&title, &body));
        });
    asking.map_err(|cause| cause.to_string())?;
    let answer = hears.recv_timeout(PATIENCE);
    answer.unwrap_or_else(|_| Err("the desktop does not answer".to_owned()))
}

#[cfg(target_os = "linux")]
fn system(title: &str, body: &str) -> Result<(), String> {
    use std::collections::HashMap;
    use zbus::zvariant::Value;

    /// Asks the desktop to keep the notification for as long as it keeps any.
    const AS_IT_LIKES: i32 = -1;
    const CRITICAL: u8 = 2;

    let said = |cause: zbus::Error| cause.to_string();
    let bus = zbus::blocking::Connection::session().map_err(said)?;
    let name = "org.freedesktop.Notifications";
    let hints = HashMap::from([("urgency", Value::U8(CRITICAL))]);
    let nothing: &[&str] = &[];
    let message = (title, 0u32, "", title, escaped(body), nothing, hints, AS_IT_LIKES);
    let path = "/org/freedesktop/Notifications";
    bus.call_method(Some(name), path, Some(name), "Notify", &message)
        .map(drop)
        .map_err(said)
}

/// The body may hold markup: a name with such a sign in it is none.
#[cfg(target_os = "linux")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(windows)]
fn system(title: &str, body: &str) -> Result<(), String> {
    use tauri_winrt_notification::Toast;

    /// Under this ID Windows knows the name that stands above our toasts. A program that is not installed as a package has to
    /// write it down itself.
    const APP_ID: &str = "AzureServicesWizard";

    windows_registry::CURRENT_USER
        .create(format!("Software\\Classes\\AppUserModelId\\{APP_ID}"))
        .and_then(|key| key.set_string("DisplayName", title))
        .map_err(|cause| cause.to_string())?;
    let toast = Toast::new(APP_ID).title(title).text1(body);
    toast.show().map_err(|cause| cause.to_string())
}

#[cfg(target_os = "macos")]
fn system(title: &str, body: &str) -> Result<(), String> {
    // The words are arguments of the script, never a part of its text.
    let script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
    let done = std::process::Command::new("/usr/bin/osascript")
        .args(["-e", script, title, body])
        .output();
    match done {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        Err(cause) => Err(cause.to_string()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system(_: &str, _: &str) -> Result<(), String> {
    Err("this program knows no notifications of this operating system".to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(super::escaped("<b>A & B</b>"), "&lt;b&gt;A &amp; B&lt;/b&gt;");
    }
}
