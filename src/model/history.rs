//! History: memberships as rows over time. The table, the data collection rule that leads into it, the rows, and what they are
//! called. Pure; `design` of the protocol: a snapshot is *whole* when as many distinct `Seq` of its `SyncId` have arrived as its
//! marker says, and the newest whole one counts.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::group::Owner;
use super::resource::{EndpointId, ResourceGroupId, RuleId};
use super::{ConnectionId, Invalid, ObjectId, ServiceUrl, WorkspaceId, roles};

/// The custom table; one a workspace, shared by all connections.
pub const TABLE: &str = "ConfigMgrCollectionMember_CL";
/// The stream that the rule declares: the name in the address of an upload.
pub const STREAM: &str = "Custom-ConfigMgrCollectionMember";
/// The stream that the rule writes to.
pub const OUTPUT_STREAM: &str = "Custom-ConfigMgrCollectionMember_CL";
/// The function that has the columns of the old table `ComputerGroup`; one a workspace.
pub const FUNCTION: &str = "ConfigMgrComputerGroup";
/// Version of rule and rows, in the rule's tag `AswVersion`.
pub const FORMAT: &str = "1";

/// Rows are seen a few minutes after they were taken, as a rule; what is not seen by then does not come any more.
pub const LATEST: TimeDelta = TimeDelta::hours(1);

/// The type of a column. Tables and streams spell the date type differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    String,
    /// 64-bit whole number.
    Long,
    /// Yes or no.
    Boolean,
    /// A moment.
    DateTime,
}

impl ColumnType {
    /// As the schema of a table spells it.
    pub const fn in_table(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Long => "long",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
        }
    }

    /// As the stream declaration of a rule spells it.
    pub const fn in_stream(self) -> &'static str {
        match self {
            Self::DateTime => "datetime",
            other => other.in_table(),
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnType,
    /// What it holds, as the portal shows it.
    pub description: &'static str,
}

const fn column(name: &'static str, kind: ColumnType, description: &'static str) -> Column {
    Column {
        name,
        kind,
        description,
    }
}

/// The columns of the table and of the stream.
pub const COLUMNS: [Column; 17] = [
    column("TimeGenerated", ColumnType::DateTime, "When the row was made"),
    column("ConnectionId", ColumnType::String, "The connection that wrote it"),
    column("Site", ColumnType::String, "Site code"),
    column("CollectionId", ColumnType::String, "Collection ID"),
    column("SyncId", ColumnType::String, "One complete reading of one collection"),
    column(
        "RowKind",
        ColumnType::String,
        "member, or snapshot: the marker of a complete reading",
    ),
    column("Seq", ColumnType::Long, "Number of a member within its reading, from 0"),
    column(
        "Computer",
        ColumnType::String,
        "Computer name, fully qualified where the site knows it",
    ),
    column(
        "ResourceId",
        ColumnType::Long,
        "The device's resource ID in Configuration Manager",
    ),
    column("AadDeviceId", ColumnType::String, "The device's ID in Microsoft Entra"),
    column("Generation", ColumnType::Long, "Marker: order of complete readings"),
    column("Rows", ColumnType::Long, "Marker: how many members the reading has"),
    column("CollectionName", ColumnType::String, "Marker: name of the collection"),
    column(
        "CollectionPath",
        ColumnType::String,
        "Marker: folder of the collection in the console",
    ),
    column(
        "AsOf",
        ColumnType::DateTime,
        "Marker: the moment that the membership is true for",
    ),
    column(
        "Removed",
        ColumnType::Boolean,
        "Marker: the collection is not published any more",
    ),
    column(
        "ConfirmedGen",
        ColumnType::Long,
        "Marker: newest generation that a query has seen whole",
    ),
];

