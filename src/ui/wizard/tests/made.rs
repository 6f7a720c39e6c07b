//! Programs that stand at one of the later pages: every question is answered from a made-up Azure and a made-up site.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::flow::effect::{Created, HistorySeen, RightsSeen, Saved, Unfinished, Visible};
use crate::flow::wizard::{Listed, Page, Wizard};
use crate::flow::{
    Answer, Command, Effect, Event, Outcome as End, Program, Query, RunId, SecretText, TextField, Ticket,
};
use crate::model::person::PersonSeen;
use crate::model::plan::{Check, CheckKind, Progress, RightPlace};
use crate::model::report::{CollectionReport, Outcome, Standing, SyncReport};
use crate::model::rights::Operation;
use crate::model::schedule::{self, ScheduleEnd, ScheduleSeen, System};
use crate::model::site::SiteReading;
use crate::model::{
    CollectionId, Connection, ConnectionId, ConnectionState, DeviceCollection, Environment, Failure, Problem, Result,
    Setup, SiteIdentity, Subscription, Workspace, WorkspaceId,
};

/// Typed as secret key; must never be seen.
pub const SECRET: &str = "abc8Q~made-up-secret-key-of-forty-chars-";
/// Typed as the site account's password; must never be seen.
pub const PASSWORD: &str = "made-up-Password-1";
/// The app.
pub const CLIENT_ID: &str = "2b3c4d5e-0000-4000-8000-000000000002";
const TENANT_ID: &str = "1f0e2d3c-0000-4000-8000-000000000001";
const SUBSCRIPTION: &str = "3c4d5e6f-0000-4000-8000-000000000003";

/// What Azure and the site answer.
pub struct World {
    pub visible: Result<Visible>,
    pub rights: Result<RightsSeen>,
    pub history: Result<HistorySeen>,
    pub collections: Result<Vec<DeviceCollection>>,
    pub schedule: Result<ScheduleSeen>,
}

pub fn workspace_id(group: &str, name: &str) -> WorkspaceId {
    let text = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
    );
    text.parse().unwrap()
}

/// A machine with a scheduler, and no schedule yet.
pub fn schedule_seen() -> ScheduleSeen {
    ScheduleSeen {
        system: System::Systemd,
        account: Some("svc-asw".to_owned()),
        standing: schedule::Standing::default(),
        obstacle: None,
    }
}

pub fn collection(id: &str, name: &str, members: i64) -> DeviceCollection {
    DeviceCollection {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        member_count: members,
        last_member_change: None,
        current_status: Some(1),
        path: Some("/Production".to_owned()),
        limiting: None,
        is_built_in: false,
        is_cloud_synced: false,
    }
}

pub fn check(operation: Operation, allowed: bool) -> Check {
    let refused = Problem::NotAllowed {
        operation: operation.name().to_owned(),
        scope: "the workspace".to_owned(),
    };
    Check {
        what: CheckKind::Right {
            operation: operation.name().to_owned(),
        },
        outcome: if allowed {
            Ok("allowed".to_owned())
        } else {
            Err(refused.into())
        },
        warnings: Vec::new(),
    }
}

/// What history needs, and where.
pub const HISTORY: [(&str, RightPlace); 3] = [
    (
        "Microsoft.OperationalInsights/workspaces/tables/write",
        RightPlace::Workspace,
    ),
    ("Microsoft.Insights/dataCollectionRules/write", RightPlace::RuleGroup),
    ("Microsoft.Insights/Telemetry/Write", RightPlace::RuleGroup),
];

pub fn history_check(operation: &str, place: RightPlace, allowed: bool) -> Check {
    let refused = Problem::NotAllowed {
        operation: operation.to_owned(),
        scope: "the place".to_owned(),
    };
    Check {
        what: CheckKind::HistoryRight {
            operation: operation.to_owned(),
            place,
        },
        outcome: if allowed {
            Ok("allowed".to_owned())
        } else {
            Err(refused.into())
        },
        warnings: Vec::new(),
    }
}

impl World {
    /// The same, where the app may do nothing on the resource group of the rule.
    pub fn without_rule() -> Self {
        let allowed = |place| place == RightPlace::Workspace;
        let checks = HISTORY.map(|(operation, place)| history_check(operation, place, allowed(place)));
        Self {
            history: Ok(HistorySeen {
                checks: checks.into(),
                elsewhere: Vec::new(),
                principal: None,
            }),
            ..Self::whole()
        }
    }

