//! What tests of the flow are made of: drafts filled in, answers made up, and a hand that serves them.

use std::cell::Cell;

use super::effect::{AppAccess, Created, HistorySeen, RightsSeen, Saved, SiteAccess, Unfinished, Visible};
use super::wizard::{Listed, Page, SignInChoice, Wizard};
use super::{Answer, Asker, Command, Effect, Query, RunId, SecretText, TextField, Ticket};
use crate::model::connection::SetupSecrets;
use crate::model::group_view::{GroupSeen, GroupsSeen};
use crate::model::person::PersonSeen;
use crate::model::plan::{Check, CheckKind, RightPlace};
use crate::model::renewal::{Other, Renewed};
use crate::model::report::{CollectionReport, ConnectionOverview, FoundConnection, Outcome, Standing, SyncReport};
use crate::model::schedule::{self, ScheduleEnd, ScheduleSeen, System};
use crate::model::site::SiteReading;
use crate::model::{
    Connection, ConnectionId, ConnectionName, ConnectionState, DeviceCollection, Environment, Failure, KnownApp,
    Problem, Setup, SiteIdentity, Subscription, SubscriptionId, Workspace, WorkspaceId,
};

pub(in crate::flow) const TENANT: &str = "1f0e2d3c-0000-4000-8000-000000000001";
pub(in crate::flow) const CLIENT: &str = "2b3c4d5e-0000-4000-8000-000000000002";
pub(in crate::flow) const SECRET: &str = "abc8Q~first";

pub(in crate::flow) fn name(text: &str) -> ConnectionName {
    text.parse().unwrap()
}

pub(in crate::flow) fn environments() -> Vec<Environment> {
    let clouds = ["AzurePublicCloud", "AzureUSGovernmentCloud"];
    clouds.map(|cloud| Environment::built_in(cloud).unwrap()).into()
}

pub(in crate::flow) fn subscription(number: u128) -> SubscriptionId {
    SubscriptionId::new(uuid::Uuid::from_u128(number))
}

pub(in crate::flow) fn workspace(number: u128, group: &str, name: &str) -> WorkspaceId {
    let subscription = subscription(number);
    let text = format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
    );
    text.parse().unwrap()
}

pub(in crate::flow) fn visible(workspaces: &[WorkspaceId]) -> Visible {
    let mut ids: Vec<SubscriptionId> = workspaces.iter().map(WorkspaceId::subscription).collect();
    ids.dedup();
    let subscriptions = ids.into_iter().map(|id| Subscription {
        id,
        name: "Production".into(),
        state: "Enabled".into(),
        tenant_id: None,
    });
    Visible {
        subscriptions: subscriptions.collect(),
        workspaces: workspaces.iter().cloned().map(Workspace::bare).collect(),
        incomplete: Vec::new(),
    }
}

/// Read, and everything allowed.
pub(in crate::flow) fn rights(id: &WorkspaceId) -> RightsSeen {
    RightsSeen {
        workspace: Some(Workspace::bare(id.clone())),
        checks: vec![check(Ok("allowed".into()))],
    }
}

pub(in crate::flow) fn check(outcome: Result<String, Failure>) -> Check {
    Check {
        what: CheckKind::Right {
            operation: "write".into(),
        },
        outcome,
        warnings: Vec::new(),
    }
}

/// A right on the resource group of the rule.
pub(in crate::flow) fn history_check(outcome: Result<String, Failure>) -> Check {
    let what = CheckKind::HistoryRight {
        operation: "Microsoft.Insights/dataCollectionRules/write".into(),
        place: RightPlace::RuleGroup,
    };
    Check {
        what,
        outcome,
        warnings: Vec::new(),
    }
}

/// A connection of ours that another machine has made, with one group.
pub(in crate::flow) fn found(number: u128, site: &str) -> FoundConnection {
    FoundConnection {
        id: ConnectionId::new(uuid::Uuid::from_u128(number)),
        name: format!("Found {number}"),
        site: site.parse().unwrap(),
        collections: vec![collection(1).id],
        rule: None,
    }
}

/// So many groups, the first of collection PS100001, with two computers each.
pub(in crate::flow) fn groups_seen(number: usize) -> GroupsSeen {
    let group = |number: usize| GroupSeen {
        collection: format!("PS1{number:05X}").parse().unwrap(),
        name: format!("Collection {number}"),
        alias: format!("ConfigMgr_PS1_PS1{number:05X}"),
        as_of: None,
        count: Ok(2),
    };
    GroupsSeen {
        groups: (1..=number).map(group).collect(),
        computers: Ok(2),
    }
}

