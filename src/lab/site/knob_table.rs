//! What the switches of the site are called, take and mean: the one table of them, which `asw lab --site help` prints.

use serde_json::Value;

use super::knobs::Knobs;

/// One switch of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knob {
    /// Its name.
    pub name: &'static str,
    /// The values that it takes; the first is the default.
    pub takes: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn knob(name: &'static str, takes: &'static str, meaning: &'static str) -> Knob {
    Knob { name, takes, meaning }
}

/// Every switch, for [`super::Site::set_knob`], `POST /knobs` of the control address and `asw lab --site NAME=VALUE`.
pub const KNOBS: &[Knob] = &[
    knob(
        "hierarchy",
        "standalone | child | cas | passive",
        "a standalone primary; a primary below a CAS; the CAS; a primary by the provider on its passive site server",
    ),
    knob(
        "role",
        "provider | iis",
        "iis: some other web server, HTML 404 for everything",
    ),
    knob(
        "build",
        "null | number",
        "another build number, such as 9106, 9135 or 9141; from 9141 on NTLM is refused",
    ),
    knob(
        "kerberos",
        "refused | accepted",
        "whether every Kerberos ticket is let in; the lab cannot look inside one",
    ),
    knob(
        "site_guid",
        "null | GUID",
        "another GUID of the site: it was installed anew under its old code",
    ),
    knob(
        "scp",
        "online | offline | offline-as-text | unknown | missing",
        "the service connection point",
    ),
    knob(
        "known_apps",
        "lab | none",
        "whether the site knows the lab's tenant and its app \"ready\"",
    ),
    knob(
        "tenant",
        "null | {\"name\":…,\"id\":…}",
        "another tenant that the site knows, without an app",
    ),
    knob(
        "refused_filters",
        "404 | empty",
        "how a filter that the service does not take is answered: or, a backslash, a lazy or a refused property",
    ),
    knob(
        "refused_properties",
        "null | NAME,NAME",
        "properties that a filter may not name",
    ),
    knob(
        "ranges",
        "accepted | refused",
        "whether a filter may ask for more or less than a value",
    ),
    knob("top", "honoured | ignored", "ignored: every list comes in one page"),
    knob("orderby_with_skip", "accepted | refused", "whether the two go together"),
    knob(
        "collapse_select",
        "false | true",
        "$select without all keys collapses the rows that agree in the chosen keys",
    ),
    knob(
        "next_link_cap",
        "null | number",
        "rows a page, the rest behind @odata.nextLink",
    ),
    knob(
        "next_link_origin",
        "null | URL",
        "scheme and authority of that link instead of the site's own",
    ),
    knob(
        "silent_cap",
        "null | number",
        "rows a page, the rest left out without a word",
    ),
    knob("no_rights_status", "404 | 403", "what an account without rights gets"),
    knob(
        "mid_change",
        "null | number | {\"after_pages\":1,\"moves\":4,\"times\":1}",
        "after so many page requests of a custom collection its members change; times null: for ever",
    ),
    knob(
        "evaluation",
        "null | number | {\"after_pages\":1,\"pages\":3,\"moves\":2,\"times\":1}",
        "after so many page requests a custom collection is evaluated for so many more, half of the change in sight",
    ),
    knob(
        "member_count_off",
        "null | {\"ID\":difference}",
        "MemberCount of these collections is wrong by that much",
    ),
    knob(
        "late_devices",
        "null | number",
        "so many records, the lowest IDs first, are not in SMS_R_System until a listing of it has come to its end",
    ),
    knob("renamed", "null | {\"ID\":\"name\"}", "collections with another name"),
    knob("gone", "null | [\"ID\"]", "collections that are not there any more"),
    knob(
        "origin",
        "null | URL",
        "scheme and authority in links, where the lab is reached under another name",
    ),
];

/// The table as text, a switch in two lines.
pub fn knobs_as_text() -> String {
    KNOBS
        .iter()
        .map(|knob| format!("  {} = {}\n      {}\n", knob.name, knob.takes, knob.meaning))
        .collect()
}

/// Reads `NAME=VALUE`; a value that is no JSON is taken as a word.
///
/// # Errors
/// A sentence with the name that is not known, or with what the switch takes.
pub fn parse_knob(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("\"{text}\" is not NAME=VALUE, such as hierarchy=child"))?;
    let (name, value) = (name.trim(), value.trim());
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Knobs::default().set(name, &value)?;
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each value in the column of values is one that the switch takes: a word, or an example for a kind of value.
    #[test]
    fn the_table_tells_the_truth() {
        for knob in KNOBS {
            for taken in knob.takes.split(" | ") {
                let value = match taken {
                    "number" => "5",
                    "GUID" => "0c1d7a1e-0000-4000-8000-000000000000",
                    "URL" => "https://elsewhere.example",
                    "NAME,NAME" => "Name,SiteCode",
                    "{\"name\":…,\"id\":…}" => r#"{"name":"contoso.example","id":"x"}"#,
                    "{\"ID\":difference}" => r#"{"SMS00001":-3}"#,
                    "{\"ID\":\"name\"}" => r#"{"SMS00001":"Alles"}"#,
                    "[\"ID\"]" => r#"["PS100014"]"#,
                    word => word,
                };
                parse_knob(&format!("{}={value}", knob.name)).unwrap();
            }
        }
        assert!(knobs_as_text().contains("offline-as-text"));
    }

    #[test]
    fn values_are_json_or_words() {
        assert_eq!(parse_knob("build = 9141"), Ok(("build".to_owned(), json!(9141))));
        assert_eq!(
            parse_knob("scp=offline-as-text"),
            Ok(("scp".to_owned(), json!("offline-as-text")))
        );
        for (wrong, says) in [
            ("hierarchy", "NAME=VALUE"),
            ("warp=9", "no knob called warp"),
            ("scp=sleepy", "offline-as-text"),
            ("silent_cap=0", "from 1"),
        ] {
            let sentence = parse_knob(wrong).unwrap_err();
            assert!(sentence.contains(says), "{sentence}");
        }
    }
}
