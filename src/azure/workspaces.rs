//! Workspaces: one by its resource ID, or all that the app can see.
//!
//! No single list shows every workspace to an app whose only role is on a workspace: the lists of a subscription may come out
//! empty or be refused, Resource Graph may be switched off by a company. So three are asked, and what they say is put together.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Method;
use serde_json::{Value, json};

use crate::model::{Failure, Problem, Result, Subscription, Workspace, WorkspaceId};

use super::api_versions;
use super::client::Azure;
use super::error::words;
use super::pages::{MOST_PAGES, endless};

const READ: &str = "Microsoft.OperationalInsights/workspaces/read";
const EXPECTED: &str = "a list of workspaces";

/// Subscriptions that are asked at a time.
const AT_A_TIME: usize = 4;

const GRAPH_QUERY: &str = "resources | where type =~ 'microsoft.operationalinsights/workspaces' | project id, name, \
     resourceGroup, subscriptionId, location, customerId=properties.customerId, sku=properties.sku.name, \
     retentionInDays=properties.retentionInDays, provisioningState=properties.provisioningState";

/// What the lists say together.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceList {
    /// Each workspace once, in the order of resource IDs.
    pub workspaces: Vec<Workspace>,
    /// Lists that could not be read in full, by name, with the first reason.
    pub incomplete: Vec<(&'static str, Failure)>,
}

/// What one list says: what it found, and why it may not be all.
type Found = (Vec<Workspace>, Option<Failure>);

impl Azure {
    /// Reads one workspace.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`], which Azure also says where nothing of it may be seen; [`Problem::NotAllowed`].
    pub async fn workspace(&self, id: &WorkspaceId) -> Result<Workspace> {
        let path = id.to_string();
        let call = self.arm(&path, api_versions::OPERATIONAL_INSIGHTS, "reading the workspace", READ);
        let reply = self
            .answer(&call)
            .await
            .map_err(|failure| about_workspace(failure, id))?;
        let json = reply.json("a workspace")?;
        // The ID is the one that was asked for: answers spell it in their own letter case.
        let mut workspace = read(&json).ok_or_else(|| reply.not_understood("a workspace"))?;
        workspace.id = id.clone();
        Ok(workspace)
    }

    /// All workspaces that the app can see.
    ///
    /// # Errors
    /// The first failure when every list fails and none has found anything.
    pub async fn workspaces(&self) -> Result<WorkspaceList> {
        let subscriptions = async {
            match self.subscriptions().await {
                Ok(subscriptions) => {
                    tokio::join!(
                        self.in_subscriptions(&subscriptions, |azure, subscription| azure.listed(subscription)),
                        self.in_subscriptions(&subscriptions, |azure, subscription| azure
                            .among_resources(subscription)),
                    )
                }
                Err(failure) => ((Vec::new(), Some(failure.clone())), (Vec::new(), Some(failure))),
            }
        };
        let (graph, (listed, among)) = tokio::join!(self.in_graph(), subscriptions);
        together([
            ("workspace list", listed),
            ("Resource Graph", graph),
            ("resource list", among),
        ])
    }

