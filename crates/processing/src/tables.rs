//! The tables that stage 3 sorts: in memory, or put aside in sorted runs and merged.

use crate::counts::Counts;
use crate::person::PersonOutputs;
use crate::plan::Plans;
use crate::records::{Record, SortedRecords, merge};
use crate::reduce::CodaDataset;

/// About what an answer for a Coda file takes in memory, its suggested labels being shared.
const CODA_CANDIDATE_BYTES: usize = 400;

/// About what a record takes in memory, its texts aside.
const RECORD_BYTES: usize = size_of::<Record>() + 32;

/// What a group of people adds to the outputs, before it is sorted.
pub struct Collected {
    messages: Vec<Record>,
    individuals: Vec<Record>,
    /// By index of the plan.
    coda: Vec<CodaDataset>,
    /// By index of the radio show plan.
    icr: Vec<Vec<Record>>,
    counts: Counts,
    n_bytes: usize,
}

/// Which table: their number depends on the project only.
#[derive(Clone, Copy)]
pub(crate) enum Table {
    Messages,
    Individuals,
    /// By index of the plan.
    Coda(usize),
    /// By index of the radio show plan.
    Icr(usize),
}

/// Sorted tables of a group of people.
pub struct SortedTables {
    /// The tables, always as many and in the same order for one project.
    pub tables: Vec<Vec<Record>>,
}

/// Where the tables of one group of people can be read, in memory or elsewhere.
pub trait TableSource {
    /// How many records a table has.
    fn n_records(&self, table: usize) -> usize;

    /// The records of a table, in order; asked for once.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn records(&mut self, table: usize) -> std::io::Result<SortedRecords>;
}

impl Collected {
    pub(crate) fn new(plans: &Plans) -> Self {
        Self {
            messages: Vec::new(),
            individuals: Vec::new(),
            coda: plans.all().iter().map(|_| CodaDataset::default()).collect(),
            icr: plans.radio_show().iter().map(|_| Vec::new()).collect(),
            counts: Counts::default(),
            n_bytes: 0,
        }
    }

    pub(crate) fn add(&mut self, person: PersonOutputs) {
        self.counts.add(&person.counts);
        let n_records = person.messages.len() + person.icr.len() + 1;
        self.n_bytes += person.n_bytes + RECORD_BYTES * n_records;
        for (plan, order, candidate) in person.coda {
            let n_before = self.coda[plan].n_messages();
            self.coda[plan].add(order, candidate);
            let n_new = self.coda[plan].n_messages() - n_before;
            self.n_bytes += CODA_CANDIDATE_BYTES * n_new;
        }
        for (show, record) in person.icr {
            self.icr[show].push(record);
        }
        self.messages.extend(person.messages);
        self.individuals.extend(person.individual);
    }

    /// What came in, went out, and was dropped.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What it takes in memory, about.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// The tables, sorted. Within a person records of one position keep their order.
    pub fn into_sorted(self) -> SortedTables {
        let mut tables = vec![self.messages, self.individuals];
        tables.extend(self.coda.into_iter().map(CodaDataset::into_records));
        tables.extend(self.icr);
        for table in &mut tables {
            table.sort_by_key(|record| record.position);
        }
        SortedTables { tables }
    }
}

impl Table {
    pub(crate) fn n_tables(plans: &Plans) -> usize {
        Self::Icr(plans.radio_show().len()).index(plans)
    }

    /// The index of the table in [`SortedTables`] and [`TableSource`].
    pub(crate) fn index(self, plans: &Plans) -> usize {
        match self {
            Self::Messages => 0,
            Self::Individuals => 1,
            Self::Coda(plan) => 2 + plan,
            Self::Icr(show) => 2 + plans.all().len() + show,
        }
    }
}

impl TableSource for SortedTables {
    fn n_records(&self, table: usize) -> usize {
        self.tables[table].len()
    }

    fn records(&mut self, table: usize) -> std::io::Result<SortedRecords> {
        Ok(Box::new(std::mem::take(&mut self.tables[table]).into_iter().map(Ok)))
    }
}

/// The records of a table of all sources, in order.
///
/// # Errors
///
/// When a source cannot be read.
pub fn merged(
    sources: &mut [Box<dyn TableSource>],
    table: usize,
) -> std::io::Result<SortedRecords> {
    let records: Result<Vec<_>, _> =
        sources.iter_mut().map(|source| source.records(table)).collect();
    merge(records?)
}
