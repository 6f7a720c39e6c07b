//! Small signs, drawn by lines: they look the same with every font, and are never read out instead of words.

use std::sync::Arc;

use egui::{Color32, FontId, Galley, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, text::LayoutJob};

use crate::ui::theme::size;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It went well.
    Tick,
    /// It failed.
    Cross,
    /// It needs attention.
    Attention,
    /// It is worth knowing.
    Info,
    /// It has not begun.
    Pending,
}

/// A mark among other things, filled with `ink`; the sign in it has the colour of what is behind.
pub fn mark(ui: &mut Ui, mark: Mark, ink: Color32, behind: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size::MARK), Sense::hover());
    paint(ui.painter(), rect, mark, ink, behind);
}

/// Tells in which direction a column is sorted.
pub(super) fn arrow(painter: &Painter, at: Pos2, down: bool, ink: Color32) {
    let y = if down { 1.0 } else { -1.0 };
    let points = [(-4.0, -2.0 * y), (0.0, 2.0 * y), (4.0, -2.0 * y)].map(|(x, y)| at + Vec2::new(x, y));
    painter.line(points.to_vec(), Stroke::new(1.5, ink));
}

/// A mark in a square.
pub fn paint(painter: &Painter, square: Rect, mark: Mark, ink: Color32, behind: Color32) {
    let radius = square.width() / 2.0;
    let stroke = Stroke::new(radius * 0.24, behind);
    let line = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| at(square, *x, *y)).collect();
        painter.line(points, stroke);
    };
    let dot = |y: f32| painter.circle_filled(at(square, 0.5, y), radius * 0.15, behind);
    if mark == Mark::Pending {
        painter.circle_stroke(square.center(), radius - 1.0, Stroke::new(1.5, ink));
        return;
    }
    painter.circle_filled(square.center(), radius, ink);
    match mark {
        Mark::Tick => line(&[(0.27, 0.52), (0.44, 0.69), (0.74, 0.34)]),
        Mark::Cross => {
            line(&[(0.32, 0.32), (0.68, 0.68)]);
            line(&[(0.68, 0.32), (0.32, 0.68)]);
        }
        Mark::Attention => {
            line(&[(0.5, 0.22), (0.5, 0.58)]);
            dot(0.76);
        }
        Mark::Info => {
            line(&[(0.5, 0.44), (0.5, 0.79)]);
            dot(0.26);
        }
        Mark::Pending => {}
    }
}

/// A box that is ticked or not.
pub fn tick_box(painter: &Painter, square: Rect, ticked: bool, [fill, edge, ink]: [Color32; 3]) {
    painter.rect(square, 3.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if ticked {
        let points = [(0.22, 0.53), (0.42, 0.72), (0.78, 0.3)].map(|(x, y)| at(square, x, y));
        painter.line(points.to_vec(), Stroke::new(square.width() / 8.0, ink));
    }
}

/// An angle that points down, or to the right while something is folded.
pub fn angle(painter: &Painter, center: Pos2, down: bool, ink: Color32) {
    let points = if down {
        [(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)]
    } else {
        [(-2.0, -4.0), (2.0, 0.0), (-2.0, 4.0)]
    };
    let points = points.map(|(x, y)| center + Vec2::new(x, y));
    painter.line(points.to_vec(), Stroke::new(1.5, ink));
}

/// One line of text, cut with "…" where it is wider than this.
pub fn cut(ui: &Ui, text: &str, font: FontId, ink: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

fn at(square: Rect, x: f32, y: f32) -> Pos2 {
    pos2(square.min.x + x * square.width(), square.min.y + y * square.height())
}
