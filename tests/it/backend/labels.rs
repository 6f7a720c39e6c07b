//! Each app of the lab with each choice of what is published, and each cloud: what is made, or why nothing is.

use azure_services_wizard::flow::Command;
use azure_services_wizard::flow::effect::{Created, Unfinished};
use azure_services_wizard::lab::NationalCloud;
use azure_services_wizard::model::plan::Progress;
use azure_services_wizard::model::removal::Extent;
use azure_services_wizard::model::report::Standing;
use azure_services_wizard::model::{History, Setup};

use super::rig::Rig;
use crate::clouds;
use crate::harness::built_in_at;
use crate::history::{from_rows, group, has_table, rules};

/// Makes the connection of an app; a role that does not count yet is left for later.
fn make(rig: &mut Rig, app: &str, history: History) -> Result<Box<Created>, Unfinished> {
    let setup = Setup {
        history,
        ..rig.setup(app)
    };
    let secrets = rig.secrets(app);
    let run = rig.command(Command::Create(Box::new(setup), secrets, None));
    if app == "slow-role" && history == History::On {
        rig.waits(run, |progress| matches!(progress, Progress::RolePending { .. }));
        rig.stop(run);
    }
    rig.created(run)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_app_and_each_choice_ends_as_its_rights_allow() {
    let mut rig = Rig::start().await;
    // Label; the problem of groups alone, and that of groups and history.
    for (app, groups, history) in [
        ("ready", "", ""),
        ("owner", "", ""),
        ("slow-role", "", ""),
        ("workspace-contributor", "", "not_allowed"),
        ("no-publisher", "", "not_allowed"),
        ("reader", "not_allowed", "not_allowed"),
        ("no-rights", "not_allowed", "not_allowed"),
        ("expired-secret", "secret_expired", "secret_expired"),
        ("disabled-app", "app_disabled", "app_disabled"),
        ("no-service-principal", "no_service_principal", "no_service_principal"),
    ] {
        for (wanted, problem) in [(History::Off, groups), (History::On, history)] {
            let case = format!("{app} {wanted:?}");
            let made = match make(&mut rig, app, wanted) {
                Ok(made) => made,
                Err(unfinished) => {
                    assert_eq!(unfinished.failure.problem().code(), problem, "{case}");
                    assert_eq!(unfinished.standing, Standing::Nothing, "{case}");
                    assert!(rig.connections().is_empty(), "{case}");
                    assert!(rig.bench.saved_searches().await.is_empty(), "{case}");
                    continue;
                }
            };
            assert_eq!(problem, "", "{case}");
            let name = made.connection.setup.name;
            let kept = wanted == History::On;
            assert_eq!(made.connection.history.is_some(), kept, "{case}");
            assert_eq!(
                rules(&rig.bench, &group(&rig.bench)).await.len(),
                usize::from(kept),
                "{case}"
            );
            if kept {
                // A removed connection leaves its table, so that it may stand without history too.
                assert!(has_table(&rig.bench).await, "{case}");
            }
            if app != "slow-role" || !kept {
                assert!(!made.publication.unwrap().unwrap().is_partial(), "{case}");
                assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth(), "{case}");
            }
            let run = rig.command(Command::Remove(name, Extent::Everything));
            rig.removed(run).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cloud_gets_groups_and_rows() {
    for cloud in NationalCloud::ALL {
        let mut rig = Rig::on(clouds::bench(cloud).await);
        let setup = Setup {
            history: History::On,
            environment: built_in_at(&rig.bench.lab, cloud),
            ..rig.setup("ready")
        };
        let secrets = rig.secrets("ready");
        let run = rig.command(Command::Create(Box::new(setup), secrets, None));
        let made = rig.created(run).unwrap();
        assert!(made.connection.history.unwrap().proven, "{cloud:?}");
        assert!(!made.publication.unwrap().unwrap().is_partial());
        let name = made.connection.setup.name;
        assert_eq!(rig.bench.groups(name.as_str()).await, rig.bench.truth(), "{cloud:?}");
        assert_eq!(from_rows(&rig.bench), rig.bench.truth(), "{cloud:?}");
    }
}
