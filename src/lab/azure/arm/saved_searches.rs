//! Saved searches of a workspace: list, read, write under an etag, delete.

use chrono::TimeDelta;

use super::super::saved::{self, SavedSearch, Write};
use super::error::ArmError;
use super::scope::ResourceName;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.OperationalInsights/workspaces/savedSearches/read";
const WRITE: &str = "Microsoft.OperationalInsights/workspaces/savedSearches/write";
const DELETE: &str = "Microsoft.OperationalInsights/workspaces/savedSearches/delete";

impl Call<'_> {
    /// All of them; this list has no pages.
    pub(super) fn list_saved_searches(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        let workspace = self.workspace(name, READ, "")?;
        let id = workspace.resource_id();
        Ok(list(
            workspace.saved.values().map(|search| search.to_json(&id)).collect(),
        ))
    }

    pub(super) fn get_saved_search(&mut self, name: &ResourceName, id: &str) -> Result<Response, ArmError> {
        let workspace = self.workspace(name, READ, &below(id))?;
        match workspace.saved.get(&id.to_ascii_lowercase()) {
            Some(search) => Ok(Response::json(200, &search.to_json(&workspace.resource_id()))),
            None => Err(not_found(name, id)),
        }
    }

    pub(super) fn put_saved_search(&mut self, name: &ResourceName, id: &str) -> Result<Response, ArmError> {
        let (now, query_chars) = (self.now, self.state.knobs.query_chars);
        let mismatch = self.state.knobs.etag_mismatch_status;
        self.workspace(name, WRITE, &below(id))?;
        let write: Write = self.body()?;
        if !saved::id_is_good(id) {
            return Err(ArmError::new(
                400,
                "InvalidResourceName",
                format!("The saved search ID '{id}' is not a valid resource name."),
            ));
        }
        if let Some(fault) = write.properties.fault(query_chars) {
            return Err(ArmError::bad_request(fault));
        }
        let workspace = self.workspace(name, WRITE, &below(id))?;
        let key = id.to_ascii_lowercase();
        let stored = workspace.saved.get(&key);
        if let Some(stored) = stored {
            check_etag(stored, write.etag.as_deref(), mismatch)?;
        }
        let alias = write.properties.function_alias.as_deref();
        if let Some(other) = alias.and_then(|alias| saved::alias_taken(&workspace.saved, &key, alias)) {
            return Err(ArmError::bad_request(format!(
                "The function alias '{}' is already in use by the saved search '{other}'.",
                alias.unwrap_or_default()
            )));
        }
        let search = SavedSearch {
            id: stored.map_or_else(|| id.to_owned(), |stored| stored.id.clone()),
            etag: next_etag(stored, now),
            properties: write.properties,
        };
        let answer = Response::json(200, &search.to_json(&workspace.resource_id()));
        workspace.saved.insert(key, search);
        Ok(answer)
    }

    /// Deleting what is not there succeeds as well.
    pub(super) fn delete_saved_search(&mut self, name: &ResourceName, id: &str) -> Result<Response, ArmError> {
        let workspace = self.workspace(name, DELETE, &below(id))?;
        workspace.saved.remove(&id.to_ascii_lowercase());
        Ok(Response::empty(200))
    }
}

fn below(id: &str) -> String {
    format!("/savedSearches/{id}")
}

fn not_found(name: &ResourceName, id: &str) -> ArmError {
    let resource = format!(
        "Microsoft.OperationalInsights/workspaces/{}/savedSearches/{id}",
        name.name
    );
    ArmError::resource_not_found(&resource, &name.group)
}

/// A stored saved search is overwritten only under `*` or under the etag that it has.
fn check_etag(stored: &SavedSearch, given: Option<&str>, mismatch: u16) -> Result<(), ArmError> {
    match given {
        Some("*") => Ok(()),
        Some(etag) if etag == stored.etag => Ok(()),
        Some(_) if mismatch == 412 => Err(ArmError::new(
            412,
            "PreconditionFailed",
            format!("The saved search '{}' was changed since the etag was read.", stored.id),
        )),
        _ => Err(ArmError::new(
            409,
            "Conflict",
            match given {
                None => format!("The saved search '{}' exists already and no etag was sent.", stored.id),
                Some(_) => format!("The saved search '{}' has another etag: newer data exists.", stored.id),
            },
        )),
    }
}

