//! What the window costs us: processor time of its own thread for each frame, without a screen and without the graphics
//! driver's part. `cargo bench --bench window`; exit code 1 where a target is missed.
//!
//! The program is the real one. Its questions are answered here, so that a wizard with a list of 100,000 collections is there at
//! once; nothing is asked of the network. A frame is: taking the input, our code, and turning what was drawn into triangles.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::read_to_string;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_services_wizard::backend::{Backend, Surroundings};
use azure_services_wizard::flow::effect::{Created, HistorySeen, RightsSeen, Visible};
use azure_services_wizard::flow::wizard::{Listed, Page, Place, Wizard};
use azure_services_wizard::flow::{
    Answer, Asker, Command, Effect, Event, Outcome, Program, Query, SecretText, TextField,
};
use azure_services_wizard::model::report::ConnectionOverview;
use azure_services_wizard::model::schedule::{ScheduleEnd, ScheduleSeen, Standing, System};
use azure_services_wizard::model::site::SiteReading;
use azure_services_wizard::model::{
    Connection, ConnectionId, ConnectionState, DeviceCollection, Environment, LimitingCollection, Setup, SiteIdentity,
    Subscription, Workspace, WorkspaceId,
};
use azure_services_wizard::secrets::MemoryVault;
use azure_services_wizard::ui::{App, Parts};
use egui::{Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, Rect, Shape, TouchPhase, pos2, vec2};

#[path = "window/published.rs"]
mod published;

/// Rows of the picker.
const COLLECTIONS: usize = 100_000;
/// Connections on the first page.
const CONNECTIONS: usize = 30;
/// Frames of each kind.
const FRAMES: usize = 120;
const WORKSPACE: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-logs/providers/\
                         Microsoft.OperationalInsights/workspaces/log-contoso";

/// Targets, in milliseconds.
const LONGEST: f64 = 50.0;
const KEYSTROKE: f64 = 5.0;
const SCROLL: f64 = 1.0;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::default();
    let mut screen = Screen::new(folder.path().to_owned());
    bench.note(&format!("clock: {}", Clock::now().name()));
    bench
        .rows
        .push(Row::of("the first frame", None, vec![screen.draw(Vec::new())]));

    screen.act(|program| program.home.refresh(&mut program.asker));
    bench.plain("home, 30 connections", &mut screen);
    published::measure(&mut bench, &mut screen);
    let before = resident();
    let mut setup = None;
    for page in Page::ALL {
        screen.reach(page, &mut setup);
        bench.plain(&format!("{page:?}"), &mut screen);
        if page == Page::Configuration {
            bench.picker(&mut screen);
        }
    }
    bench.note(&format!(
        "resident before the wizard: {before}, at the end: {}",
        resident()
    ));
    bench.report()
}

/// What has been measured.
#[derive(Default)]
struct Bench {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    name: String,
    target: Option<f64>,
    /// Milliseconds, in ascending order.
    costs: Vec<f64>,
}

impl Row {
    fn of(name: &str, target: Option<f64>, mut costs: Vec<f64>) -> Self {
        costs.sort_by(f64::total_cmp);
        Self {
            name: name.to_owned(),
            target,
            costs,
        }
    }

    fn mean(&self) -> f64 {
        self.costs.iter().sum::<f64>() / self.costs.len() as f64
    }

    /// What all but one in twenty stay below.
    fn usual(&self) -> f64 {
        self.costs[(self.costs.len() * 19 / 20).min(self.costs.len() - 1)]
    }

    fn longest(&self) -> f64 {
        *self.costs.last().unwrap()
    }

    fn is_met(&self) -> bool {
        self.target.is_none_or(|target| self.usual() <= target) && self.longest() <= LONGEST
    }
}

impl Bench {
    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// Frames in which nothing happens, the first of the page among them.
    fn plain(&mut self, name: &str, screen: &mut Screen) {
        let costs = (0..FRAMES).map(|_| screen.draw(Vec::new())).collect();
        self.rows.push(Row::of(name, None, costs));
    }

