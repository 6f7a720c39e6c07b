//! What the AdminService answers once the caller is known: documents, lists, counts, keyed reads, errors.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::classes::{self, Class, ClassId};
use super::filter::{Expression, Literal};
use super::index::Run;
use super::odata::{Key, Options, Refusal, Target, target};
use super::rows::{Cell, Entity, chosen, whole};
use super::schema::CLASSES;
use super::tables::{Row, View};
use super::world::World;
use crate::lab::http::{Request, Response};

/// The longest address that http.sys takes by default, in bytes.
const LONGEST_ADDRESS: usize = 16_384;

/// An answer, and the collection of whose members a page was read.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) page_of: Option<usize>,
    /// Whether it was the end of a listing of the devices.
    pub(super) ends_devices: bool,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self {
            response,
            page_of: None,
            ends_devices: false,
        }
    }
}

/// An error in the service's JSON shape: the status as a text, and a message.
pub(super) fn error(status: u16, message: &str) -> Response {
    Response::json(
        status,
        &json!({"error": {"code": status.to_string(), "message": message}}),
    )
}

/// The page of another web server, or of a management point's IIS, for an address that it does not know.
pub(in crate::lab) fn iis_not_found() -> Response {
    let page = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"><html><head>\
                <title>404 - File or directory not found.</title></head><body><div id=\"header\"><h1>Server Error</h1></div>\
                <div id=\"content\"><h2>404 - File or directory not found.</h2><h3>The resource you are looking for might \
                have been removed, had its name changed, or is temporarily unavailable.</h3></div></body></html>";
    Response::with_body(404, "text/html", page.as_bytes().to_vec()).with_header("Server", "Microsoft-IIS/10.0")
}

/// The page of http.sys for an address that no service has registered, or that it does not take.
pub(super) fn kernel_page(status: u16, reason: &str) -> Response {
    let page = format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><HTML><HEAD><TITLE>{reason}</TITLE></HEAD>\
         <BODY><h2>{reason}</h2><hr><p>HTTP Error {status}. {reason}.</p></BODY></HTML>"
    );
    Response::with_body(status, "text/html; charset=us-ascii", page.into_bytes())
        .with_header("Server", "Microsoft-HTTPAPI/2.0")
}

/// Whether the address is longer than http.sys takes.
pub(super) fn is_too_long(request: &Request) -> bool {
    request.path.len() + request.query.as_deref().map_or(0, str::len) > LONGEST_ADDRESS
}

/// Answers a request of a signed-in caller; `below` are the decoded segments behind `AdminService`.
pub(super) fn answer(view: &View<'_>, request: &Request, below: &[String]) -> Answer {
    let service = Service {
        view,
        request,
        base: base(view.world, request),
    };
    match below.split_first() {
        Some((route, rest)) if route.eq_ignore_ascii_case("wmi") => service.answer(rest),
        // The versioned route has other classes and is not part of the lab.
        _ => error(404, "The resource cannot be found.").into(),
    }
}

/// The address of the route.
pub(super) fn base(world: &World, request: &Request) -> String {
    format!("{}/AdminService/wmi", origin(world, request))
}

/// Scheme and authority under which the caller reached the site.
fn origin(world: &World, request: &Request) -> String {
    if let Some(origin) = &world.knobs.origin {
        return origin.clone();
    }
    // Without a sign-in the lab serves plain HTTP, for use behind an authenticating proxy.
    let scheme = if world.config.sign_in { "https" } else { "http" };
    format!("{scheme}://{}", request.header("host").unwrap_or(&world.config.host))
}

struct Service<'a> {
    view: &'a View<'a>,
    request: &'a Request,
    base: String,
}

#[derive(Serialize)]
struct Page<V> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: V,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}

/// The entities of a page, each made when it is written.
struct Entities<'a, F> {
    rows: &'a [Row],
    entity: F,
}

impl<F: Fn(&Row) -> Entity> Serialize for Entities<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(&self.entity))
    }
}

