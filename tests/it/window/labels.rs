//! What the pages say to each app of the lab for each choice of what is published, and in each cloud.

use azure_services_wizard::backend::Surroundings;
use azure_services_wizard::lab::NationalCloud;
use egui::accesskit::Role;

use super::harness::{Window, program};
use super::history::{BOTH, READ, want};
use super::steps::{APP, NAME, Values};
use crate::clouds;
use crate::harness::{Bench, built_in_at, small};
use crate::history::from_rows;

const GROUPS: &str = "Computer groups";

/// What *Configuration* says to an app: of computer groups, then of history as well.
struct Pages {
    app: &'static str,
    groups: &'static [&'static str],
    history: &'static [&'static str],
    /// What is missing, of all that is listed for both.
    missing: &'static [&'static str],
}

const ALLOWED: &[&str] = &["Allowed: Write computer groups", "Allowed: Run log queries"];
const SIMPLEST: &str = "the roles Monitoring Contributor and Monitoring Metrics Publisher, and on the workspace law-contoso the role \
                        Contributor.";

const LET_IN: [Pages; 6] = [
    Pages {
        app: "ready",
        groups: ALLOWED,
        history: &["Allowed: Make the data collection rule", "Allowed: Upload rows"],
        missing: &[],
    },
    Pages {
        app: "owner",
        groups: ALLOWED,
        history: &["Allowed: Make the data collection rule"],
        missing: &[],
    },
    Pages {
        app: "slow-role",
        groups: ALLOWED,
        history: &["Allowed: Make the data collection rule", "Allowed: Upload rows"],
        missing: &[],
    },
    Pages {
        app: "workspace-contributor",
        groups: ALLOWED,
        history: &[SIMPLEST, "Allowed: Make the table of history"],
        missing: &[
            "Make the data collection rule",
            "Delete the data collection rule",
            "Upload rows",
        ],
    },
    Pages {
        app: "no-publisher",
        groups: ALLOWED,
        history: &[SIMPLEST, "Allowed: Make the data collection rule"],
        missing: &["Upload rows"],
    },
    Pages {
        app: "reader",
        groups: &[
            "The role Contributor on the workspace has all of them.",
            "Allowed: Run log queries",
            "Missing: Write computer groups",
        ],
        history: &[SIMPLEST],
        missing: &[
            "Write computer groups",
            "Delete computer groups",
            "Make the table of history",
            "Make the data collection rule",
            "Upload rows",
        ],
    },
];

impl Window {
    /// Import Apps: types this app in place of another and asks Azure about it.
    fn verify_instead(&mut self, bench: &Bench, app: &str) {
        assert!(self.is_on("Import Apps"), "{}", self.screen());
        self.type_app(&Values::of(bench, app));
        assert!(!self.can("Next"), "{app} is not verified yet");
        self.click("Verify");
    }

    #[track_caller]
    fn must_say(&self, app: &str, words: &str) {
        assert!(self.says(words), "{app}: {words}\n{}", self.screen());
    }

    /// Configuration: with this choice it comes to say all of this.
    fn says_all(&mut self, choice: &str, pages: &Pages, words: &[&str]) {
        self.click_role(Role::RadioButton, choice);
        if choice == BOTH {
            self.until("what history needs", |window| window.says(READ));
        }
        for words in words {
            self.until(pages.app, |window| window.says(words));
        }
    }
}

/// One window: whoever has typed one app goes back and types the next one.
#[tokio::test(flavor = "multi_thread")]
async fn each_app_is_told_what_it_may_do_or_why_it_is_not_let_in() {
    let bench = Bench::start(small()).await;
    let mut window = Window::on(&bench);
    window.walk_to_app(&Values::of(&bench, APP));
    window.click("Import…");
    for (app, words) in [
        ("expired-secret", "The secret key has expired."),
        ("disabled-app", "is disabled in this tenant."),
        (
            "no-service-principal",
            "has no enterprise application (service principal) in this tenant.",
        ),
    ] {
        window.verify_instead(&bench, app);
        window.until(app, |window| window.says(words));
        assert!(!window.can("Next"), "{app}");
    }
    let workspace = bench.lab.info().workspaces.first().unwrap().resource_id.clone();
    let choose = |window: &mut Window| {
        window.next_to("Configuration");
        window.fill(Role::TextInput, "Workspace resource ID", &workspace);
        window.click("Use");
    };
    for pages in &LET_IN {
        let app = pages.app;
        window.verify_instead(&bench, app);
        choose(&mut window);
        window.says_all(GROUPS, pages, pages.groups);
        let may_publish = pages.groups == ALLOWED;
        window.until(app, |window| window.can("Next") == may_publish);
        window.says_all(BOTH, pages, pages.history);
        for missing in pages.missing {
            window.must_say(app, &format!("Missing: {missing}"));
        }
        assert_eq!(
            window.says("Missing:"),
            !pages.missing.is_empty(),
            "{app}\n{}",
            window.screen()
        );
        window.until(app, |window| window.can("Next") == pages.missing.is_empty());
        window.click_role(Role::RadioButton, GROUPS);
        window.click("Previous");
    }
    window.verify_instead(&bench, "no-rights");
    choose(&mut window);
    for choice in [GROUPS, BOTH] {
        window.click_role(Role::RadioButton, choice);
        window.until("that it may not", |window| window.says("may not"));
        assert!(!window.can("Next"), "{choice}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cloud_is_shown_with_its_regions_and_leads_to_completion() {
    for (cloud, region) in NationalCloud::ALL
        .into_iter()
        .zip(["westeurope", "usgovvirginia", "chinanorth3"])
    {
        let bench = clouds::bench(cloud).await;
        let surroundings = Surroundings {
            data_dir: bench.data(),
            vault: Some(bench.vault.clone()),
            open_browser: |_| false,
            open_file: |_| false,
            machine: None,
        };
        let mut window = Window::of(program(surroundings, built_in_at(&bench.lab, cloud)));
        want(&mut window, &bench, "ready");
        window.until("Next", |window| window.can("Next"));
        window.must_say(cloud.name(), &format!("Region: {region}."));
        window.add_all_collections();
        window.next_to("Confirm");
        window.must_say(cloud.name(), cloud.name());
        window.must_say(cloud.name(), &format!("in the region {region}"));
        window.click("Next");
        window.until("Completion", |window| window.is_on("Completion"));
        window.must_say(cloud.name(), "History is set up");
        assert_eq!(bench.groups(NAME).await, from_rows(&bench), "{cloud:?}");
    }
}