    fn picker(&mut self, screen: &mut Screen) {
        let (_, site) = screen.app.program_mut().wizard.as_mut().unwrap().accesses().unwrap();
        self.once("picker: it opens", screen, |place| place.open_picker(&site));
        self.plain("picker: plain frame", screen);
        self.rows
            .push(Row::of("picker: a newer list", None, vec![screen.renew_collections()]));
        if !screen.shows("All Systems 00000") {
            self.note("NOT MEASURED: the picker draws no row yet");
        }

        let centre = screen.area().center();
        let wheel = |_| {
            let turn = egui::Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta: vec2(0.0, -3.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Unknown,
                modifiers: Modifiers::NONE,
            };
            screen.draw(vec![egui::Event::PointerMoved(centre), turn])
        };
        let costs = (0..FRAMES).map(wheel).collect();
        self.rows.push(Row::of("picker: scroll frame", Some(SCROLL), costs));
        if screen.shows("PS000000") {
            self.note("NOT MEASURED: the picker did not scroll");
        }

        let text = "pilot windows 11 europe 7";
        let typed = (1..=text.len()).chain((0..text.len()).rev()).map(|end| &text[..end]);
        let costs = typed.map(|filter| screen.key(filter)).collect();
        self.rows
            .push(Row::of("picker: filter keystroke", Some(KEYSTROKE), costs));
        let tick = |place: &mut Place| place.picker.as_mut().unwrap().toggle_shown();
        self.once("picker: all are ticked", screen, tick);
        self.once("picker: all are added", screen, Place::take_picked);
        self.plain("Configuration, all chosen", screen);
        screen.wizard(|wizard, _| wizard.place.chosen.truncate(200));
    }

    /// One act on the page *Configuration*, and the frame after it.
    fn once(&mut self, name: &str, screen: &mut Screen, act: impl FnOnce(&mut Place)) {
        let begun = Clock::now();
        screen.wizard(|wizard, _| act(&mut wizard.place));
        let cost = begun.elapsed() + screen.draw(Vec::new());
        self.rows.push(Row::of(name, None, vec![cost]));
    }

