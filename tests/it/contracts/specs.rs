//! Microsoft's OpenAPI files: which operation a request is, and the schema of what goes in and comes out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

/// Where the files are: `ASW_AZURE_SPECS`, else a checkout of them beside the project.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("ASW_AZURE_SPECS").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/azure-specs");
    let specs = named.unwrap_or_else(beside).join("specification");
    specs.is_dir().then(|| specs.canonicalize().unwrap())
}

/// Which way a body goes: a request need not hold what only the service sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Request,
    Answer,
}

/// All operations of all files.
pub struct Specs {
    operations: Vec<Operation>,
    documents: BTreeMap<String, Value>,
    requests: Registry<'static>,
    answers: Registry<'static>,
    validators: std::sync::Mutex<HashMap<(String, Way), Arc<Validator>>>,
}

/// One operation.
pub struct Operation {
    method: String,
    template: Vec<String>,
    /// Its description.
    value: Value,
    /// Parameters of the path, beside its own.
    shared: Value,
    document: String,
    pointer: String,
}

impl Specs {
    /// Reads all files below a folder.
    pub fn read(folder: &Path) -> Self {
        let mut documents = BTreeMap::new();
        collect(folder, &mut documents);
        let mut operations = Vec::new();
        for (uri, document) in &documents {
            operations_of(uri, document, &mut operations);
        }
        let bases = bases(&documents);
        let registry = |way| {
            let prepared = documents.iter().map(|(uri, document)| {
                let mut document = document.clone();
                prepare(uri, &mut document, way, &bases);
                (uri.clone(), document)
            });
            let built = Registry::new().draft(Draft::Draft4).extend(prepared).unwrap().prepare();
            built.unwrap_or_else(|error| panic!("{error}"))
        };
        let (requests, answers) = (registry(Way::Request), registry(Way::Answer));
        Self {
            operations,
            documents,
            requests,
            answers,
            validators: std::sync::Mutex::default(),
        }
    }

    /// The operation that a method and a path name; of several the one with the most words in common.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let fitting = self.operations.iter().filter(|operation| operation.method == method);
        let fitting = fitting.filter(|operation| fits(&operation.template, &segments));
        fitting.max_by_key(|operation| operation.words())
    }

    /// What is wrong with a body by the schema in this place.
    pub fn complaints(&self, schema: &str, way: Way, body: &Value) -> Vec<String> {
        let validator = self.validator(schema, way);
        let complaint = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(body).map(complaint).collect()
    }

    fn validator(&self, target: &str, way: Way) -> Arc<Validator> {
        let mut known = self.validators.lock().unwrap();
        let made = known.entry((target.to_owned(), way)).or_insert_with(|| {
            let registry = if way == Way::Request {
                &self.requests
            } else {
                &self.answers
            };
            let options = jsonschema::options().with_draft(Draft::Draft4).with_registry(registry);
            let built = options.build(&json!({ "$ref": target }));
            Arc::new(built.unwrap_or_else(|error| panic!("{target}: {error}")))
        });
        Arc::clone(made)
    }
}

impl Operation {
    fn words(&self) -> usize {
        self.template.iter().filter(|part| !is_parameter(part)).count()
    }

    /// Its parameters, references followed.
    pub fn parameters(&self, specs: &Specs) -> Vec<Value> {
        let own = self.value.get("parameters").and_then(Value::as_array);
        let shared = self.shared.as_array();
        let all = own.into_iter().chain(shared).flatten();
        all.map(|parameter| specs.followed(&self.document, parameter)).collect()
    }

    /// The address of the schema of its body.
    pub fn body_schema(&self, specs: &Specs) -> Option<String> {
        let own = self.value.get("parameters").and_then(Value::as_array)?;
        let is_body = |each: &&Value| specs.followed(&self.document, each)["in"] == "body";
        let at = own.iter().position(|each| is_body(&each))?;
        let reference = own[at].get("$ref").and_then(Value::as_str);
        Some(match reference {
            Some(reference) => format!("{}/schema", joined(&self.document, reference)),
            None => self.address(&format!("/parameters/{at}/schema")),
        })
    }

    /// The address of the schema of an answer: `None` where this status is not described, an empty one where it has no body.
    pub fn answer_schema(&self, status: u16) -> Option<String> {
        let answers = self.value.get("responses")?.as_object()?;
        let code = status.to_string();
        let name = if answers.contains_key(&code) {
            code
        } else if status >= 400 && answers.contains_key("default") {
            "default".to_owned()
        } else {
            return None;
        };
        let has_schema = answers.get(&name)?.get("schema").is_some();
        let address = || self.address(&format!("/responses/{name}/schema"));
        Some(if has_schema { address() } else { String::new() })
    }

    fn address(&self, below: &str) -> String {
        format!("{}#{}{below}", self.document, self.pointer)
    }
}

/// A reference of a document, with the document's own address before it.
fn joined(document: &str, reference: &str) -> String {
    url::Url::parse(document).unwrap().join(reference).unwrap().to_string()
}

impl Specs {
    fn followed(&self, document: &str, value: &Value) -> Value {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return value.clone();
        };
        let target = joined(document, reference);
        let (uri, pointer) = target.split_once('#').unwrap();
        self.documents[uri].pointer(pointer).unwrap().clone()
    }
}

