//! *More*: what is seldom wanted, in a menu of its own beside the buttons.

use egui::containers::menu::menu_style;
use egui::{Align, Id, Layout, Popup, PopupKind, Response, SetOpenCommand, Ui};

use super::{Wish, words};
use crate::flow::Program;
use crate::ui::widgets::button::{self, Kind};

/// Something of that menu.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// The list read anew.
    Refresh,
    /// A connection from a file with settings.
    NewFromSettings,
    /// The selected connection's settings into a file.
    SaveSettings,
    /// A report for a ticket.
    Diagnose,
    /// The log in its viewer.
    OpenLog,
}

/// All, in their order.
pub(super) const TOOLS: [Tool; 5] = [
    Tool::Refresh,
    Tool::NewFromSettings,
    Tool::SaveSettings,
    Tool::Diagnose,
    Tool::OpenLog,
];

/// Those that are about one connection: they are in the menu of its row, too.
pub(super) const OF_CONNECTION: [Tool; 2] = [Tool::SaveSettings, Tool::Diagnose];

impl Tool {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Refresh => words::REFRESH,
            Self::NewFromSettings => words::NEW_FROM_SETTINGS,
            Self::SaveSettings => words::SAVE_SETTINGS,
            Self::Diagnose => words::DIAGNOSE,
            Self::OpenLog => words::OPEN_LOG,
        }
    }

    /// Why it is not available now.
    pub(super) fn why_not(self, program: &Program) -> Option<&'static str> {
        match self {
            Self::SaveSettings if program.home.selection().is_none() => Some(words::NOTHING_SELECTED),
            _ => None,
        }
    }

    pub(super) fn wish(self, program: &Program) -> Option<Wish> {
        let selected = program.home.selection().map(|each| each.connection.setup.name.clone());
        match self {
            Self::Refresh => Some(Wish::Refresh),
            Self::NewFromSettings => Some(Wish::NewFromSettings),
            Self::SaveSettings => selected.map(Wish::SaveSettings),
            Self::Diagnose => Some(Wish::Diagnose(selected)),
            Self::OpenLog => Some(Wish::OpenLog),
        }
    }
}

/// The button, and its menu while that is open.
pub(super) fn button(ui: &mut Ui, program: &Program) -> Option<Wish> {
    let button = button::in_toolbar(ui, Kind::Plain, words::MORE, None);
    let id = Id::unique("asw-more-menu");
    let was_open = Popup::is_id_open(ui.ctx(), id);
    let wish = menu(ui, program, &button, id);
    let is_open = Popup::is_id_open(ui.ctx(), id);
    if was_open && !is_open {
        // Before a command opens a dialog: that one gives the focus back to where it finds it.
        button.request_focus();
    }
    ui.ctx()
        .accesskit_node_builder(button.id, |node| node.set_expanded(is_open));
    wish
}

fn menu(ui: &Ui, program: &Program, button: &Response, id: Id) -> Option<Wish> {
    let toggle = button.clicked().then_some(SetOpenCommand::Toggle);
    let popup = Popup::new(id, ui.ctx().clone(), button, ui.layer_id())
        .kind(PopupKind::Menu)
        .layout(Layout::top_down_justified(Align::Min))
        .style(menu_style)
        .accessible_name(words::MORE)
        .open_memory(toggle);
    let opened = button.clicked();
    let shown = popup.show(|ui| {
        let mut wish = None;
        for (at, tool) in TOOLS.into_iter().enumerate() {
            let mut item = button::enabled(ui, Kind::Plain, tool.label(), tool.why_not(program));
            if tool == Tool::Refresh {
                item = item.on_hover_text(words::REFRESH_HINT);
            }
            if opened && at == 0 {
                item.request_focus();
            }
            if item.clicked() {
                wish = tool.wish(program);
            }
        }
        if wish.is_some() {
            ui.close();
        }
        wish
    });
    shown.and_then(|shown| shown.inner)
}
