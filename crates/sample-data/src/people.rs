//! People: what each one sends, in which flow, and when.

use rustc_hash::FxHashMap;

use crate::layout::{Flow, FlowKind, Layout, Question, RECOVERED_TIME, Subject};
use crate::moment::{DAY_SECS, Moment};
use crate::random::Random;
use crate::rows::{Answer, Contact, Row, RowMaker, Run};
use crate::texts::{CodeRef, Draw, SentText, Texts};
use crate::{Case, Cases};

/// Answers to survey questions that no plan codes.
const UNCODED_ANSWERS: [&str; 6] = ["haa", "maya", "3 caruur", "ganacsi", "beeralay", "ma jiro"];

/// What is common to all people.
pub(crate) struct Population<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) texts: &'a Texts,
    pub(crate) rows: RowMaker<'a>,
    pub(crate) cases: Cases,
    pub(crate) seed: u64,
}

/// Everything one person sent.
pub(crate) struct PersonData {
    pub(crate) rows: Vec<Row>,
    pub(crate) answers: Vec<CodableText>,
}

/// A text that belongs to a dataset, and may have been labelled there.
pub(crate) struct CodableText {
    pub(crate) dataset: usize,
    pub(crate) sent: SentText,
    pub(crate) sent_at: Moment,
}

/// A person while their messages are being made.
struct Person<'a> {
    population: &'a Population<'a>,
    index: u64,
    random: Random,
    contact: Contact,
    truths: FxHashMap<usize, CodeRef>,
    last_message: Option<(Option<usize>, SentText)>,
    made: PersonData,
}

impl Population<'_> {
    /// Makes everything that person `index` sends, `n_messages` of it to radio shows.
    pub(crate) fn person(&self, index: u64, n_messages: usize) -> PersonData {
        let mut random = Random::for_thing(self.seed, "person", &index.to_string());
        let contact = self.rows.contact(&mut random, self.cases);
        let made = PersonData { rows: Vec::new(), answers: Vec::new() };
        let truths = self.truths(&mut random);
        let mut person =
            Person { population: self, index, random, contact, truths, last_message: None, made };
        for _ in 0..n_messages {
            person.send_message();
        }
        person.answer_surveys();
        person.made
    }

    /// What a person would truthfully answer to each survey question.
    fn truths(&self, random: &mut Random) -> FxHashMap<usize, CodeRef> {
        let mut truths = FxHashMap::default();
        for dataset in self.layout.survey_datasets() {
            let codes = self.texts.codes(dataset);
            if codes.is_empty() {
                continue;
            }
            let position = match self.layout.datasets[dataset].subject {
                Subject::Location => location(codes, random),
                // Most are between 15 and 40, some very old.
                Subject::Age if random.percent(95) => random.below(25) + random.below(25),
                Subject::Age => random.below(codes.len()),
                _ => random.skewed(codes.len()),
            };
            truths.insert(dataset, codes[position.min(codes.len() - 1)]);
        }
        truths
    }
}

/// A place: sub-districts and districts are named most, a zone by few.
fn location(codes: &[CodeRef], random: &mut Random) -> usize {
    let level = random.weighted(&[30, 50, 13, 4, 3]);
    let first = codes.partition_point(|code| code.scheme < level);
    let end = codes.partition_point(|code| code.scheme <= level);
    first + random.skewed(end - first)
}

