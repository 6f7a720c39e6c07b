//! The program's rules: what covers what, no end is lost, and how the window closes.

use super::*;
use crate::flow::notices::Level;
use crate::flow::testing::{Desk, created, name, not_allowed, overview, renewed, report, setup, stopped, unfinished};
use crate::flow::wizard::{Page, Question};
use crate::flow::{Command, Query, SecretText, Shell, Tickets, renewal};
use crate::model::ConnectionState::{Connecting, Ready};
use crate::model::removal::RemovalInventory;
use crate::model::report::{Outcome as Published, Standing};

/// A program, with the test as its window and backend.
struct Window {
    program: Program,
    queries: Vec<(Ticket, Query)>,
    commands: Vec<(RunId, Command)>,
    stops: Vec<RunId>,
    closed: usize,
}

impl Window {
    fn opening() -> Self {
        let program = Program::new(crate::flow::testing::environments(), now());
        let mut window = Self {
            program,
            queries: Vec::new(),
            commands: Vec::new(),
            stops: Vec::new(),
            closed: 0,
        };
        window.frame();
        window
    }

    fn with(list: &[(&str, ConnectionState)]) -> Self {
        let mut window = Self::opening();
        window.read(list);
        window
    }

    fn read(&mut self, list: &[(&str, ConnectionState)]) {
        let list = list.iter().map(|(called, state)| overview(called, *state)).collect();
        self.answer_list(Ok(list));
    }

    fn answer_list(&mut self, list: Result<Vec<ConnectionOverview>>) {
        let ticket = self.program.home.connections.pending().unwrap();
        self.on(Event::Answer(ticket, Answer::Connections(list)));
    }

    fn frame(&mut self) {
        for effect in self.program.effects() {
            match effect {
                Effect::Query(ticket, query) => self.queries.push((ticket, query)),
                Effect::Abandon(gone) => self.queries.retain(|(ticket, _)| *ticket != gone),
                Effect::Command(run, command) => self.commands.push((run, command)),
                Effect::Stop(run) => self.stops.push(run),
                Effect::Shell(Shell::Close) => self.closed += 1,
                Effect::Shell(Shell::PickFile(_) | Shell::Notify(_)) => {}
            }
        }
    }

    fn on(&mut self, event: Event) {
        self.program.on(event);
        self.frame();
    }

    fn ended(&mut self, run: RunId, outcome: Outcome) {
        self.on(Event::Ended(run, outcome));
    }

    /// The person presses the window's own button. Answers whether it closes at once.
    fn close(&mut self) -> bool {
        let closes = self.program.close_requested();
        self.frame();
        closes
    }

    /// The newest command.
    fn run(&self) -> RunId {
        self.commands.last().unwrap().0
    }

    fn publish(&mut self, called: &str) -> RunId {
        self.program.home.publish(&name(called), &mut self.program.asker);
        self.frame();
        self.run()
    }

    /// *Update secret key* under way.
    fn renew(&mut self, called: &str) -> RunId {
        self.program.update_secret(&name(called));
        let Some(Dialog::Renewal(renewal)) = &mut self.program.dialog else {
            panic!("not opened");
        };
        renewal.secret = SecretText::holding("new~key");
        renewal.expiry.text = "2027-01-01".into();
        renewal.update(&mut self.program.asker);
        self.frame();
        self.run()
    }

    /// *Delete* under way.
    fn remove(&mut self, called: &str) -> RunId {
        self.program.delete(&name(called));
        let Some(Dialog::Removal(removal)) = &mut self.program.dialog else {
            panic!("not opened");
        };
        removal.remove(&mut self.program.asker);
        self.frame();
        self.run()
    }

    /// A wizard whose creation is under way.
    fn make(&mut self) -> RunId {
        let Desk {
            wizard,
            asker,
            commands,
            ..
        } = Desk::at(Page::Progress);
        self.program.wizard = Some(wizard);
        // Its command came over another asker; this one takes it over, names and all.
        self.program.asker = asker;
        self.commands.extend(commands);
        self.run()
    }

    fn wizard(&mut self) -> &mut Wizard {
        self.program.wizard.as_mut().unwrap()
    }

