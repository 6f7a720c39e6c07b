//! The GUIDs of the two sides, one type each, so that a client ID cannot stand where a tenant ID belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Invalid, excerpt};

const EXAMPLE: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/// Reads a GUID as people paste it: braces, blanks, quotes, line breaks and upper case are accepted.
///
/// # Errors
/// [`Invalid`] when what is left is not 32 hexadecimal digits, with or without hyphens.
pub fn parse_guid(what: &'static str, text: &str) -> Result<Uuid, Invalid> {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '{' | '}' | '(' | ')' | '"' | '\'' | '\u{200b}' | '\u{feff}'))
        .collect();
    if kept.is_empty() {
        return Err(Invalid::new(what, "it is empty", EXAMPLE));
    }
    Uuid::try_parse(&kept).map_err(|_| Invalid::new(what, format!("\"{}\" is not a GUID", excerpt(text)), EXAMPLE))
}

/// Whether a text has the shape of a GUID: what Azure shows as the *ID* of a secret, never its value.
pub fn looks_like_guid(text: &str) -> bool {
    parse_guid("GUID", text).is_ok()
}

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a GUID that is known to be one of these.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The GUID itself.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                parse_guid($what, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

guid!(
    /// A site, for as long as it is installed (`SiteGUID` of its definition): another one behind the same code is another site.
    SiteGuid,
    "site GUID"
);
guid!(
    /// A device in Microsoft Entra (`AADDeviceID` of the site).
    EntraDeviceId,
    "Entra device ID"
);
guid!(
    /// An Entra tenant (directory).
    TenantId, "tenant ID");
guid!(
    /// The application (client) ID of an app registration.
    ClientId, "client ID");
guid!(
    /// The object ID of a service principal: what role assignments name.
    ObjectId, "object ID");
guid!(
    /// An Azure subscription.
    SubscriptionId, "subscription ID");
guid!(
    /// The GUID of a workspace in log queries (`customerId` of the resource).
    CustomerId, "workspace ID");
guid!(
    /// One of our connections; stands in the tags of everything that it writes to Azure.
    ConnectionId, "connection ID");

impl ConnectionId {
    /// The first eight hexadecimal digits: enough to keep the names of two connections in one workspace apart.
    pub fn short(&self) -> String {
        self.0.simple().to_string().chars().take(8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_people_paste() {
        let plain: ClientId = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap();
        for pasted in [
            " {1F0E2D3C-4B5A-6978-8796-A5B4C3D2E1F0} ",
            "1f0e2d3c-4b5a-\r\n6978-8796-a5b4c3d2e1f0\n",
            "1f0e2d3c4b5a69788796a5b4c3d2e1f0",
            "\"1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\"",
        ] {
            assert_eq!(pasted.parse::<ClientId>().unwrap(), plain, "{pasted:?}");
        }
    }

    #[test]
    fn refuses_with_reason_and_example() {
        let refused = "contoso".parse::<TenantId>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("tenant ID: \"contoso\" is not a GUID. A right one looks like this: {EXAMPLE}")
        );
        assert!("".parse::<TenantId>().unwrap_err().why.contains("empty"));
    }
}
