//! What a person does on each page, in the words of the pages. Secrets and names come from the lab, as they would from the portal.

use egui::accesskit::Role;

use super::harness::Window;
use crate::harness::Bench;
use azure_services_wizard::lab::azure::LabApp;
use serde::{Deserialize, Serialize};

/// The name that the walks give their connection.
pub const NAME: &str = "Contoso production";

/// The app whose only right is Contributor on the workspace.
pub const APP: &str = "workspace-contributor";

/// An app of the lab.
pub fn app(bench: &Bench, label: &str) -> LabApp {
    bench
        .lab
        .info()
        .apps
        .iter()
        .find(|app| app.label == label)
        .unwrap()
        .clone()
}

/// What a person has at hand before the wizard. Plain data, so that it can be handed to another process.
#[derive(Clone, Serialize, Deserialize)]
pub struct Values {
    pub provider: String,
    pub account: String,
    pub password: String,
    pub tenant_name: String,
    pub tenant_id: String,
    pub application_name: String,
    pub client_id: String,
    pub secret: String,
    pub next_secret: String,
    pub environment_file: String,
    pub workspace: String,
    pub public_client: String,
}

impl Values {
    /// Of an app of this lab.
    pub fn of(bench: &Bench, label: &str) -> Self {
        let (info, app) = (bench.lab.info(), app(bench, label));
        Self {
            provider: info.site.provider.clone(),
            account: info.site.account.clone(),
            password: info.site.password.clone(),
            tenant_name: info.tenant.name.clone(),
            tenant_id: info.tenant.id.clone(),
            application_name: app.application_name,
            client_id: app.client_id,
            secret: app.secret,
            next_secret: app.next_secret,
            environment_file: info.environment_file.clone(),
            workspace: info.workspaces[0].resource_id.clone(),
            public_client: info.public_client_id.clone(),
        }
    }
}

impl Window {
    /// Whether this page of the wizard is shown.
    pub fn is_on(&self, page: &str) -> bool {
        self.has(Role::Heading, page)
    }

    /// Next, and waits for the page behind it.
    #[track_caller]
    pub fn next_to(&mut self, page: &str) {
        self.until(&format!("Next before {page}"), |window| window.can("Next"));
        self.click("Next");
        let page = page.to_owned();
        self.until(&page.clone(), move |window| window.is_on(&page));
    }

    /// From the list of connections into the wizard.
    #[track_caller]
    pub fn start_wizard(&mut self) {
        self.until("the list of connections", |window| {
            window.can("Configure Azure Services…")
        });
        self.click("Configure Azure Services…");
        assert!(self.is_on("General"), "{}", self.screen());
    }

    /// General: types the way to the site.
    #[track_caller]
    pub fn type_site(&mut self, values: &Values) {
        self.fill(Role::TextInput, "SMS Provider", &values.provider);
        self.click_role(Role::RadioButton, "This account"); // on Windows it is not chosen from the start
        self.fill(Role::TextInput, "Account", &values.account);
        self.fill(Role::PasswordInput, "Password", &values.password);
    }

    /// General: checks the site, and accepts its certificate after having looked at it.
    #[track_caller]
    pub fn check_site(&mut self) {
        self.click("Check the site");
        self.until("the site's certificate", |window| window.can("Trust this certificate"));
        self.click("Trust this certificate");
        self.until("the site", |window| window.can("Next"));
    }

    /// Import Apps: types an app of the lab.
    #[track_caller]
    pub fn type_app(&mut self, values: &Values) {
        self.fill(Role::TextInput, "Azure AD Tenant Name", &values.tenant_name);
        self.fill(Role::TextInput, "Azure AD Tenant ID", &values.tenant_id);
        self.fill(Role::TextInput, "Application Name", &values.application_name);
        self.fill(Role::TextInput, "Client ID", &values.client_id);
        self.fill(Role::PasswordInput, "Secret Key", &values.secret);
        self.fill(Role::TextInput, "Secret Key Expiry", "2031-01-31");
        self.fill(Role::TextInput, "App ID URI", "https://ConfigMgrService");
    }

    /// Import Apps: verifies, and waits for the good answer.
    #[track_caller]
    pub fn verify(&mut self) {
        self.click("Verify");
        self.until("the app is verified", |window| window.says("Successfully verified!"));
    }

    /// General to App.
    #[track_caller]
    pub fn walk_to_app(&mut self, values: &Values) {
        self.start_wizard();
        self.type_site(values);
        self.check_site();
        self.next_to("Azure Services");
        self.fill(Role::TextInput, "Name", NAME);
        self.next_to("App");
    }

    /// General to Configuration with these values.
    #[track_caller]
    pub fn walk_to_configuration(&mut self, values: &Values) {
        self.walk_to_app(values);
        self.click("Import…");
        assert!(self.is_on("Import Apps"), "{}", self.screen());
        self.type_app(values);
        self.verify();
        self.next_to("Configuration");
    }

    /// Configuration: adds every collection of the site.
    #[track_caller]
    pub fn add_all_collections(&mut self) {
        self.until("the lists, so that nothing moves any more", |window| {
            window.can("Add…") && window.can("Next")
        });
        self.click("Add…");
        self.until("the dialog", |window| window.has(Role::TextInput, "Filter"));
        let all = self.button_that_begins("Select all shown");
        self.click(&all);
        let add = self.button_that_begins("Add ");
        self.click(&add);
    }

    /// General to Confirm with these values and every collection.
    #[track_caller]
    pub fn walk_to_confirm(&mut self, values: &Values) {
        self.walk_to_configuration(values);
        self.add_all_collections();
        self.next_to("Confirm");
    }

    /// The whole name of a button that begins like this.
    #[track_caller]
    pub fn button_that_begins(&self, start: &str) -> String {
        let names = self.names(Role::Button);
        let found = names.iter().find(|name| name.starts_with(start) && *name != "Add…");
        found
            .unwrap_or_else(|| panic!("no button \"{start}…\"\n{}", self.screen()))
            .clone()
    }
}
