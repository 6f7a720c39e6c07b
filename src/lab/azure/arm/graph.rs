//! Resource Graph, for one shape of query: workspaces, with the columns that are asked for. Any other text is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::estate::{WORKSPACE_TYPE, Workspace};
use super::Call;
use super::error::ArmError;
use crate::lab::http::Response;

const READ: &str = "Microsoft.OperationalInsights/workspaces/read";
/// Most rows of one answer.
const TOP: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    query: String,
    #[serde(default)]
    subscriptions: Option<Vec<String>>,
    #[serde(default)]
    options: Options,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default, rename = "$top")]
    top: Option<usize>,
    #[serde(default, rename = "$skip")]
    skip: Option<usize>,
    #[serde(default, rename = "$skipToken")]
    skip_token: Option<String>,
    #[serde(default, rename = "resultFormat")]
    result_format: Option<String>,
}

impl Call<'_> {
    pub(super) fn resource_graph(&mut self) -> Result<Response, ArmError> {
        let ask: Ask = self.body()?;
        let format = ask.options.result_format.as_deref();
        if format.is_some_and(|format| !format.eq_ignore_ascii_case("objectArray")) {
            return Err(ArmError::bad_request("The result format must be 'objectArray'."));
        }
        let Some(columns) = columns(&ask.query) else {
            return Err(self.invalid_query());
        };
        let scopes = self.scopes(ask.subscriptions)?;
        let skip = match &ask.options.skip_token {
            None => ask.options.skip.unwrap_or(0),
            Some(token) => offset(token).ok_or_else(|| ArmError::bad_request("The skip token is not valid."))?,
        };
        let top = ask.options.top.unwrap_or(TOP).clamp(1, TOP);
        let tenant = self.state.directory.home().id.clone();
        let rows: Vec<Value> = self
            .state
            .estate
            .workspaces
            .iter()
            .filter(|one| scopes.iter().any(|scope| scope.eq_ignore_ascii_case(&one.subscription)))
            .filter(|one| self.may(READ, &one.resource_id()))
            .map(|one| project(&record(one, &tenant, self.now), columns.as_deref()))
            .collect();
        let total = rows.len();
        let data: Vec<Value> = rows.into_iter().skip(skip).take(top).collect();
        let mut body = json!({
            "totalRecords": total,
            "count": data.len(),
            "data": data,
            "facets": [],
            "resultTruncated": "false",
        });
        let next = skip.saturating_add(top);
        if let Some(object) = body.as_object_mut().filter(|_| next < total) {
            object.insert("$skipToken".into(), STANDARD.encode(next.to_string()).into());
        }
        Ok(Response::json(200, &body).with_header("x-ms-user-quota-resets-after", "00:00:05"))
    }

    /// The subscriptions to look in: those named, or all, as far as the caller holds anything there.
    fn scopes(&self, named: Option<Vec<String>>) -> Result<Vec<String>, ArmError> {
        let all = || {
            self.state
                .estate
                .subscriptions
                .iter()
                .map(|one| one.id.clone())
                .collect()
        };
        let mut scopes: Vec<String> = named.filter(|named| !named.is_empty()).unwrap_or_else(all);
        scopes.retain(|scope| self.touches(scope));
        if scopes.is_empty() {
            let detail = "Access is denied to the requested resource. The user might not have enough permission.";
            return Err(ArmError::new(403, "AccessDenied", self.support())
                .detailed(json!([{"code": "AccessDenied", "message": detail}])));
        }
        Ok(scopes)
    }

    fn invalid_query(&self) -> ArmError {
        let message = "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and \
                       fix the error before retrying.";
        ArmError::bad_request(self.support()).detailed(json!([
            {"code": "InvalidQuery", "message": message},
            {"code": "ParserFailure", "message": "ParserFailure"}
        ]))
    }

    fn support(&self) -> String {
        format!(
            "Please provide below info when asking for support: timestamp = {}.",
            self.now.to_rfc3339()
        )
    }
}

/// A column of the answer: its name, and where its value is.
type Projection = (String, Vec<String>);

/// Reads `resources | where type =~ '…workspaces' [| project …]`; the inner `None` is every column.
fn columns(query: &str) -> Option<Option<Vec<Projection>>> {
    let mut stages = query.split('|').map(str::trim);
    if !stages.next()?.eq_ignore_ascii_case("resources") {
        return None;
    }
    let (left, right) = stages.next()?.strip_prefix("where ")?.split_once("=~")?;
    let kind = right.trim().trim_matches(['\'', '"']);
    if left.trim() != "type" || !kind.eq_ignore_ascii_case(WORKSPACE_TYPE) {
        return None;
    }
    let Some(project) = stages.next() else {
        return Some(None);
    };
    let columns = project.strip_prefix("project ")?.split(',').map(projection);
    let columns: Vec<Projection> = columns.collect::<Option<_>>()?;
    match stages.next() {
        None => Some(Some(columns)),
        Some(_) => None,
    }
}

