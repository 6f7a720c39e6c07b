//! Lists of Resource Manager, page after page.

use serde_json::Value;

use crate::model::{Failure, Problem, Result, ServiceUrl};

use super::client::{Azure, Call};
use super::error::words;

/// More pages than any list of ours has; a service whose list never ends is stopped here.
pub(super) const MOST_PAGES: usize = 1000;

impl Azure {
    /// All elements of a list of Resource Manager, page after page.
    pub(super) async fn list(&self, mut call: Call, expected: &str) -> Result<Vec<Value>> {
        let service = self.environment().arm.clone();
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let reply = self.answer(&call).await?;
            let json = reply.json(expected)?;
            match json.get("value") {
                Some(Value::Array(elements)) => all.extend_from_slice(elements),
                Some(Value::Null) => {}
                _ => return Err(reply.not_understood(expected)),
            }
            match json
                .get("nextLink")
                .and_then(Value::as_str)
                .filter(|link| !link.is_empty())
            {
                None => return Ok(all),
                Some(link) if service.same_origin(link) => link.clone_into(&mut call.url),
                Some(link) => {
                    return Err(reply.with_facts(Problem::ForeignLink {
                        host: reply.host.clone(),
                        link: words(link),
                    }));
                }
            }
        }
        Err(endless(&service, expected))
    }
}

/// The failure of a list that does not end.
pub(super) fn endless(service: &ServiceUrl, expected: &str) -> Failure {
    Problem::NotUnderstood {
        host: service.host().to_owned(),
        expected: format!("{expected} that ends within {MOST_PAGES} pages"),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::{Answer, signed_in};

    const LIST: &str = "/subscriptions";

    #[tokio::test]
    async fn a_token_does_not_follow_a_foreign_link() {
        let (other, _) = signed_in().await;
        for link in [
            format!("{}/subscriptions", other.url()),
            "/subscriptions?page=2".to_owned(),
        ] {
            let page = Answer::json(200, &json!({"value": [], "nextLink": link}));
            let (server, azure) = signed_in().await;
            server.on("GET", LIST, [page]);
            let failure = azure.subscriptions().await.unwrap_err();
            assert_eq!(server.seen().len(), 1);
            assert!(matches!(failure.problem(), Problem::ForeignLink { link: shown, .. } if *shown == link));
        }
        assert!(other.seen().is_empty());
    }

    #[tokio::test]
    async fn a_list_without_end_is_stopped() {
        let (server, azure) = signed_in().await;
        let again = format!("{}{LIST}", server.url());
        server.on(
            "GET",
            LIST,
            [Answer::json(200, &json!({"value": [], "nextLink": again}))],
        );
        let failure = azure.subscriptions().await.unwrap_err();
        assert_eq!(
            (failure.problem().code(), server.seen().len()),
            ("not_understood", MOST_PAGES)
        );
    }
}
