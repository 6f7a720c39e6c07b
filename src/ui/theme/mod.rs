//! How everything looks: colours by use, spacing, text sizes, and egui's own style made from them. Light and dark.
//!
//! Three layers: [`palette`] (hue and step), [`Tokens`] (a use, with a documented field each), the widgets (which ask
//! [`tokens`]). A lint forbids making a colour anywhere else.

use std::sync::Arc;

use egui::style::ScrollAnimation;
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Ui, Visuals, vec2};

mod palette;

use palette as p;

/// Space between things, in points.
pub mod space {
    /// Between a label and its field.
    pub const XS: f32 = 3.0;
    /// Between things that belong together.
    pub const S: f32 = 6.0;
    /// Between fields.
    pub const M: f32 = 12.0;
    /// Between groups.
    pub const L: f32 = 20.0;
    /// Around a page.
    pub const XL: f32 = 28.0;
}

/// Widths and heights, in points.
pub mod size {
    /// The page list on the left.
    pub const PAGE_LIST: f32 = 190.0;
    /// A button of the row below a page.
    pub const BUTTON: f32 = 108.0;
    /// The height of a button or a field.
    pub const CONTROL: f32 = 28.0;
    /// A field for a name or an ID.
    pub const FIELD: f32 = 420.0;
    /// A field for a date or a number.
    pub const SHORT_FIELD: f32 = 150.0;
    /// The longest line of running text.
    pub const TEXT: f32 = 680.0;
    /// A dialog.
    pub const DIALOG: f32 = 520.0;
    /// A row of a list.
    pub const ROW: f32 = 26.0;
    /// A tick, a cross, a box to tick.
    pub const MARK: f32 = 16.0;
    /// The lab's values beside the form.
    pub const SHEET: f32 = 300.0;
}

/// Colours of a message of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Shade {
    /// Behind it.
    pub fill: Color32,
    /// Its edge.
    pub edge: Color32,
    /// Its text and its mark. At least 4.5:1 on `fill`.
    pub text: Color32,
}

/// What every colour is for.
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    /// Behind a page.
    pub page: Color32,
    /// Behind the page list and the button row.
    pub chrome: Color32,
    /// Behind a field or a list.
    pub field: Color32,
    /// Every other row of a list.
    pub stripe: Color32,
    /// Lines between areas; decoration only.
    pub line: Color32,
    /// Edges of fields and buttons. At least 3:1 on what is around them.
    pub edge: Color32,
    /// Text. At least 4.5:1 on page, chrome and field.
    pub text: Color32,
    /// Text that is less important. At least 4.5:1 too.
    pub weak: Color32,
    /// A button at rest.
    pub button: Color32,
    /// A button under the pointer.
    pub button_hovered: Color32,
    /// A button that is pressed.
    pub button_pressed: Color32,
    /// The default button and what is selected.
    pub accent: Color32,
    /// The default button under the pointer.
    pub accent_hovered: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// A link, the focus ring, the present page.
    pub link: Color32,
    /// Behind a selected row.
    pub selected: Color32,
    /// A button that takes something away.
    pub danger: Color32,
    /// The same, under the pointer.
    pub danger_hovered: Color32,
    /// Text on `danger`.
    pub on_danger: Color32,
    /// It went well.
    pub good: Shade,
    /// It needs attention.
    pub caution: Shade,
    /// It failed.
    pub bad: Shade,
    /// It is worth knowing.
    pub info: Shade,
}

const LIGHT: Tokens = Tokens {
    page: p::WHITE,
    chrome: p::GREY_10,
    field: p::WHITE,
    stripe: p::GREY_10,
    line: p::GREY_30,
    edge: p::GREY_50,
    text: p::GREY_90,
    weak: p::GREY_60,
    button: p::GREY_20,
    button_hovered: p::GREY_30,
    button_pressed: p::GREY_40,
    accent: p::BLUE_50,
    accent_hovered: p::BLUE_60,
    on_accent: p::WHITE,
    link: p::BLUE_50,
    selected: p::BLUE_10,
    danger: p::RED_50,
    danger_hovered: p::RED_60,
    on_danger: p::WHITE,
    good: Shade {
        fill: p::GREEN_10,
        edge: p::GREEN_60,
        text: p::GREEN_60,
    },
    caution: Shade {
        fill: p::AMBER_10,
        edge: p::AMBER_60,
        text: p::AMBER_60,
    },
    bad: Shade {
        fill: p::RED_10,
        edge: p::RED_50,
        text: p::RED_60,
    },
    info: Shade {
        fill: p::BLUE_10,
        edge: p::BLUE_50,
        text: p::BLUE_70,
    },
};

