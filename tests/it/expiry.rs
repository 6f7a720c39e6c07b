//! The end of a secret key: what `asw` says of it and when, a snooze, and word to a real D-Bus that shows notifications.

use std::sync::{Arc, Mutex};

use azure_services_wizard::flow::Command;
use azure_services_wizard::flow::effect::Reminder;
use azure_services_wizard::flow::{Outcome, RunId};
use azure_services_wizard::model::expiry::SnoozeTime;
use chrono::{Days, Utc};
use serde_json::{Value, json};

use crate::backend::rig::{Rig, only};
use crate::harness::{Bench, Said, finish, small};
use crate::secret_service::SecretServiceSession;

const APP: &str = "workspace-contributor";

fn day(days_ahead: u64) -> String {
    let day = Utc::now().date_naive().checked_add_days(Days::new(days_ahead)).unwrap();
    day.format("%Y-%m-%d").to_string()
}

fn secret(bench: &Bench) -> String {
    let apps = &bench.lab.info().apps;
    let secret = &apps.iter().find(|app| app.label == APP).unwrap().secret;
    json!({ "client_secret": secret }).to_string()
}

/// The same key with a date that was typed anew.
async fn typed(bench: &Bench, name: &str, days_ahead: u64) {
    let words = ["--secrets-stdin", "update-secret", name, "--expires", &day(days_ahead)];
    bench.asw(&secret(bench), &words).await.ending(0);
}

fn expire(bench: &Bench) {
    let knob = json!({ "label": APP });
    bench.lab.cloud().set_knob("expire_secret", &knob).unwrap();
}

