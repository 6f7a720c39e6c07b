//! The promises of the wizard, whatever a person does in whatever order, and whatever comes back when.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::flow::effect::{AppAccess, HistorySeen, RightsSeen};
use crate::flow::testing::{
    CLIENT, Desk, accesses, created, found, history_check, known_app, not_allowed, rights, stopped, type_app,
    type_site, unfinished, visible, workspace,
};
use crate::flow::wizard::place::history::HistoryQuestion;
use crate::flow::wizard::{Page, SignInChoice, TrustChoice};
use crate::flow::{Answer, Command, Query, RunId, TextField, Ticket};
use crate::model::connection::SetupSecrets;
use crate::model::plan::{CONNECT_STEPS, Progress, Step};
use crate::model::report::Standing;
use crate::model::{
    CollectionId, ConnectionId, Fingerprint, History, ProviderAddress, ResourceGroupId, Setup, WorkspaceId,
};

#[derive(Debug, Clone)]
enum Act {
    /// Does everything right on the page, and goes on.
    Walk,
    Next,
    Back,
    BackTo(Page),
    Revert,
    Cancel,
    Stay,
    Confirm,
    TakeAway,
    Retry,
    Correct,
    EditSite(u8),
    EditService(u8),
    EditApp(u8),
    Choose(u8),
    Remove(Index),
    Pick(Index),
    FillFrom(u8),
    WantHistory(bool),
    EditGroup(u8),
    AskHistory,
    SignIn,
    TakeOver(u8),
    MakeNew,
    Connect,
    Verify,
    CheckAgain,
    ListAgain,
    StopAsking,
    /// Answers one of the questions that wait, rightly or with a failure.
    Answer(Index, bool),
    /// Answers one that was answered or abandoned before.
    AnswerStale(Index),
    Hear(u8),
    End(u8),
    /// An attempt that has ended before ends again.
    EndAgain(Index, u8),
}

fn act() -> impl Strategy<Value = Act> {
    let index = any::<Index>;
    prop_oneof![
        24 => Just(Act::Walk),
        4 => Just(Act::Next),
        3 => Just(Act::Back),
        2 => select(Page::ALL.as_slice()).prop_map(Act::BackTo),
        2 => Just(Act::Revert),
        1 => Just(Act::Cancel),
        2 => Just(Act::Stay),
        1 => Just(Act::Confirm),
        1 => Just(Act::TakeAway),
        2 => Just(Act::Retry),
        2 => Just(Act::Correct),
        2 => any::<u8>().prop_map(Act::EditSite),
        2 => any::<u8>().prop_map(Act::EditService),
        3 => any::<u8>().prop_map(Act::EditApp),
        2 => any::<u8>().prop_map(Act::Choose),
        1 => index().prop_map(Act::Remove),
        3 => index().prop_map(Act::Pick),
        1 => any::<u8>().prop_map(Act::FillFrom),
        3 => prop::bool::weighted(0.7).prop_map(Act::WantHistory),
        1 => any::<u8>().prop_map(Act::EditGroup),
        1 => Just(Act::AskHistory),
        2 => Just(Act::SignIn),
        3 => any::<u8>().prop_map(Act::TakeOver),
        1 => Just(Act::MakeNew),
        2 => Just(Act::Connect),
        2 => Just(Act::Verify),
        1 => Just(Act::CheckAgain),
        1 => Just(Act::ListAgain),
        1 => Just(Act::StopAsking),
        6 => (index(), prop::bool::weighted(0.8)).prop_map(|(at, right)| Act::Answer(at, right)),
        2 => index().prop_map(Act::AnswerStale),
        2 => any::<u8>().prop_map(Act::Hear),
        3 => any::<u8>().prop_map(Act::End),
        1 => (index(), any::<u8>()).prop_map(|(at, how)| Act::EndAgain(at, how)),
    ]
}

/// What the outside remembers, apart from the wizard: who was let in where, and what was made.
struct Witness {
    desk: Desk,
    /// Each app of which the last answer was that it is let in.
    let_in: Vec<AppAccess>,
    /// Answered or abandoned.
    stale: Vec<(Ticket, Query)>,
    given: Vec<(Ticket, Query)>,
    seen: usize,
    running: Option<RunId>,
    ended: Vec<RunId>,
    made: bool,
    attempt: Option<Setup>,
    /// What was chosen, and on which site.
    picked: Vec<(ProviderAddress, CollectionId)>,
    /// The last answer on history to each question: whether it is allowed, and what is offered.
    histories: Vec<(HistoryQuestion, (bool, Vec<ConnectionId>))>,
    adopted: usize,
}

