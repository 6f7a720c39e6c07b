//! After the wizard, and around it: the help desk's minute, kill -9 in the middle of Confirm, and where secrets may not be.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use azure_services_wizard::backend::Surroundings;
use azure_services_wizard::platform::{checkpoint, log};
use egui::accesskit::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::harness::{Window, program};
use super::steps::{APP, NAME, Values};
use crate::harness::{Bench, small};
use crate::leaks;
use crate::secret_service::{SecretServiceSession, child, is_child};

/// What a child process is told, on its standard input.
#[derive(Serialize, Deserialize)]
struct Told {
    data_dir: PathBuf,
    values: Values,
}

impl Told {
    fn read() -> Self {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The program as a person starts it: with the keyring of the session, and a log that says everything.
    fn window(&self) -> (Window, log::LogGuard) {
        let guard = log::init(&self.data_dir, tracing::Level::TRACE).unwrap();
        let surroundings = Surroundings {
            data_dir: self.data_dir.clone(),
            vault: None,
            open_browser: |_| false,
            open_file: |_| false,
            machine: None,
        };
        let file = &self.values.environment_file;
        let environment = azure_services_wizard::connect::environment_file::resolve(file, Path::new(".")).unwrap();
        let window = Window::of(program(surroundings, environment));
        (window, guard)
    }
}

/// A window in a process of its own: one of the ignored tests below.
struct Other {
    process: std::process::Child,
    told: BufReader<std::process::ChildStderr>,
}

impl Other {
    fn start(test: &str, bench: &Bench, keyring: &SecretServiceSession, pause_at: Option<&str>) -> Self {
        let mut command: Command = child(test);
        command
            .envs(keyring.env())
            .env("BROWSER", "true") // nothing opens on whoever's screen this is
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(point) = pause_at {
            command.env(checkpoint::VARIABLE, point);
        }
        let mut process = command.spawn().unwrap();
        let told = Told {
            data_dir: bench.data(),
            values: Values::of(bench, APP),
        };
        let mut stdin = process.stdin.take().unwrap();
        writeln!(stdin, "{}", serde_json::to_string(&told).unwrap()).unwrap();
        let told = BufReader::new(process.stderr.take().unwrap());
        Self { process, told }
    }

    /// Waits until it stands at the checkpoint, and kills it there.
    fn killed_at(mut self, point: &str) {
        let paused = format!("paused at {point}");
        let mut said = String::new();
        while !said.contains(&paused) {
            let read = self.told.read_line(&mut said).unwrap();
            assert!(read > 0, "it ended before it came to \"{point}\":\n{said}");
        }
        self.process.kill().unwrap(); // SIGKILL
        self.process.wait().unwrap();
    }

    /// Waits for the code that an administrator is to type.
    fn code(&mut self) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let read = self.told.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended without a code:\n{said}");
            if let Some((_, code)) = line.split_once(CODE) {
                return code.trim().to_owned();
            }
            said.push_str(&line);
        }
    }

    /// Waits for its end. Everything that it said.
    fn finish(mut self) -> String {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.told, &mut said).unwrap();
        let output = self.process.wait_with_output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{said}");
        assert!(said.contains("1 passed"), "it is not a test:\n{said}");
        said
    }
}

#[test]
#[ignore = "run by another test"]
fn in_child_walk_the_wizard() {
    if !is_child() {
        return;
    }
    let told = Told::read();
    let (mut window, _log) = told.window();
    window.walk_to_confirm(&told.values);
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    window.click("Close");
    window.until("the list", |window| {
        window.can("Configure Azure Services…") && window.says(NAME)
    });
    // Failures say much: a refused renewal keeps what was typed in memory, and nowhere else.
    window.click_first("Update secret key…");
    window.fill(Role::PasswordInput, "New secret key", &told.values.next_secret);
    window.click("Update");
    window.until("the refusal", |window| window.says("The old secret key stays in use"));
    window.press(egui::Key::Escape);
    assert!(window.can("Configure Azure Services…"), "{}", window.screen());
}

