//! The whole wizard, by role and label only, over a real backend and a real lab; then what Back, Cancel and edits do on each page.

use egui::accesskit::Role;

use super::harness::Window;
use super::steps::{APP, NAME, Values, app};
use crate::harness::{Bench, small};

/// From an empty list of connections to groups in the workspace that equal the site's memberships.
#[tokio::test(flavor = "multi_thread")]
async fn all_pages_to_completion() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    let confirm = window.screen();
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    for part in [
        NAME,
        workspace.as_str(),
        &app(&bench, APP).client_id,
        &bench.lab.info().site.provider,
    ] {
        assert!(
            confirm.to_lowercase().contains(&part.to_lowercase()),
            "{part} is not confirmed:\n{confirm}"
        );
    }
    assert!(
        bench.saved_searches().await.is_empty(),
        "nothing is made before it is confirmed"
    );
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));

    let shown = bench.groups(NAME).await;
    let all = bench.lab.truth(None).unwrap();
    assert_eq!(
        shown.len(),
        all.collections.len(),
        "every collection that was added has its group"
    );
    for collection in &all.collections {
        assert_eq!(
            shown[&collection.id],
            crate::harness::sorted(collection.computers.clone()),
            "{}",
            collection.id
        );
    }
    window.click("Close");
    window.until("the connection in the list", |window| {
        window.says(NAME) && window.can("Configure Azure Services…")
    });
}

/// An app that the site knows fills the fields; secret key and expiry are typed.
#[tokio::test(flavor = "multi_thread")]
async fn with_an_app_that_the_site_knows() {
    const CHOICE: &str = "Apps that site PS1 knows";
    let bench = Bench::start(small()).await;
    let values = Values::of(&bench, "ready");
    let mut window = Window::on(&bench);
    window.walk_to_app(&values);
    window.click("Import…");
    window.until("the apps of the site", |window| window.has(Role::ComboBox, CHOICE));
    window.click_role(Role::ComboBox, CHOICE);
    let rows = window.names(Role::ListBoxOption);
    let row = rows.iter().find(|row| row.contains(&values.client_id));
    window.click_role(Role::ListBoxOption, row.unwrap_or_else(|| panic!("{rows:?}")));
    for (field, value) in [
        ("Azure AD Tenant Name", &values.tenant_name),
        ("Azure AD Tenant ID", &values.tenant_id),
        ("Application Name", &values.application_name),
        ("Client ID", &values.client_id),
    ] {
        assert_eq!(window.value(Role::TextInput, field), *value, "{field}");
    }
    assert_eq!(window.value(Role::TextInput, "Secret Key Expiry"), "");
    assert!(!window.can("Next"), "the secret key is not known");
    window.fill(Role::PasswordInput, "Secret Key", &values.secret);
    window.fill(Role::TextInput, "Secret Key Expiry", "2031-01-31");
    window.verify();
    window.next_to("Configuration");
}

/// Zero collections are allowed: the connection stands, and publishes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_collections() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_configuration(&Values::of(&bench, APP));
    window.next_to("Confirm");
    window.click("Next");
    window.until("Completion", |window| window.is_on("Completion"));
    assert_eq!(bench.saved_searches().await.len(), 1, "its record and nothing else");
}

/// Previous, on every page, loses nothing that was typed or accepted.
#[tokio::test(flavor = "multi_thread")]
async fn back_keeps_everything() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    for page in ["Configuration", "Import Apps", "App", "Azure Services", "General"] {
        window.click("Previous");
        assert!(window.is_on(page), "{}", window.screen());
    }
    assert!(!window.can("Previous"), "there is nothing before the first page");
    // Nothing has to be typed, checked or verified again.
    for page in ["Azure Services", "App", "Import Apps", "Configuration", "Confirm"] {
        assert!(window.can("Next"), "before {page}:\n{}", window.screen());
        window.click("Next");
        assert!(window.is_on(page), "{}", window.screen());
    }
    assert!(window.can("Next"));
}

/// Cancel asks on every page where something would be lost, and Escape does the same; "Stay here" stays.
#[tokio::test(flavor = "multi_thread")]
async fn cancel_asks_on_every_page() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    for page in [
        "Confirm",
        "Configuration",
        "Import Apps",
        "App",
        "Azure Services",
        "General",
    ] {
        assert!(window.is_on(page), "{}", window.screen());
        window.click("Cancel");
        assert!(window.has(Role::Heading, "Leave the wizard?"), "{}", window.screen());
        window.click("Stay here");
        assert!(window.is_on(page) && !window.has(Role::Heading, "Leave the wizard?"));
        window.press(egui::Key::Escape);
        assert!(window.has(Role::Heading, "Leave the wizard?"), "{}", window.screen());
        window.press(egui::Key::Escape);
        assert!(window.is_on(page) && !window.has(Role::Heading, "Leave the wizard?"));
        if page != "General" {
            window.click("Previous");
        }
    }
    window.click("Cancel");
    window.click("Leave");
    assert!(window.can("Configure Azure Services…"));
    assert!(bench.saved_searches().await.is_empty());
}

/// An edit after Verify takes the verification away, whatever is edited, wherever the person has been meanwhile; so does the
/// site's. Putting the old text back brings it back.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_after_verify_counts() {
    let bench = Bench::start(small()).await;
    let app = app(&bench, APP);
    let mut window = Window::on(&bench);
    window.walk_to_confirm(&Values::of(&bench, APP));
    window.click("Previous");
    window.click("Previous");
    for (role, field, other, back) in [
        (
            Role::TextInput,
            "Client ID",
            "00000000-1111-2222-3333-444444444444",
            app.client_id.as_str(),
        ),
        (
            Role::TextInput,
            "Azure AD Tenant ID",
            "00000000-1111-2222-3333-444444444444",
            &bench.lab.info().tenant.id,
        ),
        (Role::PasswordInput, "Secret Key", "another8Q~key", &app.secret),
        (Role::TextInput, "Secret Key Expiry", "2031-02-28", "2031-01-31"),
    ] {
        assert!(
            window.can("Next") && window.says("Successfully verified!"),
            "before {field}"
        );
        window.fill(role, field, other);
        assert!(
            !window.can("Next") && !window.says("Successfully verified!"),
            "{field} was edited:\n{}",
            window.screen()
        );
        window.fill(role, field, back);
    }
    window.click("Previous");
    window.click("Previous");
    window.fill(Role::TextInput, "Name", "");
    assert!(!window.can("Next"), "a name is needed");
    window.fill(Role::TextInput, "Name", NAME);
    window.click("Previous");
    window.fill(Role::PasswordInput, "Password", "not the password");
    assert!(!window.can("Next"), "the site was checked with another password");
    window.fill(Role::PasswordInput, "Password", &bench.lab.info().site.password);
    for page in ["Azure Services", "App", "Import Apps", "Configuration", "Confirm"] {
        window.next_to(page);
    }
}