fn copy(query: &Query) -> Query {
    match query {
        Query::Connections => Query::Connections,
        Query::Site(access) => Query::Site(access.duplicate()),
        Query::Certificate(provider) => Query::Certificate(provider.clone()),
        Query::Verify(access) => Query::Verify(access.duplicate()),
        Query::Workspaces(access) => Query::Workspaces(access.duplicate()),
        Query::Rights(access, id) => Query::Rights(access.duplicate(), id.clone()),
        Query::Collections(access) => Query::Collections(access.duplicate()),
        Query::KnownApps(access) => Query::KnownApps(access.duplicate()),
        Query::AppFile(path) => Query::AppFile(path.clone()),
        Query::Relocation(name, access) => Query::Relocation(name.clone(), access.duplicate()),
        Query::History(access, id, group) => Query::History(access.duplicate(), id.clone(), group.clone()),
        Query::Person(access) => Query::Person(access.clone()),
        Query::Schedule => Query::Schedule,
        Query::SaveText(path, text, if_there) => Query::SaveText(path.clone(), text.clone(), *if_there),
        _ => panic!("the wizard does not ask this"),
    }
}

fn failing(query: &Query) -> Option<Answer> {
    Some(match query {
        Query::Site(_) => Answer::Site(Err(not_allowed())),
        Query::Verify(_) => Answer::Verify(Err(not_allowed())),
        Query::Workspaces(_) => Answer::Workspaces(Ok(visible(&[workspace(9, "rg", "theirs")]))),
        Query::Rights(_, id) => Answer::Rights(Ok(RightsSeen {
            checks: vec![crate::flow::testing::check(Err(not_allowed()))],
            ..rights(id)
        })),
        Query::Collections(_) => Answer::Collections(Err(not_allowed())),
        Query::KnownApps(_) => Answer::KnownApps(Err(not_allowed())),
        Query::History(..) => Answer::History(Ok(HistorySeen {
            checks: vec![history_check(Err(not_allowed()))],
            elsewhere: Vec::new(),
            principal: None,
        })),
        Query::Person(_) => Answer::Person(Err(not_allowed())),
        Query::Schedule => Answer::Schedule(Err(not_allowed())),
        _ => return None,
    })
}

/// All of the wizard that a person or an answer can change, as text.
fn picture(desk: &Desk) -> String {
    let wizard = &desk.wizard;
    let site = wizard.general.site().map(|site| site.identity.name.clone());
    let place = &wizard.place;
    let creation = wizard
        .creation()
        .map(|each| (each.run(), each.steps(), each.is_running(), each.is_stopping()));
    let visible = place.visible().remote();
    let app = wizard.app.access().ok();
    let history = app.as_ref().zip(place.workspace()).map(|(app, id)| {
        let history = &place.history;
        (
            history.seen(app, id),
            history.failure(app, id),
            history.administrator.person(app.tenant()),
        )
    });
    let waiting = (
        place.history.asking().is_some(),
        place.history.administrator.is_signing_in(),
        wizard.schedule.offer(),
    );
    format!(
        "{:?} {history:?} {waiting:?} {:?} {:?} {site:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {creation:?} {:?}",
        wizard.known_apps().map(|(_, offer)| offer),
        place.history.taking(),
        wizard.page(),
        wizard.app.is_verified(),
        place.workspace(),
        place.chosen,
        (visible.value(), visible.is_asking(), visible.failure()),
        (place.rights().remote().value(), place.rights().remote().is_asking()),
        (
            place.collections().remote().value(),
            place.collections().remote().is_asking()
        ),
        wizard.question,
        wizard.is_over(),
        desk.commands.len(),
    )
}

impl Witness {
    fn new() -> Self {
        let mut desk = Desk::new();
        desk.world.workspaces.push(workspace(1, "rg", "law2"));
        desk.world.elsewhere = vec![found(21, "PS1"), found(22, "XY1")];
        Self {
            desk,
            let_in: Vec::new(),
            stale: Vec::new(),
            given: Vec::new(),
            seen: 0,
            running: None,
            ended: Vec::new(),
            made: false,
            attempt: None,
            picked: Vec::new(),
            histories: Vec::new(),
            adopted: 0,
        }
    }

