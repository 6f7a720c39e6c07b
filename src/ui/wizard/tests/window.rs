//! A window without a display around a program that has no backend.

use egui::accesskit::{Role, Toggled};
use egui::{Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::flow::Program;
use crate::flow::wizard::Wizard;
use crate::ui::theme;
use crate::ui::widgets::{dialog, focus};

/// The window.
pub struct Window {
    pub harness: Harness<'static, Program>,
}

impl Window {
    /// Draws the wizard of this program. Tall enough for the longest page, so that nothing is out of sight.
    pub fn of(program: Program) -> Self {
        let mut page = None;
        let draw = move |ui: &mut egui::Ui, program: &mut Program| {
            let now = program.wizard.as_ref().map(Wizard::page);
            if page != now {
                page = now;
                focus::ask_on_page(ui.ctx());
            }
            if program.wizard.is_some() {
                crate::ui::wizard::show(ui, program);
            }
            dialog::end_of_frame(&ui.ctx().clone());
        };
        let harness = Harness::builder()
            .with_size(egui::vec2(1100.0, 1800.0))
            .with_context_setup(theme::install)
            .build_ui_state(draw, program);
        let mut window = Self { harness };
        window.steps();
        window
    }

    pub fn program(&mut self) -> &mut Program {
        self.harness.state_mut()
    }

    pub fn wizard(&mut self) -> &mut Wizard {
        self.program().wizard.as_mut().unwrap()
    }

    /// A few frames: what was clicked or typed has arrived after them.
    pub fn steps(&mut self) {
        self.harness.run_steps(3);
    }

    pub fn has(&self, role: Role, label: &str) -> bool {
        self.harness.query_all_by_role_and_label(role, label).next().is_some()
    }

    pub fn says(&self, words: &str) -> bool {
        self.screen().contains(words)
    }

    #[track_caller]
    pub fn must_say(&self, words: &str) {
        assert!(self.says(words), "nothing says \"{words}\"\n{}", self.screen());
    }

    #[track_caller]
    pub fn must_not_say(&self, words: &str) {
        assert!(!self.says(words), "something says \"{words}\"\n{}", self.screen());
    }

    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.click_role(Role::Button, label);
    }

    #[track_caller]
    pub fn click_role(&mut self, role: Role, label: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.harness.get_by_role_and_label(role, label).click();
        self.steps();
    }

    /// Whether the button of this name can be pressed.
    pub fn can(&self, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(Role::Button, label)
            .any(|node| !node.accesskit_node().is_disabled())
    }

    /// What the field or choice of this name shows.
    #[track_caller]
    pub fn value(&self, role: Role, label: &str) -> String {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.harness
            .get_by_role_and_label(role, label)
            .value()
            .unwrap_or_default()
    }

    /// Types into whatever has the focus.
    pub fn write(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.steps();
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.steps();
    }

    #[track_caller]
    pub fn focus(&mut self, role: Role, label: &str) {
        assert!(self.has(role, label), "no {role:?} \"{label}\"\n{}", self.screen());
        self.harness.get_by_role_and_label(role, label).focus();
        self.steps();
    }

    /// Whether the focus is in a list: a screen reader is told the row that it is on.
    pub fn is_in_list(&self) -> bool {
        let rows = self.harness.query_all_by_role(Role::ListBoxOption);
        rows.into_iter().any(|row| row.is_focused())
    }

    pub fn has_focus(&self, role: Role, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(role, label)
            .any(|node| node.accesskit_node().is_focused())
    }

    /// What was copied to the clipboard in the last frame that copied something.
    pub fn copied(&self) -> Option<String> {
        let commands = &self.harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Everything on the screen, a line each: role, label, value, description.
    pub fn screen(&self) -> String {
        let mut lines = String::new();
        let mut waiting = vec![self.harness.root()];
        while let Some(node) = waiting.pop() {
            let inner = node.accesskit_node();
            let texts = [inner.label(), inner.value(), inner.description()];
            let mut texts: Vec<String> = texts.into_iter().flatten().collect();
            texts.dedup(); // a label's name is its value
            if !texts.is_empty() && inner.role() != Role::TextRun {
                let on = if inner.toggled() == Some(Toggled::True) {
                    " (on)"
                } else {
                    ""
                };
                lines.push_str(&format!("{:?} {}{on}\n", inner.role(), texts.join(" | ")));
            }
            let children: Vec<_> = node.children().collect();
            waiting.extend(children.into_iter().rev());
        }
        lines
    }
}
