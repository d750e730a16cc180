//! Where people are: one map for each layer, colored by what is chosen.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::classes::{class_edges, class_of};
use crate::counts::Counts;
use crate::design::Design;
use crate::drawing::with_thousands;
use crate::graphs::code_name;
use crate::maps::{Layout, Look, Map, MapLayer, MapSubject, web_map};

use super::figures::Figures;
use super::html::{Cell, Table, details, escape, section};

/// The maps, and the data with which a script shows another one.
pub(super) fn maps(
    design: &Design,
    counts: &Counts,
    figures: &Figures,
    layers: &[MapLayer],
    layouts: &[Layout],
) -> String {
    if layers.is_empty() {
        return String::new();
    }
    let all: Vec<Vec<Shown>> =
        (0..layers.len()).map(|layer| shown_maps(design, counts, figures, layer)).collect();
    let mut content = picker(layers) + HATCH;
    for (place, ((layer, layout), maps)) in layers.iter().zip(layouts).zip(&all).enumerate() {
        if let Some(everybody) = maps.first() {
            content += &layer_html(design, layer, layout, place, everybody);
        }
    }
    let data = data(design, figures.minimum, layers, &all);
    content += &format!(
        r#"<script type="application/json" id="map-data">{}</script>"#,
        script_json(&data)
    );
    section("maps", "Where people are", &content)
}

/// What hidden shapes are filled with.
const HATCH: &str = r#"<svg class="patterns" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="M-1 7L7 -1"/></pattern></defs></svg>"#;

/// A map as far as it may be shown.
struct Shown {
    subject: MapSubject,
    title: String,
    counts: Vec<Option<u64>>,
    edges: Vec<u64>,
    /// The least count above zero that is ever shown.
    least: u64,
}

fn shown_maps(design: &Design, counts: &Counts, figures: &Figures, layer: usize) -> Vec<Shown> {
    let maps = counts.maps.iter().zip(&figures.maps).filter(|(map, _)| map.layer == layer);
    maps.map(|(map, cells)| {
        let cells: Vec<Option<u64>> = cells.iter().map(|cell| figures.get(*cell)).collect();
        let edges = class_edges(cells.iter().flatten().copied());
        Shown {
            subject: map.subject,
            title: title(design, counts, map),
            counts: cells,
            edges,
            least: figures.minimum,
        }
    })
    .collect()
}

fn title(design: &Design, counts: &Counts, map: &Map) -> String {
    let coding = |show: usize| design.coding(design.shows[show]);
    match map.subject {
        MapSubject::Everybody => "Everybody who took part".to_owned(),
        MapSubject::Relevant { show } => {
            let is_labelled = map.n_people == counts.tables.themes[show].normal.n_people;
            let of_them = if is_labelled { "" } else { " and no message that waits for a label" };
            format!("{}: everybody with a theme{of_them}", coding(show).scheme.name)
        }
        MapSubject::Theme { show, code } => {
            format!("{}: {}", coding(show).scheme.name, code_name(coding(show).code(code)))
        }
    }
}

/// The controls; a script shows them, for without one they would do nothing.
fn picker(layers: &[MapLayer]) -> String {
    let mut radios = String::new();
    for (place, layer) in layers.iter().enumerate() {
        let checked = if place == 0 { " checked" } else { "" };
        let name = escape(&capitalized(&layer.name.replace('_', " ")));
        let _ = write!(
            radios,
            r#"<label><input type="radio" name="map-layer" value="{place}"{checked}> {name}</label>"#
        );
    }
    format!(
        r#"<form class="picker" id="map-picker" hidden><fieldset><legend>Places</legend>{radios}</fieldset><label>Radio show <select id="map-show"></select></label><label>Theme <select id="map-theme"></select></label><span class="buttons"><button type="button" id="map-previous">Previous map</button> <button type="button" id="map-next">Next map</button></span></form><p id="map-status" class="visually-hidden" role="status"></p>"#
    )
}