async fn status(bench: &Bench) -> Value {
    let said = bench.asw("", &["--json", "status"]).await.ending(0).json();
    said["connections"][0]["secret_key"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_sync_say_which_threshold_is_reached() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    assert_eq!(status(&bench).await["state"], "good");
    let silent = bench.asw("", &["sync", &name]).await.ending(0);
    assert!(!silent.err.contains("secret key"), "{silent:?}");
    // A day more: the day may change while this runs.
    for (days, threshold) in [
        (59, "sixty_days"),
        (28, "thirty_days"),
        (13, "fourteen_days"),
        (5, "seven_days"),
    ] {
        typed(&bench, &name, days).await;
        let key = status(&bench).await;
        assert_eq!(
            (&key["state"], &key["threshold"]),
            (&json!("expires_soon"), &json!(threshold)),
            "{key}"
        );
        let said = bench.asw("", &["status", &name]).await.ending(0).out;
        assert!(
            said.contains(&format!("secret key: {} (expires in", day(days))),
            "{said}"
        );
        let said = bench.asw("", &["sync", &name]).await.ending(0).err;
        assert!(
            said.contains(&format!("Note: The secret key of \"{name}\" expires in")),
            "{said}"
        );
    }
    let log = std::fs::read_dir(bench.data().join("logs"));
    assert!(log.is_err(), "in this process nothing is logged; processes do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_silences_the_reminder_never_the_end() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    let refused = bench.asw("", &["--json", "snooze", &name, "1w"]).await.ending(2).json();
    assert!(
        refused["error"]["message"].as_str().unwrap().contains("no reminder"),
        "{refused}"
    );
    bench.asw("", &["snooze", &name, "2w"]).await.ending(2);
    typed(&bench, &name, 20).await;
    let said = bench.asw("", &["snooze", &name, "1w"]).await.ending(0).out;
    assert!(
        said.contains("asw snooze") && said.contains("off"),
        "it says how to end it: {said}"
    );
    assert!(!status(&bench).await["snoozed_until"].is_null());
    let shown = bench.asw("", &["status"]).await.ending(0).out;
    assert!(shown.contains("no reminder until"), "{shown}");
    let silent = bench.asw("", &["--json", "sync", &name]).await.ending(0);
    assert!(!silent.err.contains("expires in"), "{silent:?}");
    assert_eq!(
        silent.json()["secret_key"]["state"],
        "expires_soon",
        "scripts are told all the same"
    );
    bench.asw("", &["snooze", &name, "off"]).await.ending(0);
    assert!(
        bench
            .asw("", &["sync", &name])
            .await
            .ending(0)
            .err
            .contains("expires in")
    );

    bench.asw("", &["snooze", &name, "1m"]).await.ending(0);
    expire(&bench);
    bench.asw("", &["sync", &name, "--full"]).await.ending(3);
    let said = bench.asw("", &["sync", &name, "--full"]).await.ending(3).err;
    assert!(said.contains("has expired: Azure did not accept it"), "{said}");
    let refused = bench.asw("", &["snooze", &name, "1h"]).await.ending(2).err;
    assert!(refused.contains("has expired"), "{refused}");
}

/// Whoever hears it from Azure first: it is expired from then on, whatever date was typed, until a renewal has verified.
#[tokio::test(flavor = "multi_thread")]
async fn what_azure_calls_expired_is_shown_as_expired_until_a_renewal() {
    for asks in [
        &["verify", "NAME"][..],
        &["sync", "NAME", "--full"],
        &["query", "NAME", "Heartbeat"],
        &["groups", "NAME"],
    ] {
        let bench = Bench::start(small()).await;
        let name = bench.connected(APP).await;
        expire(&bench);
        assert_eq!(status(&bench).await["state"], "good", "nobody has asked yet");
        let words: Vec<&str> = asks
            .iter()
            .map(|word| if *word == "NAME" { &name } else { *word })
            .collect();
        bench.asw("", &words).await.ending(3);
        let key = status(&bench).await;
        assert_eq!(
            (&key["state"], &key["expired_says_azure"]),
            (&json!("expired"), &json!(true)),
            "{asks:?}"
        );
        assert!(
            key["expires_in_days"].as_i64().unwrap() > 100,
            "the date that was typed: {key}"
        );
        let said = bench.asw("", &["status"]).await.ending(0).out;
        assert!(said.contains("EXPIRED, Azure says"), "{said}");

        // A renewal that is refused leaves it so; one that verifies ends it.
        let line = |key: &str| json!({ "client_secret": key }).to_string();
        let renew = ["--secrets-stdin", "update-secret", &name, "--expires", "2031-01-31"];
        bench.asw(&line("wrong8Q~key"), &renew).await.ending(3);
        assert_eq!(status(&bench).await["state"], "expired");
        bench
            .lab
            .cloud()
            .set_knob("rotate_secret", &json!({ "label": APP }))
            .unwrap();
        let apps = &bench.lab.info().apps;
        let next = &apps.iter().find(|app| app.label == APP).unwrap().next_secret;
        bench.asw(&line(next), &renew).await.ending(0);
        assert_eq!(status(&bench).await["state"], "good");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_snoozes_and_claims_through_its_backend() {
    let mut rig = Rig::start().await;
    let name = rig.create();
    let date = day(10).parse().unwrap();
    let same = rig.secrets(APP).client_secret;
    let run = rig.command(Command::UpdateSecret(only(&name), same, date));
    rig.updated(run).unwrap();
    fn reminded(rig: &mut Rig, run: RunId) -> bool {
        matches!(rig.outcome(run), Outcome::Reminded(Ok(())))
    }
    fn claimed(rig: &mut Rig, run: RunId) -> bool {
        matches!(rig.outcome(run), Outcome::NoticeClaimed(Ok(true)))
    }
    let key = |rig: &mut Rig| rig.connections()[0].key(Utc::now());
    assert!(key(&mut rig).warning().is_some());
    let run = rig.command(Command::Remind(name.clone(), Reminder::Snooze(SnoozeTime::Day)));
    assert!(reminded(&mut rig, run) && key(&mut rig).warning().is_none());
    let run = rig.command(Command::ClaimNotice(name.clone()));
    assert!(!claimed(&mut rig, run), "it is snoozed");
    let run = rig.command(Command::Remind(name.clone(), Reminder::Again));
    assert!(reminded(&mut rig, run) && key(&mut rig).warning().is_some());
    let run = rig.command(Command::Remind(name.clone(), Reminder::Desktop(false)));
    assert!(reminded(&mut rig, run) && !rig.connections()[0].tells_desktop);
    let run = rig.command(Command::ClaimNotice(name.clone()));
    assert!(!claimed(&mut rig, run), "it is turned off");
    let run = rig.command(Command::Remind(name.clone(), Reminder::Desktop(true)));
    assert!(reminded(&mut rig, run));
    for ours in [true, false] {
        let run = rig.command(Command::ClaimNotice(name.clone()));
        assert_eq!(claimed(&mut rig, run), ours);
    }
}

/// A desktop that shows notifications: here it writes them down.
#[derive(Clone, Default)]
struct Desktop(Arc<Mutex<Vec<(String, String)>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Desktop {
    #[expect(clippy::too_many_arguments, reason = "the interface is the desktops'")]
    fn notify(
        &self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: std::collections::HashMap<String, zbus::zvariant::OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        self.0.lock().unwrap().push((summary.to_owned(), body.to_owned()));
        1
    }
}

impl Desktop {
    async fn on(&self, session: &SecretServiceSession) -> zbus::Connection {
        let address = session.env()[0].1.to_str().unwrap().to_owned();
        let builder = zbus::connection::Builder::address(address.as_str()).unwrap();
        let builder = builder.name("org.freedesktop.Notifications").unwrap();
        let served = builder.serve_at("/org/freedesktop/Notifications", self.clone());
        served.unwrap().build().await.unwrap()
    }

    fn told(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Runs `asw` as a process on that bus.
async fn run(bench: &Bench, session: &SecretServiceSession, input: &str, words: &[&str]) -> Said {
    finish(bench.process(words, &session.env()), input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_tells_the_desktop_of_each_threshold_once() {
    let Some(session) = SecretServiceSession::start() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let setup = bench.setup_set(APP, &[("name", "\"A <b> & C\"")]);
    let connect = ["--secrets-stdin", "connect", "--file", &setup];
    run(&bench, &session, &bench.secrets(APP), &connect).await.ending(0);
    let name = "A <b> & C";
    let scheduled = ["sync", "--all", "--scheduled"];
    let date = |days| {
        [
            "--secrets-stdin".into(),
            "update-secret".into(),
            name.into(),
            "--expires".into(),
            day(days),
        ]
    };
    let typed = async |days| {
        let words: [String; 5] = date(days);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        run(&bench, &session, &secret(&bench), &words).await.ending(0);
    };
    typed(20).await;
    // Nobody shows notifications yet: the publication does not mind, and the next one tries again.
    run(&bench, &session, "", &scheduled).await.ending(0);
    let desktop = Desktop::default();
    let _served = desktop.on(&session).await;
    run(&bench, &session, "", &["sync", name]).await.ending(0);
    assert_eq!(desktop.told(), [], "a person who runs it reads it");
    run(&bench, &session, "", &scheduled).await.ending(0);
    let told = desktop.told();
    let [(title, words)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(title, "Azure Services Wizard");
    assert!(
        words.starts_with("The secret key of \"A &lt;b&gt; &amp; C\" expires in"),
        "{words}"
    );
    run(&bench, &session, "", &scheduled).await.ending(0);
    assert_eq!(desktop.told(), [], "told already");

    typed(6).await;
    run(&bench, &session, "", &["set", name, "--notify", "off"])
        .await
        .ending(0);
    run(&bench, &session, "", &scheduled).await.ending(0);
    assert_eq!(desktop.told(), [], "turned off");
    run(&bench, &session, "", &["set", name, "--notify", "on"])
        .await
        .ending(0);
    run(&bench, &session, "", &scheduled).await.ending(0);
    assert_eq!(desktop.told().len(), 1);

    // Two who find it out at the same moment tell it once.
    bench.lab.site().churn(7, 40, bench.lab.clock().now());
    expire(&bench);
    let first = run(&bench, &session, "", &scheduled);
    let second = run(&bench, &session, "", &scheduled);
    tokio::join!(first, second);
    run(&bench, &session, "", &scheduled).await.ending(3);
    let told = desktop.told();
    assert!(
        matches!(told.as_slice(), [(_, words)] if words.contains("has expired")),
        "{told:?}"
    );

    let log: String = std::fs::read_dir(bench.data().join("logs"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for words in ["expires in", "has expired: Azure did not accept it"] {
        assert!(
            log.contains(&format!("The secret key of \"{name}\" {words}")),
            "{words}\n{log}"
        );
    }
}
