//! Where the browser comes back to after a sign-in: a listener on this machine's own addresses, for one sign-in.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// A browser opens connections ahead of need and says nothing on them; they are let go after this.
const SILENCE: Duration = Duration::from_secs(10);
/// Longer heads than any sign-in page sends us back with.
const MOST_BYTES: usize = 32 * 1024;

const DONE: &str = "You are signed in, or Azure says in the program why not. You can close this window.";
const NOT_HERE: &str = "There is nothing here.";

/// What the browser brings back, and with which `state`.
pub(super) struct CameBack {
    pub(super) state: String,
    pub(super) outcome: Result<Zeroizing<String>, BrowserError>,
}

/// A sign-in page's refusal.
pub(super) struct BrowserError {
    pub(super) error: String,
    pub(super) description: String,
}

/// The listener. It ends when it is dropped.
pub(super) struct Loopback {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1, and of ::1 where this machine has it: `localhost` may mean either.
    ///
    /// # Errors
    /// The system's.
    pub(super) async fn bind() -> io::Result<Self> {
        let mut left = 20;
        loop {
            let v4 = TcpListener::bind("127.0.0.1:0").await?;
            let port = v4.local_addr()?.port();
            let v6 = match TcpListener::bind(("::1", port)).await {
                Ok(listener) => Some(listener),
                // The same port is somebody else's there: the browser might go to them.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && left > 0 => {
                    left -= 1;
                    continue;
                }
                Err(_) => None,
            };
            return Ok(Self { v4, v6, port });
        }
    }

    /// The address to come back to. For a public client, Entra compares it without the port.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Answers browsers until one comes back with this `state`. Anything else (an icon, another page, another sign-in) is sent
    /// away.
    ///
    /// # Errors
    /// The system's.
    pub(super) async fn came_back(&self, state: &str) -> io::Result<Result<Zeroizing<String>, BrowserError>> {
        let mut guests: JoinSet<Option<CameBack>> = JoinSet::new();
        loop {
            let stream = tokio::select! {
                stream = accept(Some(&self.v4)) => stream?,
                stream = accept(self.v6.as_ref()) => stream?,
                Some(guest) = guests.join_next() => {
                    if let Ok(Some(back)) = guest && back.state == state {
                        return Ok(back.outcome);
                    }
                    continue;
                }
            };
            let state = state.to_owned();
            guests.spawn(async move { tokio::time::timeout(SILENCE, receive(stream, &state)).await.ok()? });
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => Ok(listener.accept().await?.0),
        None => std::future::pending().await,
    }
}

async fn receive(mut stream: TcpStream, state: &str) -> Option<CameBack> {
    let head = read_head(&mut stream).await?;
    let back = read(&head).filter(|back| back.state == state);
    let (status, words) = if back.is_some() {
        ("200 OK", DONE)
    } else {
        ("404 Not Found", NOT_HERE)
    };
    // Nothing of the address is shown, kept or passed on.
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Azure Services Wizard</title><p>{words}</p></html>"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    // A browser that does not want the page has come back all the same.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    back
}

async fn read_head(stream: &mut TcpStream) -> Option<Zeroizing<String>> {
    // Full size from the start: a growing buffer would leave copies of the code behind.
    let mut bytes = Zeroizing::new(vec![0; MOST_BYTES]);
    let mut filled = 0;
    loop {
        let more = stream.read(bytes.get_mut(filled..)?).await.ok()?;
        filled += more;
        let head = bytes.get(..filled)?;
        if head.windows(4).any(|window| window == b"\r\n\r\n") {
            return Some(Zeroizing::new(std::str::from_utf8(head).ok()?.to_owned()));
        }
        if more == 0 {
            return None;
        }
    }
}

/// The answer of the sign-in page, where the request is one.
fn read(head: &str) -> Option<CameBack> {
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    // Read where it stands: whatever parses an address makes a copy of the code that nobody wipes.
    let query = target.strip_prefix("/?")?;
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let outcome = match (value("code"), value("error")) {
        (_, Some(error)) => Err(BrowserError {
            error,
            description: value("error_description").unwrap_or_default(),
        }),
        (Some(code), None) => Ok(Zeroizing::new(code)),
        (None, None) => return None,
    };
    Some(CameBack {
        state: value("state")?,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn visit(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn waits_for_its_own_state_and_sends_others_away() {
        let listening = Loopback::bind().await.unwrap();
        let address = format!("127.0.0.1:{}", listening.port);
        let others = async {
            // A connection that says nothing keeps nobody waiting.
            let silent = TcpStream::connect(&address).await.unwrap();
            for stray in [
                "GET /favicon.ico HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET /?code=stolen&state=other HTTP/1.1\r\n\r\n",
                "GET /?code=stolen HTTP/1.1\r\n\r\n",
                "GET /deeper?code=c&state=mine HTTP/1.1\r\n\r\n",
                "POST /?code=c&state=mine HTTP/1.1\r\n\r\n",
                "nonsense\r\n\r\n",
            ] {
                let answer = visit(&address, stray).await;
                assert!(
                    answer.starts_with("HTTP/1.1 404") && answer.contains(NOT_HERE),
                    "{stray}: {answer}"
                );
            }
            let answer = visit(
                &address,
                "GET /?code=c%2B1&state=mine&session_state=x HTTP/1.1\r\nHost: x\r\n\r\n",
            )
            .await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(DONE), "{answer}");
            assert!(!answer.contains("c+1") && !answer.contains("mine"), "{answer}");
            drop(silent);
        };
        let (back, ()) = tokio::join!(listening.came_back("mine"), others);
        assert_eq!(back.unwrap().ok().unwrap().as_str(), "c+1");
    }

    #[tokio::test]
    async fn brings_back_a_refusal() {
        let listening = Loopback::bind().await.unwrap();
        let address = match &listening.v6 {
            Some(_) => format!("[::1]:{}", listening.port),
            None => format!("127.0.0.1:{}", listening.port),
        };
        let request = "GET /?error=access_denied&error_description=AADSTS65004%3A+declined&state=mine HTTP/1.1\r\n\r\n";
        let (back, _) = tokio::join!(listening.came_back("mine"), visit(&address, request));
        let error = back.unwrap().err().unwrap();
        assert_eq!(
            (error.error.as_str(), error.description.as_str()),
            ("access_denied", "AADSTS65004: declined")
        );
    }

    #[tokio::test]
    async fn ends_when_it_is_dropped() {
        let listening = Loopback::bind().await.unwrap();
        let address = format!("127.0.0.1:{}", listening.port);
        drop(listening);
        assert!(TcpStream::connect(&address).await.is_err());
    }

    #[tokio::test]
    async fn a_head_without_end_is_let_go() {
        let listening = Loopback::bind().await.unwrap();
        let address = format!("127.0.0.1:{}", listening.port);
        let others = async {
            let mut long = TcpStream::connect(&address).await.unwrap();
            let _ = long.write_all(&vec![b'x'; MOST_BYTES + 1]).await;
            let mut rest = Vec::new();
            let _ = long.read_to_end(&mut rest).await;
            assert!(rest.is_empty());
            visit(&address, "GET /?code=c&state=s HTTP/1.1\r\n\r\n").await
        };
        let (back, _) = tokio::join!(listening.came_back("s"), others);
        assert!(back.unwrap().is_ok());
    }
}
