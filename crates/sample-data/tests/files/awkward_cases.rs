//! Every awkward case is in a sample of ordinary size, and none that was left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::made::{Made, make, project, texts, values};
use code_schemes::{CodaMessage, CodeType, ControlCode, Label, MANUALLY_UNCODED};
use iso_time::Instant;
use sample_data::{Case, Cases, Options};
use traced_data::{Key, TracedData, Value};

const OPTIONS: fn() -> Options =
    || Options { n_messages: 2_000, n_people: 400, seed: 1, ..Options::default() };

type Count = fn(&Made) -> usize;

/// What must be there, and how it is counted in the files.
const TABLE: &[(&str, Count)] = &[
    ("test contacts", |made| rows(made, |row| row.contains(Key::new("test_run")))),
    ("null messages", |made| {
        made.rows("activation").filter(|row| has(row, "(Text)", &Value::Null)).count()
    }),
    ("null recovered messages", |made| {
        made.rows("recovered").filter(|row| has(row, "message", &Value::Null)).count()
    }),
    ("empty messages", |made| {
        made.rows("activation").filter(|row| has(row, "(Text)", &"".into())).count()
    }),
    ("runs without an answer", |made| {
        made.rows("activation").filter(|row| values(row, "(Text)").next().is_none()).count()
    }),
    ("noise", |made| rows(made, |row| row.contains(Key::new("noise")))),
    ("messages before the project", |made| {
        sent_times(made)
            .filter(|sent| *sent < made.project.configuration.project_start_date)
            .count()
    }),
    ("messages after the project", |made| {
        sent_times(made).filter(|sent| made.project.configuration.project_end_date < *sent).count()
    }),
    ("messages at the very start", |made| {
        sent_times(made)
            .filter(|sent| *sent == made.project.configuration.project_start_date)
            .count()
    }),
    ("messages at the very end", |made| {
        sent_times(made).filter(|sent| *sent == made.project.configuration.project_end_date).count()
    }),
    ("times of other offsets", |made| {
        rows(made, |row| texts_of(row, "(Time)").any(|time| time.ends_with("+03:00")))
    }),
    ("times without microseconds", |made| {
        rows(made, |row| texts_of(row, "(Time)").any(|time| !time.contains('.')))
    }),
    ("numbers that RapidPro read wrongly", |made| {
        rows(made, |row| values(row, "(Value)").any(|value| value.to_cell().contains("e-0")))
    }),
    ("emoji", |made| with_text(made, |text| text.contains('🙏'))),
    ("line ends of Windows", |made| with_text(made, |text| text.contains("\r\n"))),
    ("line ends", |made| with_text(made, |text| text.contains(".\n") || text.ends_with('\n'))),
    ("quotes", |made| with_text(made, |text| text.contains('"'))),
    ("semicolons", |made| with_text(made, |text| text.contains(';'))),
    ("commas", |made| with_text(made, |text| text.contains(','))),
    ("Arabic", |made| with_text(made, |text| text.contains("شكرا"))),
    ("backslashes", |made| with_text(made, |text| text.contains('\\'))),
    ("blanks around", |made| with_text(made, |text| text.starts_with("  "))),
    ("texts of several people", texts_of_several_people),
    ("messages inside a time range", |made| recovered(made, true)),
    ("messages outside all ranges", |made| recovered(made, false)),
    ("messages on the edge of a range", |made| {
        let remappings = &made.project.configuration.timestamp_remappings;
        let is_edge = |sent: &Instant| {
            remappings
                .iter()
                .any(|remapping| remapping.range_start_inclusive.as_ref() == Some(sent))
        };
        recovered_times(made).filter(is_edge).count()
    }),
    ("people without survey", |made| {
        people(made, "recovered").difference(&people(made, "demog")).count()
    }),
    ("people with surveys only", |made| {
        let senders: BTreeSet<_> =
            people(made, "activation").union(&people(made, "recovered")).cloned().collect();
        people(made, "demog").difference(&senders).count()
    }),
    ("second survey runs", second_survey_runs),
    ("null survey answers", |made| {
        made.rows("demog").filter(|row| has(row, "(Text)", &Value::Null)).count()
    }),
    ("empty survey answers", |made| {
        made.rows("demog").filter(|row| has(row, "(Text)", &"".into())).count()
    }),
    ("phones from abroad", |made| rows(made, |row| has(row, "operator_raw", &"25471".into()))),
    ("contacts that are not phones", |made| {
        rows(made, |row| has(row, "operator_raw", &"whatsapp".into()))
    }),
    ("operators that are not coded", |made| {
        rows(made, |row| operator_code(row).is_some_and(|code| code.ends_with("NC")))
    }),
    ("ages that the cleaner knows", |made| cleaned(made, "age", "age").0),
    ("ages that the cleaner does not know", |made| cleaned(made, "age", "age").1),
    ("genders that the cleaner knows", |made| cleaned(made, "gender", "gender").0),
    ("genders that the cleaner does not know", |made| cleaned(made, "gender", "gender").1),
    ("places that the cleaner knows", |made| cleaned(made, "location", "somalia-district").0),
    ("places that the cleaner does not know", |made| {
        cleaned(made, "location", "somalia-district").1
    }),
    ("texts that are not in Coda", |made| {
        let in_coda: BTreeSet<&str> =
            made.messages("").map(|message| message.text.as_str()).collect();
        with_text(made, |text| !text.is_empty() && !in_coda.contains(text))
    }),
    ("messages in Coda without labels", |made| coda(made, |message| message.labels.is_empty())),
    ("messages without a sequence number", |made| {
        coda(made, |message| message.sequence_number.is_none())
    }),
    ("several themes", |made| coda(made, |message| has_scheme(message, "-2"))),
    ("unchecked labels", |made| {
        coda(made, |message| message.labels.iter().any(|label| label.checked == Some(false)))
    }),
    ("labels that nobody checked", |made| {
        let none = |message: &CodaMessage| {
            !message.labels.is_empty()
                && message.labels.iter().all(|label| label.checked == Some(false))
        };
        coda(made, none)
    }),
    ("labels without `Checked`", |made| {
        coda(made, |message| message.labels.iter().any(|label| label.checked.is_none()))
    }),
    ("labels taken back", |made| labels(made, |label| label.code_id == MANUALLY_UNCODED)),
    ("checked labels taken back", |made| {
        labels(made, |label| label.code_id == MANUALLY_UNCODED && label.checked == Some(true))
    }),
    ("labels with extras", |made| labels(made, |label| label.origin.metadata.is_some())),
    ("unknown schemes", |made| labels(made, |label| owner(made, label).is_none())),
    ("superseded labels", |made| {
        coda(made, |message| {
            let schemes: Vec<_> = message.labels.iter().map(|label| &label.scheme_id).collect();
            schemes.iter().collect::<BTreeSet<_>>().len() < schemes.len()
        })
    }),
    ("meta codes", |made| {
        labels(made, |label| matches!(code_type(made, label), Some(CodeType::Meta(_))))
    }),
    ("STOP", |made| controls(made, ControlCode::Stop)),
    ("not coded", |made| controls(made, ControlCode::NotCoded)),
    ("consistent moves from a show to a demographic", |made| moves(made, "rqa", "CSAP", true)),
    ("consistent moves from a show to another", |made| moves(made, "rqa", "EU_PCVE", true)),
    ("consistent moves from a demographic to a show", |made| moves(made, "CSAP", "EU_PCVE", true)),
    ("consistent moves between demographics", |made| moves(made, "CSAP", "CSAP", true)),
    ("moves of a dataset without a wrong-scheme code", |made| moves(made, "", "", false)),
    ("wrong-scheme codes without a dataset", |made| {
        coda(made, |message| {
            is_wrong_scheme(made, message) && correct_dataset(made, message).is_none()
        })
    }),
    ("moves to a dataset of another project", |made| {
        coda(made, |message| {
            correct_dataset(made, message).is_some_and(|code| {
                !code.ends_with("NC")
                    && !made
                        .project
                        .plans
                        .all()
                        .any(|plan| plan.ws_code.as_ref().is_some_and(|own| *own == code))
            })
        })
    }),
    ("moves to nowhere", |made| {
        coda(made, |message| {
            is_wrong_scheme(made, message)
                && correct_dataset(made, message).is_some_and(|code| code.ends_with("NC"))
        })
    }),
    ("sub-districts", |made| levels(made, 0)),
    ("districts", |made| levels(made, 1)),
    ("regions", |made| levels(made, 2)),
    ("states", |made| levels(made, 3)),
    ("zones", |made| levels(made, 4)),
    ("conflicting places", |made| {
        made.messages("location").filter(|message| n_levels(made, message, true) == 2).count()
    }),
    ("the same control code at two levels", |made| {
        made.messages("location").filter(|message| n_levels(made, message, false) == 2).count()
    }),
];

