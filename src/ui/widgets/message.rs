//! What went wrong and what to do next; what is worth knowing. Each with details and Copy where a ticket needs them.

use egui::accesskit::Role;
use egui::{Align, CornerRadius, Frame, Label, Layout, Margin, RichText, Stroke, Ui};

use super::mark::{self, Mark};
use super::{button, label};
use crate::model::{Failure, Warning};
use crate::text;
use crate::ui::theme::{Shade, Tokens, size, space, tokens};

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It went well.
    Good,
    /// It is worth knowing.
    Info,
    /// It needs attention.
    Caution,
    /// It failed.
    Bad,
}

impl Kind {
    /// Its sign.
    pub fn mark(self) -> Mark {
        match self {
            Self::Good => Mark::Tick,
            Self::Info => Mark::Info,
            Self::Caution => Mark::Attention,
            Self::Bad => Mark::Cross,
        }
    }

    /// Its colours.
    pub fn shade(self, tokens: &Tokens) -> Shade {
        match self {
            Self::Good => tokens.good,
            Self::Info => tokens.info,
            Self::Caution => tokens.caution,
            Self::Bad => tokens.bad,
        }
    }

    /// How screen readers take it: at once, or when there is time.
    pub fn role(self) -> Role {
        if self == Self::Bad { Role::Alert } else { Role::Status }
    }
}

/// A message in place.
pub fn message(ui: &mut Ui, kind: Kind, words: &str) {
    in_frame(ui, kind, |ui| said(ui, kind, words));
}

/// A failure in place: what happened, what to do next, details and Copy.
pub fn failure(ui: &mut Ui, failure: &Failure) {
    let wording = text::problem::in_window(failure.problem());
    framed(ui, Kind::Bad, &wording.sentence, |ui| {
        ui.add(Label::new(&wording.next_step).wrap());
        details(ui, failure);
    });
}

/// Warnings in place, one below the other.
pub fn warnings(ui: &mut Ui, warnings: &[Warning]) {
    for warning in warnings {
        message(ui, Kind::Caution, &text::warning::in_window(warning));
    }
}

/// Details that unfold, and Copy for the whole.
pub fn details(ui: &mut Ui, failure: &Failure) {
    let full = text::problem::for_ticket(failure);
    unfolding(ui, failure.problem().code(), &full, &full);
}

/// The same for any text: `shown` unfolds, `copied` is what Copy copies.
pub fn unfolding(ui: &mut Ui, id: &str, shown: &str, copied: &str) {
    let id = ui.scope_id().with(("details", id));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    ui.horizontal(|ui| {
        let words = if open {
            text::window::HIDE_DETAILS
        } else {
            text::window::DETAILS
        };
        let button = button::small(ui, words);
        if button.clicked() {
            open = !open;
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        ui.ctx()
            .accesskit_node_builder(button.id, |node| node.set_expanded(open));
        button::copy(ui, text::window::COPY, copied);
    });
    if open {
        for_ticket(ui, shown);
    }
}

/// What a ticket needs, to read and to select.
pub fn for_ticket(ui: &mut Ui, full: &str) {
    let text = RichText::new(full.trim_end()).monospace();
    ui.add(Label::new(text).wrap().selectable(true));
}

/// Words with the mark of their kind before them, said to screen readers as they come.
pub fn said(ui: &mut Ui, kind: Kind, words: &str) {
    let t = tokens(ui);
    let shade = kind.shade(t);
    let behind = if ui.visuals().dark_mode { t.page } else { t.field };
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.x = space::S + 2.0;
        ui.spacing_mut().interact_size.y = 0.0;
        ui.vertical(|ui| {
            ui.add_space(2.0);
            mark::mark(ui, kind.mark(), shade.text, behind);
        });
        let response = label::wrapped(ui, RichText::new(words).color(shade.text));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(kind.role());
            node.set_label(words);
        });
    });
}

/// A message with something of its own below the words.
pub fn framed(ui: &mut Ui, kind: Kind, words: &str, more: impl FnOnce(&mut Ui)) {
    in_frame(ui, kind, |ui| {
        said(ui, kind, words);
        let under_the_words = Margin {
            left: (size::MARK + space::S + 2.0) as i8,
            ..Margin::ZERO
        };
        Frame::new().inner_margin(under_the_words).show(ui, more);
    });
}

fn in_frame(ui: &mut Ui, kind: Kind, content: impl FnOnce(&mut Ui)) {
    let shade = kind.shade(tokens(ui));
    let frame = Frame::new()
        .fill(shade.fill)
        .stroke(Stroke::new(1.0, shade.edge))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        let width = size::TEXT.min(ui.available_width());
        ui.set_max_width(width);
        ui.set_min_width(width);
        ui.spacing_mut().item_spacing.y = space::S;
        content(ui);
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::model::Problem;
    use crate::ui::widgets::testing::{copied, harness, tree};

    #[test]
    fn a_failure_is_an_alert_with_its_next_step_details_and_copy() {
        let problem: Failure = Problem::SecretExpired.into();
        let full = text::problem::for_ticket(&problem);
        let wording = text::problem::in_window(problem.problem());
        let mut harness = harness((), move |ui, ()| failure(ui, &problem));
        harness.get_by_role_and_label(Role::Alert, &wording.sentence);
        assert!(tree(&harness).contains(&wording.next_step));
        assert!(!tree(&harness).contains("Code:"));
        harness
            .get_by_role_and_label(Role::Button, text::window::DETAILS)
            .click();
        harness.run_steps(3);
        assert!(tree(&harness).contains("Code:"));
        harness.get_by_role_and_label(Role::Button, text::window::COPY).click();
        harness.step();
        harness.step();
        assert_eq!(copied(&harness), Some(full));
    }

    #[test]
    fn good_news_is_a_status() {
        let harness = harness((), |ui, ()| message(ui, Kind::Good, "Done."));
        harness.get_by_role_and_label(Role::Status, "Done.");
    }

    #[test]
    fn a_long_message_wraps_inside_its_frame() {
        let long = "word ".repeat(200);
        let words = long.clone();
        let harness = harness((), move |ui, ()| message(ui, Kind::Caution, &words));
        let rect = harness.get_by_role_and_label(Role::Status, &long).rect();
        assert!(rect.width() <= size::TEXT && rect.height() > 40.0, "{rect:?}");
    }
}
