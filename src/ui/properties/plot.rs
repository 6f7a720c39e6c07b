//! A small plot of members over time: steps, since between two publications nothing changes; the value under the pointer in words.

use chrono::{DateTime, TimeDelta, Utc};
use egui::accesskit::Role;
use egui::{Align2, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::model::run_history::Sample;
use crate::text::runs as words;
use crate::ui::theme::{Tokens, space, tokens};

/// The height of the plot.
const HEIGHT: f32 = 150.0;
/// Fewer samples are marked by a dot each.
const DOTTED: usize = 60;

/// Draws it.
pub(super) fn show(ui: &mut Ui, name: &str, samples: &[Sample]) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_description(words::plotted(samples)));
    let t = tokens(ui);
    ui.painter()
        .rect(rect, 4.0, t.field, Stroke::new(1.0, t.edge), StrokeKind::Inside);
    match Axes::of(ui, rect, samples) {
        Some(axes) => {
            axes.grid(ui);
            axes.line(ui.painter(), t, samples);
            axes.pointed(ui, response, samples);
        }
        None => {
            let font = TextStyle::Body.resolve(ui.style());
            let room = rect.width() - 2.0 * space::L;
            let text = ui
                .painter()
                .layout(words::NOTHING_TO_PLOT.to_owned(), font, t.weak, room);
            let at = rect.center() - text.size() / 2.0;
            ui.painter().galley(at, text, t.weak);
        }
    }
}

/// Where times and numbers are on the screen.
struct Axes {
    /// The area of the line.
    area: Rect,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    ticks: Vec<u64>,
}

impl Axes {
    fn of(ui: &Ui, rect: Rect, samples: &[Sample]) -> Option<Self> {
        let (first, last) = (samples.first()?, samples.last()?);
        let numbers = samples.iter().map(|each| each.members);
        let ticks = ticks(numbers.clone().min()?, numbers.max()?);
        let widest = ticks.last().map(ToString::to_string).unwrap_or_default();
        let font = TextStyle::Small.resolve(ui.style());
        let label = ui.painter().layout_no_wrap(widest, font, tokens(ui).weak).size();
        let area = Rect::from_min_max(
            pos2(rect.min.x + space::M + label.x + space::S, rect.min.y + space::M),
            pos2(rect.max.x - space::M, rect.max.y - label.y - 2.0 * space::S),
        );
        // One publication alone is a point: it stands at the left.
        let to = last.at.max(first.at + TimeDelta::minutes(1));
        Some(Self {
            area,
            from: first.at,
            to,
            ticks,
        })
    }

    fn x(&self, at: DateTime<Utc>) -> f32 {
        let whole = (self.to - self.from).num_milliseconds().max(1) as f64;
        let part = (at - self.from).num_milliseconds() as f64 / whole;
        self.area.min.x + self.area.width() * part as f32
    }

    fn y(&self, members: u64) -> f32 {
        let (least, most) = (
            self.ticks.first().copied().unwrap_or(0),
            self.ticks.last().copied().unwrap_or(1),
        );
        let part = (members - least) as f64 / (most - least).max(1) as f64;
        self.area.max.y - self.area.height() * part as f32
    }

    fn point(&self, sample: &Sample) -> Pos2 {
        pos2(self.x(sample.at), self.y(sample.members))
    }

    /// Lines at round numbers, and the days at both ends.
    fn grid(&self, ui: &Ui) {
        let t = tokens(ui);
        let font = TextStyle::Small.resolve(ui.style());
        for tick in &self.ticks {
            let y = self.y(*tick);
            ui.painter().hline(self.area.x_range(), y, Stroke::new(1.0, t.line));
            let at = pos2(self.area.min.x - space::S, y);
            ui.painter().text(at, Align2::RIGHT_CENTER, tick, font.clone(), t.weak);
        }
        let below = self.area.max.y + space::XS;
        for (at, align, x) in [
            (self.from, Align2::LEFT_TOP, self.area.min.x),
            (self.to, Align2::RIGHT_TOP, self.area.max.x),
        ] {
            let words = at.format("%Y-%m-%d %H:%M").to_string();
            ui.painter().text(pos2(x, below), align, words, font.clone(), t.weak);
        }
    }