pub(in crate::flow) fn not_allowed() -> Failure {
    let (operation, scope) = ("write".into(), "the workspace".into());
    Problem::NotAllowed { operation, scope }.into()
}

pub(in crate::flow) fn collection(number: u32) -> DeviceCollection {
    DeviceCollection {
        id: format!("PS1{number:05X}").parse().unwrap(),
        name: format!("Collection {number}"),
        member_count: 5,
        last_member_change: None,
        current_status: Some(1),
        path: None,
        limiting: None,
        is_built_in: false,
        is_cloud_synced: false,
    }
}

/// An app that the site knows. Those with an even number belong to another cloud, and have no App ID URI.
pub(in crate::flow) fn known_app(number: u128) -> KnownApp {
    let elsewhere = number.is_multiple_of(2);
    let cloud = if elsewhere {
        "AzureUSGovernmentCloud"
    } else {
        "AzurePublicCloud"
    };
    KnownApp {
        name: format!("App {number}"),
        client_id: crate::model::ClientId::new(uuid::Uuid::from_u128(100 + number)),
        app_id_uri: if elsewhere {
            String::new()
        } else {
            format!("https://app{number}")
        },
        tenant_name: format!("Tenant {number}"),
        tenant_id: crate::model::TenantId::new(uuid::Uuid::from_u128(200 + number)),
        environment: Some(cloud.into()),
    }
}

/// A machine with a scheduler, and no schedule yet.
pub(in crate::flow) fn schedule_seen() -> ScheduleSeen {
    ScheduleSeen {
        system: System::Systemd,
        account: Some("svc-asw".into()),
        standing: schedule::Standing::default(),
        obstacle: None,
    }
}

pub(in crate::flow) fn reading() -> SiteReading {
    SiteReading {
        identity: SiteIdentity {
            code: "PS1".parse().unwrap(),
            name: "Contoso".into(),
            build: None,
            is_cas: false,
            guid: None,
            providers: Vec::new(),
        },
        facts: crate::model::site::SiteFacts::default(),
        warnings: Vec::new(),
    }
}

/// What Azure and the site answer.
pub(in crate::flow) struct World {
    pub(in crate::flow) workspaces: Vec<WorkspaceId>,
    pub(in crate::flow) collections: Vec<DeviceCollection>,
    pub(in crate::flow) apps: Vec<KnownApp>,
    /// Whether the app may do what history needs on the resource group of the rule.
    pub(in crate::flow) history: Result<String, Failure>,
    /// Whether a person has signed in who may do it.
    pub(in crate::flow) person: Cell<bool>,
    /// Connections that stand in the workspace "law".
    pub(in crate::flow) elsewhere: Vec<FoundConnection>,
}

impl World {
    /// One workspace, three collections.
    pub(in crate::flow) fn small() -> Self {
        Self {
            workspaces: vec![workspace(1, "rg", "law")],
            collections: (1..=3).map(collection).collect(),
            apps: vec![known_app(1), known_app(2)],
            history: Ok("allowed".into()),
            person: Cell::new(false),
            elsewhere: Vec::new(),
        }
    }

    fn may_keep_history(&self) -> Result<String, Failure> {
        if self.person.get() {
            Ok("with the administrator's sign-in".into())
        } else {
            self.history.clone()
        }
    }

    pub(in crate::flow) fn answer(&self, query: &Query) -> Option<Answer> {
        Some(match query {
            Query::Site(_) => Answer::Site(Ok(reading())),
            Query::Verify(_) => Answer::Verify(Ok(Vec::new())),
            Query::Workspaces(_) => Answer::Workspaces(Ok(visible(&self.workspaces))),
            Query::Rights(_, id) => Answer::Rights(Ok(rights(id))),
            Query::Collections(_) => Answer::Collections(Ok(Listed::new(self.collections.clone()))),
            Query::History(_, id, _) => Answer::History(Ok(HistorySeen {
                checks: vec![history_check(self.may_keep_history())],
                elsewhere: self.elsewhere.iter().filter(|_| id.name() == "law").cloned().collect(),
                principal: None,
            })),
            Query::Person(_) => {
                self.person.set(true);
                let name = "owner@contoso.example".into();
                Answer::Person(Ok(PersonSeen { name }))
            }
            Query::Schedule => Answer::Schedule(Ok(schedule_seen())),
            Query::SaveText(path, ..) => Answer::SaveText(Ok(Saved::Written(path.clone()))),
            Query::KnownApps(_) => Answer::KnownApps(Ok(self.apps.clone())),
            _ => return None,
        })
    }
}

