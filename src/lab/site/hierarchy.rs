//! The sites of the hierarchy, their roles, and which of them the target is.

use serde_json::{Value, json};

use super::knobs::{ConnectionPoint, Hierarchy};
use super::rows::Cell;
use super::seed::{guid, stream};
use super::world::World;

/// Site types as `SMS_Site.Type` has them.
const SECONDARY: i64 = 1;
const PRIMARY: i64 = 2;
const CAS: i64 = 4;
/// `SMS_SCI_SysResUse.Type` of a server apart from the site server.
const APART: i64 = 8;

/// One row of `SMS_Site`.
#[derive(Debug, Clone)]
pub(super) struct SiteRow {
    pub(super) code: &'static str,
    name: &'static str,
    server: String,
    parent: &'static str,
    kind: i64,
    /// Stays with the site when it gets a new parent.
    guid: String,
}

/// One row of `SMS_SCI_SysResUse`: a role on a server of a site.
#[derive(Debug, Clone)]
pub(super) struct RoleRow {
    role: &'static str,
    server: String,
    site: &'static str,
    kind: i64,
    props: Vec<Value>,
}

/// The code of the site whose provider answers.
pub(super) fn this_site(world: &World) -> &'static str {
    match world.knobs.hierarchy {
        Hierarchy::Standalone | Hierarchy::Child | Hierarchy::Passive => "PS1",
        Hierarchy::Cas => "CAS",
    }
}

/// The sites that the provider knows.
pub(super) fn sites(world: &World) -> Vec<SiteRow> {
    let site = |code: &'static str, name, parent, kind, elsewhere: &str| {
        let server = if code == this_site(world) && world.knobs.hierarchy != Hierarchy::Passive {
            world.host()
        } else {
            elsewhere
        };
        SiteRow {
            code,
            name,
            server: server.to_owned(),
            parent,
            kind,
            guid: site_guid(world, code),
        }
    };
    let below = matches!(world.knobs.hierarchy, Hierarchy::Child | Hierarchy::Cas);
    let cas = below.then(|| site("CAS", "Central Administration Site", "", CAS, "cas01.corp.example"));
    let parent = if below { "CAS" } else { "" };
    cas.into_iter()
        .chain([
            site("PS1", "Primary Site One", parent, PRIMARY, "ps1.corp.example"),
            site("SEC", "Zweigstelle Köln", "PS1", SECONDARY, "sec01.corp.example"),
        ])
        .collect()
}

/// The GUID that an installation of a site has for life.
pub(super) fn site_guid(world: &World, code: &str) -> String {
    match &world.knobs.site_guid {
        Some(anew) if code == this_site(world) => anew.clone(),
        _ => guid(&mut stream(world.config.seed, &format!("site {code}"))),
    }
}

/// The server of the primary site's passive site server.
fn passive_server(world: &World) -> &str {
    match world.knobs.hierarchy {
        Hierarchy::Passive => world.host(),
        _ => "ps1-passive.corp.example",
    }
}

/// The roles of all servers of all sites. The letter case of a server's name differs between rows, as on real sites.
pub(super) fn roles(world: &World) -> Vec<RoleRow> {
    let sites = sites(world);
    let mut rows = Vec::new();
    for site in &sites {
        let mut add = |role: &'static str, server: String, kind: i64| {
            rows.push(RoleRow {
                role,
                server,
                site: site.code,
                kind,
                props: Vec::new(),
            });
        };
        let server = &site.server;
        add("SMS Site Server", server.clone(), site.kind);
        add("SMS Site System", server.to_uppercase(), site.kind);
        add("SMS Component Server", server.clone(), site.kind);
        if site.kind != SECONDARY {
            add("SMS Provider", server.clone(), site.kind);
            add("SMS SQL Server", server.to_uppercase(), site.kind);
        }
        if site.kind == PRIMARY {
            // The passive site server has a provider too.
            add("SMS Provider", passive_server(world).to_owned(), APART);
            add("SMS Site System", passive_server(world).to_uppercase(), APART);
            add("SMS Management Point", "mp01.corp.example".to_owned(), APART);
            add("SMS Notification Server", "MP01.corp.example".to_owned(), APART);
            add("SMS Distribution Point", "dp01.corp.example".to_owned(), APART);
        }
    }
    rows.extend(connection_point(world, &sites));
    rows
}

/// The service connection point: at the top-tier site only.
fn connection_point(world: &World, sites: &[SiteRow]) -> Option<RoleRow> {
    let top = sites.iter().find(|site| site.parent.is_empty())?;
    let mode = match world.knobs.connection_point {
        ConnectionPoint::Missing => return None,
        ConnectionPoint::Unknown => None,
        ConnectionPoint::Online => Some(json!(0)),
        ConnectionPoint::Offline => Some(json!(1)),
        ConnectionPoint::OfflineAsText => Some(json!("1")),
    };
    let mut props = vec![prop("Server Remote Name", json!(0), "scp01.corp.example")];
    props.extend(mode.map(|value| prop("OfflineMode", value, "")));
    Some(RoleRow {
        role: "SMS Dmp Connector",
        server: "scp01.corp.example".to_owned(),
        site: top.code,
        kind: APART,
        props,
    })
}

