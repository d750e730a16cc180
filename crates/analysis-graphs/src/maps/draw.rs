//! The picture of a map.

use crate::classes::class_of;
use crate::design::Design;
use crate::drawing::{
    Anchor, COAST, INK, NO_DATA, PAPER, Picture, SOFT_INK, Svg, TextStyle, Weight, ZERO,
    class_color, is_dark, number, text_width, with_thousands, wrap,
};
use crate::geo::{Point, Rect};

use super::counts::Map;
use super::layer::MapLayer;
use super::layout::{Content, Inset, Label, Layout, NAME_SIZE, SMALL_TEXT};

const MARGIN: f64 = 28.0;

/// What is written above a map.
pub(crate) struct Titles {
    pub(crate) title: String,
    pub(crate) subtitle: String,
}

/// The picture of a map.
pub fn draw_map(design: &Design, layer: &MapLayer, layout: &Layout, map: &Map) -> Picture {
    let titles = map.titles(design, layer);
    let counts = shape_counts(layer, map);
    let mut svg = Svg::new(layout.width, layout.height);
    svg.rect([0.0, 0.0, layout.width, layout.height], PAPER);
    draw_titles(&mut svg, layout.width, &titles);

    draw_shapes(&mut svg, &layout.paths, &counts, map);
    if let Some(inset) = &layout.inset {
        draw_inset(&mut svg, layer, layout, inset, &counts, map);
    }
    for label in &layout.labels {
        draw_label(&mut svg, layer, layout, label, &counts, map);
    }
    draw_legend(&mut svg, layout, &counts, map);
    for (line, text) in (0..).zip(&layout.attribution) {
        let from_bottom = (layout.attribution.len() - 1 - line) as f64 * 12.0 + 14.0;
        let style = TextStyle::new(SMALL_TEXT).color(SOFT_INK);
        svg.text([MARGIN, layout.height - from_bottom], style, text);
    }
    Picture { path: map.path.clone(), svg: svg.finish(&titles.title) }
}

/// How many people each shape has; `None` where no code belongs to the shape.
fn shape_counts(layer: &MapLayer, map: &Map) -> Vec<Option<u64>> {
    let count_of = |code: &Option<u16>| {
        let code = (*code)?;
        map.counts.iter().find(|(known, _)| *known == code).map(|(_, count)| *count)
    };
    layer.codes.iter().map(count_of).collect()
}

fn draw_titles(svg: &mut Svg, width: f64, titles: &Titles) {
    let mut y = 38.0;
    let title = TextStyle::new(21.0).bold();
    // Bold text is wider than the regular text that lines are measured with.
    for line in wrap(&titles.title, (width - 2.0 * MARGIN) * 0.88, 21.0, 2) {
        svg.text([MARGIN, y], title, &line);
        y += 26.0;
    }
    for line in wrap(&titles.subtitle, width - 2.0 * MARGIN, 13.0, 2) {
        svg.text([MARGIN, y - 3.0], TextStyle::new(13.0).color(SOFT_INK), &line);
        y += 17.0;
    }
}

