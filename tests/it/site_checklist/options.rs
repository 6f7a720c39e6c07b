//! The checklist as options of `asw lab`: a lab of its own process, and knobs that are none.

use tokio::io::{AsyncBufReadExt, BufReader};

use super::*;
use crate::harness::{finish, process};

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_is_started_with_knobs_decoys_and_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--json",
        "lab",
        "--devices",
        "50",
        "--collections",
        "8",
        "--decoys",
        "--site",
        "hierarchy=child",
        "--site",
        "no_rights_status=403",
    ];
    let mut running = process(folder.path(), &words, &[]).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(running.stdout.take().unwrap());
    out.read_line(&mut line).await.unwrap();
    let info: Value = serde_json::from_str(&line).unwrap();
    let roles: Vec<&str> = info["site"]["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "full-administrator",
            "read-only-analyst",
            "no-rights",
            "wmi-rights-missing"
        ]
    );
    for decoy in ["iis", "closed", "slow", "midway"] {
        let address = info["site"]["decoys"][decoy].as_str().unwrap();
        assert!(address.starts_with("localhost:"), "{address}");
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let as_account = |at: usize| {
        let (account, provider) = (&info["site"]["accounts"][at], text(&info["site"]["provider"]));
        let way = SiteConnection {
            provider: provider.parse().unwrap(),
            sign_in: SignIn::Account(text(&account["account"])),
            trust: CertificateTrust::Sha256(text(&info["site"]["sha256"]).parse().unwrap()),
        };
        let password = SitePassword::parse(&text(&account["password"])).unwrap();
        Site::with_options(&way, Some(password), quick()).unwrap()
    };
    assert_eq!(problem(&as_account(0)).await, "child_primary");
    assert_eq!(problem(&as_account(2)).await, "no_configmgr_rights");
    drop(running.stdin.take());
    assert!(running.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn knobs_are_listed_and_wrong_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let say = async |words: &[&str]| finish(process(folder.path(), words, &[]), "").await;
    let list = say(&["lab", "--site", "help"]).await.ending(0).out;
    for name in ["hierarchy", "refused_filters", "evaluation", "kerberos"] {
        assert!(list.contains(&format!("  {name} = ")), "{list}");
    }
    let table = say(&["--json", "demo", "--site", "help"]).await.ending(0).json();
    assert!(table["knobs"].as_array().unwrap().len() > 20, "{table}");
    for (wrong, says) in [
        ("hierarchy=sideways", "standalone, child, cas, passive"),
        ("warp=9", "no knob called warp"),
        ("scp", "NAME=VALUE"),
        ("silent_cap=0", "from 1"),
    ] {
        for command in ["lab", "demo"] {
            let said = say(&[command, "--site", wrong]).await.ending(2);
            assert!(said.err.contains(says), "{}", said.err);
        }
    }
}