#[test]
fn every_awkward_case_is_there() {
    let made = make(project("eu_pcve"), &OPTIONS());
    assert_eq!(made.summary.n_messages, 2_000);
    let missing: Vec<&str> =
        TABLE.iter().filter(|(_, count)| count(&made) == 0).map(|(name, _)| *name).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn cases_can_be_left_out() {
    let left_out = [
        Case::TestContact,
        Case::NullMessage,
        Case::Noise,
        Case::UnknownScheme,
        Case::LabelWithoutChecked,
        Case::ManuallyUncoded,
        Case::RecoveredOutsideRanges,
    ];
    let cases = left_out.into_iter().fold(Cases::all(), Cases::without);
    let made = make(project("eu_pcve"), &Options { cases, ..OPTIONS() });
    for name in [
        "test contacts",
        "null messages",
        "null recovered messages",
        "noise",
        "unknown schemes",
        "labels without `Checked`",
        "labels taken back",
    ] {
        let (_, count) = TABLE.iter().find(|(known, _)| *known == name).expect(name);
        assert_eq!(count(&made), 0, "{name}");
    }
}

fn rows(made: &Made, is_counted: impl Fn(&TracedData) -> bool) -> usize {
    made.rows("").filter(|row| is_counted(row)).count()
}

fn has(row: &TracedData, key: &str, value: &Value) -> bool {
    values(row, key).any(|found| found == value)
}

fn texts_of<'a>(row: &'a TracedData, key: &'a str) -> impl Iterator<Item = &'a str> {
    values(row, key).filter_map(Value::as_str)
}

fn with_text(made: &Made, is_counted: impl Fn(&str) -> bool) -> usize {
    rows(made, |row| texts(row).any(&is_counted))
}

fn sent_times(made: &Made) -> impl Iterator<Item = Instant> {
    made.rows("activation").flat_map(|row| texts_of(row, "(Time)")).map(instant)
}

fn instant(text: &str) -> Instant {
    iso_time::parse(text).unwrap()
}

fn recovered_times(made: &Made) -> impl Iterator<Item = Instant> {
    made.rows("recovered").flat_map(|row| texts_of(row, "received_on")).map(instant)
}

fn recovered(made: &Made, is_inside: bool) -> usize {
    let remappings = &made.project.configuration.timestamp_remappings;
    let contains = |sent: &Instant| {
        remappings.iter().any(|remapping| {
            remapping.range_start_inclusive.is_none_or(|start| start <= *sent)
                && remapping.range_end_exclusive.is_none_or(|end| *sent < end)
        })
    };
    recovered_times(made).filter(|sent| contains(sent) == is_inside).count()
}

fn people(made: &Made, part: &str) -> BTreeSet<String> {
    made.rows(part).flat_map(|row| texts_of(row, "avf_phone_id")).map(str::to_owned).collect()
}

fn texts_of_several_people(made: &Made) -> usize {
    let mut senders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in made.rows("activation") {
        for text in texts(row) {
            senders.entry(text).or_default().extend(texts_of(row, "avf_phone_id"));
        }
    }
    senders.values().filter(|people| 2 < people.len()).count()
}

fn second_survey_runs(made: &Made) -> usize {
    let surveys = made.raw.iter().filter(|(flow, _)| flow.contains("demog"));
    surveys.map(|(flow, rows)| rows.len() - people(made, flow).len()).sum()
}

fn operator_code(row: &TracedData) -> Option<&str> {
    row.get(Key::new("operator_coded"))?.member(Key::new("CodeID"))?.as_str()
}

/// How many texts of a dataset a cleaner knows, and how many it does not.
fn cleaned(made: &Made, dataset: &str, cleaner: &str) -> (usize, usize) {
    let cleaner = made.project.plans.country.cleaner(cleaner).expect("the cleaner exists");
    let is_known = |message: &&CodaMessage| cleaner.clean(&message.text).is_some();
    let n_known = made.messages(dataset).filter(is_known).count();
    (n_known, made.messages(dataset).count() - n_known)
}

fn coda(made: &Made, is_counted: impl Fn(&CodaMessage) -> bool) -> usize {
    made.messages("").filter(|message| is_counted(message)).count()
}

fn labels(made: &Made, is_counted: impl Fn(&Label) -> bool) -> usize {
    made.messages("").flat_map(|message| &message.labels).filter(|label| is_counted(label)).count()
}

fn has_scheme(message: &CodaMessage, suffix: &str) -> bool {
    message.labels.iter().any(|label| label.scheme_id.as_str().ends_with(suffix))
}

fn owner<'a>(made: &'a Made, label: &Label) -> Option<&'a code_schemes::CodeScheme> {
    let plans = &made.project.plans;
    let configurations = plans.all().flat_map(|plan| &plan.coding_configurations);
    configurations
        .map(|configuration| &*configuration.code_scheme)
        .chain(plans.ws_correct_dataset.as_deref())
        .find(|scheme| scheme.owns(label.scheme_id.as_str()))
}