/// A wizard without a program around it: the test is program and backend.
pub(in crate::flow) struct Desk {
    pub(in crate::flow) wizard: Wizard,
    pub(in crate::flow) asker: Asker,
    pub(in crate::flow) world: World,
    pub(in crate::flow) waiting: Vec<(Ticket, Query)>,
    pub(in crate::flow) commands: Vec<(RunId, Command)>,
    pub(in crate::flow) stops: Vec<RunId>,
}

impl Desk {
    pub(in crate::flow) fn new() -> Self {
        Self::with(Wizard::new(environments(), vec![name("Taken")], None), Asker::default())
    }

    pub(in crate::flow) fn with(wizard: Wizard, asker: Asker) -> Self {
        let mut desk = Self {
            wizard,
            asker,
            world: World::small(),
            waiting: Vec::new(),
            commands: Vec::new(),
            stops: Vec::new(),
        };
        desk.gather();
        desk
    }

    /// Takes what is asked for. What is abandoned is not answered any more.
    pub(in crate::flow) fn gather(&mut self) {
        self.wizard.attend(&mut self.asker);
        for effect in self.asker.take() {
            match effect {
                Effect::Query(ticket, query) => self.waiting.push((ticket, query)),
                Effect::Abandon(ticket) => self.waiting.retain(|(each, _)| *each != ticket),
                Effect::Command(run, command) => self.commands.push((run, command)),
                Effect::Stop(run) => self.stops.push(run),
                Effect::Shell(_) => {}
            }
        }
    }

    /// Answers everything that is asked, until nothing is.
    pub(in crate::flow) fn serve(&mut self) {
        self.gather();
        while let Some((ticket, query)) = self.waiting.pop() {
            if let Some(answer) = self.world.answer(&query) {
                self.answer(ticket, answer);
            }
        }
    }

    pub(in crate::flow) fn answer(&mut self, ticket: Ticket, answer: Answer) -> bool {
        let taken = self.wizard.answer(ticket, answer, &mut self.asker);
        self.gather();
        taken
    }

    /// Takes the ticket of the one question of this kind that waits.
    #[track_caller]
    pub(in crate::flow) fn ticket(&mut self, is: impl Fn(&Query) -> bool) -> Ticket {
        self.gather();
        let at = self.waiting.iter().position(|(_, query)| is(query));
        self.waiting.remove(at.expect("this was not asked")).0
    }

    pub(in crate::flow) fn next(&mut self) -> Page {
        self.wizard.next(&mut self.asker);
        self.gather();
        self.wizard.page()
    }

    pub(in crate::flow) fn back_to(&mut self, page: Page) {
        self.wizard.go_back_to(page, &mut self.asker);
        self.gather();
        assert_eq!(self.wizard.page(), page);
    }

    pub(in crate::flow) fn cancel(&mut self) {
        self.wizard.cancel(&mut self.asker);
        self.gather();
    }

    pub(in crate::flow) fn confirm(&mut self) {
        self.wizard.confirm(&mut self.asker);
        self.gather();
    }

    /// Fills this page as it should be, with everything answered.
    pub(in crate::flow) fn fill(&mut self) {
        match self.wizard.page() {
            Page::General => {
                type_site(&mut self.wizard, "cm01.corp.example");
                self.wizard.general.connect(&mut self.asker);
            }
            Page::AzureServices => {
                self.wizard.service.name = TextField::holding("Contoso");
                self.wizard.service.description = " for the servers ".into();
            }
            Page::ImportApps => {
                type_app(&mut self.wizard, SECRET);
                assert_eq!(self.wizard.app.verify(&mut self.asker), None);
            }
            Page::Configuration => {
                self.serve();
                self.choose(&[2, 1]);
            }
            Page::App | Page::Confirm | Page::Progress | Page::Completion => {}
        }
        self.serve();
    }

    /// Chooses collections through the dialog.
    pub(in crate::flow) fn choose(&mut self, numbers: &[u32]) {
        let site = self.wizard.general.access().ok().unwrap();
        self.wizard.place.open_picker(&site);
        let picker = self.wizard.place.picker.as_mut().unwrap();
        for number in numbers {
            let id = collection(*number).id;
            let at = (0..picker.shown()).find(|at| picker.row(*at).unwrap().0.id == id);
            picker.toggle(at.unwrap());
        }
        self.wizard.place.take_picked();
    }