fn projection(text: &str) -> Option<Projection> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) => (name.trim().to_owned(), path.trim()),
        None => (text.trim().replace('.', "_"), text.trim()),
    };
    let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
    let word = |word: &str| !word.is_empty() && word.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    let known = [
        "id",
        "name",
        "type",
        "tenantId",
        "kind",
        "location",
        "resourceGroup",
        "subscriptionId",
        "sku",
        "tags",
        "properties",
    ];
    let first = steps.first()?;
    (word(&name) && steps.iter().all(|step| word(step)) && known.contains(&first.as_str())).then_some((name, steps))
}

/// A workspace as a row of Resource Graph, which spells types and resource groups in lower case.
fn record(workspace: &Workspace, tenant: &str, now: chrono::DateTime<chrono::Utc>) -> Value {
    let resource = workspace.to_json(now);
    json!({
        "id": workspace.resource_id(),
        "name": workspace.name,
        "type": WORKSPACE_TYPE.to_ascii_lowercase(),
        "tenantId": tenant,
        "kind": "",
        "location": workspace.location,
        "resourceGroup": workspace.group.to_ascii_lowercase(),
        "subscriptionId": workspace.subscription,
        "sku": null,
        "tags": resource.get("tags"),
        "properties": resource.get("properties"),
    })
}

fn project(record: &Value, columns: Option<&[Projection]>) -> Value {
    let Some(columns) = columns else {
        return record.clone();
    };
    let cell = |steps: &[String]| {
        let found = steps.iter().try_fold(record, |value, step| value.get(step));
        found.cloned().unwrap_or(Value::Null)
    };
    let row: Map<String, Value> = columns
        .iter()
        .map(|(name, steps)| (name.clone(), cell(steps)))
        .collect();
    Value::Object(row)
}

fn offset(token: &str) -> Option<usize> {
    String::from_utf8(STANDARD.decode(token).ok()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use crate::lab::http::Response;
    use http::Method;
    use serde_json::{Value, json};

    const QUERY: &str = "resources | where type =~ 'microsoft.operationalinsights/workspaces' | project id, name, \
                         resourceGroup, subscriptionId, location, customerId=properties.customerId, \
                         sku=properties.sku.name, retentionInDays=properties.retentionInDays, \
                         provisioningState=properties.provisioningState";

    fn ask(lab: &Lab, label: &str, body: Value) -> Response {
        let path = "/providers/Microsoft.ResourceGraph/resources";
        lab.arm(label, Method::POST, path, "api-version=2021-03-01", Some(body))
    }

    #[test]
    fn a_narrow_role_finds_its_workspace() {
        let lab = Lab::new();
        let subscription = lab.subscription().replace("/subscriptions/", "");
        let options = json!({"resultFormat": "objectArray", "$top": 1000});
        let body = json!({"subscriptions": [subscription], "query": QUERY, "options": options});
        let answer = json_of(&ask(&lab, "workspace-contributor", body.clone()));
        assert_eq!(answer["totalRecords"], 1);
        assert_eq!(answer["resultTruncated"], "false");
        let expected = json!({
            "id": lab.workspace(0),
            "name": "law-contoso",
            "resourceGroup": "rg-configmgr",
            "subscriptionId": subscription,
            "location": "westeurope",
            "customerId": lab.cloud.workspaces()[0].customer_id,
            "sku": "PerGB2018",
            "retentionInDays": 30,
            "provisioningState": "Succeeded"
        });
        assert_eq!(answer["data"], json!([expected]));
        assert_eq!(json_of(&ask(&lab, "owner", body.clone()))["count"], 5);
        let denied = ask(&lab, "no-rights", body);
        assert_eq!((denied.status, code(&denied).as_str()), (403, "AccessDenied"));
    }

    #[test]
    fn rows_come_in_pages() {
        let lab = Lab::new();
        let mut body = json!({"query": QUERY, "options": {"$top": 2}});
        let first = json_of(&ask(&lab, "owner", body.clone()));
        assert_eq!((&first["totalRecords"], &first["count"]), (&json!(5), &json!(2)));
        body["options"]["$skipToken"] = first["$skipToken"].clone();
        let second = json_of(&ask(&lab, "owner", body.clone()));
        assert_eq!(second["data"][0]["name"], "law-branch");
        body["options"]["$skipToken"] = second["$skipToken"].clone();
        let third = json_of(&ask(&lab, "owner", body));
        assert_eq!(third["data"][0]["name"], "law-private");
        assert!(third.get("$skipToken").is_none());
    }

    #[test]
    fn other_queries_are_refused() {
        let lab = Lab::new();
        for query in [
            "",
            "resources",
            "resources | summarize count()",
            "resources | where type =~ 'microsoft.compute/disks'",
            "resources | where type =~ 'microsoft.operationalinsights/workspaces' | project nonsense",
            "resources | where type =~ 'microsoft.operationalinsights/workspaces' | project id | order by id",
        ] {
            let answer = ask(&lab, "owner", json!({"query": query}));
            assert_eq!((answer.status, code(&answer).as_str()), (400, "BadRequest"), "{query}");
            assert_eq!(json_of(&answer)["error"]["details"][0]["code"], "InvalidQuery");
        }
    }
}
