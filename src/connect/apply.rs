//! Making a connection: intent, then a look at everything, then secrets, then Azure. Where that fails it is undone, or kept for
//! another attempt; after a kill it is taken up again.

use chrono::Utc;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::history::{self, undo};
use super::make::Make;
use super::readiness::{self, Readiness};
use super::rights::Aid;
use super::{Ground, adopt, remove, secrets};
use crate::azure::Azure;
use crate::model::connection::SetupSecrets;
use crate::model::group::Owner;
use crate::model::report::{FoundConnection, Standing};
use crate::model::{Connection, ConnectionId, ConnectionState, Failure, Problem, Result, Setup, SignIn, Warning};
use crate::platform::checkpoint;
use crate::store::{RunKind, SecretKind, Store};

/// A connection that stands.
pub struct Connected {
    /// The connection.
    pub connection: Connection,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// What becomes of a connection whose making does not come to its end, where something beyond our own record was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It is taken away again: a command leaves nothing half made.
    Undo,
    /// It stays as it is, so that the next attempt goes on from there: a person is looking on.
    Keep,
}

/// How a connection is made.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// What becomes of one that is not made to its end.
    pub on_failure: OnFailure,
    /// Azure as an administrator sees it who has signed in: then rule and role of history are made with that sign-in.
    pub person: Option<&'a Azure>,
}

impl From<OnFailure> for How<'_> {
    fn from(on_failure: OnFailure) -> Self {
        let person = None;
        Self { on_failure, person }
    }
}

/// Makes a connection. Asked again for the same set-up it finishes what was interrupted, or finds it made already.
///
/// Its intent is on record before anything is asked, so that a kill at any moment leaves a connection to go on with.
///
/// # Errors
/// The first thing that is not ready; [`Problem::NameTaken`]; [`Problem::Busy`]; the keyring's, the store's or Azure's. A record
/// that this attempt has made and nothing else stands for is forgotten again.
pub async fn connect(ground: &Ground<'_>, setup: &Setup, secrets: &SetupSecrets, how: How<'_>) -> Result<Connected> {
    is_built(setup)?;
    let earlier = earlier(ground, setup)?;
    if let Some(ready) = earlier
        .as_ref()
        .filter(|earlier| earlier.state == ConnectionState::Ready)
    {
        ground.keeps_secrets(ready.id)?;
    }
    let connection = earlier.clone().unwrap_or_else(|| intended(setup, None));
    let _lock = ground.lock(connection.id, setup.name.as_str())?;
    if self::earlier(ground, setup)? != earlier {
        // Another command was at work on it until a moment ago.
        let name = setup.name.to_string();
        return Err(Problem::Busy { name }.into());
    }
    let attempt = Attempt {
        ground,
        setup,
        secrets,
        earlier,
        adopted: None,
        how,
    };
    attempt.run(connection).await
}

/// A connection that is taken over.
pub(super) struct Adopted<'a> {
    pub found: &'a FoundConnection,
    /// What must be there: the set-up, before the collections that have a group already were added to it.
    pub checked: Setup,
}

/// One attempt, while the lock is held.
pub(super) struct Attempt<'a> {
    pub ground: &'a Ground<'a>,
    pub setup: &'a Setup,
    pub secrets: &'a SetupSecrets,
    /// What stood before.
    pub earlier: Option<Connection>,
    /// What another machine has made, where that is taken over.
    pub adopted: Option<Adopted<'a>>,
    pub how: How<'a>,
}