fn code_type<'a>(made: &'a Made, label: &Label) -> Option<&'a CodeType> {
    owner(made, label)?.code(label.code_id.as_str()).map(|code| &code.code_type)
}

fn controls(made: &Made, control: ControlCode) -> usize {
    labels(made, |label| code_type(made, label) == Some(&CodeType::Control(control)))
}

fn is_wrong_scheme(made: &Made, message: &CodaMessage) -> bool {
    let is_ws = |label: &Label| {
        code_type(made, label) == Some(&CodeType::Control(ControlCode::WrongScheme))
    };
    message.labels.iter().any(is_ws)
}

fn correct_dataset<'a>(made: &Made, message: &'a CodaMessage) -> Option<&'a str> {
    let scheme = made.project.plans.ws_correct_dataset.as_deref()?;
    let label = message.labels.iter().find(|label| scheme.owns(label.scheme_id.as_str()))?;
    Some(label.code_id.as_str())
}

/// Messages of datasets with `from` in their names that belong to one with `to` in its name.
fn moves(made: &Made, from: &str, to: &str, is_consistent: bool) -> usize {
    let targets: Vec<&str> = (made.project.plans.all())
        .filter(|plan| plan.coda_dataset.as_ref().is_some_and(|name| name.contains(to)))
        .filter_map(|plan| plan.ws_code.as_ref())
        .map(|code| code.as_str())
        .collect();
    let is_counted = |message: &&CodaMessage| {
        correct_dataset(made, message).is_some_and(|code| targets.contains(&code))
            && is_wrong_scheme(made, message) == is_consistent
    };
    made.messages(from).filter(is_counted).count()
}

