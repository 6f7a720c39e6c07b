//! What can be done with the selected connection, and why not: in the menu of a row, and the most of it in the toolbar.

use egui::containers::menu::menu_style;
use egui::{Align, Context, Id, Key, Layout, Modifiers, Popup, PopupKind, Pos2, SetOpenCommand, Ui, vec2};

use super::{Wish, attention, more, words};
use crate::flow::Program;
use crate::model::report::ConnectionOverview;
use crate::model::{ConnectionName, ConnectionState};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::focus;

/// A command on a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Properties,
    Publish,
    ViewGroups,
    SearchLogs,
    UpdateSecret,
    Move,
    Delete,
}

const ALL: [Command; 7] = [
    Command::Properties,
    Command::Publish,
    Command::UpdateSecret,
    Command::ViewGroups,
    Command::SearchLogs,
    Command::Move,
    Command::Delete,
];

/// Those that have a button. *Move connection* is seldom wanted: it is in the menu, in *Properties*, and beside what calls for it.
const BUTTONS: [Command; 6] = [
    Command::Properties,
    Command::Publish,
    Command::UpdateSecret,
    Command::ViewGroups,
    Command::SearchLogs,
    Command::Delete,
];

impl Command {
    const fn label(self) -> &'static str {
        match self {
            Self::Properties => words::PROPERTIES,
            Self::Publish => words::PUBLISH,
            Self::ViewGroups => words::VIEW_GROUPS,
            Self::SearchLogs => words::SEARCH_LOGS,
            Self::UpdateSecret => words::UPDATE_SECRET,
            Self::Move => words::MOVE,
            Self::Delete => words::DELETE,
        }
    }

    fn wish(self, name: ConnectionName) -> Wish {
        match self {
            Self::Properties => Wish::Properties(name),
            Self::Publish => Wish::Publish(name),
            Self::ViewGroups => Wish::ViewGroups(name),
            Self::SearchLogs => Wish::SearchLogs(name),
            Self::UpdateSecret => Wish::UpdateSecret(name),
            Self::Move => Wish::Move(name),
            Self::Delete => Wish::Delete(name),
        }
    }

    /// Why it is not available now.
    fn why_not(self, program: &Program) -> Option<&'static str> {
        let Some(selected) = program.home.selection() else {
            return Some(words::NOTHING_SELECTED);
        };
        self.why_not_on(program, selected)
    }

    fn why_not_on(self, program: &Program, overview: &ConnectionOverview) -> Option<&'static str> {
        let connection = &overview.connection;
        match connection.state {
            // Looking disturbs no publication.
            ConnectionState::Ready if matches!(self, Self::Properties | Self::ViewGroups | Self::SearchLogs) => None,
            _ if program.home.publication(&connection.setup.name).is_some() => Some(words::BEING_PUBLISHED),
            ConnectionState::Connecting if self != Self::Delete => Some(words::NOT_FINISHED),
            ConnectionState::Removing if !matches!(self, Self::UpdateSecret | Self::Delete) => {
                Some(words::BEING_REMOVED)
            }
            _ => None,
        }
    }
}

/// What they are called.
pub(super) fn labels() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(Command::label)
}

/// What Enter or a double click on a row does, where there is something that fits.
pub(super) fn fitting(program: &Program, overview: &ConnectionOverview) -> Option<Wish> {
    let name = overview.connection.setup.name.clone();
    let renewable = Command::UpdateSecret.why_not_on(program, overview).is_none();
    match overview.connection.state {
        ConnectionState::Connecting => Some(Wish::Finish(name)),
        ConnectionState::Removing => Some(Wish::Delete(name)),
        ConnectionState::Ready if renewable && attention::key_expired(program, overview) => {
            Some(Wish::UpdateSecret(name))
        }
        ConnectionState::Ready => Some(Wish::Properties(name)),
    }
}

/// What Alt+Enter does on this page, where that is available.
pub(super) fn properties(program: &Program) -> Option<Wish> {
    let selected = program.home.selection()?;
    let available = Command::Properties.why_not_on(program, selected).is_none();
    available.then(|| Wish::Properties(selected.connection.setup.name.clone()))
}

/// What the key Delete does on a row, where that is available.
pub(super) fn delete(program: &Program, overview: &ConnectionOverview) -> Option<Wish> {
    let available = Command::Delete.why_not_on(program, overview).is_none();
    available.then(|| Wish::Delete(overview.connection.setup.name.clone()))
}

