//! What is published, and where the rule of history stands; and a connection that the workspace carries already.

use egui::Ui;

use crate::flow::Asker;
use crate::flow::effect::{AppAccess, SiteAccess};
use crate::flow::wizard::Place;
use crate::flow::wizard::place::SiteHere;
use crate::model::WorkspaceId;
use crate::model::cost::Cost;
use crate::model::report::FoundConnection;
use crate::text::history as words;
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{label, message, tick};
use crate::ui::wizard::parts;

/// The choice; for history also the resource group of its rule.
pub fn choice(ui: &mut Ui, place: &mut Place, app: &AppAccess, asker: &mut Asker) {
    label::group(ui, words::WHAT);
    for (wanted, name, hint) in [
        (false, words::GROUPS, words::GROUPS_HINT),
        (true, words::BOTH, words::BOTH_HINT),
    ] {
        if tick::radio(ui, name, place.history.wanted == wanted, hint).clicked() {
            place.want_history(wanted, app, asker);
        }
    }
    if let Some(workspace) = place.workspace().cloned().filter(|_| place.history.wanted) {
        ui.add_space(space::S);
        rule_group(ui, place, &workspace, app, asker);
        if !place.chosen.is_empty() {
            let cost = Cost::of(place.chosen.iter().map(|each| each.member_count));
            label::weak(ui, &words::cost(&cost));
        }
    }
}

fn rule_group(ui: &mut Ui, place: &mut Place, workspace: &WorkspaceId, app: &AppAccess, asker: &mut Asker) {
    let look = Look {
        example: words::RULE_GROUP_EXAMPLE,
        note: words::RULE_GROUP_NOTE,
        ..Look::default()
    };
    let mistake = place.history.rule_group(workspace).err();
    let field = form::text(ui, words::RULE_GROUP, &mut place.history.group, look, mistake.as_ref());
    if field.lost_focus() {
        // Not after every letter: half a name is another group.
        place.ask_history(app, asker, false);
    }
}

/// What the workspace carries already, and what can be done with it.
pub fn found(ui: &mut Ui, place: &mut Place, app: &AppAccess, site: (&SiteHere, &SiteAccess), asker: &mut Asker) {
    let offered: Vec<FoundConnection> = place.offered(app, site.0).into_iter().cloned().collect();
    let taken = place.taken_over(app, site.0).map(|each| each.id);
    for (at, each) in offered.iter().enumerate() {
        ui.add_space(space::S);
        ui.push_id(("found", at), |ui| match taken {
            Some(id) if id == each.id => {
                message::framed(ui, message::Kind::Good, &words::taken(each), |ui| {
                    if small(ui, words::MAKE_NEW, words::MAKE_NEW) {
                        place.make_new();
                    }
                });
            }
            None if stands(ui, place, each) => place.take_over(each.id, app, site, asker),
            None => {}
            Some(_) => {}
        });
    }
}

/// One that stands, and that is not taken over. Answers whether it is to be.
fn stands(ui: &mut Ui, place: &mut Place, each: &FoundConnection) -> bool {
    let declined = place.is_declined();
    let (kind, sentence) = if declined {
        (message::Kind::Info, words::left_alone(each))
    } else {
        (message::Kind::Caution, words::found(each))
    };
    let mut take_over = false;
    message::framed(ui, kind, &sentence, |ui| {
        if !declined {
            label::text(ui, words::FOUND_NEXT);
        }
        ui.horizontal(|ui| {
            take_over = small(ui, words::TAKE_OVER, &words::take_over_named(each));
            if !declined && small(ui, words::MAKE_NEW, words::MAKE_NEW) {
                place.make_new();
            }
        });
    });
    take_over
}

fn small(ui: &mut Ui, text: &str, name: &str) -> bool {
    let button = button::button(ui, Kind::Plain, text);
    parts::name_it(ui, &button, name);
    button.clicked()
}
