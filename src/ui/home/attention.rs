//! What needs attention, in words, each with its buttons. The list shows in the same order.

use egui::Ui;

use super::{Wish, words};
use crate::flow::Program;
use crate::flow::asker::{Errand, ErrandKind};
use crate::flow::effect::Reminder;
use crate::model::expiry::{SnoozeTime, Threshold};
use crate::model::report::{ConnectionOverview, LastRun};
use crate::model::{ConnectionName, ConnectionState, Failure, Problem};
use crate::text::{expiry, renewal};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{choice, focus, message};

/// What is to be looked at, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The key has expired: by the date that was typed, or because Azure says so.
    KeyExpired,
    /// The last publication has failed, for another reason.
    Failed,
    /// It was not finished.
    NotFinished,
    /// Its removal was not finished.
    BeingRemoved,
    /// A new key was begun to be put into use, and the end of that is not known.
    RenewalBegun,
    /// The key expires soon, and nobody has snoozed that.
    KeyExpires,
    /// The last publication has failed for its key, and there is a new one since.
    KeyRenewed,
    /// The last publication has failed, and the connection was moved since.
    Moved,
}

/// All that is to be looked at on one connection, the worst first.
fn of(program: &Program, overview: &ConnectionOverview) -> Vec<What> {
    match overview.connection.state {
        ConnectionState::Connecting => vec![What::NotFinished],
        ConnectionState::Removing => vec![What::BeingRemoved],
        ConnectionState::Ready => key(program, overview)
            .into_iter()
            .chain(renewal_begun(program, overview))
            .chain(last_run(program, overview))
            .collect(),
    }
}

fn key(program: &Program, overview: &ConnectionOverview) -> Option<What> {
    let key = overview.key(program.now());
    key.warning().map(|threshold| match threshold {
        Threshold::Expired => What::KeyExpired,
        _ => What::KeyExpires,
    })
}

fn renewal_begun(program: &Program, overview: &ConnectionOverview) -> Option<What> {
    let name = &overview.connection.setup.name;
    let is_ours = |errand: &Errand| errand.kind == ErrandKind::UpdateSecret && errand.name == *name;
    let known = program.asker.under_way().any(is_ours);
    overview.renewal_begun.filter(|_| !known).map(|_| What::RenewalBegun)
}

fn last_run(program: &Program, overview: &ConnectionOverview) -> Option<What> {
    let (run, problem) = failure(overview)?;
    if program.home.publication(&overview.connection.setup.name).is_some() {
        return None; // the next one is under way already
    }
    match problem {
        Problem::Cancelled { .. } => None, // somebody wanted that
        _ if run.moved_since => Some(What::Moved),
        problem if is_about_key(problem) && run.renewed_since => Some(What::KeyRenewed),
        Problem::SecretExpired if key_expired(program, overview) => None, // said already
        _ => Some(What::Failed),
    }
}

fn failure(overview: &ConnectionOverview) -> Option<(&LastRun, &Problem)> {
    let run = overview.last_run.as_ref()?;
    run.problem.as_ref().map(|problem| (run, problem))
}

/// Whether another site answers than the connection's, which it may move to.
const fn is_about_site(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::HierarchyChanged { .. } | Problem::SiteChanged { .. } | Problem::SiteReplaced { .. }
    )
}

const fn is_about_key(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::SecretExpired | Problem::SecretWrong { .. } | Problem::SecretLost { .. }
    )
}

/// Whether the key of a connection needs to be replaced before anything else works.
pub(super) fn key_expired(program: &Program, overview: &ConnectionOverview) -> bool {
    overview.key(program.now()).is_expired()
}

/// When a key expires, in words.
pub(super) fn key_in_short(program: &Program, overview: &ConnectionOverview) -> String {
    expiry::in_list(&overview.key(program.now()))
}

/// The same with the date.
pub(in crate::ui) fn key_words(program: &Program, overview: &ConnectionOverview) -> String {
    expiry::with_date(&overview.key(program.now()))
}

/// The connections in the order in which they are shown: what needs attention first, the worst at the top, else by name.
pub(super) fn order(program: &Program) -> Vec<&ConnectionOverview> {
    let mut order: Vec<&ConnectionOverview> = program.home.list().iter().collect();
    order.sort_by_cached_key(|overview| {
        let worst = of(program, overview).into_iter().min();
        (worst.is_none(), worst, overview.connection.setup.name.key())
    });
    order
}

