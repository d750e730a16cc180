//! Reading of all files that `country.json` names.

use std::collections::BTreeMap;
use std::sync::Arc;

use checked_json::{Document, JsonPath, Problem, nearest};

use super::files::{CountryFile, Source, hint_for};
use super::form::{AgeForm, CleanerForm, CountryForm, WordsForm};
use super::{COUNTRY_FILE, Country};
use crate::age::{self, AgeReader};
use crate::cleaner::{Cleaner, Kind};
use crate::lexicon::Lexicon;
use crate::lines::LineProblem;
use crate::sounds::Sounds;
use crate::spelling::fold_joined;
use crate::vocabulary::Vocabulary;
use crate::word_list::WordList;
use crate::{Locations, Operators};

/// The country that `form` describes; whether it can be used is for the problems to say.
pub(super) fn build(
    source: &Source,
    document: &Document,
    form: CountryForm,
    problems: &mut Vec<Problem>,
) -> Country {
    let files =
        vec![CountryFile { name: COUNTRY_FILE.to_owned(), text: document.text().to_owned() }];
    let mut builder = Builder { source, document, files, problems };
    let vocabulary = Arc::new(builder.vocabulary(&form));
    let operators = Arc::new(builder.operators(&form));
    let cleaners = builder.cleaners(&form.cleaners, &vocabulary, &operators);
    let locations = Arc::new(builder.locations(&form));
    let path = JsonPath::top().key("SampleTexts");
    let sample_texts = form.sample_texts.as_ref().and_then(|name| builder.read(&path, name));
    let CountryForm { name, time_zone, .. } = form;
    let files = builder.files;
    Country { name, time_zone, cleaners, locations, operators, sample_texts, files }
}

struct Builder<'a> {
    source: &'a Source,
    document: &'a Document,
    files: Vec<CountryFile>,
    problems: &'a mut Vec<Problem>,
}

