//! The prerequisites of the original article. A person ticks them; the program ticks what it has seen for itself.

use egui::{Checkbox, Id, Label, RichText, Ui};

use crate::flow::wizard::{Prerequisite, Wizard};
use crate::text::general::{self as words, Line};
use crate::text::window;
use crate::ui::theme::{size, space, tokens};
use crate::ui::widgets::{button, label};
use crate::ui::wizard::parts::name_it;

/// How far what unfolds stands from the left.
const INDENT: f32 = 28.0;

/// Draws the list.
pub fn show(ui: &mut Ui, wizard: &mut Wizard) {
    label::group(ui, words::BEFORE);
    for (at, what) in Prerequisite::ALL.into_iter().enumerate() {
        let seen = seen(wizard, what);
        row(ui, what, wizard.general.ticks.get_mut(at), seen.as_deref());
    }
    no_longer_needed(ui);
}

/// What the program has seen for itself about a prerequisite, in words.
fn seen(wizard: &Wizard, what: Prerequisite) -> Option<String> {
    match what {
        Prerequisite::AppRegistered | Prerequisite::SecretAtHand => {
            wizard.app.is_verified().then(|| words::APP_SEEN.to_owned())
        }
        Prerequisite::AppIsContributor => rights_are_fine(wizard).then(|| words::RIGHTS_SEEN.to_owned()),
        Prerequisite::TopTierSite => wizard.general.site().map(|site| words::site_seen(&site.identity)),
    }
}

fn rights_are_fine(wizard: &Wizard) -> bool {
    let question = wizard.app.access().ok().zip(wizard.place.workspace().cloned());
    question.is_some_and(|question| {
        wizard.place.rights().fresh(&question).is_some() && wizard.place.obstacle(&question.0).is_none()
    })
}

/// One line of the list. Without a `tick` it cannot be ticked by hand.
fn row(ui: &mut Ui, what: Prerequisite, tick: Option<&mut bool>, seen: Option<&str>) {
    let why_not = match (&tick, seen) {
        (_, Some(_)) => Some(words::SEEN_BY_PROGRAM),
        (None, None) => Some(words::SITE_TICKS_ITSELF),
        (Some(_), None) => None,
    };
    let mut ticked = seen.is_some() || tick.as_deref().copied().unwrap_or_default();
    let unfolded = ui
        .horizontal_wrapped(|ui| {
            ui.scope(|ui| tick_box(ui, &mut ticked, words::prerequisite(what), why_not));
            unfold(ui, words::HOW, words::how_name(what))
        })
        .inner;
    if let Some(tick) = tick.filter(|_| why_not.is_none()) {
        *tick = ticked;
    }
    if let Some(seen) = seen {
        indented(ui, |ui| {
            ui.label(RichText::new(seen).color(tokens(ui).good.text).small());
        });
    }
    if unfolded {
        indented(ui, |ui| words::how(what).iter().for_each(|line| show_line(ui, *line)));
    }
}

fn tick_box(ui: &mut Ui, ticked: &mut bool, text: &str, why_not: Option<&str>) {
    ui.visuals_mut().disabled_alpha = 0.85; // it says something, also while it cannot be changed
    let response = ui.add_enabled(why_not.is_none(), Checkbox::new(ticked, text));
    if let Some(why) = why_not {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(why));
        response.on_disabled_hover_text(why);
    }
}

/// A small button that unfolds something, under a name of its own. Answers whether it is unfolded.
fn unfold(ui: &mut Ui, text: &str, name: &str) -> bool {
    let id = Id::unique(("unfolded", name));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or_default();
    let response = button::small(ui, if open { words::HIDE } else { text });
    if response.clicked() {
        open = !open;
        ui.data_mut(|data| data.insert_temp(id, open));
    }
    name_it(ui, &response, name);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_expanded(open));
    open
}

fn indented(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.add_space(INDENT);
        ui.vertical(content);
    });
}

fn show_line(ui: &mut Ui, line: Line) {
    match line {
        Line::Say(words) => {
            label::weak(ui, words);
        }
        Line::Run(command) => show_command(ui, command),
    }
}

/// A command, to be read and copied.
pub fn show_command(ui: &mut Ui, command: &str) {
    ui.scope(|ui| {
        ui.set_max_width(size::TEXT.min(ui.available_width()));
        ui.horizontal_top(|ui| {
            let copy = button::small(ui, window::COPY);
            name_it(ui, &copy, &words::copy_command(command));
            if copy.clicked() {
                ui.ctx().copy_text(command.to_owned());
            }
            ui.add(Label::new(RichText::new(command).monospace()).wrap().selectable(true));
        });
    });
}

fn no_longer_needed(ui: &mut Ui) {
    ui.add_space(space::S);
    let unfolded = ui
        .horizontal_wrapped(|ui| {
            ui.label(RichText::new(words::NO_LONGER_NEEDED).color(tokens(ui).weak));
            unfold(ui, words::WHY, words::WHY_NAME)
        })
        .inner;
    if unfolded {
        indented(ui, |ui| {
            for (what, instead) in words::REPLACED {
                label::text(ui, what);
                label::weak(ui, instead);
            }
        });
    }
}