    fn question(&self) -> Option<Question> {
        self.program.wizard.as_ref().and_then(|wizard| wizard.question)
    }

    fn confirm(&mut self) {
        let Program { wizard, asker, .. } = &mut self.program;
        wizard.as_mut().unwrap().confirm(asker);
        self.frame();
    }

    fn news(&self) -> Vec<&News> {
        self.program.notices.list().iter().map(|each| &each.news).collect()
    }

    fn asks_to_quit(&self) -> bool {
        matches!(self.program.dialog, Some(Dialog::Quit))
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn published(outcome: Published) -> Outcome {
    Outcome::Published(Ok(report(outcome)))
}

fn made(called: &str) -> Outcome {
    Outcome::Created(Ok(Box::new(created(setup(called)))))
}

fn not_made(standing: Standing) -> Outcome {
    Outcome::Created(Err(unfinished(standing)))
}

// ---- what covers what ----

#[test]
fn a_wizard_is_not_replaced_and_nothing_opens_over_it() {
    let mut window = Window::with(&[("A", Ready), ("B", Connecting)]);
    window.program.new_connection();
    window.wizard().service.description = "typed".into();
    window.program.new_connection();
    window.program.finish(&name("B"));
    window.program.update_secret(&name("A"));
    window.program.delete(&name("A"));
    window.frame();
    assert_eq!(window.wizard().service.description, "typed");
    assert!(window.program.dialog.is_none() && window.commands.is_empty());
}

#[test]
fn a_dialog_that_runs_is_not_replaced_and_not_covered() {
    for renews in [true, false] {
        let mut window = Window::with(&[("A", Ready), ("B", Connecting)]);
        let run = if renews { window.renew("A") } else { window.remove("A") };
        window.program.update_secret(&name("A"));
        window.program.delete(&name("A"));
        window.program.new_connection();
        window.program.finish(&name("B"));
        window.frame();
        assert!(window.program.is_dialog_running() && window.program.wizard.is_none());
        assert_eq!((window.commands.len(), window.run()), (1, run));
    }
}

#[test]
fn a_dialog_that_does_not_run_gives_way_and_waits_for_nobody() {
    let mut window = Window::with(&[("A", Ready)]);
    window.program.delete(&name("A"));
    window.frame();
    assert!(
        window
            .queries
            .iter()
            .any(|(_, query)| matches!(query, Query::Inventory(_)))
    );
    window.program.update_secret(&name("A"));
    window.frame();
    assert!(matches!(window.program.dialog, Some(Dialog::Renewal(_))));
    assert!(
        window
            .queries
            .iter()
            .all(|(_, query)| !matches!(query, Query::Inventory(_)))
    );
    window.program.new_connection();
    assert!(window.program.dialog.is_none() && window.program.wizard.is_some());
}

#[test]
fn only_what_was_not_finished_can_be_finished() {
    let mut window = Window::with(&[("A", Ready), ("B", Connecting)]);
    window.program.finish(&name("A"));
    window.program.finish(&name("C"));
    assert!(window.program.wizard.is_none());
    window.program.finish(&name("B"));
    window.frame();
    assert!(matches!(&window.commands[0].1, Command::Finish(called, None) if *called == name("B")));
}

#[test]
fn a_new_connection_offers_the_last_known_site_and_refuses_names_that_come_to_be_known() {
    let mut window = Window::opening();
    window.program.new_connection();
    assert!(window.wizard().general.provider.is_blank());
    window.wizard().service.name.text = "a".into();
    assert!(window.wizard().service.name().is_ok());
    window.read(&[("A", Ready)]);
    assert!(window.wizard().service.name().is_err());
    window.program.wizard = None;
    window.program.new_connection();
    assert!(!window.wizard().general.provider.is_blank());
}

#[test]
fn a_wizard_that_is_over_goes_and_the_list_is_read_anew() {
    let mut window = Window::with(&[]);
    window.program.new_connection();
    let Program { wizard, asker, .. } = &mut window.program;
    wizard.as_mut().unwrap().cancel(asker);
    window.frame();
    assert!(window.program.wizard.is_none() && window.program.home.connections.is_asking());
    assert_eq!(window.closed, 0, "only the wizard was to be left");
}

// ---- update secret key from outside ----

#[test]
fn update_secret_opens_once_the_connections_could_be_read() {
    let mut window = Window::opening();
    window.program.update_secret(&name("b"));
    window.answer_list(Err(not_allowed()));
    assert!(window.program.dialog.is_none());
    window.program.home.refresh(&mut window.program.asker);
    window.read(&[("A", Ready), ("B", Ready)]);
    let Some(Dialog::Renewal(renewal)) = &window.program.dialog else {
        panic!("not opened");
    };
    assert_eq!(
        (&renewal.name, renewal.expiry.text.as_str()),
        (&name("B"), "2027-05-24")
    );
    assert_eq!(window.program.home.selected, Some(name("B")));
}

#[test]
fn update_secret_of_a_connection_that_is_not_there_is_told() {
    let mut window = Window::opening();
    window.program.update_secret(&name("C"));
    window.read(&[("A", Ready)]);
    assert!(window.program.dialog.is_none());
    let [News::SecretNotUpdated(called, failure)] = window.news()[..] else {
        panic!("not told");
    };
    assert_eq!(*called, name("C"));
    assert!(matches!(failure.problem(), Problem::NoSuchConnection { known, .. } if *known == ["A"]));
}

// ---- answers and ends ----

#[test]
fn a_list_that_nobody_waits_for_changes_nothing() {
    let mut window = Window::with(&[("A", Ready)]);
    window.program.home.refresh(&mut window.program.asker);
    let older = window.program.home.connections.pending().unwrap();
    window.program.home.refresh(&mut window.program.asker);
    window.on(Event::Answer(older, Answer::Connections(Err(not_allowed()))));
    assert!(window.news().is_empty() && window.program.home.connections.is_asking());
    window.read(&[]);
    window.on(Event::Answer(
        older,
        Answer::Connections(Ok(vec![overview("A", Ready)])),
    ));
    assert!(window.program.home.list().is_empty());
}

#[test]
fn the_end_of_a_command_is_told_though_nothing_of_it_is_left_on_the_screen() {
    type Begin = fn(&mut Window) -> RunId;
    let cases: [(Begin, Outcome, News); 8] = [
        (Window::make, made("Contoso"), News::Created(name("Contoso"))),
        (
            Window::make,
            not_made(Standing::Begun),
            News::NotCreated(name("Contoso"), Problem::SecretExpired.into()),
        ),
        (
            |window| window.renew("A"),
            Outcome::SecretUpdated(Ok(renewed(Ok(())))),
            News::SecretUpdated(name("A"), renewed(Ok(()))),
        ),
        (
            |window| window.renew("A"),
            Outcome::SecretUpdated(Err(not_allowed())),
            News::SecretNotUpdated(name("A"), not_allowed()),
        ),
        (
            |window| window.remove("A"),
            Outcome::Removed(Ok(())),
            News::Removed(name("A"), None),
        ),
        (
            |window| window.remove("A"),
            Outcome::Removed(Err(not_allowed())),
            News::NotRemoved(name("A"), not_allowed()),
        ),
        (
            |window| window.publish("A"),
            published(Published::Published),
            News::Published(name("A"), Box::new(report(Published::Published))),
        ),
        (
            |window| window.publish("A"),
            Outcome::Published(Err(not_allowed())),
            News::NotPublished(name("A"), not_allowed()),
        ),
    ];
    for (begin, outcome, news) in cases {
        let mut window = Window::with(&[("A", Ready)]);
        let run = begin(&mut window);
        window.program.wizard = None;
        window.program.dialog = None;
        window.ended(run, outcome);
        assert_eq!(window.news(), [&news]);
        assert_eq!(window.program.asker.under_way().count(), 0);
        assert!(window.program.home.connections.is_asking(), "the list is read anew");
    }
}

#[test]
fn an_end_is_told_once_and_only_of_what_was_begun() {
    let mut window = Window::with(&[("A", Ready)]);
    let run = window.publish("A");
    let mut others = Tickets::default();
    window.ended(others.run(), published(Published::Published));
    assert!(window.news().is_empty());
    window.ended(run, published(Published::Published));
    window.ended(run, published(Published::Published));
    assert_eq!(window.news().len(), 1);
}

#[test]
fn the_day_that_is_told_is_the_one_that_was_asked_for() {
    let mut window = Window::with(&[("A", Ready)]);
    let run = window.renew("A");
    if let Some(Dialog::Renewal(renewal)) = &mut window.program.dialog {
        renewal.expiry.text = "edited meanwhile".into();
    }
    window.ended(run, Outcome::SecretUpdated(Ok(renewed(Ok(())))));
    assert!(
        matches!(window.news()[..], [News::SecretUpdated(_, renewed)] if renewed.expiry.to_string() == "2027-01-01")
    );
    let Some(Dialog::Renewal(renewal)) = &window.program.dialog else {
        panic!("closed");
    };
    assert!(matches!(renewal.stage(), renewal::Stage::Done(_)));
}

#[test]
fn a_first_publication_that_did_not_wholly_work_is_told_too() {
    for (publication, told) in [
        (None, 1),
        (Some(Ok(report(Published::Published))), 1),
        (Some(Ok(report(Published::Failed))), 2),
        (Some(Err(not_allowed())), 2),
    ] {
        let mut window = Window::with(&[]);
        let run = window.make();
        let mut created = created(setup("Contoso"));
        created.publication = publication;
        window.ended(run, Outcome::Created(Ok(Box::new(created))));
        assert_eq!(
            (window.news().len(), window.news()[0].level() > Level::Info),
            (told, told == 2)
        );
        assert_eq!(window.wizard().page(), Page::Completion);
    }
}

#[test]
fn progress_reaches_whoever_shows_it() {
    let mut window = Window::with(&[("A", Ready)]);
    let publication = window.publish("A");
    let run = window.renew("A");
    for each in [publication, run] {
        window.on(Event::Working(each, Progress::ReadingNames { devices: 1 }));
    }
    assert!(window.program.home.publications()[0].progress.is_some());
    let Some(Dialog::Renewal(renewal)) = &window.program.dialog else {
        panic!("closed");
    };
    assert!(matches!(
        renewal.stage(),
        renewal::Stage::Running { progress: Some(_), .. }
    ));
}

// ---- closing the window ----

#[test]
fn an_idle_window_closes_at_once() {
    let mut window = Window::with(&[("A", Ready)]);
    assert!(window.close());
    window.program.update_secret(&name("A"));
    assert!(window.close(), "nothing runs");
    window.program.dialog = None;
    window.program.new_connection();
    assert!(window.close(), "nothing was typed");
}

#[test]
fn a_typed_wizard_is_asked_about_and_leaving_it_closes_the_window() {
    let mut window = Window::with(&[]);
    window.program.new_connection();
    window.wizard().service.description = "typed".into();
    assert!(!window.close() && !window.close());
    assert_eq!(window.question(), Some(Question::Leave));
    window.wizard().stay();
    window.frame();
    assert_eq!(window.closed, 0);
    let Program { wizard, asker, .. } = &mut window.program;
    wizard.as_mut().unwrap().cancel(asker);
    window.confirm();
    assert!(window.program.wizard.is_none());
    assert_eq!(window.closed, 0, "the wish to close was taken back");
    window.program.new_connection();
    window.wizard().service.description = "typed".into();
    assert!(!window.close());
    window.confirm();
    assert_eq!(window.closed, 1);
    assert!(window.close(), "and then it may");
}

#[test]
fn a_blank_wizard_over_a_publication_leads_to_the_question_about_it() {
    let mut window = Window::with(&[("A", Ready)]);
    window.publish("A");
    window.program.new_connection();
    assert!(!window.close());
    assert!(window.asks_to_quit() && window.program.wizard.is_none());
}

#[test]
fn what_is_being_made_is_asked_about_until_nothing_is_open() {
    let mut window = Window::with(&[]);
    let run = window.make();
    assert!(!window.close());
    assert_eq!(window.question(), Some(Question::Stop));
    window.confirm();
    assert_eq!(window.stops, [run]);
    assert!(!window.close() && window.stops.len() == 1, "it is stopping");
    window.ended(run, Outcome::Created(Err(stopped(Standing::Begun))));
    assert_eq!(window.question(), Some(Question::Unfinished(Standing::Begun)));
    assert_eq!(window.closed, 0);
    window.confirm();
    assert_eq!(window.closed, 1);
}

#[test]
fn what_was_made_after_all_is_shown_before_the_window_closes() {
    for answered in [true, false] {
        let mut window = Window::with(&[]);
        let run = window.make();
        window.close();
        if answered {
            window.confirm();
        }
        window.ended(run, made("Contoso"));
        assert_eq!((window.closed, window.wizard().page()), (0, Page::Completion));
        assert!(window.close());
    }
}

#[test]
fn an_end_while_the_question_is_open_leads_to_the_next_question() {
    let mut window = Window::with(&[]);
    let run = window.make();
    window.close();
    window.ended(run, not_made(Standing::Nothing));
    assert_eq!(window.question(), Some(Question::Leave));
    window.confirm();
    assert_eq!(window.closed, 1);
}

#[test]
fn taking_away_what_stands_is_waited_for() {
    let cases = [(Outcome::Removed(Ok(())), 1), (Outcome::Removed(Err(not_allowed())), 0)];
    for (end, closed) in cases {
        let mut window = Window::with(&[]);
        let run = window.make();
        window.ended(run, not_made(Standing::Begun));
        assert!(!window.close());
        window.program.take_away_unfinished();
        window.frame();
        assert!(window.program.wizard.is_none() && window.program.is_quitting());
        assert!(!window.close() && window.closed == 0);
        window.ended(window.run(), end);
        assert_eq!(window.closed, closed, "a failure is shown");
        assert_eq!((window.program.is_quitting(), window.stops.len()), (false, 0));
    }
}

#[test]
fn finishing_later_and_taking_away_without_a_wish_to_close_leave_the_window_open() {
    for takes_away in [true, false] {
        let mut window = Window::with(&[]);
        let run = window.make();
        window.ended(run, not_made(Standing::Begun));
        let Program { wizard, asker, .. } = &mut window.program;
        wizard.as_mut().unwrap().cancel(asker);
        if takes_away {
            window.program.take_away_unfinished();
            window.frame();
            window.ended(window.run(), Outcome::Removed(Ok(())));
        } else {
            window.confirm();
        }
        assert!(window.program.wizard.is_none());
        assert_eq!(window.closed, 0);
    }
}

#[test]
fn a_dialog_that_runs_is_waited_for_and_its_failure_is_shown() {
    type Begin = fn(&mut Window) -> RunId;
    let renew: Begin = |window| window.renew("A");
    let remove: Begin = |window| window.remove("A");
    let cases: [(Begin, Outcome, usize); 4] = [
        (renew, Outcome::SecretUpdated(Ok(renewed(Ok(())))), 1),
        (renew, Outcome::SecretUpdated(Err(not_allowed())), 0),
        (remove, Outcome::Removed(Ok(())), 1),
        (remove, Outcome::Removed(Err(not_allowed())), 0),
    ];
    for (begin, end, closed) in cases {
        let mut window = Window::with(&[("A", Ready)]);
        let run = begin(&mut window);
        assert!(!window.close() && !window.close());
        assert!(window.program.is_quitting() && window.program.is_dialog_running());
        assert_eq!((window.closed, window.stops.len()), (0, 0), "nothing is cut short");
        window.ended(run, end);
        assert_eq!(window.closed, closed);
        assert!(window.close(), "now nothing is in the way");
    }
}

#[test]
fn publications_are_asked_about_stopped_once_and_waited_for() {
    let mut window = Window::with(&[("A", Ready), ("B", Ready)]);
    let runs = [window.publish("A"), window.publish("B")];
    assert!(!window.close() && window.asks_to_quit());
    assert!(!window.close() && window.asks_to_quit());
    window.program.close_dialog();
    window.frame();
    assert!(window.program.dialog.is_none() && window.stops.is_empty() && !window.program.is_quitting());
    window.close();
    window.program.quit();
    window.program.quit();
    window.frame();
    assert_eq!(window.stops, runs);
    assert!(window.program.is_quitting() && window.program.dialog.is_none());
    assert!(!window.close() && !window.asks_to_quit());
    window.ended(runs[0], Outcome::Published(Err(not_allowed())));
    assert_eq!(window.closed, 0);
    window.ended(runs[1], published(Published::Skipped));
    assert_eq!(window.closed, 1);
}

#[test]
fn publications_that_were_stopped_already_are_only_waited_for() {
    let mut window = Window::with(&[("A", Ready)]);
    let run = window.publish("A");
    window.program.home.stop(&name("A"), &mut window.program.asker);
    assert!(!window.close() && !window.asks_to_quit());
    window.ended(run, Outcome::Published(Err(not_allowed())));
    assert_eq!(window.closed, 1);
}

#[test]
fn the_question_goes_with_what_it_asks_about() {
    let mut window = Window::with(&[("A", Ready)]);
    let run = window.publish("A");
    window.close();
    window.ended(run, published(Published::Published));
    assert_eq!((window.closed, window.asks_to_quit()), (1, false));
}

#[test]
fn a_dialog_behind_the_question_is_there_again_after_a_no() {
    let mut window = Window::with(&[("A", Ready)]);
    window.publish("A");
    window.program.delete(&name("A"));
    window.frame();
    assert!(!window.close() && window.asks_to_quit());
    let at = window
        .queries
        .iter()
        .position(|(_, query)| matches!(query, Query::Inventory(_)));
    let ticket = window.queries[at.unwrap()].0;
    window.on(Event::Answer(
        ticket,
        Answer::Inventory(Ok(RemovalInventory::default())),
    ));
    window.program.close_dialog();
    window.frame();
    let Some(Dialog::Removal(removal)) = &window.program.dialog else {
        panic!("lost");
    };
    assert!(removal.inventory().value().is_some());
}

#[test]
fn a_dialog_and_a_publication_are_dealt_with_one_after_the_other() {
    let mut window = Window::with(&[("A", Ready), ("B", Ready)]);
    let publication = window.publish("B");
    let run = window.renew("A");
    assert!(!window.close() && !window.asks_to_quit());
    window.ended(run, Outcome::SecretUpdated(Ok(renewed(Ok(())))));
    assert!(window.asks_to_quit());
    window.program.quit();
    window.frame();
    window.ended(publication, published(Published::Skipped));
    assert_eq!(window.closed, 1);
}

#[test]
fn beginning_something_new_takes_the_wish_to_close_back() {
    let begin: [fn(&mut Program); 3] = [
        Program::new_connection,
        |program| program.update_secret(&name("A")),
        |program| program.delete(&name("A")),
    ];
    for begin in begin {
        let mut window = Window::with(&[("A", Ready)]);
        let run = window.publish("A");
        window.close();
        window.program.quit();
        begin(&mut window.program);
        window.ended(run, published(Published::Skipped));
        assert_eq!((window.closed, window.program.is_quitting()), (0, false));
    }
}

#[test]
fn a_question_that_is_gone_is_answered_with_no() {
    for properly in [true, false] {
        let mut window = Window::with(&[("A", Ready)]);
        let run = window.publish("A");
        window.close();
        if properly {
            window.program.close_dialog();
        } else {
            window.program.dialog = None;
        }
        window.frame();
        window.ended(run, published(Published::Published));
        assert_eq!((window.closed, window.program.is_quitting()), (0, false));
    }
}

#[test]
fn a_making_that_failed_where_nobody_sees_it_keeps_the_window_open() {
    let mut window = Window::with(&[]);
    let run = window.make();
    window.program.wizard = None;
    assert!(!window.close());
    window.ended(run, not_made(Standing::Begun));
    assert_eq!(
        (window.closed, window.program.is_quitting(), window.news().len()),
        (0, false, 1)
    );
}

#[test]
fn a_resumed_making_that_left_nothing_is_shown_before_the_window_closes() {
    let mut window = Window::with(&[("A", Connecting)]);
    window.program.finish(&name("A"));
    window.frame();
    let run = window.run();
    assert!(!window.close());
    window.confirm();
    window.ended(run, not_made(Standing::Nothing));
    assert_eq!((window.closed, window.wizard().page()), (0, Page::Progress));
    assert!(window.close());
}
