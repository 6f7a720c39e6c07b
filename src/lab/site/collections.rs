//! The collections: built-in ones of a fresh site, custom device and user collections, and their properties.

use chrono::{DateTime, Duration, TimeZone, Utc};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::devices::{Device, NOT_COMPUTERS};
use super::evaluation::Evaluating;
use super::names::{self, Limit, Size};
use super::people::Person;
use super::rows::{Cell, timestamp};
use super::seed::{pick, stream};
use super::truth::Naming;

/// `CollectionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Other = 0,
    User = 1,
    Device = 2,
}

/// One collection.
#[derive(Debug, Clone)]
pub(super) struct Collection {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) built_in: bool,
    comment: &'static str,
    folder: &'static str,
    pub(super) limit: Option<(&'static str, &'static str)>,
    refresh_type: i64,
    created: DateTime<Utc>,
    /// Resource IDs in rising order.
    pub(super) members: Vec<u32>,
    pub(super) last_member_change: DateTime<Utc>,
    pub(super) last_refresh: DateTime<Utc>,
    /// Members that the last evaluation added or removed.
    pub(super) last_moved: i64,
    /// Until then the collection says that it is being evaluated.
    pub(super) busy_until: DateTime<Utc>,
    /// Page requests of its members since the last change between pages.
    pub(super) pages: usize,
    /// An evaluation under way.
    pub(super) evaluating: Option<Evaluating>,
    /// Groups in Microsoft Entra that it is kept in step with.
    cloud_syncs: i64,
}

const ALL_SYSTEMS: (&str, &str) = ("SMS00001", "All Systems");
const CLIENTS: (&str, &str) = ("SMSDM003", "All Desktop and Server Clients");
const ALL_USERS: (&str, &str) = ("SMS00004", "All Users and User Groups");
/// Custom collections are numbered from here, as on a fresh site.
const FIRST_CUSTOM: usize = 0x14;

/// `CurrentStatus`.
const READY: i64 = 1;
const EVALUATING: i64 = 4;

/// The device collections that every site has.
pub(super) const BUILT_IN_DEVICE: usize = 6;

impl Collection {
    /// The members as readers see them.
    pub(super) fn listed(&self) -> &[u32] {
        match &self.evaluating {
            Some(evaluating) => &evaluating.shown,
            None => &self.members,
        }
    }

    /// Whether memberships of this collection move at random.
    pub(super) fn is_movable(&self) -> bool {
        self.kind == Type::Device && !self.built_in
    }

    /// A property of `SMS_Collection`; `off` is how wrong `MemberCount` is.
    pub(super) fn cell(&self, property: &str, off: i64, now: DateTime<Utc>) -> Cell {
        let count = i64::try_from(self.members.len())
            .unwrap_or(i64::MAX)
            .saturating_add(off)
            .max(0);
        match property {
            "CollectionID" => Cell::text(&self.id),
            "CollectionRules" => Cell::Objects(self.rules()),
            "CollectionType" => Cell::Int(self.kind as i64),
            "Comment" => Cell::text(self.comment),
            "CloudSyncCount" => Cell::Int(self.cloud_syncs),
            "CurrentStatus" => {
                let is_evaluated = self.evaluating.is_some() || now < self.busy_until;
                Cell::Int(if is_evaluated { EVALUATING } else { READY })
            }
            "FullEvaluationLastRefreshTime" | "LastRefreshTime" => Cell::Date(self.last_refresh),
            "FullEvaluationMemberChanges" => Cell::Int(self.last_moved),
            "FullEvaluationMemberChangeTime" | "LastMemberChangeTime" => Cell::Date(self.last_member_change),
            "FullEvaluationNextRefreshTime" => Cell::Date(self.last_refresh + Duration::days(1)),
            "FullEvaluationRunTime" => Cell::Int(47),
            "HasProvisionedMember" => Cell::Bool(!self.members.is_empty()),
            "IncrementalEvaluationLastRefreshTime" | "IncrementalEvaluationMemberChangeTime" => Cell::Date(never()),
            "IsBuiltIn" => Cell::Bool(self.built_in),
            "IsReferenceCollection" => Cell::Bool(self.limit.is_none()),
            "LastChangeTime" => Cell::Date(self.created),
            "LimitToCollectionID" => Cell::maybe(self.limit.map(|(id, _)| id)),
            "LimitToCollectionName" => Cell::maybe(self.limit.map(|(_, name)| name)),
            "MemberClassName" => Cell::Text(format!("SMS_CM_RES_COLL_{}", self.id)),
            "MemberCount" | "LocalMemberCount" => Cell::Int(count),
            "Name" => Cell::text(&self.name),
            "ObjectPath" => Cell::text(self.folder),
            "OwnedByThisSite" => Cell::Bool(true),
            "RefreshSchedule" => Cell::Objects(self.schedule()),
            "RefreshType" => Cell::Int(self.refresh_type),
            "ReplicateToSubSites" => Cell::Bool(true),
            "UseCluster" => Cell::Bool(false),
            "CollectionVariablesCount"
            | "IncludeExcludeCollectionsCount"
            | "IncrementalEvaluationMemberChanges"
            | "IncrementalEvaluationRunTime"
            | "ISVDataSize"
            | "PowerConfigsCount"
            | "ServiceWindowsCount" => Cell::Int(0),
            _ => Cell::Null,
        }
    }

