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

#[test]
fn a_provider_on_a_passive_site_server_is_not_the_site_server() {
    let site = open(20, 8);
    site.set_knob("hierarchy", &json!("passive")).unwrap();
    let this = rows(
        &site,
        "wmi/SMS_Identification?$select=ThisSiteCode,SMSProviderServer,SMSSiteServer",
    )
    .remove(0);
    assert_eq!(
        this,
        json!({"SMSProviderServer": "cm01.corp.example", "SMSSiteServer": "ps1.corp.example", "ThisSiteCode": "PS1"})
    );
    let primary = rows(&site, "wmi/SMS_Site?$filter=SiteCode eq 'PS1'").remove(0);
    assert_eq!(
        (&primary["ServerName"], &primary["ReportingSiteCode"]),
        (&json!("ps1.corp.example"), &json!(""))
    );
    let providers = rows(&site, "wmi/SMS_SCI_SysResUse?$filter=RoleName eq 'SMS Provider'");
    let paths: Vec<&str> = providers
        .iter()
        .map(|row| row["NetworkOSPath"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["\\\\ps1.corp.example", "\\\\cm01.corp.example"]);
}

#[test]
fn a_site_definition_fills_its_props_for_one_site_only() {
    let site = open(20, 8);
    let props = |path: &str| {
        let row = rows(&site, &format!("wmi/SMS_SCI_SiteDefinition?{path}")).remove(0);
        row["Props"].as_array().unwrap().clone()
    };
    let one = "$select=SiteCode,Props&$filter=SiteCode eq 'PS1'";
    let prop = |name: &str| {
        props(one)
            .into_iter()
            .find(|prop| prop["PropertyName"] == name)
            .unwrap()
    };
    let first = prop("SiteGUID")["Value1"].as_str().unwrap().to_owned();
    assert!(uuid::Uuid::try_parse(&first).is_ok(), "{first}");
    assert_eq!(prop("Full Version")["Value1"], "5.00.9135.1000");
    assert_eq!(prop("ProviderServerName")["Value1"], "cm01.corp.example");
    assert_eq!(prop("EnableRESTProviderEndpoint")["Value"], 1);
    assert!(prop("SQLServerFQDN")["Value1"].is_string());
    // Selected for all sites: refused. Not selected: there, and empty.
    assert_eq!(get(&site, "wmi/SMS_SCI_SiteDefinition?$select=SiteCode,Props").0, 400);
    assert!(props("").is_empty() && props("$filter=SiteCode eq 'PS1'").is_empty());
    let (_, id) = get(&site, "wmi/SMS_Identification.GetSiteID");
    assert_eq!(id["SiteID"], json!(first), "the same GUID by both ways");

    // A new parent leaves the GUID as it is; a new installation does not.
    site.set_knob("hierarchy", &json!("cas")).unwrap();
    assert_eq!(prop("SiteGUID")["Value1"], json!(first));
    let parent = rows(&site, "wmi/SMS_SCI_SiteDefinition?$filter=SiteCode eq 'PS1'").remove(0);
    assert_eq!(
        (&parent["ParentSiteCode"], &parent["SiteType"]),
        (&json!("CAS"), &json!(2))
    );
    site.set_knob("hierarchy", &json!("standalone")).unwrap();
    site.set_knob("site_guid", &json!("0c1d7a1e-0000-4000-8000-00000000000a"))
        .unwrap();
    assert_eq!(prop("SiteGUID")["Value1"], "{0C1D7A1E-0000-4000-8000-00000000000A}");
}

#[test]
fn the_site_knows_tenant_and_apps_unless_told_otherwise() {
    let site = open(20, 8);
    let tenants = || rows(&site, "wmi/SMS_AAD_Tenant_Ex?$select=ID,Name,TenantID,Environment");
    let apps = || rows(&site, "wmi/SMS_AAD_Application_Ex");
    assert_eq!(tenants()[0]["Name"], "contoso.onmicrosoft.com");
    let [server, client] = <[Value; 2]>::try_from(apps()).unwrap();
    assert_eq!(server["TenantID"], tenants()[0]["ID"]);
    assert!(server["SecretKey"].as_str().unwrap().len() > 100 && server["SecretKeyForSCP"] != server["SecretKey"]);
    assert!(client["SecretKey"].is_null() && client["IdentifierUri"].is_null());
    assert_eq!(rows(&site, "wmi/SMS_Azure_CloudService")[0]["ServiceType"], 5);
    assert_eq!(rows(&site, "wmi/SMS_AzureEnvironments").len(), 2);
    site.set_knob("known_apps", &json!("none")).unwrap();
    assert!(tenants().is_empty() && apps().is_empty());
    site.set_knob("tenant", &json!({"name": "fabrikam.example", "id": "x"}))
        .unwrap();
    assert_eq!((tenants().len(), apps().len()), (1, 0));
}
