//! Writing a set-up file: all of a set-up as text, and no secret. What [`super::load`] reads back is the same set-up.
//!
//! A custom cloud stands in it as a whole, in the table `[environment]`, so that one file is enough. Files that it names (a root
//! certificate) are named by their full paths and do not travel with it.

use std::path::PathBuf;

use serde::Serialize;
use toml::value::Datetime;

use super::SignInKind;
use crate::model::site::{CertificateTrust, ProviderAddress, SignIn};
use crate::model::{
    CollectionId, Environment, History, MemberScope, Problem, ResourceGroupId, Result, Setup, WorkspaceId,
};

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    history: History,
    import: bool,
    members: MemberScope,
    collections: &'a [CollectionId],
    environment: Cloud<'a>,
    site: Site<'a>,
    app: App<'a>,
    workspace: Place<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Cloud<'a> {
    BuiltIn(&'a str),
    Custom(&'a Environment),
}

#[derive(Serialize)]
struct Site<'a> {
    provider: &'a ProviderAddress,
    sign_in: SignInKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    trust: &'a CertificateTrust,
}

#[derive(Serialize)]
struct App<'a> {
    tenant_name: &'a str,
    tenant_id: String,
    application_name: &'a str,
    client_id: String,
    secret_expiry: Datetime,
    app_id_uri: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    resource_id: &'a WorkspaceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_resource_group: Option<&'a ResourceGroupId>,
}

/// A set-up as the text of its file.
///
/// # Errors
/// None in practice: every set-up has such a text.
pub fn text(setup: &Setup) -> Result<String> {
    let impossible = |cause: String| Problem::Internal {
        what: format!("a set-up could not be written as TOML: {cause}"),
    };
    let expiry = setup.app.secret_expiry.to_string().parse();
    let written = Written {
        name: setup.name.as_str(),
        description: &setup.description,
        history: setup.history,
        import: setup.import,
        members: setup.members,
        collections: &setup.collections,
        environment: cloud(&setup.environment),
        site: site(setup),
        app: App {
            tenant_name: setup.app.tenant_name.as_str(),
            tenant_id: setup.app.tenant_id.to_string(),
            application_name: setup.app.application_name.as_str(),
            client_id: setup.app.client_id.to_string(),
            secret_expiry: expiry.map_err(|cause: toml::value::DatetimeParseError| impossible(cause.to_string()))?,
            app_id_uri: setup.app.app_id_uri.as_str(),
        },
        workspace: Place {
            resource_id: &setup.workspace,
            rule_resource_group: setup.rule_group.as_ref(),
        },
    };
    let body = toml::to_string_pretty(&written).map_err(|cause| impossible(cause.to_string()))?;
    Ok(format!("{}\n{body}", head(setup)))
}

/// What a person who finds the file should know.
fn head(setup: &Setup) -> String {
    let mut head = "# Settings of a connection, without its secrets: \"asw connect --file\", \"asw adopt --file\" and the wizard\n\
                    # (\"New from settings…\") read them, and ask for the secrets.\n"
        .to_owned();
    for path in files(setup) {
        let path: String = path.display().to_string().chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("# It needs this file too: {path}\n"));
    }
    head
}

fn files(setup: &Setup) -> impl Iterator<Item = &PathBuf> {
    let root = match &setup.site.trust {
        CertificateTrust::Pem(path) => Some(path),
        CertificateTrust::System | CertificateTrust::Sha256(_) => None,
    };
    setup.environment.ca_file.iter().chain(root)
}

fn cloud(environment: &Environment) -> Cloud<'_> {
    let built_in = Environment::built_in(&environment.name);
    if built_in.as_ref() == Some(environment) {
        Cloud::BuiltIn(&environment.name)
    } else {
        Cloud::Custom(environment)
    }
}

