//! The page *Confirm*: all that will be made, and nothing else.

use egui::{Ui, vec2};

use super::schedule;
use crate::flow::Asker;
use crate::flow::wizard::{Plan, Wizard};
use crate::model::cost::Cost;
use crate::text::confirm as words;
use crate::text::history;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::list::{List, Row};
use crate::ui::widgets::{label, message};

/// The width of the names of facts.
const NAMES: f32 = 170.0;

/// Draws the page.
pub fn show(ui: &mut Ui, wizard: &mut Wizard, asker: &mut Asker) {
    if let Some(plan) = wizard.plan() {
        label::text(ui, words::INTRO);
        here(ui, &plan);
        site(ui, &plan);
        azure(ui, &plan);
        let collections = plan.place.collections.len();
        schedule::offer(ui, &mut wizard.schedule);
        ui.add_space(space::M);
        label::text(ui, &words::next(collections));
    } else if let Some(page) = wizard.changed_page() {
        message::message(ui, message::Kind::Caution, &words::changed(page));
        ui.add_space(space::S);
        let go = ui
            .horizontal(|ui| button::button(ui, Kind::Default, &words::go_to(page)))
            .inner;
        crate::ui::widgets::focus::claim(ui, &go);
        if go.clicked() {
            wizard.go_back_to(page, asker);
        }
    }
}

fn here(ui: &mut Ui, plan: &Plan<'_>) {
    let description = match plan.service.description.as_str() {
        "" => words::NONE,
        description => description,
    };
    label::group(ui, words::CONNECTION);
    let mut facts = vec![
        (words::NAME, plan.service.name.to_string()),
        (words::DESCRIPTION, description.to_owned()),
        (
            words::KEYRING,
            words::keyring(plan.site.access.password.is_some()).to_owned(),
        ),
        (words::DATA_FOLDER, words::DATA_FOLDER_HOLDS.to_owned()),
    ];
    if !plan.service.import {
        facts.push((words::IMPORT, words::IMPORT_OFF.to_owned()));
    }
    facts_of(ui, words::CONNECTION, facts);
}

fn site(ui: &mut Ui, plan: &Plan<'_>) {
    let (identity, connection) = (&plan.site.identity, &plan.site.access.connection);
    label::group(ui, words::SITE);
    let facts = [
        (words::SITE_NAME, words::named(&identity.name, identity.code.as_str())),
        (words::PROVIDER, connection.provider.to_string()),
        (words::ACCOUNT, words::account(connection).to_owned()),
        (words::CERTIFICATE, words::certificate(connection)),
        (words::MEMBERS, words::members(plan.place.members).to_owned()),
        (words::CHANGED_IN_SITE, words::NOTHING_IN_SITE.to_owned()),
    ];
    facts_of(ui, words::SITE, facts);
}

fn azure(ui: &mut Ui, plan: &Plan<'_>) {
    let (app, workspace) = (&plan.app.app, &plan.place.workspace);
    let adopted = plan.place.adopted.as_ref();
    label::group(ui, words::AZURE);
    let mut facts = vec![
        (words::CLOUD, plan.app.environment.name.clone()),
        (
            words::TENANT,
            words::named(app.tenant_name.as_str(), &app.tenant_id.to_string()),
        ),
        (
            words::APP,
            words::named(app.application_name.as_str(), &app.client_id.to_string()),
        ),
        (words::EXPIRY, app.secret_expiry.to_string()),
        (words::WORKSPACE, workspace.id.name().to_owned()),
        (words::RESOURCE_ID, workspace.id.to_string()),
    ];
    facts.extend(adopted.map(|found| (history::TAKEN_OVER, history::confirm_taken(found))));
    if let Some(kept) = &plan.place.history {
        let by = kept.by.as_ref().map(|person| person.name.as_str());
        let region = workspace.location.as_deref();
        facts.extend(history::made(&kept.rule_group, region, adopted, by));
        let cost = Cost::of(plan.place.collections.iter().map(|each| each.member_count));
        facts.push((history::COST, history::cost(&cost)));
    }
    facts.push((words::WRITTEN, words::written(plan.place.collections.len())));
    facts_of(ui, words::AZURE, facts);
    if !plan.place.collections.is_empty() {
        groups(ui, plan);
        label::weak(ui, words::FUNCTION_NOTE);
    }
    label::text(ui, words::NOTHING_ELSE);
}

/// Facts of one group. The values of all groups stand below each other, close enough to be read in one go.
pub fn facts_of<'a>(ui: &mut Ui, id: &str, facts: impl IntoIterator<Item = (&'a str, String)>) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size = vec2(NAMES, size::CONTROL - space::S);
        label::facts(ui, id, facts);
    });
}

/// One computer group a collection.
fn groups(ui: &mut Ui, plan: &Plan<'_>) {
    let collections = &plan.place.collections;
    let cursor_id = ui.scope_id().with(words::GROUPS);
    let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or(0);
    let list = List {
        name: words::GROUPS,
        heads: &[
            (words::COLLECTION, None),
            (words::COLLECTION_ID, Some(110.0)),
            (words::COMPUTERS, Some(140.0)),
            (words::FUNCTION, Some(230.0)),
        ],
        rows: collections.len(),
        cursor: Some(cursor.min(collections.len().saturating_sub(1))),
        height: (collections.len().clamp(1, 6) as f32 + 1.0) * (size::ROW + space::S) + space::S,
    };
    let act = list.show(ui, |at| {
        let cells = collections.get(at).map(|each| {
            vec![
                each.name.clone(),
                each.id.to_string(),
                words::computers(each.member_count),
                words::function_name(&plan.site.identity.code, &each.id),
            ]
        });
        Row {
            cells: cells.unwrap_or_default(),
            ticked: None,
        }
    });
    if let Some(crate::ui::widgets::list::Act::Move(at)) = act {
        ui.data_mut(|data| data.insert_temp(cursor_id, at));
    }
}