fn draw_shapes(svg: &mut Svg, paths: &[String], counts: &[Option<u64>], map: &Map) {
    // The wide line below stays visible only around the country.
    svg.raw(&format!(
        r##"<g stroke="{COAST}" stroke-width="2.6" stroke-linejoin="round" fill="none">"##
    ));
    for path in paths {
        svg.raw(&format!(r#"<path d="{path}"/>"#));
    }
    svg.raw(r##"</g><g stroke="#ffffff" stroke-width="1" stroke-linejoin="round" fill-rule="evenodd">"##);
    for (path, count) in paths.iter().zip(counts) {
        svg.raw(&format!(r#"<path d="{path}" fill="{}"/>"#, fill(*count, map)));
    }
    svg.raw("</g>");
    let is_empty = |count: &Option<u64>| count.is_none_or(|count| count == 0);
    svg.raw(r##"<g stroke="#cfd5db" stroke-width="0.8" fill="none">"##);
    for (path, _) in paths.iter().zip(counts).filter(|(_, count)| is_empty(count)) {
        svg.raw(&format!(r#"<path d="{path}"/>"#));
    }
    svg.raw("</g>");
}

fn fill(count: Option<u64>, map: &Map) -> &'static str {
    match count {
        None => NO_DATA,
        Some(0) => ZERO,
        Some(count) => class_color(class_of(&map.edges, count), map.edges.len() - 1),
    }
}

fn draw_inset(
    svg: &mut Svg,
    layer: &MapLayer,
    layout: &Layout,
    inset: &Inset,
    counts: &[Option<u64>],
    map: &Map,
) {
    let outline = |svg: &mut Svg, area: &Rect, width: f64| {
        svg.raw(&format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="{INK}" stroke-width="{width}"/>"#,
            number(area.left),
            number(area.top),
            number(area.width()),
            number(area.height())
        ));
    };
    let frame = &inset.frame;
    let area = [frame.left, frame.top, frame.width(), frame.height()];
    outline(svg, &inset.source, 0.8);
    for (from, to) in connecting_lines(&inset.source, frame) {
        svg.line(from, to, SOFT_INK, 0.6);
    }
    svg.rect(area, PAPER);
    let [x, y, width, height] = area.map(number);
    svg.raw(&format!(
        r##"<clipPath id="inset"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath><g clip-path="url(#inset)">"##
    ));
    draw_shapes(svg, &inset.paths, counts, map);
    for label in &inset.labels {
        draw_label(svg, layer, layout, label, counts, map);
    }
    svg.raw("</g>");
    outline(svg, frame, 0.8);
}

/// Lines between the corners of what is enlarged and of where it is shown.
fn connecting_lines(source: &Rect, frame: &Rect) -> [(Point, Point); 2] {
    let [x, y] = frame.middle();
    let [source_x, source_y] = source.middle();
    // The two corners that do not lie on the diagonal between both.
    if (source_x < x) == (source_y < y) {
        [
            ([source.right, source.top], [frame.right, frame.top]),
            ([source.left, source.bottom], [frame.left, frame.bottom]),
        ]
    } else {
        [
            ([source.left, source.top], [frame.left, frame.top]),
            ([source.right, source.bottom], [frame.right, frame.bottom]),
        ]
    }
}

fn draw_label(
    svg: &mut Svg,
    layer: &MapLayer,
    layout: &Layout,
    label: &Label,
    counts: &[Option<u64>],
    map: &Map,
) {
    let Some(count) = counts[label.shape] else { return };
    if count == 0 && !layout.shows_zeros {
        return;
    }
    let count = with_thousands(count);
    let name = &layer.geography.shapes[label.shape].name;
    if let Some((from, to)) = label.leader {
        svg.line(from, to, PAPER, 2.4);
        svg.line(from, to, INK, 0.8);
        svg.dot(to, 1.8, INK);
    }
    let [x, y] = label.place;
    let size = label.size;
    let below = fill(counts[label.shape], map);
    let (color, halo) = match label.leader.is_none() && is_dark(below) {
        true => (PAPER, below),
        false => (INK, PAPER),
    };
    let style = |size| TextStyle::new(size).anchor(Anchor::Middle).color(color).halo(halo);
    let (count_style, name_style) = (style(size).bold(), style(size * NAME_SIZE));
    match label.content {
        Content::Count => svg.text([x, y + size * 0.36], count_style, &count),
        Content::NameAboveCount => {
            svg.text([x, y - 2.5], name_style, name);
            svg.text([x, y + size * 0.95], count_style, &count);
        }
        Content::NameBesideCount => {
            let name_width = text_width(name, size * NAME_SIZE, Weight::Regular);
            let count_width = text_width(&count, size, Weight::Bold);
            let left = x - (name_width + 5.0 + count_width) / 2.0;
            let baseline = y + size * 0.36;
            svg.text([left, baseline], name_style.anchor(Anchor::Start), name);
            let place = [left + name_width + 5.0, baseline];
            svg.text(place, count_style.anchor(Anchor::Start), &count);
        }
    }
}

fn draw_legend(svg: &mut Svg, layout: &Layout, counts: &[Option<u64>], map: &Map) {
    let Rect { left, top, right, .. } = layout.legend;
    svg.text([left, top + 14.0], TextStyle::new(13.0).bold(), "People");
    let n_classes = map.edges.len() - 1;
    let mut rows = vec![(ZERO, "0".to_owned())];
    for (class, edges) in (1..).zip(map.edges.windows(2)) {
        let (from, to) = (with_thousands(edges[0] + 1), with_thousands(edges[1]));
        let text = if from == to { from } else { format!("{from} – {to}") };
        rows.push((class_color(class, n_classes), text));
    }
    if counts.iter().any(Option::is_none) {
        rows.push((NO_DATA, "not coded".to_owned()));
    }
    let mut y = top + 26.0;
    for (color, text) in rows {
        svg.raw(&format!(
            r#"<rect x="{}" y="{}" width="26" height="15" fill="{color}" stroke="{COAST}" stroke-width="0.7"/>"#,
            number(left),
            number(y)
        ));
        svg.text([left + 34.0, y + 12.0], TextStyle::new(12.0), &text);
        y += 21.0;
    }
    draw_scale_bar(svg, [left, y + 10.0], right - left, layout.units_per_km);
}

fn draw_scale_bar(svg: &mut Svg, [x, y]: Point, most: f64, units_per_km: f64) {
    let lengths = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];
    let fits = |km: &&u32| f64::from(**km) * units_per_km <= most * 0.8;
    let Some(km) = lengths.iter().find(fits) else { return };
    let length = f64::from(*km) * units_per_km;
    svg.line([x, y], [x + length, y], SOFT_INK, 1.0);
    for end in [x, x + length] {
        svg.line([end, y - 3.0], [end, y + 3.0], SOFT_INK, 1.0);
    }
    svg.text([x, y + 14.0], TextStyle::new(10.0).color(SOFT_INK), &format!("{km} km"));
}
