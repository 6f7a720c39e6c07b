//! What a site says of itself, in words.

use crate::model::SiteIdentity;
use crate::model::site::{ConnectionPoint, SignedIn};

/// What kind of site it is.
pub const fn kind(site: &SiteIdentity) -> &'static str {
    if site.is_cas {
        "central administration site"
    } else {
        "standalone primary site"
    }
}

/// A site's version, as far as it is told.
pub fn version(build: Option<i64>) -> Option<String> {
    let build = build?;
    Some(match release(build) {
        Some(release) => format!("{release} (build {build})"),
        None => format!("build {build}"),
    })
}

/// The release that a build number belongs to, as Microsoft's table of versions has it.
pub const fn release(build: i64) -> Option<&'static str> {
    Some(match build {
        9096 => "2211",
        9106 => "2303",
        9122 => "2309",
        9128 => "2403",
        9132 => "2409",
        9135 => "2503",
        9141 => "2509",
        _ => return None,
    })
}

/// The service connection point of the hierarchy. Nothing here needs it.
pub fn connection_point(point: &ConnectionPoint) -> String {
    match point {
        ConnectionPoint::NotRead => "could not be read".to_owned(),
        ConnectionPoint::NotInstalled => "not installed".to_owned(),
        ConnectionPoint::Online { server } => format!("{server}, online"),
        ConnectionPoint::Offline { server } => format!("{server}, offline"),
        ConnectionPoint::ModeUnknown { server } => format!("{server}, mode unknown"),
    }
}

/// How the sign-in was made.
pub const fn signed_in(how: SignedIn) -> &'static str {
    match how {
        SignedIn::Nobody => "nobody signs in",
        SignedIn::Kerberos => "with Kerberos",
        SignedIn::Ntlm => "with NTLM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_that_is_not_in_the_table_is_told_as_it_is() {
        assert_eq!(version(Some(9135)).as_deref(), Some("2503 (build 9135)"));
        assert_eq!(version(Some(9999)).as_deref(), Some("build 9999"));
        assert_eq!(version(None), None);
    }
}
