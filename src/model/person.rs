//! A person's own sign-in to Azure, for what an app may not do by itself: making a rule, giving a role. Its tokens stay in memory.

use super::{ClientId, Environment, TenantId};

/// How a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonWay {
    /// In the system's browser (authorization code with PKCE).
    Browser,
    /// With a code, on any device (device authorization grant).
    Code,
}

/// A tenant in its cloud: a sign-in counts there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantAt<'a> {
    /// The cloud.
    pub environment: &'a Environment,
    /// The tenant.
    pub tenant_id: TenantId,
}

/// Whom to sign in, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonAccess {
    /// The cloud.
    pub environment: Environment,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The public client that asks for the sign-in.
    pub public_client: ClientId,
    /// How.
    pub way: PersonWay,
}

/// A person who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSeen {
    /// Sign-in name, such as `owner@contoso.onmicrosoft.com`, as the token has it.
    pub name: String,
}
