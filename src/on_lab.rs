//! The window program on the built-in lab: the lab runs inside it, secrets stay in memory, and unless a data folder is named
//! nothing stays behind.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use azure_services_wizard::backend::Surroundings;
use azure_services_wizard::cli::answer::Exit;
use azure_services_wizard::cli::host::wait_for_signal;
use azure_services_wizard::connect::environment_file;
use azure_services_wizard::lab::azure::LabApp;
use azure_services_wizard::lab::{self, Lab, LabConfig, LabError, LabInfo};
use azure_services_wizard::model::{Environment, Failure, Problem, Result};
use azure_services_wizard::platform::{DataDir, browser, system};
use azure_services_wizard::secrets::MemoryVault;
use azure_services_wizard::text;
use azure_services_wizard::text::launch::lab as words;
use azure_services_wizard::ui::LabSheet;
use azure_services_wizard::ui::lab_sheet::Value;
use azure_services_wizard::ui::window::{self, Opening};
use tempfile::TempDir;

use super::{Args, Stop};

/// The lab, and what it is made from.
#[derive(Debug, clap::Args)]
pub struct LabArgs {
    /// Run on the built-in lab; leaves nothing behind unless --data-dir is given
    #[arg(long)]
    pub lab: bool,
    /// Device records of the lab, at most 1,000,000 [default: 12000]
    #[arg(long, requires = "lab", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    devices: Option<u32>,
    /// Device collections of the lab, at most 5,000 [default: 60]
    #[arg(long, requires = "lab", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=5_000))]
    collections: Option<u32>,
    /// Everything random in the lab comes from this number [default: 1]
    #[arg(long, requires = "lab", value_name = "N")]
    seed: Option<u64>,
}

impl LabArgs {
    fn config(&self) -> LabConfig {
        let usual = LabConfig::default();
        let chosen =
            |number: Option<u32>, usual| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usual);
        LabConfig {
            seed: self.seed.unwrap_or(usual.seed),
            devices: chosen(self.devices, usual.devices),
            collections: chosen(self.collections, usual.collections),
            ..usual
        }
    }
}

impl From<LabError> for Stop {
    fn from(error: LabError) -> Self {
        Self::Said(text::launch::lab_failed(&error.to_string()))
    }
}

/// Everything that must be gone at the end.
struct Ground {
    lab: Lab,
    folder: TempDir,
}

impl Ground {
    async fn clear(self) -> std::result::Result<(), Stop> {
        let cleared = self.folder.close();
        self.lab.stop().await?;
        cleared.map_err(temporary)
    }
}

fn temporary(cause: std::io::Error) -> Stop {
    let path = "(temporary)".to_owned();
    let cause = cause.to_string();
    Failure::from(Problem::DataFolder { path, cause }).into()
}

/// Starts the lab, opens the window on it, and stops the lab when the window has closed.
pub fn run(args: Args) -> std::result::Result<(), Stop> {
    let runtime = tokio::runtime::Runtime::new().map_err(|cause| {
        Failure::from(Problem::Internal {
            what: format!("the lab cannot start its threads: {cause}"),
        })
    })?;
    println!("{}", text::launch::LAB_STARTS);
    let ground = Ground {
        lab: runtime.block_on(lab::start(args.lab.config()))?,
        folder: tempfile::tempdir().map_err(temporary)?,
    };
    // The next key is valid from the start, so that a renewal can be practised at any time.
    let rotated = ground
        .lab
        .cloud()
        .set_knob("rotate_secret", &serde_json::json!({ "label": READY }));
    rotated.map_err(|what| Failure::from(Problem::Internal { what: what.to_string() }))?;
    let sheet = sheet(ground.lab.info(), ground.lab.site_root_file());
    let environment = environment(ground.lab.info())?;
    let folder = ground.folder.path().to_owned();
    let ground = Arc::new(Mutex::new(Some(ground)));
    runtime.spawn(clear_on_signal(Arc::clone(&ground)));
    let outcome = open(environment, sheet, &folder, args);
    let left = take(&ground);
    let cleared = left.map_or(Ok(()), |ground| runtime.block_on(ground.clear()));
    outcome.and(cleared)
}

/// Ctrl-C in the terminal leaves nothing behind either.
async fn clear_on_signal(ground: Arc<Mutex<Option<Ground>>>) {
    wait_for_signal().await;
    if let Some(ground) = take(&ground) {
        let _ = ground.clear().await;
    }
    std::process::exit(i32::from(Exit::Failed as u8));
}

