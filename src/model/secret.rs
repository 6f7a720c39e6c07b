//! Secrets: wiped from memory when dropped, and without `Debug`, `Display`, `Clone` or serde, so that no log line, error text
//! or file can hold one by accident.

use zeroize::Zeroizing;

use super::Invalid;
use super::guid::looks_like_guid;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// The text itself, for the one call that needs it.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// A second copy, wiped like the first.
            #[must_use]
            pub fn duplicate(&self) -> Self {
                Self(self.0.clone())
            }
        }
    };
}

secret!(
    /// The value of a client secret of an app registration (the wizard's *Secret Key*).
    SecretKey
);
secret!(
    /// The password of the account that signs in to the SMS Provider.
    SitePassword
);

impl SecretKey {
    /// Takes a pasted secret; blanks and line breaks around it are not part of it.
    ///
    /// # Errors
    /// [`Invalid`] when nothing is left, or a line break stands inside.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let example = "the Value column of Certificates & secrets, such as abc8Q~… (about 40 characters)";
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Invalid::new("secret key", "it is empty", example));
        }
        if trimmed.chars().any(char::is_control) {
            return Err(Invalid::new(
                "secret key",
                "it has a line break or a control character inside",
                example,
            ));
        }
        Ok(Self(Zeroizing::new(trimmed.to_owned())))
    }

    /// Whether this has the shape of a GUID: then it is probably the secret's *ID* from the portal, not its value.
    pub fn looks_like_id(&self) -> bool {
        looks_like_guid(&self.0)
    }
}

impl SitePassword {
    /// Takes a password exactly as typed, but for one line break at its end.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(Invalid::new(
                "site password",
                "it is empty",
                "the password of the account, as typed at sign-in",
            ));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_what_a_paste_brings_along() {
        assert_eq!(SecretKey::parse(" abc8Q~x \r\n").unwrap().expose(), "abc8Q~x");
        assert!(SecretKey::parse("\n").is_err());
        assert!(SecretKey::parse("abc\ndef").is_err());
    }

    #[test]
    fn recognises_a_pasted_secret_id() {
        assert!(
            SecretKey::parse("{1F0E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}")
                .unwrap()
                .looks_like_id()
        );
        assert!(
            !SecretKey::parse("abc8Q~0123456789012345678901234567890123")
                .unwrap()
                .looks_like_id()
        );
    }

    #[test]
    fn a_password_keeps_its_blanks() {
        assert_eq!(SitePassword::parse(" p w \r\n").unwrap().expose(), " p w ");
    }
}