fn site(setup: &Setup) -> Site<'_> {
    let (sign_in, account) = match &setup.site.sign_in {
        SignIn::CurrentUser => (SignInKind::CurrentUser, None),
        SignIn::Account(account) => (SignInKind::Account, Some(account.as_str())),
        SignIn::None => (SignInKind::None, None),
    };
    Site {
        provider: &setup.site.provider,
        sign_in,
        account,
        trust: &setup.site.trust,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::connect::setup_file::load;
    use crate::model::site::SiteConnection;
    use crate::model::{AppIdUri, AppRegistration, ApplicationName, Fingerprint, TenantName};
    use proptest::strategy::ValueTree;

    const ID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    /// Text that people and programs write, quotes, line breaks and other alphabets among it.
    fn words() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            Just("C:\\temp\\new \"quoted\" 'single' # = [x]".to_owned()),
            Just("two\nlines\r\n\ttabbed and \"\"\" three".to_owned()),
            "[ -~äöüß東京\\n\\t\\\\\"']{0,40}",
        ]
        .prop_map(|text| text.trim().to_owned())
    }

    fn line() -> impl Strategy<Value = String> {
        words().prop_map(|text| text.chars().filter(|c| !c.is_control()).collect::<String>())
    }

    fn environments() -> impl Strategy<Value = Environment> {
        let built_in = |name: &str| Environment::built_in(name).unwrap();
        let custom = Environment {
            name: "Contoso \"private\" cloud".into(),
            authority: "http://127.0.0.1:40001".parse().unwrap(),
            graph_audience: Some("https://graph.contoso.example".into()),
            ca_file: Some(std::path::absolute("roots/ca 1.pem").unwrap()),
            ..built_in("AzurePublicCloud")
        };
        // A built-in name with another address is no built-in cloud.
        let moved = Environment {
            arm: "https://management.contoso.example".parse().unwrap(),
            ..built_in("AzurePublicCloud")
        };
        prop_oneof![
            Just(built_in("AzurePublicCloud")),
            Just(built_in("AzureUSGovernmentCloud")),
            Just(custom),
            Just(moved)
        ]
    }

    fn sites() -> impl Strategy<Value = SiteConnection> {
        let sign_in = prop_oneof![
            Just(SignIn::CurrentUser),
            Just(SignIn::None),
            line().prop_map(|account| match account.trim() {
                "" => SignIn::Account("CORP\\nobody".into()),
                account => SignIn::Account(account.to_owned()),
            })
        ];
        let trust = prop_oneof![
            Just(CertificateTrust::System),
            Just(CertificateTrust::Sha256(Fingerprint::new([7; 32]))),
        ];
        (
            sign_in,
            trust,
            prop_oneof![Just("cm01.corp.example"), Just("cm01:8443")],
        )
            .prop_map(|(sign_in, trust, provider)| SiteConnection {
                provider: provider.parse().unwrap(),
                sign_in,
                trust,
            })
    }

    fn setups() -> impl Strategy<Value = Setup> {
        let texts = (line(), words(), line(), line(), line());
        let choices = (
            prop_oneof![Just(History::Off), Just(History::On), Just(History::Auto)],
            prop_oneof![Just(MemberScope::AllComputers), Just(MemberScope::ClientsOnly)],
            any::<bool>(),
            any::<bool>(),
            0..5_usize,
        );
        (texts, choices, environments(), sites()).prop_map(
            |(
                (name, description, tenant, application, uri),
                (history, members, import, elsewhere, many),
                cloud,
                site,
            )| {
                let group = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-rules";
                Setup {
                    name: format!("x{name}").parse().unwrap(),
                    description,
                    environment: cloud,
                    app: AppRegistration {
                        tenant_name: TenantName::new(&tenant),
                        tenant_id: ID.parse().unwrap(),
                        application_name: ApplicationName::new(&application),
                        client_id: ID.parse().unwrap(),
                        secret_expiry: "2027-05-22".parse().unwrap(),
                        app_id_uri: AppIdUri::new(&uri),
                    },
                    workspace: format!(
                        "/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"
                    )
                    .parse()
                    .unwrap(),
                    site,
                    collections: (0..many)
                        .map(|each| format!("PS10001{each}").parse().unwrap())
                        .collect(),
                    members,
                    history,
                    rule_group: elsewhere.then(|| group.parse().unwrap()),
                    import,
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn what_is_written_reads_back_as_it_was(setup in setups()) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("setup.toml");
            std::fs::write(&path, text(&setup).unwrap()).unwrap();
            prop_assert_eq!(load(&path).unwrap(), setup);
        }
    }

    #[test]
    fn a_root_certificate_is_named_by_its_path_and_said_to_be_needed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("site root.pem");
        std::fs::write(&root, "x").unwrap();
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut setup = setups().new_tree(&mut runner).unwrap().current();
        setup.site.trust = CertificateTrust::Pem(root.clone());
        let written = text(&setup).unwrap();
        assert!(
            written.contains(&format!("# It needs this file too: {}", root.display())),
            "{written}"
        );
        let path = folder.path().join("setup.toml");
        std::fs::write(&path, written).unwrap();
        assert_eq!(load(&path).unwrap(), setup);
    }
}
