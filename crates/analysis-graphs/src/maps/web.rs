//! A map for the report: shapes that a script can color anew.

use std::fmt::Write as _;

use crate::drawing::{Anchor, escape, number};
use crate::geo::Rect;

use super::layer::MapLayer;
use super::layout::{Content, Label, Layout, NAME_SIZE};

/// How a shape and its label look.
pub(crate) struct Look {
    /// The place of the code among the normal codes of the layer, for a script.
    pub(crate) place: usize,
    pub(crate) class: String,
    /// What the label says; empty: there is none.
    pub(crate) text: String,
}

/// The map of a layer as an inline SVG.
///
/// Each shape and each label has the place of its code in `data-c`.
pub(crate) fn web_map(
    layer: &MapLayer,
    layout: &Layout,
    id: usize,
    look_of: impl Fn(u16) -> Look,
) -> String {
    let Rect { left, top, right, bottom } = layout.land_and_labels();
    let view = [left, top, right - left, bottom - top].map(number).join(" ");
    let mut svg = format!(
        r#"<svg class="map" viewBox="{view}" role="img" aria-labelledby="map-title-{id}">{}"#,
        shapes_svg(layer, &layout.paths, &look_of)
    );
    let label = |label: &Label| label_svg(layer, label, &look_of);
    if let Some(inset) = &layout.inset {
        let (source, frame) = (&inset.source, &inset.frame);
        let outline = |area: &Rect| {
            let [x, y, width, height] =
                [area.left, area.top, area.width(), area.height()].map(number);
            format!(r#"<rect class="inset" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)
        };
        let [x, y, width, height] =
            [frame.left, frame.top, frame.width(), frame.height()].map(number);
        let view = [frame.left, frame.top, frame.width(), frame.height()].map(number).join(" ");
        let _ = write!(
            svg,
            r##"{}<rect class="paper" x="{x}" y="{y}" width="{width}" height="{height}"/><svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{view}">{}</svg>{}"##,
            outline(source),
            shapes_svg(layer, &inset.paths, &look_of),
            outline(frame)
        );
        svg.extend(inset.labels.iter().map(label));
    }
    svg.extend(layout.labels.iter().map(label));
    svg.push_str("</svg>");
    svg
}

fn shapes_svg(layer: &MapLayer, paths: &[String], look_of: impl Fn(u16) -> Look) -> String {
    let mut svg = r#"<g class="shapes">"#.to_owned();
    for ((path, code), shape) in paths.iter().zip(&layer.codes).zip(&layer.geography.shapes) {
        let name = escape(&shape.name);
        let _ = match code {
            Some(code) => {
                let Look { place, class, text } = look_of(*code);
                write!(
                    svg,
                    r#"<path d="{path}" data-c="{place}" class="{class}"><title>{name}: {text}</title></path>"#
                )
            }
            None => write!(svg, r#"<path d="{path}" class="unknown"><title>{name}</title></path>"#),
        };
    }
    svg + "</g>"
}

fn label_svg(layer: &MapLayer, label: &Label, look_of: impl Fn(u16) -> Look) -> String {
    let Some(code) = layer.codes[label.shape] else { return String::new() };
    let Look { place, text: count, .. } = look_of(code);
    let class = if count.is_empty() { "label none" } else { "label" };
    let mut svg = format!(r#"<g class="{class}" data-c="{place}">"#);
    if let Some((from, to)) = label.leader {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(number);
        let _ = write!(svg, r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
    }
    let name = escape(&layer.geography.shapes[label.shape].name);
    let [x, y] = label.place;
    let (size, name_size) = (label.size, label.size * NAME_SIZE);
    let mut text = |class: &str, [x, y]: [f64; 2], size: f64, anchor: Anchor, text: &str| {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y, size] = [x, y, size].map(number);
        let _ = write!(
            svg,
            r#"<text class="{class}" x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">{text}</text>"#
        );
    };
    match label.content {
        Content::Count => text("count", [x, y + size * 0.36], size, Anchor::Middle, &count),
        Content::NameAboveCount => {
            text("name", [x, y - 2.5], name_size, Anchor::Middle, &name);
            text("count", [x, y + size * 0.95], size, Anchor::Middle, &count);
        }
        Content::NameBesideCount => {
            // The middle of the label is between both; counts have about two digits.
            let shift = size * 0.8;
            text("name", [x + shift, y + size * 0.36], name_size, Anchor::End, &name);
            text("count", [x + shift + 5.0, y + size * 0.36], size, Anchor::Start, &count);
        }
    }
    svg.push_str("</g>");
    svg
}