    /// Remembers what is asked, and what nobody waits for any more.
    fn gather(&mut self) {
        let desk = &mut self.desk;
        desk.gather();
        for (ticket, query) in &desk.waiting {
            if self.given.iter().all(|(each, _)| each != ticket) {
                self.given.push((*ticket, copy(query)));
            }
        }
        let waits = |ticket: &Ticket| desk.waiting.iter().any(|(each, _)| each == ticket);
        let (open, stale): (Vec<_>, Vec<_>) = self.given.drain(..).partition(|(ticket, _)| waits(ticket));
        self.given = open;
        self.stale.extend(stale);
    }

    fn answer_all(&mut self) {
        self.gather();
        while !self.desk.waiting.is_empty() {
            self.answer(0, true);
            self.gather();
        }
    }

    fn answer(&mut self, at: usize, right: bool) {
        let (ticket, query) = self.desk.waiting.remove(at);
        let answer = if right {
            self.desk.world.answer(&query)
        } else {
            failing(&query)
        };
        if let (Query::Verify(access), true) = (&query, answer.is_some()) {
            self.let_in.retain(|each| each != access);
            if right {
                self.let_in.push(access.duplicate());
            }
        }
        if let (Query::History(app, workspace, group), Some(Answer::History(Ok(seen)))) = (&query, &answer) {
            let question = (app.duplicate(), workspace.clone(), group.clone());
            self.histories.retain(|(each, _)| *each != question);
            let ids = seen.elsewhere.iter().map(|each| each.id).collect();
            let allowed = seen.checks.iter().all(|check| check.outcome.is_ok());
            self.histories.push((question, (allowed, ids)));
        }
        if let Some(answer) = answer {
            assert!(self.desk.answer(ticket, answer), "it waited for this");
        }
    }

    /// (d) What nobody waits for changes nothing.
    fn answer_stale(&mut self, at: &Index) {
        self.gather();
        if self.stale.is_empty() {
            return;
        }
        let (ticket, query) = &self.stale[at.index(self.stale.len())];
        let before = picture(&self.desk);
        for answer in [self.desk.world.answer(query), failing(query)].into_iter().flatten() {
            assert!(!self.desk.wizard.answer(*ticket, answer, &mut self.desk.asker));
            self.desk
                .wizard
                .hear_query(*ticket, &Progress::ReadingNames { devices: 1 });
        }
        assert_eq!(before, picture(&self.desk));
    }

    fn walk(&mut self) {
        let page = self.desk.wizard.page();
        match page {
            Page::General if self.desk.wizard.general.site().is_none() => {
                type_site(&mut self.desk.wizard, "cm01.corp.example");
                self.act(&Act::Connect);
                self.answer_all();
            }
            Page::AzureServices if self.desk.wizard.service.name().is_err() => {
                self.desk.wizard.service.name = TextField::holding("Contoso");
            }
            Page::ImportApps if !self.desk.wizard.app.is_verified() => {
                type_app(&mut self.desk.wizard, "walked");
                self.act(&Act::Verify);
                self.answer_all();
            }
            Page::Configuration => {
                self.answer_all();
                if self.desk.wizard.place.workspace().is_none() {
                    self.act(&Act::Choose(0));
                }
                self.answer_all();
            }
            _ => {}
        }
        self.act(&Act::Next);
    }

