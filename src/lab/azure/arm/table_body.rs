//! What a table may be: reads the body of a PUT, and checks it against the table that stands there.

use serde::Deserialize;

use super::super::custom::{CustomTable, DEFAULT_RETENTION, TableColumn};
use super::columns;
use super::error::ArmError;
use crate::lab::kql::ColumnType;

/// Most columns of one table.
const COLUMNS: usize = 500;
/// Longest name of a table, in characters.
const NAME_CHARS: usize = 63;
/// What only answers carry; a client may send it back, and it changes nothing.
pub(super) const READ_ONLY: [&str; 19] = [
    "/id",
    "/name",
    "/type",
    "/systemData",
    "/properties/provisioningState",
    "/properties/archiveRetentionInDays",
    "/properties/retentionInDaysAsDefault",
    "/properties/totalRetentionInDaysAsDefault",
    "/properties/lastPlanModifiedDate",
    "/properties/resultStatistics",
    "/properties/schema/standardColumns",
    "/properties/schema/categories",
    "/properties/schema/labels",
    "/properties/schema/source",
    "/properties/schema/tableType",
    "/properties/schema/tableSubType",
    "/properties/schema/solutions",
    "/properties/schema/columns/*/isDefaultDisplay",
    "/properties/schema/columns/*/isHidden",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    schema: Option<Schema>,
    #[serde(default)]
    plan: Option<String>,
    #[serde(default)]
    retention_in_days: Option<i64>,
    #[serde(default)]
    total_retention_in_days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Schema {
    name: String,
    #[serde(default)]
    columns: Vec<ColumnBody>,
    #[serde(default)]
    description: Option<String>,
    /// Kept by the portal only.
    #[serde(default, rename = "displayName")]
    _display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ColumnBody {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    /// A hint for the portal.
    #[serde(default, rename = "dataTypeHint")]
    _hint: Option<String>,
}

fn fault(message: impl Into<String>) -> ArmError {
    ArmError::new(400, "InvalidParameter", message)
}

/// Whether a workspace takes this as the name of a custom table.
///
/// # Errors
/// 400 with the rule.
pub(super) fn check_name(name: &str) -> Result<(), ArmError> {
    let shaped = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
        && name.chars().count() <= NAME_CHARS;
    if shaped && name.ends_with("_CL") {
        return Ok(());
    }
    Err(fault(format!(
        "The table name '{name}' is not valid. The name of a custom table starts with a letter, has only letters, \
         digits and underscores, at most {NAME_CHARS} characters, and ends with '_CL'."
    )))
}

impl Body {
    /// The table that this makes of `table`, which is new where `exists` is false.
    ///
    /// # Errors
    /// 400 with what is wrong.
    pub(super) fn apply(self, mut table: CustomTable, exists: bool) -> Result<CustomTable, ArmError> {
        let properties = self.properties;
        match properties.schema {
            Some(schema) => schema.apply(&mut table, exists)?,
            None if exists => {}
            None => return Err(fault("The property 'schema' of the table is missing.")),
        }
        if let Some(plan) = properties.plan {
            let plans = ["Analytics", "Basic", "Auxiliary"];
            let known = plans.into_iter().find(|one| one.eq_ignore_ascii_case(&plan));
            table.plan = known
                .ok_or_else(|| fault(format!("The table plan '{plan}' is not valid.")))?
                .to_owned();
        }
        if let Some(days) = properties.retention_in_days {
            table.retention_days = retention("retentionInDays", days, 730)?;
        }
        if let Some(days) = properties.total_retention_in_days {
            table.total_retention_days = retention("totalRetentionInDays", days, 4383)?;
        }
        if table.total_retention_days != DEFAULT_RETENTION && table.total_retention_days < table.retention_days {
            return Err(fault("'totalRetentionInDays' must not be less than 'retentionInDays'."));
        }
        Ok(table)
    }
}

fn retention(name: &str, days: i64, most: i64) -> Result<i64, ArmError> {
    if days == DEFAULT_RETENTION || (4..=most).contains(&days) {
        return Ok(days);
    }
    Err(fault(format!("'{name}' must be between 4 and {most}, or -1.")))
}

impl Schema {
    fn apply(self, table: &mut CustomTable, exists: bool) -> Result<(), ArmError> {
        if !self.name.eq_ignore_ascii_case(&table.name) {
            return Err(fault(format!(
                "The schema name '{}' must be the name of the table, '{}'.",
                self.name, table.name
            )));
        }
        if self.columns.len() > COLUMNS {
            return Err(fault(format!("A table has at most {COLUMNS} columns.")));
        }
        if let Some(name) = columns::twice(self.columns.iter().map(|column| column.name.as_str())) {
            return Err(fault(format!("The column '{name}' is declared twice.")));
        }
        let declared = self.columns.into_iter().map(|column| column.read(table, exists));
        let declared: Vec<TableColumn> = declared.collect::<Result<_, _>>()?;
        let time = declared.iter().find(|column| column.name == "TimeGenerated");
        if time.is_none_or(|column| column.kind != ColumnType::DateTime) {
            return Err(fault(
                "The table must have a column 'TimeGenerated' of type 'dateTime'.",
            ));
        }
        let kept = |old: &TableColumn| declared.iter().any(|new| new.name.eq_ignore_ascii_case(&old.name));
        let (_, gone): (Vec<_>, Vec<_>) = table.columns.drain(..).partition(kept);
        table.retired.extend(gone);
        table.columns = declared;
        table.description = self.description.or(table.description.take());
        Ok(())
    }
}

impl ColumnBody {
    fn read(self, table: &CustomTable, exists: bool) -> Result<TableColumn, ArmError> {
        if let Some(message) = columns::name_fault(&self.name) {
            return Err(fault(message));
        }
        let kind = columns::of_table(&self.kind).ok_or_else(|| {
            fault(format!(
                "The type '{}' of the column '{}' is not valid.",
                self.kind, self.name
            ))
        })?;
        let retired = table
            .retired
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&self.name));
        let standing = table.column(&self.name);
        if let Some(before) = standing.or(retired).filter(|before| before.kind != kind) {
            return Err(fault(format!(
                "The type of the column '{}' cannot change from '{}' to '{}'.",
                before.name,
                columns::in_table(before.kind),
                self.kind
            )));
        }
        let display_name = self.display_name.filter(|name| !name.is_empty());
        let allowed = |name: &String| {
            *name == self.name || standing.is_some_and(|column| column.display_name.as_ref() == Some(name))
        };
        if exists && display_name.as_ref().is_some_and(|name| !allowed(name)) {
            return Err(fault(format!(
                "The display name of the column '{}' can be set only when the table is created.",
                self.name
            )));
        }
        Ok(TableColumn {
            name: self.name,
            kind,
            description: self.description,
            display_name,
        })
    }
}
