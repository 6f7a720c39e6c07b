//! What the changes do in Azure, before they are made.

use egui::{ScrollArea, Ui};

use super::{Wish, directory};
use crate::flow::properties::Properties;
use crate::model::changes::{GroupToCome, HistoryToCome, Preview};
use crate::text::properties as words;
use crate::text::{self, removal};
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::list::{Act, Head, List, Row};
use crate::ui::widgets::{busy, dialog, focus, label, message, tick};
use crate::ui::wizard::snippet::snippet;

/// Rows that a list has room for.
const ROOM: usize = 6;

/// What title, tick and buttons around the preview need, and what is left for it at least.
const AROUND: f32 = 300.0;
const LEAST: f32 = 120.0;

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &mut Properties) -> Option<Wish> {
    label::section(ui, words::PREVIEW);
    ui.add_space(space::S);
    let preview = properties.preview();
    if preview.is_asking() {
        let cancelled = busy::busy(ui, words::LOOKING, preview.progress(), true);
        return cancelled.then_some(Wish::Close);
    }
    if let Some(failure) = preview.failure() {
        message::failure(ui, failure);
    }
    let seen = preview.value().cloned();
    if let Some(seen) = &seen {
        let highest = (ui.ctx().content_rect().height() - AROUND).max(LEAST);
        // The buttons stay in sight.
        ScrollArea::vertical()
            .max_height(highest)
            .min_scrolled_height(highest)
            .show(ui, |ui| {
                ui.set_width(ui.available_width() - space::M);
                come(ui, seen);
                go(ui, seen);
                history(ui, properties, seen);
            });
    }
    ui.add_space(space::S);
    let can_go = seen.as_ref().is_some_and(|seen| seen.obstacle().is_none());
    if properties.changes().call_for_publication() && can_go {
        tick::tick(
            ui,
            words::PUBLISH_AFTERWARDS,
            &mut properties.publishes,
            words::PUBLISH_HINT,
        );
        ui.add_space(space::S);
    }
    let pressed = focus::steady(ui, words::BACK, |ui| buttons(ui, seen.as_deref()));
    pressed.or_else(|| dialog::enter(ui).then(|| default(seen.as_deref())))
}

/// What Enter does: where something is deleted, or nothing can be done, it goes back.
fn default(preview: Option<&Preview>) -> Wish {
    match preview {
        Some(preview) if !preview.takes_away() && preview.obstacle().is_none() => Wish::Go,
        _ => Wish::Close,
    }
}

fn come(ui: &mut Ui, preview: &Preview) {
    let groups = &preview.appear;
    if groups.is_empty() {
        return;
    }
    label::text(ui, &words::appearing(groups.len()));
    let heads = [
        (words::COLLECTION, None),
        (words::COLLECTION_ID, Some(100.0)),
        (words::COMPUTERS, Some(80.0)),
        (words::FUNCTION, Some(230.0)),
    ];
    list(ui, words::APPEARING, &heads, groups.len(), |at| {
        let cells = |group: &GroupToCome| {
            vec![
                group.name.clone(),
                group.id.to_string(),
                group.members.to_string(),
                group.alias.clone(),
            ]
        };
        groups.get(at).map(cells).unwrap_or_default()
    });
    ui.add_space(space::S);
}

fn go(ui: &mut Ui, preview: &Preview) {
    let removal = &preview.removal;
    if preview.removes {
        label::text(ui, &words::going(removal));
    }
    if !removal.groups.is_empty() {
        list(
            ui,
            words::GOING,
            &[(words::FUNCTION, None)],
            removal.groups.len(),
            |at| removal.groups.get(at).cloned().into_iter().collect(),
        );
        if !removal.dependents.is_empty() {
            let caution = removal::dependents(&removal.dependents);
            message::message(ui, message::Kind::Caution, &caution);
        }
        ui.add_space(space::S);
    }
}

fn history(ui: &mut Ui, properties: &Properties, preview: &Preview) {
    let Some(come) = &preview.history else { return };
    label::text(ui, &words::history_to_come(come));
    let HistoryToCome::Made { checks, group } = come else {
        return;
    };
    if preview.obstacle().is_some() {
        let setup = &properties.overview().connection.setup;
        message::framed(ui, message::Kind::Bad, words::HISTORY_REFUSED, |ui| {
            if checks.iter().any(directory::is_refusal) {
                label::text(ui, &text::history::missing(&setup.app, &setup.workspace, group));
                label::text(ui, words::HISTORY_COMMANDS);
                snippet(ui, &crate::text::command::grant_history(&setup.name));
            }
        });
        ui.add_space(space::S);
    }
    directory::list(ui, checks);
}

fn list(ui: &mut Ui, name: &str, heads: &[Head<'_>], rows: usize, cells: impl Fn(usize) -> Vec<String>) {
    let cursor_id = ui.scope_id().with(name);
    let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or(0);
    let list = List {
        name,
        heads,
        rows,
        cursor: Some(cursor.min(rows.saturating_sub(1))),
        height: (rows.clamp(1, ROOM) as f32 + 1.0) * (size::ROW + space::S) + space::S,
    };
    let act = list.show(ui, |at| Row {
        cells: cells(at),
        ticked: None,
    });
    if let Some(Act::Move(at)) = act {
        ui.data_mut(|data| data.insert_temp(cursor_id, at));
    }
}

fn buttons(ui: &mut Ui, preview: Option<&Preview>) -> Option<Wish> {
    let goes = matches!(default(preview), Wish::Go);
    let (go_kind, back_kind) = match preview.is_some_and(Preview::takes_away) {
        true => (Kind::Danger, Kind::Default),
        false if goes => (Kind::Default, Kind::Plain),
        false => (Kind::Plain, Kind::Default),
    };
    let why_not = match preview {
        None => Some(""),
        Some(preview) => preview.obstacle().map(|_| words::HISTORY_REFUSED),
    };
    ui.horizontal(|ui| {
        let go = button::enabled(ui, go_kind, words::go(preview), why_not);
        let back = button::button(ui, back_kind, words::BACK);
        focus::claim(ui, if goes { &go } else { &back });
        match (go.clicked(), back.clicked()) {
            (true, _) => Some(Wish::Go),
            (_, true) => Some(Wish::Close),
            _ => None,
        }
    })
    .inner
}
