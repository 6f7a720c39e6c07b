//! A site that signs in with NTLM.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Asked, Identity, Reply, Server, quick};
use crate::configmgr::certificate::{end_point_hash, fingerprint};
use crate::configmgr::negotiate::ntlm::server::NtlmServer;
use crate::configmgr::{Site, SiteOptions};
use crate::model::{CertificateTrust, SignIn, SiteConnection, SitePassword};

/// A site that signs in with NTLM, over TLS with a pinned certificate; the defaults accept the client's account.
pub(in crate::configmgr) struct NtlmSite {
    pub(in crate::configmgr) password: &'static str,
    pub(in crate::configmgr) offers: &'static [&'static str],
    /// Ask at every request, not once a connection.
    pub(in crate::configmgr) each_request: bool,
    /// End the connection with the answer to the anonymous request.
    pub(in crate::configmgr) closes_first: bool,
    /// What is said to the first token.
    pub(in crate::configmgr) instead_of_challenge: Option<Reply>,
    /// Whether the channel binding is that of the certificate.
    pub(in crate::configmgr) right_binding: bool,
    /// How often the proof of a password arrived: what locks accounts when it is wrong.
    pub(in crate::configmgr) proofs: Arc<AtomicUsize>,
}

impl NtlmSite {
    pub(in crate::configmgr) fn new() -> Self {
        Self {
            password: "pa55 w0rd",
            offers: &["Negotiate", "NTLM"],
            each_request: false,
            closes_first: false,
            instead_of_challenge: None,
            right_binding: true,
            proofs: Arc::default(),
        }
    }

    /// The server, and the site as a client sees it; `answer` is for those who are signed in.
    pub(in crate::configmgr) async fn start(
        self,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> (Server, Site) {
        self.start_with(quick(), answer).await
    }

    pub(in crate::configmgr) async fn start_with(
        self,
        options: SiteOptions,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> (Server, Site) {
        let identity = Identity::new("localhost");
        let trust = CertificateTrust::Sha256(fingerprint(identity.leaf()));
        let mut hash = end_point_hash(identity.leaf()).unwrap();
        if !self.right_binding {
            hash[0] ^= 1;
        }
        let sides: Mutex<HashMap<usize, Side>> = Mutex::default();
        let server = Server::tls(&identity, move |asked| {
            let mut sides = sides.lock().unwrap();
            self.reply(sides.entry(asked.connection).or_default(), &hash, asked, &answer)
        })
        .await;
        let connection = SiteConnection {
            provider: server.address(),
            sign_in: SignIn::Account("CORP\\svc-asw".into()),
            trust,
        };
        let password = SitePassword::parse("pa55 w0rd").unwrap();
        let site = Site::with_options(&connection, Some(password), options).unwrap();
        (server, site)
    }

    fn reply(&self, side: &mut Side, hash: &[u8], asked: &Asked, answer: &dyn Fn(&Asked) -> Reply) -> Reply {
        match (asked.ntlm_message(), asked.token()) {
            (0, _) if side.signed_in && !self.each_request => answer(asked),
            (1, Some(token)) => {
                let started = side.ntlm.insert(NtlmServer::new(self.password, Some(hash)));
                let challenge = STANDARD.encode(started.step(&token).unwrap().unwrap());
                let scheme = asked.authorization.as_deref().unwrap().split(' ').next().unwrap();
                let instead = self.instead_of_challenge.clone();
                instead.unwrap_or_else(|| Reply::unauthorized(&[&format!("{scheme} {challenge}")]))
            }
            (3, Some(token)) => {
                self.proofs.fetch_add(1, SeqCst);
                let accepted = side.ntlm.take().is_some_and(|mut ntlm| ntlm.step(&token).is_ok());
                side.signed_in = accepted;
                if accepted {
                    answer(asked)
                } else {
                    Reply::unauthorized(self.offers)
                }
            }
            _ if self.closes_first => Reply::unauthorized(self.offers).with("Connection", "close"),
            _ => Reply::unauthorized(self.offers),
        }
    }
}

/// The server's side of one connection.
#[derive(Default)]
struct Side {
    ntlm: Option<NtlmServer>,
    signed_in: bool,
}
