//! One token per audience: kept in memory, renewed five minutes early, one request at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::model::{Environment, Result};

/// A service that wants tokens of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Resource Manager.
    Arm,
    /// The log-query service.
    Query,
    /// The ingestion service: uploads through a data collection rule, which has the address.
    Ingestion,
    /// Microsoft Graph.
    Graph,
}

impl Service {
    /// For whom its tokens are made.
    pub(super) fn audience(self, environment: &Environment) -> &str {
        match self {
            Self::Arm => &environment.arm_audience,
            Self::Query => &environment.query_audience,
            Self::Ingestion => &environment.ingestion_audience,
            Self::Graph => environment
                .graph_audience
                .as_deref()
                .unwrap_or(environment.graph.as_str()),
        }
    }
}

impl Service {
    /// The delegated permission with which a person uses it.
    pub(super) const fn permission(self) -> &'static str {
        match self {
            Self::Arm | Self::Ingestion => "user_impersonation",
            Self::Query => "Data.Read",
            // The least that lets an owner of an app change its secret keys.
            Self::Graph => "Application.ReadWrite.All",
        }
    }
}

/// A token is not used in the last part of its life, so that it does not end on the way.
const EARLY: Duration = Duration::from_secs(300);

/// An access token; wiped when dropped, without `Debug`.
pub(super) struct Token {
    text: Zeroizing<String>,
    // The monotonic clock: a computer whose wall clock is wrong must not use ended tokens.
    renew_at: Instant,
}

impl Token {
    /// A token that was asked for at `asked` and lives for `lifetime` from then.
    pub(super) fn new(text: Zeroizing<String>, asked: Instant, lifetime: Duration) -> Self {
        // Bounded, because an instant cannot be arbitrarily far away.
        let usable = lifetime.saturating_sub(EARLY).min(Duration::from_secs(86_400));
        Self {
            text,
            renew_at: asked + usable,
        }
    }

    /// The text itself, for the one header that needs it.
    pub(super) fn expose(&self) -> &str {
        &self.text
    }

    fn is_due(&self, now: Instant) -> bool {
        now >= self.renew_at
    }
}

/// The tokens of one app or person.
#[derive(Default)]
pub(super) struct Tokens {
    arm: Slot,
    query: Slot,
    ingestion: Slot,
    graph: Slot,
}

type Slot = Mutex<Option<Arc<Token>>>;

impl Tokens {
    /// The token of a service; fetched when there is none, when it is due, or when it is the one that the service `refused`.
    /// Whoever asks meanwhile waits for the same one.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub(super) async fn get(
        &self,
        service: Service,
        refused: Option<&Arc<Token>>,
        fetch: impl AsyncFnOnce() -> Result<Token>,
    ) -> Result<Arc<Token>> {
        let slot = match service {
            Service::Arm => &self.arm,
            Service::Query => &self.query,
            Service::Ingestion => &self.ingestion,
            Service::Graph => &self.graph,
        };
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref()
            && !token.is_due(Instant::now())
            && !refused.is_some_and(|refused| Arc::ptr_eq(refused, token))
        {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(fetch().await?);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::model::Problem;

    fn token(lifetime: u64) -> Token {
        Token::new(
            Zeroizing::new("t".to_owned()),
            Instant::now(),
            Duration::from_secs(lifetime),
        )
    }

    #[test]
    fn is_due_five_minutes_before_its_end() {
        let asked = Instant::now();
        let token = Token::new(Zeroizing::new("t".to_owned()), asked, Duration::from_secs(3599));
        assert!(!token.is_due(asked + Duration::from_secs(3298)));
        assert!(token.is_due(asked + Duration::from_secs(3299)));
        // A lifetime that no clock can reach does not overflow.
        assert!(!Token::new(Zeroizing::default(), asked, Duration::MAX).is_due(asked));
    }

    #[tokio::test]
    async fn many_callers_are_one_flight() {
        let (tokens, fetched) = (Tokens::default(), Cell::new(0));
        let get = || {
            tokens.get(Service::Arm, None, async || {
                fetched.set(fetched.get() + 1);
                tokio::task::yield_now().await;
                Ok(token(3600))
            })
        };
        let (a, b, c) = tokio::join!(get(), get(), get());
        assert_eq!(fetched.get(), 1);
        assert!(Arc::ptr_eq(&a.unwrap(), &b.unwrap()) && c.is_ok());
    }

    #[tokio::test]
    async fn a_due_or_refused_token_is_replaced_once() {
        let (tokens, fetched) = (Tokens::default(), Cell::new(0));
        let get = |service, refused: Option<Arc<Token>>, lifetime| {
            let (tokens, fetched) = (&tokens, &fetched);
            async move {
                let fetch = async || {
                    fetched.set(fetched.get() + 1);
                    Ok(token(lifetime))
                };
                tokens.get(service, refused.as_ref(), fetch).await.unwrap()
            }
        };
        get(Service::Arm, None, 300).await;
        let first = get(Service::Arm, None, 3600).await;
        assert_eq!(fetched.get(), 2, "five minutes before its end it is due");
        let second = get(Service::Arm, Some(Arc::clone(&first)), 3600).await;
        let third = get(Service::Arm, Some(first), 3600).await;
        assert!(Arc::ptr_eq(&second, &third), "the refused one is gone already");
        get(Service::Query, None, 3600).await;
        assert_eq!(
            fetched.get(),
            4,
            "one for the refused token, one for the other audience"
        );
    }

    #[tokio::test]
    async fn a_failed_fetch_keeps_nothing() {
        let tokens = Tokens::default();
        let failed = tokens
            .get(Service::Arm, None, async || Err(Problem::SecretExpired.into()))
            .await;
        assert!(failed.is_err());
        assert!(tokens.get(Service::Arm, None, async || Ok(token(3600))).await.is_ok());
    }
}
