//! `SETUP.toml`: everything of a new connection but its secrets. Read here, written in `write`.

use std::ops::Range;
use std::path::Path;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use super::environment_file::{self, absolute};
use crate::model::site::{CertificateTrust, ProviderAddress, SignIn, SiteConnection};
use crate::model::{
    AppIdUri, AppRegistration, ApplicationName, ClientId, CollectionId, ConnectionName, Environment, Failure, History,
    Invalid, MemberScope, Problem, ResourceGroupId, Result, SecretExpiry, Setup, TenantId, TenantName, WorkspaceId,
};

mod write;

pub use write::text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetupFile {
    name: ConnectionName,
    #[serde(default)]
    description: String,
    environment: Cloud,
    #[serde(default)]
    history: History,
    #[serde(default = "yes")]
    import: bool,
    #[serde(default)]
    collections: Vec<Spanned<String>>,
    #[serde(default)]
    members: MemberScope,
    site: SiteSection,
    app: AppSection,
    workspace: WorkspaceSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteSection {
    provider: ProviderAddress,
    sign_in: Spanned<SignInKind>,
    account: Option<Spanned<String>>,
    #[serde(default = "system_trust")]
    trust: CertificateTrust,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum SignInKind {
    CurrentUser,
    Account,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppSection {
    tenant_name: TenantName,
    tenant_id: TenantId,
    application_name: ApplicationName,
    client_id: ClientId,
    #[serde(deserialize_with = "date")]
    secret_expiry: SecretExpiry,
    #[serde(default = "no_uri")]
    app_id_uri: AppIdUri,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkspaceSection {
    resource_id: WorkspaceId,
    /// For the data collection rule of history; the workspace's own where it is left out.
    rule_resource_group: Option<ResourceGroupId>,
}

/// The cloud: by its name or by the path of its file, or written out in the table `[environment]`.
enum Cloud {
    Named(String),
    Written(Box<Environment>),
}

impl<'de> Deserialize<'de> for Cloud {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Cloud;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "the name of a cloud, the path of an environment file, or a table with what such a file holds",
                )
            }
            fn visit_str<E>(self, name: &str) -> std::result::Result<Cloud, E> {
                Ok(Cloud::Named(name.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Cloud, A::Error> {
                let written = Environment::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Cloud::Written(Box::new(written)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

const fn yes() -> bool {
    true
}

const fn system_trust() -> CertificateTrust {
    CertificateTrust::System
}

fn no_uri() -> AppIdUri {
    AppIdUri::new("")
}

/// A TOML date, or a text with one in it.
fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<SecretExpiry, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Date {
        Toml(toml::value::Datetime),
        Text(String),
    }
    let text = match Date::deserialize(deserializer)? {
        Date::Toml(date) => date.to_string(),
        Date::Text(text) => text,
    };
    text.parse().map_err(serde::de::Error::custom)
}

/// Reads a set-up file.
///
/// # Errors
/// [`Problem::FileUnreadable`]; [`Problem::FileMalformed`] with line and column; [`Problem::EnvironmentUnknown`].
pub fn load(path: &Path) -> Result<Setup> {
    let text = read(path)?;
    let file: SetupFile = parse(path, &text)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let refuse = |at: Range<usize>, why: String| malformed(path, &text, at.start, why);
    let site = site(file.site, folder, &refuse)?;
    let mut collections: Vec<CollectionId> = Vec::with_capacity(file.collections.len());
    for written in file.collections {
        let id: CollectionId = written
            .get_ref()
            .parse()
            .map_err(|why: Invalid| refuse(written.span(), why.to_string()))?;
        if !collections.contains(&id) {
            collections.push(id);
        }
    }
    Ok(Setup {
        name: file.name,
        description: file.description.trim().to_owned(),
        environment: match file.environment {
            Cloud::Named(name) => environment_file::resolve(&name, folder)?,
            Cloud::Written(environment) => environment_file::rooted(*environment, folder),
        },
        app: AppRegistration {
            tenant_name: file.app.tenant_name,
            tenant_id: file.app.tenant_id,
            application_name: file.app.application_name,
            client_id: file.app.client_id,
            secret_expiry: file.app.secret_expiry,
            app_id_uri: file.app.app_id_uri,
        },
        workspace: file.workspace.resource_id,
        site,
        collections,
        members: file.members,
        history: file.history,
        rule_group: file.workspace.rule_resource_group,
        import: file.import,
    })
}

fn site(
    section: SiteSection,
    folder: &Path,
    refuse: &impl Fn(Range<usize>, String) -> Failure,
) -> Result<SiteConnection> {
    let hint = "write it in single quotes: account = 'CORP\\svc-asw'";
    let account = match &section.account {
        Some(written) if written.get_ref().chars().any(char::is_control) => {
            // In double quotes \n and \t are no backslash and a letter. Sent like this it could lock an account.
            let why = format!("the account has a control character inside; {hint}");
            return Err(refuse(written.span(), why));
        }
        Some(written) => Some(written.get_ref().trim().to_owned()).filter(|account| !account.is_empty()),
        None => None,
    };
    let sign_in = match (section.sign_in.get_ref(), account) {
        (SignInKind::Account, Some(account)) => SignIn::Account(account),
        (SignInKind::Account, None) => {
            let why = format!("sign_in = \"account\" needs an account beside it; {hint}");
            return Err(refuse(section.sign_in.span(), why));
        }
        (SignInKind::CurrentUser, _) => SignIn::CurrentUser,
        (SignInKind::None, _) => SignIn::None,
    };
    let trust = match section.trust {
        CertificateTrust::Pem(path) => {
            let path = absolute(&folder.join(path));
            bytes(&path)?; // said now, before anybody is asked for a secret
            CertificateTrust::Pem(path)
        }
        other => other,
    };
    Ok(SiteConnection {
        provider: section.provider,
        sign_in,
        trust,
    })
}

/// The text of a file.
///
/// # Errors
/// [`Problem::FileUnreadable`].
pub(super) fn read(path: &Path) -> Result<String> {
    let bytes = bytes(path)?;
    // Notepad writes a byte-order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let readable = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
            let why = "this is not UTF-8 text; save the file as UTF-8".to_owned();
            Err(malformed(path, &readable, readable.len(), why))
        }
    }
}

/// The bytes of a file.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|cause| {
        let (path, cause) = (path.display().to_string(), cause.to_string());
        Problem::FileUnreadable { path, cause }.into()
    })
}

/// Reads TOML into a type.
///
/// # Errors
/// [`Problem::FileMalformed`] with the place.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        malformed(path, text, at, error.message().trim_end_matches('.').replace('\n', " "))
    })
}

