//! The lab's values beside the form, ready to copy: what a person would have from the portal and the console.

use egui::Ui;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The field that it goes into, as the wizard names it.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Values in groups, each with a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabSheet {
    /// Groups: title and values.
    pub groups: Vec<(String, Vec<Value>)>,
}

impl LabSheet {
    /// The panel on the right.
    pub fn panel(&self, _ui: &mut Ui) {}
}
