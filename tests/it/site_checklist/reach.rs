//! Items 1 to 7, and the builds: the way to a site, and which one it is.

use azure_services_wizard::configmgr::presented_certificate;
use azure_services_wizard::model::site::ConnectionPoint;
use azure_services_wizard::model::{Problem, Warning};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn item_1_the_certificate() {
    let lab = start(LabConfig {
        site_host: "cm01.corp.example".into(),
        ..LabConfig::default()
    })
    .await;
    // The full name leads nowhere from here; loopback answers with the same certificate.
    assert!(lab.info().site.provider.starts_with("cm01.corp.example:"));
    let provider = lab.info().site.provider.replace("cm01.corp.example", "localhost");
    let trusting = |trust: CertificateTrust| {
        let way = SiteConnection {
            provider: provider.parse().unwrap(),
            trust,
            ..way(&lab)
        };
        by(&lab, &way, quick())
    };
    let shown = presented_certificate(&provider.parse().unwrap()).await.unwrap();
    assert!(shown.names.contains(&"cm01.corp.example".to_owned()), "{shown:?}");
    assert!(shown.issuer.contains("SMS Issuing"), "{shown:?}");
    assert_eq!(Some(shown.fingerprint.to_string()), lab.info().site.sha256);
    assert_eq!(
        problem(&trusting(CertificateTrust::System)).await,
        "certificate_unknown"
    );
    let other = CertificateTrust::Sha256("ab".repeat(32).parse().unwrap());
    assert_eq!(problem(&trusting(other)).await, "certificate_changed");
    for trust in [
        CertificateTrust::Sha256(shown.fingerprint),
        CertificateTrust::Pem(lab.site_root_file().unwrap().to_owned()),
    ] {
        trusting(trust).identify().await.unwrap();
    }
    lab.stop().await.unwrap();
}