    fn line(&self, painter: &Painter, t: &Tokens, samples: &[Sample]) {
        painter.line(self.steps(samples), Stroke::new(2.0, t.link));
        if samples.len() <= DOTTED {
            for sample in samples {
                painter.circle_filled(self.point(sample), 3.0, t.link);
            }
        }
    }

    /// The corners of the line: a number stays until the next publication.
    fn steps(&self, samples: &[Sample]) -> Vec<Pos2> {
        let mut corners: Vec<Pos2> = Vec::new();
        let mut now = None;
        for sample in samples
            .iter()
            .filter(|each| now.replace(each.members) != Some(each.members))
        {
            let to = self.point(sample);
            corners.extend(corners.last().map(|before| pos2(to.x, before.y)));
            corners.push(to);
        }
        let end = corners.last().map(|last| pos2(self.area.max.x, last.y));
        corners.extend(end);
        corners
    }

    /// The last publication before the pointer, in words.
    fn pointed(&self, ui: &Ui, response: Response, samples: &[Sample]) {
        let Some(pointer) = response
            .hover_pos()
            .filter(|at| self.area.expand(space::S).contains(*at))
        else {
            return;
        };
        let after = samples.partition_point(|each| self.x(each.at) <= pointer.x + 3.0);
        let Some(sample) = samples.get(after.saturating_sub(1)) else {
            return;
        };
        let (at, t) = (self.point(sample), tokens(ui));
        ui.painter().vline(at.x, self.area.y_range(), Stroke::new(1.0, t.edge));
        ui.painter().circle_filled(at, 4.5, t.link);
        response.on_hover_text_at_pointer(words::sample(sample));
    }
}

/// Three to six round numbers from below the least to above the most.
fn ticks(least: u64, most: u64) -> Vec<u64> {
    let span = (most - least).max(1);
    let steps = (0..20).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.saturating_pow(power)));
    let step = steps.into_iter().find(|step| span.div_ceil(*step) <= 4).unwrap_or(span);
    let first = least / step * step;
    let last = most.div_ceil(step).max(first / step + 1) * step;
    (first..=last)
        .step_by(usize::try_from(step).unwrap_or(usize::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::widgets::testing::{description, harness};

    #[test]
    fn ticks_are_round_numbers_around_what_is_shown() {
        assert_eq!(ticks(0, 0), [0, 1]);
        assert_eq!(ticks(5, 5), [5, 6]);
        assert_eq!(ticks(0, 4), [0, 1, 2, 3, 4]);
        assert_eq!(ticks(1_234, 1_251), [1_230, 1_235, 1_240, 1_245, 1_250, 1_255]);
        assert_eq!(ticks(0, 100_000), [0, 50_000, 100_000]);
        for (least, most) in [
            (0, 1),
            (3, 17),
            (99, 101),
            (0, u64::from(u32::MAX)),
            (7_000_001, 7_000_002),
        ] {
            let ticks = ticks(least, most);
            assert!(ticks[0] <= least && *ticks.last().unwrap() >= most, "{ticks:?}");
            assert!((2..=6).contains(&ticks.len()), "{least} {most} {ticks:?}");
        }
    }

    #[test]
    fn it_is_told_to_who_does_not_see_it() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let samples = vec![
            Sample { at: at(0), members: 5 },
            Sample {
                at: at(7_200),
                members: 9,
            },
        ];
        for samples in [samples, Vec::new()] {
            let expected = words::plotted(&samples);
            let harness = harness(samples, |ui, samples| show(ui, "Members over time", samples));
            harness.get_by_role_and_label(Role::Image, "Members over time");
            assert_eq!(description(&harness, Role::Image, "Members over time"), Some(expected));
        }
    }

    #[test]
    fn a_number_stays_until_the_next_and_equal_ones_are_one_line() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let axes = Axes {
            area: Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 100.0)),
            from: at(0),
            to: at(100),
            ticks: vec![0, 10],
        };
        let mut samples: Vec<Sample> = (0..50)
            .map(|second| Sample {
                at: at(second),
                members: 5,
            })
            .collect();
        samples.push(Sample {
            at: at(50),
            members: 10,
        });
        let corners: Vec<(i32, i32)> = axes
            .steps(&samples)
            .iter()
            .map(|corner| (corner.x.round() as i32, corner.y.round() as i32))
            .collect();
        assert_eq!(corners, [(0, 50), (50, 50), (50, 0), (100, 0)]);
        assert!(axes.steps(&[]).is_empty());
    }
}
