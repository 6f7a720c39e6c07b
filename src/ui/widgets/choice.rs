//! A choice among a few, in a list that hangs down from a field. One tab stop: Enter, Space or an arrow opens it, arrows and first
//! letters move in it, Enter or Space chooses, Escape closes it and nothing else.

use egui::accesskit::{HasPopup, Role};
use egui::{
    Event, EventFilter, Frame, Id, Key, Margin, Popup, PopupCloseBehavior, Rect, Response, ScrollArea, Sense, Stroke,
    StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::{focus, form, keys, mark};
use crate::ui::theme::{size, space, tokens};

/// How many rows are seen at a time.
const ROWS: f32 = 9.0;

/// A choice among a few, or among thousands: only the rows in view are drawn. `chosen` is what the closed box shows. Answers what
/// was chosen now.
pub fn choice<T: Clone>(
    ui: &mut Ui,
    name: &str,
    chosen: &str,
    options: &[(T, String)],
    why_not: Option<&str>,
) -> Option<T> {
    sized(ui, size::FIELD, (name, ""), chosen, options, why_not)
}

/// The same for a few short words.
pub fn narrow<T: Clone>(ui: &mut Ui, name: &str, chosen: &str, options: &[(T, String)]) -> Option<T> {
    sized(ui, size::SHORT_FIELD, (name, ""), chosen, options, None)
}

/// The same, as wide as this.
pub fn of_width<T: Clone>(
    ui: &mut Ui,
    width: f32,
    name: &str,
    chosen: &str,
    options: &[(T, String)],
    why_not: Option<&str>,
) -> Option<T> {
    sized(ui, width, (name, ""), chosen, options, why_not)
}

/// The same for rows that say more than a name: as wide as running text, and with words beside the label.
pub fn wide<T: Clone>(ui: &mut Ui, name: &str, note: &str, chosen: &str, options: &[(T, String)]) -> Option<T> {
    sized(ui, size::TEXT, (name, note), chosen, options, None)
}

/// A list of what may be done, that hangs down in a row of buttons: the closed box shows its name. Never what a page begins with.
pub fn menu<T: Clone>(ui: &mut Ui, name: &str, options: &[(T, String)]) -> Option<T> {
    let choice = Choice {
        width: size::SHORT_FIELD,
        name,
        chosen: name,
        options,
        claims: false,
    };
    let (_, picked) = choice.show(ui);
    options.get(picked?).map(|(value, _)| value.clone())
}

fn sized<T: Clone>(
    ui: &mut Ui,
    width: f32,
    (name, note): (&str, &str),
    chosen: &str,
    options: &[(T, String)],
    why_not: Option<&str>,
) -> Option<T> {
    let picked = ui
        .vertical(|ui| {
            let label = form::caption(ui, name, note);
            let choice = Choice {
                width,
                name,
                chosen,
                options,
                claims: true,
            };
            let inner = ui.add_enabled_ui(why_not.is_none(), |ui| choice.show(ui));
            let (response, picked) = inner.inner;
            let response = response.labelled_by(label.id);
            if let Some(why) = why_not.filter(|why| !why.is_empty()) {
                ui.ctx()
                    .accesskit_node_builder(response.id, |node| node.set_description(why));
                response.on_disabled_hover_text(why);
            }
            picked
        })
        .inner?;
    options.get(picked).map(|(value, _)| value.clone())
}

struct Choice<'a, T> {
    width: f32,
    name: &'a str,
    chosen: &'a str,
    options: &'a [(T, String)],
    /// Whether it may have the focus when the page is new.
    claims: bool,
}

/// What a key or a click did to the open list.
#[derive(Default)]
struct Moves {
    /// The row that the keyboard is on.
    at: Option<usize>,
    /// It was moved to by a key: it has to be in view.
    moved: bool,
    picked: Option<usize>,
}

