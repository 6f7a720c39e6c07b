//! Takes effects in, one after another, and keeps what is under way apart: queries may be dropped at any moment, commands never.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::hands::{Core, Hands};
use super::outbox::Outbox;
use super::{Ask, commands, queries};
use crate::flow::{Command, Effect, Event, Query, RunId, Ticket};

/// How long commands may take to reach a safe point once the window is gone. Then they are dropped; like after a kill, the next
/// command goes on from there.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is under way.
pub(super) struct Desk {
    core: Arc<Core>,
    outbox: Outbox,
    /// Queries, and files that are being chosen.
    asides: JoinSet<Option<Ticket>>,
    queries: HashMap<Ticket, AbortHandle>,
    commands: JoinSet<RunId>,
    stops: HashMap<RunId, CancellationToken>,
}

impl Desk {
    pub(super) fn new(core: Arc<Core>, outbox: Outbox) -> Self {
        Self {
            core,
            outbox,
            asides: JoinSet::new(),
            queries: HashMap::new(),
            commands: JoinSet::new(),
            stops: HashMap::new(),
        }
    }

    /// Works until nobody can ask for anything any more, then ends what is under way.
    pub(super) async fn run(mut self, mut asks: UnboundedReceiver<Ask>) {
        loop {
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.begin(ask),
                    None => break,
                },
                Some(ended) = self.asides.join_next() => {
                    // A dropped query was taken off the list by who dropped it.
                    if let Ok(Some(ticket)) = ended {
                        self.queries.remove(&ticket);
                    }
                }
                Some(ended) = self.commands.join_next() => {
                    if let Ok(run) = ended {
                        self.stops.remove(&run);
                    }
                }
            }
        }
        self.close().await;
    }

    fn begin(&mut self, ask: Ask) {
        match ask {
            Ask::Effect(Effect::Query(ticket, query)) => self.query(ticket, query),
            Ask::Effect(Effect::Abandon(ticket)) => {
                if let Some(query) = self.queries.remove(&ticket) {
                    query.abort();
                }
            }
            Ask::Effect(Effect::Command(run, command)) => self.command(run, command),
            Ask::Effect(Effect::Stop(run)) => {
                if let Some(stop) = self.stops.get(&run) {
                    stop.cancel();
                }
            }
            Ask::Effect(Effect::Shell(_)) => {} // the window's own
            Ask::File(purpose, picked) => {
                let outbox = self.outbox.clone();
                self.asides.spawn(async move {
                    outbox.send(Event::FilePicked(purpose, picked.await));
                    None
                });
            }
        }
    }

    fn query(&mut self, ticket: Ticket, query: Query) {
        let outbox = self.outbox.clone();
        let hands = self.hands(move |progress| Event::Asking(ticket, progress));
        let task = self.asides.spawn(async move {
            let answer = queries::answer(&hands, query).await;
            outbox.send(Event::Answer(ticket, answer));
            Some(ticket)
        });
        self.queries.insert(ticket, task);
    }

    fn command(&mut self, run: RunId, command: Command) {
        let outbox = self.outbox.clone();
        let hands = self.hands(move |progress| Event::Working(run, progress));
        self.stops.insert(run, hands.stop.clone());
        self.commands.spawn(async move {
            let outcome = commands::carry_out(&hands, command).await;
            outbox.send(Event::Ended(run, outcome));
            run
        });
    }

    fn hands(&self, event: impl Fn(crate::model::plan::Progress) -> Event + Send + Sync + 'static) -> Hands {
        Hands {
            core: Arc::clone(&self.core),
            tell: self.outbox.teller(event),
            stop: CancellationToken::new(),
        }
    }

    async fn close(mut self) {
        self.asides.abort_all();
        for stop in self.stops.values() {
            stop.cancel();
        }
        let all = async { while self.commands.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("a command did not reach a safe point in time and was dropped");
        }
    }
}