    fn rules(&self) -> Vec<serde_json::Value> {
        let resource = if self.kind == Type::Device {
            "SMS_R_System"
        } else {
            "SMS_R_User"
        };
        vec![json!({
            "@odata.type": "#AdminService.SMS_CollectionRuleQuery",
            "QueryExpression": format!("select * from {resource}"),
            "QueryID": 1,
            "RuleName": self.name,
        })]
    }

    fn schedule(&self) -> Vec<serde_json::Value> {
        // Without the periodic bit there is no schedule.
        if self.refresh_type & 2 == 0 {
            return Vec::new();
        }
        vec![json!({
            "@odata.type": "#AdminService.SMS_ST_RecurInterval",
            "DayDuration": 0, "DaySpan": 1, "HourDuration": 0, "HourSpan": 0, "IsGMT": false,
            "MinuteDuration": 0, "MinuteSpan": 0, "StartTime": timestamp(self.created),
        })]
    }
}

/// What ConfigMgr writes for "never".
fn never() -> DateTime<Utc> {
    Utc.timestamp_opt(315_532_800, 0).single().unwrap_or_default()
}

/// What the collections are made from.
pub(super) struct Source<'a> {
    pub(super) seed: u64,
    /// Device collections in total.
    pub(super) wanted: usize,
    /// Custom ones, from the end, that hold every computer.
    pub(super) everyone: usize,
    pub(super) devices: &'a [Device],
    pub(super) people: &'a [Person],
    pub(super) naming: &'a Naming,
    pub(super) now: DateTime<Utc>,
}

/// Makes every collection, in the order of their IDs. The built-in ones are always there, also where fewer are wanted.
pub(super) fn make(source: &Source<'_>) -> Vec<Collection> {
    let mut rng = stream(source.seed, "collections");
    let mut collections = built_in(source, &mut rng);
    let custom = source.wanted.saturating_sub(BUILT_IN_DEVICE);
    let clients: Vec<u32> = source
        .devices
        .iter()
        .filter(|d| d.client.is_some())
        .map(|d| d.resource_id)
        .collect();
    let computers: Vec<u32> = source
        .devices
        .iter()
        .filter(|d| d.is_computer())
        .map(|d| d.resource_id)
        .collect();
    for position in 0..custom {
        let plan = if position + source.everyone < custom {
            names::plan(position)
        } else {
            names::everyone(position)
        };
        let pool = match plan.limit {
            Limit::AllSystems => &computers,
            Limit::Clients => &clients,
        };
        let limit = match plan.limit {
            Limit::AllSystems => ALL_SYSTEMS,
            Limit::Clients => CLIENTS,
        };
        let members = members(source, &mut rng, plan.size, pool);
        let mut collection = blank(
            source,
            &mut rng,
            custom_id(position),
            plan.name,
            Type::Device,
            Some(limit),
        );
        collection.folder = plan.folder;
        collection.members = members;
        if position % 5 == 1 {
            collection.cloud_syncs = 1;
        }
        collections.push(collection);
    }
    collections.extend(user_collections(source, &mut rng, custom));
    collections.sort_by(|a, b| a.id.cmp(&b.id));
    collections
}

fn custom_id(position: usize) -> String {
    format!("PS1{:05X}", FIRST_CUSTOM.saturating_add(position))
}

