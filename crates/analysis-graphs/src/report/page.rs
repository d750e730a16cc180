//! The page around the parts: one file that asks nothing of any server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::drawing::{Role, class_color, role_color};

use super::html::escape;

const STYLE: &str = include_str!("assets/report.css");
const SCRIPT: &str = include_str!("assets/report.js");

/// The whole page; `parts` are its sections with the names that lead to them.
pub(super) fn page(
    title: &str,
    subtitle: &str,
    headline: &str,
    parts: &[(&str, &str, String)],
) -> String {
    let style = format!("{}{STYLE}", colors());
    let navigation: String = parts
        .iter()
        .filter(|(_, _, html)| !html.is_empty())
        .map(|(id, name, _)| format!(r##"<li><a href="#{id}">{name}</a></li>"##))
        .collect();
    let content: String = parts.iter().map(|(_, _, html)| html.as_str()).collect();
    let (title, subtitle) = (escape(title), escape(subtitle));
    let (style_hash, script_hash) = (hash(&style), hash(SCRIPT));
    format!(
        r##"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; script-src '{script_hash}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the numbers</a>
<header><h1>{title}</h1><p>{subtitle}</p></header>
<nav aria-label="Parts of the report"><ul>{navigation}</ul></nav>
<main id="main" tabindex="-1">
{headline}
{content}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"##
    )
}

/// A content security policy lets nothing run but what has this hash.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The colors of the pictures, for the style sheet.
fn colors() -> String {
    let mut css = String::new();
    for n_classes in 0..=5 {
        for class in 1..=n_classes {
            let color = class_color(class, n_classes);
            css += &format!(".of{n_classes} .k{class}{{fill:{color}}}");
        }
    }
    for (class, role) in [("main", Role::Main), ("meta", Role::Meta), ("control", Role::Control)] {
        css += &format!(".bar .{class}{{fill:{}}}", role_color(role));
    }
    css + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_policy() {
        // Expected value: `printf 'alert(1)' | openssl dgst -sha256 -binary | base64`.
        assert_eq!(hash("alert(1)"), "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=");
    }

    #[test]
    fn the_script_cannot_end_early() {
        assert!(!SCRIPT.contains("</"));
        assert!(!STYLE.contains("</"));
    }
}