/// Status, `WWW-Authenticate` and body of a request with this `Authorization` header, or none.
async fn anonymous(lab: &Lab, authorization: Option<String>) -> (u16, String, String) {
    let web = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let mut request = web.get(format!("{}/wmi/SMS_Identification", lab.info().site.url));
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let answer = request.send().await.unwrap();
    let offered = answer.headers().get("www-authenticate");
    let offered = offered.map(|value| value.to_str().unwrap().to_owned());
    (
        answer.status().as_u16(),
        offered.unwrap_or_default(),
        answer.text().await.unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn item_2_every_request_is_signed_in() {
    let lab = start(LabConfig::default()).await;
    let nobody = (401, "Negotiate".to_owned(), String::new());
    assert_eq!(anonymous(&lab, None).await, nobody);
    let site = client(&lab);
    let reading = site.identify().await.unwrap();
    assert_eq!(reading.identity.code.as_str(), "PS1");
    assert!(reading.warnings.contains(&Warning::NtlmOnly));
    assert_eq!(site.collections().await.unwrap().len(), 28);
    // Behind every answer there is a sign-in of its own, though connections were kept.
    let records = lab.requests().records();
    let count = |status: u16| records.iter().filter(|record| record.status == Some(status)).count();
    assert!(
        count(200) > 3 && count(401) >= count(200),
        "{} {}",
        count(200),
        count(401)
    );
    lab.stop().await.unwrap();
}

/// What has the frame of a Kerberos ticket, by itself and inside SPNEGO.
fn tickets() -> [Vec<u8>; 2] {
    const KERBEROS: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
    const SPNEGO: &[u8] = b"\x06\x06\x2b\x06\x01\x05\x05\x02";
    // Each part is shorter than 128 bytes.
    let der = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let ap_req = der(0x60, &[KERBEROS, b"\x01\x00\x6e\x02\x30\x00"].concat());
    let mechanisms = der(0xa0, &der(0x30, KERBEROS));
    let token = der(0xa2, &der(0x04, &ap_req));
    let first = der(0xa0, &der(0x30, &[mechanisms, token].concat()));
    [ap_req, der(0x60, &[SPNEGO, &first].concat())]
}

#[tokio::test(flavor = "multi_thread")]
async fn item_3_ntlm_and_kerberos() {
    let lab = start(LabConfig::default()).await;
    client(&lab).identify().await.unwrap();

    knob(&lab, "build", json!(9141));
    let refused = client(&lab).identify().await.unwrap_err();
    assert!(matches!(refused.problem(), Problem::NtlmRefused { .. }), "{refused:?}");
    let log = lab.site().log();
    assert!(
        log.iter().any(|line| line == "Rejecting NTLM authentication."),
        "{log:?}"
    );

    // The client has no ticket of this lab, which has no domain controller; what has the frame of one shows the rest.
    for ticket in tickets() {
        let sent = || Some(format!("Negotiate {}", STANDARD.encode(&ticket)));
        knob(&lab, "kerberos", json!("refused"));
        assert_eq!(anonymous(&lab, sent()).await.0, 401);
        knob(&lab, "kerberos", json!("accepted"));
        assert_eq!(anonymous(&lab, sent()).await.0, 200);
    }
    let newest = lab.site().log();
    assert!(newest.iter().any(|line| line.starts_with("Kerberos:")), "{newest:?}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_4_roles() {
    let lab = start(LabConfig::default()).await;
    let all = client(&lab).collections().await.unwrap();
    let analyst = as_role(&lab, "read-only-analyst");
    let reading = analyst.describe().await.unwrap();
    assert!(
        reading.warnings.contains(&Warning::LimitedScope),
        "{:?}",
        reading.warnings
    );
    assert_eq!(reading.facts.sees_all_systems, Some(false));
    let administrator = client(&lab).describe().await.unwrap();
    assert_eq!(administrator.facts.sees_all_systems, Some(true));
    let some = analyst.collections().await.unwrap();
    assert!((1..all.len()).contains(&some.len()), "{} of {}", some.len(), all.len());
    // Out of scope is not there, in no form.
    assert_eq!(analyst.collection(&id("SMS00001")).await.unwrap(), None);
    assert_eq!(members(&analyst, "SMS00001").await.unwrap(), []);
    for each in &some {
        let count = members(&analyst, each.id.as_str()).await.unwrap().len();
        assert_eq!(i64::try_from(count).unwrap(), each.member_count, "{}", each.name);
    }
    for status in ["404", "403"] {
        knob(&lab, "no_rights_status", json!(status));
        assert_eq!(
            problem(&as_role(&lab, "no-rights")).await,
            "no_configmgr_rights",
            "{status}"
        );
    }
    assert_eq!(
        problem(&as_role(&lab, "wmi-rights-missing")).await,
        "no_configmgr_rights"
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_5_decoys() {
    let lab = start(LabConfig {
        decoys: true,
        ..LabConfig::default()
    })
    .await;
    let decoys = lab.info().site.decoys.clone().unwrap();
    let at = |provider: &str, options: SiteOptions| {
        let way = SiteConnection {
            provider: provider.parse().unwrap(),
            ..way(&lab)
        };
        by(&lab, &way, options)
    };
    assert_eq!(problem(&at(&decoys.iis, quick())).await, "not_a_provider");
    assert_eq!(problem(&at(&decoys.closed, quick())).await, "site_unreachable");
    let soon = SiteOptions {
        page_timeout: Duration::from_millis(300),
        ..quick()
    };
    assert_eq!(problem(&at(&decoys.slow, soon)).await, "timed_out");
    let midway = at(&decoys.midway, quick());
    midway.identify().await.unwrap();
    assert!(!midway.collections().await.unwrap().is_empty());
    let cut = members(&midway, "SMS00001").await.unwrap_err();
    assert_eq!(cut.problem().code(), "cut_off");

    // The host itself may also turn out to be another server.
    knob(&lab, "role", json!("iis"));
    assert_eq!(problem(&client(&lab)).await, "not_a_provider");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_6_hierarchies() {
    let lab = open().await;
    let identity = async |hierarchy: &str| {
        knob(&lab, "hierarchy", json!(hierarchy));
        client(&lab).identify().await.map(|reading| reading.identity)
    };
    let standalone = identity("standalone").await.unwrap();
    assert_eq!((standalone.code.as_str(), standalone.is_cas), ("PS1", false));
    let cas = identity("cas").await.unwrap();
    assert_eq!((cas.code.as_str(), cas.is_cas), ("CAS", true));
    let passive = identity("passive").await.unwrap();
    assert_eq!((passive.code.as_str(), passive.is_cas), ("PS1", false));
    assert_eq!(
        *identity("child").await.unwrap_err().problem(),
        Problem::ChildPrimary {
            site: "PS1".parse().unwrap(),
            parent: "CAS".into(),
            server: Some("cas01.corp.example".into()),
        }
    );
    // The secondary site is there in each, and in nobody's way.
    assert_eq!(
        get(&lab, "SMS_Site?$filter=Type eq 1").await.1["value"][0]["SiteCode"],
        "SEC"
    );
    // The GUID is the site's: by whichever provider it is asked, and until it is installed anew.
    assert!(standalone.guid.is_some());
    assert_eq!(passive.guid, standalone.guid);
    assert_ne!(cas.guid, standalone.guid);
    knob(&lab, "site_guid", json!("0c1d7a1e-0000-4000-8000-00000000000a"));
    let anew = identity("standalone").await.unwrap().guid.unwrap();
    assert_eq!(anew.to_string(), "0c1d7a1e-0000-4000-8000-00000000000a");
    knob(&lab, "hierarchy", json!("passive"));
    let providers = client(&lab).describe().await.unwrap().identity.providers;
    assert_eq!(providers.len(), 2, "{providers:?}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_7_the_service_connection_point() {
    let lab = open().await;
    let server = "scp01.corp.example".to_owned();
    for (point, expected) in [
        ("online", ConnectionPoint::Online { server: server.clone() }),
        ("offline", ConnectionPoint::Offline { server: server.clone() }),
        ("offline-as-text", ConnectionPoint::Offline { server: server.clone() }),
        ("unknown", ConnectionPoint::ModeUnknown { server }),
        ("missing", ConnectionPoint::NotInstalled),
    ] {
        knob(&lab, "scp", json!(point));
        let found = client(&lab).describe().await.unwrap().facts.connection_point;
        assert_eq!(found, expected, "{point}");
        // Whatever it is, it keeps nobody from publishing.
        client(&lab).identify().await.unwrap();
    }
    // Only the top of a hierarchy has one.
    for (hierarchy, top) in [("child", "CAS"), ("standalone", "PS1")] {
        knob(&lab, "hierarchy", json!(hierarchy));
        knob(&lab, "scp", json!("online"));
        let (_, body) = get(&lab, "SMS_SCI_SysResUse?$filter=RoleName eq 'SMS Dmp Connector'").await;
        let sites: Vec<&Value> = body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["SiteCode"])
            .collect();
        assert_eq!(sites, [top]);
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn item_13_builds() {
    let lab = open().await;
    for build in [9106, 9135, 9141] {
        knob(&lab, "build", json!(build));
        let reading = client(&lab).identify().await.unwrap();
        assert_eq!(reading.identity.build, Some(build));
        assert_eq!(reading.facts.version, Some(format!("5.00.{build}.1000")));
    }
    lab.stop().await.unwrap();
}