/// All banners.
pub(super) fn banners(ui: &mut Ui, program: &Program, order: &[&ConnectionOverview]) -> Option<Wish> {
    let mut wish = None;
    for overview in order {
        for what in of(program, overview) {
            let name = (overview.connection.id.to_string(), what as u8);
            wish = focus::steady(ui, name, |ui| banner(ui, program, overview, what)).or(wish);
        }
    }
    wish
}

fn banner(ui: &mut Ui, program: &Program, overview: &ConnectionOverview, what: What) -> Option<Wish> {
    let kind = match what {
        What::KeyExpires if overview.key(program.now()).threshold == Some(Threshold::SixtyDays) => message::Kind::Info,
        What::KeyExpired | What::Failed => message::Kind::Bad,
        What::NotFinished | What::BeingRemoved | What::RenewalBegun | What::KeyExpires => message::Kind::Caution,
        What::KeyRenewed | What::Moved => message::Kind::Info,
    };
    let mut wish = None;
    message::framed(ui, kind, &sentence(program, overview, what), |ui| {
        ui.set_min_width(ui.available_width()); // one width for all
        ui.horizontal(|ui| {
            wish = buttons(ui, program, overview, what);
            if let (What::Failed, Some((_, problem))) = (what, failure(overview)) {
                message::details(ui, &Failure::from(problem.clone()));
            }
        });
    });
    wish
}

fn sentence(program: &Program, overview: &ConnectionOverview, what: What) -> String {
    let setup = &overview.connection.setup;
    let name = &setup.name;
    match what {
        What::KeyExpired | What::KeyExpires => expiry::sentence(name, &overview.key(program.now())),
        What::RenewalBegun => overview
            .renewal_begun
            .map(|begun| renewal::end_not_known(name, begun, &overview.key(program.now())))
            .unwrap_or_default(),
        What::KeyRenewed => words::key_renewed_since(name),
        What::Moved => words::moved_since(name),
        What::NotFinished => words::not_finished(name),
        What::BeingRemoved => words::being_removed(name),
        What::Failed => failure(overview)
            .map(|(run, problem)| words::failed(name, run.ended.unwrap_or(run.started), problem))
            .unwrap_or_default(),
    }
}

fn buttons(ui: &mut Ui, program: &Program, overview: &ConnectionOverview, what: What) -> Option<Wish> {
    let name = &overview.connection.setup.name;
    let busy = program.home.publication(name).map(|_| words::BEING_PUBLISHED);
    let mut pressed = |words, why_not| button::enabled(ui, Kind::Plain, words, why_not).clicked();
    let is = |about: fn(&Problem) -> bool| failure(overview).is_some_and(|(_, problem)| about(problem));
    match what {
        What::KeyExpired | What::RenewalBegun => {
            pressed(words::UPDATE_SECRET, busy).then(|| Wish::UpdateSecret(name.clone()))
        }
        What::KeyExpires => {
            let update = pressed(words::UPDATE_SECRET, busy).then(|| Wish::UpdateSecret(name.clone()));
            update.or_else(|| snooze(ui, name))
        }
        What::Failed if is(is_about_site) => pressed(words::MOVE, busy).then(|| Wish::Move(name.clone())),
        What::Failed if is(is_about_key) => {
            pressed(words::UPDATE_SECRET, busy).then(|| Wish::UpdateSecret(name.clone()))
        }
        What::Failed | What::KeyRenewed | What::Moved => {
            pressed(words::PUBLISH, busy).then(|| Wish::Publish(name.clone()))
        }
        What::BeingRemoved => pressed(words::GO_ON_REMOVING, None).then(|| Wish::Delete(name.clone())),
        What::NotFinished => {
            let go_on = pressed(words::GO_ON, None);
            let take_away = pressed(words::TAKE_AWAY, None);
            match (go_on, take_away) {
                (true, _) => Some(Wish::Finish(name.clone())),
                (_, true) => Some(Wish::Delete(name.clone())),
                _ => None,
            }
        }
    }
}

/// The choice for how long the warning is put away.
fn snooze(ui: &mut Ui, name: &ConnectionName) -> Option<Wish> {
    let times = SnoozeTime::ALL.map(|time| (time, expiry::snooze_time(time).to_owned()));
    let time = choice::menu(ui, expiry::SNOOZE, &times)?;
    Some(Wish::Remind(name.clone(), Reminder::Snooze(time)))
}
