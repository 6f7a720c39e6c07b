//! The tab *Site*.

use egui::Ui;

use super::{Wish, facts};
use crate::flow::properties::Properties;
use crate::text::properties as words;
use crate::text::{home, site};
use crate::ui::theme::space;
use crate::ui::widgets::button::{self, Kind};
use crate::ui::widgets::label;

/// Draws it.
pub(super) fn show(ui: &mut Ui, properties: &Properties) -> Option<Wish> {
    let connection = &properties.overview().connection;
    let (way, identity) = (&connection.setup.site, connection.site.as_ref());
    let told = |tell: fn(&crate::model::SiteIdentity) -> String| identity.map(tell).unwrap_or_default();
    let shown = [
        (words::SITE, told(|site| format!("{} {}", site.code, site.name))),
        (words::SITE_KIND, told(|identity| site::kind(identity).to_owned())),
        (
            words::SITE_VERSION,
            told(|identity| site::version(identity.build).unwrap_or_default()),
        ),
        (words::PROVIDERS, told(|site| site.providers.join(", "))),
        (words::PROVIDER, way.provider.to_string()),
        (words::SIGN_IN, words::sign_in(&way.sign_in)),
        (words::TRUST, words::trust(&way.trust)),
    ];
    facts(ui, "site", shown);
    ui.add_space(space::M);
    let moves = ui
        .horizontal(|ui| button::button(ui, Kind::Plain, home::MOVE))
        .inner
        .clicked();
    label::weak(ui, words::MOVE_NOTE);
    moves.then_some(Wish::Move)
}
