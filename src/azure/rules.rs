//! Data collection rules and endpoints.

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use crate::model::history::{Endpoint, OUTPUT_STREAM, Rule, STREAM};
use crate::model::{EndpointId, ResourceGroupId, Result, RuleId, ServiceUrl};

use super::api_versions;
use super::client::{Azure, Call};
use super::error::{is_absent, words};
use super::http::Reply;
use super::ingestion::upload_address;
use super::tables::read_columns;

/// What the rule calls the workspace; a name inside it only.
const DESTINATION: &str = "la";
const DESCRIPTION: &str = "Takes in memberships of Configuration Manager collections";

impl Azure {
    /// A rule; `None` where there is none.
    ///
    /// # Errors
    /// `NotAllowed`, `ResourceNotFound` for its resource group, `ForeignLink` for an address of uploads that is not one of the
    /// cloud, or what keeps Azure from answering.
    pub async fn rule(&self, id: &RuleId) -> Result<Option<Rule>> {
        let operation = "Microsoft.Insights/dataCollectionRules/read";
        let call = self.insights(id, id.group(), "reading a data collection rule", operation);
        match self.found(&call, id.group()).await? {
            Some(reply) => self.read_rule(&reply, id).map(Some),
            None => Ok(None),
        }
    }

    /// Makes a rule or changes it, and waits until it can be used. `immutable_id` and `logs_ingestion` of what is given are not
    /// looked at.
    ///
    /// # Errors
    /// `NotAllowed` (also for a linked scope, which it then names), `PolicyForbids`, `OperationFailed`, `ResourceBusy`, what
    /// Azure refuses.
    pub async fn put_rule(&self, rule: &Rule) -> Result<Rule> {
        let operation = "Microsoft.Insights/dataCollectionRules/write";
        let mut call = self.insights(&rule.id, rule.id.group(), "writing a data collection rule", operation);
        call.method = Method::PUT;
        call.body = Some(Bytes::from(rule_to_json(rule).to_string()));
        let what = format!("the data collection rule {}", rule.id.name());
        let reply = self.make(&call, &what).await?;
        self.read_rule(&reply, &rule.id)
    }

    /// Deletes a rule. `false` when there was none.
    ///
    /// # Errors
    /// What Azure refuses.
    pub async fn delete_rule(&self, id: &RuleId) -> Result<bool> {
        let operation = "Microsoft.Insights/dataCollectionRules/delete";
        let mut call = self.insights(id, id.group(), "deleting a data collection rule", operation);
        call.method = Method::DELETE;
        let reply = self
            .unmake(&call, &format!("the data collection rule {}", id.name()))
            .await?;
        self.was_there(&reply, &call, &parent(id.group()))
    }

    /// An endpoint; `None` where there is none.
    ///
    /// # Errors
    /// As [`Azure::rule`].
    pub async fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>> {
        let operation = "Microsoft.Insights/dataCollectionEndpoints/read";
        let call = self.insights(id, id.group(), "reading a data collection endpoint", operation);
        match self.found(&call, id.group()).await? {
            Some(reply) => self.read_endpoint(&reply, id).map(Some),
            None => Ok(None),
        }
    }

    /// Makes an endpoint or changes it, and waits until it can be used.
    ///
    /// # Errors
    /// As [`Azure::put_rule`].
    pub async fn put_endpoint(&self, endpoint: &Endpoint) -> Result<Endpoint> {
        let operation = "Microsoft.Insights/dataCollectionEndpoints/write";
        let id = &endpoint.id;
        let mut call = self.insights(id, id.group(), "writing a data collection endpoint", operation);
        call.method = Method::PUT;
        let access = if endpoint.is_public { "Enabled" } else { "Disabled" };
        let body = json!({
            "location": endpoint.location,
            "tags": tags_to_json(&endpoint.tags),
            "properties": {"networkAcls": {"publicNetworkAccess": access}},
        });
        call.body = Some(Bytes::from(body.to_string()));
        let reply = self
            .make(&call, &format!("the data collection endpoint {}", id.name()))
            .await?;
        self.read_endpoint(&reply, id)
    }

    /// Deletes an endpoint. `false` when there was none.
    ///
    /// # Errors
    /// What Azure refuses.
    pub async fn delete_endpoint(&self, id: &EndpointId) -> Result<bool> {
        let operation = "Microsoft.Insights/dataCollectionEndpoints/delete";
        let mut call = self.insights(id, id.group(), "deleting a data collection endpoint", operation);
        call.method = Method::DELETE;
        let what = format!("the data collection endpoint {}", id.name());
        let reply = self.unmake(&call, &what).await?;
        self.was_there(&reply, &call, &parent(id.group()))
    }