    fn act(&mut self, act: &Act) {
        let Desk { wizard, asker, .. } = &mut self.desk;
        match act {
            Act::Walk => self.walk(),
            Act::Next => wizard.next(asker),
            Act::Back => wizard.back(asker),
            Act::BackTo(page) => wizard.go_back_to(*page, asker),
            Act::Revert => self.revert(),
            Act::Cancel => wizard.cancel(asker),
            Act::Stay => wizard.stay(),
            Act::Confirm => wizard.confirm(asker),
            Act::TakeAway => drop(wizard.take_away(asker)),
            Act::Retry => wizard.retry(asker),
            Act::Correct => wizard.correct(),
            Act::FillFrom(_) if wizard.page() != Page::ImportApps => {}
            Act::FillFrom(0..64) => wizard.app.unfill(),
            Act::FillFrom(number) => wizard.app.fill_from(&known_app((*number % 3).into()), asker),
            Act::EditSite(how) => match how % 5 {
                0 => type_site(wizard, "cm01.corp.example"),
                1 => type_site(wizard, "cm02.corp.example"),
                2 => wizard.general.password.delete(0..1),
                3 => wizard.general.who = SignInChoice::CurrentUser,
                _ => wizard.general.trust = TrustChoice::Accepted(Fingerprint::new([*how; 32])),
            },
            Act::EditService(how) => match how % 3 {
                0 => wizard.service.name = TextField::holding("Contoso"),
                1 => wizard.service.name = TextField::holding("taken"),
                _ => wizard.service.description.push('x'),
            },
            Act::EditApp(how) => match how % 5 {
                0 => type_app(wizard, "first"),
                1 => type_app(wizard, "second"),
                2 => wizard.app.environment = usize::from(how % 3),
                3 => wizard.app.secret.delete(0..1),
                _ => wizard.app.tenant_name.text.push('x'),
            },
            Act::Choose(how) => {
                if let Ok(app) = wizard.app.access() {
                    let name = if how % 2 == 0 { "law" } else { "law2" };
                    wizard.place.choose_workspace(workspace(1, "rg", name), &app, asker);
                }
            }
            Act::Remove(at) => {
                let count = wizard.place.chosen.len();
                if count > 0 {
                    let id = wizard.place.chosen[at.index(count)].id.clone();
                    wizard.place.remove(&id);
                }
            }
            Act::Pick(at) => {
                if let Ok(site) = wizard.general.access() {
                    wizard.place.open_picker(&site);
                    let picker = wizard.place.picker.as_mut().unwrap();
                    picker.toggle(at.index(3));
                    let picked = picker.picked().into_iter();
                    self.picked
                        .extend(picked.map(|each| (site.connection.provider.clone(), each.id)));
                    wizard.place.take_picked();
                }
            }
            Act::WantHistory(wanted) => {
                if let Ok(app) = wizard.app.access() {
                    wizard.place.want_history(*wanted, &app, asker);
                }
            }
            Act::EditGroup(how) => {
                let groups = ["", "rg", "rg-rules", "not a group"];
                wizard.place.history.group = TextField::holding(groups[usize::from(how % 4)]);
            }
            Act::AskHistory => {
                if let Ok(app) = wizard.app.access() {
                    wizard.place.ask_history(&app, asker, false);
                }
            }
            Act::SignIn => {
                if let Ok(app) = wizard.app.access() {
                    let administrator = &mut wizard.place.history.administrator;
                    administrator.public_client = TextField::holding(CLIENT);
                    administrator.sign_in(app.tenant(), asker);
                }
            }
            Act::TakeOver(which) => self.take_over(*which),
            Act::MakeNew => wizard.place.make_new(),
            Act::Connect => wizard.general.connect(asker),
            Act::Verify => _ = wizard.app.verify(asker),
            Act::CheckAgain => {
                if let Ok(app) = wizard.app.access() {
                    wizard.place.check_again(&app, asker);
                }
            }
            Act::ListAgain => {
                if let Ok(site) = wizard.general.access() {
                    wizard.place.list_again(&site, asker);
                }
            }
            Act::StopAsking => {
                wizard.app.stop(asker);
                wizard.general.stop(asker);
                wizard.place.stop(asker);
            }
            Act::Answer(at, right) => {
                self.gather();
                if !self.desk.waiting.is_empty() {
                    self.answer(at.index(self.desk.waiting.len()), *right);
                }
            }
            Act::AnswerStale(at) => self.answer_stale(at),
            Act::Hear(how) => self.hear(*how),
            Act::End(how) => {
                if let Some(run) = self.running.take() {
                    assert!(self.end(run, *how));
                    self.made = how % 4 == 0;
                    self.ended.push(run);
                }
            }
            Act::EndAgain(at, how) => {
                if !self.ended.is_empty() {
                    let run = self.ended[at.index(self.ended.len())];
                    let before = picture(&self.desk);
                    assert!(!self.end(run, *how), "it has ended before");
                    assert_eq!(before, picture(&self.desk));
                }
            }
        }
    }

    /// Takes over one of those that are found, or one that nobody has found.
    fn take_over(&mut self, which: u8) {
        let Desk { wizard, asker, .. } = &mut self.desk;
        if let (Some((app, way)), Some(site)) = (wizard.accesses(), wizard.site_here()) {
            let id = found(21 + u128::from(which % 3), "PS1").id;
            wizard.place.take_over(id, &app, (&site, &way), asker);
            let chosen = wizard.place.chosen.iter();
            let here = way.connection.provider;
            self.picked.extend(chosen.map(|each| (here.clone(), each.id.clone())));
        }
    }

