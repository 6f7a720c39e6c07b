//! The template language of Resource Manager, as far as the lab speaks it: a template and its parameters become a list of
//! resources, each a path and a body.
//!
//! | subject | understood |
//! | --- | --- |
//! | sections | `$schema`, `contentVersion`, `parameters`, `variables`, `resources` (a list), `outputs` |
//! | parameters | `type` `string` `securestring` `int` `bool` `array` `object`, `defaultValue`, `allowedValues`, `metadata` |
//! | resources | `type`, `apiVersion`, `name`, `scope`, `dependsOn`, `condition`, `comments`, `location`, `kind`, `tags`, `etag`, `properties`; child and extension types with slashes in `type` and `name` |
//! | nested templates | `Microsoft.Resources/deployments` with `resourceGroup` and `subscriptionId`; only those whose `expressionEvaluationOptions.scope` is `inner` |
//! | expressions | `[…]` with strings, whole numbers, `.name` and `[index]`; `[[` is a bracket |
//! | functions | `concat` `format` `guid` `toLower` `parameters` `variables` `resourceId` `subscriptionResourceId` `extensionResourceId` `subscription` `resourceGroup` |
//!
//! Anything else is refused by name: loops, `reference`, user functions, linked templates, symbolic names.
//!
//! | file | subject |
//! | --- | --- |
//! | `expression` | reading an expression |
//! | `functions` | what its functions answer |
//! | `resource` | one resource of a template |

mod expression;
mod functions;
mod resource;

use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) use self::resource::Planned;
use super::error::ArmError;

/// Where a template is deployed.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The scope: a subscription or a resource group.
    pub(super) scope: String,
    /// GUID of the subscription.
    pub(super) subscription: String,
    /// GUID of the tenant.
    pub(super) tenant: String,
    /// Name and region of the resource group, where it is one.
    pub(super) group: Option<(String, String)>,
}

/// Why a template cannot be deployed, in a sentence.
#[derive(Debug)]
pub(super) struct TemplateFault(pub(super) String);

impl From<TemplateFault> for ArmError {
    fn from(fault: TemplateFault) -> Self {
        Self::new(
            400,
            "InvalidTemplate",
            format!("Deployment template validation failed: '{}'.", fault.0),
        )
    }
}

fn fault<T>(text: impl Into<String>) -> Result<T, TemplateFault> {
    Err(TemplateFault(text.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Template {
    #[serde(rename = "$schema")]
    schema: String,
    #[serde(rename = "contentVersion")]
    _content_version: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    variables: Map<String, Value>,
    resources: Vec<Value>,
    #[serde(default)]
    outputs: Map<String, Value>,
    #[serde(default, rename = "metadata")]
    _metadata: Value,
}

/// How a template declares a parameter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Parameter {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    default_value: Option<Value>,
    #[serde(default)]
    allowed_values: Option<Vec<Value>>,
    #[serde(default, rename = "metadata")]
    _metadata: Value,
}

/// What expressions are evaluated in.
struct Context<'a> {
    place: &'a Place,
    parameters: Map<String, Value>,
    variables: Map<String, Value>,
}

/// What a deployment is going to do.
#[derive(Debug)]
pub(super) struct Plan {
    /// The resources, in the order of the template.
    pub(super) resources: Vec<Planned>,
    /// Outputs: type and value by name.
    pub(super) outputs: Value,
    /// Parameters: type and value by name, secret ones left out.
    pub(super) parameters: Value,
}

/// Reads a template and its parameters, `{name: {"value": …}}`.
///
/// # Errors
/// What is not valid, or not known to the lab.
pub(super) fn plan(template: Value, given: &Map<String, Value>, place: &Place) -> Result<Plan, TemplateFault> {
    let template: Template = serde_json::from_value(template)
        .map_err(|error| TemplateFault(format!("The template is not valid: {error}")))?;
    if !template.schema.to_ascii_lowercase().contains("deploymenttemplate.json") {
        return fault(format!("The template schema '{}' is not supported", template.schema));
    }
    let mut context = Context {
        place,
        parameters: Map::new(),
        variables: Map::new(),
    };
    let shown = read_parameters(template.parameters, given, &mut context)?;
    // A variable may use those before it; what it does not find is named.
    for (name, value) in template.variables {
        let value = context.evaluate(&value)?;
        context.variables.insert(name.to_ascii_lowercase(), value);
    }
    let resources = resource::plan_all(&template.resources, &context)?;
    let mut outputs = Map::new();
    for (name, output) in template.outputs {
        outputs.insert(name, context.evaluate(&output)?);
    }
    Ok(Plan {
        resources,
        outputs: Value::Object(outputs),
        parameters: Value::Object(shown),
    })
}

/// Reads the parameters into the context, and answers what may be shown of them.
fn read_parameters(
    declared: Map<String, Value>,
    given: &Map<String, Value>,
    context: &mut Context<'_>,
) -> Result<Map<String, Value>, TemplateFault> {
    let stranger = given
        .keys()
        .find(|name| !declared.keys().any(|one| one.eq_ignore_ascii_case(name)));
    if let Some(name) = stranger {
        return fault(format!(
            "The template parameters '{name}' in the parameters file are not valid; they are not present in the \
             original template"
        ));
    }
    let mut shown = Map::new();
    for (name, declaration) in declared {
        let parameter: Parameter = serde_json::from_value(declaration)
            .map_err(|error| TemplateFault(format!("The template parameter '{name}' is not valid: {error}")))?;
        let own = given.iter().find(|(one, _)| one.eq_ignore_ascii_case(&name));
        let value = match (own.and_then(|(_, given)| given.get("value")), &parameter.default_value) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => context.evaluate(default)?,
            (None, None) => return fault(format!("The value for the template parameter '{name}' is not provided")),
        };
        check_parameter(&name, &parameter, &value)?;
        if !parameter.kind.to_ascii_lowercase().starts_with("secure") {
            let type_and_value = serde_json::json!({"type": parameter.kind, "value": value});
            shown.insert(name.clone(), type_and_value);
        }
        context.parameters.insert(name.to_ascii_lowercase(), value);
    }
    Ok(shown)
}