fn prop(name: &str, value: Value, value1: &str) -> Value {
    json!({"ItemType": null, "PropertyName": name, "Value": value, "Value1": value1, "Value2": ""})
}

/// A property of the one row of `SMS_Identification`.
pub(super) fn identification_cell(world: &World, property: &str) -> Cell {
    let this = this_site(world);
    let build = world.build();
    match property {
        "LocaleID" => Cell::Int(1033),
        "MonthlyReleaseVersion" => Cell::text(release(build)),
        "SMSBuildNumber" => Cell::Int(i64::from(build)),
        // The provider that answers; its site server may be another machine.
        "SMSProviderServer" => Cell::text(world.host()),
        "SMSSiteServer" => match sites(world).into_iter().find(|site| site.code == this) {
            Some(site) => Cell::Text(site.server),
            None => Cell::Null,
        },
        "SMSVersion" => Cell::Text(version(build)),
        "ThisSiteCode" => Cell::text(this),
        "ThisSiteName" => match sites(world).into_iter().find(|site| site.code == this) {
            Some(site) => Cell::text(site.name),
            None => Cell::Null,
        },
        _ => Cell::Null,
    }
}

fn version(build: u32) -> String {
    format!("5.00.{build}.1000")
}

/// The release that a build number belongs to.
fn release(build: u32) -> &'static str {
    match build {
        ..9106 => "2211",
        9106..9122 => "2303",
        9122..9128 => "2309",
        9128..9132 => "2403",
        9132..9135 => "2409",
        9135..9141 => "2503",
        9141.. => "2509",
    }
}

impl SiteRow {
    /// A property of `SMS_Site`.
    pub(super) fn cell(&self, property: &str, build: u32) -> Cell {
        match property {
            "BuildNumber" => Cell::Int(i64::from(build)),
            "InstallDir" => Cell::text("C:\\Program Files\\Microsoft Configuration Manager"),
            "Mode" => Cell::Int(0),
            "ReportingSiteCode" => Cell::text(self.parent),
            "RequestedStatus" => Cell::Int(110),
            "ServerName" => Cell::text(&self.server),
            "SiteCode" => Cell::text(self.code),
            "SiteName" => Cell::text(self.name),
            "Status" => Cell::Int(1),
            "TimeZoneInfo" => Cell::text("000000 0000 0000 0000"),
            "Type" => Cell::Int(self.kind),
            "Version" => Cell::Text(version(build)),
            _ => Cell::Null,
        }
    }
}

impl SiteRow {
    /// A property of `SMS_SCI_SiteDefinition`.
    pub(super) fn definition_cell(&self, property: &str, build: u32) -> Cell {
        match property {
            "FileType" => Cell::Int(2),
            "ItemName" | "ItemType" => Cell::text("Site Definition"),
            "ParentSiteCode" => Cell::text(self.parent),
            "PropLists" => Cell::Objects(Vec::new()),
            "Props" => Cell::Objects(self.definition_props(build)),
            "SiteCode" => Cell::text(self.code),
            "SiteName" => Cell::text(self.name),
            "SiteServerDomain" => Cell::text("CORP"),
            "SiteServerName" => Cell::text(&self.server),
            "SiteType" => Cell::Int(self.kind),
            _ => Cell::Null,
        }
    }

    fn definition_props(&self, build: u32) -> Vec<Value> {
        let mut props = vec![
            prop("SiteGUID", json!(0), &format!("{{{}}}", self.guid)),
            prop("Full Version", json!(0), &version(build)),
            prop("SQLServerFQDN", json!(0), &self.server),
        ];
        // Secondary sites have no provider.
        if self.kind != SECONDARY {
            props.push(prop("ProviderServerName", json!(0), &self.server));
            props.push(prop("EnableRESTProviderEndpoint", json!(1), ""));
        }
        props
    }
}

impl RoleRow {
    /// A property of `SMS_SCI_SysResUse`.
    pub(super) fn cell(&self, property: &str) -> Cell {
        let path = || format!("\\\\{}", self.server);
        let nal = || format!("[\"Display={0}\\\"]MSWNET:[\"SMS_SITE={1}\"]{0}\\", path(), self.site);
        match property {
            "FileType" => Cell::Int(2),
            "ItemName" => Cell::Text(format!("{},{}", nal(), self.role)),
            "ItemType" => Cell::text("System Resource Usage"),
            "NALPath" => Cell::Text(nal()),
            "NetworkOSPath" => Cell::Text(path()),
            "PropLists" => Cell::Objects(Vec::new()),
            "Props" => Cell::Objects(self.props.clone()),
            "RoleName" => Cell::text(self.role),
            "ServerState" | "ServiceWindows" => Cell::Int(0),
            "SiteCode" => Cell::text(self.site),
            "SslState" => Cell::Int(if self.role == "SMS Management Point" { 1 } else { 2 }),
            "Type" => Cell::Int(self.kind),
            _ => Cell::Null,
        }
    }
}
