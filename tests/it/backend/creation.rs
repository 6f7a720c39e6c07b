//! Making a connection: what stands after each way in which it can end.

use std::sync::{Arc, Condvar, Mutex};

use azure_services_wizard::flow::Command;
use azure_services_wizard::model::connection::SetupSecrets;
use azure_services_wizard::model::plan::{CONNECT_STEPS, Progress, Step};
use azure_services_wizard::model::report::Standing;
use azure_services_wizard::model::{Connection, ConnectionId, ConnectionState, Result, SecretKey, Setup};
use azure_services_wizard::secrets::{MemoryVault, SharedVault, Vault};
use serde_json::json;
use zeroize::Zeroizing;

use super::rig::{APP, Rig};

fn steps(told: &[Progress]) -> Vec<Step> {
    let step = |progress: &Progress| match progress {
        Progress::Step(step) => Some(step.clone()),
        _ => None,
    };
    told.iter().filter_map(step).collect()
}

/// What a kill right at the beginning leaves behind.
fn intent(setup: Setup) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::new_v4()),
        state: ConnectionState::Connecting,
        setup,
        workspace: None,
        site: None,
        history: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_made_and_published_at_once() {
    let mut rig = Rig::start().await;
    let run = rig.begin_create(APP);
    let created = rig.created(run).unwrap();
    let told = steps(&rig.told(run));
    let wanted: Vec<Step> = CONNECT_STEPS.iter().cloned().chain([Step::Publish]).collect();
    assert_eq!(told[..wanted.len()], wanted);
    assert_eq!(created.connection.state, ConnectionState::Ready);
    let report = created.publication.unwrap().unwrap();
    assert!(!report.is_partial(), "{report:?}");
    assert_eq!(
        rig.bench.groups(created.connection.setup.name.as_str()).await,
        rig.bench.truth()
    );
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_collections_nothing_is_published() {
    let mut rig = Rig::start().await;
    let mut setup = rig.setup(APP);
    setup.collections.clear();
    let secrets = rig.secrets(APP);
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    assert_eq!(rig.created(run).unwrap().publication, None);
    assert!(!steps(&rig.told(run)).contains(&Step::Publish));
    assert_eq!(rig.connections()[0].last_run, None, "making it is no publication");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_check_leaves_nothing_and_is_told_where_it_failed() {
    let mut rig = Rig::start().await;
    let run = rig.begin_create("reader");
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.standing, Standing::Nothing);
    assert_eq!(unfinished.failure.problem().code(), "not_allowed");
    let told = rig.told(run);
    let refused: Vec<_> = told
        .iter()
        .filter_map(|progress| match progress {
            Progress::Refused { step, failure } => Some((step, failure)),
            _ => None,
        })
        .collect();
    assert_eq!(
        refused,
        [(&Step::CheckRights, &unfinished.failure)],
        "said once, as the cause"
    );
    assert_eq!(
        steps(&told).last(),
        Some(&Step::FindCollections),
        "the site is looked at all the same"
    );
    assert!(rig.connections().is_empty());
    assert!(rig.bench.saved_searches().await.is_empty());

    // Nothing stands, so the same name may be given to something else.
    let mut setup = rig.setup(APP);
    setup.description = "another".to_owned();
    let secrets = rig.secrets(APP);
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    rig.created(run).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_leaves_the_other_alone() {
    let mut rig = Rig::start().await;
    rig.create();
    let mut setup = rig.setup(APP);
    setup.description = "another".to_owned();
    let secrets = rig.secrets(APP);
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "name_taken");
    assert_eq!(unfinished.standing, Standing::Nothing);
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_stays_and_another_attempt_finishes_it() {
    let mut rig = Rig::start().await;
    rig.refuse_a_write();
    let run = rig.begin_create(APP);
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.standing, Standing::Begun);
    assert_eq!(unfinished.failure.problem().code(), "not_allowed");
    assert_eq!(rig.connections()[0].connection.state, ConnectionState::Connecting);
    let name = rig.create();
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_it_looks_around_leaves_nothing() {
    let mut rig = Rig::start().await;
    rig.bench
        .plan_faults(&json!({ "service": "site", "path": "*", "kind": "hold", "times": 1 }));
    let run = rig.begin_create(APP);
    rig.bench.lab.faults().wait_for_held(|held| held > 0).await;
    assert_eq!(
        rig.connections()[0].connection.state,
        ConnectionState::Connecting,
        "on record from the beginning"
    );
    rig.stop(run);
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "cancelled");
    assert_eq!(unfinished.standing, Standing::Nothing);
    assert!(rig.connections().is_empty());
}

/// A keyring that does not answer before it is told to.
#[derive(Default)]
struct SlowVault {
    inner: MemoryVault,
    open: Mutex<bool>,
    opened: Condvar,
}

impl SlowVault {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Vault for SlowVault {
    fn put(&self, entry: &str, secret: &str) -> Result<()> {
        let open = self.open.lock().unwrap();
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
        self.inner.put(entry, secret)
    }
    fn get(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        self.inner.get(entry)
    }
    fn delete(&self, entry: &str) -> Result<()> {
        self.inner.delete(entry)
    }
    fn is_persistent(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_once_secrets_are_stored_keeps_them_for_the_next_attempt() {
    let mut rig = Rig::start().await;
    let vault = Arc::new(SlowVault::default());
    rig.restart_with(Arc::clone(&vault) as SharedVault);
    let run = rig.begin_create(APP);
    rig.reaches(run, &Step::StoreSecrets);
    rig.stop(run);
    // The stop has arrived once something that was asked after it is answered.
    rig.connections();
    vault.open();
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "cancelled");
    assert_eq!(unfinished.standing, Standing::Begun);
    assert!(rig.bench.saved_searches().await.is_empty());
    rig.create();
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_it_publishes_keeps_the_connection() {
    let mut rig = Rig::start().await;
    rig.bench.plan_faults(&json!({
        "service": "arm", "method": "PUT", "path": "savedSearches", "kind": "hold", "after": 2, "times": 1
    }));
    let run = rig.begin_create(APP);
    rig.bench.lab.faults().wait_for_held(|held| held > 0).await;
    rig.stop(run);
    rig.connections();
    rig.bench.lab.faults().release();
    let created = rig.created(run).unwrap();
    assert!(created.publication.unwrap().unwrap().cancelled);
    let name = created.connection.setup.name;
    let run = rig.command(Command::Publish(name.clone()));
    rig.published(run).unwrap();
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_publication_that_fails_undoes_nothing() {
    let mut rig = Rig::start().await;
    // Names are read by publishing only.
    rig.bench.plan_faults(&json!({
        "service": "site", "path": "SMS_R_System", "kind": "garbage", "times": 1000
    }));
    let run = rig.begin_create(APP);
    let created = rig.created(run).unwrap();
    assert!(created.publication.unwrap().is_err());
    let listed = rig.connections();
    assert_eq!(listed[0].connection.state, ConnectionState::Ready);
    assert!(listed[0].last_run.as_ref().unwrap().problem.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_the_beginning_is_finished_with_the_secrets_given_again() {
    let mut rig = Rig::start().await;
    let setup = rig.setup(APP);
    let name = setup.name.clone();
    rig.store().insert_intent(&intent(setup), chrono::Utc::now()).unwrap();

    let run = rig.command(Command::Finish(name.clone(), None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "secrets_missing");
    assert_eq!(unfinished.standing, Standing::Recorded);

    let wrong = SetupSecrets {
        client_secret: SecretKey::parse("wrong8Q~secret").unwrap(),
        ..rig.secrets(APP)
    };
    let run = rig.command(Command::Finish(name.clone(), Some(wrong)));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "secret_wrong");
    assert_eq!(unfinished.standing, Standing::Recorded, "what stood before stays");

    let given = rig.secrets(APP);
    let run = rig.command(Command::Finish(name.clone(), Some(given)));
    rig.created(run).unwrap().publication.unwrap().unwrap();
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    rig.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_later_is_finished_with_the_secrets_that_are_stored() {
    let mut rig = Rig::start().await;
    let name = rig.setup(APP).name;
    rig.refuse_a_write();
    let run = rig.begin_create(APP);
    rig.created(run).unwrap_err();

    rig.restart_with(Arc::new(MemoryVault::default()));
    let run = rig.command(Command::Finish(name.clone(), None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "secret_lost");
    assert_eq!(unfinished.standing, Standing::Begun);

    rig.restart();
    let run = rig.command(Command::Finish(name.clone(), None));
    rig.created(run).unwrap().publication.unwrap().unwrap();
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    rig.is_clean().await;

    let run = rig.command(Command::Finish("nobody".parse().unwrap(), None));
    let unfinished = rig.created(run).unwrap_err();
    assert_eq!(unfinished.failure.problem().code(), "no_such_connection");
    assert_eq!(unfinished.standing, Standing::Nothing);
}