/// An etag that differs from the stored one, also when both writes fall into the same moment.
fn next_etag(stored: Option<&SavedSearch>, now: chrono::DateTime<chrono::Utc>) -> String {
    let mut at = now;
    while stored.is_some_and(|stored| stored.etag == saved::etag(at)) {
        at += TimeDelta::microseconds(1);
    }
    saved::etag(at)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use crate::lab::http::Response;
    use http::Method;
    use serde_json::{Value, json};

    fn group(alias: &str) -> Value {
        json!({"properties": {
            "category": "Configuration Manager collections",
            "displayName": "All Servers (PS100016)",
            "query": "datatable(Computer:string)[\"PC1\"] | distinct Computer",
            "functionAlias": alias,
            "version": 2,
            "tags": [{"name": "Group", "value": "Computer"}]
        }})
    }

    fn call(lab: &Lab, label: &str, method: Method, id: &str, body: Option<Value>) -> Response {
        let path = format!("{}/savedSearches/{id}", lab.workspace(0));
        lab.arm(label, method, &path, "api-version=2023-09-01", body)
    }

    fn put(lab: &Lab, id: &str, body: Value) -> Response {
        call(lab, "workspace-contributor", Method::PUT, id, Some(body))
    }

    /// The group with one property set.
    fn with(name: &str, value: Value) -> Value {
        let mut body = group("alias");
        body["properties"][name] = value;
        body
    }

    #[test]
    fn a_group_is_written_read_listed_and_deleted() {
        let lab = Lab::new();
        let written = put(&lab, "Group-1", group("ConfigMgr_PS1_PS100016"));
        assert_eq!(written.status, 200);
        let written = json_of(&written);
        assert_eq!(
            written["properties"]["tags"],
            json!([{"name": "Group", "value": "Computer"}])
        );
        assert_eq!(written["name"], "Group-1");
        assert_eq!(
            written["id"].as_str().unwrap(),
            format!("{}/savedSearches/Group-1", lab.workspace(0).trim_start_matches('/'))
        );
        let read = call(&lab, "reader", Method::GET, "group-1", None);
        assert_eq!(json_of(&read), written);
        let list = lab.get("reader", &format!("{}/savedSearches", lab.workspace(0)), "2023-09-01");
        let expected = ["Group-1", "operations-old-servers", "operations-silent-computers"];
        assert_eq!(names(&list), expected);
        for _ in 0..2 {
            let gone = call(&lab, "workspace-contributor", Method::DELETE, "GROUP-1", None);
            assert_eq!((gone.status, gone.body.len()), (200, 0));
        }
        assert_eq!(
            code(&call(&lab, "reader", Method::GET, "Group-1", None)),
            "ResourceNotFound"
        );
    }

    #[test]
    fn an_existing_one_is_overwritten_only_under_its_etag() {
        let lab = Lab::new();
        let first = json_of(&put(&lab, "g", group("a")));
        let conflict = put(&lab, "G", group("a"));
        assert_eq!((conflict.status, code(&conflict).as_str()), (409, "Conflict"));
        let mut body = group("a");
        body["etag"] = first["etag"].clone();
        let second = json_of(&put(&lab, "g", body.clone()));
        assert_ne!(second["etag"], first["etag"]);
        assert_eq!(put(&lab, "g", body.clone()).status, 409);
        lab.knob("etag_mismatch_status", json!(412));
        assert_eq!(put(&lab, "g", body.clone()).status, 412);
        body["etag"] = json!("*");
        assert_eq!(put(&lab, "g", body.clone()).status, 200);
        assert_eq!(put(&lab, "new", with("functionAlias", json!("b"))).status, 200);
        let mut inside = group("c");
        inside["properties"]["etag"] = json!("*");
        assert_eq!(code(&put(&lab, "c", inside)), "InvalidRequestContent");
    }

    #[test]
    fn an_alias_is_a_name_and_belongs_to_one() {
        let lab = Lab::new();
        for bad in ["_a", "a b", "a-b", "grüße", ""] {
            assert_eq!(code(&put(&lab, "g", group(bad))), "BadRequest", "{bad}");
        }
        let taken = put(&lab, "g", group("configmgr_ps1_sms00001"));
        assert_eq!(taken.status, 400);
        assert!(
            json_of(&taken)["error"]["message"]
                .to_string()
                .contains("already in use")
        );
        assert_eq!(put(&lab, "g", group("ConfigMgr_PS1_SMS00001_2")).status, 200);
        let mut own = group("ConfigMgr_PS1_SMS00001_2");
        own["etag"] = json!("*");
        assert_eq!(put(&lab, "g", own).status, 200);
    }

    #[test]
    fn texts_and_tags_have_limits() {
        let lab = Lab::new();
        let tags = |count: usize, chars: usize| {
            let tags: Vec<Value> = (0..count)
                .map(|tag| json!({"name": format!("t{tag}"), "value": "ü".repeat(chars)}))
                .collect();
            with("tags", json!(tags))
        };
        let mut overwrite = tags(15, 256);
        overwrite["etag"] = json!("*");
        assert_eq!(put(&lab, "g", overwrite).status, 200);
        for bad in [tags(16, 1), tags(1, 257), with("query", json!("x".repeat(10_001)))] {
            assert_eq!(code(&put(&lab, "h", bad)), "BadRequest");
        }
        let mut fits = with("query", json!("ü".repeat(10_000)));
        fits["properties"]["functionAlias"] = json!("fits");
        assert_eq!(put(&lab, "h", fits).status, 200);
        lab.knob("query_chars", json!(40));
        let long = put(&lab, "i", with("functionAlias", json!("long")));
        assert_eq!(long.status, 400);
        assert!(json_of(&long)["error"]["message"].to_string().contains("too long"));
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        let lab = Lab::new();
        for name in ["category", "displayName", "query"] {
            let mut body = group("a");
            body["properties"].as_object_mut().unwrap().remove(name);
            assert_eq!(code(&put(&lab, "g", body)), "InvalidRequestContent", "{name}");
            assert_eq!(code(&put(&lab, "g", with(name, json!(" ")))), "BadRequest", "{name}");
        }
        assert_eq!(put(&lab, "g", with("version", json!(3))).status, 400);
        assert_eq!(put(&lab, "g", with("colour", json!("red"))).status, 400);
        let mut extra = group("a");
        extra["tags"] = json!([]);
        assert_eq!(put(&lab, "g", extra).status, 400);
        assert_eq!(code(&put(&lab, "ends.", group("a"))), "InvalidResourceName");
        let path = format!("{}/savedSearches/g", lab.workspace(0));
        let mut request = Lab::request(Method::PUT, &path, Some("api-version=2023-09-01"), Some(b"{}".to_vec()));
        let bearer = format!("Bearer {}", lab.bearer("ready", super::super::super::testing::ARM));
        request.headers.insert("authorization", bearer.parse().unwrap());
        assert_eq!(lab.cloud.arm(&request, lab.now).status, 415);
        request
            .headers
            .insert("content-type", "application/json".parse().unwrap());
        request.body = "{".into();
        assert_eq!(code(&lab.cloud.arm(&request, lab.now)), "InvalidRequestContent");
    }

    #[test]
    fn each_app_may_what_its_role_says() {
        let lab = Lab::new();
        for (label, read, write, delete) in [
            ("ready", 200, 200, 200),
            ("workspace-contributor", 200, 200, 200),
            ("no-publisher", 200, 200, 200),
            ("slow-role", 200, 200, 200),
            ("owner", 200, 200, 200),
            ("reader", 200, 403, 403),
            ("no-rights", 403, 403, 403),
        ] {
            let mut body = group("mine");
            body["etag"] = json!("*");
            let existing = call(&lab, label, Method::GET, "operations-old-servers", None).status;
            let written = call(&lab, label, Method::PUT, "mine", Some(body)).status;
            let deleted = call(&lab, label, Method::DELETE, "mine", None).status;
            assert_eq!((existing, written, deleted), (read, write, delete), "{label}");
        }
        let elsewhere = format!("{}/savedSearches/g", lab.workspace(2));
        let body = Some(group("a"));
        let query = "api-version=2023-09-01";
        assert_eq!(
            lab.arm("ready", Method::PUT, &elsewhere, query, body.clone()).status,
            403
        );
        assert_eq!(lab.arm("owner", Method::PUT, &elsewhere, query, body).status, 200);
    }

    #[test]
    fn somebody_else_may_delete_one() {
        let lab = Lab::new();
        put(&lab, "g", group("a"));
        lab.knob("drop_saved_search", json!({"id": "G"}));
        assert_eq!(call(&lab, "reader", Method::GET, "g", None).status, 404);
        assert!(lab.cloud.set_knob("drop_saved_search", &json!({"id": "g"})).is_err());
    }
}
