//! *Update secret key*: the dialog.

use chrono::{Days, NaiveDate};
use egui::{Context, Key, Response, Ui};

use super::home;
use super::sign_in::SignIn;
use super::theme::{size, space};
use super::widgets::button::{self, Kind};
use super::widgets::{busy, dialog, focus, form, label, message, secret_field, tick};
use crate::flow::Program;
use crate::flow::program::Dialog;
use crate::flow::renewal::{Renewal, Stage};
use crate::model::app_document::AppDocument;
use crate::model::renewal::Renewed;
use crate::model::{AppRegistration, Failure, Invalid, SecretExpiry, Setup, Warning};
use crate::text::{administrator, renewal as words, window};

/// What an administrator signs in for here.
const SIGN_IN: SignIn = SignIn {
    intro: words::SIGN_IN_INTRO,
    signed_in: words::made_by,
};

/// What a person asks for.
#[derive(Clone, Copy)]
enum Wish {
    Update,
    Create,
    SignIn,
    LeaveSignIn,
    Close,
}

/// Draws it.
pub fn show(ctx: &Context, program: &mut Program) {
    let today = program.today();
    let present = present_key(program);
    let Program {
        dialog: Some(Dialog::Renewal(renewal)),
        home,
        asker,
        ..
    } = program
    else {
        return;
    };
    let setup = home.find(&renewal.name).map(|found| &found.connection.setup);
    focus::follow_stage(ctx, stage_name(renewal));
    let (wish, close) = match setup.filter(|_| renewal.signs_in) {
        Some(setup) => dialog::dialog(ctx, administrator::SIGN_IN_TITLE, |ui| {
            let done = SIGN_IN.content(ui, &mut renewal.administrator, setup.tenant(), asker);
            done.then_some(Wish::LeaveSignIn)
        }),
        None => dialog::dialog(ctx, words::TITLE, |ui| content(ui, renewal, setup, &present, today)),
    };
    match wish {
        Some(Wish::SignIn) => renewal.signs_in = true,
        Some(Wish::LeaveSignIn) => renewal.leave_sign_in(asker),
        Some(Wish::Update) => renewal.update(asker),
        Some(Wish::Create) => renewal.create(asker),
        Some(Wish::Close) => program.close_dialog(),
        None if close => program.close_dialog(),
        None => {}
    }
}

/// When the key in use expires; where Azure has called it expired, that counts.
fn present_key(program: &Program) -> String {
    let Some(Dialog::Renewal(renewal)) = &program.dialog else {
        return String::new();
    };
    program.home.find(&renewal.name).map_or_else(
        || renewal.present_expiry.to_string(),
        |found| home::key_words(program, found),
    )
}

fn stage_name(renewal: &Renewal) -> &'static str {
    match renewal.stage() {
        _ if renewal.signs_in => "signing in",
        Stage::Typing => "typing",
        Stage::Running { .. } => "running",
        Stage::Failed(_) => "failed",
        Stage::Done(_) => "done",
    }
}

fn content(ui: &mut Ui, renewal: &mut Renewal, setup: Option<&Setup>, present: &str, today: NaiveDate) -> Option<Wish> {
    let app = setup.map(|setup| &setup.app);
    if let Stage::Done(renewed) = renewal.stage() {
        return done(ui, renewed);
    }
    facts(ui, renewal, app, present);
    let running = renewal.is_running();
    let unfit = ui.add_enabled_ui(!running, |ui| fields(ui, renewal, app, today)).inner;
    ui.add_space(space::S);
    match renewal.stage() {
        Stage::Running { progress, stopping, .. } => {
            busy::command(ui, words::STARTING, progress.as_ref(), *stopping).then_some(Wish::Close)
        }
        stage => {
            if let Stage::Failed(failure) = stage {
                failed(ui, failure);
            }
            let why_not = why_not(renewal, unfit.mistake.is_some());
            let no_date = renewal
                .expiry
                .parse::<SecretExpiry>()
                .is_err()
                .then_some(words::NO_DATE);
            let person = setup.and_then(|setup| renewal.administrator.person(setup.tenant()));
            if let Some(person) = person {
                message::message(ui, message::Kind::Info, &words::made_by(&person.name));
            }
            let explains = !matches!(renewal.stage(), Stage::Failed(_)); // there the failure says what to do
            let wish = focus::steady(ui, words::UPDATE, |ui| {
                buttons(ui, why_not).or_else(|| instead(ui, no_date, explains))
            });
            wish.or(unfit.entered)
        }
    }
}

