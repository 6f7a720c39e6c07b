//! Opening an address in the system's browser.

use std::sync::mpsc;
use std::time::Duration;

use crate::model::ServiceUrl;

/// How long the system may take to say whether it could. A browser that runs in a terminal says nothing until it ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens an https address, or one of this machine, in the browser that this account has chosen, and answers whether that was
/// possible. Does not wait for the browser.
pub fn open(url: &str) -> bool {
    open_with(url, PATIENCE, |url| webbrowser::open(url).is_ok())
}

fn open_with(url: &str, patience: Duration, opener: impl FnOnce(&str) -> bool + Send + 'static) -> bool {
    // Nothing else gets into a command line of the system, whoever asks.
    if url.parse::<ServiceUrl>().is_err() {
        return false;
    }
    let (tell, hears) = mpsc::channel();
    let url = url.to_owned();
    let opening = std::thread::Builder::new().name("browser".to_owned()).spawn(move || {
        // Whoever asked may not wait any more.
        let _ = tell.send(opener(&url));
    });
    match (opening, hears.recv_timeout(patience)) {
        (Ok(_), Ok(could)) => could,
        // Still at it: it has found a browser.
        (Ok(_), Err(mpsc::RecvTimeoutError::Timeout)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn says_whether_it_could() {
        for could in [true, false] {
            for url in ["https://login.test/authorize?a=b&c=d", "http://127.0.0.1:4001/x"] {
                assert_eq!(open_with(url, LONG, move |opened| opened == url && could), could);
            }
        }
        assert!(!open_with("https://login.test", LONG, |_| panic!(
            "a browser that fails"
        )));
    }

    #[test]
    fn opens_addresses_of_the_web_only() {
        for url in [
            "file:///etc/passwd",
            "http://login.test",
            "javascript:alert(1)",
            "-help",
            "C:\\x.exe",
            "",
        ] {
            assert!(!open_with(url, LONG, |_| true), "{url}");
        }
    }

    #[test]
    fn does_not_wait_for_a_browser_in_a_terminal() {
        let (let_go, held) = mpsc::channel::<()>();
        let opener = move |_: &str| held.recv().is_ok();
        assert!(open_with("https://login.test", Duration::from_millis(1), opener));
        drop(let_go);
    }
}
