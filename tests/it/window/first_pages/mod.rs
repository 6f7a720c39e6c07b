//! The wizard's first four pages, each alone: drawn over a wizard without a backend. What a page asks for is looked at, and
//! answered by hand.

use azure_services_wizard::flow::effect::{Effect, Query};
use azure_services_wizard::flow::wizard::{SignInChoice, Wizard};
use azure_services_wizard::flow::{Answer, Asker, SecretText, Ticket};
use azure_services_wizard::model::site::SiteReading;
use azure_services_wizard::model::{ConnectionName, Environment, Failure, SiteIdentity, Warning};
use azure_services_wizard::ui::theme;
use egui::Ui;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

pub use egui::accesskit::Role;

mod app;
mod azure_services;
mod general;
mod import_apps;
mod known_apps;
mod site;

/// A GUID that means nothing.
pub const ID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/// How a page is drawn.
pub type Show = fn(&mut Ui, &mut Wizard, &mut Asker);

/// What a page is drawn over.
pub struct Below {
    pub wizard: Wizard,
    pub asker: Asker,
    show: Show,
    dressed: bool,
}

/// A page alone.
pub struct Page {
    pub harness: Harness<'static, Below>,
}

impl Page {
    /// Draws this page over a new wizard; one connection, "Contoso production", exists already.
    pub fn of(show: Show) -> Self {
        let environments =
            ["AzurePublicCloud", "AzureUSGovernmentCloud"].map(|name| Environment::built_in(name).unwrap());
        let taken: Vec<ConnectionName> = vec!["Contoso production".parse().unwrap()];
        let below = Below {
            wizard: Wizard::new(environments.to_vec(), taken, None),
            asker: Asker::default(),
            show,
            dressed: false,
        };
        let draw = |ui: &mut Ui, below: &mut Below| {
            if !below.dressed {
                theme::install(ui.ctx());
                below.dressed = true;
            }
            // As in the wizard's frame.
            let scroll = egui::ScrollArea::vertical().auto_shrink(false);
            scroll.show(ui, |ui| (below.show)(ui, &mut below.wizard, &mut below.asker));
        };
        let mut page = Self {
            harness: Harness::builder()
                .with_size(egui::vec2(1000.0, 1700.0))
                .with_max_steps(20)
                .build_ui_state(draw, below),
        };
        page.steps();
        page
    }

    pub fn wizard(&mut self) -> &mut Wizard {
        &mut self.harness.state_mut().wizard
    }

    /// Does something to the wizard behind the page's back, then draws.
    pub fn with<R>(&mut self, act: impl FnOnce(&mut Wizard, &mut Asker) -> R) -> R {
        let below = self.harness.state_mut();
        let result = act(&mut below.wizard, &mut below.asker);
        self.steps();
        result
    }

    pub fn steps(&mut self) {
        self.harness.run_steps(3);
    }

    /// What was asked for since the last time.
    pub fn effects(&mut self) -> Vec<Effect> {
        self.harness.state_mut().asker.take()
    }

    /// The one query that was asked since the last time. What *Confirm* will need of this machine is asked on the way, and no matter
    /// here.
    #[track_caller]
    pub fn query(&mut self) -> (Ticket, Query) {
        let mut queries = self.effects().into_iter().filter_map(|effect| match effect {
            Effect::Query(_, Query::Schedule) => None,
            Effect::Query(ticket, query) => Some((ticket, query)),
            _ => None,
        });
        let query = queries.next().expect("nothing was asked");
        assert!(queries.next().is_none(), "more than one query");
        query
    }

    #[track_caller]
    pub fn answer(&mut self, ticket: Ticket, answer: Answer) {
        assert!(
            self.with(|wizard, asker| wizard.answer(ticket, answer, asker)),
            "not awaited"
        );
    }

    pub fn has(&self, role: Role, label: &str) -> bool {
        self.harness.query_all_by_role_and_label(role, label).next().is_some()
    }

    #[track_caller]
    pub fn click(&mut self, role: Role, label: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.harness.get_by_role_and_label(role, label).click();
        self.steps();
    }

    #[track_caller]
    pub fn fill(&mut self, role: Role, label: &str, text: &str) {
        self.focus(role, label);
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.steps();
        self.harness.get_by_role_and_label(role, label).type_text(text);
        self.steps();
    }

