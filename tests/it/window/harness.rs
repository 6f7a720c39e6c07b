//! A window without a display: the real program, drawn into nothing, driven by role and label.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_services_wizard::backend::{Backend, Surroundings};
use azure_services_wizard::model::Environment;
use azure_services_wizard::ui::{App, Parts};
use chrono::Utc;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

pub use egui::accesskit::Role;

use crate::harness::{Bench, environment};

/// How long a condition is awaited before the test fails. Generous: a loaded machine is no mistake of ours.
const PATIENCE: Duration = Duration::from_secs(60);

/// The window of one program.
pub struct Window {
    pub harness: Harness<'static, App>,
}

/// What a program on this bench is made of.
pub fn parts(bench: &Bench) -> Parts {
    let surroundings = Surroundings {
        data_dir: bench.data(),
        vault: Some(bench.vault.clone()),
        open_browser: |_| false,
        open_file: |_| false,
        machine: None,
    };
    program(surroundings, environment(&bench.lab))
}

/// A program with one cloud to choose from.
pub fn program(surroundings: Surroundings, environment: Environment) -> Parts {
    Parts {
        backend: Backend::start(surroundings).unwrap(),
        environments: vec![environment],
        lab: None,
        update_secret: None,
        theme: egui::ThemePreference::Light,
        clock: Arc::new(Utc::now),
    }
}

impl Window {
    /// Opens the window of a program on this bench.
    pub fn on(bench: &Bench) -> Self {
        Self::of(parts(bench))
    }

    /// Opens the window of this program.
    pub fn of(parts: Parts) -> Self {
        let harness = Harness::builder()
            .with_size(egui::vec2(1100.0, 760.0))
            .with_max_steps(20)
            .allow_missing_glyphs() // the lab's collections have names in many scripts
            .build_eframe(|cc| App::new(&cc.egui_ctx, parts));
        let mut window = Self { harness };
        window.steps();
        window
    }

    /// A few frames: what was clicked or typed has arrived after them.
    pub fn steps(&mut self) {
        self.harness.run_steps(3);
    }

    /// Draws frames until something holds. Fails the test where it does not come to that, with all that is on the screen.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.screen());
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.steps();
    }

    /// Whether something of this role and label is there.
    pub fn has(&self, role: Role, label: &str) -> bool {
        self.harness.query_all_by_role_and_label(role, label).next().is_some()
    }

    /// Whether any text on the screen contains this.
    pub fn says(&self, words: &str) -> bool {
        self.screen().contains(words)
    }

    /// Clicks the button of this name.
    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.click_role(Role::Button, label);
    }

    /// Clicks what has this role and name.
    #[track_caller]
    pub fn click_role(&mut self, role: Role, label: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.bring_into_view(role, label);
        self.harness.get_by_role_and_label(role, label).click();
        self.steps();
    }

    /// Clicks the first of several buttons of this name: a banner repeats what the toolbar offers.
    #[track_caller]
    pub fn click_first(&mut self, label: &str) {
        let first = self.harness.get_all_by_role_and_label(Role::Button, label).next();
        first.unwrap_or_else(|| panic!("no button \"{label}\"")).click();
        self.steps();
    }

    /// Scrolls to it, as a person does before a click.
    fn bring_into_view(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).scroll_to_me();
        self.steps();
    }

    /// Types into the field of this name, in place of what stood there.
    #[track_caller]
    pub fn fill(&mut self, role: Role, label: &str, text: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.bring_into_view(role, label);
        self.harness.get_by_role_and_label(role, label).focus();
        self.steps();
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.key_press(egui::Key::Delete);
        self.steps();
        self.harness.get_by_role_and_label(role, label).type_text(text);
        self.steps();
    }

    /// Presses a key.
    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.steps();
    }

    /// The names of everything of this role.
    pub fn names(&self, role: Role) -> Vec<String> {
        let mut names = Vec::new();
        let mut waiting = vec![self.harness.root()];
        while let Some(node) = waiting.pop() {
            let inner = node.accesskit_node();
            if inner.role() == role {
                names.extend(inner.label());
            }
            waiting.extend(node.children());
        }
        names
    }

    /// What stands in the field of this name.
    #[track_caller]
    pub fn value(&self, role: Role, label: &str) -> String {
        self.harness
            .get_by_role_and_label(role, label)
            .value()
            .unwrap_or_default()
    }

    /// Whether the button of this name can be pressed.
    pub fn can(&self, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(Role::Button, label)
            .any(|node| !node.accesskit_node().is_disabled())
    }

    /// Everything on the screen, a line each: role, label, value, description.
    pub fn screen(&self) -> String {
        let mut lines = String::new();
        let mut waiting = vec![(self.harness.root(), 0)];
        while let Some((node, depth)) = waiting.pop() {
            let inner = node.accesskit_node();
            let text = [inner.label(), inner.value(), inner.description()];
            let text: Vec<String> = text.into_iter().flatten().collect();
            if !text.is_empty() {
                lines.push_str(&format!(
                    "{:indent$}{:?} {}\n",
                    "",
                    inner.role(),
                    text.join(" | "),
                    indent = depth
                ));
            }
            let children: Vec<_> = node.children().collect();
            waiting.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
        }
        lines
    }
}
