//! The window program before and beside its window: command line, what keeps it from opening.

use super::Wording;

/// The Debian packages that the window needs, on Wayland or on X11.
pub const fn packages(wayland: bool) -> &'static str {
    if wayland {
        "libegl1 libwayland-client0 libwayland-egl1 libxkbcommon0"
    } else {
        "libgl1 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"
    }
}

/// Nothing that draws was found.
pub const NO_OPENGL: &str = "no OpenGL was found";

/// What goes on without a window.
const WITHOUT_WINDOW: &str = "Everything also works without a window: run asw --help.";

/// The lab is being made.
pub const LAB_STARTS: &str = "Starting the lab…";
/// A later start has raised the first window.
pub const RAISED: &str = "Azure Services Wizard is open already; its window was brought to the front.";

fn wording(sentence: impl Into<String>, next_step: impl Into<String>) -> Wording {
    Wording {
        sentence: sentence.into(),
        next_step: next_step.into(),
    }
}

/// There is no screen to draw on.
pub fn no_display() -> Wording {
    wording(
        "There is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.",
        format!("Start it inside a desktop session. {WITHOUT_WINDOW}"),
    )
}

/// The screen that is named cannot be used.
pub fn display_unusable(cause: &str) -> Wording {
    wording(
        format!("The window cannot open on this screen: {}.", one_line(cause)),
        format!("Check that the desktop session still runs and lets this account in. {WITHOUT_WINDOW}"),
    )
}

/// A library of the system is missing.
pub fn library_missing(cause: &str, packages: &str) -> Wording {
    wording(
        format!(
            "The window needs a library that this computer does not have: {}.",
            one_line(cause)
        ),
        format!("On Debian, as root: apt-get install {packages}. {WITHOUT_WINDOW}"),
    )
}

/// Nothing can draw.
pub fn no_graphics(cause: &str, packages: &str) -> Wording {
    let next_step = if cfg!(windows) {
        format!(
            "Install the driver of the graphics card, or the newest Windows updates on a virtual machine or over Remote Desktop. \
             {WITHOUT_WINDOW}"
        )
    } else {
        format!("On Debian, as root: apt-get install {packages}. {WITHOUT_WINDOW}")
    };
    wording(
        format!(
            "The window cannot be drawn, because this computer offers no usable graphics: {}.",
            one_line(cause)
        ),
        next_step,
    )
}

/// A mistake of ours has ended it.
pub fn crashed() -> Wording {
    wording(
        "The window has closed because of a mistake in the program.",
        "Start it again: what was being made goes on where it stopped. The log file says where the mistake is.",
    )
}

/// A later start does not reach the first window.
pub fn unheard() -> Wording {
    wording(
        "Azure Services Wizard is running already, but its window does not answer.",
        "Wait a moment and start it again. If it still does not answer, end the process azure-services-wizard first.",
    )
}

/// A later start came with environments of its own.
pub fn environments_not_taken() -> Wording {
    wording(
        "Azure Services Wizard is open already; its window does not offer the environments of this start.",
        "Close the window and start it again with the same --environment.",
    )
}

/// The lab did not start, or did not end in good order.
pub fn lab_failed(cause: &str) -> Wording {
    wording(cause, WITHOUT_WINDOW)
}

/// A sentence and its next step, for a terminal or a message box.
pub fn said(words: &Wording) -> String {
    format!("{}\n{}", words.sentence, words.next_step)
}

/// What a library says, as part of a sentence.
fn one_line(cause: &str) -> String {
    let words: Vec<&str> = cause.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

/// The lab's values, as they are titled beside the form.
pub mod lab {
    /// A group.
    pub const SITE: &str = "Site";
    /// A group.
    pub const READY_APP: &str = "App that works (Contributor on the workspace)";
    /// A group.
    pub const HISTORY_APP: &str = "App that may keep history, too";
    /// A group.
    pub const PERSON: &str = "An administrator who can sign in";
    /// A group.
    pub const EXPIRED_APP: &str = "An app whose secret has expired";
    /// A group.
    pub const POWERLESS_APP: &str = "An app without rights";
    /// A value.
    pub const PROVIDER: &str = "SMS Provider";
    /// A value.
    pub const ACCOUNT: &str = "Account";
    /// A value.
    pub const PASSWORD: &str = "Password";
    /// A value.
    pub const FINGERPRINT: &str = "Certificate fingerprint (SHA-256)";
    /// A value.
    pub const ROOT_FILE: &str = "Root certificate file";
    /// A value, as the dialog for the sign-in names it.
    pub const PUBLIC_CLIENT: &str = crate::text::administrator::PUBLIC_CLIENT;
    /// A value.
    pub const PERSON_NAME: &str = "Sign-in name";
    /// A value.
    pub const PERSON_PASSWORD: &str = "Password of the administrator";
    /// A value.
    pub const TENANT_NAME: &str = "Azure AD Tenant Name";
    /// A value.
    pub const TENANT_ID: &str = "Azure AD Tenant ID";
    /// A value.
    pub const APPLICATION_NAME: &str = "Application Name";
    /// A value.
    pub const CLIENT_ID: &str = "Client ID";
    /// A value.
    pub const SECRET_KEY: &str = "Secret Key";
    /// A value: what the portal would show after a new key was made.
    pub const NEXT_SECRET_KEY: &str = "Next Secret Key";
    /// A value.
    pub const SECRET_EXPIRY: &str = "Secret Key Expiry";
    /// A value.
    pub const APP_ID_URI: &str = "App ID URI";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_library_says_becomes_part_of_a_sentence() {
        let words = display_unusable("os error:\n  no such display.");
        assert_eq!(
            words.sentence,
            "The window cannot open on this screen: os error: no such display."
        );
    }

    #[test]
    fn every_obstacle_points_to_the_command_line() {
        for words in [
            no_display(),
            display_unusable("x"),
            library_missing("x", "y"),
            no_graphics("x", "y"),
        ] {
            assert!(words.next_step.contains("asw --help"), "{words:?}");
        }
    }
}
