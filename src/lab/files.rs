//! The files of a lab, in a temporary folder: environment file, roots, one SETUP.toml an app. No secret is in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::TempDir;
use toml::value::Datetime;

use super::azure::{CloudUrls, LabApp, NationalCloud};

/// The folder of a lab; dropping it removes the folder.
#[derive(Debug)]
pub(super) struct LabFiles {
    folder: TempDir,
}

/// A file of the lab could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk refused.
    #[error("The lab could not write {path}: {cause}. Check the free space and the rights of the temporary folder.", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The lab's own data does not fit the file's form.
    #[error("The lab could not put its own data into {path}: {cause}.", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        cause: String,
    },
}

/// What all SETUP.toml files of a lab have in common.
pub(super) struct SetupBasis {
    pub environment_file: PathBuf,
    pub collections: Vec<String>,
    pub provider: String,
    /// The account to sign in with; none where the site asks for no sign-in.
    pub account: Option<String>,
    /// SHA-256 of the site's certificate; none where the site speaks plain http.
    pub sha256: Option<String>,
    pub tenant_name: String,
    pub tenant_id: String,
    pub workspace: String,
}

#[derive(Serialize)]
struct Environment<'a> {
    name: &'a str,
    authority: &'a str,
    arm: &'a str,
    arm_audience: &'a str,
    query: &'a str,
    query_audience: &'a str,
    ingestion_audience: &'a str,
    graph: &'a str,
    graph_audience: &'a str,
    portal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<&'a Path>,
}

#[derive(Serialize)]
struct Setup<'a> {
    name: String,
    description: String,
    environment: &'a Path,
    history: &'a str,
    import: bool,
    collections: &'a [String],
    site: SetupSite<'a>,
    app: SetupApp<'a>,
    workspace: SetupWorkspace<'a>,
}

#[derive(Serialize)]
struct SetupSite<'a> {
    provider: &'a str,
    sign_in: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    trust: String,
}

#[derive(Serialize)]
struct SetupApp<'a> {
    tenant_name: &'a str,
    tenant_id: &'a str,
    application_name: &'a str,
    client_id: &'a str,
    secret_expiry: Datetime,
    app_id_uri: &'a str,
}

#[derive(Serialize)]
struct SetupWorkspace<'a> {
    resource_id: &'a str,
}

impl LabFiles {
    /// Makes the folder.
    pub fn new() -> Result<Self, FileError> {
        let folder = tempfile::Builder::new()
            .prefix("asw-lab-")
            .tempdir()
            .map_err(|cause| FileError::Write {
                path: std::env::temp_dir(),
                cause,
            })?;
        Ok(Self { folder })
    }

