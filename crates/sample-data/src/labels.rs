//! Labels: what labellers did with a text in Coda.

use code_schemes::{CodaMessage, Code, CodeScheme, ControlCode, Label, MANUALLY_UNCODED, Origin};
use traced_data::sha256_hex;

use crate::layout::{Dataset, Layout, Subject};
use crate::moment::{DAY_SECS, Moment};
use crate::people::CodableText;
use crate::random::Random;
use crate::texts::{CodeRef, Destination, Meaning};
use crate::{Case, Cases};

/// Of a hundred texts that nobody labelled, how many are in Coda all the same.
const IN_CODA_PERCENT: u32 = 75;

/// Gives labels to texts.
pub(crate) struct Labellers<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) cases: Cases,
    pub(crate) seed: u64,
    pub(crate) labelled_percent: u32,
}

/// One text on a labeller's screen.
struct Desk<'a> {
    dataset: &'a Dataset,
    layout: &'a Layout,
    cases: Cases,
    random: Random,
    /// When the next label is given.
    now: Moment,
    /// Oldest first.
    labels: Vec<Label>,
}

impl Labellers<'_> {
    /// The message in Coda; `None` when it was not added to Coda yet.
    ///
    /// Everything depends on the text alone, so that equal texts have equal labels.
    pub(crate) fn message(
        &self,
        codable: &CodableText,
        sequence_number: i64,
    ) -> Option<CodaMessage> {
        let dataset = &self.layout.datasets[codable.dataset];
        let text = &*codable.sent.text;
        let id = sha256_hex(text);
        let thing = format!("{}/{id}", dataset.raw_field);
        let mut random = Random::for_thing(self.seed, "labels", &thing);
        let is_labelled = random.percent(self.labelled_percent);
        if text.is_empty() || !(is_labelled || random.percent(IN_CODA_PERCENT)) {
            return None;
        }
        let is_old = self.cases.happens(&mut random, Case::WithoutSequenceNumber);
        let added = codable.sent_at.plus_secs(random.between(1, 3 * DAY_SECS));
        let (labels, changed) = if is_labelled {
            let (layout, cases) = (self.layout, self.cases);
            let mut desk = Desk { dataset, layout, cases, random, now: added, labels: Vec::new() };
            desk.label(&codable.sent.meaning);
            desk.labels.reverse();
            (desk.labels, desk.now)
        } else {
            (Vec::new(), added)
        };
        Some(CodaMessage {
            message_id: id.into(),
            text: text.to_owned(),
            creation_date_time_utc: codable.sent_at.in_utc(),
            labels,
            sequence_number: (!is_old).then_some(sequence_number),
            last_updated: (!is_old).then(|| changed.in_zulu().into()),
        })
    }
}

