//! Work under way: what is being done, and Cancel.

use egui::{Align, Layout, Spinner, Ui};

use super::{button, label};
use crate::model::plan::Progress;
use crate::text;
use crate::ui::theme::{size, tokens};

/// A line that says what is being done. With `can_cancel` there is a button beside it; answers whether it was pressed.
pub fn busy(ui: &mut Ui, words: &str, progress: Option<&Progress>, can_cancel: bool) -> bool {
    let line = progress.map_or_else(|| words.to_owned(), text::progress::line);
    let mut cancelled = false;
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        ui.add(Spinner::new().size(size::MARK + 2.0).color(tokens(ui).link));
        ui.vertical(|ui| {
            let beside = if can_cancel { 90.0 } else { 0.0 };
            ui.set_max_width((ui.available_width() - beside).max(120.0));
            ui.add_space(2.0); // in line with the words of the button
            label::text(ui, &line);
        });
        cancelled = can_cancel && button::small(ui, text::window::CANCEL).clicked();
    });
    cancelled
}

/// A command under way: what it does, with Cancel, or that it is being stopped. Answers whether Cancel was pressed.
pub fn command(ui: &mut Ui, starting: &str, progress: Option<&Progress>, is_stopping: bool) -> bool {
    if is_stopping {
        busy(ui, text::home::STOPPING, None, false)
    } else {
        busy(ui, starting, progress, true)
    }
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::widgets::testing::{harness, tree};

    #[test]
    fn it_says_how_far_it_is_and_can_be_cancelled() {
        let mut harness = harness(false, |ui, cancelled| {
            let progress = Progress::ReadingNames { devices: 7 };
            *cancelled |= busy(ui, "Reading", Some(&progress), true);
        });
        assert!(tree(&harness).contains("Reading computer names: 7"));
        harness
            .get_by_role_and_label(Role::Button, text::window::CANCEL)
            .click();
        harness.run_steps(2);
        assert!(*harness.state());
    }

    #[test]
    fn what_is_being_stopped_cannot_be_cancelled_again() {
        let harness = harness((), |ui, ()| {
            command(ui, "Starting", None, true);
        });
        assert!(tree(&harness).contains(text::home::STOPPING));
        assert!(
            harness
                .query_by_role_and_label(Role::Button, text::window::CANCEL)
                .is_none()
        );
    }
}
