//! A site, as the floors above see it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::client::Client;
use super::connection::Door;
use super::exchange;
use super::identify;
use super::negotiate::{Account, SINGLE_SIGN_ON, Who};
use super::trust::Trust;
use super::{apps, collections, devices, members};
use crate::model::site::SiteReading;
use crate::model::{
    CertificateTrust, CollectionId, DeviceCollection, DeviceName, Fingerprint, KnownApp, MembershipRecord, Problem,
    Result, SignIn, SiteConnection, SitePassword,
};

/// Times and sizes of the requests to a site.
#[derive(Debug, Clone)]
pub struct SiteOptions {
    /// For TCP and TLS together.
    pub connect_timeout: Duration,
    /// For one request, sign-in and whole answer included, however long the answer. Providers that have been idle take many seconds.
    pub page_timeout: Duration,
    /// How often a request is sent at most, where sending it again may help.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause that a site may ask for; where it asks for more, the request fails at once.
    pub longest_pause: Duration,
    /// Rows a page; so many are handed on at once at most, also where a site sends more in one page.
    pub page_rows: usize,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            page_timeout: Duration::from_secs(60),
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            page_rows: 1000,
        }
    }
}

/// A site, read through the AdminService of one of its SMS Providers. Cheap to clone; clones share connections, sign-in and
/// what was learnt of the site. At most two requests are in flight.
///
/// After the site has refused the account, a `Site` sends nothing more: repeated wrong passwords lock accounts.
#[derive(Clone)]
pub struct Site {
    client: Arc<Client>,
    pinned: Option<Fingerprint>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("provider", &self.client.door.provider)
            .field("account", &self.client.sign_in.account_name())
            .finish_non_exhaustive()
    }
}

impl Site {
    /// Prepares the way to a site; sends nothing.
    ///
    /// # Errors
    /// [`Problem::SiteSignIn`] for an account without a password, and for "nobody" where the provider is not this machine;
    /// [`Problem::NoSingleSignOn`] for the current user where this build cannot do it; [`Problem::CertificateFile`] for an unusable PEM file.
    pub fn new(connection: &SiteConnection, password: Option<SitePassword>) -> Result<Self> {
        Self::with_options(connection, password, SiteOptions::default())
    }

    /// As [`Site::new`], with other times and sizes.
    ///
    /// # Errors
    /// As [`Site::new`].
    pub fn with_options(
        connection: &SiteConnection,
        password: Option<SitePassword>,
        options: SiteOptions,
    ) -> Result<Self> {
        let account = account(connection, password)?;
        // Nobody signs in to this machine only, and there without TLS; that is the other side of an authenticating proxy.
        let is_plain = account.is_none();
        let door = Door {
            provider: connection.provider.clone(),
            trust: if is_plain {
                None
            } else {
                Some(Trust::load(&connection.trust)?)
            },
            connect_timeout: options.connect_timeout,
        };
        let sign_in = exchange::SignIn::new(connection.provider.clone(), account);
        Ok(Self {
            client: Arc::new(Client::new(door, sign_in, options)),
            pinned: match connection.trust {
                CertificateTrust::Sha256(fingerprint) if !is_plain => Some(fingerprint),
                _ => None,
            },
        })
    }

    /// Finds out which site it is, whether the account may read it, and whether it is the top of its hierarchy.
    ///
    /// # Errors
    /// [`Problem::NotAProvider`], [`Problem::NoConfigMgrRights`], [`Problem::ChildPrimary`], and those of every request:
    /// [`Problem::SiteUnreachable`], [`Problem::CertificateUnknown`], [`Problem::CertificateChanged`],
    /// [`Problem::AccountRefused`], [`Problem::NtlmRefused`], [`Problem::SiteSignIn`], [`Problem::SiteRefused`],
    /// [`Problem::TimedOut`], [`Problem::CutOff`], [`Problem::NotUnderstood`], [`Problem::Throttled`],
    /// [`Problem::Unavailable`], [`Problem::ForeignLink`].
    pub async fn identify(&self) -> Result<SiteReading> {
        identify::identify(&self.client, self.pinned).await
    }

    /// As [`Site::identify`], with all that informs a person who looks at the site: service connection point, providers,
    /// whether the account sees everything. What cannot be read of that is missing.
    ///
    /// # Errors
    /// As [`Site::identify`].
    pub async fn describe(&self) -> Result<SiteReading> {
        identify::describe(&self.client, self.pinned).await
    }

    /// All device collections that the account may see.
    ///
    /// # Errors
    /// Those of every request, see [`Site::identify`].
    pub async fn collections(&self) -> Result<Vec<DeviceCollection>> {
        collections::all(&self.client).await
    }

    /// One device collection; `None` when the site has none of this ID that the account may see.
    ///
    /// # Errors
    /// [`Problem::NotADeviceCollection`], and those of every request, see [`Site::identify`].
    pub async fn collection(&self, id: &CollectionId) -> Result<Option<DeviceCollection>> {
        collections::one(&self.client, id).await
    }

