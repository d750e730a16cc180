//! The codebook: what every column of the CSV files means, and every value that can stand in it.
//!
//! It follows from the configuration alone, so it is the same whatever was sent.

use std::borrow::Cow;

use code_schemes::{Code, CodeScheme, CodeType, ControlCode};
use pipeline_config::Project;
use text_cleaners::Country;

use crate::columns::{CONSENT_WITHDRAWN, Column, Columns, Content};
use crate::labels::LabelMaker;
use crate::plan::{Field, Plan, Plans};
use crate::rows::csv_row;

mod wording;

const HEADER: [&str; 15] = [
    "files",
    "column",
    "meaning",
    "value",
    "value_label",
    "value_note",
    "code_type",
    "numeric_value",
    "how_it_was_made",
    "several_messages_of_a_person",
    "scheme",
    "scheme_version",
    "scheme_id",
    "code_id",
    "traced_data_key",
];

/// The codebook of a project as CSV: the columns of all CSV files in the order of `messages.csv`,
/// with one row per value that a column can have, or one row for free text.
pub fn codebook(project: &Project) -> Vec<u8> {
    // Labels are not looked at, so the time at which they would be made does not matter.
    let plans = Plans::new(&project.plans, &LabelMaker::new(""));
    let columns = Columns::new(&plans);
    let moves_messages = project.configuration.move_ws_messages;
    let mut csv = csv_row(HEADER.map(Cow::Borrowed)).into_vec();
    // Every column of the other files is one of the messages file.
    for column in columns.messages() {
        let entry = Entry::new(&plans, &columns, column, moves_messages);
        for cell in entry.cells() {
            csv.extend_from_slice(&entry.row(&cell));
        }
    }
    csv
}

/// One column of the CSV files.
struct Entry<'a> {
    name: &'a str,
    in_production: bool,
    in_individuals: bool,
    meaning: String,
    how_made: String,
    several_messages: &'static str,
    /// Where TracedData has what the column shows.
    key: &'a str,
    subject: Subject<'a>,
}

/// What stands in a column.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// The id, the time, a text.
    Free(&'static str),
    /// `true` or `false`.
    ConsentWithdrawn,
    /// The string value of one code.
    Code(&'a CodeScheme),
    /// Whether one code was given.
    HasCode(&'a CodeScheme, &'a Code),
}

/// One value that a column can have.
struct Cell<'a> {
    value: &'a str,
    label: &'a str,
    note: &'a str,
    /// The code that the value stands for, or that it says was not given.
    code: Option<&'a Code>,
    numeric_value: Option<i64>,
    /// Whether the value comes about when a person withdrew consent, which production never shows.
    only_analysis: bool,
}

impl<'a> Entry<'a> {
    fn new(plans: &'a Plans, columns: &Columns, column: &'a Column, moves_messages: bool) -> Self {
        let entry = Self {
            name: &column.name,
            in_production: columns.is_in_production(&column.name),
            in_individuals: columns.is_in_individuals(&column.name),
            meaning: String::new(),
            how_made: String::new(),
            several_messages: "",
            key: &column.name,
            subject: Subject::Free(""),
        };
        match &column.content {
            Content::Code { coded, .. } => {
                let (plan, field) = field_of(plans, |field| {
                    field.coded == *coded && field.analysis_key.as_deref() == Some(&column.name)
                });
                entry.of_code(plan, field, &plans.country)
            }
            Content::HasCode { coded, code_id } => {
                let is_code = |code: &&Code| Some(code.code_id.as_str()) == code_id.as_str();
                let (plan, field) = field_of(plans, |field| {
                    field.coded == *coded && field.scheme.codes().iter().any(|code| is_code(&code))
                });
                let code = field.scheme.codes().iter().find(is_code);
                {
                    let code = code.expect("the field was found by this code");
                    entry.of_has_code((plan, field, code), &plans.country)
                }
            }
            Content::Value(key) => match plans.all().iter().position(|plan| plan.raw == *key) {
                Some(position) => entry.of_raw(plans, position, moves_messages),
                None => entry.of_message(),
            },
            Content::Empty => entry,
        }
    }

    fn of_message(self) -> Self {
        match self.name {
            CONSENT_WITHDRAWN => Self {
                meaning: wording::CONSENT_MEANING.to_owned(),
                how_made: wording::CONSENT_HOW.to_owned(),
                several_messages: wording::SAME_FOR_ALL_MESSAGES,
                subject: Subject::ConsentWithdrawn,
                ..self
            },
            "sent_on" => Self {
                meaning: wording::TIME_MEANING.to_owned(),
                how_made: wording::TIME_HOW.to_owned(),
                subject: Subject::Free(wording::TIME_NOTE),
                ..self
            },
            _ => Self {
                meaning: wording::PERSON_MEANING.to_owned(),
                how_made: wording::PERSON_HOW.to_owned(),
                several_messages: wording::SAME_FOR_ALL_MESSAGES,
                subject: Subject::Free(wording::PERSON_NOTE),
                ..self
            },
        }
    }

