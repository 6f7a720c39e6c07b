//! The functions of the template language.

use serde_json::{Value, json};
use uuid::Uuid;

use super::expression::Expression;
use super::{Context, TemplateFault, fault};

/// The namespace that Resource Manager makes GUIDs in.
const GUIDS: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

/// What an expression is.
pub(super) fn value_of(expression: &Expression, context: &Context<'_>) -> Result<Value, TemplateFault> {
    match expression {
        Expression::Text(text) => Ok(Value::String(text.clone())),
        Expression::Number(number) => Ok(json!(number)),
        Expression::Member(of, name) => member(&value_of(of, context)?, name),
        Expression::Index(of, index) => {
            let (of, index) = (value_of(of, context)?, value_of(index, context)?);
            match (&of, &index) {
                (_, Value::String(name)) => member(&of, name),
                (Value::Array(values), index) => {
                    let place = index.as_u64().and_then(|place| usize::try_from(place).ok());
                    match place.and_then(|place| values.get(place)) {
                        Some(value) => Ok(value.clone()),
                        None => fault(format!("The array index '{index}' is out of bounds")),
                    }
                }
                _ => fault(format!("The index '{index}' does not fit")),
            }
        }
        Expression::Call(name, arguments) => {
            let arguments = arguments.iter().map(|one| value_of(one, context));
            call(name, &arguments.collect::<Result<Vec<_>, _>>()?, context)
        }
    }
}

fn member(of: &Value, name: &str) -> Result<Value, TemplateFault> {
    let found = of
        .as_object()
        .and_then(|object| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
    match found {
        Some((_, value)) => Ok(value.clone()),
        None => fault(format!("The property '{name}' doesn't exist")),
    }
}

fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Value, TemplateFault> {
    let place = context.place;
    match (name.to_ascii_lowercase().as_str(), arguments) {
        ("parameters", [Value::String(one)]) => match context.parameters.get(&one.to_ascii_lowercase()) {
            Some(value) => Ok(value.clone()),
            None => fault(format!("The template parameter '{one}' is not found")),
        },
        ("variables", [Value::String(one)]) => match context.variables.get(&one.to_ascii_lowercase()) {
            Some(value) => Ok(value.clone()),
            None => fault(format!("The template variable '{one}' is not found")),
        },
        ("concat", [Value::Array(_), ..]) => concat_arrays(arguments),
        ("concat", [_, ..]) => Ok(Value::String(texts(name, arguments)?.concat())),
        ("format", [Value::String(pattern), rest @ ..]) => format_text(pattern, &texts(name, rest)?),
        ("tolower", [Value::String(text)]) => Ok(Value::String(text.to_lowercase())),
        ("guid", [_, ..]) => {
            let text = texts(name, arguments)?.join("-");
            Ok(Value::String(Uuid::new_v5(&GUIDS, text.as_bytes()).to_string()))
        }
        ("subscription", []) => Ok(json!({
            "id": format!("/subscriptions/{}", place.subscription),
            "subscriptionId": place.subscription,
            "tenantId": place.tenant,
        })),
        ("resourcegroup", []) => match &place.group {
            None => fault("The function 'resourceGroup' is not available at subscription scope"),
            Some((group, location)) => Ok(json!({
                "id": place.scope,
                "name": group,
                "type": "Microsoft.Resources/resourceGroups",
                "location": location,
            })),
        },
        ("resourceid", [_, ..]) => resource_id(&texts(name, arguments)?, context),
        ("subscriptionresourceid", [_, ..]) => {
            let texts = texts(name, arguments)?;
            let (before, below) = type_and_names(&texts)?;
            let subscription = before.first().unwrap_or(&place.subscription);
            Ok(Value::String(format!(
                "/subscriptions/{subscription}/providers/{below}"
            )))
        }
        ("extensionresourceid", [Value::String(scope), rest @ ..]) => {
            let (_, below) = type_and_names(&texts(name, rest)?)?;
            Ok(Value::String(format!("{scope}/providers/{below}")))
        }
        (
            "parameters"
            | "variables"
            | "concat"
            | "format"
            | "tolower"
            | "guid"
            | "subscription"
            | "resourcegroup"
            | "resourceid"
            | "subscriptionresourceid"
            | "extensionresourceid",
            _,
        ) => fault(format!("The arguments of the template function '{name}' are not valid")),
        _ => fault(format!("The template function '{name}' is not known to the lab")),
    }
}

/// Arguments as text: strings, numbers and truth values.
fn texts(name: &str, arguments: &[Value]) -> Result<Vec<String>, TemplateFault> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        other => fault(format!("The template function '{name}' does not take '{other}'")),
    };
    arguments.iter().map(text).collect()
}

fn concat_arrays(arguments: &[Value]) -> Result<Value, TemplateFault> {
    let mut all = Vec::new();
    for argument in arguments {
        match argument {
            Value::Array(values) => all.extend(values.iter().cloned()),
            other => {
                return fault(format!(
                    "The template function 'concat' does not join arrays with '{other}'"
                ));
            }
        }
    }
    Ok(Value::Array(all))
}

/// `{0}` is the first argument; `{{` and `}}` are braces.
fn format_text(pattern: &str, arguments: &[String]) -> Result<Value, TemplateFault> {
    let mut text = String::new();
    let mut left = pattern;
    while let Some(place) = left.find(['{', '}']) {
        let (before, after) = left.split_at(place);
        text.push_str(before);
        if let Some(rest) = after.strip_prefix("{{").or_else(|| after.strip_prefix("}}")) {
            text.push_str(after.get(..1).unwrap_or_default());
            left = rest;
            continue;
        }
        let hole = after.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let argument = hole.and_then(|(number, rest)| Some((arguments.get(number.parse::<usize>().ok()?)?, rest)));
        let Some((argument, rest)) = argument else {
            return fault(format!("The format '{pattern}' has no argument for '{after}'"));
        };
        text.push_str(argument);
        left = rest;
    }
    text.push_str(left);
    Ok(Value::String(text))
}

/// What stands before the type, and `type/name/type/name`.
fn type_and_names(arguments: &[String]) -> Result<(&[String], String), TemplateFault> {
    let place = arguments.iter().position(|one| one.contains('/'));
    let (before, rest) = arguments.split_at(place.unwrap_or(arguments.len()));
    let Some((kind, names)) = rest.split_first() else {
        return fault("A resource ID needs a resource type");
    };
    let below = super::resource::interleave(kind, names.iter().map(String::as_str))?;
    Ok((before, below))
}

fn resource_id(arguments: &[String], context: &Context<'_>) -> Result<Value, TemplateFault> {
    let place = context.place;
    let (before, below) = type_and_names(arguments)?;
    let own = place.group.as_ref().map(|(group, _)| group);
    let (subscription, group) = match before {
        [] => (&place.subscription, own),
        [group] => (&place.subscription, Some(group)),
        [subscription, group] => (subscription, Some(group)),
        _ => return fault("A resource ID has at most a subscription and a resource group before its type"),
    };
    let group = group
        .map(|group| format!("/resourceGroups/{group}"))
        .unwrap_or_default();
    Ok(Value::String(format!(
        "/subscriptions/{subscription}{group}/providers/{below}"
    )))
}
