//! What each app of the lab may do, and the scripts for whoever can grant the rest.

use azure_services_wizard::model::Environment;
use azure_services_wizard::model::grant::{self, Grant};
use azure_services_wizard::model::needs;
use serde_json::Value;

use crate::harness::{Bench, small};

async fn rights(bench: &Bench, label: &str, more: &[&str]) -> Value {
    let setup = bench.setup(label);
    let mut words = vec!["--json", "--secrets-stdin", "rights", "--file", &setup];
    words.extend(more);
    bench.asw(&bench.secrets(label), &words).await.ending(0).json()
}

fn missing(json: &Value) -> Vec<(&str, &str)> {
    let roles = json["missing"].as_array().unwrap();
    roles
        .iter()
        .map(|each| (each["role"].as_str().unwrap(), each["place"].as_str().unwrap()))
        .collect()
}

const ON_WORKSPACE: (&str, &str) = ("Contributor", "workspace");
const MAKES_RULE: (&str, &str) = ("Monitoring Contributor", "rule_group");
const UPLOADS: (&str, &str) = ("Monitoring Metrics Publisher", "rule_group");

#[tokio::test(flavor = "multi_thread")]
async fn each_app_is_told_just_the_roles_that_it_lacks() {
    let bench = Bench::start(small()).await;
    for (label, lacks) in [
        ("ready", vec![]),
        ("slow-role", vec![]),
        // It may give itself the role to upload.
        ("owner", vec![]),
        ("workspace-contributor", vec![MAKES_RULE, UPLOADS]),
        ("no-publisher", vec![UPLOADS]),
        ("reader", vec![ON_WORKSPACE, MAKES_RULE, UPLOADS]),
        // It does not even see the workspace, so nothing is known: all that is needed is asked for.
        ("no-rights", vec![ON_WORKSPACE, MAKES_RULE, UPLOADS]),
    ] {
        let json = rights(&bench, label, &[]).await;
        assert_eq!(missing(&json), lacks, "{label}");
        let app = bench.lab.info().apps.iter().find(|app| app.label == label).unwrap();
        let script = json["scripts"]["az"].as_str().unwrap();
        let commands = script
            .lines()
            .filter(|line| line.starts_with("az role assignment create"));
        assert_eq!(commands.count(), lacks.len(), "{label}");
        assert!(lacks.is_empty() || script.contains(&app.object_id), "{label}: {script}");
        let all = rights(&bench, label, &["--script", "az", "--all"]).await;
        assert_eq!(missing(&all), [ON_WORKSPACE, MAKES_RULE, UPLOADS], "{label}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_who_can_grant_what_is_missing() {
    let bench = Bench::start(small()).await;
    let (setup, secrets) = (bench.setup("no-publisher"), bench.secrets("no-publisher"));
    let said = bench
        .asw(&secrets, &["--secrets-stdin", "rights", "--file", &setup])
        .await
        .ending(0);
    let line = said.out.lines().find(|line| line.contains("  NO ")).unwrap();
    assert_eq!(
        line.trim(),
        "NO   Right Microsoft.Insights/Telemetry/Write (history): Monitoring Metrics Publisher on the resource group of the \
         rule, from Owner, User Access Administrator or Role Based Access Control Administrator of the resource group of the rule"
    );
    assert_eq!(said.out.matches("  NO ").count(), 1, "{}", said.out);
    assert!(
        said.out
            .contains("Computer groups can be published; history needs the roles above.")
    );
    let said = bench
        .asw(
            &secrets,
            &["--secrets-stdin", "rights", "--file", &setup, "--script", "arm"],
        )
        .await
        .ending(0);
    let template: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(template["resources"].as_array().unwrap().len(), 1);
    assert!(!said.out.contains("client_secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_what_history_needs_as_it_is_wanted() {
    let bench = Bench::start(small()).await;
    let secrets = bench.secrets("workspace-contributor");
    for (history, exit, warned) in [("on", 3, false), ("auto", 0, true), ("off", 0, false)] {
        let quoted = format!("\"{history}\"");
        let setup = bench.setup_set("workspace-contributor", &[("history", &quoted)]);
        let words = ["--json", "--secrets-stdin", "connect", "--file", &setup, "--plan"];
        let json = bench.asw(&secrets, &words).await.ending(exit).json();
        let checks = json["checks"].as_array().unwrap();
        let failed: Vec<&str> = checks
            .iter()
            .filter(|check| check["passed"] == false)
            .map(|check| check["operation"].as_str().unwrap())
            .collect();
        let expected: &[&str] = match history {
            "off" => &[],
            _ => &[
                "Microsoft.Insights/dataCollectionRules/write",
                "Microsoft.Insights/dataCollectionRules/delete",
                "Microsoft.Insights/Telemetry/Write",
            ],
        };
        assert_eq!(failed, expected, "{history}");
        let codes = json["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["code"].as_str());
        assert_eq!(
            codes.into_iter().any(|code| code == Some("history_not_allowed")),
            warned,
            "{history}"
        );
        let steps = json["plan"].as_array().unwrap().iter();
        let rule = steps.into_iter().any(|step| step["step"] == "write_rule");
        assert_eq!(rule, history != "off");
    }
    assert!(bench.saved_searches().await.is_empty());
}

/// `tests/az/check.py` parses these with the real Azure command line. Without `ASW_AZ_COMMANDS` they are only made.
#[test]
fn scripts_are_written_where_they_are_asked_for() {
    let subscription = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    let workspace = "providers/Microsoft.OperationalInsights/workspaces/law-contoso";
    let grant = Grant {
        tenant_id: "11111111-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
        client_id: "22222222-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
        principal: Some("33333333-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap()),
        workspace: format!("{subscription}/resourceGroups/rg-a_(b).c/{workspace}")
            .parse()
            .unwrap(),
        rule_group: format!("{subscription}/resourceGroups/Überwachung-(1)")
            .parse()
            .unwrap(),
        roles: grant::roles(needs::of_groups().chain(needs::of_history(true))),
    };
    let environment = Environment::built_in("AzureUSGovernmentCloud").unwrap();
    let unknown = Grant {
        principal: None,
        ..grant.clone()
    };
    let commands = format!(
        "{}{}{}\n",
        grant.az(&environment),
        unknown.az(&environment),
        grant.az_deployment("asw-roles.json")
    );
    assert_eq!(commands.lines().filter(|line| line.starts_with("az ")).count(), 9);
    if let Some(path) = std::env::var_os("ASW_AZ_COMMANDS") {
        std::fs::write(path, commands).unwrap();
    }
}