    #[track_caller]
    pub fn focus(&mut self, role: Role, label: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.harness.get_by_role_and_label(role, label).focus();
        self.steps();
    }

    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.steps();
    }

    #[track_caller]
    pub fn is_focused(&self, role: Role, label: &str) -> bool {
        self.harness.get_by_role_and_label(role, label).is_focused()
    }

    /// Whether something is ticked or chosen.
    #[track_caller]
    pub fn is_on(&self, role: Role, label: &str) -> bool {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    }

    #[track_caller]
    pub fn is_disabled(&self, role: Role, label: &str) -> bool {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node().is_disabled()
    }

    /// What a screen reader says about something after its name.
    #[track_caller]
    pub fn description(&self, role: Role, label: &str) -> String {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node().description().unwrap_or_default()
    }

    #[track_caller]
    pub fn value(&self, role: Role, label: &str) -> String {
        self.harness
            .get_by_role_and_label(role, label)
            .value()
            .unwrap_or_default()
    }

    pub fn says(&self, words: &str) -> bool {
        self.screen().contains(words)
    }

    /// Presses Copy. Answers what was copied.
    #[track_caller]
    pub fn copy(&mut self) -> String {
        self.harness.get_by_role_and_label(Role::Button, "Copy").click();
        for _ in 0..3 {
            self.harness.step();
            let commands = &self.harness.output().platform_output.commands;
            if let Some(egui::OutputCommand::CopyText(text)) = commands.first() {
                return text.clone();
            }
        }
        panic!("nothing was copied")
    }

    /// Where something ends, counted from the top of the window.
    #[track_caller]
    pub fn bottom(&self, role: Role, label: &str) -> f32 {
        self.harness.get_by_role_and_label(role, label).rect().bottom()
    }

    /// Everything on the screen, a line each: role, label, value, description.
    pub fn screen(&self) -> String {
        let mut lines = String::new();
        let mut waiting = vec![self.harness.root()];
        while let Some(node) = waiting.pop() {
            let inner = node.accesskit_node();
            let text = [inner.label(), inner.value(), inner.description()];
            let text: Vec<String> = text.into_iter().flatten().collect();
            if !text.is_empty() {
                lines.push_str(&format!("{:?} {}\n", inner.role(), text.join(" | ")));
            }
            waiting.extend(node.children().collect::<Vec<_>>().into_iter().rev());
        }
        lines
    }
}

/// A failure that stands for any.
pub fn failure(problem: azure_services_wizard::model::Problem) -> Failure {
    problem.into()
}

/// A standalone primary site that answers.
pub fn site(warnings: Vec<Warning>) -> SiteReading {
    let identity = SiteIdentity {
        code: "PS1".parse().unwrap(),
        name: "Contoso Headquarters".to_owned(),
        build: Some(9135),
        is_cas: false,
        guid: None,
        providers: Vec::new(),
    };
    SiteReading {
        identity,
        facts: azure_services_wizard::model::site::SiteFacts::default(),
        warnings,
    }
}

/// Types a way to a site, behind the page's back.
pub fn type_site(wizard: &mut Wizard) {
    wizard.general.provider.text = "cm01.corp.example".to_owned();
    wizard.general.who = SignInChoice::Account;
    wizard.general.account.text = "CONTOSO\\svc-asw".to_owned();
    wizard.general.password = SecretText::holding("correct horse");
}

/// Types an app, behind the page's back.
pub fn type_app(wizard: &mut Wizard) {
    wizard.app.tenant_id.text = ID.to_owned();
    wizard.app.application_name.text = "ConfigMgrService".to_owned();
    wizard.app.client_id.text = ID.to_owned();
    wizard.app.secret = SecretText::holding("abc8Q~secret");
    wizard.app.expiry.text = "2027-05-22".to_owned();
}

/// Types an app that Azure lets in.
pub fn verified_app(page: &mut Page) {
    page.with(|wizard, asker| {
        type_app(wizard);
        wizard.app.verify(asker);
    });
    let (ticket, _) = page.query();
    page.answer(ticket, Answer::Verify(Ok(Vec::new())));
}
