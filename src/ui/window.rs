//! Opening the window: its size and position, later starts, and what to say where it cannot open.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::{NativeOptions, Renderer};
use egui::{Context, Rect, UserAttentionType, ViewportBuilder, ViewportCommand};

use super::icon::icon;
use super::{App, Parts};
use crate::model::connection_list::ListOrder;
use crate::platform::single_instance::{Call, FirstWindow};
use crate::platform::window_state::{Area, WindowState};
use crate::text::{self, Wording};

/// The name by which desktops know the program.
const APP_ID: &str = "azure-services-wizard";
/// Inside the frame, in points.
const FIRST_SIZE: [f32; 2] = [1100.0, 760.0];
const LEAST_SIZE: [f32; 2] = [900.0, 620.0];

/// What draws, in the order in which it is tried. Over Remote Desktop and in virtual machines Windows often has no OpenGL worth
/// the name; Direct3D is there.
#[cfg(any(windows, target_os = "macos"))]
const RENDERERS: [Renderer; 2] = [Renderer::Wgpu, Renderer::Glow];
#[cfg(not(any(windows, target_os = "macos")))]
const RENDERERS: [Renderer; 1] = [Renderer::Glow];

/// What a window is opened with.
pub struct Opening {
    /// The program.
    pub parts: Parts,
    /// Where size and position are remembered; `None` for a window that leaves nothing behind.
    pub remembered_in: Option<PathBuf>,
    /// The calls of later starts; `None` where there are none.
    pub first: Option<FirstWindow>,
}

/// Why there is no window, or why it went without being closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// No screen.
    NoDisplay,
    /// A screen that cannot be used.
    DisplayUnusable(String),
    /// A library of the system is missing.
    LibraryMissing(String),
    /// Nothing can draw.
    NoGraphics(String),
    /// A mistake of ours.
    Crashed,
}

impl Obstacle {
    /// What to say about it.
    pub fn wording(&self) -> Wording {
        let packages = text::launch::packages(is_set("WAYLAND_DISPLAY"));
        match self {
            Self::NoDisplay => text::launch::no_display(),
            Self::DisplayUnusable(cause) => text::launch::display_unusable(cause),
            Self::LibraryMissing(cause) => text::launch::library_missing(cause, packages),
            Self::NoGraphics(cause) => text::launch::no_graphics(cause, packages),
            Self::Crashed => text::launch::crashed(),
        }
    }

    /// What an error says tells a missing library from a screen that is gone. Before the last colon stands where in whose
    /// source text it arose.
    fn from_words(words: &str) -> Self {
        let cause = words.rsplit(": ").next().unwrap_or(words).to_owned();
        if cause.contains(".so") || cause.contains("librar") {
            Self::LibraryMissing(cause)
        } else {
            Self::DisplayUnusable(cause)
        }
    }
}

impl From<eframe::Error> for Obstacle {
    fn from(error: eframe::Error) -> Self {
        let words = error.to_string();
        match error {
            eframe::Error::AppCreation(_) => Self::Crashed,
            eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => Self::from_words(&words),
            eframe::Error::NoGlutinConfigs(..) => Self::NoGraphics(text::launch::NO_OPENGL.to_owned()),
            _ => Self::NoGraphics(words),
        }
    }
}

/// Desktops take an empty variable for none.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Looks whether there is a screen at all, before anything is started for it.
///
/// # Errors
/// [`Obstacle::NoDisplay`].
pub fn look_for_display() -> Result<(), Obstacle> {
    let needed = cfg!(all(unix, not(target_os = "macos")));
    if needed && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set) {
        return Err(Obstacle::NoDisplay);
    }
    Ok(())
}