    fn report(&self) -> ExitCode {
        println!(
            "{:<44}{:>8}{:>10}{:>10}{:>10}{:>10}",
            "milliseconds", "frames", "mean", "95 %", "longest", "target"
        );
        for row in &self.rows {
            let target = row.target.map_or(String::new(), |target| format!("{target:.1}"));
            println!(
                "{:<44}{:>8}{:>10.3}{:>10.3}{:>10.3}{target:>10}{}",
                row.name,
                row.costs.len(),
                row.mean(),
                row.usual(),
                row.longest(),
                if row.is_met() { "" } else { "   OVER" }
            );
        }
        let longest = self.rows.iter().map(Row::longest).fold(0.0, f64::max);
        println!("longest frame of all: {longest:.1} ms (target {LONGEST:.0} ms)");
        self.notes.iter().for_each(|note| println!("{note}"));
        let met = self.rows.iter().all(Row::is_met);
        if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The program on a screen that nobody sees.
struct Screen {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    time: f64,
    shapes: Vec<egui::epaint::ClippedShape>,
}

impl Screen {
    fn new(data_dir: std::path::PathBuf) -> Self {
        let surroundings = Surroundings {
            data_dir,
            vault: Some(Arc::new(MemoryVault::default())),
            open_browser: |_| false,
            open_file: |_| false,
            machine: None,
        };
        let ctx = egui::Context::default();
        let parts = Parts {
            theme: egui::ThemePreference::Light,
            backend: Backend::start(surroundings).unwrap(),
            environments: vec![Environment::built_in("AzurePublicCloud").unwrap()],
            lab: None,
            update_secret: None,
            clock: Arc::new(chrono::Utc::now),
        };
        Self {
            app: App::new(&ctx, parts),
            ctx,
            frame: eframe::Frame::_new_kittest(),
            time: 0.0,
            shapes: Vec::new(),
        }
    }

    fn area(&self) -> Rect {
        Rect::from_min_size(pos2(0.0, 0.0), vec2(1100.0, 760.0))
    }

    /// Draws one frame; answers what it cost, in milliseconds.
    fn draw(&mut self, events: Vec<egui::Event>) -> f64 {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(self.area()),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let Self { ctx, app, frame, .. } = self;
        let begun = Clock::now();
        let mut output = ctx.run_ui(input, |ui| {
            eframe::App::logic(app, ui.ctx(), frame);
            eframe::App::ui(app, ui, frame);
        });
        let mut cost = begun.elapsed();
        output.textures_delta.clear(); // there is no graphics card to hand them to
        let shapes = output.shapes.clone();
        let begun = Clock::now();
        let triangles = ctx.tessellate(output.shapes, output.pixels_per_point);
        cost += begun.elapsed();
        assert!(!triangles.is_empty(), "nothing was drawn");
        self.shapes = shapes;
        cost
    }

    /// Whether the last frame shows a text that contains this.
    fn shows(&self, words: &str) -> bool {
        fn within(shape: &Shape, words: &str) -> bool {
            match shape {
                Shape::Text(text) => text.galley.text().contains(words),
                Shape::Vec(shapes) => shapes.iter().any(|shape| within(shape, words)),
                _ => false,
            }
        }
        self.shapes.iter().any(|clipped| within(&clipped.shape, words))
    }

    /// Does something as a person would, and answers what it asks for.
    fn act(&mut self, act: impl FnOnce(&mut Program)) {
        let program = self.app.program_mut();
        act(program);
        loop {
            let effects = program.effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                if let Effect::Query(ticket, query) = effect {
                    program.on(Event::Answer(ticket, answer(query)));
                }
            }
        }
    }

    fn wizard(&mut self, act: impl FnOnce(&mut Wizard, &mut Asker)) {
        self.act(|program| act(program.wizard.as_mut().unwrap(), &mut program.asker));
    }

    /// A key in the filter: the rows that pass are found, and drawn.
    fn key(&mut self, filter: &str) -> f64 {
        let begun = Clock::now();
        self.wizard(|wizard, _| {
            let picker = wizard.place.picker.as_mut().unwrap();
            filter.clone_into(&mut picker.filter);
            picker.apply_filter();
        });
        begun.elapsed() + self.draw(Vec::new())
    }

    /// The site is asked for its collections again, and answers while the picker is open.
    fn renew_collections(&mut self) -> f64 {
        let program = self.app.program_mut();
        let wizard = program.wizard.as_mut().unwrap();
        let (_, site) = wizard.accesses().unwrap();
        wizard.place.list_again(&site, &mut program.asker);
        let asked = program.effects().into_iter().find_map(|effect| match effect {
            Effect::Query(ticket, query) => Some(Event::Answer(ticket, answer(query))),
            _ => None,
        });
        let begun = Clock::now();
        program.on(asked.unwrap());
        begun.elapsed() + self.draw(Vec::new())
    }

    /// Goes on to a page, with everything filled in on the way. `setup` keeps what is being made.
    fn reach(&mut self, page: Page, setup: &mut Option<Making>) {
        match page {
            Page::General => self.act(Program::new_connection),
            Page::Progress => {
                let program = self.app.program_mut();
                program.wizard.as_mut().unwrap().next(&mut program.asker);
                *setup = program.effects().into_iter().find_map(made);
                assert!(setup.is_some(), "nothing is being made");
            }
            Page::Completion => {
                let Making(run, setup) = setup.take().unwrap();
                let created = Created {
                    connection: connection(0, &setup),
                    warnings: Vec::new(),
                    publication: None,
                    schedule: ScheduleEnd::NotWished,
                };
                let ended = Event::Ended(run, Outcome::Created(Ok(Box::new(created))));
                self.act(|program| program.on(ended));
            }
            _ => self.wizard(|wizard, asker| wizard.next(asker)),
        }
        self.wizard(|wizard, asker| {
            assert_eq!(wizard.page(), page);
            fill(wizard, asker);
        });
    }
}

/// A connection that is being made: its command, and what it is to be.
struct Making(azure_services_wizard::flow::RunId, Box<Setup>);

fn made(effect: Effect) -> Option<Making> {
    match effect {
        Effect::Command(run, Command::Create(setup, ..)) => Some(Making(run, setup)),
        _ => None,
    }
}

fn fill(wizard: &mut Wizard, asker: &mut Asker) {
    let text = |text: &str| TextField::holding(text);
    match wizard.page() {
        Page::General => {
            wizard.general.provider = text("cm01.contoso.example");
            wizard.general.account = text("CONTOSO\\svc-asw");
            wizard.general.password = SecretText::holding("correct horse battery staple");
            wizard.general.connect(asker);
        }
        Page::AzureServices => wizard.service.name = text("Contoso production, once more"),
        Page::ImportApps => {
            let app = &mut wizard.app;
            app.tenant_id = text("66666666-2222-3333-4444-555555555555");
            app.client_id = text("77777777-2222-3333-4444-555555555555");
            app.secret = SecretText::holding("abc8Q~0123456789abcdefghijklmnopqrstuvwx");
            app.expiry = text("2099-12-31");
            assert!(app.verify(asker).is_none());
        }
        Page::Configuration => {
            let (app, _) = wizard.accesses().unwrap();
            wizard.place.choose_workspace(WORKSPACE.parse().unwrap(), &app, asker);
        }
        Page::App | Page::Confirm | Page::Progress | Page::Completion => {}
    }
}

fn answer(query: Query) -> Answer {
    let workspace = || Workspace::bare(WORKSPACE.parse().unwrap());
    match query {
        Query::Connections => Answer::Connections(Ok(connections())),
        Query::Site(_) => Answer::Site(Ok(SiteReading {
            identity: SiteIdentity {
                code: "PS1".parse().unwrap(),
                name: "Contoso primary site".to_owned(),
                build: Some(9135),
                is_cas: false,
                guid: None,
                providers: Vec::new(),
            },
            facts: azure_services_wizard::model::site::SiteFacts::default(),
            warnings: Vec::new(),
        })),
        Query::Verify(_) => Answer::Verify(Ok(Vec::new())),
        Query::Workspaces(_) => Answer::Workspaces(Ok(Visible {
            subscriptions: vec![Subscription {
                id: WORKSPACE.parse::<WorkspaceId>().unwrap().subscription(),
                name: "Contoso".to_owned(),
                state: "Enabled".to_owned(),
                tenant_id: None,
            }],
            workspaces: vec![workspace()],
            incomplete: Vec::new(),
        })),
        Query::Rights(..) => Answer::Rights(Ok(RightsSeen {
            workspace: Some(workspace()),
            checks: Vec::new(),
        })),
        Query::Collections(_) => Answer::Collections(Ok(Listed::new((0..COLLECTIONS).map(collection).collect()))),
        Query::History(..) => Answer::History(Ok(HistorySeen {
            checks: Vec::new(),
            elsewhere: Vec::new(),
            principal: None,
        })),
        Query::Schedule => Answer::Schedule(Ok(ScheduleSeen {
            system: System::Systemd,
            account: None,
            standing: Standing::default(),
            obstacle: None,
        })),
        Query::KnownApps(_) => Answer::KnownApps(Ok(Vec::new())),
        _ => panic!("nobody asks for this here"),
    }
}

/// Names as sites have them: many words in common, a number that tells them apart.
fn collection(number: usize) -> DeviceCollection {
    let kinds = [
        "All Systems",
        "Pilot Windows 11",
        "Servers Patch Group",
        "Workstations",
        "Zürich Büro",
    ];
    let places = ["Europe", "Americas", "Asia Pacific", "Test Lab"];
    let (kind, place) = (kinds[number % kinds.len()], places[number % places.len()]);
    DeviceCollection {
        id: format!("PS{number:06X}").parse().unwrap(),
        name: format!("{kind} {number:05} {place}"),
        member_count: i64::try_from(number % 5_000).unwrap(),
        last_member_change: chrono::DateTime::from_timestamp(1_700_000_000, 0),
        current_status: Some(1),
        path: Some(format!("Departments/{place}/{}", number % 300)),
        limiting: Some(LimitingCollection {
            id: "SMS00001".parse().unwrap(),
            name: format!("All devices of {place}"),
        }),
        is_built_in: number.is_multiple_of(1_000),
        is_cloud_synced: number.is_multiple_of(50),
    }
}

fn connections() -> Vec<ConnectionOverview> {
    let environment = Environment::built_in("AzurePublicCloud").unwrap();
    let setup = |number: usize| {
        let setup = serde_json::json!({
            "name": format!("Contoso {number}"),
            "description": "",
            "environment": environment,
            "app": {
                "tenant_name": "contoso.example",
                "tenant_id": "66666666-2222-3333-4444-555555555555",
                "application_name": "asw",
                "client_id": "77777777-2222-3333-4444-555555555555",
                "secret_expiry": "2099-12-31",
                "app_id_uri": ""
            },
            "workspace": WORKSPACE,
            "site": { "provider": "cm01.contoso.example", "sign_in": { "kind": "account", "account": "CONTOSO\\svc" }, "trust": "system" },
            "collections": ["PS100016"],
            "history": "off",
            "import": true
        });
        serde_json::from_value::<Setup>(setup).unwrap()
    };
    let overview = |number| ConnectionOverview {
        connection: connection(number, &setup(number)),
        groups: 1,
        last_run: None,
        off_since: None,
        key_notes: azure_services_wizard::model::KeyNotes::default(),
        renewal_begun: None,
        tells_desktop: true,
        sent_this_month: azure_services_wizard::model::dry_run::RowsUp::default(),
        collections: Vec::new(),
        left_over: Vec::new(),
    };
    (0..CONNECTIONS).map(overview).collect()
}

fn connection(number: usize, setup: &Setup) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(number as u128)),
        state: ConnectionState::Ready,
        setup: setup.clone(),
        workspace: Some(Workspace::bare(setup.workspace.clone())),
        site: None,
        history: None,
    }
}

/// Processor time of this thread where the system tells it, so that other programs do not count; else the time on the wall.
enum Clock {
    Processor(u64),
    Wall(Instant),
}

impl Clock {
    fn now() -> Self {
        // The count is brought up to date when the thread offers its place to others.
        std::thread::yield_now();
        match processor() {
            Some(nanoseconds) => Self::Processor(nanoseconds),
            None => Self::Wall(Instant::now()),
        }
    }

    /// Milliseconds since then.
    fn elapsed(&self) -> f64 {
        let passed = match (self, Self::now()) {
            (Self::Processor(then), Self::Processor(now)) => Duration::from_nanos(now - then),
            (Self::Wall(then), Self::Wall(now)) => now - *then,
            _ => Duration::ZERO,
        };
        passed.as_secs_f64() * 1_000.0
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Processor(_) => "processor time of this thread",
            Self::Wall(_) => "time on the wall (other programs count too)",
        }
    }
}

fn processor() -> Option<u64> {
    let text = read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().filter(|time| *time > 0)
}

fn resident() -> String {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u32>().ok());
    kilobytes.map_or("unknown".to_owned(), |kilobytes| format!("{} MB", kilobytes / 1024))
}
