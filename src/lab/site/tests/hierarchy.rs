//! Which site the target is, its roles, and hosts that are no provider.

use serde_json::json;

use super::*;

#[test]
fn another_web_server_answers_html_without_asking_who() {
    let site = Site::new(config(20, 8), now());
    site.set_knob("role", &json!("iis")).unwrap();
    let response = site.handle(&mut SiteConnection::default(), &request(PROBE), now());
    assert_eq!(response.status, 404);
    assert!(text(&response).contains("404 - File or directory not found."));
    assert_eq!(header(&response), "");
    site.set_knob("role", &json!("provider")).unwrap();
    let mut elsewhere = request("");
    elsewhere.path = "/Reports/".to_owned();
    assert_eq!(
        site.handle(&mut SiteConnection::default(), &elsewhere, now()).status,
        404
    );
}

#[test]
fn the_three_hierarchies_answer_as_theirs_do() {
    let site = open(20, 8);
    let row = |code: &str| {
        let all = rows(
            &site,
            "wmi/SMS_Site?$select=SiteCode,Type,ReportingSiteCode,ServerName,BuildNumber",
        );
        all.into_iter().find(|row| row["SiteCode"] == code)
    };
    let this = || rows(&site, PROBE)[0]["ThisSiteCode"].clone();
    assert_eq!(this(), "PS1");
    assert!(row("CAS").is_none());
    assert_eq!(
        row("PS1").unwrap(),
        json!({"BuildNumber": 9135, "ReportingSiteCode": "", "ServerName": "cm01.corp.example", "SiteCode": "PS1", "Type": 2})
    );
    site.set_knob("hierarchy", &json!("child")).unwrap();
    assert_eq!(this(), "PS1");
    assert_eq!(row("PS1").unwrap()["ReportingSiteCode"], "CAS");
    assert_eq!(row("CAS").unwrap()["Type"], 4);
    assert_eq!(row("CAS").unwrap()["ServerName"], "cas01.corp.example");
    assert_eq!(row("SEC").unwrap()["Type"], 1);
    site.set_knob("hierarchy", &json!("cas")).unwrap();
    assert_eq!(this(), "CAS");
    assert_eq!(row("CAS").unwrap()["ServerName"], "cm01.corp.example");
}

#[test]
fn the_service_connection_point_has_its_modes() {
    let site = open(20, 8);
    let mode = |knob: &str| {
        site.set_knob("scp", &json!(knob)).unwrap();
        let all = rows(&site, "wmi/SMS_SCI_SysResUse");
        let role = all.into_iter().find(|row| row["RoleName"] == "SMS Dmp Connector")?;
        let props = role["Props"].as_array().unwrap().clone();
        Some(
            props
                .into_iter()
                .find(|p| p["PropertyName"] == "OfflineMode")
                .map(|p| p["Value"].clone()),
        )
    };
    assert_eq!(mode("online"), Some(Some(json!(0))));
    assert_eq!(mode("offline"), Some(Some(json!(1))));
    assert_eq!(mode("offline-as-text"), Some(Some(json!("1"))));
    assert_eq!(mode("unknown"), Some(None));
    assert_eq!(mode("missing"), None);
    let providers = rows(&site, "wmi/SMS_SCI_SysResUse?$filter=RoleName eq 'SMS Provider'");
    assert!(
        providers
            .iter()
            .any(|row| row["NetworkOSPath"] == "\\\\ps1-passive.corp.example")
    );
    assert_eq!(
        get(&site, "wmi/SMS_SCI_SysResUse?$select=RoleName,Props").0,
        400,
        "a lazy column in a list"
    );
}
