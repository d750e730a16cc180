//! A fetch: from the server to the raw data of all flows of one workspace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use data_root::{DataRoot, WholeFiles};
use fetching::{OperatorLabels, RawFile, RunIdentity, Time};
use pipeline_config::RapidProSource;
use serde::Deserialize;
use tracing::{info, warn};
use uuid_table::UuidTable;

use crate::answers::{Archive, Flow, ServerContact};
use crate::archives;
use crate::client::{ContactStatus, RapidPro, find_flow};
use crate::convert::{Converter, Skip};
use crate::deidentify::deidentify;
use crate::error::RapidProError;
use crate::merge::Contacts;
use crate::records::{RawContact, RawRun};
use crate::workspaces::WorkspaceSources;

mod flow;

use flow::FlowFetch;

/// How far behind the newest known row a fetch begins: the server can show rows late, from a copy of
/// its database or after a long transaction.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// How many flows are fetched at once.
const N_THREADS: usize = 4;

/// Fetches the flows of the sources in one workspace.
pub struct Fetch<'a> {
    /// The workspace, which flows, and who tests.
    pub workspace: &'a WorkspaceSources<'a>,
    /// Where people get their ids.
    pub table: &'a UuidTable,
    /// Where the files are.
    pub data_root: &'a DataRoot,
    /// Who fetches, and when.
    pub run: &'a RunIdentity,
    /// How runs of radio shows are labelled with operators.
    pub operators: Option<&'a OperatorLabels>,
    /// Is told how many more runs came in.
    pub on_progress: &'a (dyn Fn(u64) + Sync),
}

/// What a fetch did.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The name of the workspace.
    pub workspace: String,
    /// How many runs are new or changed, without those of contacts that were deleted.
    pub n_new_runs: u64,
    /// How many runs are in the raw data now.
    pub n_runs: u64,
    /// How many runs are not, and why.
    pub skipped: BTreeMap<Skip, u64>,
    /// The raw data that was written.
    pub files: Vec<PathBuf>,
    /// The flows that kept their old files.
    pub failures: Vec<FlowFailure>,
}

/// A flow that kept its old files.
#[derive(Debug, thiserror::Error)]
#[error("could not fetch flow `{flow}`")]
pub struct FlowFailure {
    /// The name of the flow.
    pub flow: String,
    /// Why.
    pub source: RapidProError,
}

/// A contact in a raw file: ours, or as the original wrote it.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredContact {
    Ours(RawContact),
    Original(ServerContact),
}