impl<T> Choice<'_, T> {
    fn text(&self, at: usize) -> &str {
        self.options.get(at).map_or("", |(_, text)| text)
    }

    fn show(&self, ui: &mut Ui) -> (Response, Option<usize>) {
        let id = ui.make_persistent_id(("choice", self.name));
        let popup = id.with("popup");
        let width = self.width.min(ui.available_width());
        let (_, rect) = ui.allocate_space(vec2(width, size::CONTROL));
        let present = self.options.iter().position(|(_, text)| text == self.chosen);
        let was_open = Popup::is_id_open(ui.ctx(), popup);
        let remembered = ui.data(|data| data.get_temp::<usize>(popup)).filter(|_| was_open);
        let mut moves = Moves {
            at: remembered.or(present),
            ..Moves::default()
        };
        if ui.is_enabled() && ui.memory(|memory| memory.has_focus(id)) {
            self.keys(ui, id, popup, &mut moves);
        }
        let button = ui.interact(rect, id, Sense::click());
        if button.clicked() {
            button.request_focus();
        }
        self.closed(ui, &button);
        self.open(ui, &button, popup, &mut moves);
        let open = Popup::is_id_open(ui.ctx(), popup);
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_has_popup(HasPopup::Listbox);
            node.set_expanded(open);
            if let Some(at) = moves.at.filter(|_| open) {
                node.set_active_descendant(popup.with(at).accesskit_id());
            }
        });
        ui.data_mut(|data| {
            data.remove::<usize>(popup);
            if let Some(at) = moves.at.filter(|_| open) {
                data.insert_temp(popup, at);
            }
        });
        (button, moves.picked)
    }

    /// Keys are taken before egui makes clicks of them.
    fn keys(&self, ui: &Ui, id: Id, popup: Id, moves: &mut Moves) {
        let ctx = ui.ctx();
        let open = Popup::is_id_open(ctx, popup);
        let filter = EventFilter {
            vertical_arrows: true,
            escape: open,
            ..EventFilter::default()
        };
        ctx.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        if !open {
            let opens = [Key::Enter, Key::Space, Key::ArrowDown, Key::ArrowUp, Key::F4];
            let opens = opens.map(|key| keys::take(ctx, key));
            if opens.contains(&true) {
                Popup::open_id(ctx, popup);
                moves.moved = true;
            }
            return;
        }
        let Some(last) = self.options.len().checked_sub(1) else {
            if keys::take(ctx, Key::Escape) || keys::take(ctx, Key::Enter) || keys::take(ctx, Key::Space) {
                Popup::close_id(ctx, popup);
            }
            return;
        };
        let at = moves.at;
        let page = ROWS as usize - 1;
        let goes = [
            (Key::ArrowDown, at.map_or(0, |at| at + 1)),
            (Key::ArrowUp, at.unwrap_or(0).saturating_sub(1)),
            (Key::Home, 0),
            (Key::End, last),
            (Key::PageDown, at.unwrap_or(0) + page),
            (Key::PageUp, at.unwrap_or(0).saturating_sub(page)),
        ];
        let by_letter = self.by_letter(ui, at);
        let goes = goes
            .into_iter()
            .find(|(key, _)| keys::take(ctx, *key))
            .map(|(_, to)| to);
        if let Some(to) = goes.or(by_letter) {
            moves.at = Some(to.min(last));
            moves.moved = true;
        }
        if keys::take(ctx, Key::Enter) || keys::take(ctx, Key::Space) {
            moves.picked = moves.at;
            Popup::close_id(ctx, popup);
        }
        let leaves = ctx.input(|input| input.key_pressed(Key::Tab));
        if keys::take(ctx, Key::Escape) || leaves {
            Popup::close_id(ctx, popup);
        }
    }

    /// The next row that begins with the letter that was typed.
    fn by_letter(&self, ui: &Ui, at: Option<usize>) -> Option<usize> {
        let typed = ui.input(|input| {
            input.events.iter().find_map(|event| match event {
                Event::Text(text) if !text.trim().is_empty() => Some(text.to_lowercase()),
                _ => None,
            })
        })?;
        let from = at.map_or(0, |at| at + 1);
        let mut order = (from..self.options.len()).chain(0..from.min(self.options.len()));
        order.find(|at| self.text(*at).to_lowercase().starts_with(&typed))
    }

    /// The field itself.
    fn closed(&self, ui: &Ui, button: &Response) {
        let t = tokens(ui);
        let rect = button.rect;
        button.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), self.name);
            info.current_text_value = Some(self.chosen.to_owned());
            info
        });
        let edge = if button.hovered() { t.text } else { t.edge };
        let stroke = Stroke::new(1.0, edge);
        ui.painter().rect(rect, 4.0, t.field, stroke, StrokeKind::Inside);
        let font = TextStyle::Body.resolve(ui.style());
        let text = mark::cut(ui, self.chosen, font, t.text, rect.width() - 42.0);
        let at = pos2(rect.min.x + 8.0, rect.center().y - text.size().y / 2.0);
        ui.painter().galley(at, text, t.text);
        mark::angle(ui.painter(), pos2(rect.max.x - 16.0, rect.center().y), true, t.weak);
        focus::ring(ui, button);
        if self.claims {
            focus::claim(ui, button);
        }
    }

    /// The list below it, while it is open.
    fn open(&self, ui: &Ui, button: &Response, popup: Id, moves: &mut Moves) {
        let t = tokens(ui);
        let frame = Frame::popup(ui.style())
            .fill(t.field)
            .stroke(Stroke::new(1.0, t.edge))
            .inner_margin(Margin::same(3));
        Popup::from_toggle_button_response(button)
            .id(popup)
            .width(button.rect.width() - 8.0)
            .gap(2.0)
            .frame(frame)
            .close_behavior(PopupCloseBehavior::CloseOnClick)
            .show(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.set_width(button.rect.width() - 8.0);
                let scroll = ScrollArea::vertical().max_height(ROWS * size::ROW);
                scroll.show_rows(ui, size::ROW, self.options.len(), |ui, rows| {
                    self.follow(ui, rows.start, moves);
                    for at in rows {
                        self.row(ui, popup.with(at), at, moves);
                    }
                });
            });
        ui.ctx()
            .accesskit_node_builder(popup, |node| node.set_role(Role::ListBox));
    }

    /// Brings the row into view that a key has led to, drawn or not. `first` is the first one that is drawn.
    fn follow(&self, ui: &Ui, first: usize, moves: &Moves) {
        if let Some(at) = moves.at.filter(|_| moves.moved) {
            let whole = ui.max_rect();
            let top = whole.min.y + (at as f32 - first as f32) * size::ROW;
            let row = Rect::from_min_size(pos2(whole.min.x, top), vec2(whole.width(), size::ROW));
            ui.scroll_to_rect(row, None);
        }
    }

    fn row(&self, ui: &mut Ui, id: Id, at: usize, moves: &mut Moves) {
        let t = tokens(ui);
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), size::ROW));
        let row = ui.interact(rect, id, Sense::CLICK);
        let text = self.text(at);
        let present = text == self.chosen;
        row.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, text));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_selected(present);
            node.set_position_in_set(at);
            node.set_size_of_set(self.options.len());
        });
        if row.hovered() && ui.input(|input| input.pointer.is_moving()) {
            moves.at = Some(at);
        }
        if moves.at == Some(at) {
            ui.painter().rect_filled(rect, 3.0, t.selected);
        }
        if present {
            let bar = Rect::from_min_size(rect.min + vec2(0.0, 5.0), vec2(3.0, rect.height() - 10.0));
            ui.painter().rect_filled(bar, 1.5, t.link);
        }
        let font = TextStyle::Body.resolve(ui.style());
        let text = mark::cut(ui, text, font, t.text, rect.width() - 2.0 * space::M);
        let left = pos2(rect.min.x + 9.0, rect.center().y - text.size().y / 2.0);
        ui.painter().galley(left, text, t.text);
        if row.clicked() {
            moves.picked = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    use super::*;
    use crate::ui::widgets::testing::{description, focused, harness, press};

    const NAME: &str = "Cloud:";

    /// What is chosen, and whether an Escape came through to the page.
    type State = (usize, bool);

    fn clouds() -> Harness<'static, State> {
        harness((0, false), |ui, (chosen, escaped)| {
            let clouds = ["Azure", "Berlin", "China", "Bonn"];
            let options: Vec<_> = clouds
                .iter()
                .enumerate()
                .map(|(at, text)| (at, (*text).to_owned()))
                .collect();
            if let Some(now) = choice(ui, NAME, clouds[*chosen], &options, None) {
                *chosen = now;
            }
            crate::ui::widgets::button::small(ui, "after");
            *escaped |= keys::escape(ui.ctx());
        })
    }

    fn is_open(harness: &Harness<'_, State>) -> bool {
        let box_ = harness.get_by_role_and_label(Role::ComboBox, NAME);
        let expanded = box_.accesskit_node().data().is_expanded();
        let rows = harness.query_all_by_role(Role::ListBoxOption).count();
        assert_eq!(expanded, Some(rows > 0));
        rows > 0
    }

    fn with_focus() -> Harness<'static, State> {
        let mut harness = clouds();
        harness.get_by_role_and_label(Role::ComboBox, NAME).focus();
        harness.run_steps(2);
        harness
    }

    #[test]
    fn it_has_a_name_and_a_value() {
        let harness = clouds();
        let box_ = harness.get_by_role_and_label(Role::ComboBox, NAME);
        assert_eq!(box_.value().as_deref(), Some("Azure"));
    }

    #[test]
    fn arrows_move_and_enter_chooses() {
        let mut harness = with_focus();
        press(&mut harness, &[Key::Enter]);
        assert!(is_open(&harness));
        press(&mut harness, &[Key::ArrowDown, Key::ArrowDown]);
        assert_eq!(harness.state().0, 0, "nothing is chosen yet");
        press(&mut harness, &[Key::Enter]);
        assert_eq!(harness.state().0, 2);
        assert!(!is_open(&harness));
        assert_eq!(focused(&harness).as_deref(), Some(NAME));
    }

    #[test]
    fn space_opens_and_chooses_too() {
        let mut harness = with_focus();
        press(&mut harness, &[Key::Space, Key::End, Key::Space]);
        assert_eq!(harness.state().0, 3);
    }

    #[test]
    fn escape_closes_it_and_nothing_else() {
        let mut harness = with_focus();
        press(&mut harness, &[Key::Space, Key::ArrowDown, Key::Escape]);
        assert!(!is_open(&harness));
        assert_eq!(
            *harness.state(),
            (0, false),
            "the page got the Escape too, or something was chosen"
        );
        assert_eq!(focused(&harness).as_deref(), Some(NAME));
        press(&mut harness, &[Key::Escape]);
        assert!(harness.state().1, "the second Escape belongs to the page");
    }

    #[test]
    fn letters_go_to_the_next_row_that_begins_so() {
        let mut harness = with_focus();
        press(&mut harness, &[Key::Space]);
        for _ in 0..2 {
            harness.event(Event::Text("b".to_owned()));
            harness.run_steps(2);
        }
        press(&mut harness, &[Key::Enter]);
        assert_eq!(harness.state().0, 3, "Bonn comes after Berlin");
    }

    #[test]
    fn a_click_opens_it_and_a_click_chooses() {
        let mut harness = clouds();
        harness.get_by_role_and_label(Role::ComboBox, NAME).click();
        harness.run_steps(3);
        harness.get_by_role_and_label(Role::ListBoxOption, "China").click();
        harness.run_steps(3);
        assert_eq!(harness.state().0, 2);
        assert!(!is_open(&harness));
    }

    #[test]
    fn tab_closes_it_and_goes_on() {
        let mut harness = with_focus();
        press(&mut harness, &[Key::Space, Key::Tab]);
        assert!(!is_open(&harness));
        assert_eq!(focused(&harness).as_deref(), Some("after"));
        assert_eq!(harness.state().0, 0);
    }

    #[test]
    fn of_five_thousand_only_the_rows_in_view_are_drawn_and_keys_lead_to_all() {
        let all: Vec<(usize, String)> = (0..5000).map(|at| (at, format!("law-{at:04}"))).collect();
        let mut harness = harness(0, move |ui, chosen| {
            if let Some(now) = choice(ui, NAME, &format!("law-{chosen:04}"), &all, None) {
                *chosen = now;
            }
        });
        harness.get_by_role_and_label(Role::ComboBox, NAME).focus();
        harness.run_steps(2);
        press(&mut harness, &[Key::Space]);
        let drawn = |harness: &Harness<'_, usize>| harness.query_all_by_role(Role::ListBoxOption).count();
        assert!((5..20).contains(&drawn(&harness)), "{} rows are drawn", drawn(&harness));
        press(&mut harness, &[Key::End]);
        harness.run_steps(30);
        assert!(drawn(&harness) < 20);
        let last = harness.get_by_role_and_label(Role::ListBoxOption, "law-4999").rect();
        assert!(harness.ctx.content_rect().contains_rect(last), "{last:?}");
        press(&mut harness, &[Key::ArrowUp, Key::Enter]);
        assert_eq!(*harness.state(), 4998);
    }

    #[test]
    fn it_says_why_there_is_nothing_to_choose_yet() {
        let harness = harness((), |ui, ()| {
            choice(
                ui,
                NAME,
                "",
                &Vec::<((), String)>::new(),
                Some("Choose a subscription first."),
            );
        });
        let why = description(&harness, Role::ComboBox, NAME);
        assert_eq!(why.as_deref(), Some("Choose a subscription first."));
        assert!(
            harness
                .get_by_role_and_label(Role::ComboBox, NAME)
                .accesskit_node()
                .is_disabled()
        );
    }
}