    /// Writes a file of the given name and answers its path.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, FileError> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).map_err(|cause| FileError::Write {
            path: path.clone(),
            cause,
        })?;
        Ok(path)
    }

    /// Writes the environment file: the addresses are the lab's, all else is the cloud's.
    pub fn write_environment(
        &self,
        cloud: NationalCloud,
        urls: &CloudUrls,
        ca_file: Option<&Path>,
    ) -> Result<PathBuf, FileError> {
        let cloud = cloud.traits();
        let [arm_audience, _] = cloud.arm;
        let environment = Environment {
            name: "Lab",
            authority: &urls.authority,
            arm: &urls.arm,
            arm_audience,
            query: &urls.query,
            query_audience: cloud.query,
            ingestion_audience: cloud.ingestion,
            graph: &urls.graph,
            graph_audience: cloud.graph,
            portal: cloud.portal,
            ca_file,
        };
        self.write_toml("lab-environment.toml", &environment)
    }

    /// Writes a SETUP.toml for each app and answers their paths by label.
    pub fn write_setups(&self, apps: &[LabApp], basis: &SetupBasis) -> Result<BTreeMap<String, PathBuf>, FileError> {
        apps.iter()
            .map(|app| Ok((app.label.clone(), self.write_setup(app, basis)?)))
            .collect()
    }

    /// Removes the folder, with an error where something in it resists.
    pub fn remove(self) -> Result<(), FileError> {
        let path = self.folder.path().to_owned();
        self.folder.close().map_err(|cause| FileError::Write { path, cause })
    }

    fn write_setup(&self, app: &LabApp, basis: &SetupBasis) -> Result<PathBuf, FileError> {
        let name = format!("SETUP-{}.toml", app.label);
        let secret_expiry = app
            .secret_expiry
            .parse()
            .map_err(|cause: toml::value::DatetimeParseError| {
                let cause = format!(
                    "the secret of app \"{}\" ends on \"{}\": {cause}",
                    app.label, app.secret_expiry
                );
                FileError::Form {
                    path: self.folder.path().join(&name),
                    cause,
                }
            })?;
        let setup = Setup {
            name: format!("Lab {}", app.label),
            description: format!("The built-in lab with its app \"{}\"", app.label),
            environment: &basis.environment_file,
            history: "off",
            import: true,
            collections: &basis.collections,
            site: SetupSite {
                provider: &basis.provider,
                sign_in: if basis.account.is_some() { "account" } else { "none" },
                account: basis.account.as_deref(),
                trust: basis
                    .sha256
                    .as_ref()
                    .map_or_else(|| "system".into(), |sha256| format!("sha256:{sha256}")),
            },
            app: SetupApp {
                tenant_name: &basis.tenant_name,
                tenant_id: &basis.tenant_id,
                application_name: &app.application_name,
                client_id: &app.client_id,
                secret_expiry,
                app_id_uri: &app.app_id_uri,
            },
            workspace: SetupWorkspace {
                resource_id: &basis.workspace,
            },
        };
        self.write_toml(&name, &setup)
    }

    fn write_toml(&self, name: &str, value: &impl Serialize) -> Result<PathBuf, FileError> {
        let text = toml::to_string(value).map_err(|cause| FileError::Form {
            path: self.folder.path().join(name),
            cause: cause.to_string(),
        })?;
        self.write(name, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> LabApp {
        LabApp {
            label: "ready".into(),
            application_name: "ConfigMgr \"connector\"".into(),
            client_id: "11111111-1111-1111-1111-111111111111".into(),
            secret: "hush".into(),
            next_secret: "hush too".into(),
            secret_expiry: "2027-05-22".into(),
            app_id_uri: "https://ConfigMgrService".into(),
            object_id: "22222222-2222-2222-2222-222222222222".into(),
        }
    }

    fn basis() -> SetupBasis {
        SetupBasis {
            environment_file: PathBuf::from("C:\\Temp\\lab-environment.toml"),
            collections: vec!["PS100016".into()],
            provider: "localhost:5".into(),
            account: Some("CORP\\admin".into()),
            sha256: Some("ab".repeat(32)),
            tenant_name: "contoso.onmicrosoft.com".into(),
            tenant_id: "33333333-3333-3333-3333-333333333333".into(),
            workspace: "/subscriptions/s/w".into(),
        }
    }

    fn setup(basis: &SetupBasis) -> (String, toml::Table) {
        let files = LabFiles::new().unwrap();
        let paths = files.write_setups(&[app()], basis).unwrap();
        let text = std::fs::read_to_string(&paths["ready"]).unwrap();
        let table = text.parse().unwrap();
        (text, table)
    }

    #[test]
    fn a_setup_file_has_all_but_the_secret() {
        let (text, table) = setup(&basis());
        assert!(!text.contains("hush"));
        assert!(text.contains("secret_expiry = 2027-05-22\n"), "{text}");
        assert_eq!(table["environment"].as_str(), Some("C:\\Temp\\lab-environment.toml"));
        assert_eq!(table["site"]["sign_in"].as_str(), Some("account"));
        assert_eq!(table["site"]["account"].as_str(), Some("CORP\\admin"));
        assert_eq!(
            table["site"]["trust"].as_str(),
            Some(format!("sha256:{}", "ab".repeat(32)).as_str())
        );
        assert_eq!(
            table["app"]["application_name"].as_str(),
            Some("ConfigMgr \"connector\"")
        );
        assert_eq!(table["collections"][0].as_str(), Some("PS100016"));
        assert_eq!(table["workspace"]["resource_id"].as_str(), Some("/subscriptions/s/w"));
    }

    #[test]
    fn a_site_without_sign_in_has_no_account_in_the_file() {
        let (_, table) = setup(&SetupBasis {
            account: None,
            sha256: None,
            ..basis()
        });
        assert_eq!(table["site"]["sign_in"].as_str(), Some("none"));
        assert_eq!(table["site"].get("account"), None);
        assert_eq!(table["site"]["trust"].as_str(), Some("system"));
    }

    #[test]
    fn the_environment_file_names_the_root_where_there_is_one() {
        let files = LabFiles::new().unwrap();
        let url = |name: &str| format!("https://localhost/{name}");
        let urls = CloudUrls {
            authority: url("authority"),
            arm: url("arm"),
            query: url("query"),
            graph: url("graph"),
            ingestion: url("ingestion"),
        };
        let read = |ca_file: Option<&Path>| -> toml::Table {
            std::fs::read_to_string(files.write_environment(NationalCloud::Public, &urls, ca_file).unwrap())
                .unwrap()
                .parse()
                .unwrap()
        };
        let table = read(Some(Path::new("/tmp/x/ca.pem")));
        assert_eq!(table["ca_file"].as_str(), Some("/tmp/x/ca.pem"));
        assert_eq!(table["arm"].as_str(), Some("https://localhost/arm"));
        assert_eq!(table["arm_audience"].as_str(), Some("https://management.azure.com"));
        assert_eq!(read(None).get("ca_file"), None);
    }

    #[test]
    fn an_expiry_that_is_no_date_is_refused() {
        let files = LabFiles::new().unwrap();
        let apps = [LabApp {
            secret_expiry: "soon".into(),
            ..app()
        }];
        let error = files.write_setups(&apps, &basis()).unwrap_err().to_string();
        assert!(error.contains("soon") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn the_folder_goes_with_the_lab() {
        let files = LabFiles::new().unwrap();
        let path = files.write("a.txt", "a").unwrap();
        files.remove().unwrap();
        assert!(!path.parent().unwrap().exists());
    }
}
