//! The language in which files are searched.

use super::Entry;

/// What files are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    /// It is in this folder.
    In(String),
    /// Names are compared as Drive does it: upper and lower case are the same.
    Name(String),
    /// A part of the name.
    NamePart(String),
    MimeType(String),
    Trashed(bool),
    SharedWithMe(bool),
}

impl Condition {
    pub(crate) fn holds_for(&self, entry: &Entry) -> bool {
        let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
        match self {
            Self::Always => true,
            Self::And(left, right) => left.holds_for(entry) && right.holds_for(entry),
            Self::Or(left, right) => left.holds_for(entry) || right.holds_for(entry),
            Self::Not(inner) => !inner.holds_for(entry),
            Self::In(folder) => entry.parent.as_ref() == Some(folder),
            Self::Name(name) => same(name, &entry.name),
            Self::NamePart(part) => entry.name.to_lowercase().contains(&part.to_lowercase()),
            Self::MimeType(mime_type) => *mime_type == entry.mime_type,
            Self::Trashed(value) => *value == entry.is_trashed,
            Self::SharedWithMe(value) => *value == entry.is_shared,
        }
    }

    /// As [`Condition::holds_for`], for shared drives, which have nothing but a name.
    pub(crate) fn holds_for_name(&self, name: &str) -> bool {
        self.holds_for(&Entry {
            id: String::new(),
            name: name.to_owned(),
            mime_type: String::new(),
            parent: None,
            drive: None,
            bytes: None,
            is_shared: false,
            is_writable: true,
            is_trashed: false,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Reads a query; `None` when it is none, or none that is emulated.
pub(crate) fn parse(text: &str) -> Option<Condition> {
    let mut parser = Parser { tokens: tokens(text)?, n_taken: 0 };
    let condition = parser.any_of()?;
    (parser.n_taken == parser.tokens.len()).then_some(condition)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ' ' => {}
            '(' | ')' | '=' | '!' => tokens.push(Token::Sign(character)),
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match rest.next()? {
                        '\'' => break,
                        '\\' => quoted.push(rest.next()?),
                        other => quoted.push(other),
                    }
                }
                tokens.push(Token::Text(quoted));
            }
            letter if letter.is_alphabetic() => {
                let mut word = String::from(letter);
                while let Some(letter) = rest.next_if(|it| it.is_alphanumeric()) {
                    word.push(letter);
                }
                tokens.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    n_taken: usize,
}

impl Parser {
    fn any_of(&mut self) -> Option<Condition> {
        let mut condition = self.all_of()?;
        while self.takes(&Token::Word("or".to_owned())) {
            condition = Condition::Or(Box::new(condition), Box::new(self.all_of()?));
        }
        Some(condition)
    }

    fn all_of(&mut self) -> Option<Condition> {
        let mut condition = self.term()?;
        while self.takes(&Token::Word("and".to_owned())) {
            condition = Condition::And(Box::new(condition), Box::new(self.term()?));
        }
        Some(condition)
    }

    fn term(&mut self) -> Option<Condition> {
        match self.next()? {
            Token::Word(word) if word == "not" => Some(Condition::Not(Box::new(self.term()?))),
            Token::Sign('(') => {
                let condition = self.any_of()?;
                self.takes(&Token::Sign(')')).then_some(condition)
            }
            Token::Text(folder) => {
                let rest = (self.next()?, self.next()?);
                let expected = (Token::Word("in".to_owned()), Token::Word("parents".to_owned()));
                (rest == expected).then_some(Condition::In(folder))
            }
            Token::Word(field) => self.comparison(&field),
            Token::Sign(_) => None,
        }
    }

    fn comparison(&mut self, field: &str) -> Option<Condition> {
        if field == "sharedWithMe" && !self.peeks(&Token::Sign('=')) {
            return Some(Condition::SharedWithMe(true));
        }
        if self.takes(&Token::Word("contains".to_owned())) {
            let Token::Text(part) = self.next()? else { return None };
            return (field == "name").then_some(Condition::NamePart(part));
        }
        let is_negated = self.takes(&Token::Sign('!'));
        if !self.takes(&Token::Sign('=')) {
            return None;
        }
        let condition = match (field, self.next()?) {
            ("name", Token::Text(name)) => Condition::Name(name),
            ("mimeType", Token::Text(mime_type)) => Condition::MimeType(mime_type),
            ("trashed", Token::Word(word)) => Condition::Trashed(word.parse().ok()?),
            ("sharedWithMe", Token::Word(word)) => Condition::SharedWithMe(word.parse().ok()?),
            _ => return None,
        };
        match is_negated {
            true => Some(Condition::Not(Box::new(condition))),
            false => Some(condition),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.n_taken)?.clone();
        self.n_taken += 1;
        Some(token)
    }

    fn peeks(&self, token: &Token) -> bool {
        self.tokens.get(self.n_taken) == Some(token)
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.peeks(token);
        self.n_taken += usize::from(is_next);
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_ask() {
        let is_in = |folder: &str| Box::new(Condition::In(folder.to_owned()));
        let name = |name: &str| Box::new(Condition::Name(name.to_owned()));
        check("'f' in parents", Some(*is_in("f")));
        check(
            "'f' in parents and trashed = false",
            Some(Condition::And(is_in("f"), Box::new(Condition::Trashed(false)))),
        );
        check(r"name = 'it\'s \\ this'", Some(*name(r"it's \ this")));
        check("sharedWithMe", Some(Condition::SharedWithMe(true)));
        check(
            "name='a' or not name!='b'",
            Some(Condition::Or(
                name("a"),
                Box::new(Condition::Not(Box::new(Condition::Not(name("b"))))),
            )),
        );
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for text in ["name", "name = ", "name = 'a", "'f' in owners", "(name = 'a'", "size = '1'"] {
            check(text, None);
        }
    }

    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "each call makes its own")]
    fn check(text: &str, expected: Option<Condition>) {
        assert_eq!(parse(text), expected, "query: {text}");
    }
}
