//! The seven fields, in the order and with the labels of the original article.

use chrono::{Months, NaiveDate, Utc};
use egui::{Response, Ui};

use crate::flow::TextField;
use crate::flow::wizard::{App, AppField};
use crate::model::{ClientId, SecretExpiry, TenantId, Warning};
use crate::text::{import_apps as words, window};
use crate::ui::theme::{size, space};
use crate::ui::widgets::form::{self, Look};
use crate::ui::widgets::{button, message, secret_field};
use crate::ui::wizard::parts;

/// Room for the buttons that fill in a date, in points.
const SHORTCUTS: f32 = 260.0;

/// Draws the fields. The focus goes to `go_to`.
pub fn show(ui: &mut Ui, app: &mut App, go_to: Option<AppField>) {
    let drawn = [
        (AppField::TenantName, tenant_name(ui, app)),
        (AppField::TenantId, tenant_id(ui, app)),
        (AppField::ApplicationName, application_name(ui, app)),
        (AppField::ClientId, client_id(ui, app)),
        (AppField::SecretKey, secret_key(ui, app)),
        (AppField::SecretExpiry, expiry(ui, app, Utc::now().date_naive())),
        (AppField::AppIdUri, app_id_uri(ui, app)),
    ];
    if let Some((_, field)) = drawn.iter().find(|(field, _)| Some(*field) == go_to) {
        field.request_focus();
        parts::show_whole(ui, field);
    }
}

fn tenant_name(ui: &mut Ui, app: &mut App) -> Response {
    let look = Look {
        example: words::TENANT_NAME_EXAMPLE,
        note: window::OPTIONAL,
        ..Look::default()
    };
    form::text(ui, words::TENANT_NAME, &mut app.tenant_name, look, None)
}

fn tenant_id(ui: &mut Ui, app: &mut App) -> Response {
    let look = Look {
        example: words::ID_EXAMPLE,
        note: words::TENANT_ID_NOTE,
        ..Look::default()
    };
    let mistake = app.tenant_id.parse::<TenantId>().err();
    form::text(ui, words::TENANT_ID, &mut app.tenant_id, look, mistake.as_ref())
}

fn application_name(ui: &mut Ui, app: &mut App) -> Response {
    let look = Look {
        example: words::APPLICATION_NAME_EXAMPLE,
        note: window::OPTIONAL,
        ..Look::default()
    };
    form::text(ui, words::APPLICATION_NAME, &mut app.application_name, look, None)
}

fn client_id(ui: &mut Ui, app: &mut App) -> Response {
    let look = Look {
        example: words::ID_EXAMPLE,
        note: words::CLIENT_ID_NOTE,
        ..Look::default()
    };
    let mistake = app.client_id.parse::<ClientId>().err();
    form::text(ui, words::CLIENT_ID, &mut app.client_id, look, mistake.as_ref())
}

fn secret_key(ui: &mut Ui, app: &mut App) -> Response {
    let key = app.secret.key();
    let (secret, settled) = (&mut app.secret, &mut app.secret_settled);
    let (name, note) = (words::SECRET_KEY, words::SECRET_KEY_NOTE);
    let field = secret_field::secret(ui, name, secret, settled, note, key.as_ref().err());
    if key.is_ok_and(|key| key.looks_like_id()) {
        // At once, not only after Verify: nobody types a GUID by accident.
        message::warnings(ui, &[Warning::SecretLooksLikeId]);
    }
    field
}

fn expiry(ui: &mut Ui, app: &mut App, today: NaiveDate) -> Response {
    let look = Look {
        width: size::SHORT_FIELD,
        example: words::EXPIRY_EXAMPLE,
        note: words::EXPIRY_NOTE,
    };
    let mistake = app.expiry.parse::<SecretExpiry>().err();
    let field = form::text(ui, words::SECRET_KEY_EXPIRY, &mut app.expiry, look, mistake.as_ref());
    parts::beside(ui, &field, SHORTCUTS, |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (text, months) in words::EXPIRY_FROM_TODAY {
            let then = today.checked_add_months(Months::new(months));
            if let Some(then) = then.filter(|_| button::small(ui, text).clicked()) {
                app.expiry = TextField::holding(SecretExpiry::new(then).to_string());
            }
        }
    });
    field
}

fn app_id_uri(ui: &mut Ui, app: &mut App) -> Response {
    let look = Look {
        example: words::APP_ID_URI_EXAMPLE,
        note: window::OPTIONAL,
        ..Look::default()
    };
    form::text(ui, words::APP_ID_URI, &mut app.app_id_uri, look, None)
}