/// Opens the window, and comes back when it is closed. Everything that it was opened with is gone then.
///
/// # Errors
/// [`Obstacle`].
pub fn open(opening: Opening) -> Result<(), Obstacle> {
    let state = opening.remembered_in.as_deref().and_then(WindowState::read);
    let opening = Cell::new(Some(opening));
    let mut outcome = Err(Obstacle::Crashed);
    for renderer in RENDERERS {
        outcome = guarded(|opened| {
            let create = |cc: &eframe::CreationContext<'_>| {
                let opening = opening.take().ok_or("opened twice")?;
                opened.store(true, Ordering::SeqCst);
                Ok(Box::new(Windowed::new(&cc.egui_ctx, opening, state)) as Box<dyn eframe::App>)
            };
            eframe::run_native(text::window::TITLE, options(renderer, state), Box::new(create))
        });
        match &outcome {
            Err(obstacle @ Obstacle::NoGraphics(_)) => tracing::warn!("no window by {renderer}: {obstacle:?}"),
            Err(obstacle) => tracing::error!("no window: {obstacle:?}"),
            Ok(()) => {}
        }
        if !matches!(outcome, Err(Obstacle::NoGraphics(_))) {
            break;
        }
    }
    outcome
}

fn options(renderer: Renderer, state: Option<WindowState>) -> NativeOptions {
    let mut viewport = ViewportBuilder::default()
        .with_title(text::window::TITLE)
        .with_app_id(APP_ID)
        .with_icon(icon())
        .with_min_inner_size(LEAST_SIZE)
        .with_inner_size(state.map_or(FIRST_SIZE, |state| state.size))
        .with_maximized(state.is_some_and(|state| state.maximized));
    if let Some(position) = state.and_then(|state| state.position) {
        viewport = viewport.with_position(position);
    }
    NativeOptions {
        viewport,
        renderer,
        ..NativeOptions::default()
    }
}

/// Runs the window so that no panic reaches a person as it is. Before the window has opened a panic is how some missing
/// libraries are told; afterwards it is a mistake of ours, and the log says where.
fn guarded(run: impl FnOnce(&AtomicBool) -> eframe::Result) -> Result<(), Obstacle> {
    let opened = Arc::new(AtomicBool::new(false));
    let said = Arc::new(Mutex::new(None));
    let before = Arc::new(std::panic::take_hook());
    std::panic::set_hook({
        let (opened, said, before) = (Arc::clone(&opened), Arc::clone(&said), Arc::clone(&before));
        Box::new(move |panic| {
            // The words of a panic may quote a value, so they do not go to the log.
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!("a mistake in the program, at {place}");
            if opened.load(Ordering::SeqCst) {
                before(panic);
            } else {
                let words = panic.payload_as_str().unwrap_or_default().to_owned();
                *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
            }
        })
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&opened)));
    std::panic::set_hook(Box::new(move |panic| before(panic)));
    match outcome {
        Ok(outcome) => outcome.map_err(Obstacle::from),
        Err(_) if opened.load(Ordering::SeqCst) => Err(Obstacle::Crashed),
        Err(_) => {
            let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
            Err(Obstacle::from_words(&said.unwrap_or_default()))
        }
    }
}

/// The program in a window of the desktop.
struct Windowed {
    app: App,
    place: Place,
    first: Option<FirstWindow>,
}

impl Windowed {
    fn new(ctx: &Context, opening: Opening, state: Option<WindowState>) -> Self {
        if let Some(first) = &opening.first {
            let ctx = ctx.clone();
            first.wake_with(move || ctx.request_repaint());
        }
        let mut app = App::new(ctx, opening.parts);
        app.program_mut().home.order = state.and_then(|state| state.order);
        Self {
            app,
            place: Place::new(opening.remembered_in, state),
            first: opening.first,
        }
    }

    /// A later start wants to see the window, and perhaps more.
    fn hear(&mut self, ctx: &Context, call: Call) {
        ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
        ctx.send_viewport_cmd(ViewportCommand::Focus);
        // Where the desktop does not let a window come to the front by itself, its place in the task bar blinks.
        ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
        let program = self.app.program_mut();
        // What a person is at now is not covered by another dialog.
        if let Some(name) = call.update_secret.filter(|_| program.dialog.is_none()) {
            program.update_secret(&name);
            if program.dialog.is_none() {
                program.home.refresh(&mut program.asker); // it may have been made by another process
            }
        }
    }
}

impl eframe::App for Windowed {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        let calls: Vec<Call> = self.first.iter().flat_map(FirstWindow::calls).collect();
        for call in calls {
            self.hear(ctx, call);
        }
        self.place.look(ctx, frame, self.app.program().home.order);
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }
}

