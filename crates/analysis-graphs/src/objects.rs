//! Messages and people as stage 5 needs them: codes as numbers, everything else left behind.

use serde_json::Value;
use traced_data::Key;

use crate::design::{Coding, Design, Standing};
use crate::latest::LatestValues;

/// The key that says whether a person withdrew their consent.
pub(crate) const CONSENT_WITHDRAWN: &str = "consent_withdrawn";

/// The codes of many objects, by coding.
///
/// Objects of people who withdrew their consent are counted, and hold nothing.
#[derive(Debug, Default)]
pub struct Objects {
    n_codings: usize,
    withdrawn: Vec<bool>,
    /// Where the codes of each object and coding end.
    ends: Vec<u32>,
    codes: Vec<u16>,
}

/// Messages: their codes, when they were sent, and by whom.
#[derive(Debug, Default)]
pub struct Messages {
    /// Their codes.
    pub objects: Objects,
    /// When each was sent, in microseconds since 1970; 0 for those of people who withdrew.
    pub sent_at_micros: Vec<i64>,
    /// The number of the person who sent it; 0 for those of people who withdrew.
    pub people: Vec<u32>,
}

impl Objects {
    pub(crate) fn new(design: &Design) -> Self {
        Self { n_codings: design.codings().len(), ..Self::default() }
    }

    pub(crate) fn push(&mut self, codes: Option<&ObjectCodes>) {
        self.withdrawn.push(codes.is_none());
        for coding in 0..self.n_codings {
            if let Some(codes) = codes {
                self.codes.extend_from_slice(codes.of(coding));
            }
            let end = u32::try_from(self.codes.len()).expect("fewer than four billion labels");
            self.ends.push(end);
        }
    }

    /// How many there are, those of people who withdrew included.
    pub fn len(&self) -> usize {
        self.withdrawn.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.withdrawn.is_empty()
    }

    /// The objects of people who did not withdraw their consent.
    pub fn consenting(&self) -> impl Iterator<Item = usize> {
        self.withdrawn
            .iter()
            .enumerate()
            .filter(|(_, withdrawn)| !**withdrawn)
            .map(|(object, _)| object)
    }

    /// The codes of an object in a coding, as positions in its scheme.
    pub fn codes(&self, object: usize, coding: usize) -> &[u16] {
        let place = object * self.n_codings + coding;
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.codes[start..self.ends[place] as usize]
    }

    /// How far the answer of an object in a coding got.
    pub fn standing(&self, design: &Design, object: usize, coding: usize) -> Standing {
        design.coding(coding).standing(self.codes(object, coding))
    }

    /// Whether an object is of a person who did not withdraw, and got at least as far as
    /// `standing` in one of the codings.
    pub fn reached(
        &self,
        design: &Design,
        object: usize,
        codings: &[usize],
        standing: Standing,
    ) -> bool {
        !self.withdrawn[object]
            && codings.iter().any(|coding| standing <= self.standing(design, object, *coding))
    }

    /// Whether an object is of a person who did not withdraw, and has a normal code in one of the
    /// codings, also when other codes say that nobody looked at it.
    pub fn has_normal_code(&self, design: &Design, object: usize, codings: &[usize]) -> bool {
        let is_normal = |coding: &usize| {
            let scheme = design.coding(*coding);
            self.codes(object, *coding).iter().any(|code| scheme.code(*code).is_normal())
        };
        !self.withdrawn[object] && codings.iter().any(is_normal)
    }
}

/// The codes of one object, by coding.
#[derive(Debug, Default)]
pub(crate) struct ObjectCodes {
    ends: Vec<usize>,
    codes: Vec<u16>,
}

impl ObjectCodes {
    /// The codes of `object`, or nothing when the person withdrew their consent.
    pub(crate) fn of_object(
        design: &Design,
        object: &LatestValues,
        needs: impl Fn(usize) -> bool,
    ) -> Result<Option<Self>, ObjectProblem> {
        match object.get(Key::new(CONSENT_WITHDRAWN)).and_then(Value::as_str) {
            Some("true") => return Ok(None),
            Some(_) => {}
            None => return Err(ObjectProblem::NoField { field: Key::new(CONSENT_WITHDRAWN) }),
        }
        let mut codes = Self::default();
        for (position, coding) in design.codings().iter().enumerate() {
            if needs(position) {
                codes.add(coding, object)?;
            }
            codes.ends.push(codes.codes.len());
        }
        Ok(Some(codes))
    }

    pub(crate) fn of(&self, coding: usize) -> &[u16] {
        let start = if coding == 0 { 0 } else { self.ends[coding - 1] };
        &self.codes[start..self.ends[coding]]
    }

    fn add(&mut self, coding: &Coding, object: &LatestValues) -> Result<(), ObjectProblem> {
        let field = coding.coded_field;
        let labels = match object.get(field) {
            Some(Value::Array(labels)) if !labels.is_empty() => labels,
            Some(label @ Value::Object(_)) => std::slice::from_ref(label),
            _ => return Err(ObjectProblem::NoField { field }),
        };
        for label in labels {
            let code_id = label["CodeID"].as_str();
            let code_id = code_id.ok_or(ObjectProblem::NoField { field })?;
            let position =
                coding.position_of(code_id).ok_or_else(|| ObjectProblem::UnknownCode {
                    field,
                    code_id: code_id.to_owned(),
                    scheme_name: coding.scheme_name.clone(),
                })?;
            self.codes.push(position);
        }
        Ok(())
    }
}

/// An object does not have what the configuration says it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectProblem {
    /// A field is missing, or is not what it should be.
    #[error("no usable `{field}`")]
    NoField {
        /// The field.
        field: Key,
    },
    /// A label refers to a code that its scheme does not have.
    #[error("`{field}` has the code `{code_id}`, which is not in the scheme `{scheme_name}`")]
    UnknownCode {
        /// The field with the label.
        field: Key,
        /// The code.
        code_id: String,
        /// The scheme.
        scheme_name: String,
    },
    /// The time of a message cannot be read.
    #[error("`{field}` is not a time")]
    BadTime {
        /// The field.
        field: Key,
        /// Why.
        source: iso_time::IsoTimeError,
    },
}