fn take(ground: &Mutex<Option<Ground>>) -> Option<Ground> {
    ground.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn open(environment: Environment, sheet: LabSheet, temporary: &Path, args: Args) -> std::result::Result<(), Stop> {
    let custom = super::environments(&args.environment)?.into_iter().skip(BUILT_IN);
    let environments = std::iter::once(environment).chain(custom).collect();
    let surroundings = |data_dir: &Path| Surroundings {
        data_dir: data_dir.to_owned(),
        vault: Some(Arc::new(MemoryVault::for_life())),
        open_browser: browser::open,
        open_file: system::open_file,
        machine: None, // it ends with the window
    };
    if let Some(named) = &args.data_dir {
        let data_dir = DataDir::resolve(Some(named))?;
        return super::open(surroundings(data_dir.path()), environments, Some(sheet), &args);
    }
    let opening = Opening {
        parts: super::parts(
            surroundings(temporary),
            environments,
            Some(sheet),
            args.update_secret,
            args.theme,
        )?,
        remembered_in: None,
        first: None,
    };
    Ok(window::open(opening)?)
}

/// The app whose only right is Contributor on the workspace.
const READY: &str = "workspace-contributor";

/// The lab's place among the clouds is that of the built-in ones: a real cloud is no use to it.
const BUILT_IN: usize = azure_services_wizard::model::environment::BUILT_IN.len();

fn environment(info: &LabInfo) -> Result<Environment> {
    environment_file::resolve(&info.environment_file, Path::new("."))
}

/// What a person would have from the portal and the console.
fn sheet(info: &LabInfo, site_root: Option<&Path>) -> LabSheet {
    let apps = [
        (READY, words::READY_APP),
        ("ready", words::HISTORY_APP),
        ("expired-secret", words::EXPIRED_APP),
        ("no-rights", words::POWERLESS_APP),
    ];
    let labelled = |label: &str| info.apps.iter().find(|app| app.label == label);
    let apps = apps
        .into_iter()
        .filter_map(|(label, title)| Some((title.to_owned(), app(info, labelled(label)?))))
        .map(|(title, mut values): (String, Vec<Value>)| {
            let next = labelled(READY).filter(|_| title == words::READY_APP);
            values.extend(next.map(|app| value(words::NEXT_SECRET_KEY, &app.next_secret)));
            (title, values)
        });
    let site = (words::SITE.to_owned(), site(info, site_root));
    let person = (words::PERSON.to_owned(), person(info));
    LabSheet {
        groups: std::iter::once(site).chain(apps).chain([person]).collect(),
    }
}

/// The first of the lab's people may do everything.
fn person(info: &LabInfo) -> Vec<Value> {
    let mut values = vec![value(words::PUBLIC_CLIENT, &info.public_client_id)];
    for person in info.people.iter().take(1) {
        values.push(value(words::PERSON_NAME, &person.name));
        values.push(value(words::PERSON_PASSWORD, &person.password));
    }
    values
}

fn site(info: &LabInfo, root: Option<&Path>) -> Vec<Value> {
    let site = &info.site;
    let mut values = vec![
        value(words::PROVIDER, &site.provider),
        value(words::ACCOUNT, &site.account),
        value(words::PASSWORD, &site.password),
    ];
    // Its certificate comes from a root that nobody trusts yet, as that of most sites: a person compares, or names the root.
    values.extend(site.sha256.as_deref().map(|sha256| value(words::FINGERPRINT, sha256)));
    values.extend(root.map(|file| value(words::ROOT_FILE, &file.display().to_string())));
    values
}

fn app(info: &LabInfo, app: &LabApp) -> Vec<Value> {
    vec![
        value(words::TENANT_NAME, &info.tenant.name),
        value(words::TENANT_ID, &info.tenant.id),
        value(words::APPLICATION_NAME, &app.application_name),
        value(words::CLIENT_ID, &app.client_id),
        value(words::SECRET_KEY, &app.secret),
        value(words::SECRET_EXPIRY, &app.secret_expiry),
        value(words::APP_ID_URI, &app.app_id_uri),
    ]
}

fn value(name: &str, value: &str) -> Value {
    Value {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use azure_services_wizard::model::{ClientId, Fingerprint, ProviderAddress, SecretExpiry, SecretKey, TenantId};
    use clap::Parser;

    use super::*;

    #[test]
    fn the_lab_is_what_its_options_say() {
        let args = Args::try_parse_from(["x", "--lab", "--devices", "400", "--seed", "7"]).unwrap();
        let config = args.lab.config();
        assert_eq!((config.devices, config.collections, config.seed), (400, 60, 7));
        assert!(
            Args::try_parse_from(["x", "--devices", "400"]).is_err(),
            "only with --lab"
        );
    }

    #[tokio::test]
    async fn the_sheet_holds_what_the_pages_accept() {
        let config = LabConfig {
            devices: 20,
            collections: 3,
            ..LabConfig::default()
        };
        let lab = lab::start(config).await.unwrap();
        let sheet = sheet(lab.info(), lab.site_root_file());
        let titles: Vec<&str> = sheet.groups.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(
            titles,
            [
                words::SITE,
                words::READY_APP,
                words::HISTORY_APP,
                words::EXPIRED_APP,
                words::POWERLESS_APP,
                words::PERSON
            ]
        );
        let find = |group: usize, name: &str| {
            let (_, values) = &sheet.groups[group];
            values.iter().find(|each| each.name == name).unwrap().value.clone()
        };
        assert!(find(0, words::PROVIDER).parse::<ProviderAddress>().is_ok());
        assert!(find(0, words::FINGERPRINT).parse::<Fingerprint>().is_ok());
        assert!(Path::new(&find(0, words::ROOT_FILE)).is_file());
        for group in 1..5 {
            assert!(find(group, words::TENANT_ID).parse::<TenantId>().is_ok());
            assert!(find(group, words::CLIENT_ID).parse::<ClientId>().is_ok());
            assert!(SecretKey::parse(&find(group, words::SECRET_KEY)).is_ok());
            assert!(find(group, words::SECRET_EXPIRY).parse::<SecretExpiry>().is_ok());
        }
        assert!(find(5, words::PUBLIC_CLIENT).parse::<ClientId>().is_ok());
        assert!(!find(5, words::PERSON_NAME).is_empty() && !find(5, words::PERSON_PASSWORD).is_empty());
        assert!(environment(lab.info()).is_ok());
        lab.stop().await.unwrap();
    }
}
