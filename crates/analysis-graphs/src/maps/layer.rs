//! The kinds of maps that a project has: those that come with the program, and its own.

use std::path::{Path, PathBuf};

use data_root::FileError;
use pipeline_config::{AutomatedAnalysis, MapLayer as LayerConfiguration, Project};
use serde::Deserialize;

use crate::design::{Coding, Design};
use crate::geo::{GeoJsonError, Geography, LabelPosition, PositionsError, read_positions};

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

/// The layers that come with the program, and whom their maps name as the source.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Shipped {
    attribution: String,
    layers: Vec<ShippedLayer>,
}

/// A layer that every project has whose plans use the scheme.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ShippedLayer {
    name: String,
    unit: String,
    code_scheme: String,
    file: String,
    theme_maps: ThemeMaps,
}

/// The flag of the configuration that says whether there is a map for each theme.
#[derive(Debug, Clone, Copy, Deserialize)]
enum ThemeMaps {
    Regions,
    Districts,
    SubDistricts,
}

const LAYERS: &str = include_str!("../../data/boundaries/layers.json");

const BOUNDARIES: [(&str, &str); 3] = [
    ("adm1.geojson", include_str!("../../data/boundaries/adm1.geojson")),
    ("adm2.geojson", include_str!("../../data/boundaries/adm2.geojson")),
    ("adm3.geojson", include_str!("../../data/boundaries/adm3.geojson")),
];

/// The layers of a project: those that come with the program and that its plans have codings for,
/// and its own.
///
/// An own layer with the coding of one that comes with the program takes its place and follows its
/// flag; any other own layer follows the flag for regions.
///
/// # Errors
///
/// [`MapLayerError`] when a file of an own layer cannot be used.
pub fn map_layers(project: &Project, design: &Design) -> Result<Vec<MapLayer>, MapLayerError> {
    let flags = &project.configuration.automated_analysis;
    let shipped = Shipped::read();
    let mut own = Vec::new();
    for configuration in &flags.map_layers {
        own.push(own_layer(project, design, configuration, &shipped)?);
    }
    let mut layers = Vec::new();
    for layer in &shipped.layers {
        let is_wanted = |coding: &Coding| coding.scheme_name == layer.code_scheme;
        let Some(coding) = design.find(is_wanted) else { continue };
        if !own.iter().any(|own| own.name == layer.name || own.coding == coding) {
            layers.push(layer.load(&shipped.attribution, design, coding, flags));
        }
    }
    layers.extend(own);
    Ok(layers)
}

impl Shipped {
    fn read() -> Self {
        serde_json::from_str(LAYERS).expect("the file is part of the program, and a test reads it")
    }
}

impl ShippedLayer {
    fn geography(&self) -> Geography {
        let file = BOUNDARIES.iter().find(|(name, _)| *name == self.file);
        let (name, geojson) = file.expect("a test looks for the files of all layers");
        Geography::parse(Path::new(name), geojson, "code")
            .expect("the boundaries are part of the program, and a test reads them")
    }

    fn load(
        &self,
        attribution: &str,
        design: &Design,
        coding: usize,
        flags: &AutomatedAnalysis,
    ) -> MapLayer {
        let geography = self.geography();
        MapLayer {
            name: self.name.clone(),
            unit: self.unit.clone(),
            coding,
            by_theme: self.theme_maps.are_wanted(flags),
            codes: codes_of(&geography, design.coding(coding)),
            geography,
            positions: Vec::new(),
            attribution: attribution.to_owned(),
        }
    }
}

impl ThemeMaps {
    fn are_wanted(self, flags: &AutomatedAnalysis) -> bool {
        match self {
            Self::Regions => flags.generate_region_theme_distribution_maps,
            Self::Districts => flags.generate_district_theme_distribution_maps,
            Self::SubDistricts => flags.generate_sub_district_theme_distribution_maps,
        }
    }
}

fn own_layer(
    project: &Project,
    design: &Design,
    configuration: &LayerConfiguration,
    shipped: &Shipped,
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
    let instead_of = shipped.layers.iter().find(|layer| layer.code_scheme == *scheme_name);
    let theme_maps = instead_of.map_or(ThemeMaps::Regions, |layer| layer.theme_maps);
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(MapLayer {
        name: name.clone(),
        unit: instead_of.map_or_else(|| name.replace('_', " "), |layer| layer.unit.clone()),
        coding,
        by_theme: theme_maps.are_wanted(flags),
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
        let layers = Shipped::read().layers;
        let n_shapes: Vec<usize> =
            layers.iter().map(|layer| layer.geography().shapes.len()).collect();
        assert_eq!(n_shapes, [18, 74, 17]);
    }
}
