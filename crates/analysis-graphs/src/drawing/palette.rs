//! The colors of all pictures, told apart also by people who see few colors, and in gray.

/// Text and axes.
pub(crate) const INK: &str = "#1f2933";
/// Text that explains.
pub(crate) const SOFT_INK: &str = "#5b6670";
/// Lines behind the data.
pub(crate) const GRID: &str = "#dfe3e8";
/// The background.
pub(crate) const PAPER: &str = "#ffffff";
/// A shape of a map where nobody is.
pub(crate) const ZERO: &str = "#f1f3f5";
/// A shape of a map that no code belongs to.
pub(crate) const NO_DATA: &str = "#ffffff";
/// The line around a country.
pub(crate) const COAST: &str = "#8a949e";

/// What a bar or line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What a picture is about: themes, answers, people.
    Main,
    /// What it is compared with: messages.
    Second,
    /// A third series, of relevant messages.
    Third,
    /// Kinds of messages: greetings, questions.
    Meta,
    /// States of answers: missing, not reviewed.
    Control,
}

/// The color of a role (Okabe and Ito's palette, and gray).
pub(crate) fn role_color(role: Role) -> &'static str {
    match role {
        Role::Main => "#0072b2",
        Role::Second => "#56b4e9",
        Role::Third => "#e69f00",
        Role::Meta => "#cc79a7",
        Role::Control => "#98a2ad",
    }
}

/// The color of class `class` (from 1) of `n_classes`: light to dark (ColorBrewer's YlGnBu, whose
/// steps differ in lightness).
pub(crate) fn class_color(class: usize, n_classes: usize) -> &'static str {
    const ONE: [&str; 1] = ["#2c7fb8"];
    const TWO: [&str; 2] = ["#7fcdbb", "#225ea8"];
    const THREE: [&str; 3] = ["#a1dab4", "#41b6c4", "#225ea8"];
    const FOUR: [&str; 4] = ["#c7e9b4", "#41b6c4", "#2c7fb8", "#253494"];
    const FIVE: [&str; 5] = ["#d9f0a3", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"];
    let colors: &[&str] = match n_classes {
        0 | 1 => &ONE,
        2 => &TWO,
        3 => &THREE,
        4 => &FOUR,
        _ => &FIVE,
    };
    colors[(class.max(1) - 1).min(colors.len() - 1)]
}

/// Whether white text is easier to read on a class color than dark text.
pub(crate) fn is_dark(color: &str) -> bool {
    let channel = |place: usize| u32::from_str_radix(&color[place..place + 2], 16).unwrap_or(255);
    // The usual weights of red, green and blue for how bright a color looks.
    channel(1) * 299 + channel(3) * 587 + channel(5) * 114 < 128_000
}