fn check_parameter(name: &str, parameter: &Parameter, value: &Value) -> Result<(), TemplateFault> {
    let fits = match parameter.kind.to_ascii_lowercase().as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => {
            return fault(format!(
                "The type '{other}' of the template parameter '{name}' is not supported"
            ));
        }
    };
    if !fits {
        return fault(format!(
            "The value of the template parameter '{name}' is not of the type '{}'",
            parameter.kind
        ));
    }
    match &parameter.allowed_values {
        Some(allowed) if !allowed.contains(value) => fault(format!(
            "The value of the template parameter '{name}' is not among its allowed values"
        )),
        _ => Ok(()),
    }
}

impl Context<'_> {
    /// A value with all expressions in it evaluated.
    fn evaluate(&self, value: &Value) -> Result<Value, TemplateFault> {
        match value {
            Value::String(text) => self.evaluate_text(text),
            Value::Array(values) => values.iter().map(|one| self.evaluate(one)).collect(),
            Value::Object(object) => {
                let entries = object
                    .iter()
                    .map(|(name, one)| Ok((name.clone(), self.evaluate(one)?)))
                    .collect::<Result<Map<_, _>, TemplateFault>>()?;
                Ok(Value::Object(entries))
            }
            other => Ok(other.clone()),
        }
    }

    fn evaluate_text(&self, text: &str) -> Result<Value, TemplateFault> {
        if let Some(rest) = text.strip_prefix("[[") {
            return Ok(Value::String(format!("[{rest}")));
        }
        match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            None => Ok(Value::String(text.to_owned())),
            Some(inner) => functions::value_of(&expression::parse(inner)?, self),
        }
    }

    /// Text that may be an expression.
    fn text(&self, value: &Value, what: &str) -> Result<String, TemplateFault> {
        match self.evaluate(value)? {
            Value::String(text) => Ok(text),
            other => fault(format!("The {what} must be a string, and is {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(super) fn place() -> Place {
        Place {
            scope: "/subscriptions/s/resourceGroups/rg".into(),
            subscription: "s".into(),
            tenant: "t".into(),
            group: Some(("rg".into(), "westeurope".into())),
        }
    }

    fn value(expression: &str) -> Result<Value, TemplateFault> {
        let template = json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {
                "name": {"type": "string", "defaultValue": "n"},
                "list": {"type": "array", "defaultValue": ["a", "b"]},
                "given": {"type": "string", "allowedValues": ["x", "y"]}
            },
            "variables": {"first": "[parameters('name')]", "second": "[concat(variables('first'), '-2')]"},
            "resources": [],
            "outputs": {"it": {"type": "string", "value": expression}}
        });
        let given = json!({"given": {"value": "x"}});
        let plan = plan(template, given.as_object().unwrap(), &place())?;
        Ok(plan.outputs["it"]["value"].clone())
    }

    #[test]
    fn expressions_are_evaluated() {
        let rule = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/r";
        for (text, expected) in [
            ("plain", json!("plain")),
            ("[[plain]", json!("[plain]")),
            ("['it''s']", json!("it's")),
            ("[variables('SECOND')]", json!("n-2")),
            ("[concat('a', 1, parameters('given'))]", json!("a1x")),
            (
                "[concat(parameters('list'), parameters('list'))]",
                json!(["a", "b", "a", "b"]),
            ),
            ("[format('{0}/{1} {{x}}', 'a', 7)]", json!("a/7 {x}")),
            ("[parameters('list')[1]]", json!("b")),
            ("[toLower('ABC')]", json!("abc")),
            ("[subscription().subscriptionId]", json!("s")),
            ("[resourceGroup().name]", json!("rg")),
            ("[resourceGroup().id]", json!("/subscriptions/s/resourceGroups/rg")),
            ("[resourceGroup().location]", json!("westeurope")),
            (
                "[resourceId('Microsoft.Insights/dataCollectionRules', 'r')]",
                json!(rule),
            ),
            (
                "[resourceId('g2', 'A.B/c/d', 'x', 'y')]",
                json!("/subscriptions/s/resourceGroups/g2/providers/A.B/c/x/d/y"),
            ),
            (
                "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'id')]",
                json!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/id"),
            ),
            (
                "[extensionResourceId('/x', 'Microsoft.Authorization/roleAssignments', 'id')]",
                json!("/x/providers/Microsoft.Authorization/roleAssignments/id"),
            ),
        ] {
            assert_eq!(value(text).unwrap(), expected, "{text}");
        }
    }

    /// As in Microsoft's documentation of `guid`: the same arguments give the same GUID, and it is one.
    #[test]
    fn guids_are_the_same_every_time() {
        let guid = |text: &str| value(text).unwrap().as_str().unwrap().to_owned();
        assert_eq!(guid("[guid('a', 'b')]"), guid("[guid('a', 'b')]"));
        assert_ne!(guid("[guid('a', 'b')]"), guid("[guid('b', 'a')]"));
        assert!(uuid::Uuid::parse_str(&guid("[guid('a')]")).is_ok());
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, part) in [
            ("[reference('x').y]", "reference"),
            ("[uniqueString('x')]", "uniqueString"),
            ("[parameters('none')]", "none"),
            ("[variables('none')]", "none"),
            ("[concat('a'", "concat"),
            ("[concat('a') b]", "b"),
            ("[resourceId('A.B/c')]", "A.B/c"),
            ("[resourceGroup().colour]", "colour"),
            ("[format('{3}', 'a')]", "{3}"),
        ] {
            match value(text) {
                Err(fault) => assert!(fault.0.contains(part), "{text}: {}", fault.0),
                // Text without a closing bracket is no expression.
                Ok(found) => assert_eq!(found, json!(text)),
            }
        }
    }

    #[test]
    fn parameters_are_checked() {
        let ask = |given: Value| {
            let template = json!({
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "parameters": {"count": {"type": "int", "allowedValues": [1, 2]}, "key": {"type": "securestring", "defaultValue": "k"}},
                "resources": []
            });
            plan(template, given.as_object().unwrap(), &place())
        };
        let good = ask(json!({"Count": {"value": 2}})).unwrap();
        assert_eq!(good.parameters, json!({"count": {"type": "int", "value": 2}}));
        for given in [
            json!({}),
            json!({"count": {"value": "2"}}),
            json!({"count": {"value": 3}}),
            json!({"count": {"value": 1}, "other": {"value": 1}}),
        ] {
            assert!(ask(given.clone()).is_err(), "{given}");
        }
    }
}
