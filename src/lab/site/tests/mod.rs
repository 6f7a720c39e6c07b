//! The site as its callers see it: every request goes through [`Site::handle`], the sign-in included.

mod answers;
mod data;
mod faults;
mod hierarchy;
mod index;
mod sign_in;
mod truth;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};
use serde_json::Value;

use super::auth::tests::Client;
use super::{KnownAzure, Site, SiteConfig, SiteConnection};
use crate::lab::http::{Request, Response};

fn now() -> DateTime<Utc> {
    "2026-08-02T06:31:20Z".parse().unwrap()
}

fn config(devices: usize, collections: usize) -> SiteConfig {
    SiteConfig {
        seed: 42,
        devices,
        collections,
        everyone: 0,
        build: 9135,
        sign_in: true,
        host: "cm01.corp.example".to_owned(),
        azure: Some(KnownAzure {
            tenant_name: "contoso.onmicrosoft.com".to_owned(),
            tenant_id: "0c1d7a1e-0000-4000-8000-000000000000".to_owned(),
            environment: 0,
            app_name: "ConfigMgr connector".to_owned(),
            client_id: "1c1d7a1e-0000-4000-8000-000000000000".to_owned(),
            app_id_uri: "https://ConfigMgrService".to_owned(),
        }),
    }
}

/// A site without a sign-in: for everything that is not about it.
fn open(devices: usize, collections: usize) -> Site {
    Site::new(
        SiteConfig {
            sign_in: false,
            ..config(devices, collections)
        },
        now(),
    )
}

fn request(path: &str) -> Request {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.replace(' ', "%20"))),
        None => (path, None),
    };
    Request {
        method: Method::GET,
        path: format!("/AdminService/{path}"),
        query,
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
    }
}

fn with_token(mut request: Request, token: &str) -> Request {
    request
        .headers
        .insert("authorization", format!("Negotiate {token}").parse().unwrap());
    request
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

fn header(response: &Response) -> String {
    response
        .headers
        .get("www-authenticate")
        .map(|v| v.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

/// Asks at the present moment, without a sign-in.
fn get(site: &Site, path: &str) -> (u16, Value) {
    get_at(site, path, now())
}

fn get_at(site: &Site, path: &str, now: DateTime<Utc>) -> (u16, Value) {
    let response = site.handle(&mut SiteConnection::default(), &request(path), now);
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap_or(Value::Null),
    )
}

fn rows(site: &Site, path: &str) -> Vec<Value> {
    let (status, body) = get(site, path);
    assert_eq!(status, 200, "{path}: {body}");
    body["value"].as_array().unwrap().clone()
}

/// Runs the sign-in for one request.
fn signed_in(site: &Site, connection: &mut SiteConnection, mut client: Client, path: &str) -> Response {
    let mut challenge: Option<String> = None;
    for _ in 0..6 {
        let token = client.step(challenge.as_deref()).unwrap();
        let response = site.handle(connection, &with_token(request(path), &token), now());
        let answer = header(&response);
        match answer.strip_prefix("Negotiate ") {
            Some(token) if response.status == 401 => {
                assert!(response.body.is_empty());
                challenge = Some(token.to_owned());
            }
            _ => return response,
        }
    }
    panic!("the sign-in does not end");
}

fn as_role(site: &Site, role: &str, path: &str) -> (u16, Value) {
    let (_, name, password) = site.accounts().into_iter().find(|account| account.0 == role).unwrap();
    let response = signed_in(
        site,
        &mut SiteConnection::default(),
        Client::raw(&name, &password),
        path,
    );
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap_or(Value::Null),
    )
}

const PROBE: &str = "wmi/SMS_Identification?$select=ThisSiteCode,ThisSiteName";

/// Every membership row, read page by page over all collections at once.
fn sweep(site: &Site) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let query = format!(
            "$select=CollectionID,ResourceID,ResourceType,SiteCode,IsClient&$top=1000&$skip={}",
            found.len()
        );
        let page = rows(site, &format!("wmi/SMS_FullCollectionMembership?{query}"));
        let is_last = page.len() < 1000;
        found.extend(page);
        if is_last {
            return found;
        }
    }
}
