//! Publishing, a new secret key, removal; two at a time; the end of the window.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_services_wizard::flow::{Command, Query};
use azure_services_wizard::model::removal::Extent;
use azure_services_wizard::model::report::{CollectionOverview, Outcome};
use azure_services_wizard::model::{Problem, SecretExpiry, SecretKey};
use azure_services_wizard::secrets::MemoryVault;
use serde_json::json;

use super::rig::{APP, Rig, only};

fn date() -> SecretExpiry {
    "2031-01-31".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_again_follows_the_site() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    let told = rig.connections().remove(0).collections;
    assert_eq!(told.len(), rig.bench.truth().len());
    let is_published = |each: &CollectionOverview| {
        each.outcome == Some(Outcome::Published) && each.computers.is_some() && each.as_of.is_some()
    };
    assert!(told.iter().all(is_published), "{told:?}");
    assert!(rig.bench.lab.site().churn(7, 40, rig.bench.lab.clock().now()) > 0);
    let run = rig.command(Command::Publish(name.clone()));
    let report = rig.published(run).unwrap();
    assert!(report.count(Outcome::Published) > 0 && !report.is_partial());
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());

    // Where nothing has moved, Azure is not even asked.
    rig.bench.lab.site().churn(8, 40, rig.bench.lab.clock().now());
    rig.bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    let run = rig.command(Command::Publish(name));
    assert!(rig.published(run).is_err());
    let last = rig.connections()[0].last_run.clone().unwrap();
    assert_eq!(last.problem.unwrap().code(), "secret_expired");
    // Of each collection what this run did, not what an earlier one had done.
    let told = rig.connections().remove(0).collections;
    assert_eq!(
        told[0].problem,
        Some(Problem::SecretExpired),
        "what needs a look is first"
    );
    assert!(
        told.iter()
            .all(|each| each.outcome != Some(Outcome::Published) && each.computers.is_some()),
        "{told:?}"
    );
    let run = rig.command(Command::Publish("nobody".parse().unwrap()));
    assert_eq!(rig.published(run).unwrap_err().problem().code(), "no_such_connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_came_to_no_collection_is_not_given_the_results_of_the_one_before() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    rig.restart_with(Arc::new(MemoryVault::default())); // a keyring that has lost everything
    let run = rig.command(Command::Publish(name));
    assert!(rig.published(run).is_err());
    let told = rig.connections().remove(0).collections;
    let untouched = |each: &CollectionOverview| each.outcome.is_none() && each.computers.is_some();
    assert!(!told.is_empty() && told.iter().all(untouched), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_key_is_used_only_once_azure_lets_it_in() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    let wrong = SecretKey::parse("wrong8Q~secret").unwrap();
    let run = rig.command(Command::UpdateSecret(only(&name), wrong, date()));
    assert_eq!(rig.updated(run).unwrap_err().problem().code(), "secret_wrong");
    let run = rig.command(Command::Publish(name.clone()));
    rig.published(run).unwrap(); // the old one is still in use
    let shown = rig.connections().remove(0);
    assert_ne!(shown.connection.setup.app.secret_expiry, date());
    assert_eq!(
        shown.last_run.unwrap().problem,
        None,
        "a refused key is no failed publication"
    );

    rig.bench
        .lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": APP }))
        .unwrap();
    let next = rig.next_secret();
    let run = rig.command(Command::UpdateSecret(only(&name), next, date()));
    assert_eq!(rig.updated(run).unwrap().warnings, []);
    rig.bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    rig.bench.lab.site().churn(9, 40, rig.bench.lab.clock().now());
    let run = rig.command(Command::Publish(name.clone()));
    rig.published(run).unwrap();
    assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth());
    assert_eq!(rig.connections()[0].connection.setup.app.secret_expiry, date());

    // The old one has expired now: it does not come back.
    let old = rig.secrets(APP).client_secret;
    let run = rig.command(Command::UpdateSecret(only(&name), old, date()));
    assert_eq!(rig.updated(run).unwrap_err().problem().code(), "secret_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_takes_all_of_it_and_doing_it_twice_is_fine() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    let remove = |extent| Command::Remove(name.clone(), extent);
    // Azure does not let us in: nothing is half gone in silence.
    rig.bench.plan_faults(
        &json!({ "service": "arm", "method": "DELETE", "path": "*", "kind": "status", "status": 403, "times": 1 }),
    );
    let run = rig.command(remove(Extent::Everything));
    assert_eq!(rig.removed(run).unwrap_err().problem().code(), "not_allowed");
    for _ in 0..2 {
        let run = rig.command(remove(Extent::Everything));
        rig.removed(run).unwrap();
        assert!(rig.connections().is_empty());
        assert!(rig.bench.saved_searches().await.is_empty());
        assert_eq!(rig.store().stray_entries(None).unwrap(), Vec::<String>::new());
    }

    rig.create();
    let before = rig.bench.saved_searches().await;
    let run = rig.command(remove(Extent::HereOnly));
    rig.removed(run).unwrap();
    assert!(rig.connections().is_empty());
    assert_eq!(rig.bench.saved_searches().await, before, "the groups stay");
    let run = rig.command(Command::Remove("nobody".parse().unwrap(), Extent::Everything));
    assert_eq!(rig.removed(run).unwrap_err().problem().code(), "no_such_connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_command_on_a_connection_is_told_to_wait() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    rig.bench
        .plan_faults(&json!({ "service": "site", "path": "*", "kind": "hold", "times": 1 }));
    let first = rig.command(Command::Publish(name.clone()));
    rig.bench.lab.faults().wait_for_held(|held| held > 0).await;
    let busy = |failure: azure_services_wizard::model::Failure| {
        let wanted = Problem::Busy { name: name.to_string() };
        assert_eq!(failure.problem(), &wanted);
    };
    let second = rig.command(Command::Publish(name.clone()));
    busy(rig.published(second).unwrap_err());
    let second = rig.command(Command::Remove(name.clone(), Extent::Everything));
    busy(rig.removed(second).unwrap_err());
    rig.bench.lab.faults().release();
    rig.published(first).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_window_ends_what_is_under_way_promptly() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    rig.bench
        .plan_faults(&json!({ "service": "site", "path": "*", "kind": "hold", "times": 2 }));
    rig.command(Command::Publish(name.clone()));
    rig.query(Query::Site(rig.site_access()));
    rig.bench.lab.faults().wait_for_held(|held| held == 2).await;
    let begun = Instant::now();
    rig.end();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    rig.bench.lab.faults().wait_for_held(|held| held == 0).await;

    rig.restart();
    let last = rig.connections()[0].last_run.clone().unwrap();
    assert!(last.ended.is_some(), "it came to its end and said so");
    let run = rig.command(Command::Publish(name));
    rig.published(run).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_file_comes_back() {
    use azure_services_wizard::backend::{Backend, Surroundings};
    use azure_services_wizard::flow::{Event, effect::FilePurpose};
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        data_dir: folder.path().to_owned(),
        vault: None, // not needed, so not opened
        open_browser: |_| false,
        open_file: |_| false,
        machine: None,
    };
    let backend = Backend::start(surroundings).unwrap();
    let (woken, waits) = std::sync::mpsc::channel();
    backend.wake_with(move || woken.send(()).unwrap_or_default());
    backend.await_file(FilePurpose::SiteRoot, async { Some("root.pem".into()) });
    waits.recv_timeout(Duration::from_secs(30)).unwrap();
    let event = backend.events().next().unwrap();
    assert!(
        matches!(event, Event::FilePicked(FilePurpose::SiteRoot, Some(path)) if path == std::path::Path::new("root.pem"))
    );
    backend.await_file(FilePurpose::App, std::future::pending());
    drop(backend); // does not wait for a person
}
