//! Each fault that a page can show: the sentence stands on that page, Next does not lead on, and what was typed is still there.

use azure_services_wizard::lab::LabConfig;
use egui::accesskit::Role;
use serde_json::{Value, json};

use super::harness::Window;
use super::steps::{APP, NAME, Values, app};
use crate::harness::{Bench, small};

const NOBODY: &str = "00000000-1111-2222-3333-444444444444";

/// The fields of a page: role, label, and what was typed.
type Typed = Vec<(Role, &'static str, String)>;

/// What a page must show after a fault.
#[track_caller]
fn shows(window: &Window, sentence: &str, typed: &Typed) {
    assert!(
        window.says(sentence),
        "\"{sentence}\" is not said:\n{}",
        window.screen()
    );
    assert!(window.can("Details") && window.can("Copy"), "{}", window.screen());
    assert!(!window.can("Next"), "Next leads on in spite of: {sentence}");
    for (role, label, text) in typed {
        let now = window.value(*role, label);
        let same = match role {
            Role::PasswordInput => now.chars().count() == text.chars().count(),
            _ => now == *text,
        };
        assert!(same, "{label} holds \"{now}\" and not what was typed");
    }
}

fn site_fields(bench: &Bench) -> Typed {
    let site = bench.lab.info().site.clone();
    vec![
        (Role::TextInput, "SMS Provider", site.provider),
        (Role::TextInput, "Account", site.account),
        (Role::PasswordInput, "Password", site.password),
    ]
}

/// General, with these fields, up to the sentence.
async fn site_says(bench: &Bench, typed: Typed, sentence: &str) -> Window {
    let mut window = Window::on(bench);
    window.start_wizard();
    window.click_role(Role::RadioButton, "This account");
    for (role, label, text) in &typed {
        window.fill(*role, label, text);
    }
    window.click("Check the site");
    let told = sentence.to_owned();
    window.until(sentence, move |window| {
        window.can("Trust this certificate") || window.says(&told)
    });
    if window.can("Trust this certificate") {
        window.click("Trust this certificate");
        let told = sentence.to_owned();
        window.until(sentence, move |window| window.says(&told));
    }
    shows(&window, sentence, &typed);
    window.click("Details");
    window.click("Copy");
    window
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_refuses_on_general() {
    let bench = Bench::start(small()).await;
    let mut wrong = site_fields(&bench);
    wrong[2].2 = "not the password".to_owned();
    site_says(&bench, wrong, "refused the account CORP\\admin or its password").await;

    let account = bench
        .lab
        .site()
        .accounts()
        .into_iter()
        .find(|(_, account, _)| account == "CORP\\user");
    let (_, user, password) = account.unwrap();
    let mut rightless = site_fields(&bench);
    rightless[1].2 = user;
    rightless[2].2 = password;
    site_says(&bench, rightless, "has no rights in Configuration Manager").await;

    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut nobody = site_fields(&bench);
    nobody[0].2 = format!("localhost:{closed}");
    site_says(&bench, nobody, "cannot be reached").await;

    bench.lab.site().set_knob("role", &json!("iis")).unwrap();
    site_says(&bench, site_fields(&bench), "it is not an SMS Provider").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_primary_stops_on_general_with_the_name_of_the_top() {
    let bench = Bench::start(small()).await;
    bench.lab.site().set_knob("hierarchy", &json!("child")).unwrap();
    let window = site_says(&bench, site_fields(&bench), "the top of the hierarchy, which is CAS").await;
    assert!(window.can("Use cas01.corp.example"), "{}", window.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_2509_says_that_it_takes_no_ntlm() {
    let config = LabConfig {
        site_build: 9141,
        ..small()
    };
    let bench = Bench::start(config).await;
    site_says(&bench, site_fields(&bench), "2509 and later need Kerberos").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_site_that_are_none() {
    for (kind, sentence) in [("truncate", "ended midway"), ("garbage", "it is not an SMS Provider")] {
        let bench = Bench::start(small()).await;
        bench.plan_faults(&json!({ "service": "site", "path": "*", "kind": kind, "times": 1000 }));
        site_says(&bench, site_fields(&bench), sentence).await;
    }
}

/// Import Apps with one app of the lab, one field changed, up to the sentence.
async fn app_says(
    window: &mut Window,
    bench: &Bench,
    label: &str,
    change: Option<(Role, &'static str, &str)>,
    sentence: &str,
) {
    let app = app(bench, label);
    window.type_app(&Values::of(bench, label));
    let mut typed: Typed = vec![
        (
            Role::TextInput,
            "Azure AD Tenant ID",
            bench.lab.info().tenant.id.clone(),
        ),
        (Role::TextInput, "Client ID", app.client_id),
        (Role::PasswordInput, "Secret Key", app.secret),
        (Role::TextInput, "Secret Key Expiry", "2031-01-31".to_owned()),
    ];
    if let Some((role, field, text)) = change {
        window.fill(role, field, text);
        let at = typed.iter().position(|(_, label, _)| *label == field).unwrap();
        typed[at].2 = text.to_owned();
    }
    window.click("Verify");
    let told = sentence.to_owned();
    // A hint may say the same while the person is still typing; the answer is there when Verify can be pressed again.
    window.until(sentence, move |window| {
        window.says(&told) && window.can("Verify") && window.can("Details")
    });
    shows(window, sentence, &typed);
    assert!(!window.says("Successfully verified!"));
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_refuses_the_app_on_import_apps() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_app(&Values::of(&bench, APP));
    window.next_to("Import Apps");
    let id = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    for (label, change, sentence) in [
        (
            APP,
            Some((Role::TextInput, "Azure AD Tenant ID", NOBODY)),
            "There is no tenant \"00000000-1111",
        ),
        (
            APP,
            Some((Role::TextInput, "Client ID", NOBODY)),
            "no app registration with the client ID 00000000",
        ),
        (
            APP,
            Some((Role::PasswordInput, "Secret Key", "wrong8Q~secret")),
            "not one of this app's",
        ),
        (
            APP,
            Some((Role::PasswordInput, "Secret Key", id)),
            "looks like the secret's ID, not its value",
        ),
        ("expired-secret", None, "has expired"),
        ("disabled-app", None, "is disabled in this tenant"),
        ("no-service-principal", None, "no enterprise application"),
    ] {
        app_says(&mut window, &bench, label, change, sentence).await;
    }
    // After all that, the right one is let in.
    window.type_app(&Values::of(&bench, APP));
    window.verify();
    assert!(window.can("Next"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_that_answers_nonsense_is_said_on_import_apps() {
    let bench = Bench::start(small()).await;
    bench.plan_faults(&json!({ "service": "entra", "path": "*", "kind": "garbage", "times": 1000 }));
    let mut window = Window::on(&bench);
    window.walk_to_app(&Values::of(&bench, APP));
    window.next_to("Import Apps");
    app_says(&mut window, &bench, APP, None, "answered something that is not").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_a_role_finds_an_explanation_and_not_an_empty_page() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, "no-rights"));
    let client_id = app(&bench, "no-rights").client_id;
    window.until("why the lists are empty", |window| {
        window.says("Contributor") && window.says(&client_id)
    });
    assert!(!window.can("Next"));

    // The person is told a workspace by its owner, types it, and hears the same about it.
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    window.fill(Role::TextInput, "Workspace resource ID", &workspace);
    window.click("Use");
    window.until("the missing right", |window| window.says("may not"));
    assert!(!window.can("Next"));
    let typed = window.value(Role::TextInput, "Workspace resource ID");
    assert_eq!(typed, workspace);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_told_which_right_is_missing() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, "reader"));
    window.until("the missing right", |window| window.says("savedSearches/write"));
    assert!(!window.can("Next"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_there() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, "owner"));
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    let nowhere = format!("{}/nowhere", workspace.rsplit_once('/').unwrap().0);
    window.fill(Role::TextInput, "Workspace resource ID", &nowhere);
    window.click("Use");
    window.until("that it is not there", |window| {
        window.says("does not exist, or the app may not see it")
    });
    assert!(!window.can("Next"));
}

/// Trouble on the way to Azure is said on Configuration; Check again, once it is over, goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_azure_is_said_on_configuration_and_passes() {
    for (fault, sentence) in [
        (json!({ "kind": "truncate" }), "ended midway"),
        (json!({ "kind": "garbage" }), "answered something that is not"),
        (
            json!({ "kind": "status", "status": 503 }),
            "out of order at the moment (HTTP 503)",
        ),
        (
            json!({ "kind": "status", "status": 429, "retry_after": 0 }),
            "asked too much",
        ),
    ] {
        let bench = Bench::start(small()).await;
        let mut window = Window::on(&bench);
        let mut fault: Value = fault;
        fault["service"] = "arm".into();
        fault["path"] = "*".into();
        fault["times"] = 1000.into();
        bench.plan_faults(&fault);
        window.walk_to_configuration(&Values::of(&bench, APP));
        let told = sentence.to_owned();
        window.until(sentence, move |window| window.says(&told));
        assert!(!window.can("Next"));
        bench.lab.faults().clear();
        window.click("Check again");
        window.until("the workspace", |window| window.can("Next"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_that_cannot_be_read_are_said_and_do_not_hold_up_the_rest() {
    let bench = Bench::start(small()).await;
    bench.plan_faults(&json!({ "service": "site", "path": "SMS_Collection", "kind": "garbage", "times": 1000 }));
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, APP));
    window.until("the trouble", |window| window.says("answered something that is not"));
    window.until("Next: zero collections are allowed", |window| window.can("Next"));
}

/// The record is lost on its way: the step says so, what exists is said, Retry goes on, and nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_write_fails_its_step_and_retry_finishes() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    bench.plan_faults(
        &json!({ "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "lose", "times": 1000 }),
    );
    window.click("Next");
    window.until("the failed step", |window| window.can("Retry"));
    assert!(window.is_on("Progress"));
    assert!(
        window.says("Failed: Writing the connection's record into the workspace"),
        "{}",
        window.screen()
    );
    assert!(window.says("does not show it as it was sent"), "{}", window.screen());
    assert!(window.says("its secrets are in the keyring"), "{}", window.screen());

    window.click("Cancel");
    assert!(
        window.has(Role::Heading, "The connection is not finished"),
        "{}",
        window.screen()
    );
    window.click("Stay here");
    bench.lab.faults().clear();
    window.click("Retry");
    window.until("Completion", |window| window.is_on("Completion"));
    let records = bench
        .saved_searches()
        .await
        .into_iter()
        .filter(|id| id.contains("record"))
        .count();
    assert!(records <= 1, "{:?}", bench.saved_searches().await);
    window.click("Close");
    window.until("one connection", |window| window.says(NAME));
}

/// What stands of an unfinished connection can be taken away; then nothing is left anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_can_be_taken_away() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    bench.plan_faults(
        &json!({ "service": "arm", "path": "savedSearches", "method": "PUT", "kind": "lose", "times": 1000 }),
    );
    window.click("Next");
    window.until("the failed step", |window| window.can("Retry"));
    window.click("Cancel");
    window.click("Take it away");
    window.until("the empty list", |window| {
        window.has(Role::Heading, "What to have at hand")
    });
    let listed = bench.asw("", &["--json", "list"]).await.ending(0).json();
    assert_eq!(listed["connections"], json!([]));
    assert!(bench.saved_searches().await.is_empty());
}

/// Trouble before anything is made leaves nothing, and the person can go back and correct it.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_in_the_checks_leaves_nothing_and_can_be_corrected() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    bench
        .lab
        .cloud()
        .set_knob("expire_secret", &json!({ "label": APP }))
        .unwrap();
    window.click("Next");
    window.until("the failed step", |window| window.can("Retry"));
    assert!(
        window.says("Failed: Signing in with the app's secret key"),
        "{}",
        window.screen()
    );
    assert!(window.says("has expired"), "{}", window.screen());
    assert!(window.says("Nothing was made"), "{}", window.screen());
    let listed = bench.asw("", &["--json", "list"]).await.ending(0).json();
    assert_eq!(listed["connections"], json!([]));
    window.click("Back and correct");
    assert!(window.is_on("Confirm"));
    window.click("Previous");
    window.click("Previous");
    let app = app(&bench, APP);
    assert_eq!(window.value(Role::TextInput, "Client ID"), app.client_id);
    bench
        .lab
        .cloud()
        .set_knob("rotate_secret", &json!({ "label": APP }))
        .unwrap();
    window.fill(Role::PasswordInput, "Secret Key", &app.next_secret);
    window.verify();
    window.next_to("Configuration");
    window.next_to("Confirm");
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
}

/// One collection's trouble does not hide the others: Completion names it, and says how many are published.
#[tokio::test(flavor = "multi_thread")]
async fn partly_published_is_said_on_completion() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    bench
        .plan_faults(&json!({ "service": "arm", "path": "-sms00001", "method": "PUT", "kind": "lose", "times": 1000 }));
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    assert!(window.says("does not show it as it was sent"), "{}", window.screen());
}
