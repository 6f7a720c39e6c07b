//! Home and its dialogs over a program without a backend: what is on the screen, and what is asked for.
//!
//! | file | what |
//! | --- | --- |
//! | [`page`] | the list, what needs attention, commands and why not |
//! | [`collections`] | what the last publication did with each collection |
//! | [`properties`] | *Connection Properties* |
//! | [`renewal`] | *Update secret key* |
//! | [`tools`] | *Save settings*, *New from settings*, *Diagnose*, the log |
//! | [`removal`] | *Delete*, and the question before the window closes |

mod collections;
mod page;
mod properties;
mod removal;
mod renewal;
mod tools;

use azure_services_wizard::flow::effect::Reminder;
use azure_services_wizard::flow::program::Dialog;
use azure_services_wizard::flow::{Answer, Command, Effect, Event, Outcome, Program, Query, RunId, Shell, Ticket};
use azure_services_wizard::model::renewal::Renewed;
use azure_services_wizard::model::report::{ConnectionOverview, LastRun};
use azure_services_wizard::model::{
    AppIdUri, AppRegistration, ApplicationName, CertificateTrust, Connection, ConnectionName, ConnectionState,
    Environment, History, Problem, Result, Setup, SignIn, SiteConnection, TenantName, Warning,
};
use azure_services_wizard::ui::widgets::dialog;
use azure_services_wizard::ui::{
    diagnosis as diagnosis_dialog, home, properties as properties_dialog, relocation as relocation_dialog,
    removal as removal_dialog, renewal as renewal_dialog, settings as settings_dialog, theme,
};
use chrono::{DateTime, Utc};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

const CLIENT: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn name(text: &str) -> ConnectionName {
    text.parse().unwrap()
}

/// A connection that is complete, whose key has long to live, and which was published an hour ago.
fn fine(called: &str) -> ConnectionOverview {
    let workspace = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-monitor/providers/\
                     Microsoft.OperationalInsights/workspaces/law-contoso";
    let setup = Setup {
        name: name(called),
        description: "Servers for the monitoring team".into(),
        environment: Environment::built_in("AzurePublicCloud").unwrap(),
        app: AppRegistration {
            tenant_name: TenantName::new("contoso.onmicrosoft.com"),
            tenant_id: CLIENT.parse().unwrap(),
            application_name: ApplicationName::new("ConfigMgr connector"),
            client_id: CLIENT.parse().unwrap(),
            secret_expiry: "2027-05-22".parse().unwrap(),
            app_id_uri: AppIdUri::new("https://ConfigMgrService"),
        },
        workspace: workspace.parse().unwrap(),
        site: SiteConnection {
            provider: "cm01.corp.example".parse().unwrap(),
            sign_in: SignIn::Account("CORP\\svc-asw".into()),
            trust: CertificateTrust::System,
        },
        collections: (10..24).map(|id| format!("PS1000{id}").parse().unwrap()).collect(),
        members: azure_services_wizard::model::MemberScope::default(),
        history: History::Off,
        rule_group: None,
        import: true,
    };
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, called.as_bytes());
    ConnectionOverview {
        connection: Connection {
            id: id.to_string().parse().unwrap(),
            state: ConnectionState::Ready,
            setup,
            workspace: None,
            site: None,
            history: None,
        },
        groups: 12,
        last_run: Some(LastRun {
            started: "2026-11-25T11:00:00Z".parse().unwrap(),
            ended: "2026-11-25T11:03:00Z".parse().ok(),
            problem: None,
            moved_since: false,
            renewed_since: false,
        }),
        off_since: None,
        key_notes: azure_services_wizard::model::KeyNotes::default(),
        renewal_begun: None,
        tells_desktop: true,
        sent_this_month: azure_services_wizard::model::dry_run::RowsUp::default(),
        collections: Vec::new(),
        left_over: Vec::new(),
    }
}

fn expiring(called: &str, day: &str) -> ConnectionOverview {
    let mut overview = fine(called);
    overview.connection.setup.app.secret_expiry = day.parse().unwrap();
    overview
}

fn in_state(called: &str, state: ConnectionState) -> ConnectionOverview {
    let mut overview = fine(called);
    overview.connection.state = state;
    overview
}

fn failed(called: &str, problem: Problem) -> ConnectionOverview {
    let mut overview = fine(called);
    overview.last_run.as_mut().unwrap().problem = Some(problem);
    overview
}

