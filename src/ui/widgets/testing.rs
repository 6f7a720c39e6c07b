//! A window without a display, with one widget in it.

use egui::accesskit::Role;
use egui::{Event, Id, Modifiers, OutputCommand, PointerButton, Pos2, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::dialog;
use crate::ui::theme;

/// The same every time: our theme, and what the window does at the end of a frame.
pub(crate) fn harness<State: 'static>(
    state: State,
    mut draw: impl FnMut(&mut Ui, &mut State) + 'static,
) -> Harness<'static, State> {
    let mut installed = false;
    let app = move |ui: &mut Ui, state: &mut State| {
        if !installed {
            theme::install(ui.ctx());
            installed = true;
        }
        draw(ui, state);
        let ctx = ui.ctx().clone();
        dialog::end_of_frame(&ctx);
        keep_commands(&ctx);
    };
    let mut harness = Harness::builder()
        .with_size([800.0, 600.0])
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(app, state);
    harness.run_steps(3);
    harness
}

/// The label of what has the focus; its value where it has no label.
pub(crate) fn focused<State>(harness: &Harness<'_, State>) -> Option<String> {
    let all = nodes(harness);
    let focused = all.iter().find(|node| node.accesskit_node().is_focused())?;
    let inner = focused.accesskit_node();
    inner.label().or_else(|| inner.value())
}

/// What a field of this role and label is described with.
pub(crate) fn description<State>(harness: &Harness<'_, State>, role: Role, label: &str) -> Option<String> {
    harness
        .get_by_role_and_label(role, label)
        .accesskit_node()
        .description()
}

/// Everything that a screen reader could get hold of.
pub(crate) fn tree<State>(harness: &Harness<'_, State>) -> String {
    let mut all = String::new();
    for node in nodes(harness) {
        let inner = node.accesskit_node();
        let texts = [inner.label(), inner.value(), inner.description()];
        for text in texts.into_iter().flatten() {
            all.push_str(&text);
            all.push('\n');
        }
    }
    all
}

fn nodes<'h, State>(harness: &'h Harness<'_, State>) -> Vec<egui_kittest::Node<'h>> {
    let mut waiting = vec![harness.root()];
    let mut all = Vec::new();
    while let Some(node) = waiting.pop() {
        waiting.extend(node.children());
        all.push(node);
    }
    all
}

/// Presses the pointer's first button here, or lets it go.
pub(crate) fn pointer<State>(harness: &mut Harness<'_, State>, at: Pos2, pressed: bool) {
    harness.hover_at(at);
    harness.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(2);
}

/// Presses keys, one after the other.
pub(crate) fn press<State>(harness: &mut Harness<'_, State>, keys: &[egui::Key]) {
    for key in keys {
        harness.key_press(*key);
        harness.run_steps(2);
    }
}

/// A harness forgets what each frame asked of the system; this keeps it.
fn keep_commands(ctx: &egui::Context) {
    let new = ctx.output(|output| output.commands.clone());
    ctx.data_mut(|data| data.get_temp_mut_or_default::<Vec<OutputCommand>>(key()).extend(new));
}

fn key() -> Id {
    Id::unique("asw-test-commands")
}

fn commands<State>(harness: &Harness<'_, State>) -> Vec<OutputCommand> {
    harness.ctx.data(|data| data.get_temp(key())).unwrap_or_default()
}

/// What was copied last.
pub(crate) fn copied<State>(harness: &Harness<'_, State>) -> Option<String> {
    commands(harness).into_iter().rev().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text),
        _ => None,
    })
}

/// What was opened in the browser last.
pub(crate) fn opened<State>(harness: &Harness<'_, State>) -> Option<String> {
    commands(harness).into_iter().rev().find_map(|command| match command {
        OutputCommand::OpenUrl(open) => Some(open.url),
        _ => None,
    })
}
