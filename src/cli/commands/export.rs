//! `asw export NAME [--out FILE]`.

use serde_json::json;

use super::out;
use crate::cli::answer::Answer;
use crate::cli::args::ExportArgs;
use crate::cli::session::Session;
use crate::connect::setup_file;
use crate::model::Result;

/// The settings of a connection, whatever state it is in. No secret is in them.
pub(super) fn export(session: &Session, options: &ExportArgs) -> Result<Answer> {
    let connection = session.connection(&options.name)?;
    let name = &connection.setup.name;
    let text = setup_file::text(&connection.setup)?;
    let Some(path) = &options.out else {
        let json = json!({ "name": name, "setup": text });
        return Ok(Answer::done(text, json));
    };
    out::write(path, &text)?;
    let human = format!(
        "The settings of \"{name}\" are in {}. No secret is in them.",
        path.display()
    );
    Ok(Answer::done(human, json!({ "name": name, "file": path })))
}
