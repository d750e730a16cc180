//! Texts as phones really send them: emoji, line ends, quotes, Arabic.

/// Ways to write a text that software trips over; each keeps what the text means.
const WAYS: [fn(&str) -> String; 22] = [
    |text| format!("{text} 🙏"),
    |text| format!("😀😀 {text}"),
    |text| format!("{text} 👍🏿 👨‍👩‍👧"),
    |text| text.replacen(' ', "\r\n", 1) + "\r\n.",
    |text| format!("1. {text}\n2. {text}\n"),
    |text| format!("\"{text}\""),
    |text| format!("waa \"{text}\", sidaas"),
    |text| format!("{text}; {text};"),
    |text| format!("{text}, iyo; 'wax kale'"),
    |text| format!("السلام عليكم {text} شكرا"),
    |text| format!("\u{200f}{text} مع السلامة"),
    |text| format!("{text} \\ /"),
    |text| format!("\u{2028} {text}"),
    |text| format!("  {text}  "),
    |text| format!("{text}\t\u{a0}."),
    |text| format!("={text}"),
    |text| format!("cafe\u{301} {text} naïve"),
    |text| format!("<b>{text}</b> &amp; %s {{}}"),
    |text| vec![text; 14].join(" "),
    |text| text.to_uppercase(),
    |text| format!("{text}\u{feff}"),
    |text| format!("{text} १२ ٣٤"),
];

/// The text, written in each way.
pub(super) fn all_ways(text: &str) -> impl Iterator<Item = String> {
    WAYS.into_iter().map(move |way| way(text))
}

/// How many ways there are.
pub(super) const N_WAYS: usize = WAYS.len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_leaves_a_text_as_it_was() {
        for written in all_ways("rain water") {
            assert_ne!(written, "rain water");
        }
    }

    #[test]
    fn what_csv_and_json_writers_trip_over_is_there() {
        let all: String = all_ways("rain water").collect();
        for odd in ["🙏", "\r\n", "\"", ";", ",", "\\", "\u{2028}", "شكرا", "\t"] {
            assert!(all.contains(odd), "{odd:?}");
        }
    }
}