/// A problem at a byte of a text, told by line and column.
fn malformed(path: &Path, text: &str, at: usize, why: String) -> Failure {
    let before = text.get(..at).unwrap_or_default();
    Problem::FileMalformed {
        path: path.display().to_string(),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        why,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "Contoso production"
environment = "AzureCloud"
collections = ["PS100016", "ps100016", "PS100017"]

[site]
provider = "cm01.corp.example"
sign_in = "account"
account = "CORP\\svc-asw"
trust = "system"

[app]
tenant_name = "contoso.onmicrosoft.com"
tenant_id = "{1F0E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}"
application_name = "ConfigMgr connector"
client_id = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
secret_expiry = 2027-05-22
app_id_uri = "https://ConfigMgrService"

[workspace]
resource_id = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"
"#;

    fn load_text(text: &str) -> std::result::Result<Setup, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("setup.toml");
        std::fs::write(&path, text).unwrap();
        load(&path)
    }

    #[test]
    fn reads_a_whole_set_up() {
        let setup = load_text(&format!("\u{feff}{GOOD}")).unwrap();
        assert_eq!(setup.environment.name, "AzurePublicCloud");
        assert_eq!(setup.collections.len(), 2, "named twice counts once");
        assert_eq!(setup.app.secret_expiry.to_string(), "2027-05-22");
        assert_eq!(setup.site.sign_in, SignIn::Account("CORP\\svc-asw".into()));
        assert!(setup.import);
    }

    #[test]
    fn all_computers_are_members_unless_clients_only_are_wanted() {
        assert_eq!(load_text(GOOD).unwrap().members, MemberScope::AllComputers);
        for (written, expected) in [
            ("all-computers", MemberScope::AllComputers),
            ("clients-only", MemberScope::ClientsOnly),
        ] {
            let text = GOOD.replace("collections =", &format!("members = \"{written}\"\ncollections ="));
            assert_eq!(load_text(&text).unwrap().members, expected);
        }
        let slip = load_text(&GOOD.replace("collections =", "members = \"clients\"\ncollections =")).unwrap_err();
        let Problem::FileMalformed { why, .. } = slip.problem() else {
            panic!("{slip:?}")
        };
        assert!(why.contains("all-computers") && why.contains("clients-only"), "{why}");
    }

    #[test]
    fn the_example_can_be_used_as_it_is() {
        let setup = load_text(include_str!("../../../assets/SETUP.example.toml")).unwrap();
        assert_eq!(setup.site.sign_in, SignIn::Account("CORP\\svc-asw".into()));
        assert_eq!(setup.collections.len(), 2);
    }

    #[test]
    fn a_slip_is_named_with_its_place() {
        let cases = [
            (GOOD.replace("collections =", "colections ="), 4, 1, "colections"),
            (
                GOOD.replace(
                    "\"1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\"\nsecret",
                    "\"nonsense\"\nsecret",
                ),
                16,
                13,
                "client ID",
            ),
            (GOOD.replace("2027-05-22", "\"soon\""), 17, 17, "secret expiry"),
            (
                GOOD.replace("name = \"Contoso production\"", "name = \"Contoso"),
                2,
                0,
                "",
            ),
        ];
        for (text, at_line, at_column, says) in cases {
            let failure = load_text(&text).unwrap_err();
            let Problem::FileMalformed { line, column, why, .. } = failure.problem() else {
                panic!("{failure:?}")
            };
            assert_eq!(*line, at_line, "{why}");
            assert!(at_column == 0 || *column == at_column, "{why}: column {column}");
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn an_environment_may_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let custom = "name = \"Lab\"\nauthority = \"http://127.0.0.1:1\"\narm = \"http://127.0.0.1:2\"\narm_audience = \"a\"\nquery = \"http://127.0.0.1:3\"\nquery_audience = \"q\"\ningestion_audience = \"i\"\ngraph = \"http://127.0.0.1:4\"\nportal = \"p\"\nca_file = \"ca.pem\"\n";
        std::fs::write(folder.path().join("cloud.toml"), custom).unwrap();
        let environment = environment_file::resolve("cloud.toml", folder.path()).unwrap();
        assert_eq!(environment.ca_file, Some(folder.path().join("ca.pem")));
        std::fs::write(
            folder.path().join("cloud.toml"),
            custom.replace("127.0.0.1:2", "arm.example"),
        )
        .unwrap();
        let refused = environment_file::resolve("cloud.toml", folder.path()).unwrap_err();
        assert!(
            matches!(refused.problem(), Problem::FileMalformed { line: 3, .. }),
            "{refused:?}"
        );
        let unknown = environment_file::resolve("AzureMoonCloud", folder.path()).unwrap_err();
        assert_eq!(unknown.problem().code(), "environment_unknown");
    }
}
