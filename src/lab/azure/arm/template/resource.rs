//! One resource of a template: where it is written, with what, and after what.

use serde_json::{Map, Value};

use super::{Context, TemplateFault, fault};

/// A resource that a deployment writes.
#[derive(Debug, Clone)]
pub(in super::super) struct Planned {
    /// Its resource ID: the path of the PUT.
    pub(in super::super) id: String,
    /// Its type.
    pub(in super::super) kind: String,
    /// Its name.
    pub(in super::super) name: String,
    /// The api-version of the PUT.
    pub(in super::super) version: String,
    /// The body of the PUT.
    pub(in super::super) body: Value,
    /// Places in the list of those that must be there before.
    pub(in super::super) after: Vec<usize>,
}

/// What is sent to the provider as it is.
const BODY: [&str; 5] = ["location", "kind", "tags", "etag", "properties"];
/// What is for Resource Manager itself.
const OWN: [&str; 9] = [
    "type",
    "apiVersion",
    "name",
    "scope",
    "dependsOn",
    "condition",
    "comments",
    "resourceGroup",
    "subscriptionId",
];
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// All resources of a template whose condition holds.
pub(super) fn plan_all(resources: &[Value], context: &Context<'_>) -> Result<Vec<Planned>, TemplateFault> {
    let mut planned = Vec::new();
    let mut waits = Vec::new();
    let mut left_out = Vec::new();
    for resource in resources {
        let Value::Object(resource) = resource else {
            return fault("A resource of the template is not an object");
        };
        let one = plan_one(resource, context)?;
        match resource
            .get("condition")
            .map(|value| context.evaluate(value))
            .transpose()?
        {
            None | Some(Value::Bool(true)) => {
                waits.push(dependencies(resource, context)?);
                planned.push(one);
            }
            Some(Value::Bool(false)) => left_out.push(one),
            Some(other) => return fault(format!("The condition of '{}' is {other}", one.name)),
        }
    }
    for (place, names) in waits.iter().enumerate() {
        for name in names {
            match planned.iter().position(|other| other.answers_to(name)) {
                Some(before) => planned
                    .get_mut(place)
                    .into_iter()
                    .for_each(|one| one.after.push(before)),
                None if left_out.iter().any(|other| other.answers_to(name)) => {}
                None => return fault(format!("The resource '{name}' is not defined in the template")),
            }
        }
    }
    check(&planned)?;
    Ok(planned)
}

fn plan_one(resource: &Map<String, Value>, context: &Context<'_>) -> Result<Planned, TemplateFault> {
    let known = |name: &&String| !BODY.contains(&name.as_str()) && !OWN.contains(&name.as_str());
    if let Some(name) = resource.keys().find(known) {
        return fault(format!("The property '{name}' of a resource is not known to the lab"));
    }
    let need = |name: &str| match resource.get(name) {
        Some(value) => context.text(value, name),
        None => fault(format!("A resource of the template has no '{name}'")),
    };
    let (kind, name, version) = (need("type")?, need("name")?, need("apiVersion")?);
    let nested = kind.eq_ignore_ascii_case(DEPLOYMENTS);
    let below = interleave(&kind, name.split('/'))?;
    let id = format!("{}/providers/{below}", parent(resource, nested, context)?);
    let mut body = Map::new();
    for part in BODY {
        if let Some(value) = resource.get(part) {
            let value = match nested && part == "properties" {
                true => nested_properties(value, context)?,
                false => context.evaluate(value)?,
            };
            body.insert(part.to_owned(), value);
        }
    }
    Ok(Planned {
        id,
        kind,
        name,
        version,
        body: Value::Object(body),
        after: Vec::new(),
    })
}

/// The scope that a resource is written at.
fn parent(resource: &Map<String, Value>, nested: bool, context: &Context<'_>) -> Result<String, TemplateFault> {
    let place = context.place;
    let text = |name: &str| resource.get(name).map(|value| context.text(value, name)).transpose();
    if let Some(scope) = text("scope")? {
        return Ok(match scope.starts_with('/') {
            true => scope.trim_end_matches('/').to_owned(),
            false => {
                let mut parts = scope.splitn(3, '/');
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(_), Some(_), Some(_)) => format!("{}/providers/{scope}", place.scope),
                    _ => return fault(format!("The scope '{scope}' is not valid")),
                }
            }
        });
    }
    let (subscription, group) = (text("subscriptionId")?, text("resourceGroup")?);
    if !nested {
        return match (subscription, group) {
            (None, None) => Ok(place.scope.clone()),
            _ => fault("Only a nested deployment has a resource group or subscription of its own"),
        };
    }
    Ok(match (subscription, group) {
        (None, None) => place.scope.clone(),
        (Some(subscription), None) => format!("/subscriptions/{subscription}"),
        (subscription, Some(group)) => {
            let subscription = subscription.unwrap_or_else(|| place.subscription.clone());
            format!("/subscriptions/{subscription}/resourceGroups/{group}")
        }
    })
}