/// Where the window is; remembered when it goes.
struct Place {
    folder: Option<PathBuf>,
    state: Option<WindowState>,
    checked: bool,
}

impl Place {
    fn new(folder: Option<PathBuf>, state: Option<WindowState>) -> Self {
        Self {
            folder,
            state,
            checked: false,
        }
    }

    fn look(&mut self, ctx: &Context, frame: &eframe::Frame, order: Option<ListOrder>) {
        if self.folder.is_none() {
            return;
        }
        let (inner, outer, maximized, minimized) = ctx.input(|input| {
            let viewport = input.viewport();
            let is = |state: Option<bool>| state.unwrap_or_default();
            (
                viewport.inner_rect,
                viewport.outer_rect,
                is(viewport.maximized),
                is(viewport.minimized),
            )
        });
        let size = inner.map_or(ctx.content_rect().size(), |rect: Rect| rect.size());
        if maximized {
            // The size to go back to is the one from before.
            let before = self.state.get_or_insert(WindowState {
                size: FIRST_SIZE,
                position: None,
                maximized,
                order,
            });
            before.maximized = true;
        } else if !minimized {
            self.state = Some(WindowState {
                size: size.into(),
                position: outer.map(|rect| rect.min.into()),
                maximized,
                order,
            });
        }
        if let Some(state) = &mut self.state {
            state.order = order;
        }
        if !self.checked && outer.is_some() {
            self.checked = true;
            bring_within_reach(ctx, frame);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (Some(folder), Some(state)) = (&self.folder, &self.state)
            && let Err(failure) = state.write(folder)
        {
            tracing::warn!(code = failure.problem().code(), "the window's place is not remembered");
        }
    }
}

/// A remembered position may lie on a screen that is gone since, as after a Remote Desktop session on two screens.
fn bring_within_reach(ctx: &Context, frame: &eframe::Frame) {
    let Some(window) = frame.winit_window() else { return };
    let Ok(at) = window.outer_position() else { return };
    let size = window.outer_size();
    let area = |x: i32, y: i32, width: u32, height: u32| Area {
        at: [x, y].map(f64::from),
        size: [width, height].map(f64::from),
    };
    let screens: Vec<Area> = window
        .available_monitors()
        .map(|monitor| (monitor.position(), monitor.size()))
        .map(|(at, size)| area(at.x, at.y, size.width, size.height))
        .collect();
    let here = area(at.x, at.y, size.width, size.height);
    if let Some(screen) = screens.first().filter(|_| !here.is_within_reach(&screens)) {
        let scale = ctx.pixels_per_point();
        let [x, y] = screen.at.map(|value| value as f32 / scale);
        ctx.send_viewport_cmd(ViewportCommand::OuterPosition(egui::pos2(x, y)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, since a process has one panic hook.
    #[test]
    fn a_panic_is_a_missing_library_before_the_window_and_a_mistake_of_ours_in_it() {
        let words = "Library libxkbcommon-x11.so could not be loaded.";
        let outcome = guarded(|_| panic!("{words}"));
        assert_eq!(outcome, Err(Obstacle::LibraryMissing(words.to_owned())));
        let outcome = guarded(|opened| {
            opened.store(true, Ordering::SeqCst);
            std::panic::resume_unwind(Box::new("quietly"))
        });
        assert_eq!(outcome, Err(Obstacle::Crashed));
        assert!(guarded(|_| Ok(())).is_ok());
    }

    #[test]
    fn errors_are_told_apart() {
        let creation = eframe::Error::AppCreation("x".into());
        assert_eq!(Obstacle::from(creation), Obstacle::Crashed);
        let place = "winit EventLoopError: os error at /x/linux/mod.rs:788";
        let gone = "Failed to open connection to X server";
        let missing = "Failed to load one of xlib's shared libraries";
        assert_eq!(
            Obstacle::from_words(&format!("{place}: {gone}")),
            Obstacle::DisplayUnusable(gone.to_owned())
        );
        assert_eq!(
            Obstacle::from_words(&format!("{place}: {missing}")),
            Obstacle::LibraryMissing(missing.to_owned())
        );
    }
}