fn blank(
    source: &Source<'_>,
    rng: &mut ChaCha8Rng,
    id: String,
    name: String,
    kind: Type,
    limit: Option<(&'static str, &'static str)>,
) -> Collection {
    let changed = source.now - Duration::milliseconds(rng.random_range(60_000..30 * 86_400_000));
    Collection {
        id,
        name,
        kind,
        built_in: false,
        comment: "",
        folder: "/",
        limit,
        refresh_type: [1, 2, 4, 6][rng.random_range(0..4)],
        created: source.now - Duration::days(rng.random_range(40..900)),
        members: Vec::new(),
        last_member_change: changed,
        last_refresh: changed,
        last_moved: rng.random_range(0..9),
        busy_until: never(),
        pages: 0,
        evaluating: None,
        cloud_syncs: 0,
    }
}

fn built_in(source: &Source<'_>, rng: &mut ChaCha8Rng) -> Vec<Collection> {
    let of = |keep: &dyn Fn(&Device) -> bool| -> Vec<u32> {
        source
            .devices
            .iter()
            .filter(|d| keep(d))
            .map(|d| d.resource_id)
            .collect()
    };
    let users = |keep: &dyn Fn(&Person) -> bool| -> Vec<u32> {
        source
            .people
            .iter()
            .filter(|p| keep(p))
            .map(|p| p.resource_id)
            .collect()
    };
    let some = Some(ALL_SYSTEMS);
    let rows = [
        (ALL_SYSTEMS.0, ALL_SYSTEMS.1, Type::Device, None, of(&|_| true)),
        (
            "SMS00002",
            "All Users",
            Type::User,
            Some(ALL_USERS),
            users(&Person::is_user),
        ),
        (
            "SMS00003",
            "All User Groups",
            Type::User,
            Some(ALL_USERS),
            users(&|p| !p.is_user()),
        ),
        (ALL_USERS.0, ALL_USERS.1, Type::User, None, users(&|_| true)),
        (
            "SMS000KM",
            "Co-management Eligible Devices",
            Type::Device,
            some,
            of(&|d| d.client.is_some() && d.entra_id.is_some()),
        ),
        (
            "SMS000PS",
            "All Provisioning Devices",
            Type::Device,
            some,
            of(&|d| Some(&d.resource_id) == NOT_COMPUTERS.first()),
        ),
        (
            "SMS000US",
            "All Unknown Computers",
            Type::Device,
            some,
            of(&|d| !d.is_computer()),
        ),
        ("SMSDM001", "All Mobile Devices", Type::Device, some, Vec::new()),
        (CLIENTS.0, CLIENTS.1, Type::Device, some, of(&|d| d.client.is_some())),
        ("SMSOTHER", "All Custom Resources", Type::Other, None, Vec::new()),
    ];
    rows.into_iter()
        .map(|(id, name, kind, limit, members)| Collection {
            built_in: true,
            comment: name,
            members,
            ..blank(source, rng, id.to_owned(), name.to_owned(), kind, limit)
        })
        .collect()
}

fn user_collections(source: &Source<'_>, rng: &mut ChaCha8Rng, after: usize) -> Vec<Collection> {
    let users: Vec<u32> = source
        .people
        .iter()
        .filter(|p| p.is_user())
        .map(|p| p.resource_id)
        .collect();
    [("VPN-Benutzer", 9), ("経理ユーザー", 4)]
        .iter()
        .enumerate()
        .map(|(n, (name, size))| {
            let members = chosen(&users, pick(rng, users.len(), *size));
            let id = custom_id(after.saturating_add(n));
            Collection {
                members,
                ..blank(source, rng, id, (*name).to_owned(), Type::User, Some(ALL_USERS))
            }
        })
        .collect()
}

fn chosen(pool: &[u32], positions: Vec<usize>) -> Vec<u32> {
    positions
        .into_iter()
        .filter_map(|position| pool.get(position))
        .copied()
        .collect()
}

fn members(source: &Source<'_>, rng: &mut ChaCha8Rng, size: Size, pool: &[u32]) -> Vec<u32> {
    let amount = match size {
        Size::Empty => 0,
        Size::One => 1,
        Size::Dozens => rng.random_range(12..=90),
        Size::Hundreds => rng.random_range(100..=900),
        Size::Share(thousandths) => pool.len().saturating_mul(thousandths) / 1000,
        Size::DoubleRecords => return source.naming.double_records(source.devices),
        Size::Imaging => 12,
    };
    let mut members = chosen(pool, pick(rng, pool.len(), amount));
    if size == Size::Imaging {
        members.extend(NOT_COMPUTERS);
        members.sort_unstable();
    }
    members
}
