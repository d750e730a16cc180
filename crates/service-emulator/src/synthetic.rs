//! A made-up project: workspaces with the flows of a configuration, and messages in them.
//!
//! Raw data is turned back into what a server would have said to get it: each run of a flow, each
//! person with a made-up way to reach them. So stage 3 makes of what is fetched here what it makes
//! of the raw data itself, and labels that go with that raw data fit.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono::TimeDelta;
use data_root::{DataRoot, FileError};
use pipeline_config::{Project, RapidProSource, RawDataSource};
use sample_data::{Options, SampleDataError};
use sha2::{Digest as _, Sha256};
use traced_data::{ReadError, TracedData, read_jsonl};

use crate::graph::Page;
use crate::rapidpro::{Contact, Flow, Run, Value, Workspace};

mod row;

use row::Row;

/// How phone numbers begin when raw data does not say it: those of the largest operator.
const COMMON_DIGITS: &str = "25261";

/// What the services have to give.
#[derive(Debug, Clone, Default)]
pub struct SyntheticProject {
    /// A workspace for each token file of the configuration's RapidPro sources.
    pub workspaces: Vec<Workspace>,
    /// A page for each Facebook source of the configuration.
    pub pages: Vec<Page>,
}

/// A project could not be made up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyntheticError {
    /// No messages could be made up for the configuration.
    #[error("could not make up messages")]
    SampleData(#[from] SampleDataError),
    /// The raw data cannot be read.
    #[error(transparent)]
    RawData(#[from] ReadError),
    /// A directory cannot be made or used.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no place for temporary files.
    #[error("could not make a temporary directory")]
    Temporary(#[from] std::io::Error),
}

/// Everybody in the raw data, each reached in the same way in all workspaces.
#[derive(Default)]
struct People(HashMap<String, Person>);

struct Person {
    number: usize,
    urn_type: String,
    operator_digits: Option<String>,
    is_tester: bool,
}

impl SyntheticProject {
    /// Makes up messages for a configuration; the same options give the same ones. One without a
    /// RapidPro source has none but those on Facebook.
    ///
    /// # Errors
    ///
    /// [`SyntheticError`] when the configuration has no place for messages.
    pub fn made(project: &Project, options: &Options) -> Result<Self, SyntheticError> {
        if rapidpro_sources(project).next().is_none() {
            return Ok(Self { workspaces: Vec::new(), pages: made_pages(project) });
        }
        let directory = tempfile::tempdir()?;
        sample_data::generate(project, options, &DataRoot::create(directory.path())?)?;
        Self::of_raw_data(project, directory.path())
    }

    /// The project that `Raw Data` of a data root could have come from. Flows without a file there
    /// are empty.
    ///
    /// # Errors
    ///
    /// [`SyntheticError::RawData`].
    pub fn of_raw_data(project: &Project, data_root: &Path) -> Result<Self, SyntheticError> {
        let sources: Vec<&RapidProSource> = rapidpro_sources(project).collect();
        let mut flows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
        let mut people = People::default();
        for source in &sources {
            for name in source.activation_flow_names.iter().chain(&source.survey_flow_names) {
                let path = DataRoot::open_to_read(data_root)?.raw_data_file(name)?;
                let objects = if path.is_file() { read_jsonl(&path)? } else { Vec::new() };
                let objects = objects.into_iter().map(TracedData::from);
                let rows: Vec<Row> = objects.filter_map(|it| Row::read(&it, name)).collect();
                rows.iter().for_each(|row| people.meet(row));
                flows.insert(name, rows);
            }
        }
        let mut workspaces: Vec<(&RapidProSource, Workspace)> = Vec::new();
        for source in sources {
            let is_same = |(other, _): &(&RapidProSource, Workspace)| {
                (&other.domain, &other.token_file_url) == (&source.domain, &source.token_file_url)
            };
            let place = workspaces.iter().position(is_same).unwrap_or_else(|| {
                let name = workspace_name(project, workspaces.len());
                let token = token_of(&source.token_file_url);
                workspaces.push((source, Workspace::new(&name, &token)));
                workspaces.len() - 1
            });
            for name in source.activation_flow_names.iter().chain(&source.survey_flow_names) {
                let rows = flows.get(name.as_str()).map_or(&[][..], Vec::as_slice);
                let testers = &source.test_contact_uuids;
                add_flow(&mut workspaces[place].1, name, rows, &people, testers);
            }
        }
        let workspaces = workspaces.into_iter().map(|(_, workspace)| workspace).collect();
        Ok(Self { workspaces, pages: made_pages(project) })
    }
}

impl People {
    fn meet(&mut self, row: &Row) {
        let number = self.0.len();
        let person = self.0.entry(row.person.clone()).or_insert_with(|| Person {
            number,
            urn_type: row.urn_type.clone(),
            operator_digits: None,
            is_tester: false,
        });
        person.is_tester |= row.is_test;
        if let Some(digits) = &row.operator_raw {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            person.operator_digits = Some(digits.clone()).filter(|_| is_number);
        }
    }

    /// How a person is reached: a number that nobody has.
    fn urn(&self, person: &Person) -> String {
        let digits = person.operator_digits.as_deref().unwrap_or(COMMON_DIGITS);
        let number = format!("{digits}{:07}", 5_550_000 + person.number);
        match &*person.urn_type {
            "tel" => format!("tel:+{number}"),
            other => format!("{other}:{number}"),
        }
    }
}

/// Adds a flow with its runs, and the contacts that the workspace does not know yet.
fn add_flow(
    workspace: &mut Workspace,
    name: &str,
    rows: &[Row],
    people: &People,
    testers: &[String],
) {
    let flow = uuid("flow", &format!("{} {name}", workspace.uuid));
    if workspace.flows.iter().any(|known| known.uuid == flow) {
        return;
    }
    let first = rows.iter().map(|row| row.created_on).min().unwrap_or_default();
    workspace.flows.push(Flow {
        uuid: flow.clone(),
        name: name.to_owned(),
        is_archived: false,
        created_on: first - TimeDelta::days(1),
        modified_on: first - TimeDelta::days(1),
    });
    let mut places: HashMap<String, usize> =
        workspace.contacts.iter().map(|it| it.uuid.clone()).zip(0..).collect();
    for row in rows {
        let person = &people.0[&row.person];
        let contact = contact_uuid(workspace, people, person, testers);
        let place = *places.entry(contact.clone()).or_insert_with(|| {
            let urn = people.urn(person);
            let mut contact = Contact::new(&contact, &[&urn], row.created_on);
            contact.name = Some(format!("Listener {}", person.number + 1));
            workspace.contacts.push(contact);
            workspace.contacts.len() - 1
        });
        let changes = &mut workspace.contacts[place].changes;
        changes.extend([row.created_on, row.modified_on]);
        changes.sort();
        changes.dedup();
        workspace.runs.push(run_of(row, &flow, contact));
    }
}

/// Testers have the UUIDs that the configuration knows them by.
fn contact_uuid(
    workspace: &Workspace,
    people: &People,
    person: &Person,
    testers: &[String],
) -> String {
    let n_before = || {
        let all = people.0.values();
        all.filter(|other| other.is_tester && other.number < person.number).count()
    };
    let tester = person.is_tester.then(|| testers.get(n_before())).flatten();
    tester
        .cloned()
        .unwrap_or_else(|| uuid("contact", &format!("{} {}", workspace.uuid, person.number)))
}

fn run_of(row: &Row, flow: &str, contact: String) -> Run {
    let values = row.answers.iter().map(|answer| {
        let value = Value {
            name: Some(answer.name.clone()),
            value: answer.text.clone(),
            input: answer.text.clone(),
            category: answer.category.clone(),
            node: uuid("node", &format!("{flow} {}", answer.key)),
            time: answer.time,
        };
        (answer.key.clone(), value)
    });
    Run {
        id: row.run_id,
        uuid: uuid("run", &format!("{flow} {}", row.run_id)),
        flow: flow.to_owned(),
        contact,
        start: None,
        values: values.collect(),
        created_on: row.created_on,
        modified_on: row.modified_on,
        exited_on: row.exited_on,
        exit_type: row.exit_type.clone(),
        shown_from: row.modified_on,
    }
}

/// The RapidPro sources of a configuration.
pub(crate) fn rapidpro_sources(project: &Project) -> impl Iterator<Item = &RapidProSource> {
    project.configuration.raw_data_sources.iter().filter_map(|source| match source {
        RawDataSource::RapidPro(source) => Some(source),
        _ => None,
    })
}

/// The pages of all Facebook sources, with posts and comments of this project's time.
fn made_pages(project: &Project) -> Vec<Page> {
    let configuration = &project.configuration;
    let start = configuration.project_start_date.to_utc();
    let sources = configuration.raw_data_sources.iter().filter_map(|source| match source {
        RawDataSource::Facebook(source) => Some(source),
        _ => None,
    });
    sources.map(|source| Page::made(source, &token_of(&source.token_file_url), start)).collect()
}

fn workspace_name(project: &Project, n_before: usize) -> String {
    let name = &project.configuration.pipeline_name;
    if n_before == 0 { name.clone() } else { format!("{name} {}", n_before + 1) }
}

/// The token that is in the token file at this URL.
pub fn token_of(token_file_url: &str) -> String {
    hex("token", token_file_url)[..40].to_owned()
}

/// A made-up UUID, always the same for the same thing.
pub(crate) fn uuid(kind: &str, name: &str) -> String {
    let hex = hex(kind, name);
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

fn hex(kind: &str, name: &str) -> String {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(name).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