    fn of_raw(self, plans: &Plans, position: usize, moves_messages: bool) -> Self {
        let plan = &plans.all()[position];
        let is_radio_show = position < plans.radio_show().len();
        Self {
            meaning: wording::raw_meaning(plan, is_radio_show),
            how_made: wording::raw_how(plan, is_radio_show, moves_messages),
            several_messages: wording::fold(plan.raw_fold),
            subject: Subject::Free(wording::TEXT_NOTE),
            ..self
        }
    }

    fn of_code(self, plan: &Plan, field: &'a Field, country: &Country) -> Self {
        Self {
            meaning: wording::code_meaning(field),
            how_made: wording::coding_how(plan, field, country),
            several_messages: wording::code_fold(field),
            key: field.coded.as_str(),
            subject: Subject::Code(&field.scheme),
            ..self
        }
    }

    fn of_has_code(
        self,
        (plan, field, code): (&Plan, &'a Field, &'a Code),
        country: &Country,
    ) -> Self {
        Self {
            meaning: wording::has_code_meaning(field, code),
            how_made: wording::coding_how(plan, field, country),
            several_messages: wording::has_code_fold(field, code),
            key: field.coded.as_str(),
            subject: Subject::HasCode(&field.scheme, code),
            ..self
        }
    }

    /// Every value that the column can have.
    fn cells(&self) -> Vec<Cell<'a>> {
        let plain = |value, label, note| Cell {
            value,
            label,
            note,
            code: None,
            numeric_value: None,
            only_analysis: false,
        };
        let stop =
            Cell { only_analysis: true, ..plain("STOP", "consent withdrawn", wording::STOP_NOTE) };
        match self.subject {
            Subject::Free(note) => vec![plain("", "", note), stop],
            Subject::ConsentWithdrawn => vec![
                plain("true", "consent withdrawn", wording::CONSENT_TRUE_NOTE),
                plain("false", "consent not withdrawn", ""),
            ],
            Subject::Code(scheme) => {
                let mut cells: Vec<Cell<'a>> = scheme.codes().iter().map(code_cell).collect();
                if !cells.iter().any(|cell| cell.value == ControlCode::Stop.as_str()) {
                    cells.push(stop);
                }
                cells
            }
            Subject::HasCode(_, code) => {
                let no = Cell { code: Some(code), ..plain("0", "no", wording::NO_LABEL_NOTE) };
                vec![Cell { value: "1", ..code_cell(code) }, no, stop]
            }
        }
    }

    fn row(&self, cell: &Cell<'_>) -> Box<[u8]> {
        let scheme = match self.subject {
            Subject::Code(scheme) | Subject::HasCode(scheme, _) => Some(scheme),
            Subject::Free(_) | Subject::ConsentWithdrawn => None,
        };
        let of_scheme = |text: fn(&CodeScheme) -> &str| scheme.map_or("", text);
        let code = cell.code;
        let numeric_value = cell.numeric_value.map_or(String::new(), |value| value.to_string());
        csv_row([
            self.files(cell).into(),
            self.name.into(),
            self.meaning.as_str().into(),
            cell.value.into(),
            cell.label.into(),
            cell.note.into(),
            code.map_or("", |code| wording::code_type(&code.code_type)).into(),
            numeric_value.into(),
            self.how_made.as_str().into(),
            self.several_messages.into(),
            of_scheme(|scheme| &scheme.name).into(),
            of_scheme(|scheme| &scheme.version).into(),
            of_scheme(|scheme| scheme.scheme_id.as_str()).into(),
            code.map_or("", |code| code.code_id.as_str()).into(),
            self.key.into(),
        ])
    }

    fn files(&self, cell: &Cell<'_>) -> &'static str {
        match (self.in_production && !cell.only_analysis, self.in_individuals) {
            (true, true) => "production; messages; individuals",
            (true, false) => "production; messages",
            (false, true) => "messages; individuals",
            (false, false) => "messages",
        }
    }
}

fn code_cell(code: &Code) -> Cell<'_> {
    Cell {
        value: &code.string_value,
        label: &code.display_text,
        note: match &code.code_type {
            CodeType::Normal => "",
            CodeType::Control(control) => wording::control_note(*control),
            CodeType::Meta(_) => wording::META_NOTE,
        },
        code: Some(code),
        numeric_value: Some(code.numeric_value),
        only_analysis: false,
    }
}

/// The first field that fulfils the condition, with its plan; columns are made from fields.
fn field_of(plans: &Plans, is_it: impl Fn(&Field) -> bool) -> (&Plan, &Field) {
    let mut fields =
        plans.all().iter().flat_map(|plan| plan.fields.iter().map(move |field| (plan, field)));
    fields.find(|(_, field)| is_it(field)).expect("each column of codes comes from a field")
}
