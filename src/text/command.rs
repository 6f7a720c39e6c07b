//! Commands of `asw` for a person to copy.

use crate::model::ConnectionName;

/// A connection's name as an argument of a command, quoted. A name that a shell could read as more than a name is not put there:
/// names come from files of others, too, and whoever pastes a line should not have to read it like a shell. Then `"NAME"` stands in its
/// place, which no shell of Windows or Unix takes for anything else.
pub fn argument(name: &ConnectionName) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " -_.,()/+:@#".contains(c);
    match name.as_str().chars().all(is_plain) {
        true => format!("\"{name}\""),
        false => "\"NAME\"".to_owned(),
    }
}

/// Publishes a connection.
pub fn sync(name: &ConnectionName) -> String {
    format!("asw sync {}", argument(name))
}

/// Writes what an administrator has to run for history.
pub fn grant_history(name: &ConnectionName) -> String {
    format!("asw rights {} --script az", argument(name))
}

/// Forgets a connection without Azure.
pub fn forget_here(name: &ConnectionName) -> String {
    format!("asw remove {} --keep-azure", argument(name))
}

/// Ends the snooze of a reminder.
pub fn remind_again(name: &ConnectionName) -> String {
    format!("asw snooze {} off", argument(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_stands_in_a_command() {
        let argument = |name: &str| argument(&name.parse().unwrap());
        for plain in ["Contoso production", "Größe (Test) 1.0", "東京", "a/b-c_d"] {
            assert_eq!(argument(plain), format!("\"{plain}\""));
        }
        for other in [
            "x$(id)", "x`id`", "a\"b", "a;b", "a\\", "%PATH%", "a!b", "a&b", "a|b", "it's", "“x”",
        ] {
            assert_eq!(argument(other), "\"NAME\"", "{other}");
        }
    }
}
