//! The legs of a sign-in with NTLM, before a server that plays a site.

use std::sync::atomic::Ordering::SeqCst;

use crate::configmgr::testing::{Asked, NtlmSite, Reply, Server, quick};
use crate::configmgr::{Site, SiteOptions};
use crate::model::Result;

async fn get(site: &Site) -> Result<serde_json::Value> {
    site.client().json("/AdminService/wmi/SMS_Site", "reading").await
}

async fn code(site: &Site) -> &'static str {
    get(site).await.unwrap_err().problem().code()
}

/// 0 for a request without a token, else the number of the NTLM message.
fn messages(server: &Server) -> Vec<u8> {
    server.asked().iter().map(Asked::ntlm_message).collect()
}

#[tokio::test]
async fn a_connection_stays_signed_in() {
    let ntlm = NtlmSite::new();
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    for _ in 0..3 {
        get(&site).await.unwrap();
    }
    assert_eq!(messages(&server), [0, 1, 3, 0, 0]);
    assert!(server.asked().iter().all(|asked| asked.connection == 0));
}

#[tokio::test]
async fn a_site_that_asks_at_every_request_gets_its_token_at_once() {
    let ntlm = NtlmSite {
        each_request: true,
        ..NtlmSite::new()
    };
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    for _ in 0..3 {
        get(&site).await.unwrap();
    }
    assert_eq!(messages(&server), [0, 1, 3, 0, 1, 3, 1, 3]);
}

#[tokio::test]
async fn a_challenge_that_ends_the_connection_is_taken_up_on_the_next() {
    let ntlm = NtlmSite {
        closes_first: true,
        ..NtlmSite::new()
    };
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    get(&site).await.unwrap();
    assert_eq!(messages(&server), [0, 1, 3]);
}

#[tokio::test]
async fn a_refused_password_is_sent_once() {
    let ntlm = NtlmSite {
        password: "another",
        ..NtlmSite::new()
    };
    let proofs = ntlm.proofs.clone();
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    let all = futures_util::future::join_all((0..5).map(|_| code(&site))).await;
    assert_eq!(all, ["account_refused"; 5]);
    assert_eq!(proofs.load(SeqCst), 1);
    let asked = server.asked().len();
    assert_eq!(code(&site.clone()).await, "account_refused");
    assert_eq!(server.asked().len(), asked, "nothing more is sent");
}

#[tokio::test]
async fn a_first_sign_in_that_breaks_is_not_repeated() {
    for reply in [Reply::Hang, Reply::Silence] {
        let ntlm = NtlmSite::new();
        let proofs = ntlm.proofs.clone();
        let (_server, site) = ntlm
            .start_with(
                SiteOptions {
                    page_timeout: std::time::Duration::from_millis(500),
                    ..quick()
                },
                move |_| reply.clone(),
            )
            .await;
        get(&site).await.unwrap_err();
        assert_eq!(proofs.load(SeqCst), 1);
    }
}

#[tokio::test]
async fn a_first_sign_in_whose_answer_breaks_off_was_one_all_the_same() {
    let ntlm = NtlmSite::new();
    let proofs = ntlm.proofs.clone();
    let (_server, site) = ntlm
        .start(move |_| match proofs.load(SeqCst) {
            1 => Reply::Cut("{   }".into(), 1),
            _ => Reply::json(200, "{}"),
        })
        .await;
    get(&site).await.unwrap();
}

#[tokio::test]
async fn ntlm_is_refused_without_a_password_being_sent() {
    for refusal in [
        Reply::unauthorized(&["Negotiate"]),
        Reply::unauthorized(&["Negotiate oQcwBaADCgEC"]),
        Reply::unauthorized(&["Negotiate !"]),
    ] {
        let ntlm = NtlmSite {
            instead_of_challenge: Some(refusal),
            ..NtlmSite::new()
        };
        let proofs = ntlm.proofs.clone();
        let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
        let failure = get(&site).await.unwrap_err();
        assert_eq!(
            *failure.problem(),
            crate::model::Problem::NtlmRefused {
                provider: server.address().to_string(),
                account: site.client().sign_in.account_name(),
                offered: "Negotiate".into(),
            }
        );
        assert_eq!((proofs.load(SeqCst), server.asked().len()), (0, 2));
    }
}

#[tokio::test]
async fn other_schemes_are_not_ours() {
    let ntlm = NtlmSite {
        offers: &[
            "Bearer authorization_uri=\"https://login.example\"",
            "Basic realm=\"NTLM\"",
        ],
        ..NtlmSite::new()
    };
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    assert_eq!(code(&site).await, "ntlm_refused");
    assert_eq!(messages(&server), [0]);
}

#[tokio::test]
async fn ntlm_under_its_own_name() {
    let ntlm = NtlmSite {
        offers: &["ntlm"],
        ..NtlmSite::new()
    };
    let (server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    get(&site).await.unwrap();
    assert!(server.asked()[1].authorization.as_deref().unwrap().starts_with("NTLM "));
}

#[tokio::test]
async fn a_channel_binding_of_another_certificate_is_refused() {
    // As behind something that takes TLS apart on the way.
    let ntlm = NtlmSite {
        right_binding: false,
        ..NtlmSite::new()
    };
    let (_server, site) = ntlm.start(|_| Reply::json(200, "{}")).await;
    assert_eq!(code(&site).await, "account_refused");
}

#[tokio::test]
async fn nobody_cannot_sign_in() {
    let server = Server::plain(|_| Reply::unauthorized(&["Negotiate"])).await;
    assert_eq!(code(&server.site()).await, "site_sign_in");
    assert_eq!(server.asked().len(), 1);
}