    /// All members of a collection, each record once, handed on while they arrive, at most [`SiteOptions::page_rows`] at a
    /// time; records that are no computers included. Returns how many records there were. Memory: one such batch, and two
    /// bytes a record at the most to know it again.
    ///
    /// An empty reading is no proof of an empty collection: compare with [`DeviceCollection::member_count`].
    ///
    /// # Errors
    /// Those of every request, see [`Site::identify`], and those of `on_page`. What `on_page` has got before an error is
    /// part of the membership only.
    pub async fn members(
        &self,
        id: &CollectionId,
        on_page: impl FnMut(Vec<MembershipRecord>) -> Result<()> + Send,
    ) -> Result<usize> {
        members::read(&self.client, id, on_page).await
    }

    /// How many records a collection has, counted by the site itself over the rows that [`Site::members`] lists, not by
    /// [`DeviceCollection::member_count`]; `None` where the site does not take the question, or
    /// gives it another answer than a number.
    ///
    /// # Errors
    /// Those of every request, see [`Site::identify`].
    pub async fn member_rows(&self, id: &CollectionId) -> Result<Option<usize>> {
        members::count(&self.client, id).await
    }

    /// The full names of all devices of the site, handed on as by [`Site::members`]. Returns how many there were.
    ///
    /// # Errors
    /// Those of every request, see [`Site::identify`], and those of `on_page`.
    pub async fn device_names(&self, on_page: impl FnMut(Vec<DeviceName>) -> Result<()> + Send) -> Result<usize> {
        devices::names(&self.client, on_page).await
    }

    /// The names of one device; `None` when the site has none of this resource ID that the account may see, or takes no
    /// question for a single one.
    ///
    /// # Errors
    /// Those of every request, see [`Site::identify`].
    pub async fn device_name(&self, resource_id: i64) -> Result<Option<DeviceName>> {
        devices::name(&self.client, resource_id).await
    }

    /// The server apps that the site has already been given for other Azure services, the last changed first; never their
    /// secrets. Empty where the site knows no such class or does not show it to the account.
    ///
    /// # Errors
    /// Those of every request but a refusal, see [`Site::identify`].
    pub async fn known_apps(&self) -> Result<Vec<KnownApp>> {
        apps::all(&self.client).await
    }

    #[cfg(test)]
    #[cfg(feature = "lab")]
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The site's clock, as its latest answer showed it.
    pub fn server_time(&self) -> Option<DateTime<Utc>> {
        self.client.server_time()
    }
}

fn account(connection: &SiteConnection, password: Option<SitePassword>) -> Result<Option<Who>> {
    let impossible = |why: String| Err(Problem::SiteSignIn { why }.into());
    match (&connection.sign_in, password) {
        (SignIn::Account(name), Some(password)) => Ok(Some(Who::Account(Account {
            name: name.clone(),
            password,
        }))),
        (SignIn::Account(name), None) => impossible(format!("there is no password for the account {name}")),
        (SignIn::CurrentUser, _) if SINGLE_SIGN_ON && !connection.provider.is_full_name() => {
            let provider = connection.provider.to_string();
            Err(Problem::ProviderNeedsFullName { provider }.into())
        }
        (SignIn::CurrentUser, _) if SINGLE_SIGN_ON => Ok(Some(Who::CurrentUser)),
        (SignIn::CurrentUser, _) => Err(Problem::NoSingleSignOn.into()),
        (SignIn::None, _) if connection.provider.is_loopback() => Ok(None),
        (SignIn::None, _) => impossible(format!(
            "nobody signs in, which is possible with a provider on this machine only, and {} is not",
            connection.provider
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(provider: &str, sign_in: SignIn) -> SiteConnection {
        SiteConnection {
            provider: provider.parse().unwrap(),
            sign_in,
            trust: CertificateTrust::Sha256(Fingerprint::new([1; 32])),
        }
    }

    #[test]
    fn sign_ins_that_are_not_possible() {
        let account = || SignIn::Account("CORP\\svc-asw".into());
        let code = |provider: &str, sign_in: SignIn| {
            let failure = Site::new(&connection(provider, sign_in), None).unwrap_err();
            failure.problem().code()
        };
        assert_eq!(code("cm01.corp.example", account()), "site_sign_in");
        assert_eq!(code("cm01.corp.example", SignIn::None), "site_sign_in");
        if SINGLE_SIGN_ON {
            for name in ["cm01", "10.0.0.7"] {
                assert_eq!(code(name, SignIn::CurrentUser), "provider_needs_full_name", "{name}");
            }
        } else {
            assert_eq!(code("cm01.corp.example", SignIn::CurrentUser), "no_single_sign_on");
        }
        Site::new(&connection("127.0.0.1:8080", SignIn::None), None).unwrap();
        let password = SitePassword::parse("pa55-w0rd").unwrap();
        let site = Site::new(&connection("cm01.corp.example", account()), Some(password)).unwrap();
        let shown = format!("{site:?}");
        assert!(shown.contains("svc-asw") && !shown.contains("pa55"), "{shown}");
    }

    #[test]
    fn readings_may_run_as_tasks() {
        fn is_send<T: Send>(_: T) {}
        let site = Site::new(&connection("127.0.0.1:8080", SignIn::None), None).unwrap();
        is_send(site.identify());
        is_send(site.collections());
        is_send(site.known_apps());
        is_send(site.members(&"SMS00001".parse().unwrap(), |_| Ok(())));
        is_send(site.device_names(|_| Ok(())));
    }
}