impl Person<'_> {
    fn send_message(&mut self) {
        let flows = &self.population.layout.activation_flows;
        let weights: Vec<u32> = (flows.iter().enumerate())
            .map(|(position, flow)| match flow.kind {
                _ if !flow.takes_messages() => 0,
                FlowKind::Recovered => 4,
                // Fewer listen from week to week.
                _ => 16 - u32::try_from(position).unwrap_or(u32::MAX).min(8),
            })
            .collect();
        let position = self.random.weighted(&weights);
        match flows[position].kind {
            FlowKind::Recovered => self.send_recovered(position),
            _ => self.send_run(position),
        }
    }

    fn send_run(&mut self, flow_position: usize) {
        let flow = &self.population.layout.activation_flows[flow_position];
        let mut sent_at = self.message_time(flow);
        let mut run = self.new_run(sent_at);
        run.is_noise = self.happens(Case::Noise);
        let mut is_asked = !self.happens(Case::RunWithoutAnswer);
        for question in flow.questions.iter().filter(|question| question.is_activation) {
            if is_asked {
                let dataset = self.population.layout.dataset_at(
                    question.time.as_str(),
                    sent_at,
                    question.dataset,
                );
                let text = self.message_text(dataset, sent_at);
                run.answers.push(self.answer(question, text, sent_at));
            }
            is_asked = is_asked && self.random.percent(50);
            sent_at = sent_at.plus_secs(40);
        }
        for question in flow.questions.iter().filter(|question| !question.is_activation) {
            self.answer_question(question, sent_at, &mut run);
            sent_at = sent_at.plus_secs(40);
        }
        let row = self.population.rows.activation_run(flow_position, &self.contact, &run);
        self.made.rows.push(row);
    }

    fn send_recovered(&mut self, flow_position: usize) {
        let sent_at = self.recovered_time();
        let dataset = self.population.layout.dataset_at(RECOVERED_TIME, sent_at, None);
        let text = self.message_text(dataset, sent_at);
        let text = text.as_ref().map(|sent| &*sent.text);
        let row_id = self.random.hex_digest();
        let rows = &self.population.rows;
        self.made.rows.push(rows.recovered(flow_position, &self.contact, &row_id, text, sent_at));
    }

    /// The text of a radio show message; `None` for a null message.
    fn message_text(&mut self, dataset: Option<usize>, sent_at: Moment) -> Option<SentText> {
        if self.happens(Case::NullMessage) {
            return None;
        }
        if self.happens(Case::EmptyMessage) {
            return Some(empty());
        }
        let repeats = self.happens(Case::RepeatedText);
        if let Some((last_dataset, last)) = &self.last_message
            && repeats
            && *last_dataset == dataset
        {
            // Already noted: labels are given once per text.
            return Some(last.clone());
        }
        // A message that belongs nowhere still says something.
        let sent = self.draw(dataset.unwrap_or(0), None);
        self.last_message = Some((dataset, sent.clone()));
        self.note(dataset, &sent, sent_at);
        Some(sent)
    }

    fn answer_surveys(&mut self) {
        if self.happens(Case::NoSurvey) {
            return;
        }
        let flows = &self.population.layout.survey_flows;
        for (position, flow) in flows.iter().enumerate() {
            let is_newest = position + 1 == flows.len();
            let takes_part = self.random.percent(if is_newest { 80 } else { 16 });
            if !takes_part || flow.kind != FlowKind::Runs {
                continue;
            }
            let started = self.time_in(flow.window);
            self.answer_survey(position, started);
            if self.happens(Case::SecondSurveyRun) {
                self.answer_survey(position, started.plus_secs(5 * DAY_SECS));
            }
        }
    }

    fn answer_survey(&mut self, flow_position: usize, started: Moment) {
        let flow = &self.population.layout.survey_flows[flow_position];
        let mut run = self.new_run(started);
        for (number, question) in (1..).zip(&flow.questions) {
            self.answer_question(question, started.plus_secs(60 * number), &mut run);
        }
        self.made.rows.push(self.population.rows.survey_run(flow_position, &self.contact, &run));
    }

    fn answer_question<'q>(&mut self, question: &'q Question, at: Moment, run: &mut Run<'q>) {
        if self.happens(Case::UnreachedQuestion) {
            return;
        }
        let text = if self.happens(Case::NullAnswer) {
            None
        } else if self.happens(Case::EmptyAnswer) {
            Some(empty())
        } else if let Some(dataset) = question.dataset {
            let sent = self.draw(dataset, self.truths.get(&dataset).copied());
            self.note(Some(dataset), &sent, at);
            Some(sent)
        } else {
            let text = (*self.random.pick(&UNCODED_ANSWERS)).into();
            Some(SentText { text, ..empty() })
        };
        run.answers.push(self.answer(question, text, at));
    }

    fn answer<'q>(
        &mut self,
        question: &'q Question,
        sent: Option<SentText>,
        at: Moment,
    ) -> Answer<'q> {
        let at = if self.random.percent(10) { at.with_micros(0) } else { at };
        let time = if self.happens(Case::OtherOffset) { at.in_east_africa() } else { at.in_utc() };
        let category = *self.random.pick(&[Some("All Responses"), Some("Other"), None]);
        Answer { question, text: sent.map(|sent| sent.text), time, category }
    }

    fn draw(&mut self, dataset: usize, truth: Option<CodeRef>) -> SentText {
        // Rows are numbered from 1 in what people see.
        let tail = format!("{}/{}", self.index + 1, self.made.answers.len() + 1);
        let how = Draw { cases: self.population.cases, truth, tail: &tail };
        self.population.texts.draw(dataset, &mut self.random, &how)
    }

    fn note(&mut self, dataset: Option<usize>, sent: &SentText, sent_at: Moment) {
        if let Some(dataset) = dataset {
            self.made.answers.push(CodableText { dataset, sent: sent.clone(), sent_at });
        }
    }

    fn new_run<'q>(&mut self, created: Moment) -> Run<'q> {
        Run {
            run_id: self.random.between(1_000_000_000, 9_999_999_999),
            created: created.plus_secs(-90),
            modified: created.plus_secs(self.random.between(120, 600)),
            has_exited: self.random.percent(80),
            is_noise: false,
            answers: Vec::new(),
        }
    }

    fn message_time(&mut self, flow: &Flow) -> Moment {
        let Layout { start, end, .. } = *self.population.layout;
        let (is_outside, is_on_boundary) =
            (self.happens(Case::OutsideDates), self.happens(Case::OnProjectBoundary));
        let is_early = self.random.percent(50);
        match (is_outside, is_on_boundary) {
            (_, true) => if is_early { start } else { end }.with_micros(0),
            (true, _) if is_early => self.time_in((start.plus_secs(-20 * DAY_SECS), start)),
            (true, _) => self.time_in((end.plus_secs(3600), end.plus_secs(20 * DAY_SECS))),
            _ => self.time_in(flow.window),
        }
    }

    fn recovered_time(&mut self) -> Moment {
        let layout = self.population.layout;
        let ranges: Vec<(Moment, Moment)> = (layout.time_ranges.iter())
            .filter(|range| range.time_key == RECOVERED_TIME)
            .map(|range| (range.start.unwrap_or(layout.start), range.end.unwrap_or(layout.end)))
            .collect();
        let is_outside = self.happens(Case::RecoveredOutsideRanges);
        let is_on_edge = self.happens(Case::RecoveredOnRangeEdge);
        // The week after the project is outside all ranges, unless one has no end.
        let after = (layout.end, layout.end.plus_secs(7 * DAY_SECS));
        let sent_at = match ranges[..] {
            [] => self.time_in((layout.start, layout.end)),
            _ if is_outside => self.time_in(after),
            _ => {
                let range = *self.random.pick(&ranges);
                let inside = self.time_in(range);
                let edge = *self.random.pick(&[range.0, range.1]);
                if is_on_edge { edge } else { inside }
            }
        };
        sent_at.with_micros(0)
    }

    fn time_in(&mut self, (from, to): (Moment, Moment)) -> Moment {
        Moment(self.random.between(from.0, to.0))
    }

    fn happens(&mut self, case: Case) -> bool {
        self.population.cases.happens(&mut self.random, case)
    }
}

/// A message without any text, which nobody labels.
fn empty() -> SentText {
    SentText {
        text: "".into(),
        meaning: std::sync::Arc::new(crate::texts::Meaning::NotCoded),
        pool_position: None,
    }
}