    /// The last answer to a question about history on this workspace, with the rule in this group.
    fn history(
        &self,
        app: &AppAccess,
        workspace: &WorkspaceId,
        group: &ResourceGroupId,
    ) -> Option<&(bool, Vec<ConnectionId>)> {
        let same = |(known, id, rule): &HistoryQuestion| known == app && id == workspace && rule == group;
        let found = self.histories.iter().find(|(question, _)| same(question));
        found.map(|(_, answer)| answer)
    }

    /// (e) History only where its rights are there, be they those of a person who has signed in; and nothing is taken over that
    /// was not offered for this site in this workspace.
    fn check_history(&self, app: &AppAccess, setup: &Setup, adopted: Option<ConnectionId>) {
        let answer = self.history(app, &setup.workspace, &setup.rule_group());
        if setup.history == History::On {
            assert!(answer.is_some_and(|(allowed, _)| *allowed), "its rights are missing");
        }
        if let Some(id) = adopted {
            assert!(answer.is_some_and(|(_, offered)| offered.contains(&id)));
            assert_eq!(id, found(21, "PS1").id, "the other one is of another site");
        }
    }

    fn hear(&mut self, how: u8) {
        if let Some(run) = self.running {
            let step = CONNECT_STEPS
                .get(usize::from(how % 12))
                .cloned()
                .unwrap_or(Step::Publish);
            let progress = match how % 3 {
                0 => Progress::Refused {
                    step,
                    failure: not_allowed(),
                },
                1 => Progress::Step(step),
                _ => Progress::ReadingNames { devices: 3 },
            };
            self.desk.wizard.hear(run, progress);
        }
    }

    fn end(&mut self, run: RunId, how: u8) -> bool {
        let end = match how % 4 {
            0 => Ok(created(self.attempt.clone().unwrap())),
            1 => Err(unfinished(Standing::Nothing)),
            2 => Err(unfinished(Standing::Begun)),
            _ => Err(stopped(Standing::Recorded)),
        };
        self.desk.wizard.ended(run, &end.map(Box::new))
    }

    /// (c) What was accepted can always be brought back.
    fn revert(&mut self) {
        let wizard = &mut self.desk.wizard;
        wizard.revert();
        // Collections that were accepted for another site stay there.
        if wizard.page() != Page::Configuration {
            let taken = wizard.page() == Page::AzureServices && wizard.service.name().is_err();
            assert!(!wizard.is_edited() || taken, "{:?}", wizard.page());
        } else if let Some(place) = &wizard.accepted.place {
            assert_eq!(wizard.place.workspace(), Some(&place.workspace.id));
        }
    }

    fn verified(&self, access: &AppAccess) -> bool {
        self.let_in.iter().any(|each| each == access)
    }

