//! Words of *Azure Services*.

/// Above everything.
pub const INTRO: &str = "Give the connection a name by which you find it again, and choose the service.";
/// A field.
pub const NAME: &str = "Name";
/// An example for it.
pub const NAME_EXAMPLE: &str = "Contoso production";
/// A field.
pub const DESCRIPTION: &str = "Description";
/// The title of the list of services.
pub const SERVICE: &str = "Azure service";
/// The one service there is, by its original name.
pub const OMS_CONNECTOR: &str = "OMS Connector (Log Analytics)";
/// What it does.
pub const OMS_CONNECTOR_BLURB: &str = "Publishes the device collections that you choose as computer groups of a Log Analytics workspace (today part of \
     Azure Monitor), and keeps them up to date. Queries use a group by its name.";