/// One whose key Azure has called expired.
fn called_expired(called: &str) -> ConnectionOverview {
    let mut overview = failed(called, Problem::SecretExpired);
    overview.key_notes.called_expired = Some(now());
    overview
}

/// One of another app.
fn elsewhere(called: &str) -> ConnectionOverview {
    let mut overview = fine(called);
    overview.connection.setup.app.client_id = "aaaaaaaa-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap();
    overview
}

/// A new key that is in use until that day.
fn renewed(expiry: &str, warnings: Vec<Warning>) -> Renewed {
    Renewed {
        expiry: expiry.parse().unwrap(),
        warnings,
        others: Vec::new(),
    }
}

/// A window with home and its dialogs; the test is its backend.
struct Desk {
    harness: Harness<'static, Program>,
    waiting: Vec<Effect>,
}

impl Desk {
    /// With these connections.
    fn with(list: Vec<ConnectionOverview>) -> Self {
        let mut desk = Self::opening(false);
        desk.answer_list(Ok(list));
        desk
    }

    /// Before the connections are read.
    fn opening(on_lab: bool) -> Self {
        let program = Program::new(vec![Environment::built_in("AzurePublicCloud").unwrap()], now());
        let harness = Harness::builder()
            .with_size(egui::vec2(1100.0, 900.0))
            .with_max_steps(20)
            .with_context_setup(theme::install)
            .build_ui_state(move |ui, program: &mut Program| draw(ui, program, on_lab), program);
        let mut desk = Self {
            harness,
            waiting: Vec::new(),
        };
        desk.steps();
        desk
    }

    fn steps(&mut self) {
        self.harness.run_steps(3);
    }

    fn program(&mut self) -> &mut Program {
        self.harness.state_mut()
    }

    fn gather(&mut self) {
        let new = self.program().effects();
        self.waiting.extend(new);
    }

    /// What was asked for, and was not taken yet, that this finds. Takes it.
    fn asked<T>(&mut self, find: impl Fn(&Effect) -> Option<T>) -> Vec<T> {
        self.gather();
        let mut found = Vec::new();
        self.waiting.retain(|effect| match find(effect) {
            Some(each) => {
                found.push(each);
                false
            }
            None => true,
        });
        found
    }

    /// The commands that were given, by a word each.
    fn commands(&mut self) -> Vec<(RunId, String)> {
        self.asked(|effect| match effect {
            Effect::Command(run, Command::Publish(name)) => Some((*run, format!("publish {name}"))),
            Effect::Command(run, Command::UpdateSecret(renew, secret, expiry)) => {
                let others: String = renew.others.iter().map(|name| format!(" {name}")).collect();
                Some((
                    *run,
                    format!("update {} {} {expiry}{others}", renew.name, secret.expose()),
                ))
            }
            Effect::Command(run, Command::Change(name, changes)) => Some((*run, format!("change {name} {changes:?}"))),
            Effect::Command(run, Command::Remove(name, extent)) => Some((*run, format!("remove {name} {extent:?}"))),
            Effect::Command(run, Command::CreateSecret(renew, expiry)) => {
                Some((*run, format!("create {} {expiry}", renew.name)))
            }
            Effect::Command(run, Command::Remind(name, Reminder::Snooze(time))) => {
                Some((*run, format!("snooze {name} {time}")))
            }
            Effect::Command(run, Command::Remind(name, Reminder::Again)) => Some((*run, format!("again {name}"))),
            Effect::Command(run, Command::Remind(name, Reminder::Desktop(on))) => {
                Some((*run, format!("desktop {name} {on}")))
            }
            _ => None,
        })
    }

    /// The questions whether the desktop is to be told.
    fn claims(&mut self) -> Vec<(RunId, String)> {
        self.asked(|effect| match effect {
            Effect::Command(run, Command::ClaimNotice(name)) => Some((*run, name.to_string())),
            _ => None,
        })
    }

    /// The one command that was given.
    #[track_caller]
    fn command(&mut self, words: &str) -> RunId {
        let commands = self.commands();
        let [(run, given)] = commands.as_slice() else {
            panic!("not one command but {commands:?}");
        };
        assert_eq!(given, words);
        *run
    }

    fn stopped(&mut self) -> Vec<RunId> {
        self.asked(|effect| match effect {
            Effect::Stop(run) => Some(*run),
            _ => None,
        })
    }

    fn wants_to_close(&mut self) -> bool {
        let wishes = self.asked(|effect| matches!(effect, Effect::Shell(Shell::Close)).then_some(()));
        !wishes.is_empty()
    }

