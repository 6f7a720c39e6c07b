//! Path patterns of planned faults: a part of the path, or, with `*` in it, a form of the whole path.

use super::http::Request;

/// Whether the path of a request is one that the pattern is for: on the path as sent, on the decoded path, or on the
/// decoded path with `?` and query. Letter case does not matter.
pub(super) fn matches(pattern: &str, request: &Request) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let decoded = decode(&request.path);
    let with_query = request
        .query
        .as_deref()
        .map(|query| format!("{decoded}?{}", decode(&query.replace('+', " "))));
    [Some(request.path.clone()), Some(decoded), with_query]
        .into_iter()
        .flatten()
        .any(|text| {
            let text = text.to_ascii_lowercase();
            if pattern.contains('*') {
                glob(&pattern, &text)
            } else {
                text.contains(&pattern)
            }
        })
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Whether `text` as a whole has the form of `pattern`. The first and the last piece are anchored; each piece between is
/// taken at its earliest place, which leaves the most room for those that follow.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else {
        return text == first;
    };
    let Some(middle) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    pieces
        .try_fold(middle, |rest, piece| rest.split_once(piece).map(|(_, after)| after))
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_texts() {
        assert!(glob("/a/*", "/a/b/c"));
        assert!(glob("*/c", "/a/b/c"));
        assert!(glob("/a*b*c", "/a1b2c"));
        assert!(glob("/a**c", "/ac"));
        assert!(!glob("/a*b*c", "/a1c"));
        assert!(!glob("/b/*", "/a/b/c"));
        // One text cannot serve as the end of one piece and the start of another.
        assert!(!glob("/ab*bc", "/abc"));
    }
}