    /// One workspace, all rights, three collections.
    pub fn whole() -> Self {
        let id = workspace_id("rg-monitor", "law-contoso");
        let read = Check {
            what: CheckKind::Workspace,
            outcome: Ok("law-contoso (westeurope)".to_owned()),
            warnings: Vec::new(),
        };
        let operations = [
            Operation::READ_GROUP,
            Operation::WRITE_GROUP,
            Operation::DELETE_GROUP,
            Operation::QUERY,
        ];
        let rights = operations.map(|operation| check(operation, true));
        Self {
            visible: Ok(Visible {
                subscriptions: vec![Subscription {
                    id: id.subscription(),
                    name: "Contoso production".to_owned(),
                    state: "Enabled".to_owned(),
                    tenant_id: None,
                }],
                workspaces: vec![Workspace::bare(id.clone())],
                incomplete: Vec::new(),
            }),
            rights: Ok(RightsSeen {
                workspace: Some(Workspace::bare(id)),
                checks: std::iter::once(read).chain(rights).collect(),
            }),
            history: Ok(HistorySeen {
                checks: HISTORY
                    .map(|(operation, place)| history_check(operation, place, true))
                    .into(),
                elsewhere: Vec::new(),
                principal: None,
            }),
            collections: Ok(vec![
                collection("PS100016", "Servers | Datacenter | Production", 412),
                collection("PS100017", "Servers | Test", 38),
                collection("PS100018", "Workstations | Zürich", 1204),
            ]),
            schedule: Ok(schedule_seen()),
        }
    }

    fn answer(&self, query: &Query) -> Option<Answer> {
        Some(match query {
            Query::Site(_) => Answer::Site(Ok(SiteReading {
                identity: identity(),
                facts: crate::model::site::SiteFacts::default(),
                warnings: Vec::new(),
            })),
            Query::Verify(_) => Answer::Verify(Ok(Vec::new())),
            Query::Workspaces(_) => Answer::Workspaces(self.visible.clone()),
            Query::Rights(..) => Answer::Rights(self.rights.clone()),
            Query::Collections(_) => Answer::Collections(self.collections.clone().map(Listed::new)),
            Query::Connections => Answer::Connections(Ok(Vec::new())),
            Query::History(..) => Answer::History(self.history.clone()),
            Query::Person(_) => Answer::Person(Ok(PersonSeen {
                name: "owner@contoso.onmicrosoft.com".to_owned(),
            })),
            Query::Schedule => Answer::Schedule(self.schedule.clone()),
            Query::SaveText(path, ..) => Answer::SaveText(Ok(Saved::Written(path.clone()))),
            Query::KnownApps(_) => Answer::KnownApps(Ok(Vec::new())),
            _ => return None,
        })
    }

    /// Answers every question, also those that follow from answers. Answers what else was wished.
    pub fn serve(&self, program: &mut Program) -> Vec<Effect> {
        let mut others = Vec::new();
        loop {
            let effects = program.asker.take();
            if effects.is_empty() {
                return others;
            }
            for effect in effects {
                match effect {
                    Effect::Query(ticket, query) => {
                        let answer = self.answer(&query).unwrap();
                        program.on(Event::Answer(ticket, answer));
                    }
                    other => others.push(other),
                }
            }
        }
    }
}

fn identity() -> SiteIdentity {
    SiteIdentity {
        code: "PS1".parse().unwrap(),
        name: "Contoso primary".to_owned(),
        build: Some(9135),
        is_cas: false,
        guid: None,
        providers: Vec::new(),
    }
}