/// What to compare with the ticket.
fn facts(ui: &mut Ui, renewal: &Renewal, app: Option<&AppRegistration>, present: &str) {
    label::weak(ui, words::COMPARE);
    let mut facts = vec![(words::CONNECTION, renewal.name.to_string())];
    if let Some(app) = app {
        facts.push((words::APPLICATION_NAME, app.application_name.as_str().to_owned()));
        facts.push((words::CLIENT_ID, app.client_id.to_string()));
    }
    facts.push((words::PRESENT_KEY, present.to_owned()));
    label::facts(ui, words::TITLE, facts);
    ui.add_space(space::S);
}

/// What the fields came to.
struct Fields {
    /// What is wrong with a pasted document.
    mistake: Option<Invalid>,
    /// Enter was pressed in one of them.
    entered: Option<Wish>,
}

fn fields(ui: &mut Ui, renewal: &mut Renewal, app: Option<&AppRegistration>, today: NaiveDate) -> Fields {
    let secret = secret_field(ui, renewal, app);
    let mistake = take_document(renewal, app);
    looks_like_id(ui, renewal);
    ui.add_space(space::S);
    let date = focus::steady(ui, words::EXPIRES, |ui| date_field(ui, renewal, today));
    with_others(ui, renewal);
    let enter = [&secret, &date].into_iter().find(|field| entered(ui, field));
    if let Some(field) = enter
        && why_not(renewal, mistake.is_some()).is_some()
    {
        field.request_focus();
    }
    Fields {
        entered: enter.filter(|_| mistake.is_none()).map(|_| Wish::Update),
        mistake,
    }
}

/// Whether the other connections of the app get the key, too; nothing where there are none.
fn with_others(ui: &mut Ui, renewal: &mut Renewal) {
    if !renewal.others.is_empty() {
        ui.add_space(space::S);
        let name = words::with_others(&renewal.others);
        tick::tick(ui, &name, &mut renewal.with_others, words::WITH_OTHERS_HINT);
    }
}

