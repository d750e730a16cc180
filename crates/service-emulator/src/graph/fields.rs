//! The parameter `fields`: `message,from{id},comments.filter(stream).limit(0).summary(true)`.

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// In braces: the fields of the field; empty when none are named.
    pub(crate) fields: Vec<Field>,
    /// `.name(value)`
    pub(crate) modifiers: Vec<(String, String)>,
}

/// The fields in a list; `None` when it is none.
pub(crate) fn parse(text: &str) -> Option<Vec<Field>> {
    let mut rest = text;
    let fields = list(&mut rest)?;
    rest.is_empty().then_some(fields)
}

impl Field {
    /// Whether the field has this modifier with this value.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.modifiers.iter().any(|(other, its)| other == name && its == value)
    }

    /// Whether this field of the field is wanted: it is named, or none is.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|field| field.name == name)
    }
}

fn list(rest: &mut &str) -> Option<Vec<Field>> {
    let mut fields = vec![field(rest)?];
    while let Some(after) = rest.strip_prefix(',') {
        *rest = after;
        fields.push(field(rest)?);
    }
    Some(fields)
}

fn field(rest: &mut &str) -> Option<Field> {
    let mut field = Field { name: word(rest)?, fields: Vec::new(), modifiers: Vec::new() };
    loop {
        if let Some(after) = rest.strip_prefix('{') {
            *rest = after;
            field.fields = list(rest)?;
            *rest = rest.strip_prefix('}')?;
        } else if let Some(after) = rest.strip_prefix('.') {
            *rest = after;
            let name = word(rest)?;
            let (value, after) = rest.strip_prefix('(')?.split_once(')')?;
            field.modifiers.push((name, value.to_owned()));
            *rest = after;
        } else {
            return Some(field);
        }
    }
}

fn word(rest: &mut &str) -> Option<String> {
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nested_fields_and_modifiers() {
        let fields =
            parse("message,from{id},comments.filter(stream).limit(0).summary(true)").unwrap();
        let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["message", "from", "comments"]);
        assert!(fields[1].wants("id") && !fields[1].wants("name"));
        assert!(fields[0].wants("anything"));
        assert!(fields[2].is("limit", "0") && fields[2].is("summary", "true"));
        assert!(!fields[2].is("limit", "1"));
    }

    #[test]
    fn refuses_what_is_no_list() {
        for text in ["", ",", "a,", "a{", "a{b", "a.b", "a.b(", "a b"] {
            assert_eq!(parse(text), None, "text: {text:?}");
        }
    }
}