impl Attempt<'_> {
    pub(super) async fn run(&self, connection: Connection) -> Result<Connected> {
        let ground = self.ground;
        if self.earlier.is_none() {
            ground.store.insert_intent(&connection, Utc::now())?;
        }
        checkpoint("connect: begun");
        // Boxed: it is many futures deep.
        let whole = Box::pin(self.whole(connection.clone()));
        let connected = ground
            .recorded(connection.id, RunKind::Connect, whole, |_| json!({}))
            .await;
        if connected.is_err() {
            self.forget_bare(&connection);
        }
        connected
    }

    async fn whole(&self, connection: Connection) -> Result<Connected> {
        let ground = self.ground;
        let adopted = self.adopted.as_ref();
        let known = Aid::of(connection.history.as_ref(), self.how.person);
        let aid = Aid {
            rule: known.rule.or(adopted.and_then(|adopted| adopted.found.rule.as_ref())),
            ..known
        };
        let checked = adopted.map_or(self.setup, |adopted| &adopted.checked);
        let ready = readiness::check(checked, self.secrets, aid, ground.tell, ground.stop).await?;
        if let Some(failure) = ready.first_failure() {
            return Err(failure.clone());
        }
        same_site(self.earlier.as_ref(), &ready)?;
        if let Some(adopted) = adopted {
            adopt::take_over(ground, &connection, &ready, adopted.found).await?;
        }
        self.made(connection, ready).await
    }

    /// Makes what is to be made, now that everything it needs is there.
    async fn made(&self, connection: Connection, ready: Readiness) -> Result<Connected> {
        let ground = self.ground;
        let mut warnings = ready.warnings();
        let with_history = ready.delivers_history();
        let (Some(azure), Some(site)) = (ready.azure, ready.site) else {
            let what = "all checks passed without a site or a sign-in".to_owned();
            return Err(Problem::Internal { what }.into());
        };
        let owner = Owner {
            connection: connection.id,
            site: site.code.clone(),
        };
        let mut connection = Connection {
            setup: self.setup.clone(),
            workspace: ready.workspace,
            site: Some(site),
            ..connection
        };
        let work = Make {
            ground,
            azure: &azure,
            person: self.how.person,
            owner: &owner,
        };
        match work.all(&mut connection, self.secrets, with_history).await {
            Ok(more) => warnings.extend(more),
            Err(failure) => {
                return Err(match self.how.on_failure {
                    OnFailure::Undo => self.undo(&connection, &azure, failure).await,
                    OnFailure::Keep => self.with_made(failure, connection.id),
                });
            }
        }
        let left = secrets::sweep(ground.store, ground.vault, connection.id).await?;
        if left > 0 {
            warnings.push(Warning::LeftInKeyring { entries: left });
        }
        if !ground.vault.is_persistent() {
            warnings.push(Warning::SecretsInMemory);
        }
        connection.state = ConnectionState::Ready;
        Ok(Connected { connection, warnings })
    }

    /// Takes away what a failed attempt had made. Where even that fails, the connection stays on record as half made, so that the
    /// same command can finish it or `remove` can take it away.
    async fn undo(&self, connection: &Connection, azure: &Azure, failure: Failure) -> Failure {
        let ground = self.ground;
        let recorded =
            matches!(ground.store.connection(&connection.setup.name), Ok(Some(found)) if found.id == connection.id);
        if connection.state == ConnectionState::Ready || !recorded {
            return failure; // it stood before this attempt, and stands now; or nothing was begun
        }
        // A wish to stop is no reason to leave things half made.
        let unstoppable = CancellationToken::new();
        let ground = Ground {
            stop: &unstoppable,
            ..*ground
        };
        let undone = match &self.adopted {
            Some(_) => Box::pin(self.undo_adopting(&ground, connection, azure)).await,
            None => remove::take_away(&ground, connection, remove::Reach::new(azure, self.how.person)).await,
        };
        match undone {
            Ok(()) => failure,
            Err(also) => self.with_made(failure, connection.id).with(
                "Left half made",
                format!("{} ({})", connection.setup.name, also.problem().code()),
            ),
        }
    }

    /// What stood in Azure before belongs to the connection, and not to the attempt to take it over.
    async fn undo_adopting(&self, ground: &Ground<'_>, connection: &Connection, azure: &Azure) -> Result<()> {
        let makers: Vec<&Azure> = [Some(azure), self.how.person].into_iter().flatten().collect();
        undo::undo(&makers, connection, &ground.store.made(connection.id)?).await?;
        remove::take_away(ground, connection, remove::Reach::HERE).await
    }

    /// A failure that says what stands in Azure because of it.
    fn with_made(&self, failure: Failure, id: ConnectionId) -> Failure {
        let made = self.ground.store.made(id).unwrap_or_default();
        history::with_made(failure, &made)
    }

    /// Nothing but our own record stands: then not even that, unless it stood before.
    fn forget_bare(&self, connection: &Connection) {
        let store = self.ground.store;
        if self.earlier.is_some() || standing(store, self.setup) != Standing::Recorded {
            return;
        }
        if let Err(failure) = store.forget(connection.id, Utc::now()) {
            let code = failure.problem().code();
            tracing::warn!(code, "a connection that was not made stays on record as half made");
        }
    }
}