impl Desk<'_> {
    fn label(&mut self, meaning: &Meaning) {
        self.pass_time();
        if self.happens(Case::SupersededLabel)
            && let Some(code) = self.some_normal_code(0)
        {
            self.give_code(code, "");
        }
        let first_current = self.labels.len();
        match meaning {
            Meaning::Codes(codes) => self.give_codes(codes),
            Meaning::NotCoded => self.give_not_coded(),
            Meaning::Stop => self.give_control(0, ControlCode::Stop),
            Meaning::Elsewhere(destination) => self.give_wrong_scheme(*destination),
        }
        self.label_further_schemes();
        self.spoil(first_current);
    }

    /// Each theme goes into a duplicate of the scheme of its own, as Coda has one label a scheme.
    fn give_codes(&mut self, codes: &[CodeRef]) {
        for (number, code) in codes.iter().enumerate() {
            let suffix = if number == 0 { String::new() } else { format!("-{number}") };
            self.give_code(*code, &suffix);
        }
        let is_conflict = self.happens(Case::ConflictingLocations);
        if is_conflict && self.dataset.subject == Subject::Location {
            let other_scheme = (codes.first().map_or(0, |code| code.scheme) + 1) % 2;
            if other_scheme < self.dataset.schemes.len()
                && let Some(other) = self.some_normal_code(other_scheme)
            {
                self.give_code(other, "");
            }
        }
    }

    fn give_not_coded(&mut self) {
        self.give_control(0, ControlCode::NotCoded);
        let is_at_two = self.happens(Case::ControlCodeAtTwoLevels);
        if is_at_two && self.dataset.subject == Subject::Location && 1 < self.dataset.schemes.len()
        {
            self.give_control(1, ControlCode::NotCoded);
        }
    }

    fn give_wrong_scheme(&mut self, destination: Destination) {
        let is_inconsistent = self.happens(Case::InconsistentWrongScheme);
        let forgets_dataset = self.random.percent(50);
        if is_inconsistent && !forgets_dataset {
            self.give_control(0, ControlCode::NotCoded);
        } else {
            self.give_control(0, ControlCode::WrongScheme);
        }
        if is_inconsistent && forgets_dataset {
            return;
        }
        let layout = self.layout;
        let Some(scheme) = &layout.wrong_scheme else { return };
        let code = match destination {
            Destination::Dataset(index) => (layout.datasets[index].ws_code.as_ref())
                .and_then(|code| scheme.code(code.as_str())),
            Destination::OtherProject(position) => scheme.codes().get(position),
            Destination::Nowhere => scheme.control(ControlCode::NotCoded),
        };
        if let Some(code) = code {
            self.give(scheme, code, "");
        }
    }

    /// Radio shows with several schemes get a code of each.
    fn label_further_schemes(&mut self) {
        if self.dataset.subject == Subject::Opinion {
            for scheme in 1..self.dataset.schemes.len() {
                if let Some(code) = self.some_normal_code(scheme) {
                    self.give_code(code, "");
                }
            }
        }
    }

    /// What goes wrong at a desk, to the labels from `first_current` on.
    fn spoil(&mut self, first_current: usize) {
        if self.happens(Case::UncheckedBesideChecked)
            && let Some(code) = self.some_normal_code(0)
        {
            self.give_code(code, "-7");
            self.last_label().checked = Some(false);
        }
        if self.happens(Case::UncheckedLabels) {
            for label in &mut self.labels {
                label.checked = Some(false);
                label.origin = auto_coder();
            }
        }
        if self.happens(Case::LabelWithoutChecked) {
            self.last_label().checked = None;
        }
        if self.happens(Case::LabelExtras) {
            let label_set = i64::from(self.random.percent(50));
            let label = self.last_label();
            label.confidence = Some(0.into());
            label.label_set = Some(label_set);
            label.origin.metadata =
                Some([("tool".to_owned(), "sample-data".to_owned())].into_iter().collect());
        }
        if self.happens(Case::UnknownScheme) {
            let mut label = self.labels[0].clone();
            label.scheme_id = "Scheme-of-no-project".into();
            label.code_id = "code-of-no-project".into();
            self.labels.push(label);
        }
        if self.happens(Case::ManuallyUncoded) {
            let mut label = self.labels[first_current].clone();
            label.code_id = MANUALLY_UNCODED.into();
            label.checked = *self.random.pick(&[Some(true), Some(false), None]);
            label.date_time_utc = self.next_time();
            self.labels.push(label);
        }
    }

    fn give_control(&mut self, scheme: usize, control: ControlCode) {
        let scheme = &self.dataset.schemes[scheme];
        // A scheme without STOP or WS gets the next best thing.
        let code = scheme.control(control).or_else(|| scheme.control(ControlCode::NotCoded));
        if let Some(code) = code.or_else(|| scheme.codes().first()) {
            self.give(scheme, code, "");
        }
    }

    fn give_code(&mut self, code: CodeRef, suffix: &str) {
        let scheme = &self.dataset.schemes[code.scheme];
        self.give(scheme, &scheme.codes()[code.code], suffix);
    }

    fn give(&mut self, scheme: &CodeScheme, code: &Code, suffix: &str) {
        let labeller = self.random.below(3) + 1;
        let date_time_utc = self.next_time();
        self.labels.push(Label {
            scheme_id: format!("{}{suffix}", scheme.scheme_id).into(),
            code_id: code.code_id.clone(),
            date_time_utc,
            checked: Some(true),
            confidence: None,
            label_set: None,
            origin: Origin {
                origin_id: format!("labeller-{labeller}@example.org"),
                name: format!("Labeller {labeller}"),
                origin_type: "Manual".to_owned(),
                metadata: None,
            },
        });
    }

    fn some_normal_code(&mut self, scheme: usize) -> Option<CodeRef> {
        let codes = self.dataset.schemes[scheme].codes();
        let normal: Vec<usize> =
            (0..codes.len()).filter(|&position| codes[position].is_normal()).collect();
        (!normal.is_empty()).then(|| CodeRef { scheme, code: *self.random.pick(&normal) })
    }

    fn last_label(&mut self) -> &mut Label {
        self.labels.last_mut().expect("every meaning gives at least one label")
    }

    fn pass_time(&mut self) {
        self.now = self.now.plus_secs(self.random.between(60, 40 * DAY_SECS));
    }

    /// The time of the next label, as one of the tools writes it.
    fn next_time(&mut self) -> String {
        self.now = self.now.plus_secs(self.random.between(5, 900));
        match self.random.below(3) {
            0 => self.now.in_zulu(),
            1 => self.now.with_micros(0).in_utc(),
            _ => self.now.in_utc(),
        }
    }

    fn happens(&mut self, case: Case) -> bool {
        self.cases.happens(&mut self.random, case)
    }
}

fn auto_coder() -> Origin {
    Origin {
        origin_id: "sample_data::labels".to_owned(),
        name: "Pipeline Auto-Coder".to_owned(),
        origin_type: "External".to_owned(),
        metadata: None,
    }
}
