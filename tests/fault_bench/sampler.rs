//! A reader who asks the workspace for all groups through the query endpoint, again and again: each group by its function name, and
//! history by its function. It signs in by itself and shares nothing with the program but the names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use azure_services_wizard::lab::info::LabInfo;
use azure_services_wizard::model::history::FUNCTION;
use azure_services_wizard::model::{CollectionId, group, reader};
use serde_json::Value;
use url::Url;

use super::stage::Stage;
use super::versions::{Members, Shown, Versions, difference};

/// Apps that may read, and that the program does not use. Each may ask 200 times at once and then six times a second.
const READERS: [&str; 3] = ["reader", "no-publisher", "owner"];
/// Between two looks at the least.
const PAUSE: Duration = Duration::from_millis(25);

/// By a group's own function.
const GROUP: &str = "group";
/// By the function of history.
const HISTORY: &str = "history";
/// By the text that a group too large for texts has, whatever the group is made of now.
const ROWS: &str = "rows";

pub struct Sampler {
    http: reqwest::Client,
    tokens: [Option<String>; READERS.len()],
    turn: usize,
    versions: Versions,
    shown: Shown,
    /// Looks at everything.
    pub samples: usize,
    /// Memberships that were compared.
    pub answers: usize,
}

/// What a query comes to.
enum Answer {
    Rows(Vec<Vec<Value>>),
    /// The service does not take the query: a name in it is not there.
    Refused(String),
}

