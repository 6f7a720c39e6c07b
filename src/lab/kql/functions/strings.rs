//! Functions on text. Lengths and places count characters.

use std::borrow::Cow;

use super::super::ColumnType::{self, Dynamic, Int, Long, String as Text};
use super::super::{Value, text};
use super::at;

fn text_at<'a>(arguments: &'a [Cow<Value>], index: usize) -> Cow<'a, str> {
    match at(arguments, index) {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(text::shown(other)),
    }
}

fn long_at(arguments: &[Cow<Value>], index: usize) -> Option<i64> {
    match at(arguments, index) {
        Value::Long(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn tolower(arguments: &[Cow<Value>]) -> Value {
    Value::String(text_at(arguments, 0).to_lowercase())
}

pub(super) fn toupper(arguments: &[Cow<Value>]) -> Value {
    Value::String(text_at(arguments, 0).to_uppercase())
}

pub(super) fn strlen(arguments: &[Cow<Value>]) -> Value {
    let length = text_at(arguments, 0).chars().count();
    Value::Long(i64::try_from(length).unwrap_or(i64::MAX))
}

pub(super) fn strcat(arguments: &[Cow<Value>]) -> Value {
    Value::String(arguments.iter().map(|value| text::shown(value)).collect())
}

pub(super) fn substring_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    matches!(
        kinds,
        [Text | Dynamic, Int | Long] | [Text | Dynamic, Int | Long, Int | Long]
    )
    .then_some(Text)
}

/// A negative start counts from the end.
pub(super) fn substring(arguments: &[Cow<Value>]) -> Value {
    let source = text_at(arguments, 0);
    let Some(start) = long_at(arguments, 1) else {
        return Value::String(String::new());
    };
    let distance = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped = if start < 0 {
        source.chars().count().saturating_sub(distance)
    } else {
        distance
    };
    let length = match long_at(arguments, 2) {
        Some(length) => usize::try_from(length).unwrap_or(0),
        None => usize::MAX,
    };
    Value::String(source.chars().skip(skipped).take(length).collect())
}

pub(super) fn split_kind(kinds: &[ColumnType]) -> Option<ColumnType> {
    matches!(kinds, [Text | Dynamic, Text] | [Text | Dynamic, Text, Int | Long]).then_some(Dynamic)
}

/// An array of the parts, or of the one part asked for.
pub(super) fn split(arguments: &[Cow<Value>]) -> Value {
    let (source, delimiter) = (text_at(arguments, 0), text_at(arguments, 1));
    let parts: Vec<&str> = if delimiter.is_empty() {
        vec![&source]
    } else {
        source.split(delimiter.as_ref()).collect()
    };
    let json = match long_at(arguments, 2) {
        None => parts.into_iter().collect(),
        Some(index) => match usize::try_from(index).ok().and_then(|index| parts.get(index)) {
            Some(part) => std::iter::once(*part).collect(),
            None => return Value::Null,
        },
    };
    Value::Dynamic(json)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{answer, refused};

    // Microsoft: "split()".
    #[test]
    fn split_of_the_page() {
        assert_eq!(
            answer(
                r#"print
                split("aa_bb", "_"),           // ["aa","bb"]
                split("aaa_bbb_ccc", "_", 1),  // ["bbb"]
                split("", "_"),                // [""]
                split("a__b", "_"),            // ["a","","b"]
                split("aabbcc", "bb")          // ["aa","cc"]"#
            ),
            r#"print_0|print_1|print_2|print_3|print_4
["aa","bb"]|["bbb"]|[""]|["a","","b"]|["aa","cc"]"#
        );
    }

    // Microsoft: "substring()".
    #[test]
    fn substring_of_the_page() {
        assert_eq!(
            answer(
                r#"print substring("123456", 1), substring("123456", 2, 2), substring("ABCD", 0, 2), substring("123456", -2, 2)"#
            ),
            "print_0|print_1|print_2|print_3\n23456|34|AB|56"
        );
    }

    #[test]
    fn characters_are_counted() {
        assert_eq!(
            answer("print strlen('Zürich'), toupper('é'), substring('Zürich', 1, 2)"),
            "print_0|print_1|print_2\n6|É|ür"
        );
        // Microsoft: "print operator".
        assert_eq!(
            answer(r#"print banner=strcat("Hello", ", ", "World!")"#),
            "banner\nHello, World!"
        );
        // Microsoft: "The string data type" (splicing).
        assert_eq!(
            answer("print strlen(\"Hello\"', '@\"world!\"), strlen(\"Hello\"\n  // Comment\n  ', '@\"world!\")"),
            "print_0|print_1\n13|13"
        );
        assert!(refused("print strlen(5)").contains("'strlen'"));
    }
}
