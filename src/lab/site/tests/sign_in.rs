//! The sign-in and the rights of the accounts.

use serde_json::{Value, json};

use super::*;

#[test]
fn without_a_sign_in_every_request_gets_an_empty_401() {
    let site = Site::new(config(20, 8), now());
    let mut connection = SiteConnection::default();
    for path in ["wmi/", "wmi/$metadata", PROBE, "wmi/Nonsense", "v1.0/Device", ""] {
        let response = site.handle(&mut connection, &request(path), now());
        assert_eq!(
            (response.status, header(&response).as_str()),
            (401, "Negotiate"),
            "{path}"
        );
        assert!(response.body.is_empty());
    }
    let (name, password) = site.account();
    assert_eq!(
        signed_in(&site, &mut connection, Client::raw(&name, &password), PROBE).status,
        200
    );
    let again = site.handle(&mut connection, &request(PROBE), now());
    assert_eq!(again.status, 401, "the sign-in does not stay on the connection");
}

#[test]
fn ntlm_is_verified_raw_and_inside_spnego() {
    let site = Site::new(config(20, 8), now());
    let (name, password) = site.account();
    assert_eq!(name, "CORP\\admin");
    let mut connection = SiteConnection::default();
    let raw = signed_in(&site, &mut connection, Client::raw(&name, &password), PROBE);
    assert_eq!(raw.status, 200);
    let body: Value = serde_json::from_slice(&raw.body).unwrap();
    assert_eq!(
        body["value"],
        json!([{"ThisSiteCode": "PS1", "ThisSiteName": "Primary Site One"}])
    );

    let spnego = signed_in(&site, &mut connection, Client::spnego(&name, &password), PROBE);
    assert_eq!(spnego.status, 200);

    for wrong in [
        Client::raw(&name, "wrong"),
        Client::raw("CORP\\nobody", &password),
        Client::spnego(&name, "wrong"),
    ] {
        let refused = signed_in(&site, &mut connection, wrong, PROBE);
        assert_eq!((refused.status, header(&refused).as_str()), (401, "Negotiate"));
        assert!(refused.body.is_empty());
    }
}

#[test]
fn a_hundred_sign_ins_are_cheap() {
    let site = Site::new(config(20, 8), now());
    let (name, password) = site.account();
    let mut connection = SiteConnection::default();
    let begun = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(
            signed_in(&site, &mut connection, Client::raw(&name, &password), PROBE).status,
            200
        );
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn build_9141_rejects_ntlm_and_logs_it() {
    let site = Site::new(
        SiteConfig {
            build: 9141,
            ..config(20, 8)
        },
        now(),
    );
    let (name, password) = site.account();
    for client in [Client::raw(&name, &password), Client::spnego(&name, &password)] {
        let response = signed_in(&site, &mut SiteConnection::default(), client, PROBE);
        assert_eq!((response.status, header(&response).as_str()), (401, "Negotiate"));
    }
    assert!(site.log().iter().any(|line| line == "Rejecting NTLM authentication."));
    site.set_knob("build", &json!(9135)).unwrap();
    let response = signed_in(
        &site,
        &mut SiteConnection::default(),
        Client::raw(&name, &password),
        PROBE,
    );
    assert_eq!(response.status, 200);
}

#[test]
fn each_account_gets_what_its_rights_give() {
    let site = Site::new(config(400, 20), now());
    assert_eq!(as_role(&site, "full-administrator", PROBE).0, 200);
    for path in [PROBE, "wmi/", "wmi/$metadata", "wmi/SMS_Collection('SMS00001')"] {
        assert_eq!(as_role(&site, "no-rights", path).0, 404, "{path}");
    }
    let (status, body) = as_role(&site, "wmi-rights-missing", PROBE);
    assert_eq!(
        (status, body),
        (
            404,
            json!({"error": {"code": "404", "message": "Access denied  WMI QUERY: "}})
        )
    );
    site.set_knob("no_rights_status", &json!("403")).unwrap();
    assert_eq!(as_role(&site, "no-rights", PROBE).0, 403);
}

#[test]
fn a_scoped_analyst_sees_fewer_collections_members_and_devices() {
    let site = Site::new(config(400, 20), now());
    let count = |role: &str, path: &str| as_role(&site, role, path).1["value"].as_array().unwrap().len();
    for path in [
        "wmi/SMS_Collection?$select=CollectionID",
        "wmi/SMS_FullCollectionMembership?$select=CollectionID,ResourceID",
        "wmi/SMS_R_System?$select=ResourceId",
    ] {
        let (some, all) = (count("read-only-analyst", path), count("full-administrator", path));
        assert!(0 < some && some < all, "{path}: {some} of {all}");
    }
    assert_eq!(count("read-only-analyst", "wmi/SMS_Site"), 2, "sites are not scoped");
    let hidden = "wmi/SMS_FullCollectionMembership?$filter=CollectionID eq 'SMS00001'&$select=CollectionID,ResourceID";
    assert_eq!(count("read-only-analyst", hidden), 0, "out of scope looks like empty");
    assert_eq!(
        as_role(&site, "read-only-analyst", "wmi/SMS_Collection('SMS00001')").0,
        404
    );
}

#[test]
fn kerberos_is_let_in_by_a_switch_alone() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::lab::site::auth::tests::tickets;

    let site = Site::new(config(20, 8), now());
    for ticket in tickets() {
        let asked = with_token(request(PROBE), &STANDARD.encode(ticket));
        let answer = |knob: &str| {
            site.set_knob("kerberos", &json!(knob)).unwrap();
            site.handle(&mut SiteConnection::default(), &asked, now()).status
        };
        assert_eq!((answer("refused"), answer("accepted")), (401, 200));
    }
    assert!(site.log().iter().any(|line| line.starts_with("Kerberos:")));
}
