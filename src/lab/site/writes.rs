//! The few methods and writes that the site takes. They are here because real sites answer them in their own way (201, 204);
//! the product only reads.

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use super::accounts::Role;
use super::hierarchy::{site_guid, this_site};
use super::odata::{Key, Target, target};
use super::service::{base, error};
use super::world::World;
use crate::lab::http::{Request, Response};

/// Answers a method or a write; `None` for what is neither.
pub(super) fn answer(
    world: &mut World,
    role: Role,
    request: &Request,
    below: &[String],
    now: DateTime<Utc>,
) -> Option<Response> {
    let (route, rest) = below.split_first()?;
    if !route.eq_ignore_ascii_case("wmi") {
        return None;
    }
    let is_delete = request.method == Method::DELETE;
    match target(rest)? {
        Target::Method(class, method) => Some(static_method(world, request, &class, &method)),
        Target::Action(class, key, action) => Some(match writable(world, role, &class, &key) {
            Err(refusal) => *refusal,
            Ok(at) => act(world, request, at, &action, now),
        }),
        Target::Keyed(class, key) if is_delete => Some(match writable(world, role, &class, &key) {
            Err(refusal) => *refusal,
            Ok(at) => delete(world, at),
        }),
        _ => None,
    }
}

/// What a method answers: 201, also to GET.
fn answered(world: &World, request: &Request, outcome: &[(&str, Value)]) -> Response {
    let context = format!("{}/$metadata#__PARAMETERS", base(world, request));
    let mut members = Map::from_iter([("@odata.context".to_owned(), Value::from(context))]);
    members.extend(outcome.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Response::json(201, &Value::Object(members))
}

fn static_method(world: &World, request: &Request, class: &str, method: &str) -> Response {
    if class.eq_ignore_ascii_case("SMS_Identification") && method.eq_ignore_ascii_case("GetSiteID") {
        let id = format!("{{{}}}", site_guid(world, this_site(world)));
        return answered(world, request, &[("SiteID", json!(id))]);
    }
    error(404, "The method cannot be found.")
}

/// The position of a collection that the caller may change.
fn writable(world: &World, role: Role, class: &str, key: &Key) -> Result<usize, Box<Response>> {
    let missing = || Box::new(error(404, "The object cannot be found."));
    let (true, Key::Text(id)) = (class.eq_ignore_ascii_case("SMS_Collection"), key) else {
        return Err(missing());
    };
    let at = world.collection_at(id).ok_or_else(missing)?;
    let collection = world.collections.get(at).ok_or_else(missing)?;
    if world.knobs.gone.contains(&collection.id) {
        return Err(missing());
    }
    if role != Role::Administrator || collection.built_in {
        return Err(Box::new(error(403, "Access denied.")));
    }
    Ok(at)
}

fn act(world: &mut World, request: &Request, at: usize, action: &str, now: DateTime<Utc>) -> Response {
    if !action.eq_ignore_ascii_case("RequestRefresh") {
        return error(404, "The action cannot be found.");
    }
    if let Some(collection) = world.collections.get_mut(at) {
        collection.last_refresh = now;
    }
    answered(world, request, &[("ReturnValue", json!(0))])
}

fn delete(world: &mut World, at: usize) -> Response {
    if let Some(collection) = world.collections.get(at) {
        world.knobs.gone.insert(collection.id.clone());
    }
    Response::empty(204)
}