/// What stands of the connection that a set-up asks for. Another connection that has its name is none of it. Where our memory
/// cannot be read, the most that there can be.
pub fn standing(store: &Store, setup: &Setup) -> Standing {
    stands(store, setup).unwrap_or(Standing::Begun)
}

fn stands(store: &Store, setup: &Setup) -> Result<Standing> {
    let found = store.connection(&setup.name)?;
    let Some(found) = found.filter(|found| is_asked_for(found, setup)) else {
        return Ok(Standing::Nothing);
    };
    Ok(match found.state {
        ConnectionState::Ready => Standing::Ready,
        ConnectionState::Removing => Standing::Nothing,
        ConnectionState::Connecting if has_entries(store, found.id)? => Standing::Begun,
        ConnectionState::Connecting => Standing::Recorded,
    })
}

/// Whether the keyring may hold anything of a connection; Azure is reached only after that.
fn has_entries(store: &Store, id: ConnectionId) -> Result<bool> {
    Ok(store.current_entry(id, SecretKind::ClientSecret)?.is_some()
        || store.current_entry(id, SecretKind::SitePassword)?.is_some()
        || !store.stray_entries(Some(id))?.is_empty())
}

/// Whether this version can do what the set-up asks for; said before anybody is asked for a secret.
///
/// # Errors
/// [`Problem::NotBuilt`].
pub fn is_built(setup: &Setup) -> Result<()> {
    match &setup.site.sign_in {
        SignIn::CurrentUser if !crate::configmgr::SINGLE_SIGN_ON => {
            let what = "The sign-in to the site as the current user (sign_in = \"current-user\", by Kerberos)";
            Err(Problem::NotBuilt { what: what.to_owned() }.into())
        }
        SignIn::CurrentUser | SignIn::Account(_) | SignIn::None => Ok(()),
    }
}

/// The connection of this name that may be taken up again: one that was asked to be the same. A renewed secret key has
/// another expiry and is no other connection for it.
fn earlier(ground: &Ground<'_>, setup: &Setup) -> Result<Option<Connection>> {
    let Some(found) = ground.store.connection(&setup.name)? else {
        return Ok(None);
    };
    let name = &setup.name;
    if found.state == ConnectionState::Removing {
        let what = format!("\"{name}\" is being removed: run asw remove again to finish that");
        return Err(Problem::Usage { what }.into());
    }
    if is_asked_for(&found, setup) {
        return Ok(Some(found));
    }
    Err(Problem::NameTaken { name: name.to_string() }.into())
}

/// Whether a connection was asked to be the same; when its secret key expires is no matter.
fn is_asked_for(found: &Connection, setup: &Setup) -> bool {
    let mut wanted = setup.clone();
    wanted.app.secret_expiry = found.setup.app.secret_expiry;
    found.setup == wanted
}

/// A connection belongs to one site for life: its groups would otherwise mix two.
fn same_site(earlier: Option<&Connection>, ready: &Readiness) -> Result<()> {
    let was = earlier.and_then(|earlier| earlier.site.as_ref());
    match (was, &ready.site) {
        (Some(was), Some(now)) => was.must_be(now),
        _ => Ok(()),
    }
}

/// A connection that is about to be made.
pub(super) fn intended(setup: &Setup, id: Option<ConnectionId>) -> Connection {
    Connection {
        id: id.unwrap_or_else(|| ConnectionId::new(Uuid::new_v4())),
        state: ConnectionState::Connecting,
        setup: setup.clone(),
        workspace: None,
        site: None,
        history: None,
    }
}