/// The wizard to its end, with history made by an administrator who signs in on the way.
fn walk_with_an_administrator(way: &str, sign_in: impl FnOnce(&mut Window)) {
    let told = Told::read();
    let (mut window, _log) = told.window();
    window.walk_to_configuration(&told.values);
    window.fill(Role::TextInput, "Workspace resource ID", &told.values.workspace);
    window.click("Use");
    window.click_role(Role::RadioButton, "Computer groups and history");
    window.until("the way out", |window| window.can("Sign in as an administrator…"));
    window.click("Sign in as an administrator…");
    window.fill(Role::TextInput, "Public client ID", &told.values.public_client);
    window.click_role(Role::RadioButton, way);
    window.click("Sign in");
    sign_in(&mut window);
    window.until("the sign-in", |window| window.can("Close"));
    window.click("Close");
    window.add_all_collections();
    window.next_to("Confirm");
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    assert!(window.says("History is set up"), "{}", window.screen());
}

/// The code is said on standard error, for whoever plays the administrator.
#[test]
#[ignore = "run by another test"]
fn in_child_sign_in_with_a_code() {
    if is_child() {
        walk_with_an_administrator("With a code, on another device", |window| {
            window.until("the code", |window| window.says("Code: "));
            let screen = window.screen();
            let code = screen.split("Code: ").nth(1).unwrap().split_whitespace().next();
            eprintln!("{CODE}{}", code.unwrap().trim_matches('"'));
        });
    }
}

/// The page is opened here, where nobody has a browser; the lab answers for the administrator.
#[test]
#[ignore = "run by another test"]
fn in_child_sign_in_in_the_browser() {
    if is_child() {
        walk_with_an_administrator("In the browser of this computer", |window| {
            window.until("the address", |window| window.says("/oauth2/v2.0/authorize?"));
            let screen = window.screen();
            let mut words = screen.split(|end: char| end.is_whitespace() || end == '"');
            let page = words.find(|word| word.contains("/oauth2/v2.0/authorize?")).unwrap();
            let visit = async {
                let browser = reqwest::Client::builder().no_proxy().build().unwrap();
                browser.get(page).send().await.unwrap()
            };
            let shown = tokio::runtime::Runtime::new().unwrap().block_on(visit);
            assert_eq!(shown.status(), 200);
        });
    }
}

/// Before the code that an administrator is to type.
const CODE: &str = "the code is ";

#[test]
#[ignore = "run by another test"]
fn in_child_go_on() {
    if !is_child() {
        return;
    }
    let told = Told::read();
    let (mut window, _log) = told.window();
    window.until("the offer to go on", |window| window.can("Go on…"));
    assert!(window.says("was not finished"), "{}", window.screen());
    window.click("Go on…");
    window.until("Completion, or a question for the secrets", |window| {
        window.is_on("Completion") || window.has(Role::PasswordInput, "Secret Key")
    });
    if !window.is_on("Completion") {
        window.fill(Role::PasswordInput, "Secret Key", &told.values.secret);
        window.fill(Role::PasswordInput, "Password", &told.values.password);
        window.click("Retry");
        window.until("Completion", |window| window.is_on("Completion"));
    }
    window.click("Close");
    window.until("the list", |window| window.says(NAME) && !window.can("Go on…"));
}

/// kill -9 at each step of Confirm; started again, it offers to go on, finishes, and makes nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_confirm_is_taken_up_again() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let points = checkpoint::ALL.iter().filter(|point| point.starts_with("connect:"));
    for point in points.chain(&["publish: part written"]) {
        let bench = Bench::start(small()).await;
        bench.lab.cloud().set_knob("query_chars", &json!(2_500)).unwrap();
        Other::start("window::life::in_child_walk_the_wizard", &bench, &keyring, Some(point)).killed_at(point);
        if *point != "publish: part written" {
            Other::start("window::life::in_child_go_on", &bench, &keyring, None).finish();
        }
        let connections = azure_services_wizard::store::Store::open(&bench.data())
            .unwrap()
            .connections()
            .unwrap();
        assert_eq!(connections.len(), 1, "after a kill at {point}");
        let searches = bench.saved_searches().await;
        let records: Vec<&String> = searches.iter().filter(|id| id.contains("record")).collect();
        assert!(records.len() <= 1, "after a kill at {point}: {records:?}");
    }
}