fn collect(folder: &Path, documents: &mut BTreeMap<String, Value>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "examples") {
                collect(&path, documents);
            }
        } else if path.extension().is_some_and(|end| end == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let uri = url::Url::from_file_path(&path).unwrap().to_string();
            documents.insert(uri, serde_json::from_str(&text).unwrap());
        }
    }
}

fn operations_of(uri: &str, document: &Value, operations: &mut Vec<Operation>) {
    let base = document.get("basePath").and_then(Value::as_str).unwrap_or_default();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let whole = format!("{base}{path}");
        let template: Vec<String> = whole
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if template.iter().all(|part| is_parameter(part)) {
            continue; // "any resource by its ID" describes nothing
        }
        for (method, value) in item.as_object().into_iter().flatten() {
            if value.get("responses").is_some() {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    template: template.clone(),
                    value: value.clone(),
                    shared: item.get("parameters").cloned().unwrap_or_default(),
                    document: uri.to_owned(),
                    pointer: format!(
                        "/paths/{}/{method}",
                        path.replace('~', "~0")
                            .replace('/', "~1")
                            .replace('{', "%7B")
                            .replace('}', "%7D")
                    ),
                });
            }
        }
    }
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

/// Whether a path is one of a template's; a scope and a parent path stand for any number of segments.
fn fits(template: &[String], segments: &[&str]) -> bool {
    let Some((first, rest)) = template.split_first() else {
        return segments.is_empty();
    };
    if ["{scope}", "{parentResourcePath}"].contains(&first.as_str()) {
        return (0..=segments.len()).any(|taken| fits(rest, &segments[taken..]));
    }
    let Some((segment, others)) = segments.split_first() else {
        return false;
    };
    (is_parameter(first) || first.eq_ignore_ascii_case(segment)) && fits(rest, others)
}

/// Definitions that others build on (`allOf`): what they do not name may stand beside them.
fn bases(documents: &BTreeMap<String, Value>) -> HashSet<String> {
    let mut found = HashSet::new();
    for (uri, document) in documents {
        walk(document, &mut |object| {
            for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
                if let Some(reference) = part.get("$ref").and_then(Value::as_str) {
                    found.insert(joined(uri, reference));
                }
            }
        });
    }
    found
}

fn walk(value: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(object);
            object.values().for_each(|each| walk(each, see));
        }
        Value::Array(items) => items.iter().for_each(|each| walk(each, see)),
        _ => {}
    }
}

/// Makes JSON schemas of what a file describes: open enumerations take other values, a request needs nothing that only the
/// service sets, and a definition that names its properties takes no others, so that a slip in a name is seen.
fn prepare(uri: &str, document: &mut Value, way: Way, bases: &HashSet<String>) {
    let definitions = document.get_mut("definitions").and_then(Value::as_object_mut);
    for (name, definition) in definitions.into_iter().flatten() {
        let is_base = bases.contains(&format!("{uri}#/definitions/{name}"));
        if let Some(object) = definition.as_object_mut()
            && !is_base
            && object.contains_key("properties")
            && !object.contains_key("allOf")
            && !object.contains_key("additionalProperties")
        {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
    }
    adapt(document, way);
    exceptions(uri, document);
}

fn adapt(value: &mut Value, way: Way) {
    match value {
        Value::Object(object) => {
            if object
                .get("x-ms-enum")
                .is_some_and(|each| each["modelAsString"] == true)
            {
                object.remove("enum");
            }
            // Drafts of JSON schema and OpenAPI mean different things by these.
            for word in ["discriminator", "format", "example"] {
                if object.get(word).is_some_and(Value::is_string) {
                    object.remove(word);
                }
            }
            let set_by_service = |object: &Map<String, Value>, name: &str| {
                object
                    .get("properties")
                    .is_some_and(|all| all[name]["readOnly"] == true)
            };
            if let Some(Value::Array(required)) = object.get("required").cloned() {
                let kept = required.into_iter().filter(|name| {
                    let name = name.as_str().unwrap_or_default();
                    // The last page of a list goes without a link, whatever its description says.
                    name != "nextLink" && (way == Way::Answer || !set_by_service(object, name))
                });
                let kept: Vec<Value> = kept.collect();
                object.insert("required".to_owned(), Value::Array(kept));
                if object["required"].as_array().is_some_and(Vec::is_empty) {
                    object.remove("required");
                }
            }
            object.values_mut().for_each(|each| adapt(each, way));
        }
        Value::Array(items) => items.iter_mut().for_each(|each| adapt(each, way)),
        _ => {}
    }
}

/// Where a file is known to describe less than the service does.
fn exceptions(uri: &str, document: &mut Value) {
    // A cell of a query's answer is said to be a text; real ones are numbers, booleans and nulls, too.
    if uri.ends_with("/stable/v1/OperationalInsights.json")
        && let Some(cell) = document.pointer_mut("/definitions/table/properties/rows/items/items")
    {
        *cell = json!({});
    }
    // Said to be an object; by its own examples it is a list of rows where `objectArray` is asked for.
    if uri.ends_with("/resourcegraph.json")
        && let Some(data) = document.pointer_mut("/definitions/QueryResponse/properties/data")
    {
        *data = json!({ "type": ["array", "object"] });
    }
    // Lists of subscriptions come with their count.
    if uri.ends_with("/2022-12-01/subscriptions.json")
        && let Some(Value::Object(list)) = document.pointer_mut("/definitions/SubscriptionListResult/properties")
    {
        list.insert("count".to_owned(), json!({ "type": "object" }));
    }
}