    /// Fills page after page until this one is shown.
    pub(in crate::flow) fn go_to(&mut self, page: Page) {
        while self.wizard.page() < page {
            let from = self.wizard.page();
            self.fill();
            assert_ne!(self.next(), from, "Next leads on");
        }
    }

    /// A wizard at this page, everything before it filled in and accepted.
    pub(in crate::flow) fn at(page: Page) -> Self {
        let mut desk = Self::new();
        desk.go_to(page);
        desk.serve();
        desk
    }

    pub(in crate::flow) fn creations(&self) -> Vec<(RunId, &Setup, &SetupSecrets)> {
        let creations = self.commands.iter().filter_map(|(run, command)| match command {
            Command::Create(setup, secrets, _) | Command::Adopt(setup, secrets, ..) => {
                Some((*run, setup.as_ref(), secrets))
            }
            _ => None,
        });
        creations.collect()
    }

    /// The making ends.
    pub(in crate::flow) fn end(&mut self, end: Result<Created, Unfinished>) -> bool {
        let run = self.wizard.creation().unwrap().run();
        self.wizard.ended(run, &end.map(Box::new))
    }
}

pub(in crate::flow) fn type_site(wizard: &mut Wizard, provider: &str) {
    wizard.general.provider = TextField::holding(provider);
    wizard.general.who = SignInChoice::Account;
    wizard.general.account = TextField::holding("CORP\\svc-asw");
    wizard.general.password = SecretText::holding("p w");
}

pub(in crate::flow) fn type_app(wizard: &mut Wizard, secret: &str) {
    let app = &mut wizard.app;
    app.tenant_name = TextField::holding("Contoso");
    app.tenant_id = TextField::holding(TENANT);
    app.application_name = TextField::holding("asw");
    app.client_id = TextField::holding(CLIENT);
    app.secret = SecretText::holding(secret);
    app.expiry = TextField::holding("2027-05-22");
}

pub(in crate::flow) fn accesses(wizard: &Wizard) -> (AppAccess, SiteAccess) {
    wizard.accesses().unwrap()
}

pub(in crate::flow) fn unfinished(standing: Standing) -> Unfinished {
    Unfinished {
        failure: Problem::SecretExpired.into(),
        standing,
    }
}

pub(in crate::flow) fn stopped(standing: Standing) -> Unfinished {
    let cancelled = Problem::Cancelled {
        partly: true,
        left: String::new(),
    };
    Unfinished {
        failure: cancelled.into(),
        standing,
    }
}

pub(in crate::flow) fn setup(called: &str) -> Setup {
    let desk = Desk::at(Page::Confirm);
    let (mut setup, _) = desk.wizard.setup().unwrap();
    setup.name = name(called);
    setup
}

pub(in crate::flow) fn connection(setup: Setup, state: ConnectionState) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(7)),
        state,
        workspace: None,
        site: None,
        setup,
        history: None,
    }
}

pub(in crate::flow) fn created(setup: Setup) -> Created {
    Created {
        connection: connection(setup, ConnectionState::Ready),
        warnings: Vec::new(),
        publication: None,
        schedule: ScheduleEnd::Installed(schedule::Standing::default()),
    }
}

pub(in crate::flow) fn overview(called: &str, state: ConnectionState) -> ConnectionOverview {
    ConnectionOverview {
        connection: connection(setup(called), state),
        groups: 1,
        last_run: None,
        off_since: None,
        key_notes: crate::model::KeyNotes::default(),
        renewal_begun: None,
        tells_desktop: true,
        sent_this_month: crate::model::dry_run::RowsUp::default(),
        collections: Vec::new(),
        left_over: Vec::new(),
    }
}

pub(in crate::flow) fn report(outcome: Outcome) -> SyncReport {
    let at = "2026-11-25T12:00:00Z".parse().unwrap();
    let collection = collection(1);
    SyncReport {
        connection: "Contoso".into(),
        started: at,
        finished: at,
        cancelled: false,
        collections: vec![CollectionReport {
            id: collection.id,
            name: collection.name,
            outcome,
            computers: Some(1),
            as_of: None,
            parts: 0,
            would: None,
            sent: crate::model::dry_run::RowsUp::default(),
            error: None,
        }],
        beside: None,
        warnings: Vec::new(),
    }
}

/// A new key of A is in use; B, of the same app, was to have it too.
pub(in crate::flow) fn renewed(other: Result<(), Failure>) -> Renewed {
    Renewed {
        expiry: "2027-01-01".parse().unwrap(),
        warnings: Vec::new(),
        others: vec![Other {
            name: name("B"),
            end: other,
        }],
    }
}