impl Service<'_> {
    fn answer(&self, below: &[String]) -> Answer {
        let Some(target) = target(below) else {
            return error(404, "The resource cannot be found.").into();
        };
        if self.request.method != http::Method::GET {
            return error(405, "The lab's site does not take this write.").into();
        }
        let query = self.request.query.as_deref();
        match target {
            Target::ServiceDocument => self.service_document().into(),
            Target::Metadata => Response::with_body(200, "application/xml", classes::metadata().into_bytes()).into(),
            Target::Method(..) | Target::Action(..) => error(404, "The method cannot be found.").into(),
            Target::List(name) => self.with_class(&name, |class| {
                let options = Options::parse(query, class, false)?;
                self.list(class, &options)
            }),
            Target::Count(name) => self.with_class(&name, |class| {
                let options = Options::parse(query, class, false)?;
                self.refuse(options.filter.as_ref())?;
                Ok(number(self.matching(class, options.filter.as_ref()).len()).into())
            }),
            Target::Keyed(name, key) => self.with_class(&name, |class| {
                let options = Options::parse(query, class, true)?;
                Ok(self.keyed(class, &key, &options).into())
            }),
        }
    }

    fn with_class(&self, name: &str, act: impl FnOnce(&'static Class) -> Result<Answer, Refusal>) -> Answer {
        let Some(class) = classes::class(name) else {
            return error(404, &format!("The class '{name}' cannot be found.")).into();
        };
        match act(class) {
            Ok(answer) => answer,
            Err(Refusal::Malformed(message)) => error(400, &message).into(),
            Err(Refusal::Unsupported(_)) if self.view.world.knobs.refused_filters_empty => {
                // An empty list, counted, is none.
                let is_count = self.request.path.ends_with("/$count");
                match is_count {
                    true => number(0).into(),
                    false => self.page(class, &[], &Options::default(), false, None).into(),
                }
            }
            Err(Refusal::Unsupported(message)) => error(404, &message).into(),
        }
    }

    fn service_document(&self) -> Response {
        let sets: Vec<Value> = CLASSES
            .iter()
            .map(|class| json!({"name": class.name, "kind": "EntitySet", "url": class.name}))
            .collect();
        Response::json(
            200,
            &json!({"@odata.context": format!("{}/$metadata", self.base), "value": sets}),
        )
    }

    fn list(&self, class: &'static Class, options: &Options) -> Result<Answer, Refusal> {
        let knobs = &self.view.world.knobs;
        if knobs.order_with_skip_refused && !options.order.is_empty() && options.skip.is_some() {
            return Err(Refusal::Unsupported(
                "The options $orderby and $skip do not go together.".to_owned(),
            ));
        }
        self.refuse(options.filter.as_ref())?;
        let stretch = self.view.stretch(class, options).filter(|_| !knobs.collapse_select);
        let run = stretch.unwrap_or_else(|| Run::Listed(self.listed(class, options)));
        let skip = options.skip.unwrap_or(0);
        let left = run.len().saturating_sub(skip);
        let top = options.top.filter(|_| !knobs.top_ignored);
        let wanted = top.unwrap_or(left).min(left);
        let cap = knobs
            .next_link_cap
            .unwrap_or(usize::MAX)
            .min(knobs.silent_cap.unwrap_or(usize::MAX));
        let taken = run.part(skip, wanted.min(cap));
        let is_cut = knobs.next_link_cap.is_some() && taken.len() < wanted;
        let next_link = is_cut.then(|| {
            let more = top.map(|top| top.saturating_sub(taken.len()));
            self.next_link(skip.saturating_add(taken.len()), more)
        });
        Ok(Answer {
            response: self.page(class, &taken, options, false, next_link),
            page_of: self.page_of(class, options),
            ends_devices: class.id == ClassId::System && taken.is_empty(),
        })
    }

    /// Refuses a filter that a switch forbids.
    fn refuse(&self, filter: Option<&Expression>) -> Result<(), Refusal> {
        let knobs = &self.view.world.knobs;
        let is_refused = |filter: &Expression| {
            let names = &knobs.refused_properties;
            knobs.ranges_refused && filter.has_range() || names.iter().any(|name| filter.names(name))
        };
        match filter {
            Some(filter) if is_refused(filter) => Err(Refusal::Unsupported("The filter is not supported.".to_owned())),
            _ => Ok(()),
        }
    }

    /// The rows of a list in its order, found the long way.
    fn listed(&self, class: &'static Class, options: &Options) -> Vec<Row> {
        let mut rows = self.matching(class, options.filter.as_ref());
        if !options.order.is_empty() {
            self.sort(class, options, &mut rows);
        }
        if self.view.world.knobs.collapse_select {
            self.collapse(class, options, &mut rows);
        }
        rows
    }

    fn page_of(&self, class: &Class, options: &Options) -> Option<usize> {
        match (class.id, options.filter.as_ref()?.pinned("CollectionID")?) {
            (ClassId::Membership, Literal::Text(id)) => self.view.world.collection_at(id),
            _ => None,
        }
    }

    fn matching(&self, class: &'static Class, filter: Option<&Expression>) -> Vec<Row> {
        let mut rows = self.view.candidates(class, filter);
        if let Some(filter) = filter {
            rows.retain(|row| filter.holds(&|name| self.view.cell(class, *row, name)) == Some(true));
        }
        rows
    }

    fn sort(&self, class: &Class, options: &Options, rows: &mut Vec<Row>) {
        let mut keyed: Vec<(Vec<Cell>, Row)> = rows
            .iter()
            .map(|row| {
                let cells = options
                    .order
                    .iter()
                    .map(|(property, _)| self.view.cell(class, *row, property.name));
                (cells.collect(), *row)
            })
            .collect();
        keyed.sort_by(|(left, _), (right, _)| {
            let pairs = left.iter().zip(right).zip(&options.order);
            pairs
                .map(|((left, right), (_, descending))| {
                    let order = compare(left, right);
                    if *descending { order.reverse() } else { order }
                })
                .find(|order| *order != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        });
        *rows = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// The fault of a service that tells rows apart by the chosen keys only: rows that agree in them become one.
    fn collapse(&self, class: &Class, options: &Options, rows: &mut Vec<Row>) {
        let Some(select) = &options.select else { return };
        let chosen: Vec<&str> = class
            .keys
            .iter()
            .filter(|key| select.iter().any(|p| p.name == **key))
            .copied()
            .collect();
        if chosen.len() == class.keys.len() {
            return;
        }
        let mut seen = HashSet::new();
        rows.retain(|row| {
            let keys: Vec<Value> = chosen
                .iter()
                .map(|key| self.view.cell(class, *row, key).json())
                .collect();
            seen.insert(json!(keys).to_string())
        });
    }

    fn keyed(&self, class: &'static Class, key: &Key, options: &Options) -> Response {
        let found = match class.keys {
            [only] => {
                let rows = self.view.candidates(class, None);
                rows.into_iter()
                    .find(|row| matches(&self.view.cell(class, *row, only), key))
            }
            _ => None,
        };
        match found {
            // A keyed read stands in a `value` array too.
            Some(row) => self.page(class, &[row], options, true, None),
            None => error(404, "The object cannot be found."),
        }
    }

    fn entity(&self, class: &'static Class, row: Row, options: &Options, keyed: bool) -> Entity {
        let showing = self.view.showing(keyed);
        let cell = |name: &'static str| self.view.cell(class, row, name);
        match &options.select {
            Some(select) => chosen(class, select, showing, cell),
            None => whole(class, showing, cell),
        }
    }

    fn page(
        &self,
        class: &'static Class,
        rows: &[Row],
        options: &Options,
        keyed: bool,
        next_link: Option<String>,
    ) -> Response {
        let entity = |row: &Row| self.entity(class, *row, options, keyed);
        let page = Page {
            context: format!("{}/$metadata#{}", self.base, class.name),
            value: Entities { rows, entity },
            next_link,
        };
        match serde_json::to_vec(&page) {
            Ok(body) => Response::with_body(200, "application/json; odata.metadata=minimal", body)
                .with_header("OData-Version", "4.0"),
            Err(failure) => error(500, &failure.to_string()),
        }
    }

    /// The same query, further on.
    fn next_link(&self, skip: usize, top: Option<usize>) -> String {
        let paging = ["$skip", "$top"];
        let kept = self
            .request
            .query
            .iter()
            .flat_map(|query| query.split('&'))
            .filter(|part| {
                let name = url::form_urlencoded::parse(part.as_bytes())
                    .next()
                    .map(|(name, _)| name.to_lowercase());
                !part.is_empty() && !name.is_some_and(|name| paging.contains(&name.as_str()))
            });
        let mut parts: Vec<String> = kept.map(str::to_owned).collect();
        parts.extend(top.map(|top| format!("$top={top}")));
        parts.push(format!("$skip={skip}"));
        let origin = match &self.view.world.knobs.next_link_origin {
            Some(elsewhere) => elsewhere.clone(),
            None => origin(self.view.world, self.request),
        };
        format!("{origin}{}?{}", self.request.path, parts.join("&"))
    }
}

/// The answer to `/$count`.
fn number(count: usize) -> Response {
    Response::with_body(200, "text/plain; charset=utf-8", count.to_string().into_bytes())
}

fn matches(cell: &Cell, key: &Key) -> bool {
    match (cell, key) {
        (Cell::Text(value), Key::Text(key)) => value.to_lowercase() == key.to_lowercase(),
        // A text key of digits only, given without quotes.
        (Cell::Text(value), Key::Number(key)) => *value == key.to_string(),
        (Cell::Int(value), Key::Number(key)) => value == key,
        _ => false,
    }
}

/// The order of `$orderby`: null first, texts without case.
fn compare(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Bool(left), Cell::Bool(right)) => left.cmp(right),
        (Cell::Int(left), Cell::Int(right)) => left.cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Cell::Date(left), Cell::Date(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}
