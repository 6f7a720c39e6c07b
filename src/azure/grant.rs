//! With what tokens are asked for: an app's secret key, or a person's sign-in.

use crate::model::{ClientId, SecretKey, TenantId};

use super::person::Person;

/// What an app registration signs in with.
pub struct Credential {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The app registration.
    pub client_id: ClientId,
    /// Its secret key.
    pub secret: SecretKey,
}

/// With what tokens are asked for.
pub(super) enum Grant {
    /// An app, with its secret key.
    App(Credential),
    /// A person who has signed in, with what renews that sign-in.
    Person(Person),
}

impl Grant {
    /// Whose tenant.
    pub(super) const fn tenant_id(&self) -> TenantId {
        match self {
            Self::App(app) => app.tenant_id,
            Self::Person(person) => person.tenant_id,
        }
    }

    /// The app registration that asks: the app itself, or the public client that a person has signed in with.
    pub(super) const fn client_id(&self) -> ClientId {
        match self {
            Self::App(app) => app.client_id,
            Self::Person(person) => person.client_id,
        }
    }
}
