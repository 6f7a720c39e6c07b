//! The domain accounts that may try the site, each a situation that an administrator meets.

use std::fmt;

use rand::RngExt;

use super::seed::stream;

/// NetBIOS name of the domain of every account.
const DOMAIN: &str = "CORP";
/// The suffix of their user principal names.
const SUFFIX: &str = "corp.example";

/// What an account may do at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Full Administrator: sees everything.
    Administrator,
    /// Read-only Analyst, limited to some collections: the others are missing.
    Analyst,
    /// A domain user who is no administrative user of ConfigMgr.
    NoRights,
    /// An administrative user whose WMI rights on the provider are missing.
    Broken,
}

impl Role {
    /// The word for the role in lists.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Administrator => "full-administrator",
            Self::Analyst => "read-only-analyst",
            Self::NoRights => "no-rights",
            Self::Broken => "wmi-rights-missing",
        }
    }
}

/// One account.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) role: Role,
    user: &'static str,
    pub(super) password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("role", &self.role)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// As `DOMAIN\user`.
    pub(super) fn name(&self) -> String {
        format!("{DOMAIN}\\{}", self.user)
    }

    /// As `user@dns.domain`.
    pub(super) fn principal_name(&self) -> String {
        format!("{}@{SUFFIX}", self.user)
    }

    /// Whether this is the account that a sign-in names, in either form and any case.
    pub(super) fn is(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        name == self.name().to_lowercase() || name == self.principal_name()
    }
}

/// The accounts of a seed.
pub(super) fn make(seed: u64) -> Vec<Account> {
    let mut rng = stream(seed, "passwords");
    [
        (Role::Administrator, "admin"),
        (Role::Analyst, "analyst"),
        (Role::NoRights, "user"),
        (Role::Broken, "broken"),
    ]
    .into_iter()
    .map(|(role, user)| Account {
        role,
        user,
        // Letters of three scripts, so that a client that mangles them is found out.
        password: format!("Lab-{:016x}-é東", rng.random::<u64>()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_come_from_the_seed_and_stay_out_of_debug() {
        let accounts = make(3);
        let again = make(3);
        assert!(accounts.iter().zip(&again).all(|(a, b)| a.password == b.password));
        assert_ne!(accounts[0].password, make(4)[0].password);
        assert_ne!(accounts[0].password, accounts[1].password);
        assert!(!format!("{accounts:?}").contains(&accounts[0].password));
        assert!(accounts[0].is("corp\\ADMIN") && accounts[0].is("admin@corp.example"));
        assert!(!accounts[0].is("admin"));
    }
}
