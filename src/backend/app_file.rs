//! The file with an app and its secret key, as the Azure command line writes it. Nothing of it is ever quoted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::model::app_document::AppDocument;
use crate::model::{Failure, Problem, Result};

/// Such a file has a few hundred bytes; another one is chosen by mistake.
const LONGEST: u64 = 1024 * 1024;

/// Reads one. Blocks.
///
/// # Errors
/// `FileUnreadable`; `Invalid` where it holds something else.
pub(super) fn read(path: &Path) -> Result<AppDocument> {
    let unreadable = |cause: String| -> Failure {
        let path = path.display().to_string();
        Problem::FileUnreadable { path, cause }.into()
    };
    let io = |cause: std::io::Error| unreadable(cause.to_string());
    let known = std::fs::metadata(path).map_err(io)?;
    if !known.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    if known.len() > LONGEST {
        return Err(unreadable("it is larger than 1 MB, so it is another file".to_owned()));
    }
    // As large as it will be, so that no smaller copy is left in memory when it grows.
    let room = usize::try_from(known.len()).unwrap_or_default().saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let mut file = File::open(path).map_err(io)?.take(LONGEST);
    file.read_to_end(&mut bytes).map_err(io)?;
    let text = text_of(&bytes).ok_or_else(|| unreadable("it is not text".to_owned()))?;
    Ok(AppDocument::parse(&text)?)
}

/// UTF-8; or UTF-16 with its mark, as `>` of Windows PowerShell writes it.
fn text_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).skip(1);
        let units = units.map(|unit| order([unit.first().copied().unwrap_or(0), unit.get(1).copied().unwrap_or(0)]));
        let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
        for each in char::decode_utf16(units) {
            text.push(each.ok()?);
        }
        Some(text)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => std::str::from_utf8(bytes)
            .ok()
            .map(|text| Zeroizing::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    fn reading(bytes: &[u8]) -> Result<AppDocument> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.json");
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    #[test]
    fn reads_what_either_shell_writes() {
        let text = format!(r#"{{ "appId": "{ID}", "password": "s3cr3t~ä", "tenant": "{ID}" }}"#);
        let utf16: Vec<u16> = format!("\u{feff}{text}").encode_utf16().collect();
        let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [text.as_bytes(), format!("\u{feff}{text}").as_bytes(), &little, &big] {
            assert_eq!(reading(bytes).ok().unwrap().secret.expose(), "s3cr3t~ä");
        }
    }

    #[test]
    fn another_file_is_refused_without_a_word_of_it() {
        let refusal = |bytes: &[u8]| {
            let failure = reading(bytes).err().unwrap();
            assert!(!format!("{failure:?}").contains("s3cr3t"), "{failure:?}");
            failure.problem().code()
        };
        assert_eq!(refusal(b"s3cr3t"), "invalid");
        assert_eq!(refusal(br#"{ "password": "s3cr3t" }"#), "invalid");
        assert_eq!(refusal(b"s3cr3t \xf0\x28"), "file_unreadable");
        assert_eq!(refusal(b"s3cr3t".repeat(200_000).as_slice()), "file_unreadable");
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            let failure = read(&path).err().unwrap();
            assert_eq!(failure.problem().code(), "file_unreadable");
        }
    }
}