impl Fetch<'_> {
    /// Fetches all flows. One that fails keeps its old files and does not keep the others from being
    /// fetched.
    ///
    /// # Errors
    ///
    /// [`RapidProError`] when no flow can be fetched: the server does not take the token, the
    /// contacts cannot be had. Pages that came in are kept for the next time.
    pub fn run(&self) -> Result<Fetched, RapidProError> {
        let workspace = &self.workspace.workspace;
        if workspace.anon {
            warn!(workspace = workspace.name, "The workspace hides who people are: no runs.");
        }
        let known_flows = self.server().flows()?;
        let mut fetched = Fetched { workspace: workspace.name.clone(), ..Fetched::default() };
        let mut flows = self.open_flows(&known_flows, &mut fetched);
        self.fetch_archives(&mut flows)?;
        self.fetch_runs(&mut flows);
        let (contacts, contacts_file) = self.fetch_contacts()?;
        let files = WholeFiles::new();
        contacts_file.write(contacts.sorted(), &files)?;
        files.commit()?;
        contacts_file.remove_empty_pages();
        for flow in flows {
            let name = flow.name.to_owned();
            if let Err(source) = self.finish_flow(flow, &contacts, &mut fetched) {
                fetched.failures.push(FlowFailure { flow: name, source });
            }
        }
        Ok(fetched)
    }

    fn server(&self) -> &RapidPro {
        &self.workspace.server
    }

    fn open_flows<'f>(&'f self, known: &[Flow], fetched: &mut Fetched) -> Vec<FlowFetch<'f>> {
        let workspace = fetched.workspace.clone();
        let mut flows: Vec<FlowFetch<'f>> = Vec::new();
        for name in self.workspace.sources.iter().copied().flat_map(flow_names) {
            if flows.iter().any(|flow| flow.name == name) {
                continue;
            }
            let opened = find_flow(known, name, &workspace)
                .and_then(|flow| FlowFetch::open(name, &flow.uuid, self.data_root));
            match opened {
                Ok(flow) => flows.push(flow),
                Err(source) => {
                    fetched.failures.push(FlowFailure { flow: name.clone(), source });
                }
            }
        }
        flows
    }

    /// Adds the runs that the server no longer lists, the oldest first.
    fn fetch_archives(&self, flows: &mut [FlowFetch<'_>]) -> Result<(), RapidProError> {
        for archive in self.server().archives()? {
            let mut wanting: Vec<&mut FlowFetch<'_>> =
                flows.iter_mut().filter(|flow| flow.wants(&archive)).collect();
            if wanting.is_empty() {
                continue;
            }
            let result = self.fetch_archive(&archive, &mut wanting);
            if let Err(error) = result {
                // Going on would leave a gap behind the cursor.
                let message = error.to_string();
                let mut error = Some(error);
                for flow in wanting {
                    let source = error
                        .take()
                        .unwrap_or_else(|| RapidProError::BrokenOff { because: message.clone() });
                    flow.failure = Some(source);
                }
            }
        }
        Ok(())
    }

    fn fetch_archive(
        &self,
        archive: &Archive,
        flows: &mut [&mut FlowFetch<'_>],
    ) -> Result<(), RapidProError> {
        let uuids: Vec<String> = flows.iter().map(|flow| flow.uuid.clone()).collect();
        let is_wanted = |uuid: &str| uuids.iter().any(|wanted| wanted == uuid);
        archives::fetch(self.server(), archive, is_wanted, |uuid, runs| {
            (self.on_progress)(runs.len() as u64);
            match flows.iter_mut().find(|flow| flow.uuid == uuid) {
                Some(flow) => flow.add_page(runs),
                None => Ok(()),
            }
        })?;
        flows.iter_mut().try_for_each(|flow| flow.has_all_of(archive))
    }

    /// Adds what changed since the last time, several flows at once.
    fn fetch_runs(&self, flows: &mut [FlowFetch<'_>]) {
        let left = Mutex::new(flows.iter_mut().filter(|flow| flow.failure.is_none()));
        let work = || {
            loop {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(flow) = next else { break };
                flow.failure = self.fetch_runs_of(flow).err();
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..N_THREADS {
                scope.spawn(work);
            }
            work();
        });
    }

    fn fetch_runs_of(&self, flow: &mut FlowFetch<'_>) -> Result<(), RapidProError> {
        let (name, uuid, after) = (flow.name, flow.uuid.clone(), flow.cursor());
        self.server().runs(name, &uuid, after, |page: Vec<RawRun>| {
            (self.on_progress)(page.len() as u64);
            flow.add_page(page)
        })
    }

    /// The contacts of the workspace, after the runs: nobody who answered is missing then.
    fn fetch_contacts(&self) -> Result<(Contacts, RawFile), RapidProError> {
        let name = format!("{}_contacts", self.workspace.file_name);
        let mut file = RawFile::new(self.data_root.raw_server_file(&name)?);
        let mut contacts = Contacts::default();
        file.read(|records: Vec<StoredContact>| {
            self.of_stored(records)?.into_iter().for_each(|contact| contacts.add(contact));
            Ok::<_, RapidProError>(())
        })?;
        for status in [ContactStatus::Present, ContactStatus::Deleted] {
            // Each list has a cursor of its own: one can be cut off when the other is complete.
            let latest = contacts.latest(status == ContactStatus::Deleted);
            self.server().contacts(status, cursor(latest), |page| {
                let mut changed = deidentify(self.table, page, status)?;
                changed.retain(|contact| contacts.get(&contact.uuid) != Some(contact));
                if !changed.is_empty() {
                    file.save_page(&changed)?;
                }
                changed.into_iter().for_each(|contact| contacts.add(contact));
                Ok(())
            })?;
        }
        Ok((contacts, file))
    }

    /// Contacts of a raw file. Those that the original wrote are de-identified now.
    fn of_stored(&self, records: Vec<StoredContact>) -> Result<Vec<RawContact>, RapidProError> {
        let mut contacts = Vec::with_capacity(records.len());
        let mut original = Vec::new();
        for record in records {
            match record {
                StoredContact::Ours(contact) => contacts.push(contact),
                StoredContact::Original(contact) => original.push(contact),
            }
        }
        contacts.extend(deidentify(self.table, original, ContactStatus::Present)?);
        Ok(contacts)
    }

    /// Writes the files of a flow, which then appear together.
    fn finish_flow(
        &self,
        mut flow: FlowFetch<'_>,
        contacts: &Contacts,
        fetched: &mut Fetched,
    ) -> Result<(), RapidProError> {
        if let Some(failure) = flow.failure.take() {
            return Err(failure);
        }
        let sources = self.workspace.sources.iter();
        let mut activation = sources.clone().flat_map(|source| &source.activation_flow_names);
        let is_activation = activation.any(|name| name == flow.name);
        let operators = self.operators.filter(|_| is_activation);
        let test_contacts = sources.flat_map(|source| &source.test_contact_uuids);
        let converter = Converter::new(flow.name, contacts, test_contacts, operators, self.run);
        let name = flow.name;
        let written = flow.write(&converter, self.data_root)?;
        let (n_new_runs, n_runs) = (written.n_new_runs, written.n_runs);
        let n_skipped = written.skipped.values().sum::<u64>();
        info!(flow = name, n_new_runs, n_runs, n_skipped, "Fetched a flow.");
        fetched.n_new_runs += n_new_runs;
        fetched.n_runs += n_runs;
        fetched.files.push(written.path);
        for (skip, n) in written.skipped {
            *fetched.skipped.entry(skip).or_default() += n;
        }
        Ok(())
    }
}

/// The cursor: what changed at this time or later is asked for.
fn cursor(latest: Option<Time>) -> Option<Time> {
    latest.map(|latest| latest.earlier_by(OVERLAP))
}

fn flow_names(source: &RapidProSource) -> impl Iterator<Item = &String> {
    source.activation_flow_names.iter().chain(&source.survey_flow_names)
}