/// A table as Resource Manager describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceTable {
    /// Its name.
    pub name: String,
    /// Columns with the type's spelling; the service's own ones may be among them.
    pub columns: Vec<(String, String)>,
    /// `Analytics`, `Basic`, `Auxiliary`.
    pub plan: Option<String>,
    /// `Succeeded` when it can be used; `Updating` while it is locked.
    pub provisioning_state: Option<String>,
}

/// A data collection rule as Resource Manager describes it, as far as it concerns us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its resource ID.
    pub id: RuleId,
    /// Region: that of the workspace.
    pub location: String,
    /// `Direct`: it has an address of its own.
    pub is_direct: bool,
    /// The endpoint whose address it uses otherwise.
    pub endpoint: Option<EndpointId>,
    /// Names and values.
    pub tags: Vec<(String, String)>,
    /// Columns of [`STREAM`] with the type's spelling.
    pub columns: Vec<(String, String)>,
    /// Where it leads.
    pub workspace: Option<WorkspaceId>,
    /// `dcr-` and 32 hexadecimal digits; known once it is made.
    pub immutable_id: Option<String>,
    /// Its own address for uploads, where it has one.
    pub logs_ingestion: Option<ServiceUrl>,
}

/// A data collection endpoint, likewise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its resource ID.
    pub id: EndpointId,
    /// Region.
    pub location: String,
    /// Names and values.
    pub tags: Vec<(String, String)>,
    /// Whether it answers outside a private link.
    pub is_public: bool,
    /// Where uploads go.
    pub logs_ingestion: Option<ServiceUrl>,
}

/// Where rows go, as it stands in Azure and is kept with the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPlace {
    /// The rule.
    pub rule: RuleId,
    /// Its name in the address of an upload.
    pub immutable_id: String,
    /// The address of uploads.
    pub ingestion: ServiceUrl,
    /// The endpoint that had to be made beside it.
    pub endpoint: Option<EndpointId>,
    /// An upload was taken: the role counts by now.
    pub proven: bool,
}

/// What a set-up of history has made in Azure; Undo takes away just that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "made", rename_all = "snake_case")]
pub enum Made {
    /// The table.
    Table {
        /// Where.
        workspace: WorkspaceId,
    },
    /// The endpoint.
    Endpoint {
        /// Which.
        id: EndpointId,
    },
    /// The rule.
    Rule {
        /// Which.
        id: RuleId,
    },
    /// The upload role on the rule.
    Assignment {
        /// On which rule.
        rule: RuleId,
        /// The assignment's name.
        id: Uuid,
    },
    /// The function.
    Function {
        /// Where.
        workspace: WorkspaceId,
    },
}

/// The rule of a connection.
///
/// # Errors
/// None in practice: the name is made here.
pub fn rule_id(group: &ResourceGroupId, connection: ConnectionId) -> Result<RuleId, Invalid> {
    RuleId::new(group.clone(), &format!("dcr-configmgr-{}", connection.short()))
}

/// The endpoint of a connection, where one is needed.
///
/// # Errors
/// None in practice: the name is made here.
pub fn endpoint_id(group: &ResourceGroupId, connection: ConnectionId) -> Result<EndpointId, Invalid> {
    EndpointId::new(group.clone(), &format!("dce-configmgr-{}", connection.short()))
}

/// The tags of rule and endpoint: whose they are, so that another machine can adopt them and remove finds them.
pub fn tags(owner: &Owner) -> Vec<(String, String)> {
    let tag = |name: &str, value: String| (name.to_owned(), value);
    vec![
        tag(super::group::CONNECTION_TAG, owner.connection.to_string()),
        tag("AswSite", owner.site.to_string()),
        tag("AswVersion", FORMAT.to_owned()),
    ]
}

/// The name of the assignment that lets a principal upload through a rule: the same every time, so that a second run is
/// harmless (UUIDv5 over scope, principal and role; Microsoft advises a deterministic name).
pub fn assignment_id(scope: &str, principal: ObjectId, role: roles::Role) -> Uuid {
    let text = format!("{}|{principal}|{}", scope.to_lowercase(), role.id);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())
}