fn layer_html(
    design: &Design,
    layer: &MapLayer,
    layout: &Layout,
    place: usize,
    map: &Shown,
) -> String {
    let coding = design.coding(layer.coding);
    let places: Vec<u16> = coding.normal_codes().map(|(code, _)| code).collect();
    let shows_zeros = shows_zeros(layer);
    let look_of = |code: u16| {
        let place = places.iter().position(|known| *known == code).unwrap_or_default();
        let (class, text) = match map.counts[place] {
            None => ("hidden".to_owned(), "·".to_owned()),
            Some(0) if !shows_zeros => ("k0".to_owned(), String::new()),
            Some(count) => (format!("k{}", class_of(&map.edges, count)), with_thousands(count)),
        };
        Look { place, class, text }
    };
    let svg = web_map(layer, layout, place, look_of);
    let n_classes = map.edges.len() - 1;
    let mut table = Table::new(&format!("People by {}", layer.unit))
        .text_column(&capitalized(&layer.unit))
        .number_column("People");
    for ((_, code), count) in coding.normal_codes().zip(&map.counts) {
        table.row(vec![Cell::Head(code_name(code)), Cell::Count(*count)]);
    }
    format!(
        r#"<div class="map-layer" data-layer="{place}"><figure><figcaption><h3 id="map-title-{place}">{}</h3></figcaption><div class="map-and-legend of{n_classes}">{svg}<ul class="legend" aria-label="Colors of the map">{}</ul></div><p class="note">{}</p></figure>{}</div>"#,
        escape(&format!("{}, by {}", map.title, layer.unit)),
        legend(map),
        escape(&layer.attribution),
        details("Numbers as a table", &table.html())
    )
}

/// Whether zeros have labels; with many shapes they would cover the map.
fn shows_zeros(layer: &MapLayer) -> bool {
    layer.geography.shapes.len() <= 30
}

fn legend(map: &Shown) -> String {
    let item = |class: &str, text: &str| {
        format!(
            r#"<li><svg class="map" viewBox="0 0 26 15" aria-hidden="true"><rect class="{class}" width="26" height="15"/></svg>{text}</li>"#
        )
    };
    let mut html = String::new();
    if map.counts.contains(&Some(0)) {
        html += &item("k0", "0");
    }
    for (class, edges) in (1..).zip(map.edges.windows(2)) {
        let class: usize = class;
        let (from, to) = (with_thousands((edges[0] + 1).max(map.least)), with_thousands(edges[1]));
        let text = if from == to { from } else { format!("{from} – {to}") };
        html += &item(&format!("k{class}"), &text);
    }
    if map.counts.iter().any(Option::is_none) {
        html += &item("hidden", "hidden");
    }
    html
}

fn data(design: &Design, minimum: u64, layers: &[MapLayer], all: &[Vec<Shown>]) -> Value {
    let of_layer = |(layer, maps): (&MapLayer, &Vec<Shown>)| {
        let names: Vec<String> =
            design.coding(layer.coding).normal_codes().map(|(_, code)| code_name(code)).collect();
        let maps: Vec<Value> = maps.iter().map(|map| {
            let (show, theme) = match map.subject {
                MapSubject::Everybody => (-1, -1),
                MapSubject::Relevant { show } => (show as i64, -1),
                MapSubject::Theme { show, code } => (show as i64, i64::from(code)),
            };
            json!({"show": show, "theme": theme, "title": map.title, "counts": map.counts, "edges": map.edges})
        }).collect();
        json!({"unit": layer.unit, "names": names, "maps": maps, "zeros": shows_zeros(layer)})
    };
    let shows = design.shows.iter().enumerate().map(|(show, place)| {
        let coding = design.coding(*place);
        let themes: Vec<Value> =
            coding.normal_codes().map(|(code, theme)| json!([code, code_name(theme)])).collect();
        json!({"show": show, "name": coding.scheme.name, "themes": themes})
    });
    json!({"minimum": minimum, "shows": shows.collect::<Vec<Value>>(), "layers": layers.iter().zip(all).map(of_layer).collect::<Vec<Value>>()})
}

/// JSON that cannot end the script it stands in.
fn script_json(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_script() {
        let text = script_json(&json!({"name": "</script><script>alert(1)</script>&"}));
        assert!(!text.contains('<') && !text.contains('&'));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["name"], "</script><script>alert(1)</script>&");
    }
}
