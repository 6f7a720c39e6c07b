//! Sign-ins that are through on our side with one token and then await the site's proof, as with Kerberos.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::*;
use crate::configmgr::client::Client;
use crate::configmgr::connection::Door;
use crate::configmgr::testing::{Asked, Reply, Server, quick};
use crate::model::Result;

/// Sends a ticket and awaits the word "proof".
#[derive(Default)]
struct Ticket {
    complete: bool,
}

impl Negotiator for Ticket {
    fn scheme(&self) -> &'static str {
        "Negotiate"
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> std::result::Result<Option<Vec<u8>>, NoToken> {
        match server_token {
            None => Ok(Some(b"ticket".into())),
            Some(b"proof") => {
                self.complete = true;
                Ok(None)
            }
            Some(_) => Err(NoToken::NotUnderstood("no proof".into())),
        }
    }

    fn mechanism(&self) -> Option<SignedIn> {
        Some(SignedIn::Kerberos)
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

/// Fails before its first token.
struct Fails(fn() -> Problem);

impl Negotiator for Fails {
    fn scheme(&self) -> &'static str {
        "Negotiate"
    }

    fn step(&mut self, _: Option<&[u8]>) -> std::result::Result<Option<Vec<u8>>, NoToken> {
        Err(NoToken::Failed(self.0().into()))
    }

    fn mechanism(&self) -> Option<SignedIn> {
        None
    }

    fn is_complete(&self) -> bool {
        false
    }
}

/// A site that answers so to a ticket and asks for one before.
async fn site(who: fn() -> Box<dyn Negotiator>, to_ticket: Reply) -> (Server, Client) {
    let signed_in = AtomicBool::new(false);
    let server = Server::plain(move |asked: &Asked| {
        if asked.authorization.is_some() {
            signed_in.store(true, Relaxed);
            to_ticket.clone()
        } else if signed_in.load(Relaxed) {
            Reply::json(200, "{}")
        } else {
            Reply::unauthorized(&["Negotiate"])
        }
    })
    .await;
    let door = Door {
        provider: server.address(),
        trust: None,
        connect_timeout: Duration::from_secs(5),
    };
    let sign_in = SignIn::new(server.address(), Some(Who::Played(who)));
    (server, Client::new(door, sign_in, quick()))
}

async fn get(client: &Client) -> Result<serde_json::Value> {
    client.json("/AdminService/wmi/SMS_Site", "reading").await
}

async fn code(client: &Client) -> &'static str {
    get(client).await.unwrap_err().problem().code()
}

fn ticket() -> Box<dyn Negotiator> {
    Box::new(Ticket::default())
}

fn said(token: &[u8]) -> Reply {
    Reply::json(200, "{}").with("WWW-Authenticate", &format!("Negotiate {}", STANDARD.encode(token)))
}

#[tokio::test]
async fn one_token_and_the_proof_of_the_site_are_enough() {
    let (server, client) = site(ticket, said(b"proof")).await;
    assert_eq!(client.sign_in.signed_in(), SignedIn::Nobody);
    get(&client).await.unwrap();
    get(&client).await.unwrap();
    let tokens: Vec<bool> = server
        .asked()
        .iter()
        .map(|asked| asked.authorization.is_some())
        .collect();
    assert_eq!(tokens, [false, true, false], "the connection stays signed in");
    assert_eq!(client.sign_in.signed_in(), SignedIn::Kerberos);
}

#[tokio::test]
async fn an_answer_without_the_proof_of_the_site_is_not_used() {
    for reply in [said(b"a lie"), Reply::json(200, "{}")] {
        let (server, client) = site(ticket, reply).await;
        assert_eq!(code(&client).await, "site_unproven");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_busy_site_owes_no_proof_and_is_not_signed_in_to() {
    let (server, client) = site(ticket, Reply::json(503, "")).await;
    assert_eq!(code(&client).await, "unavailable");
    assert_eq!(client.sign_in.signed_in(), SignedIn::Nobody);
    assert!(server.asked().len() > 2, "it is asked again");
}

#[tokio::test]
async fn a_refused_ticket_is_sent_once_a_request() {
    for reply in [
        Reply::unauthorized(&["Negotiate"]),
        Reply::unauthorized(&["Negotiate bm8="]),
    ] {
        let (server, client) = site(ticket, reply).await;
        assert_eq!(code(&client).await, "ticket_refused");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn what_may_have_counted_as_a_wrong_password_is_not_tried_again() {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    let account = || -> Box<dyn Negotiator> {
        TRIED.fetch_add(1, Relaxed);
        Box::new(Fails(|| Problem::AccountRefused {
            provider: "cm01".into(),
            account: "CORP\\svc-asw".into(),
        }))
    };
    let unknown = || -> Box<dyn Negotiator> {
        TRIED.fetch_add(1, Relaxed);
        Box::new(Fails(|| Problem::SiteSignIn {
            why: "0x80090308".into(),
        }))
    };
    for (who, expected) in [(account as fn() -> _, "account_refused"), (unknown, "site_sign_in")] {
        let (_server, client) = site(who, Reply::Hang).await;
        TRIED.store(0, Relaxed);
        assert_eq!(code(&client).await, expected);
        assert_eq!(code(&client).await, expected);
        assert_eq!(TRIED.load(Relaxed), 1);
    }
}

#[tokio::test]
async fn a_missing_ticket_is_asked_for_again() {
    let none = || -> Box<dyn Negotiator> {
        Box::new(Fails(|| Problem::NoTicket {
            provider: "cm01".into(),
        }))
    };
    let (server, client) = site(none, Reply::Hang).await;
    assert_eq!(code(&client).await, "no_ticket");
    assert_eq!(code(&client).await, "no_ticket");
    assert!(server.asked().iter().all(|asked| asked.authorization.is_none()));
}
