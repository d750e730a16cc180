//! A workspace, and what happens in it while it is read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::timeline::Timeline;

use super::archives::Archive;
use super::records::{Contact, Flow, Run};
use super::throttle::Throttle;

/// A workspace. All of it can be changed while the server runs.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its UUID.
    pub uuid: String,
    /// What people call it.
    pub name: String,
    /// What clients show to be let in.
    pub token: String,
    /// Flows, also those that were put aside.
    pub flows: Vec<Flow>,
    /// Contacts, also those that were deleted.
    pub contacts: Vec<Contact>,
    /// Runs that are listed.
    pub runs: Vec<Run>,
    /// Runs that are not, or not only.
    pub archives: Vec<Archive>,
    /// Whether it hides how contacts are reached.
    pub is_anonymous: bool,
    /// Whether runs say what people typed, as before version 9.3.129.
    pub gives_input: bool,
    /// Whether runs have numbers.
    pub gives_run_ids: bool,
    /// How many rows a page has.
    pub page_size: usize,
    /// How many requests of a kind are answered an hour.
    pub hourly_limit: usize,
    /// After how many more pages of runs a run that was not on them changes, as when somebody
    /// answers meanwhile.
    pub n_touches: usize,
    /// Links to archives that were given before are no longer good.
    pub(super) n_expired_links: u64,
    pub(super) throttle: Throttle,
}

impl Workspace {
    /// A workspace with nothing in it.
    pub fn new(name: &str, token: &str) -> Self {
        Self {
            uuid: crate::synthetic::uuid("workspace", name),
            name: name.to_owned(),
            token: token.to_owned(),
            flows: Vec::new(),
            contacts: Vec::new(),
            runs: Vec::new(),
            archives: Vec::new(),
            is_anonymous: false,
            gives_input: false,
            gives_run_ids: true,
            page_size: 250,
            hourly_limit: 3600,
            n_touches: 0,
            n_expired_links: 0,
            throttle: Throttle::default(),
        }
    }

    /// Moves the runs that last changed before this day to archives, as the server does when they
    /// are 90 days old: one a month, and one a day of a month that is not over. Days without runs
    /// have empty ones.
    pub fn archive_before(&mut self, day: chrono::NaiveDate) {
        let before = day.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
        let runs = std::mem::take(&mut self.runs);
        let (old, new) = runs.into_iter().partition(|run| run.modified_on < before);
        self.runs = new;
        let archives = super::archives::of_runs(self, old, day);
        self.archives.extend(archives);
    }

    /// A run as a line of an archive: with what was typed, without the URN and the start.
    pub fn archive_line(&self, run: &Run) -> serde_json::Value {
        super::archives::line(self, run)
    }

    /// As [`Workspace::archive_before`], but the runs stay in the list: the server is between making
    /// the archives and deleting the runs.
    pub fn archive_copies_before(&mut self, day: chrono::NaiveDate) {
        let runs = self.runs.clone();
        self.archive_before(day);
        self.runs = runs;
    }

    /// Links to archives that were given so far are no longer good.
    pub fn expire_links(&mut self) {
        self.n_expired_links += 1;
    }

    /// Lets all runs of a flow have changed at once, as an import does.
    pub fn set_modified_on(&mut self, flow_name: &str, time: DateTime<Utc>) {
        let flow = self.flows.iter().find(|flow| flow.name == flow_name);
        let uuid = flow.map(|flow| flow.uuid.clone()).unwrap_or_default();
        for run in self.runs.iter_mut().filter(|run| run.flow == uuid) {
            run.modified_on = time;
        }
    }

    /// Deletes a contact at this time. Its runs stay, and no longer say how it is reached.
    pub fn delete_contact(&mut self, uuid: &str, time: DateTime<Utc>) {
        for contact in self.contacts.iter_mut().filter(|contact| contact.uuid == uuid) {
            contact.is_deleted = true;
            contact.changes.push(time);
        }
    }

    /// Changes the first run of the flow that comes after `last` on a list that is read oldest
    /// first, and before it on others: one that was not read yet.
    pub(super) fn touch(&mut self, last: &Run, is_oldest_first: bool, timeline: &Timeline) {
        if self.n_touches == 0 {
            return;
        }
        self.n_touches -= 1;
        let Some(newest) = self.runs.iter().map(|run| run.modified_on).max() else { return };
        let (uuid, flow, at) = (last.uuid.clone(), last.flow.clone(), last.modified_on);
        let unread = self.runs.iter_mut().filter(|run| {
            let is_ahead =
                if is_oldest_first { at < run.modified_on } else { run.modified_on < at };
            run.flow == flow && run.uuid != uuid && is_ahead && timeline.shows(run.shown_from)
        });
        if let Some(run) = unread.min_by_key(|run| (run.modified_on - at).abs()) {
            run.modified_on = newest + TimeDelta::seconds(1);
        }
    }
}