    /// The newest question of this kind that was asked.
    #[track_caller]
    fn ticket(&mut self, is: impl Fn(&Query) -> bool) -> Ticket {
        let tickets = self.asked(|effect| match effect {
            Effect::Query(ticket, query) if is(query) => Some(*ticket),
            _ => None,
        });
        *tickets.last().expect("nothing was asked")
    }

    fn on(&mut self, event: Event) {
        self.program().on(event);
        self.steps();
    }

    fn ended(&mut self, run: RunId, outcome: Outcome) {
        self.on(Event::Ended(run, outcome));
    }

    #[track_caller]
    fn answer_list(&mut self, list: Result<Vec<ConnectionOverview>>) {
        let ticket = self.ticket(|query| matches!(query, Query::Connections));
        self.on(Event::Answer(ticket, Answer::Connections(list)));
    }

    fn find<'a>(&'a self, role: Role, label: &'a str) -> Vec<egui_kittest::Node<'a>> {
        self.harness.query_all_by_role_and_label(role, label).collect()
    }

    fn has(&self, role: Role, label: &str) -> bool {
        !self.find(role, label).is_empty()
    }

    #[track_caller]
    fn click(&mut self, label: &str) {
        self.click_nth(label, 0);
    }

    #[track_caller]
    fn click_nth(&mut self, label: &str, nth: usize) {
        let buttons = self.find(Role::Button, label);
        buttons
            .get(nth)
            .unwrap_or_else(|| panic!("no button {label} {nth}\n{}", self.screen()))
            .click();
        drop(buttons);
        self.steps();
    }

    fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.steps();
    }

    fn press_with(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps();
    }

    /// As from the clipboard, into what has the focus.
    fn paste(&mut self, text: &str) {
        self.harness.event(egui::Event::Paste(text.to_owned()));
        self.steps();
    }

    /// What keeps the button from being pressed, as screen readers are told.
    #[track_caller]
    fn why_not(&self, label: &str) -> Option<String> {
        let buttons = self.find(Role::Button, label);
        let button = buttons.first().expect("no such button").accesskit_node();
        button.is_disabled().then(|| button.description().unwrap_or_default())
    }

    /// The label of what has the focus.
    fn focused(&self) -> String {
        let mut waiting = vec![self.harness.root()];
        while let Some(node) = waiting.pop() {
            if node.is_focused() {
                let node = node.accesskit_node();
                let named_by = node
                    .labelled_by()
                    .next()
                    .and_then(|label| label.value().or(label.label()));
                return node.label().or(named_by).unwrap_or_default();
            }
            waiting.extend(node.children());
        }
        String::new()
    }

    fn says(&self, words: &str) -> bool {
        self.screen().contains(words)
    }

    /// Everything on the screen: role, label, value, description.
    fn screen(&self) -> String {
        let mut lines = String::new();
        let mut waiting = vec![self.harness.root()];
        while let Some(node) = waiting.pop() {
            let inner = node.accesskit_node();
            let text: Vec<String> = [inner.label(), inner.value(), inner.description()]
                .into_iter()
                .flatten()
                .collect();
            if !text.is_empty() {
                lines.push_str(&format!("{:?} {}\n", inner.role(), text.join(" | ")));
            }
            let children: Vec<_> = node.children().collect();
            waiting.extend(children.into_iter().rev());
        }
        lines
    }

    /// The rows of the list, from top to bottom.
    fn rows(&self) -> Vec<String> {
        self.harness
            .query_all_by_role(Role::ListBoxOption)
            .filter_map(|row| row.accesskit_node().label())
            .collect()
    }
}

fn draw(ui: &mut egui::Ui, program: &mut Program, on_lab: bool) {
    home::show(ui, program, on_lab);
    let ctx = ui.ctx().clone();
    match program.dialog {
        Some(Dialog::Renewal(_)) => renewal_dialog::show(&ctx, program),
        Some(Dialog::Move(_)) => relocation_dialog::show(&ctx, program),
        Some(Dialog::Properties(_)) => properties_dialog::show(&ctx, program),
        Some(Dialog::Removal(_)) => removal_dialog::show(&ctx, program),
        Some(Dialog::SaveSettings(_) | Dialog::OpenSettings(_)) => settings_dialog::show(&ctx, program),
        Some(Dialog::Diagnosis(_)) => diagnosis_dialog::show(&ctx, program),
        Some(Dialog::Quit) => home::ask_to_quit(&ctx, program),
        None => {}
    }
    dialog::end_of_frame(&ctx);
}