impl Sampler {
    pub fn of(stage: &Stage) -> Self {
        let mut versions = Versions::default();
        versions.learn(&stage.bench.lab, &stage.chosen);
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            tokens: Default::default(),
            turn: 0,
            versions,
            shown: Shown::default(),
            samples: 0,
            answers: 0,
        }
    }

    /// Steps from version to version that were seen.
    pub fn versions_shown(&self) -> usize {
        self.shown.steps()
    }

    /// Looks until something is wrong, and says what.
    pub async fn keep_looking(&mut self, stage: &Stage) -> String {
        loop {
            let started = Instant::now();
            if let Err(wrong) = self.look(stage).await {
                return wrong;
            }
            // As long again as it took: the publication needs the machine as well.
            tokio::time::sleep(started.elapsed().max(PAUSE)).await;
        }
    }

    /// One look at everything.
    async fn look(&mut self, stage: &Stage) -> Result<(), String> {
        self.groups(stage).await?;
        if stage.history {
            self.history(stage).await?;
        }
        self.samples += 1;
        Ok(())
    }

    /// Every group that stands; one that was there once must stand.
    async fn groups(&mut self, stage: &Stage) -> Result<BTreeMap<String, Members>, String> {
        let standing: BTreeSet<String> = stage.saved_searches().into_iter().collect();
        let mut found = BTreeMap::new();
        for id in &stage.chosen {
            let collection: CollectionId = id.parse().unwrap();
            let stands = standing.contains(&group::group_id(stage.connection.id, &collection));
            if !stands && !self.shown.has_seen(GROUP, id) {
                continue;
            }
            let members = match self.ask(stage, &stage.alias(&collection)).await? {
                Answer::Rows(rows) => column(&rows, 0),
                Answer::Refused(why) => return Err(format!("the group of {id} does not answer: {why}")),
            };
            found.insert(id.clone(), members);
        }
        // Versions that came meanwhile are no harm: none is skipped that was there when the answer was.
        self.versions.learn(&stage.bench.lab, &stage.chosen);
        for (id, members) in &found {
            self.shown.look(&self.versions, GROUP, id, members)?;
            self.answers += 1;
        }
        Ok(found)
    }

    /// All memberships that history shows by its function, and one collection in turn by the text of large groups. A membership
    /// that is not there yet looks as if it were empty, until it was seen once.
    async fn history(&mut self, stage: &Stage) -> Result<BTreeMap<String, Members>, String> {
        let query = format!("{FUNCTION} | project GroupId, Computer");
        let mut by_collection: BTreeMap<String, Members> = BTreeMap::new();
        match self.ask(stage, &query).await? {
            Answer::Rows(rows) => {
                for row in rows {
                    let (Some(id), Some(name)) = (row[0].as_str(), row[1].as_str()) else {
                        return Err(format!("{HISTORY}: not a member: {row:?}"));
                    };
                    by_collection.entry(id.to_owned()).or_default().push(name.to_owned());
                }
            }
            Answer::Refused(why) => return Err(format!("{HISTORY}: the function does not answer: {why}")),
        }
        self.versions.learn(&stage.bench.lab, &stage.chosen);
        for id in &stage.chosen {
            let members = sorted(by_collection.remove(id).unwrap_or_default());
            self.shown_by_rows(HISTORY, id, &members)?;
            by_collection.insert(id.clone(), members);
        }
        self.large(stage, self.samples % stage.chosen.len()).await?;
        Ok(by_collection)
    }

    async fn large(&mut self, stage: &Stage, place: usize) -> Result<Members, String> {
        let id = &stage.chosen[place];
        let query = reader::members(stage.connection.id, &id.parse().unwrap());
        let members = match self.ask(stage, &query).await? {
            Answer::Rows(rows) => column(&rows, 0),
            Answer::Refused(why) => return Err(format!("{ROWS}: {id} does not answer: {why}")),
        };
        self.versions.learn(&stage.bench.lab, &stage.chosen);
        self.shown_by_rows(ROWS, id, &members)?;
        Ok(members)
    }

    fn shown_by_rows(&mut self, way: &'static str, id: &str, members: &Members) -> Result<(), String> {
        if members.is_empty() && !self.shown.has_seen(way, id) {
            return Ok(());
        }
        self.answers += 1;
        self.shown.look(&self.versions, way, id, members)
    }

    /// What still differs from the newest truth; of a collection that the site does not show, what it was keeps.
    ///
    /// # Errors
    /// Where something is no version at all.
    pub async fn difference_to_truth(&mut self, stage: &Stage) -> Result<String, String> {
        let mut found = vec![(GROUP, self.groups(stage).await?)];
        if stage.history {
            found.push((HISTORY, self.history(stage).await?));
            let mut large = BTreeMap::new();
            for (place, id) in stage.chosen.iter().enumerate() {
                large.insert(id.clone(), self.large(stage, place).await?);
            }
            found.push((ROWS, large));
        }
        self.versions.learn(&stage.bench.lab, &stage.chosen);
        let mut left = Vec::new();
        for (way, groups) in &found {
            for id in stage.chosen.iter().filter(|id| !stage.gone.contains(id)) {
                let truth = self.versions.newest(id);
                match groups.get(id) {
                    Some(members) if members == truth => {}
                    Some(members) => left.push(format!("{way} of {id}: {}", difference(members, truth))),
                    None => left.push(format!("{way} of {id} is not there")),
                }
            }
        }
        Ok(left.join("; "))
    }

    /// Asks one query, by GET. A refused token is renewed, and a reader who has asked too much gives way to the next.
    async fn ask(&mut self, stage: &Stage, query: &str) -> Result<Answer, String> {
        let info = stage.bench.lab.info();
        let customer = &info.workspaces[0].customer_id;
        let address = format!("{}/v1/workspaces/{customer}/query", info.query);
        let url = Url::parse_with_params(&address, [("query", query)]).unwrap();
        let mut said = String::new();
        for _ in 0..60 {
            let place = self.turn % READERS.len();
            let token = match self.tokens[place].clone() {
                Some(token) => token,
                None => self.sign_in(stage, place).await,
            };
            let answer = self.http.get(url.clone()).bearer_auth(token).send().await;
            let answer = answer.map_err(|cause| format!("the query endpoint does not answer: {cause}"))?;
            let status = answer.status().as_u16();
            let body = answer.text().await.unwrap_or_default();
            match status {
                200 => return rows(&body),
                400 => return Ok(Answer::Refused(body)),
                401 => self.tokens[place] = None,
                429 => {
                    self.turn += 1;
                    tokio::time::sleep(PAUSE * 4).await;
                }
                _ => {}
            }
            said = format!("{status} {body}");
        }
        Err(format!("the query endpoint answers the reader with {said}"))
    }

    async fn sign_in(&mut self, stage: &Stage, place: usize) -> String {
        let info: &LabInfo = stage.bench.lab.info();
        let app = info.apps.iter().find(|app| app.label == READERS[place]).unwrap();
        let form = [
            ("client_id", app.client_id.as_str()),
            ("client_secret", &app.secret),
            (
                "scope",
                &format!("{}/.default", stage.connection.setup.environment.query_audience),
            ),
            ("grant_type", "client_credentials"),
        ];
        let address = format!("{}/{}/oauth2/v2.0/token", info.authority, info.tenant.name);
        let answer = self.http.post(address).form(&form).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        self.tokens[place] = Some(token.clone());
        token
    }
}

fn rows(body: &str) -> Result<Answer, String> {
    let answer: Value = serde_json::from_str(body).map_err(|cause| format!("{cause}: {body}"))?;
    let rows = answer["tables"][0]["rows"]
        .as_array()
        .ok_or_else(|| format!("no rows: {body}"))?;
    let row = |row: &Value| row.as_array().cloned().unwrap_or_default();
    Ok(Answer::Rows(rows.iter().map(row).collect()))
}

fn column(rows: &[Vec<Value>], place: usize) -> Members {
    let cell = |row: &Vec<Value>| row[place].as_str().unwrap_or("(no text)").to_owned();
    sorted(rows.iter().map(cell).collect())
}

fn sorted(mut members: Members) -> Members {
    members.sort();
    members
}