    /// (a), (b): what must hold after every act.
    fn check(&mut self) {
        self.gather();
        let wizard = &self.desk.wizard;
        if wizard.app.is_verified() {
            let access = wizard.app.access().ok().unwrap();
            assert!(self.verified(&access), "nobody let this app in");
        }
        assert_eq!(wizard.plan().is_some(), wizard.setup().is_some());
        if let Some((setup, secrets)) = wizard.setup() {
            let (app, site) = accesses(wizard);
            assert!(wizard.app.is_verified() && wizard.general.site().is_some());
            assert!(app.app == setup.app && app.environment == setup.environment);
            assert_eq!(app.secret.expose(), secrets.client_secret.expose());
            assert_eq!(site.connection, setup.site);
            assert_eq!(Some(&setup.workspace), wizard.place.workspace());
            assert!(wizard.place.obstacle(&app).is_none());
            let question = (app, setup.workspace.clone());
            assert!(wizard.place.rights().fresh(&question).is_some());
            let adopted = wizard
                .plan()
                .and_then(|plan| plan.place.adopted.as_ref().map(|each| each.id));
            self.check_history(&question.0, &setup, adopted);
            let typed: Vec<_> = wizard.place.chosen.iter().map(|each| each.id.clone()).collect();
            assert_eq!(setup.collections, typed);
            for id in setup.collections {
                let here = (setup.site.provider.clone(), id);
                assert!(self.picked.contains(&here), "chosen on another site");
            }
        }
        let attempt = |setup: &Setup, secrets: &SetupSecrets| AppAccess {
            environment: setup.environment.clone(),
            app: setup.app.clone(),
            secret: secrets.client_secret.duplicate(),
        };
        let new: Vec<(RunId, Setup, AppAccess, Option<ConnectionId>)> = self.desk.commands[self.seen..]
            .iter()
            .filter_map(|(run, command)| match command {
                Command::Create(setup, secrets, _) => Some((*run, (**setup).clone(), attempt(setup, secrets), None)),
                Command::Adopt(setup, secrets, id, _) => {
                    Some((*run, (**setup).clone(), attempt(setup, secrets), Some(*id)))
                }
                _ => None,
            })
            .collect();
        self.seen = self.desk.commands.len();
        for (run, setup, access, adopted) in new {
            if self.attempt.as_ref() != Some(&setup) {
                self.check_history(&access, &setup, adopted);
            }
            self.adopted += usize::from(adopted.is_some());
            assert!(self.running.is_none(), "one at a time");
            assert!(!self.made, "none after success");
            assert!(
                self.verified(&access) || self.attempt.as_ref() == Some(&setup),
                "only what was verified, or the same once more"
            );
            let accepted = self.desk.wizard.accepted.setup().unwrap();
            assert_eq!(
                (&setup, access.secret.expose()),
                (&accepted.0, accepted.1.client_secret.expose())
            );
            self.running = Some(run);
            self.attempt = Some(setup);
        }
        let confirming = self.desk.wizard.page() == Page::Confirm && self.desk.wizard.may_go_on();
        assert!(!confirming || self.desk.wizard.setup().is_some());
    }

    /// What is chosen on *Configuration*. Collections of another site are put aside there, which loses none.
    fn choices(&self) -> String {
        let place = &self.desk.wizard.place;
        let aside = place.aside().iter().flat_map(|(_, chosen)| chosen);
        let mut ids: Vec<String> = place
            .chosen
            .iter()
            .chain(aside)
            .map(|each| each.id.to_string())
            .collect();
        ids.sort();
        let history = &place.history;
        let kept = (history.wanted, &history.group.text, history.taking(), place.members);
        format!("{:?}", (place.workspace(), ids, kept))
    }

    /// (c) Moving about takes nothing away from what was accepted.
    fn accepted(&self) -> String {
        let accepted = &self.desk.wizard.accepted;
        format!(
            "{:?} {:?} {:?} {:?}",
            accepted.site.as_ref().map(|site| &site.access.connection),
            accepted.service,
            accepted
                .app
                .as_ref()
                .map(|access| (&access.app, access.secret.expose())),
            accepted.place,
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_whatever_happens_in_whatever_order(acts in prop::collection::vec(act(), 1..70)) {
        let mut witness = Witness::new();
        for act in &acts {
            let before = witness.accepted();
            let choices = witness.choices();
            witness.act(act);
            if matches!(act, Act::Back | Act::BackTo(_)) {
                assert_eq!(choices, witness.choices(), "going back loses no choice");
            }
            if !matches!(act, Act::Walk | Act::Next) {
                assert_eq!(before, witness.accepted(), "only Next accepts");
            }
            witness.check();
        }
    }
}

#[test]
fn the_acts_reach_every_page() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut pages = std::collections::BTreeSet::new();
    let (mut retried, mut with_history, mut adopted) = (0, 0, 0);
    // The rarest of them turns up once in a few hundred.
    for _ in 0..1500 {
        if pages.len() == Page::ALL.len() && retried > 1 && with_history > 0 && adopted > 0 {
            break;
        }
        let acts = prop::collection::vec(act(), 1..70)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let mut witness = Witness::new();
        for act in &acts {
            witness.act(act);
            witness.check();
            pages.insert(witness.desk.wizard.page());
        }
        let creations = witness.desk.creations();
        retried = retried.max(creations.len());
        with_history += creations
            .iter()
            .filter(|(_, setup, _)| setup.history == History::On)
            .count();
        adopted += witness.adopted;
    }
    assert_eq!(pages.len(), Page::ALL.len(), "{pages:?}");
    assert!(retried > 1, "an attempt is tried again");
    assert!(
        with_history > 0 && adopted > 0,
        "{with_history} with history, {adopted} adopted"
    );
}
