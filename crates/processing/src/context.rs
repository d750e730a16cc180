//! What steps share: the configuration made ready, and messages between two steps.

use std::sync::Arc;

use iso_time::Instant;
use pipeline_config::PipelineConfiguration;
use serde::{Deserialize, Serialize};
use traced_data::{History, Key, Metadata, TracedData};

use crate::coded::CodedLabels;
use crate::columns::Columns;
use crate::error::ProcessingError;
use crate::plan::Plans;
use crate::steps::translate_source_keys::SourceKeys;

/// How far the stage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Up to the messages and individuals files.
    AllStages,
    /// Up to what coders need: Coda files, ICR, the production file.
    AutoCodeOnly,
}

/// What the steps need to know.
pub(crate) struct Context<'a> {
    pub(crate) configuration: &'a PipelineConfiguration,
    pub(crate) plans: Plans,
    pub(crate) coded: CodedLabels,
    pub(crate) columns: Columns,
    pub(crate) source_keys: SourceKeys,
    pub(crate) mode: Mode,
    pub(crate) activation_flows: Vec<String>,
    pub(crate) survey_flows: Vec<String>,
    pub(crate) by: StepMetadata,
}

impl Context<'_> {
    /// Reads a time of a message.
    pub(crate) fn parse_time(
        &self,
        message: &Message,
        key: Key,
        text: &str,
    ) -> Result<Instant, ProcessingError> {
        iso_time::parse(text).map_err(|_| ProcessingError::BadTime {
            flow: self.activation_flows[message.place.flow].clone(),
            line: message.place.line,
            key,
            text: text.to_owned(),
        })
    }
}

/// The metadata that each step puts on its updates.
pub(crate) struct StepMetadata {
    pub(crate) join: Arc<Metadata>,
    pub(crate) translate_source_keys: Arc<Metadata>,
    pub(crate) ws_correction: Arc<Metadata>,
    pub(crate) auto_code: Arc<Metadata>,
    pub(crate) manual_codes: Arc<Metadata>,
    pub(crate) missing_codes: Arc<Metadata>,
    pub(crate) imputation: Arc<Metadata>,
    pub(crate) coding_errors: Arc<Metadata>,
    pub(crate) consent: Arc<Metadata>,
    pub(crate) fold: Arc<Metadata>,
}

impl StepMetadata {
    pub(crate) fn new(user: &str, started_at: &str) -> Self {
        let step = |name| Arc::new(Metadata::new(user, &format!("processing::{name}"), started_at));
        Self {
            join: step("join"),
            translate_source_keys: step("translate_source_keys"),
            ws_correction: step("ws_correction"),
            auto_code: step("auto_code"),
            manual_codes: step("manual_codes"),
            missing_codes: step("missing_codes"),
            imputation: step("imputation"),
            coding_errors: step("coding_errors"),
            consent: step("consent"),
            fold: step("fold"),
        }
    }
}

/// Where a message stands among all: its place in the raw data, or after moves the place of the
/// person's first message, then the place among the person's messages.
pub(crate) type Order = (u64, u32);

/// Where a raw object was read.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Index of the flow in the configuration.
    pub(crate) flow: usize,
    /// Line in the flow's file, counted from 1.
    pub(crate) line: usize,
}

/// A message between two steps.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) order: Order,
    pub(crate) place: Place,
    pub(crate) object: TracedData,
}

/// One person as loaded: messages and survey runs, in the order of the configuration.
pub(crate) struct Person {
    pub(crate) messages: Vec<(Order, Place, History)>,
    /// By index of the survey flow.
    pub(crate) surveys: Vec<(usize, History)>,
}
