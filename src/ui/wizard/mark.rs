//! Lines that begin with a mark: done, failed, under way. A screen reader hears a word in its place.

use egui::{Label, Painter, Rect, Response, RichText, Sense, Spinner, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::ui::theme::{space, tokens};

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not begun: an empty ring.
    Pending,
    /// Under way: turning.
    Running,
    /// Done, or allowed: a tick.
    Good,
    /// Failed, or missing: a cross.
    Bad,
    /// Stopped: a bar.
    Stopped,
}

/// The side of a mark.
const SIDE: f32 = 16.0;

/// The height of a line.
const HEIGHT: f32 = 20.0;
/// Where notes begin, unless the words are longer.
const NOTES: f32 = 280.0;

/// How far what belongs to a line stands in, below its words.
const INDENT: f32 = SIDE + space::S;

/// A line. `spoken` is what a screen reader says for mark and words; `note` stands beside them, weak, in monospace.
pub fn line(ui: &mut Ui, mark: Mark, words: &str, spoken: &str, note: &str) -> Response {
    // Lines are closer together than fields and buttons are.
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = HEIGHT;
        row(ui, mark, words, spoken, note)
    })
    .inner
}

/// What belongs to a line, below its words.
pub fn indented(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.add_space(INDENT);
        ui.vertical(content);
    });
}

fn row(ui: &mut Ui, mark: Mark, words: &str, spoken: &str, note: &str) -> Response {
    ui.horizontal(|ui| {
        let left = ui.cursor().min.x;
        draw(ui, mark);
        let t = tokens(ui);
        let ink = if mark == Mark::Pending { t.weak } else { t.text };
        let response = ui.label(RichText::new(words).color(ink));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_value(spoken));
        if !note.is_empty() {
            // Notes of several lines begin at one place.
            ui.add_space((left + NOTES - ui.cursor().min.x).max(0.0));
            ui.add(Label::new(RichText::new(note).monospace().color(t.weak)).truncate());
        }
        response
    })
    .inner
}

fn draw(ui: &mut Ui, mark: Mark) {
    if mark == Mark::Running {
        ui.add(Spinner::new().size(SIDE));
        return;
    }
    let t = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::hover());
    let painter = ui.painter();
    match mark {
        Mark::Pending | Mark::Running => ring(painter, rect, Stroke::new(1.0, t.edge)),
        Mark::Good => {
            disc(painter, rect, t.good.text);
            lines(painter, rect, &[&[(4.2, 8.3), (7.0, 11.0), (11.8, 5.4)]], t.page);
        }
        Mark::Bad => {
            disc(painter, rect, t.bad.text);
            let strokes: [&[(f32, f32)]; 2] = [&[(5.2, 5.2), (10.8, 10.8)], &[(10.8, 5.2), (5.2, 10.8)]];
            lines(painter, rect, &strokes, t.page);
        }
        Mark::Stopped => {
            disc(painter, rect, t.caution.text);
            lines(painter, rect, &[&[(4.8, 8.0), (11.2, 8.0)]], t.page);
        }
    }
}

fn ring(painter: &Painter, rect: Rect, stroke: Stroke) {
    painter.rect_stroke(rect.shrink(1.0), SIDE / 2.0, stroke, StrokeKind::Inside);
}

fn disc(painter: &Painter, rect: Rect, fill: egui::Color32) {
    painter.circle_filled(rect.center(), SIDE / 2.0, fill);
}

/// Strokes of a mark, each a row of points inside a square of [`SIDE`].
fn lines(painter: &Painter, rect: Rect, strokes: &[&[(f32, f32)]], ink: egui::Color32) {
    for points in strokes {
        let at = |&(x, y): &(f32, f32)| pos2(rect.min.x + x, rect.min.y + y);
        painter.line(points.iter().map(at).collect(), Stroke::new(2.0, ink));
    }
}
