//! The program in a window: events in, effects out, what covers what.

use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use egui::{CentralPanel, Context, Rect, Ui, UiBuilder};

use super::widgets::{dialog, focus};
use super::{
    LabSheet, diagnosis, home, notices, properties, relocation, removal, renewal, settings, theme, view, wizard,
};
use crate::backend::Backend;
use crate::flow::effect::FilePurpose;
use crate::flow::notices::Level;
use crate::flow::program::Dialog;
use crate::flow::{Effect, Event, Program, Shell};
use crate::model::{ConnectionName, Environment};
use crate::platform::notification;
use crate::text;

/// What an [`App`] is made of.
pub struct Parts {
    /// Runs what the flow asks for.
    pub backend: Backend,
    /// The clouds to choose from; the first is offered first.
    pub environments: Vec<Environment>,
    /// The lab's values, where the program runs on the lab.
    pub lab: Option<LabSheet>,
    /// Opens *Update secret key* for this connection at the start.
    pub update_secret: Option<ConnectionName>,
    /// Light, dark, or as the system says.
    pub theme: egui::ThemePreference,
    /// The time.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

/// The program in a window.
pub struct App {
    program: Program,
    parts: Parts,
    view: View,
}

/// What only the window remembers: nothing that anybody depends on.
#[derive(Default)]
pub struct View {
    /// The page that was drawn last, to see when another one opens.
    pub page: Option<crate::flow::wizard::Page>,
    /// Whether the list of messages is open.
    pub notices_open: bool,
    /// The list shows messages of this level and above.
    pub least: Level,
    /// The height of the strip of messages along the bottom.
    pub strip: f32,
    picking: Option<FilePurpose>,
    /// The page over home that was drawn last.
    over_home: Option<&'static str>,
}

impl App {
    /// The program at its start.
    pub fn new(ctx: &Context, parts: Parts) -> Self {
        theme::install(ctx);
        ctx.set_theme(parts.theme);
        let waker = ctx.clone();
        parts.backend.wake_with(move || waker.request_repaint());
        let mut program = Program::new(parts.environments.clone(), (parts.clock)());
        if let Some(name) = &parts.update_secret {
            program.update_secret(name);
        }
        Self {
            program,
            parts,
            view: View::default(),
        }
    }

    /// What the window shows and does.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The same, for tests that need a state which takes long to reach.
    pub fn program_mut(&mut self) -> &mut Program {
        &mut self.program
    }

    fn carry_out(&mut self, ctx: &Context) {
        for effect in self.program.effects() {
            match effect {
                Effect::Shell(Shell::Close) => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
                Effect::Shell(Shell::PickFile(purpose)) => self.pick_file(purpose),
                Effect::Shell(Shell::Notify(name)) => self.notify(&name),
                effect => self.parts.backend.carry_out(effect),
            }
        }
    }

    /// Tells the desktop, from a thread of its own: it may take its time.
    fn notify(&self, name: &ConnectionName) {
        let Some(overview) = self.program.home.find(name) else {
            return;
        };
        let words = text::expiry::sentence(name, &overview.key(self.program.now()));
        let telling = move || {
            if let Err(cause) = notification::show(text::expiry::NOTIFICATION, &words) {
                tracing::info!(cause, "the desktop was not told that a secret key is about to expire");
            }
        };
        if let Err(cause) = std::thread::Builder::new().name("notify".to_owned()).spawn(telling) {
            tracing::warn!(%cause, "no thread to tell the desktop");
        }
    }

    fn pick_file(&mut self, purpose: FilePurpose) {
        if self.view.picking.is_none() {
            self.view.picking = Some(purpose);
            let dialog = rfd::AsyncFileDialog::new().set_title(text::window::file_dialog(purpose));
            let picked: Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = match purpose {
                FilePurpose::Commands => Box::pin(dialog.save_file()),
                FilePurpose::Csv => Box::pin(dialog.add_filter("CSV", &["csv"]).save_file()),
                FilePurpose::Settings => Box::pin(dialog.add_filter("TOML", &["toml"]).save_file()),
                FilePurpose::Report => Box::pin(dialog.add_filter("Text", &["txt"]).save_file()),
                FilePurpose::Setup => Box::pin(dialog.add_filter("TOML", &["toml"]).pick_file()),
                FilePurpose::App | FilePurpose::SiteRoot => Box::pin(dialog.pick_file()),
            };
            self.parts
                .backend
                .await_file(purpose, async move { picked.await.map(|file| file.path().to_owned()) });
        }
    }

    fn hear(&mut self) {
        let events: Vec<Event> = self.parts.backend.events().collect();
        for event in events {
            if let Event::FilePicked(..) = event {
                self.view.picking = None;
            }
            self.program.on(event);
        }
    }
}

impl App {
    /// Page, the lab's values, messages: drawn in this order, which is the one in which Tab goes through them.
    fn areas(&mut self, ui: &mut Ui) {
        let whole = ui.available_rect_before_wrap();
        let (above, strip) = whole.split_top_bottom_at_y(whole.max.y - self.view.strip);
        let beside = self.parts.lab.as_ref().map_or(0.0, |_| LabSheet::width(whole.width()));
        let (page, sheet) = above.split_left_right_at_x(above.max.x - beside);
        area(ui, "page", page, |ui| self.page(ui));
        if let Some(lab) = &self.parts.lab {
            area(ui, "sheet", sheet, |ui| lab.panel(ui));
        }
        area(ui, "strip", strip, |ui| {
            notices::bar(ui, &mut self.program, &mut self.view)
        });
    }

    fn page(&mut self, ui: &mut Ui) {
        if self.program.wizard.is_some() {
            wizard::show(ui, &mut self.program);
        } else if self.program.view.is_some() {
            CentralPanel::default_margins().show(ui, |ui| view::show(ui, &mut self.program));
        } else {
            CentralPanel::default_margins().show(ui, |ui| home::show(ui, &mut self.program, self.parts.lab.is_some()));
        }
    }
}

/// A part of the window, with what is in it.
fn area(ui: &mut Ui, id: &str, rect: Rect, content: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().id_salt(id).max_rect(rect), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        content(ui);
    });
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.program.tick((self.parts.clock)());
        self.hear();
        if ctx.input(|input| input.viewport().close_requested()) && !self.program.close_requested() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.carry_out(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label(text::window::TITLE));
        let page = self.program.wizard.as_ref().map(crate::flow::wizard::Wizard::page);
        if page != self.view.page {
            self.view.page = page;
            focus::ask_on_page(&ctx);
        }
        let over_home = view::page_name(&self.program);
        if over_home != self.view.over_home {
            self.view.over_home = over_home;
            focus::ask_on_page(&ctx);
        }
        self.areas(ui);
        match self.program.dialog {
            Some(Dialog::Renewal(_)) => renewal::show(&ctx, &mut self.program),
            Some(Dialog::Move(_)) => relocation::show(&ctx, &mut self.program),
            Some(Dialog::Properties(_)) => properties::show(&ctx, &mut self.program),
            Some(Dialog::Removal(_)) => removal::show(&ctx, &mut self.program),
            Some(Dialog::SaveSettings(_) | Dialog::OpenSettings(_)) => settings::show(&ctx, &mut self.program),
            Some(Dialog::Diagnosis(_)) => diagnosis::show(&ctx, &mut self.program),
            Some(Dialog::Quit) => home::ask_to_quit(&ctx, &mut self.program),
            None => {}
        }
        dialog::end_of_frame(&ctx);
        self.carry_out(&ctx);
    }
}
