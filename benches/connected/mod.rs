//! What the benchmarks of publishing begin with: a connection to the lab that keeps history.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use azure_services_wizard::cli::{self, host::Host};
use azure_services_wizard::lab::Lab;
use azure_services_wizard::secrets::MemoryVault;

/// An app that may upload rows, and to which Azure is set up already.
pub const APP: &str = "ready";

/// Connects with the lab's set-up, and with these collections alone where some are named. The data stand in `folder/data`.
pub async fn connect(lab: &Lab, folder: &Path, secrets: &str, collections: Option<&[String]>) {
    let text = std::fs::read_to_string(lab.info().setup_files.get(APP).unwrap()).unwrap();
    let line = |line: &str| match (line.split('=').next().unwrap_or_default().trim(), collections) {
        ("history", _) => "history = \"on\"".to_owned(),
        ("collections", Some(chosen)) => format!("collections = {chosen:?}"),
        _ => line.to_owned(),
    };
    let setup = folder.join("setup.toml");
    std::fs::write(&setup, text.lines().map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let words = [
        "asw",
        "--data-dir",
        &folder.join("data").display().to_string(),
        "--secrets-stdin",
        "connect",
        "--file",
        &setup.display().to_string(),
    ];
    let host = Host::new(
        Cursor::new(format!("{secrets}\n")),
        std::io::sink(),
        std::io::sink(),
        Some(Arc::new(MemoryVault::default())),
    );
    assert_eq!(cli::run(words.iter().map(Into::into), &host).await as u8, 0);
}