    /// Rights on a rule are looked for on its resource group, where it is made.
    fn insights(
        &self,
        id: &impl ToString,
        group: &ResourceGroupId,
        doing: &'static str,
        operation: &'static str,
    ) -> Call {
        let mut call = self.arm(&id.to_string(), api_versions::INSIGHTS, doing, operation);
        call.scope = group.to_string();
        call
    }

    async fn found(&self, call: &Call, group: &ResourceGroupId) -> Result<Option<Reply>> {
        let reply = self.call(call).await?;
        if is_absent(&reply, &parent(group)) {
            return Ok(None);
        }
        if reply.status.is_success() {
            Ok(Some(reply))
        } else {
            Err(self.refused(&reply, call))
        }
    }

    fn read_rule(&self, reply: &Reply, id: &RuleId) -> Result<Rule> {
        const EXPECTED: &str = "a data collection rule";
        let json = reply.json(EXPECTED)?;
        let properties = json
            .get("properties")
            .filter(|properties| properties.is_object())
            .ok_or_else(|| reply.not_understood(EXPECTED))?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(words);
        let inside = |outer: &str, inner: &str| properties.get(outer).and_then(|outer| outer.get(inner));
        let first_workspace =
            inside("destinations", "logAnalytics").and_then(|list| list.get(0)?.get("workspaceResourceId"));
        let stream = inside("streamDeclarations", STREAM).and_then(|stream| stream.get("columns"));
        Ok(Rule {
            id: id.clone(),
            location: text(json.get("location")).unwrap_or_default(),
            // Microsoft's own example has a blank in it.
            is_direct: text(json.get("kind")).is_some_and(|kind| kind.trim().eq_ignore_ascii_case("Direct")),
            endpoint: text(properties.get("dataCollectionEndpointId")).and_then(|id| id.parse().ok()),
            tags: read_tags(&json),
            columns: read_columns(stream),
            workspace: text(first_workspace).and_then(|id| id.parse().ok()),
            immutable_id: text(properties.get("immutableId")),
            logs_ingestion: self.address(reply, inside("endpoints", "logsIngestion"))?,
        })
    }

    fn read_endpoint(&self, reply: &Reply, id: &EndpointId) -> Result<Endpoint> {
        const EXPECTED: &str = "a data collection endpoint";
        let json = reply.json(EXPECTED)?;
        let properties = json
            .get("properties")
            .filter(|properties| properties.is_object())
            .ok_or_else(|| reply.not_understood(EXPECTED))?;
        let inside = |outer: &str, inner: &str| properties.get(outer).and_then(|outer| outer.get(inner));
        let access = inside("networkAcls", "publicNetworkAccess").and_then(Value::as_str);
        Ok(Endpoint {
            id: id.clone(),
            location: json
                .get("location")
                .and_then(Value::as_str)
                .map(words)
                .unwrap_or_default(),
            tags: read_tags(&json),
            is_public: access.is_none_or(|access| access.eq_ignore_ascii_case("Enabled")),
            logs_ingestion: self.address(reply, inside("logsIngestion", "endpoint"))?,
        })
    }

    fn address(&self, reply: &Reply, text: Option<&Value>) -> Result<Option<ServiceUrl>> {
        let Some(text) = text.and_then(Value::as_str).filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let address = upload_address(self.environment(), text, &reply.host);
        address.map(Some).map_err(|problem| reply.with_facts(problem))
    }
}

/// A resource group as Azure's messages name it.
fn parent(group: &ResourceGroupId) -> String {
    format!("resourceGroups/{}", group.name())
}

fn rule_to_json(rule: &Rule) -> Value {
    let columns: Vec<Value> = rule
        .columns
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let destinations: Vec<Value> = rule
        .workspace
        .iter()
        .map(|id| json!({"workspaceResourceId": id.to_string(), "name": DESTINATION}))
        .collect();
    let mut body = json!({
        "location": rule.location,
        "tags": tags_to_json(&rule.tags),
        "properties": {
            "description": DESCRIPTION,
            "streamDeclarations": {STREAM: {"columns": columns}},
            "destinations": {"logAnalytics": destinations},
            "dataFlows": [{
                "streams": [STREAM],
                "destinations": [DESTINATION],
                "transformKql": "source",
                "outputStream": OUTPUT_STREAM,
            }],
        },
    });
    if rule.is_direct {
        body["kind"] = json!("Direct");
    }
    if let Some(endpoint) = &rule.endpoint {
        body["properties"]["dataCollectionEndpointId"] = json!(endpoint.to_string());
    }
    body
}

