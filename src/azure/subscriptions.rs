//! Subscriptions that the app can see.

use serde_json::Value;

use crate::model::{Result, Subscription};

use super::api_versions;
use super::client::Azure;
use super::error::words;

impl Azure {
    /// All subscriptions in which the app may see something.
    ///
    /// # Errors
    /// What Azure refuses, or what keeps it from answering. An app without any role gets an empty list.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>> {
        let call = self.arm(
            "/subscriptions",
            api_versions::SUBSCRIPTIONS,
            "listing the subscriptions",
            "Microsoft.Resources/subscriptions/read",
        );
        let all = self.list(call, "a list of subscriptions").await?;
        Ok(all.iter().filter_map(read).collect())
    }
}

/// Only the ID must be there.
fn read(json: &Value) -> Option<Subscription> {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let id = text("subscriptionId")
        .or_else(|| text("id")?.rsplit('/').next())?
        .parse()
        .ok()?;
    Some(Subscription {
        id,
        name: text("displayName").map(words).unwrap_or_default(),
        state: text("state").map(words).unwrap_or_default(),
        tenant_id: text("tenantId").and_then(|id| id.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::azure::testing::{Answer, SUBSCRIPTION, TENANT, signed_in};

    #[tokio::test]
    async fn reads_pages_and_leaves_out_what_has_no_id() {
        let (server, azure) = signed_in().await;
        let next = format!("{}/subscriptions?api-version=2022-12-01&$skiptoken=a%2Fb", server.url());
        let first = json!({"value": [{"id": format!("/subscriptions/{SUBSCRIPTION}"), "subscriptionId": SUBSCRIPTION,
            "displayName": "Prod", "state": "Enabled", "tenantId": TENANT}, {"displayName": "no ID"}, 7], "nextLink": next});
        let second = json!({"value": [{"id": format!("/subscriptions/{TENANT}")}], "nextLink": ""});
        server.on(
            "GET",
            "/subscriptions",
            [Answer::json(200, &first), Answer::json(200, &second)],
        );
        let all = azure.subscriptions().await.unwrap();
        let short: Vec<_> = all
            .iter()
            .map(|s| (s.id.to_string(), s.name.as_str(), s.state.as_str()))
            .collect();
        assert_eq!(
            short,
            [
                (SUBSCRIPTION.to_owned(), "Prod", "Enabled"),
                (TENANT.to_owned(), "", "")
            ]
        );
        let seen = server.seen_at("/subscriptions");
        assert_eq!(
            seen.iter().map(|s| s.query.as_str()).collect::<Vec<_>>(),
            ["api-version=2022-12-01", "api-version=2022-12-01&$skiptoken=a%2Fb"]
        );
    }
}