pub fn now() -> DateTime<Utc> {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn next(program: &mut Program) {
    let wizard = program.wizard.as_mut().unwrap();
    let before = wizard.page();
    wizard.next(&mut program.asker);
    assert_ne!(wizard.page(), before, "Next led nowhere");
}

/// A program at *Configuration*, with its questions still open.
pub fn entering_configuration() -> Program {
    entering_configuration_in(&World::whole())
}

fn entering_configuration_in(world: &World) -> Program {
    let environment = Environment::built_in("AzurePublicCloud").unwrap();
    let mut program = Program::new(vec![environment.clone()], now());
    program.wizard = Some(Wizard::new(vec![environment], Vec::new(), None));
    let wizard = program.wizard.as_mut().unwrap();
    wizard.general.provider = TextField::holding("cm01.corp.contoso.com");
    wizard.general.account = TextField::holding("CONTOSO\\svc-asw");
    wizard.general.password = SecretText::holding(PASSWORD);
    wizard.general.connect(&mut program.asker);
    world.serve(&mut program);
    next(&mut program);
    let wizard = program.wizard.as_mut().unwrap();
    wizard.service.name = TextField::holding("Contoso production");
    wizard.service.description = "For the patch team".to_owned();
    next(&mut program);
    next(&mut program);
    let wizard = program.wizard.as_mut().unwrap();
    wizard.app.tenant_name = TextField::holding("contoso.onmicrosoft.com");
    wizard.app.tenant_id = TextField::holding(TENANT_ID);
    wizard.app.application_name = TextField::holding("ConfigMgr connector");
    wizard.app.client_id = TextField::holding(CLIENT_ID);
    wizard.app.secret = SecretText::holding(SECRET);
    wizard.app.expiry = TextField::holding("2027-05-22");
    wizard.app.verify(&mut program.asker);
    world.serve(&mut program);
    next(&mut program);
    assert_eq!(program.wizard.as_ref().unwrap().page(), Page::Configuration);
    program
}

/// A program at *Configuration*, with everything answered.
pub fn at_configuration(world: &World) -> Program {
    let mut program = entering_configuration_in(world);
    world.serve(&mut program);
    program
}

/// A program at *Confirm*, with so many of the site's collections chosen.
pub fn at_confirm(chosen: usize) -> Program {
    at_confirm_in(&World::whole(), chosen)
}

/// The same on a machine of which this can be said.
pub fn at_confirm_with(schedule: Result<ScheduleSeen>) -> Program {
    let world = World {
        schedule,
        ..World::whole()
    };
    at_confirm_in(&world, 2)
}

fn at_confirm_in(world: &World, chosen: usize) -> Program {
    let mut program = at_configuration(world);
    let wizard = program.wizard.as_mut().unwrap();
    wizard.place.chosen = world.collections.clone().unwrap().into_iter().take(chosen).collect();
    next(&mut program);
    program
}

/// A program at *Progress*, its command under way; with the set-up that it makes.
pub fn at_progress(chosen: usize) -> (Program, RunId, Setup) {
    let mut program = at_confirm(chosen);
    next(&mut program);
    let (run, setup) = program.asker.take().into_iter().find_map(created_by).unwrap();
    (program, run, setup)
}

pub fn created_by(effect: Effect) -> Option<(RunId, Setup)> {
    match effect {
        Effect::Command(run, Command::Create(setup, ..)) => Some((run, *setup)),
        _ => None,
    }
}

/// A program at *Progress* that goes on with an unfinished connection.
pub fn resumed() -> (Program, RunId) {
    let (_, _, setup) = at_progress(2);
    let mut program = Program::new(Vec::new(), now());
    program.asker.take();
    let unfinished = Connection {
        state: ConnectionState::Connecting,
        ..connection(setup)
    };
    program.wizard = Some(Wizard::resume(unfinished, &mut program.asker));
    let run = program.asker.take().into_iter().find_map(|effect| match effect {
        Effect::Command(run, Command::Finish(..)) => Some(run),
        _ => None,
    });
    (program, run.unwrap())
}

pub fn connection(setup: Setup) -> Connection {
    Connection {
        id: ConnectionId::new(Uuid::from_u128(7)),
        state: ConnectionState::Ready,
        workspace: Some(Workspace::bare(setup.workspace.clone())),
        site: Some(identity()),
        setup,
        history: None,
    }
}

pub fn tell(program: &mut Program, run: RunId, progress: Progress) {
    program.on(Event::Working(run, progress));
}

/// The command ends without having come to its end.
pub fn fail(program: &mut Program, run: RunId, failure: Failure, standing: Standing) {
    program.on(Event::Ended(run, End::Created(Err(Unfinished { failure, standing }))));
}

/// A program at *Completion*.
pub fn at_completion(chosen: usize, publication: Option<Result<SyncReport>>) -> Program {
    at_completion_with(chosen, publication, ScheduleEnd::NotWished)
}

/// The same, with what has become of the schedule.
pub fn at_completion_with(chosen: usize, publication: Option<Result<SyncReport>>, schedule: ScheduleEnd) -> Program {
    let (mut program, run, setup) = at_progress(chosen);
    let created = Created {
        connection: connection(setup),
        warnings: Vec::new(),
        publication,
        schedule,
    };
    program.on(Event::Ended(run, End::Created(Ok(Box::new(created)))));
    program
}

pub fn reported(
    id: &str,
    name: &str,
    outcome: Outcome,
    computers: Option<usize>,
    error: Option<Failure>,
) -> CollectionReport {
    CollectionReport {
        id: id.parse::<CollectionId>().unwrap(),
        name: name.to_owned(),
        outcome,
        computers,
        as_of: None,
        parts: 0,
        would: None,
        sent: crate::model::dry_run::RowsUp::default(),
        error,
    }
}

pub fn report(collections: Vec<CollectionReport>) -> SyncReport {
    SyncReport {
        connection: "Contoso production".to_owned(),
        started: now(),
        finished: now(),
        cancelled: false,
        collections,
        beside: None,
        warnings: Vec::new(),
    }
}

/// The ticket of the open question of this kind.
pub fn open_question(program: &mut Program, kind: impl Fn(&Query) -> bool) -> Ticket {
    let found = program.asker.take().into_iter().find_map(|effect| match effect {
        Effect::Query(ticket, query) if kind(&query) => Some(ticket),
        _ => None,
    });
    found.unwrap()
}
