//! Takes secrets and tokens out of bodies before the request log keeps them.

use std::borrow::Cow;
use std::io::Read;

use serde_json::Value;

/// What stands in the place of a secret.
pub(super) const REPLACEMENT: &str = "(secret)";

/// Names of form fields, query parameters and JSON members whose values are secrets or tokens.
const SECRET_NAMES: [&str; 12] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code_verifier",
    "device_code",
    "id_token",
    "password",
    "primarysharedkey",
    "refresh_token",
    "secondarysharedkey",
    "secrettext",
];

/// The most that a compressed body may unpack to, as protection from a body made to fill the memory.
const UNPACKED_LIMIT: u64 = 16 * 1024 * 1024;

/// A body as text without secrets, for people and tests to read.
pub(super) fn body(bytes: &[u8], content_encoding: Option<&str>) -> String {
    let gzip = content_encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"));
    let plain = if gzip {
        unpack(bytes)
    } else {
        Some(Cow::Borrowed(bytes))
    };
    match plain.as_deref().map(std::str::from_utf8) {
        Some(Ok(text)) => text_without_secrets(text),
        _ => format!("({} bytes that are no text)", bytes.len()),
    }
}

/// A query without secrets.
pub(super) fn query(query: &str) -> String {
    if names_a_secret(query) {
        form(query)
    } else {
        query.to_owned()
    }
}

fn unpack(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .take(UNPACKED_LIMIT)
        .read_to_end(&mut plain)
        .ok()?;
    Some(Cow::Owned(plain))
}

fn text_without_secrets(text: &str) -> String {
    if !names_a_secret(text) {
        return text.to_owned();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            replace_members(&mut value);
            value.to_string()
        }
        Err(_) if looks_like_form(text) => form(text),
        // Somewhere in there is a secret, and no way to tell where it ends.
        Err(_) => format!("({} bytes, not kept because a secret may be among them)", text.len()),
    }
}

fn names_a_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|name| lower.contains(name))
}

fn is_secret_name(name: &str) -> bool {
    SECRET_NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn replace_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_secret_name(name) {
                    *member = Value::from(REPLACEMENT);
                } else {
                    replace_members(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(replace_members),
        _ => {}
    }
}

fn looks_like_form(text: &str) -> bool {
    text.contains('=') && !text.contains(['\n', '{', '<', '"'])
}

fn form(text: &str) -> String {
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        // In a form it is an authorization code; in JSON it would be the code of an error.
        let value = if is_secret_name(&name) || name.eq_ignore_ascii_case("code") {
            Cow::Borrowed(REPLACEMENT)
        } else {
            value
        };
        kept.append_pair(&name, &value);
    }
    kept.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_token_request_loses_its_secret_only() {
        let kept = body(b"client_id=abc&client_secret=s%2Bcret&scope=x%2F.default", None);
        assert_eq!(kept, "client_id=abc&client_secret=%28secret%29&scope=x%2F.default");
    }

    #[test]
    fn the_code_of_a_sign_in_is_lost_and_the_code_of_an_error_is_kept() {
        let kept = body(b"grant_type=authorization_code&code=1.abc&code_verifier=xyz", None);
        assert!(!kept.contains("abc") && !kept.contains("xyz"), "{kept}");
        let kept = body(br#"{"error":{"code":"Busy"},"device_code":"abc"}"#, None);
        assert!(!kept.contains("abc") && kept.contains("Busy"), "{kept}");
    }

    #[test]
    fn json_loses_tokens_at_any_depth() {
        let kept = body(
            br#"{"a":[{"access_token":"eyJ0"}],"Client_Secret":{"x":"s"},"expires_in":1}"#,
            None,
        );
        assert!(!kept.contains("eyJ0") && !kept.contains("\"s\""), "{kept}");
        assert!(kept.contains("\"expires_in\":1"), "{kept}");
    }

    #[test]
    fn what_cannot_be_taken_apart_is_not_kept() {
        let kept = body(br#"{"access_token":"eyJ0"#, None);
        assert!(!kept.contains("eyJ0"), "{kept}");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        assert_eq!(body(b"{\"b\":1, \"a\":2}", None), "{\"b\":1, \"a\":2}");
        assert_eq!(body(&[0xff, 0xfe], None), "(2 bytes that are no text)");
        assert_eq!(query("$filter=Name eq 'a'"), "$filter=Name eq 'a'");
        assert_eq!(query("client_secret=s&x=1"), "client_secret=%28secret%29&x=1");
    }

    #[test]
    fn compressed_bodies_are_kept_unpacked() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(b"[{\"Computer\":\"PC1\"}]").unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(body(&packed, Some("gzip")), "[{\"Computer\":\"PC1\"}]");
        assert_eq!(body(b"broken", Some("gzip")), "(6 bytes that are no text)");
    }
}