    /// Asks each subscription; one that fails does not keep the others from being asked.
    async fn in_subscriptions<'a, F>(
        &'a self,
        subscriptions: &'a [Subscription],
        ask: impl Fn(&'a Self, &'a Subscription) -> F,
    ) -> Found
    where
        F: Future<Output = Result<Vec<Workspace>>>,
    {
        let is_living = |each: &&Subscription| !each.state.eq_ignore_ascii_case("deleted");
        let living = subscriptions.iter().filter(is_living);
        // A list of them first: a stream with a closure in it cannot be sent to another thread.
        let questions: Vec<F> = living.map(|subscription| ask(self, subscription)).collect();
        let answers: Vec<_> = stream::iter(questions).buffered(AT_A_TIME).collect().await;
        let mut found = (Vec::new(), None);
        for answer in answers {
            match answer {
                Ok(workspaces) => found.0.extend(workspaces),
                Err(failure) => found.1 = found.1.or(Some(failure)),
            }
        }
        found
    }

    async fn listed(&self, subscription: &Subscription) -> Result<Vec<Workspace>> {
        let path = format!(
            "/subscriptions/{}/providers/Microsoft.OperationalInsights/workspaces",
            subscription.id
        );
        let mut call = self.arm(
            &path,
            api_versions::OPERATIONAL_INSIGHTS,
            "listing the workspaces",
            READ,
        );
        call.scope = format!("/subscriptions/{}", subscription.id);
        Ok(self.list(call, EXPECTED).await?.iter().filter_map(read).collect())
    }

    async fn among_resources(&self, subscription: &Subscription) -> Result<Vec<Workspace>> {
        let path = format!("/subscriptions/{}/resources", subscription.id);
        let operation = "Microsoft.Resources/subscriptions/resources/read";
        let mut call = self.arm(&path, api_versions::RESOURCES, "listing the resources", operation);
        call.scope = format!("/subscriptions/{}", subscription.id);
        call.url
            .push_str("&$filter=resourceType%20eq%20%27Microsoft.OperationalInsights%2Fworkspaces%27");
        Ok(self.list(call, EXPECTED).await?.iter().filter_map(read).collect())
    }

    async fn in_graph(&self) -> Found {
        let mut found = Vec::new();
        let failure = self.graph_pages(&mut found).await.err();
        (found, failure)
    }

    /// Resource Graph, over all subscriptions that it lets the app see.
    async fn graph_pages(&self, found: &mut Vec<Workspace>) -> Result<()> {
        let path = "/providers/Microsoft.ResourceGraph/resources";
        let operation = "Microsoft.ResourceGraph/resources/read";
        let mut call = self.arm(
            path,
            api_versions::RESOURCE_GRAPH,
            "asking Resource Graph for workspaces",
            operation,
        );
        call.method = Method::POST;
        let mut options = json!({"resultFormat": "objectArray", "$top": 1000});
        for _ in 0..MOST_PAGES {
            let body = json!({"query": GRAPH_QUERY, "options": options});
            call.body = Some(Bytes::from(body.to_string()));
            let reply = self.answer(&call).await?;
            let page = reply.json(EXPECTED)?;
            let rows = page
                .get("data")
                .and_then(Value::as_array)
                .ok_or_else(|| reply.not_understood(EXPECTED))?;
            found.extend(rows.iter().filter_map(read));
            match page
                .get("$skipToken")
                .and_then(Value::as_str)
                .filter(|token| !token.is_empty())
            {
                Some(token) => options = json!({"resultFormat": "objectArray", "$top": 1000, "$skipToken": token}),
                None => return Ok(()),
            }
        }
        Err(endless(&self.environment().arm, EXPECTED))
    }
}

/// A failure at a workspace: what is not there is the workspace.
pub(super) fn about_workspace(failure: Failure, id: &WorkspaceId) -> Failure {
    match failure.problem() {
        Problem::ResourceNotFound { .. } => failure.instead(Problem::WorkspaceNotFound { id: id.clone() }),
        _ => failure,
    }
}

/// A workspace as Azure's messages name it where something in it is not found.
pub(super) fn parent(id: &WorkspaceId) -> String {
    format!("workspaces/{}", id.name())
}

