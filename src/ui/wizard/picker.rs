//! The dialog that adds device collections. Filter, arrow down into the list, Space, Enter: no mouse needed.

use egui::{Key, Modifiers, RichText, TextEdit, Ui, vec2};

use super::section::section;
use crate::flow::wizard::{Picker, Wizard};
use crate::text::configuration as words;
use crate::text::window::CANCEL;
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::list::{Act, Head, List, Row, list_id};
use crate::ui::widgets::{dialog, focus, label};

/// The width of the dialog: so many columns need more than a question does.
const WIDTH: f32 = 1000.0;

/// The columns, the ones that can be spared at the end. What has no column stands below the list, for the row that the keyboard is
/// on: every column costs at every frame.
const COLUMNS: [Head<'_>; 6] = [
    (words::NAME, None),
    (words::COLLECTION_ID, Some(100.0)),
    (words::FOLDER, Some(150.0)),
    (words::MEMBERS, Some(75.0)),
    (words::LIMITED_TO, Some(150.0)),
    (words::NOTES, Some(110.0)),
];

/// How many columns a list of this width has room for.
fn columns(width: f32) -> usize {
    match width {
        890.0.. => 6,
        700.0.. => 5,
        _ => 4,
    }
}

/// What a person wants of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing yet.
    Stay,
    /// To add what is ticked.
    Add,
    /// To add nothing.
    Cancel,
}

/// Draws it.
pub fn show(ctx: &egui::Context, wizard: &mut Wizard) {
    let Some(picker) = &mut wizard.place.picker else {
        return;
    };
    match ask(ctx, picker) {
        Wish::Add => wizard.place.take_picked(),
        Wish::Cancel => wizard.place.picker = None,
        Wish::Stay => {}
    }
}

/// Draws the dialog of whoever has a picker; answers what is to become of it.
pub fn ask(ctx: &egui::Context, picker: &mut Picker) -> Wish {
    let (wish, close) = dialog::dialog(ctx, words::PICKER, |ui| content(ui, picker));
    match wish {
        Wish::Stay if close => Wish::Cancel,
        wish => wish,
    }
}

fn content(ui: &mut Ui, picker: &mut Picker) -> Wish {
    ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::XL));
    // Whoever takes the key also takes it out of the input, so it is looked for first.
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    let filtered = filter(ui, picker, enter);
    picker.apply_filter();
    let listed = list(ui, picker, enter);
    below(ui, picker);
    let pressed = section(ui, words::PICKER, |ui| buttons(ui, picker));
    [filtered, listed, pressed]
        .into_iter()
        .find(|wish| *wish != Wish::Stay)
        .unwrap_or(Wish::Stay)
}

fn filter(ui: &mut Ui, picker: &mut Picker, enter: bool) -> Wish {
    let name = ui.label(words::FILTER);
    let id = ui.scope_id().with(words::FILTER);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let adds = focused && enter && picker.ticked() > 0;
    if focused && !adds && picker.shown() > 0 && goes_down(ui) {
        let list = list_id(ui, words::SITE_COLLECTIONS);
        ui.memory_mut(|memory| memory.request_focus(list));
    }
    let edit = TextEdit::singleline(&mut picker.filter)
        .id(id)
        .desired_width(f32::INFINITY)
        .hint_text(RichText::new(words::FILTER_EXAMPLE).color(tokens(ui).weak))
        .min_size(vec2(0.0, size::CONTROL))
        .return_key(None);
    let field = ui.add(edit).labelled_by(name.id);
    focus::claim(ui, &field);
    if adds { Wish::Add } else { Wish::Stay }
}

/// Whether the key that leads from the filter into the list was pressed. It is used up: the list must not see it too.
fn goes_down(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        let down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
        input.consume_key(Modifiers::NONE, Key::Enter) || down
    })
}

fn list(ui: &mut Ui, picker: &mut Picker, enter: bool) -> Wish {
    let screen = ui.ctx().content_rect().height();
    let heads = COLUMNS.get(..columns(ui.available_width())).unwrap_or(&COLUMNS);
    let list = List {
        name: words::SITE_COLLECTIONS,
        heads,
        rows: picker.shown(),
        cursor: (picker.shown() > 0).then_some(picker.cursor),
        height: (screen - 360.0).clamp(140.0, 380.0),
    };
    let act = list.show(ui, |at| row(picker, at, heads.len()));
    match act {
        Some(Act::Move(at)) => picker.cursor = at,
        Some(Act::Open(at)) if enter => {
            if picker.ticked() == 0 {
                picker.toggle(at);
            }
            return Wish::Add;
        }
        // The second click of a double click is a click like the first.
        Some(Act::Tick(at) | Act::Open(at)) => {
            picker.cursor = at;
            picker.toggle(at);
        }
        Some(Act::Delete(_)) | None => {}
    }
    Wish::Stay
}

fn row(picker: &Picker, at: usize, columns: usize) -> Row {
    let Some((collection, ticked)) = picker.row(at) else {
        return Row {
            cells: Vec::new(),
            ticked: None,
        };
    };
    let limiting = || collection.limiting.as_ref().map(|each| each.name.clone());
    let mut cells = vec![
        collection.name.clone(),
        collection.id.to_string(),
        collection.path.clone().unwrap_or_default(),
        collection.member_count.to_string(),
    ];
    if columns > 4 {
        cells.push(limiting().unwrap_or_default());
    }
    if columns > 5 {
        cells.push(words::notes(collection));
    }
    Row {
        cells,
        ticked: Some(ticked),
    }
}

/// What there is to say about the list, and the button for all that it shows.
fn below(ui: &mut Ui, picker: &mut Picker) {
    if picker.total() == 0 {
        label::text(ui, words::ALL_CHOSEN);
    } else if picker.shown() == 0 {
        label::text(ui, &words::no_match(&picker.filter, picker.total()));
    } else if let Some((collection, _)) = picker.row(picker.cursor) {
        label::weak(ui, &words::about(collection));
    }
    section(ui, words::SITE_COLLECTIONS, |ui| all_shown(ui, picker));
}

fn all_shown(ui: &mut Ui, picker: &mut Picker) {
    ui.horizontal(|ui| {
        let shown = picker.shown();
        let all = if picker.all_shown_ticked() {
            words::clear_shown(shown)
        } else {
            words::select_shown(shown)
        };
        let nothing = (shown == 0).then_some("");
        if button::enabled(ui, Kind::Plain, &all, nothing).clicked() {
            picker.toggle_shown();
        }
        label::weak(ui, &words::ticked(picker.ticked(), shown, picker.total()));
    });
}

fn buttons(ui: &mut Ui, picker: &Picker) -> Wish {
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        let why_not = (picker.ticked() == 0).then_some(words::NOTHING_TICKED);
        let add = button::enabled(ui, Kind::Default, &words::add(picker.ticked()), why_not);
        let cancel = button::button(ui, Kind::Plain, CANCEL);
        match (add.clicked(), cancel.clicked()) {
            (true, _) => Wish::Add,
            (_, true) => Wish::Cancel,
            _ => Wish::Stay,
        }
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_room_at_every_width() {
        for (width, expected) in [(1000.0, 6), (844.0, 5), (600.0, 4)] {
            let count = columns(width);
            assert_eq!(count, expected, "{width}");
            let fixed: f32 = COLUMNS.iter().take(count).filter_map(|(_, width)| *width).sum();
            // Without the gaps between them.
            assert!(width - fixed - space::M * (count as f32 + 1.0) > 170.0, "{width}");
        }
    }
}