/// The secret test, after a full walk of the window: data folder, log, all output, command line and environment.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_after_a_walk_of_the_window() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    let bench = Bench::start(small()).await;
    let values = Values::of(&bench, APP);
    bench.plan_faults(
        &json!({ "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "hold", "times": 1 }),
    );
    let walk = Other::start("window::life::in_child_walk_the_wizard", &bench, &keyring, None);
    bench.lab.faults().wait_for_held(|held| held > 0).await;
    let listed = leaks::of_process(walk.process.id());
    bench.lab.faults().release();
    let said = walk.finish();
    nothing_leaked(&bench, values, said, listed);
}

/// The same with a person's sign-in, and history made with it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_after_an_administrators_sign_in() {
    let Some(keyring) = SecretServiceSession::start() else {
        return;
    };
    for way in ["with_a_code", "in_the_browser"] {
        let bench = Bench::start(small()).await;
        let cloud = bench.lab.cloud();
        cloud.set_knob("device_code_interval_s", &json!(1)).unwrap();
        let consent = json!({ "person": "owner", "approve": true });
        cloud.set_knob("auto_consent", &consent).unwrap();
        bench.plan_faults(
            &json!({ "service": "arm", "path": "roleAssignments", "method": "PUT", "kind": "hold", "times": 1 }),
        );
        let test = format!("window::life::in_child_sign_in_{way}");
        let mut walk = Other::start(&test, &bench, &keyring, None);
        if way == "with_a_code" {
            let typed = json!({ "user_code": walk.code(), "person": "owner" });
            cloud.set_knob("device_code", &typed).unwrap();
        }
        bench.lab.faults().wait_for_held(|held| held > 0).await;
        let listed = leaks::of_process(walk.process.id());
        bench.lab.faults().release();
        let said = walk.finish();
        let rows = cloud.rows();
        assert!(rows.iter().any(|row| row["RowKind"] == "member"), "{way}: rows went up");
        nothing_leaked(&bench, Values::of(&bench, APP), said, listed);
    }
}

fn nothing_leaked(bench: &Bench, values: Values, said: String, listed: Vec<u8>) {
    let mut secrets = vec![
        ("the secret key".to_owned(), values.secret),
        ("the next secret key".to_owned(), values.next_secret),
        ("the site password".to_owned(), values.password),
    ];
    secrets.extend(
        bench
            .lab
            .cloud()
            .issued_tokens()
            .into_iter()
            .map(|token| ("a token".to_owned(), token)),
    );
    let mut seen = vec![
        ("its output".to_owned(), said.into_bytes()),
        ("the process list".to_owned(), listed),
    ];
    leaks::files_below(&bench.data(), &mut seen);
    assert!(
        seen.iter().any(|(name, _)| name.ends_with(".log")),
        "the log was written"
    );
    let found: Vec<String> = seen
        .iter()
        .flat_map(|(place, bytes)| leaks::found(place, bytes, &secrets))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// The help desk's minute, by keyboard: one button, the pasted key, Enter, Enter.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_replaced_with_four_acts_at_most() {
    let bench = Bench::start(small()).await;
    let name = bench.connected(APP).await;
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    bench.asw("", &["sync", &name]).await.ending(3);
    let mut window = Window::on(&bench);
    window.until("the banner", |window| window.says("expired"));

    let mut acts = 0;
    window.click_first("Update secret key…");
    acts += 1;
    // A wrong key first: refused, said, and the field still holds it; that is not counted.
    window.fill(Role::PasswordInput, "New secret key", "wrong8Q~secret");
    window.press(egui::Key::Enter);
    window.until("the refusal", |window| window.says("not one of this app's"));
    assert!(window.says("The old secret key stays in use"), "{}", window.screen());
    assert_eq!(
        window.value(Role::PasswordInput, "New secret key").chars().count(),
        "wrong8Q~secret".len()
    );

    bench
        .lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": APP }))
        .unwrap();
    window.fill(
        Role::PasswordInput,
        "New secret key",
        &Values::of(&bench, APP).next_secret,
    );
    window.press(egui::Key::Enter);
    acts += 1;
    window.until("the good end", |window| {
        window.says("The new secret key is in use until")
    });
    window.press(egui::Key::Enter);
    acts += 1;
    assert!(
        window.can("Configure Azure Services…") && !window.has(Role::PasswordInput, "New secret key"),
        "{}",
        window.screen()
    );
    assert!(acts <= 4);
    bench.asw("", &["sync", &name]).await.ending(0);
}