fn entered(ui: &Ui, field: &Response) -> bool {
    field.enabled() && field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn secret_field(ui: &mut Ui, renewal: &mut Renewal, app: Option<&AppRegistration>) -> Response {
    let document = document_mistake(renewal, app);
    let mut settled = renewal.secret_settled || document.is_some();
    let mistake = document.or_else(|| renewal.secret.key().err());
    let field = secret_field::secret(
        ui,
        words::NEW_KEY,
        &mut renewal.secret,
        &mut settled,
        "",
        mistake.as_ref(),
    );
    label::weak(ui, words::NEW_KEY_HINT);
    field
}

/// What is wrong with a document that stands in the field, where one does.
fn document_mistake(renewal: &Renewal, app: Option<&AppRegistration>) -> Option<Invalid> {
    let text = renewal.secret.expose();
    if !AppDocument::is_meant(text) {
        return None;
    }
    match AppDocument::parse(text) {
        Ok(found) if app.is_none_or(|app| app.client_id == found.client_id) => None,
        Ok(found) => Some(words::other_app(found.client_id)),
        Err(invalid) => Some(invalid),
    }
}

/// Where a document of this app was pasted, its secret key takes its place. Answers what is wrong with one that stays.
fn take_document(renewal: &mut Renewal, app: Option<&AppRegistration>) -> Option<Invalid> {
    let mistake = document_mistake(renewal, app);
    if mistake.is_none()
        && AppDocument::is_meant(renewal.secret.expose())
        && let Ok(document) = AppDocument::parse(renewal.secret.expose())
    {
        renewal.secret.clear();
        renewal.secret.insert(document.secret.expose(), 0);
    }
    mistake
}

fn looks_like_id(ui: &mut Ui, renewal: &Renewal) {
    if renewal.secret.key().is_ok_and(|key| key.looks_like_id()) {
        message::warnings(ui, &[Warning::SecretLooksLikeId]);
    }
}

fn date_field(ui: &mut Ui, renewal: &mut Renewal, today: NaiveDate) -> Response {
    let mistake = renewal.expiry.parse::<SecretExpiry>().err();
    let look = form::Look {
        width: size::SHORT_FIELD,
        example: words::EXPIRES_EXAMPLE,
        note: "",
    };
    let field = form::text(ui, words::EXPIRES, &mut renewal.expiry, look, mistake.as_ref());
    ui.horizontal_wrapped(|ui| {
        for (words, days) in words::PERIODS {
            if button::small(ui, words).clicked()
                && let Some(day) = today.checked_add_days(Days::new(days))
            {
                renewal.expiry.text = SecretExpiry::new(day).to_string();
            }
        }
    });
    let typed = renewal.expiry.parse::<SecretExpiry>();
    if typed.is_ok_and(|expiry| expiry.days_left(today) < 0) {
        message::message(ui, message::Kind::Caution, words::DATE_PAST);
    }
    field
}

fn failed(ui: &mut Ui, failure: &Failure) {
    message::failure(ui, failure);
    label::text(ui, words::OLD_STAYS);
}

/// Why it cannot be updated with what stands in the fields.
fn why_not(renewal: &Renewal, unfit: bool) -> Option<&'static str> {
    if renewal.secret.is_blank() {
        Some(words::NO_KEY)
    } else if unfit || renewal.secret.key().is_err() {
        Some(words::KEY_UNFIT)
    } else if renewal.expiry.parse::<SecretExpiry>().is_err() {
        Some(words::NO_DATE)
    } else {
        None
    }
}

fn buttons(ui: &mut Ui, why_not: Option<&str>) -> Option<Wish> {
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let update = button::enabled(ui, Kind::Default, words::UPDATE, why_not).clicked();
        let cancel = button::button(ui, Kind::Plain, window::CANCEL).clicked();
        match (update, cancel) {
            (true, _) => Some(Wish::Update),
            (_, true) => Some(Wish::Close),
            _ => None,
        }
    })
    .inner
}

/// What to do without a key to paste.
fn instead(ui: &mut Ui, no_date: Option<&str>, explains: bool) -> Option<Wish> {
    ui.add_space(space::S);
    if explains {
        label::weak(ui, words::INSTEAD);
    }
    ui.horizontal(|ui| {
        let create = button::enabled(ui, Kind::Plain, words::CREATE, no_date).clicked();
        let sign_in = button::button(ui, Kind::Plain, administrator::SIGN_IN_AS).clicked();
        match (create, sign_in) {
            (true, _) => Some(Wish::Create),
            (_, true) => Some(Wish::SignIn),
            _ => None,
        }
    })
    .inner
}

fn done(ui: &mut Ui, renewed: &Renewed) -> Option<Wish> {
    message::message(ui, message::Kind::Good, &words::done(renewed));
    message::warnings(ui, &renewed.warnings);
    for other in &renewed.others {
        if let Err(failure) = &other.end {
            label::text(ui, &words::other_keeps(&other.name));
            message::failure(ui, failure);
        }
    }
    ui.add_space(space::S);
    let close = ui
        .horizontal(|ui| button::button(ui, Kind::Default, window::CLOSE))
        .inner;
    focus::claim(ui, &close);
    close.clicked().then_some(Wish::Close)
}
