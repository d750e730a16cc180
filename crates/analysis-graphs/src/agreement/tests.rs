//! Measures are those of other programs; what is not defined says so.

use serde_json::Value;

use super::*;

/// A coder with the codes of messages `0`, `1`, …; `None`: not coded.
fn coder(name: &str, codes: &[Option<&[&str]>]) -> Coder {
    let of_message = |codes: &&[&str]| -> BTreeMap<String, BTreeSet<String>> {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        BTreeMap::from([("scheme".to_owned(), codes)])
    };
    let codes = codes
        .iter()
        .enumerate()
        .map(|(id, codes)| (id.to_string(), codes.as_ref().map(of_message).unwrap_or_default()));
    Coder { name: name.to_owned(), codes: codes.collect(), texts: BTreeMap::new() }
}

fn score_of(coders: &[Coder]) -> SchemeScore {
    let mut scores = score(coders);
    assert_eq!(scores.len(), 1);
    scores.remove(0)
}

/// `vectors.json` is made by `make_vectors.py` with the packages `krippendorff` and
/// `scikit-learn`.
#[test]
fn measures_are_those_of_krippendorff_and_scikit_learn() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert!(20 < cases.len());
    let mut n_undefined = 0;
    for (number, case) in cases.iter().enumerate() {
        let codings = case["codings"].as_array().unwrap();
        let n_coders = usize::try_from(case["n_coders"].as_u64().unwrap()).unwrap();
        let coders: Vec<Coder> = (0..n_coders)
            .map(|place| {
                let codes: Vec<Option<Vec<String>>> = codings
                    .iter()
                    .map(|message| {
                        let codes = message[place].as_array()?;
                        Some(codes.iter().map(ToString::to_string).collect())
                    })
                    .collect();
                let codes: Vec<Option<Vec<&str>>> = codes
                    .iter()
                    .map(|codes| Some(codes.as_ref()?.iter().map(String::as_str).collect()))
                    .collect();
                let codes: Vec<Option<&[&str]>> = codes.iter().map(Option::as_deref).collect();
                coder(&place.to_string(), &codes)
            })
            .collect();
        let found = score(&coders).pop();
        let Some(found) = found else {
            assert!(case["codes"].as_object().unwrap().is_empty(), "case {number}");
            continue;
        };
        let mut compare = |what: &str, found: &Measures, expected: &Value| {
            let pairs = [
                (found.percent_agreement, &expected["percent"]),
                (found.kappa, &expected["kappa"]),
                (found.alpha, &expected["alpha"]),
            ];
            for (place, (found, expected)) in pairs.into_iter().enumerate() {
                let is_equal = match (found, expected.as_f64()) {
                    (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
                    (None, None) => true,
                    _ => false,
                };
                n_undefined += usize::from(found.is_none());
                assert!(is_equal, "case {number}, {what}, measure {place}: {found:?}, {expected}");
            }
        };
        compare("overall", &found.overall, &case["overall"]);
        let expected = case["codes"].as_object().unwrap();
        assert_eq!(expected.len(), found.codes.len(), "case {number}");
        for code in &found.codes {
            compare(&code.code, &code.measures, &expected[&code.code]);
        }
    }
    assert!(3 < n_undefined, "the vectors have cases in which nothing is defined");
}

#[test]
fn where_nothing_varies_kappa_and_alpha_are_undefined() {
    let codes: &[Option<&[&str]>] = &[Some(&["a"]), Some(&["a"]), Some(&["a"])];
    let score = score_of(&[coder("ann", codes), coder("ben", codes)]);
    let expected = Measures { percent_agreement: Some(100.0), kappa: None, alpha: None };
    assert_eq!(score.overall, expected);
    let coders = [coder("ann", codes), coder("ben", codes)];
    let text = scores_text(&coders, &[score]);
    assert!(text.contains("undefined") && !text.contains("NaN"), "{text}");
}

#[test]
fn messages_of_one_coder_only_are_in_no_measure() {
    let ann = coder("ann", &[Some(&["a"]), Some(&["b"]), None, None]);
    let ben = coder("ben", &[Some(&["a"]), None, Some(&["b"]), None]);
    let score = score_of(&[ann, ben]);
    assert_eq!((score.n_compared, score.n_not_compared), (1, 2));
    assert_eq!(score.codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(score.codes[0].n_given, [1, 1]);
}

#[test]
fn coders_who_share_no_message_cannot_be_compared() {
    let score =
        score_of(&[coder("ann", &[Some(&["a"]), None]), coder("ben", &[None, Some(&["a"])])]);
    let expected = Measures { percent_agreement: None, kappa: None, alpha: None };
    assert_eq!(score.overall, expected);
    assert!(score.codes.is_empty() && score.disagreements.is_empty());
}

#[test]
fn disagreements_are_listed_with_what_each_coder_gave() {
    let mut ann = coder("ann", &[Some(&["a", "b"]), Some(&["c"])]);
    let ben = coder("ben", &[Some(&["a"]), Some(&["c"])]);
    let cem = coder("cem", &[None, Some(&["c"])]);
    ann.texts.insert("0".to_owned(), "waa, \"haa\"".to_owned());
    let coders = [ann, ben, cem];
    let csv = String::from_utf8(disagreements_csv(&coders, &score(&coders))).unwrap();
    let expected = "Scheme,MessageID,Text,ann,ben,cem\n\
                    scheme,0,\"waa, \"\"haa\"\"\",a; b,a,not coded\n";
    assert_eq!(csv, expected);
}
