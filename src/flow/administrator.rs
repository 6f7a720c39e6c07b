//! A person with more rights than the app signs in, for what the app may not do: making the rule and giving the upload role, or making
//! a secret key.

use super::{Asker, Query, Remote, TextField, Ticket};
use crate::model::person::{PersonAccess, PersonSeen, PersonWay, TenantAt};
use crate::model::plan::Progress;
use crate::model::{ClientId, Environment, Failure, Result as Answered, TenantId};

/// How that sign-in is wished, and what came of it. The sign-in itself lives in the backend's memory.
pub struct Administrator {
    /// The client ID of the public client that asks for the sign-in.
    pub public_client: TextField,
    /// In the browser, or with a code.
    pub way: PersonWay,
    asked: Option<PersonAccess>,
    signing: Remote<PersonSeen>,
    signed_in: Option<SignedIn>,
}

/// A sign-in counts in its own cloud and tenant only.
struct SignedIn {
    environment: Environment,
    tenant_id: TenantId,
    person: PersonSeen,
}

impl Default for Administrator {
    fn default() -> Self {
        Self {
            public_client: TextField::default(),
            way: PersonWay::Browser,
            asked: None,
            signing: Remote::default(),
            signed_in: None,
        }
    }
}

impl Administrator {
    /// Begins to sign a person in, to this tenant. Where no public client is named, its field says so.
    pub fn sign_in(&mut self, tenant: TenantAt<'_>, asker: &mut Asker) {
        self.public_client.settled = true;
        let Ok(public_client) = self.public_client.parse::<ClientId>() else {
            return;
        };
        self.stop(asker);
        let access = PersonAccess {
            environment: tenant.environment.clone(),
            tenant_id: tenant.tenant_id,
            public_client,
            way: self.way,
        };
        self.signing.ask(asker.query(Query::Person(access.clone())));
        self.asked = Some(access);
    }

    /// Waits for the person no longer.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.signing.stop());
    }

    /// Whether a person is being waited for.
    pub fn is_signing_in(&self) -> bool {
        self.signing.is_asking()
    }

    /// How far the sign-in is: the address to open, the code to type.
    pub fn progress(&self) -> Option<&Progress> {
        self.signing.progress()
    }

    /// Why the last sign-in to this tenant did not come to its end.
    pub fn failure(&self, tenant: TenantAt<'_>) -> Option<&Failure> {
        let asked = self.asked.as_ref()?;
        let here = asked.environment == *tenant.environment && asked.tenant_id == tenant.tenant_id;
        self.signing.failure().filter(|_| here)
    }

    /// Who is signed in to this tenant.
    pub fn person(&self, tenant: TenantAt<'_>) -> Option<&PersonSeen> {
        let signed_in = self.signed_in.as_ref()?;
        let here = signed_in.environment == *tenant.environment && signed_in.tenant_id == tenant.tenant_id;
        here.then_some(&signed_in.person)
    }

    pub(super) fn take(&mut self, ticket: Ticket, answer: Answered<PersonSeen>) -> bool {
        let person = answer.as_ref().ok().cloned();
        let taken = self.signing.answer(ticket, answer);
        if let (true, Some(person), Some(asked)) = (taken, person, &self.asked) {
            self.signed_in = Some(SignedIn {
                environment: asked.environment.clone(),
                tenant_id: asked.tenant_id,
                person,
            });
        }
        taken
    }

    pub(super) fn hear(&mut self, ticket: Ticket, progress: &Progress) {
        self.signing.hear(ticket, progress.clone());
    }
}
