//! Each cloud from end to end, from the command line to what stands in the lab: with the audiences that are built in, and with no
//! others.

use azure_services_wizard::lab::{LabConfig, NationalCloud};
use azure_services_wizard::model::Environment;

use crate::harness::{Bench, Said, built_in_at, finish, process, small};
use crate::history::{from_rows, group, has_table, name, rules};

/// A lab of this cloud.
pub async fn bench(cloud: NationalCloud) -> Bench {
    Bench::start(LabConfig { cloud, ..small() }).await
}

/// Connects with history, in this environment.
async fn connect(bench: &Bench, environment: &Environment) -> Said {
    let path = bench.folder.path().join("environment.toml");
    std::fs::write(&path, toml::to_string(environment).unwrap()).unwrap();
    let quoted = format!("{:?}", path.display().to_string());
    let setup = bench.setup_set("ready", &[("history", "\"on\""), ("environment", &quoted)]);
    let words = ["--json", "--secrets-stdin", "connect", "--file", &setup];
    bench.asw(&bench.secrets("ready"), &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cloud_gets_groups_and_rows_with_its_own_audiences() {
    for cloud in NationalCloud::ALL {
        let bench = bench(cloud).await;
        let environment = built_in_at(&bench.lab, cloud);
        connect(&bench, &environment).await.ending(0);
        let name = name(&bench).await;
        bench.asw("", &["sync", &name]).await.ending(0);
        assert_eq!(bench.groups(&name).await, bench.truth(), "{cloud:?}");
        assert_eq!(from_rows(&bench), bench.truth(), "{cloud:?}");
        assert_eq!(rules(&bench, &group(&bench)).await.len(), 1, "{cloud:?}");
        let shown = bench.asw("", &["show", &name]).await.ending(0).out;
        assert!(shown.contains(cloud.name()), "{shown}");
        // What the lab writes down for itself says the same.
        let written = crate::harness::environment(&bench.lab);
        let name = environment.name.clone();
        assert_eq!(Environment { name, ..written }, environment);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audiences_of_another_cloud_lead_nowhere() {
    for (here, other) in [
        (NationalCloud::Public, NationalCloud::China),
        (NationalCloud::UsGovernment, NationalCloud::Public),
        (NationalCloud::China, NationalCloud::UsGovernment),
    ] {
        let bench = bench(here).await;
        let said = connect(&bench, &built_in_at(&bench.lab, other)).await.ending(3);
        assert_eq!(said.json()["error"]["code"], "audience_unknown", "{here:?} {other:?}");
        assert!(!has_table(&bench).await);
        assert!(bench.saved_searches().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_runs_a_lab_of_a_cloud() {
    let folder = tempfile::tempdir().unwrap();
    let lab = |cloud| {
        let words = [
            "--json",
            "lab",
            "--devices",
            "20",
            "--collections",
            "4",
            "--cloud",
            cloud,
        ];
        finish(process(folder.path(), &words, &[]), "")
    };
    let said = lab("AzureChinaCloud").await.ending(0);
    assert_eq!(said.json()["tenant"]["name"], "contoso.partner.onmschina.cn");
    let said = lab("AzureGermanCloud").await.ending(2);
    assert!(
        said.out.contains("AzureUSGovernmentCloud") || said.err.contains("AzureUSGovernmentCloud"),
        "{said:?}"
    );
}