/// Merges by resource ID. The list that comes first has the say where two differ.
fn together(lists: [(&'static str, Found); 3]) -> Result<WorkspaceList> {
    let mut merged: BTreeMap<WorkspaceId, Workspace> = BTreeMap::new();
    let mut incomplete = Vec::new();
    for (name, (workspaces, failure)) in lists {
        incomplete.extend(failure.map(|failure| (name, failure)));
        for workspace in workspaces {
            match merged.entry(workspace.id.clone()) {
                std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(workspace)),
                std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().merge(workspace),
            }
        }
    }
    if merged.is_empty() && incomplete.len() == 3 {
        return Err(incomplete.swap_remove(0).1);
    }
    Ok(WorkspaceList {
        workspaces: merged.into_values().collect(),
        incomplete,
    })
}

/// Reads a workspace from any of the lists; only the ID must be there. Resource Manager has its members in `properties`,
/// Resource Graph as columns.
fn read(json: &Value) -> Option<Workspace> {
    let member = |name: &str| {
        let inside = json.get("properties").and_then(|properties| properties.get(name));
        inside.or_else(|| json.get(name)).filter(|value| !value.is_null())
    };
    let text = |name: &str| {
        member(name)
            .and_then(Value::as_str)
            .map(words)
            .filter(|text| !text.is_empty())
    };
    let inside = |name: &str, inner: &str| member(name)?.get(inner)?.as_str().map(words);
    let open = |name: &str| text(name).map(|access| !access.eq_ignore_ascii_case("disabled"));
    let id: WorkspaceId = json.get("id")?.as_str()?.parse().ok()?;
    Some(Workspace {
        customer_id: text("customerId").and_then(|id| id.parse().ok()),
        location: text("location"),
        provisioning_state: text("provisioningState"),
        sku: text("sku").or_else(|| inside("sku", "name")),
        retention_days: member("retentionInDays").and_then(Value::as_i64),
        ingestion_status: inside("workspaceCapping", "dataIngestionStatus"),
        public_query: open("publicNetworkAccessForQuery"),
        public_ingestion: open("publicNetworkAccessForIngestion"),
        ..Workspace::bare(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Answer, SUBSCRIPTION, Server, TENANT, error, signed_in, workspace_id};

    const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

    fn id(name: &str) -> String {
        workspace_id().to_string().replace("law-contoso", name)
    }

    fn lists(server: &Server, graph: Answer, listed: Answer, among: Answer) {
        let subscriptions = json!({"value": [{"subscriptionId": SUBSCRIPTION, "state": "Enabled"},
            {"subscriptionId": TENANT, "state": "Deleted"}]});
        server.on("GET", "/subscriptions", [Answer::json(200, &subscriptions)]);
        server.on("POST", GRAPH, [graph]);
        let base = format!("/subscriptions/{SUBSCRIPTION}");
        server.on(
            "GET",
            &format!("{base}/providers/Microsoft.OperationalInsights/workspaces"),
            [listed],
        );
        server.on("GET", &format!("{base}/resources"), [among]);
    }

    #[tokio::test]
    async fn three_lists_become_one() {
        let (server, azure) = signed_in().await;
        let graph = json!({"totalRecords": 2, "count": 2, "resultTruncated": "false", "data": [
            {"id": id("a").to_lowercase(), "customerId": TENANT, "sku": "PerGB2018", "retentionInDays": 30},
            {"id": id("b"), "location": "westeurope"}]});
        let listed = json!({"value": [{"id": id("a"), "location": "northeurope", "properties": {"provisioningState": "Succeeded",
            "sku": {"name": "Free"}, "publicNetworkAccessForQuery": "Disabled", "publicNetworkAccessForIngestion": "Enabled",
            "workspaceCapping": {"dataIngestionStatus": "OverQuota"}}}]});
        let among = json!({"value": [{"id": id("c")}, {"id": "/subscriptions/x"}, null]});
        lists(
            &server,
            Answer::json(200, &graph),
            Answer::json(200, &listed),
            Answer::json(200, &among),
        );
        let list = azure.workspaces().await.unwrap();
        assert!(list.incomplete.is_empty());
        let names: Vec<_> = list.workspaces.iter().map(|workspace| workspace.id.name()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let first = list.workspaces.into_iter().next().unwrap();
        let expected = Workspace {
            customer_id: Some(TENANT.parse().unwrap()),
            location: Some("northeurope".to_owned()),
            provisioning_state: Some("Succeeded".to_owned()),
            sku: Some("Free".to_owned()),
            retention_days: Some(30),
            ingestion_status: Some("OverQuota".to_owned()),
            public_query: Some(false),
            public_ingestion: Some(true),
            ..Workspace::bare(id("a").parse().unwrap())
        };
        assert_eq!(first, expected);
    }

    #[tokio::test]
    async fn a_list_may_fail() {
        let (server, azure) = signed_in().await;
        let one = json!({"value": [{"id": id("a")}]});
        lists(
            &server,
            error(403, "AccessDenied"),
            error(403, "AuthorizationFailed"),
            Answer::json(200, &one),
        );
        let list = azure.workspaces().await.unwrap();
        assert_eq!(list.workspaces.len(), 1);
        let failed: Vec<_> = list
            .incomplete
            .iter()
            .map(|(name, failure)| (*name, failure.problem().code()))
            .collect();
        assert_eq!(
            failed,
            [("workspace list", "not_allowed"), ("Resource Graph", "not_allowed")]
        );
    }

    #[tokio::test]
    async fn when_all_fail_the_first_reason_is_told() {
        let (server, azure) = signed_in().await;
        lists(
            &server,
            error(400, "BadRequest"),
            error(403, "AuthorizationFailed"),
            error(400, "BadRequest"),
        );
        assert_eq!(azure.workspaces().await.unwrap_err().problem().code(), "not_allowed");
    }

    #[tokio::test]
    async fn the_graph_has_pages() {
        let (server, azure) = signed_in().await;
        let page = |name: &str, token: Option<&str>| {
            Answer::json(200, &json!({"data": [{"id": id(name)}], "$skipToken": token}))
        };
        let none = Answer::json(200, &json!({"value": []}));
        lists(&server, none.clone(), none.clone(), none);
        server.on("POST", GRAPH, [page("a", Some("next")), page("b", None)]);
        assert_eq!(azure.workspaces().await.unwrap().workspaces.len(), 2);
        let bodies: Vec<Value> = server
            .seen_at(GRAPH)
            .iter()
            .map(|seen| serde_json::from_str(&seen.body).unwrap())
            .collect();
        assert_eq!(
            bodies
                .iter()
                .map(|body| body["options"]["$skipToken"].as_str())
                .collect::<Vec<_>>(),
            [None, Some("next")]
        );
    }

    #[tokio::test]
    async fn hundreds_of_subscriptions_and_thousands_of_workspaces() {
        const SUBSCRIPTIONS: usize = 200;
        const EACH: usize = 20;
        let (server, azure) = signed_in().await;
        let subscription = |at: usize| uuid::Uuid::from_u128(at as u128 + 1).to_string();
        let workspace = |at: usize, nr: usize| id(&format!("law-{at}-{nr}")).replace(SUBSCRIPTION, &subscription(at));
        let page = |at: usize, numbers: std::ops::Range<usize>, next: Option<String>| {
            let found: Vec<Value> = numbers.map(|nr| json!({"id": workspace(at, nr)})).collect();
            Answer::json(200, &json!({"value": found, "nextLink": next}))
        };
        let all: Vec<Value> = (0..SUBSCRIPTIONS)
            .map(|at| json!({"subscriptionId": subscription(at)}))
            .collect();
        let (first, second) = all.split_at(SUBSCRIPTIONS / 2);
        let next = format!("{}/subscriptions?api-version=2022-12-01&page=2", server.url());
        let pages = [json!({"value": first, "nextLink": next}), json!({"value": second})];
        server.on("GET", "/subscriptions", pages.map(|page| Answer::json(200, &page)));
        for at in 0..SUBSCRIPTIONS {
            let base = format!("/subscriptions/{}", subscription(at));
            let list = format!("{base}/providers/Microsoft.OperationalInsights/workspaces");
            let next = format!("{}{list}?api-version=2023-09-01&page=2", server.url());
            server.on(
                "GET",
                &list,
                [page(at, 0..EACH / 2, Some(next)), page(at, EACH / 2..EACH, None)],
            );
            server.on("GET", &format!("{base}/resources"), [page(at, 0..EACH, None)]);
        }
        let rows: Vec<Value> = (0..SUBSCRIPTIONS * EACH)
            .map(|n| json!({"id": workspace(n / EACH, n % EACH).to_uppercase(), "location": "westeurope"}))
            .collect();
        let graph: Vec<Answer> = rows
            .chunks(1000)
            .enumerate()
            .map(|(at, rows)| {
                let token = (at < 3).then_some("more");
                Answer::json(200, &json!({"data": rows, "$skipToken": token}))
            })
            .collect();
        server.on("POST", GRAPH, graph);
        let list = azure.workspaces().await.unwrap();
        assert_eq!(
            (list.workspaces.len(), list.incomplete.len()),
            (SUBSCRIPTIONS * EACH, 0)
        );
        let is_merged = |workspace: &Workspace| {
            workspace.location.as_deref() == Some("westeurope") && workspace.id.name().starts_with("law-")
        };
        assert!(list.workspaces.iter().all(is_merged), "each list adds what it knows");
        // Two lists of four subscriptions each and Resource Graph, side by side.
        assert!(
            (2..=9).contains(&server.most_in_flight()),
            "{}",
            server.most_in_flight()
        );
    }

    #[tokio::test]
    async fn one_by_its_id() {
        for (answer, wanted) in [
            (error(404, "ResourceNotFound"), "workspace_not_found"),
            (error(404, "SubscriptionNotFound"), "workspace_not_found"),
            (error(403, "AuthorizationFailed"), "not_allowed"),
            (Answer::json(200, &json!({"id": 7})), "not_understood"),
        ] {
            let (server, azure) = signed_in().await;
            server.on("GET", &workspace_id().to_string(), [answer]);
            assert_eq!(
                azure.workspace(&workspace_id()).await.unwrap_err().problem().code(),
                wanted
            );
        }
        let (server, azure) = signed_in().await;
        let body = json!({"id": workspace_id().to_string().to_uppercase(), "properties": {"customerId": TENANT}});
        server.on("GET", &workspace_id().to_string(), [Answer::json(200, &body)]);
        let workspace = azure.workspace(&workspace_id()).await.unwrap();
        assert_eq!(workspace.id.to_string(), workspace_id().to_string());
        assert_eq!(workspace.customer_id.unwrap().to_string(), TENANT);
    }
}