/// The schemes of the levels of a location, smallest first.
fn location_schemes(made: &Made) -> Vec<&code_schemes::CodeScheme> {
    let mut plans = made.project.plans.demographic.iter();
    let plan = plans.find(|plan| plan.raw_field == "location_raw").unwrap();
    plan.coding_configurations.iter().map(|coding| &*coding.code_scheme).collect()
}

fn levels(made: &Made, level: usize) -> usize {
    let scheme = location_schemes(made)[level];
    let is_level = |label: &Label| {
        scheme.owns(label.scheme_id.as_str())
            && scheme.code(label.code_id.as_str()).is_some_and(|code| code.is_normal())
    };
    made.messages("location").filter(|message| message.labels.iter().any(is_level)).count()
}

/// At how many levels a message has a place, or else a control code.
fn n_levels(made: &Made, message: &CodaMessage, are_places: bool) -> usize {
    let has_label = |scheme: &&code_schemes::CodeScheme| {
        message.labels.iter().any(|label| {
            scheme.owns(label.scheme_id.as_str())
                && scheme.code(label.code_id.as_str()).is_some_and(|code| {
                    if are_places { code.is_normal() } else { code.control_code().is_some() }
                })
        })
    };
    location_schemes(made).into_iter().filter(has_label).count()
}