/// The properties of a nested deployment: its template is evaluated there, with its own parameters.
fn nested_properties(properties: &Value, context: &Context<'_>) -> Result<Value, TemplateFault> {
    let scope = properties
        .pointer("/expressionEvaluationOptions/scope")
        .and_then(Value::as_str);
    if !scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner")) {
        return fault("The lab knows nested deployments only with 'expressionEvaluationOptions.scope' set to 'inner'");
    }
    let Value::Object(properties) = properties else {
        return fault("The properties of a nested deployment are not an object");
    };
    let evaluated = properties.iter().map(|(name, value)| {
        let value = match name.as_str() {
            "template" => value.clone(),
            _ => context.evaluate(value)?,
        };
        Ok((name.clone(), value))
    });
    Ok(Value::Object(evaluated.collect::<Result<_, TemplateFault>>()?))
}

fn dependencies(resource: &Map<String, Value>, context: &Context<'_>) -> Result<Vec<String>, TemplateFault> {
    match resource.get("dependsOn") {
        None => Ok(Vec::new()),
        Some(Value::Array(names)) => names.iter().map(|name| context.text(name, "dependsOn")).collect(),
        Some(_) => fault("'dependsOn' is not a list"),
    }
}

/// No resource is there twice, and none waits for itself.
fn check(planned: &[Planned]) -> Result<(), TemplateFault> {
    for (place, one) in planned.iter().enumerate() {
        let earlier = planned.iter().take(place);
        if earlier.into_iter().any(|other| other.id.eq_ignore_ascii_case(&one.id)) {
            return fault(format!("The resource '{}' is defined twice", one.id));
        }
    }
    let mut done = vec![false; planned.len()];
    loop {
        let ready = planned.iter().enumerate().find(|(place, one)| {
            done.get(*place) == Some(&false) && one.after.iter().all(|before| done.get(*before) == Some(&true))
        });
        match ready {
            Some((place, _)) => done.get_mut(place).into_iter().for_each(|one| *one = true),
            None if done.iter().all(|one| *one) => return Ok(()),
            None => return fault("The template has a circular dependency"),
        }
    }
}

impl Planned {
    /// Whether `dependsOn` means this one: by resource ID, by type and name, or by name.
    fn answers_to(&self, name: &str) -> bool {
        let short = interleave(&self.kind, self.name.split('/')).unwrap_or_default();
        let typed = format!("{}/{}", self.kind, self.name);
        [&self.id, &short, &typed, &self.name]
            .into_iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// `A.B/c/d` and `x`, `y` as `A.B/c/x/d/y`.
pub(super) fn interleave<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<String, TemplateFault> {
    let mut parts = kind.split('/');
    let mut path = parts.next().unwrap_or_default().to_owned();
    let (types, names): (Vec<&str>, Vec<&str>) = (parts.collect(), names.collect());
    if types.is_empty() || types.len() != names.len() {
        return fault(format!(
            "The resource type '{kind}' needs {} name segment(s), and has {}",
            types.len(),
            names.len()
        ));
    }
    for (kind, name) in types.iter().zip(names) {
        path.push('/');
        path.push_str(kind);
        path.push('/');
        path.push_str(name);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::place;
    use super::super::{Plan, plan};
    use super::*;
    use serde_json::json;

    fn ask(resources: Value) -> Result<Plan, TemplateFault> {
        let template = json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "resources": resources
        });
        plan(template, &Map::new(), &place())
    }

    fn resource(name: &str, more: Value) -> Value {
        let mut resource = json!({"type": "A.B/c", "apiVersion": "1", "name": name});
        for (key, value) in more.as_object().unwrap() {
            resource[key] = value.clone();
        }
        resource
    }

    #[test]
    fn paths_follow_type_name_and_scope() {
        let group = "/subscriptions/s/resourceGroups/rg";
        for (resource, expected) in [
            (resource("x", json!({})), format!("{group}/providers/A.B/c/x")),
            (
                resource("x/y", json!({"type": "A.B/c/d"})),
                format!("{group}/providers/A.B/c/x/d/y"),
            ),
            (
                resource("x/E.F/y", json!({"type": "A.B/c/providers/g"})),
                format!("{group}/providers/A.B/c/x/providers/E.F/g/y"),
            ),
            (resource("x", json!({"scope": "/p/q"})), "/p/q/providers/A.B/c/x".into()),
            (
                resource("x", json!({"scope": "[format('E.F/{0}/z', 'g')]"})),
                format!("{group}/providers/E.F/g/z/providers/A.B/c/x"),
            ),
        ] {
            assert_eq!(ask(json!([resource])).unwrap().resources[0].id, expected);
        }
    }

    #[test]
    fn an_order_is_kept_and_what_makes_none_is_refused() {
        let by_id = "[resourceId('A.B/c', 'x')]";
        let after = |name: &str, before: &str| resource(name, json!({"dependsOn": [before]}));
        let plan = ask(json!([after("y", by_id), resource("x", json!({}))])).unwrap();
        assert_eq!(plan.resources[0].after, [1]);
        let left_out = resource("x", json!({"condition": false}));
        assert!(
            ask(json!([after("y", "x"), left_out])).unwrap().resources[0]
                .after
                .is_empty()
        );
        for bad in [
            json!([after("y", "none")]),
            json!([after("y", "x"), after("x", "y")]),
            json!([resource("x", json!({})), resource("X", json!({}))]),
            json!([resource("x/y", json!({}))]),
            json!([resource("x", json!({"copy": {}}))]),
            json!([resource(
                "x",
                json!({"type": "Microsoft.Resources/deployments", "properties": {"template": {}}})
            )]),
        ] {
            assert!(ask(bad.clone()).is_err(), "{bad}");
        }
    }
}
