//! What needs attention, in words, each with its buttons. The list shows in the same order.

use egui::Ui;

use super::{Wish, words};
use crate::flow::Program;
use crate::flow::notices::News;
use crate::model::report::{ConnectionOverview, LastRun};
use crate::model::{ConnectionState, Failure, Problem};
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::{focus, message};

/// A key that expires within so many days is spoken of.
const SOON: i64 = 30;

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
    /// The key expires soon.
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
            .chain(last_run(program, overview))
            .collect(),
    }
}

fn key(program: &Program, overview: &ConnectionOverview) -> Option<What> {
    let days = overview.connection.setup.app.secret_expiry.days_left(program.today());
    if days < 0 || called_expired(program, overview) {
        Some(What::KeyExpired)
    } else {
        (days <= SOON).then_some(What::KeyExpires)
    }
}

fn last_run(program: &Program, overview: &ConnectionOverview) -> Option<What> {
    let (run, problem) = failure(overview)?;
    if program.home.publication(&overview.connection.setup.name).is_some() {
        return None; // the next one is under way already
    }
    match problem {
        Problem::Cancelled { .. } => None, // somebody wanted that
        _ if run.moved_since => Some(What::Moved),
        problem if is_about_key(problem) && renewed_since(program, overview, run) => Some(What::KeyRenewed),
        Problem::SecretExpired => None, // said already, as an expired key
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

/// Whether Azure has called the key expired, whatever date was typed, and none was put in its place since.
fn called_expired(program: &Program, overview: &ConnectionOverview) -> bool {
    failure(overview)
        .is_some_and(|(run, problem)| *problem == Problem::SecretExpired && !renewed_since(program, overview, run))
}

/// Whether a new key was put into use after that run.
fn renewed_since(program: &Program, overview: &ConnectionOverview, run: &LastRun) -> bool {
    program.notices.list().iter().any(|notice| {
        matches!(&notice.news, News::SecretUpdated(name, ..) if *name == overview.connection.setup.name)
            && notice.at >= run.started
    })
}

/// Whether the key of a connection needs to be replaced before anything else works.
pub(super) fn key_expired(program: &Program, overview: &ConnectionOverview) -> bool {
    key(program, overview) == Some(What::KeyExpired)
}

/// When a key expires, in words.
pub(super) fn key_in_short(program: &Program, overview: &ConnectionOverview) -> String {
    let expiry = overview.connection.setup.app.secret_expiry;
    words::secret_key(expiry, program.today(), called_expired(program, overview))
}

/// The same with the date.
pub(in crate::ui) fn key_words(program: &Program, overview: &ConnectionOverview) -> String {
    let expiry = overview.connection.setup.app.secret_expiry;
    words::secret_key_and_date(expiry, program.today(), called_expired(program, overview))
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
        What::KeyExpired | What::Failed => message::Kind::Bad,
        What::NotFinished | What::BeingRemoved | What::KeyExpires => message::Kind::Caution,
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
    let (name, expiry, today) = (&setup.name, setup.app.secret_expiry, program.today());
    match what {
        What::KeyExpired if expiry.days_left(today) < 0 => words::key_expired(name, expiry),
        What::KeyExpired => words::key_called_expired(name),
        What::KeyExpires => words::key_expires(name, expiry, today),
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
        What::KeyExpired | What::KeyExpires => {
            pressed(words::UPDATE_SECRET, busy).then(|| Wish::UpdateSecret(name.clone()))
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