impl Builder<'_> {
    fn vocabulary(&mut self, form: &CountryForm) -> Vocabulary {
        let top = JsonPath::top();
        let mut sounds = Sounds::default();
        if let Some(name) = &form.sounds
            && let Some(text) = self.read(&top.key("Sounds"), name)
        {
            let (read, found) = Sounds::read(&text);
            sounds = read;
            self.report(name, found);
        }
        let fillers = self.read_all(&top.key("Fillers"), &form.fillers);
        let common_words = self.read_all(&top.key("CommonWords"), &form.common_words);
        let texts = |files: &[(String, String)]| -> Vec<String> {
            files.iter().map(|(_, text)| text.clone()).collect()
        };
        let (fillers, common_words) = (texts(&fillers), texts(&common_words));
        Vocabulary::new(
            sounds,
            fillers.iter().map(String::as_str),
            common_words.iter().map(String::as_str),
        )
    }

    fn operators(&mut self, form: &CountryForm) -> Operators {
        let Some(name) = &form.operators else { return Operators::default() };
        let Some(text) = self.read(&JsonPath::top().key("Operators"), name) else {
            return Operators::default();
        };
        let (operators, found) = Operators::read(&self.source.path(name), &text);
        self.problems.extend(found);
        operators
    }

    fn locations(&mut self, form: &CountryForm) -> Locations {
        let path = JsonPath::top().key("Locations");
        let Some(name) = &form.locations else {
            if !form.location_levels.is_empty() {
                let message = "there are `LocationLevels`, but no `Locations`";
                let path = JsonPath::top().key("LocationLevels");
                self.problems.push(self.document.error(&path, message));
            }
            return Locations::default();
        };
        let levels = JsonPath::top().key("LocationLevels");
        for (index, level) in form.location_levels.iter().enumerate() {
            let is_same = |it: &&crate::LocationLevel| {
                it.level == level.level || it.code_scheme == level.code_scheme
            };
            if form.location_levels[..index].iter().any(|it| is_same(&it)) {
                let message = "another level above has this name or this scheme";
                self.problems.push(self.document.error(&levels.index(index), message));
            }
        }
        let Some(text) = self.read(&path, name) else { return Locations::default() };
        let file = self.source.path(name);
        let (locations, found) = Locations::read(&file, &text, form.location_levels.clone());
        self.problems.extend(found);
        locations
    }

    fn cleaners(
        &mut self,
        forms: &[CleanerForm],
        vocabulary: &Arc<Vocabulary>,
        operators: &Arc<Operators>,
    ) -> Vec<Cleaner> {
        let path = JsonPath::top().key("Cleaners");
        let mut cleaners: Vec<Cleaner> = Vec::new();
        for (index, form) in forms.iter().enumerate() {
            let path = path.index(index);
            if cleaners.iter().any(|cleaner| cleaner.name() == form.name()) {
                let message = format!("another cleaner above is called `{}`", form.name());
                self.problems.push(self.document.error(&path.key("Name"), message));
            }
            let kind = match form {
                CleanerForm::Words(form) => self.words(&path, form, vocabulary, &cleaners),
                CleanerForm::Age(form) => Kind::Age(self.age(&path, form, vocabulary)),
                CleanerForm::Operator(_) => Kind::Operator(Arc::clone(operators)),
            };
            cleaners.push(Cleaner::new(form.name(), kind));
        }
        cleaners
    }

    fn words(
        &mut self,
        path: &JsonPath,
        form: &WordsForm,
        vocabulary: &Arc<Vocabulary>,
        above: &[Cleaner],
    ) -> Kind {
        let lists = self.word_lists(&path.key("Files"), &form.files);
        if form.files.is_empty() {
            let message = format!("cleaner `{}` has no files", form.name);
            self.problems.push(self.document.error(&path.key("Files"), message));
        }
        let unless = form.unless_cleaner.as_ref().and_then(|name| {
            let found = above.iter().find(|cleaner| cleaner.name() == name).cloned();
            if found.is_none() {
                let message = format!("no cleaner above is called `{name}`");
                let problem = self.document.error(&path.key("UnlessCleaner"), message);
                let hint = match nearest(name, above.iter().map(Cleaner::name)) {
                    Some((name, _)) => format!("the nearest is `{name}`"),
                    None => "cleaners see only those above them".to_owned(),
                };
                self.problems.push(problem.hint(hint));
            }
            found
        });
        Kind::Words { lexicon: Lexicon::new(lists, vocabulary), unless }
    }

    fn age(&mut self, path: &JsonPath, form: &AgeForm, vocabulary: &Arc<Vocabulary>) -> AgeReader {
        let numbers = self.word_lists(&path.key("NumberFiles"), &form.number_files);
        let is_number = |code: &str| code == age::JOIN || code.parse::<u32>().is_ok();
        self.check_codes(&numbers, is_number, "a whole number or `+`");
        let units = self.word_lists(&path.key("UnitFiles"), &form.unit_files);
        let is_unit = |code: &str| [age::AGE_UNIT, age::OTHER_UNIT].contains(&code);
        self.check_codes(&units, is_unit, "`age` or `other`");
        AgeReader {
            numbers: Lexicon::new(numbers, vocabulary),
            units: Lexicon::new(units, vocabulary),
            vocabulary: Arc::clone(vocabulary),
        }
    }

    fn check_codes(&mut self, lists: &[WordList], is_good: impl Fn(&str) -> bool, expected: &str) {
        for list in lists {
            let bad = list.words.iter().filter(|listed| !is_good(&listed.code));
            let problem = |line, code: &str| {
                LineProblem::new(line, format!("expected {expected}, found `{code}`"))
            };
            let found = bad.map(|listed| problem(listed.line, &listed.code)).collect();
            self.report(&list.name, found);
        }
    }

    /// Reads the lists of one cleaner; a word can have one code only.
    fn word_lists(&mut self, path: &JsonPath, names: &[String]) -> Vec<WordList> {
        let mut lists: Vec<WordList> = Vec::new();
        let mut seen: BTreeMap<String, (String, String, usize)> = BTreeMap::new();
        for (name, text) in self.read_all(path, names) {
            let (list, mut found) = WordList::read(&name, &text);
            for listed in &list.words {
                let folded = fold_joined(&listed.word);
                let first = seen
                    .entry(folded)
                    .or_insert_with(|| (listed.code.clone(), name.clone(), listed.line));
                if first.0 != listed.code {
                    let (word, code) = (&listed.word, &listed.code);
                    let (other, file, line) = first;
                    found.push(
                        LineProblem::new(
                            listed.line,
                            format!("`{word}` is a word of `{code}`, but also of `{other}`"),
                        )
                        .hint(format!("see line {line} of {file}; a word has one code")),
                    );
                }
            }
            self.report(&name, found);
            lists.push(list);
        }
        lists
    }

    fn read_all(&mut self, path: &JsonPath, names: &[String]) -> Vec<(String, String)> {
        let files = names.iter().enumerate();
        files
            .filter_map(|(index, name)| Some((name.clone(), self.read(&path.index(index), name)?)))
            .collect()
    }

    /// The text of a file that is named at `path`.
    fn read(&mut self, path: &JsonPath, name: &str) -> Option<String> {
        match self.source.read_named(name) {
            Ok(text) => {
                self.files.push(CountryFile { name: name.to_owned(), text: text.clone() });
                Some(text)
            }
            Err(message) => {
                self.problems.push(self.document.error(path, message).hint(hint_for(name)));
                None
            }
        }
    }

    fn report(&mut self, name: &str, found: Vec<LineProblem>) {
        let file = self.source.path(name);
        self.problems.extend(found.into_iter().map(|problem| problem.of_file(&file)));
    }
}