const DARK: Tokens = Tokens {
    page: p::GREY_90,
    chrome: p::GREY_95,
    field: p::GREY_85,
    stripe: p::GREY_80,
    line: p::GREY_70,
    edge: p::GREY_50,
    text: p::GREY_20,
    weak: p::GREY_40,
    button: p::GREY_80,
    button_hovered: p::GREY_70,
    button_pressed: p::GREY_60,
    accent: p::BLUE_50,
    accent_hovered: p::BLUE_60,
    on_accent: p::WHITE,
    link: p::BLUE_30,
    selected: p::BLUE_90,
    danger: p::RED_50,
    danger_hovered: p::RED_60,
    on_danger: p::WHITE,
    good: Shade {
        fill: p::GREEN_90,
        edge: p::GREEN_30,
        text: p::GREEN_30,
    },
    caution: Shade {
        fill: p::AMBER_90,
        edge: p::AMBER_30,
        text: p::AMBER_30,
    },
    bad: Shade {
        fill: p::RED_90,
        edge: p::RED_30,
        text: p::RED_30,
    },
    info: Shade {
        fill: p::BLUE_90,
        edge: p::BLUE_30,
        text: p::BLUE_30,
    },
};

/// The colours of the theme that is in force.
pub fn tokens(ui: &Ui) -> &'static Tokens {
    of(ui.visuals().dark_mode)
}

const fn of(dark: bool) -> &'static Tokens {
    if dark { &DARK } else { &LIGHT }
}

/// Gives egui both themes. Which one is in force follows the system; where the system does not say, it is light.
pub fn install(ctx: &egui::Context) {
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, Arc::new(style(theme)));
    }
}

fn style(theme: Theme) -> Style {
    let dark = theme == Theme::Dark;
    let mut style = Style {
        visuals: visuals(dark),
        ..Style::default()
    };
    let font = |size: f32| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, font(22.0)),
        (TextStyle::Body, font(14.5)),
        (TextStyle::Button, font(14.5)),
        (TextStyle::Small, font(12.5)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = vec2(space::S, space::S);
    style.spacing.button_padding = vec2(12.0, 5.0);
    style.spacing.interact_size = vec2(40.0, size::CONTROL);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.combo_width = size::FIELD;
    // Nothing moves by itself: remote desktops repaint every frame over the network.
    style.animation_time = 0.0;
    style.scroll_animation = ScrollAnimation::none();
    style
}

fn visuals(dark: bool) -> Visuals {
    let t = of(dark);
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(4);
    visuals.panel_fill = t.page;
    visuals.window_fill = t.page;
    visuals.window_stroke = Stroke::new(1.0, t.line);
    visuals.disabled_alpha = 0.55;
    visuals.faint_bg_color = t.stripe;
    visuals.extreme_bg_color = t.field;
    visuals.text_edit_bg_color = Some(t.field);
    visuals.hyperlink_color = t.link;
    visuals.weak_text_color = Some(t.weak);
    visuals.warn_fg_color = t.caution.text;
    visuals.error_fg_color = t.bad.text;
    visuals.selection.bg_fill = t.selected;
    visuals.selection.stroke = Stroke::new(2.0, t.link);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, t.line);
    visuals.widgets.noninteractive.fg_stroke = Stroke::new(1.0, t.text);
    let states = [
        (&mut visuals.widgets.inactive, t.button, t.edge, 1.0),
        (&mut visuals.widgets.hovered, t.button_hovered, t.edge, 1.0),
        // Also what has the focus: a ring of two points.
        (&mut visuals.widgets.active, t.button, t.link, 2.0),
        (&mut visuals.widgets.open, t.button_hovered, t.edge, 1.0),
    ];
    for (state, fill, edge, width) in states {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(width, edge);
        state.fg_stroke = Stroke::new(1.0, t.text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let linear = egui::Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for t in [LIGHT, DARK] {
            let grounds = [t.page, t.chrome, t.field, t.stripe, t.selected, t.button];
            let shades = [t.good, t.caution, t.bad, t.info];
            let mut pairs: Vec<(Color32, Color32)> = grounds.iter().map(|ground| (t.text, *ground)).collect();
            pairs.extend([t.page, t.chrome, t.field, t.stripe].map(|ground| (t.weak, ground)));
            pairs.extend([t.page, t.chrome].map(|ground| (t.link, ground)));
            pairs.extend(shades.map(|shade| (shade.text, shade.fill)));
            pairs.extend(shades.map(|shade| (shade.text, t.page)));
            pairs.extend(shades.map(|shade| (t.text, shade.fill)));
            pairs.extend([
                (t.on_accent, t.accent),
                (t.on_accent, t.accent_hovered),
                (t.on_danger, t.danger),
            ]);
            for (text, ground) in pairs {
                assert!(
                    contrast(text, ground) >= 4.5,
                    "{text:?} on {ground:?}: {}",
                    contrast(text, ground)
                );
            }
            for ground in [t.page, t.chrome, t.field] {
                assert!(contrast(t.edge, ground) >= 3.0, "{:?} on {ground:?}", t.edge);
            }
        }
    }
}
