//! Subscription, resource group and workspace, chosen from what the app can see; or a resource ID, typed.

use egui::{Align, Key, Layout, Rect, Ui, UiBuilder, vec2};

use crate::flow::Asker;
use crate::flow::effect::{AppAccess, Visible};
use crate::flow::wizard::Place;
use crate::model::WorkspaceId;
use crate::text;
use crate::text::configuration as words;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{busy, form, label, message};
use crate::ui::wizard::snippet::snippet;

/// The three choices, and why there is nothing to choose where there is nothing.
pub fn show(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    subscription(ui, place, app, asker);
    resource_group(ui, place, app, asker);
    workspace(ui, place, app, asker);
    ui.add_space(space::S);
    if let Some(failure) = place.visible().failure(app) {
        message::failure(ui, failure);
    }
    if let Some(visible) = place.visible().of(app) {
        incomplete(ui, visible);
        if visible.workspaces.is_empty() && place.workspace().is_none() && !place.visible().is_asking(app) {
            nothing_visible(ui, place, app, visible.subscriptions.len());
        }
    }
}

fn subscription(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    let options = place.subscriptions(app);
    let id = place.subscription();
    let listed = options.iter().find(|(each, _)| Some(*each) == id);
    let chosen = listed.map(|(_, name)| name.clone()).or(id.map(|id| id.to_string()));
    let why_not = nothing_to_choose(place, app, options.is_empty());
    let chosen = shown(chosen, why_not);
    if let Some(id) = form::choice(ui, words::SUBSCRIPTION, &chosen, options, why_not) {
        place.choose_subscription(id, app, asker);
    }
}

fn resource_group(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    let options = place.resource_groups(app);
    let key = place.resource_group();
    let listed = options.iter().find(|(each, _)| Some(each.as_str()) == key);
    let typed = place.workspace().map(|id| id.resource_group().to_owned());
    let chosen = listed.map(|(_, name)| name.clone()).or(typed);
    let why_not = nothing_to_choose(place, app, options.is_empty())
        .map(|why| place.subscription().map_or(words::SUBSCRIPTION_FIRST, |_| why));
    let chosen = shown(chosen, why_not);
    if let Some(name) = form::choice(ui, words::RESOURCE_GROUP, &chosen, options, why_not) {
        place.choose_resource_group(&name, app, asker);
    }
}

fn workspace(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    let options = place.workspaces(app);
    let chosen = place.workspace().map(|id| id.name().to_owned());
    let why_not = nothing_to_choose(place, app, options.is_empty())
        .map(|why| place.resource_group().map_or(words::RESOURCE_GROUP_FIRST, |_| why));
    let chosen = shown(chosen, why_not);
    if let Some(id) = form::choice(ui, words::WORKSPACE, &chosen, options, why_not) {
        place.choose_workspace(id, app, asker);
    }
}

/// Why a choice is not available, where it is not.
fn nothing_to_choose(place: &Place, app: &AppAccess, empty: bool) -> Option<&'static str> {
    let why = if place.visible().is_asking(app) {
        words::STILL_ASKING
    } else {
        words::NOTHING_TO_CHOOSE
    };
    empty.then_some(why)
}

/// What the closed choice shows.
fn shown(chosen: Option<String>, why_not: Option<&str>) -> String {
    let nothing = if why_not.is_none() { words::CHOOSE } else { "" };
    chosen.unwrap_or_else(|| nothing.to_owned())
}

/// Lists that could not be read in full.
fn incomplete(ui: &mut Ui, visible: &Visible) {
    if visible.incomplete.is_empty() {
        return;
    }
    message::framed(ui, message::Kind::Caution, words::INCOMPLETE, |ui| {
        for (at, failure) in visible.incomplete.iter().enumerate() {
            ui.push_id(at, |ui| {
                label::text(ui, &text::problem::wording(failure.problem()).sentence);
                message::details(ui, failure);
            });
        }
    });
}

/// The app is right but has no role anywhere: who must do what.
fn nothing_visible(ui: &mut Ui, place: &Place, app: &AppAccess, subscriptions: usize) {
    let why = words::nothing_visible(subscriptions);
    let typed = place.resource_id.parse::<WorkspaceId>().ok();
    message::framed(ui, message::Kind::Caution, &why, |ui| {
        super::rights::how_to_grant(ui, app);
        // There is no workspace yet that the dialog with commands could be about.
        label::text(ui, words::OR_COMMAND);
        snippet(ui, &words::grant_command(&app.app, typed.as_ref()));
    });
}

/// Asks again; or, while Azure is asked, says so and can cancel.
pub fn check_again(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    let lists = place.visible().is_asking(app);
    let rights = place.rights().remote().is_asking();
    ui.add_space(space::S);
    if lists || rights {
        let (what, progress) = if lists {
            (words::ASKING_WORKSPACES, place.visible().remote().progress())
        } else {
            (words::ASKING_RIGHTS, place.rights().remote().progress())
        };
        if busy::busy(ui, what, progress, true) {
            place.stop(asker);
        }
        return;
    }
    if place.visible().is_new(app) {
        label::text(ui, words::NOT_ASKED);
    }
    let again = ui
        .horizontal(|ui| button::button(ui, Kind::Plain, words::CHECK_AGAIN))
        .inner;
    if again.clicked() {
        place.check_again(app, asker);
    }
}

/// The way for a workspace that no list shows.
pub fn typed(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    ui.add_space(space::S);
    let mistake = place.resource_id.mistake::<WorkspaceId>();
    let look = form::Look {
        example: words::RESOURCE_ID_EXAMPLE,
        note: words::RESOURCE_ID_NOTE,
        ..form::Look::default()
    };
    let field = form::text(ui, words::RESOURCE_ID, &mut place.resource_id, look, mistake.as_ref());
    // Beside the field itself, whatever stands above and below it.
    let beside = Rect::from_min_size(
        field.rect.right_top() + vec2(space::S, 0.0),
        vec2(size::BUTTON, size::CONTROL),
    );
    let mut beside = ui.new_child(
        UiBuilder::new()
            .max_rect(beside)
            .layout(Layout::left_to_right(Align::Center)),
    );
    let pressed = button::button(&mut beside, Kind::Plain, words::USE).clicked();
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if pressed || (entered && !place.resource_id.is_blank()) {
        // A mistake is shown below the field from the next frame on.
        place.choose_typed(app, asker).ok();
        ui.ctx().request_repaint();
    }
}
