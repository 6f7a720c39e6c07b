//! *Azure Services*: the connection's name and what people write about it.

use crate::flow::TextField;
use crate::model::{ConnectionName, Invalid};

/// What is typed on the page.
pub struct Service {
    /// Name.
    pub name: TextField,
    /// Description, of any number of lines.
    pub description: String,
    /// Whether schedules publish it. Off only where a file with settings says so.
    pub(super) import: bool,
    /// Names that are taken.
    pub(super) taken: Vec<ConnectionName>,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            name: TextField::default(),
            description: String::new(),
            import: true,
            taken: Vec::new(),
        }
    }
}

/// As accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedService {
    /// Name.
    pub name: ConnectionName,
    /// Description.
    pub description: String,
    /// Whether schedules publish it.
    pub import: bool,
}

impl Service {
    /// The name, where it may be used.
    ///
    /// # Errors
    /// [`Invalid`]: no name, or one that is taken.
    pub fn name(&self) -> Result<ConnectionName, Invalid> {
        let name: ConnectionName = self.name.parse()?;
        if self.taken.contains(&name) {
            let why = format!("a connection \"{name}\" exists already");
            return Err(Invalid::new("connection name", why, "Contoso production"));
        }
        Ok(name)
    }

    pub(super) fn hold(&mut self, name: ConnectionName, description: String, import: bool) {
        self.name = TextField::holding(name.to_string());
        self.description = description;
        self.import = import;
    }

    pub(super) fn is_blank(&self) -> bool {
        self.name.is_blank() && self.description.trim().is_empty()
    }

    pub(super) fn apply(&mut self) -> Option<AcceptedService> {
        self.name.settled = true;
        let name = self.name().ok()?;
        Some(AcceptedService {
            name,
            description: self.description.trim().to_owned(),
            import: self.import,
        })
    }
}