fn tags_to_json(tags: &[(String, String)]) -> Value {
    Value::Object(tags.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

fn read_tags(json: &Value) -> Vec<(String, String)> {
    let tags: Option<&Map<String, Value>> = json.get("tags").and_then(Value::as_object);
    tags.into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), words(value.as_str()?))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Answer, SUBSCRIPTION, error, signed_in, workspace_id};
    use crate::model::Problem;

    fn group() -> ResourceGroupId {
        ResourceGroupId::new(SUBSCRIPTION.parse().unwrap(), "rg-monitor").unwrap()
    }

    fn rule() -> Rule {
        let text = |text: &str| text.to_owned();
        Rule {
            id: RuleId::new(group(), "dcr-x").unwrap(),
            location: text("westeurope"),
            is_direct: true,
            endpoint: None,
            tags: vec![(text("AswSite"), text("PS1"))],
            columns: vec![(text("TimeGenerated"), text("datetime")), (text("Seq"), text("long"))],
            workspace: Some(workspace_id()),
            immutable_id: None,
            logs_ingestion: None,
        }
    }

    /// What Azure answers to what it is sent.
    fn made(sent: &Rule, state: &str, address: Option<&str>) -> Answer {
        let mut body = rule_to_json(sent);
        body["id"] = json!(sent.id.to_string().to_lowercase());
        body["properties"]["immutableId"] = json!("dcr-0123456789abcdef0123456789abcdef");
        body["properties"]["provisioningState"] = json!(state);
        if let Some(address) = address {
            body["properties"]["endpoints"] = json!({"logsIngestion": address, "metricsIngestion": "https://m.test"});
        }
        Answer::json(200, &body)
    }

    #[tokio::test]
    async fn a_direct_rule_has_its_own_address() {
        let (server, azure) = signed_in().await;
        let (rule, path) = (rule(), rule().id.to_string());
        let address = "https://dcr-x-8ykm-westeurope.logs.z1.ingest.monitor.azure.com";
        server.on("PUT", &path, [made(&rule, "Updating", None)]);
        server.on(
            "GET",
            &path,
            [
                error(404, "ResourceNotFound"),
                made(&rule, "Updating", None),
                made(&rule, "Succeeded", Some(address)),
            ],
        );
        let stands = azure.put_rule(&rule).await.unwrap();
        let wanted = Rule {
            immutable_id: Some("dcr-0123456789abcdef0123456789abcdef".to_owned()),
            logs_ingestion: Some(address.parse().unwrap()),
            ..rule.clone()
        };
        assert_eq!(stands, wanted);
        assert_eq!(azure.rule(&rule.id).await.unwrap(), Some(wanted));
        let seen = server.seen();
        assert_eq!(seen[0].query, "api-version=2023-03-11");
        let body: Value = serde_json::from_str(&seen[0].body).unwrap();
        let wanted = json!({"location": "westeurope", "kind": "Direct", "tags": {"AswSite": "PS1"}, "properties": {
            "description": DESCRIPTION,
            "streamDeclarations": {"Custom-ConfigMgrCollectionMember": {"columns": [
                {"name": "TimeGenerated", "type": "datetime"}, {"name": "Seq", "type": "long"}]}},
            "destinations": {"logAnalytics": [{"workspaceResourceId": workspace_id().to_string(), "name": "la"}]},
            "dataFlows": [{"streams": ["Custom-ConfigMgrCollectionMember"], "destinations": ["la"],
                "transformKql": "source", "outputStream": "Custom-ConfigMgrCollectionMember_CL"}]}});
        assert_eq!(body, wanted);
    }

    #[tokio::test]
    async fn another_rule_names_its_endpoint() {
        let (server, azure) = signed_in().await;
        let endpoint = EndpointId::new(group(), "dce-x").unwrap();
        let rule = Rule {
            is_direct: false,
            endpoint: Some(endpoint.clone()),
            ..rule()
        };
        for method in ["PUT", "GET"] {
            server.on(method, &rule.id.to_string(), [made(&rule, "Succeeded", None)]);
        }
        let stands = azure.put_rule(&rule).await.unwrap();
        assert_eq!(
            (stands.endpoint, stands.logs_ingestion, stands.is_direct),
            (Some(endpoint.clone()), None, false)
        );
        let body: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
        assert_eq!(body["properties"]["dataCollectionEndpointId"], endpoint.to_string());
        assert_eq!(body.get("kind"), None);
    }

    #[tokio::test]
    async fn an_endpoint_is_made_and_read() {
        let (server, azure) = signed_in().await;
        for is_public in [true, false] {
            let access = if is_public { "Enabled" } else { "Disabled" };
            let endpoint = Endpoint {
                id: EndpointId::new(group(), "dce-x").unwrap(),
                location: "westeurope".to_owned(),
                tags: vec![("AswSite".to_owned(), "PS1".to_owned())],
                is_public,
                logs_ingestion: Some("https://dce-x.westeurope-1.ingest.monitor.azure.com".parse().unwrap()),
            };
            let body = json!({"location": "westeurope", "tags": {"AswSite": "PS1"}, "properties": {"provisioningState": "Succeeded",
                "logsIngestion": {"endpoint": "https://dce-x.westeurope-1.ingest.monitor.azure.com"},
                "networkAcls": {"publicNetworkAccess": access}}});
            for method in ["PUT", "GET"] {
                server.on(method, &endpoint.id.to_string(), [Answer::json(200, &body)]);
            }
            assert_eq!(azure.put_endpoint(&endpoint).await.unwrap(), endpoint);
            assert_eq!(azure.endpoint(&endpoint.id).await.unwrap(), Some(endpoint));
        }
        let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
        let wanted = json!({"location": "westeurope", "tags": {"AswSite": "PS1"},
            "properties": {"networkAcls": {"publicNetworkAccess": "Enabled"}}});
        assert_eq!(sent, wanted);
    }

    #[tokio::test]
    async fn refusals() {
        let linked = json!({"error": {"code": "LinkedAuthorizationFailed", "message": "The client 'a' has permission to perform \
            action 'Microsoft.Insights/dataCollectionRules/write' on scope '/rg'; however, it does not have permission to perform \
            action(s) 'Microsoft.OperationalInsights/workspaces/sharedKeys/action' on the linked scope(s) '/the/workspace'."}});
        for (answer, wanted) in [
            (Answer::json(403, &linked), "not_allowed"),
            (error(403, "RequestDisallowedByPolicy"), "policy_forbids"),
            (error(409, "ScopeLocked"), "resource_locked"),
            (error(404, "ResourceGroupNotFound"), "resource_not_found"),
            (error(400, "InvalidOutputTable"), "azure_refused"),
        ] {
            let (server, azure) = signed_in().await;
            server.on("PUT", &rule().id.to_string(), [answer]);
            let failure = azure.put_rule(&rule()).await.unwrap_err();
            assert_eq!((failure.problem().code(), server.seen().len()), (wanted, 1));
            if let Problem::NotAllowed { operation, scope } = failure.problem() {
                assert!(
                    operation.ends_with("sharedKeys/action") && scope == "/the/workspace",
                    "{failure:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn none_is_not_no_group() {
        let (server, azure) = signed_in().await;
        let (id, endpoint) = (rule().id, EndpointId::new(group(), "dce-x").unwrap());
        for (answer, is_none) in [
            (error(404, "ResourceNotFound"), true),
            (error(404, "ResourceGroupNotFound"), false),
        ] {
            for (method, path) in [
                ("GET", id.to_string()),
                ("GET", endpoint.to_string()),
                ("DELETE", id.to_string()),
            ] {
                server.on(method, &path, [answer.clone()]);
            }
            assert_eq!(matches!(azure.rule(&id).await, Ok(None)), is_none);
            assert_eq!(matches!(azure.endpoint(&endpoint).await, Ok(None)), is_none);
            assert_eq!(matches!(azure.delete_rule(&id).await, Ok(false)), is_none);
        }
        server.on(
            "DELETE",
            &endpoint.to_string(),
            [Answer::text(200, ""), Answer::text(204, "")],
        );
        assert!(azure.delete_endpoint(&endpoint).await.unwrap());
        assert!(!azure.delete_endpoint(&endpoint).await.unwrap());
    }

    #[tokio::test]
    async fn an_address_in_the_clear_is_refused() {
        let (server, azure) = signed_in().await;
        server.on(
            "GET",
            &rule().id.to_string(),
            [made(&rule(), "Succeeded", Some("http://x.example"))],
        );
        let failure = azure.rule(&rule().id).await.unwrap_err();
        assert!(matches!(failure.problem(), Problem::ForeignLink { link, .. } if link == "http://x.example"));
    }
}