/// The row of buttons. While there is no connection, the one that matters.
pub(super) fn toolbar(ui: &mut Ui, program: &Program) -> Option<Wish> {
    let any = !program.home.list().is_empty();
    ui.horizontal_wrapped(|ui| {
        let mut wish = new_button(ui, !any).then_some(Wish::New);
        if any {
            ui.add_space(space::S);
            wish = commands(ui, program).or(wish);
            ui.add_space(space::S);
        }
        more::button(ui, program).or(wish)
    })
    .inner
}

fn new_button(ui: &mut Ui, large: bool) -> bool {
    ui.scope(|ui| {
        if large {
            ui.spacing_mut().button_padding = vec2(space::XL, space::M);
        }
        let new = button::in_toolbar(ui, Kind::Default, words::NEW, None);
        if large {
            focus::claim(ui, &new);
        }
        new.clicked()
    })
    .inner
}

fn commands(ui: &mut Ui, program: &Program) -> Option<Wish> {
    let mut chosen = None;
    for command in BUTTONS {
        let button = button::in_toolbar(ui, Kind::Plain, command.label(), command.why_not(program));
        let button = match command {
            Command::Properties => button.on_hover_text(words::PROPERTIES_HINT),
            _ => button,
        };
        if button.clicked() {
            chosen = program.home.selected.clone().map(|name| command.wish(name));
        }
    }
    chosen
}

fn menu_id() -> Id {
    Id::unique("asw-connection-menu")
}

/// Where the menu stands, where the focus was before, and whether it is still to go to the first command.
#[derive(Clone, Copy)]
struct Open {
    at: Pos2,
    came_from: Option<Id>,
    wants_focus: bool,
}

/// Opens the menu of the selected row here.
pub(super) fn open_menu(ctx: &Context, at: Pos2) {
    let came_from = ctx.memory(|memory| memory.focused());
    let open = Open {
        at,
        came_from,
        wants_focus: true,
    };
    ctx.data_mut(|data| data.insert_temp(menu_id(), open));
    Popup::open_id(ctx, menu_id());
}

/// Whether a key asks for the menu.
pub(super) fn menu_key(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Menu) || input.consume_key(Modifiers::SHIFT, Key::F10))
}

/// The menu of the selected row, while it is open.
pub(super) fn menu(ui: &Ui, program: &Program) -> Option<Wish> {
    let ctx = ui.ctx();
    let mut open: Open = ctx.data(|data| data.get_temp(menu_id()))?;
    let popup = Popup::new(menu_id(), ctx.clone(), open.at, ui.layer_id())
        .kind(PopupKind::Menu)
        .layout(Layout::top_down_justified(Align::Min))
        .style(menu_style)
        .accessible_name(words::ROW_MENU)
        .open_memory(None::<SetOpenCommand>);
    let shown = popup.show(|ui| {
        let wish = menu_items(ui, program, &mut open.wants_focus);
        if wish.is_some() {
            ui.close();
        }
        wish
    });
    if Popup::is_id_open(ctx, menu_id()) {
        ctx.data_mut(|data| data.insert_temp(menu_id(), open));
    } else {
        // Before a command of the menu opens a dialog: that one gives the focus back to where it finds it.
        ctx.data_mut(|data| data.remove::<Open>(menu_id()));
        ctx.memory_mut(|memory| open.came_from.into_iter().for_each(|id| memory.request_focus(id)));
    }
    shown.and_then(|shown| shown.inner)
}

fn menu_items(ui: &mut Ui, program: &Program, wants_focus: &mut bool) -> Option<Wish> {
    let selected = program.home.selection()?;
    let mut wish = None;
    let mut item = |words: &str, why_not: Option<&str>, asked: Option<Wish>| {
        let response = button::enabled(ui, Kind::Plain, words, why_not);
        if *wants_focus && why_not.is_none() && !ui.is_sizing_pass() {
            *wants_focus = false;
            response.request_focus();
        }
        if response.clicked() {
            wish = asked;
        }
    };
    if selected.connection.state == ConnectionState::Connecting {
        item(words::GO_ON, None, fitting(program, selected));
    }
    for command in ALL {
        let name = selected.connection.setup.name.clone();
        item(command.label(), command.why_not(program), Some(command.wish(name)));
    }
    for tool in more::OF_CONNECTION {
        item(tool.label(), tool.why_not(program), tool.wish(program));
    }
    wish
}
