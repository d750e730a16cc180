//! Scores as people and programs read them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Coder, Measures, SchemeScore};

/// What stands for a measure that is not defined.
const UNDEFINED: &str = "undefined";

/// A table for each scheme, in plain text.
pub fn scores_text(coders: &[Coder], scores: &[SchemeScore]) -> String {
    let mut text = String::new();
    for score in scores {
        let _ = writeln!(text, "{}", score.scheme);
        let _ = writeln!(
            text,
            "{} messages compared, {} of them with different codes; {} coded by one coder only\n",
            score.n_compared,
            score.disagreements.len(),
            score.n_not_compared
        );
        let _ = writeln!(text, "{}", table(coders, score));
    }
    if scores.is_empty() {
        text.push_str("No message has a code in any of the files.\n");
    }
    text
}

fn table(coders: &[Coder], score: &SchemeScore) -> String {
    let mut rows = vec![
        ["code".to_owned(), "agree %".into(), "kappa".into(), "alpha".into(), "given by".into()],
        row("all codes together", &score.overall, String::new()),
    ];
    for code in &score.codes {
        let given = code.n_given.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        rows.push(row(&code.code, &code.measures, given));
    }
    let names: Vec<&str> = coders.iter().map(|coder| coder.name.as_str()).collect();
    rows[0][4] = format!("given by {}", names.join(", "));
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for [code, agreement, kappa, alpha, given] in &rows {
        let line = format!(
            "{code:<0$}  {agreement:>1$}  {kappa:>2$}  {alpha:>3$}  {given}",
            widths[0], widths[1], widths[2], widths[3]
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn row(code: &str, measures: &Measures, given: String) -> [String; 5] {
    let with_decimals = |measure: Option<f64>, n_decimals: usize| {
        measure.map_or_else(|| UNDEFINED.to_owned(), |measure| format!("{measure:.n_decimals$}"))
    };
    [
        code.to_owned(),
        with_decimals(measures.percent_agreement, 1),
        with_decimals(measures.kappa, 3),
        with_decimals(measures.alpha, 3),
        given,
    ]
}

/// The same as JSON, in full precision; what is not defined is `null`.
pub fn scores_json(coders: &[Coder], scores: &[SchemeScore]) -> Value {
    let names: Vec<&str> = coders.iter().map(|coder| coder.name.as_str()).collect();
    let of_measures = |measures: &Measures| {
        json!({
            "PercentAgreement": measures.percent_agreement,
            "Kappa": measures.kappa,
            "Alpha": measures.alpha,
        })
    };
    let of_scheme = |score: &SchemeScore| {
        let codes: Map<String, Value> = score
            .codes
            .iter()
            .map(|code| {
                let mut value = of_measures(&code.measures);
                value["Given"] = json!(code.n_given);
                (code.code.clone(), value)
            })
            .collect();
        json!({
            "Scheme": score.scheme,
            "Compared": score.n_compared,
            "NotCompared": score.n_not_compared,
            "Disagreements": score.disagreements.len(),
            "Overall": of_measures(&score.overall),
            "Codes": codes,
        })
    };
    json!({"Coders": names, "Schemes": scores.iter().map(of_scheme).collect::<Vec<Value>>()})
}

/// All messages that coders disagree about, as CSV: one row for each message and scheme.
pub fn disagreements_csv(coders: &[Coder], scores: &[SchemeScore]) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let mut write = |cells: Vec<String>| {
        writer
            .write_record(cells)
            .expect("writing to memory cannot fail, and rows have one length");
    };
    let names = coders.iter().map(|coder| coder.name.clone());
    let header = ["Scheme", "MessageID", "Text"].map(str::to_owned).into_iter();
    write(header.chain(names).collect());
    for score in scores {
        for disagreement in &score.disagreements {
            let known = [&score.scheme, &disagreement.message_id, &disagreement.text];
            let codes = disagreement
                .codes
                .iter()
                .map(|codes| codes.as_ref().map_or_else(|| "not coded".to_owned(), joined));
            write(known.into_iter().cloned().chain(codes).collect());
        }
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn joined(codes: &BTreeSet<String>) -> String {
    codes.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
}
