//! Boundaries from a GeoJSON file.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The shapes of a GeoJSON file.
#[derive(Debug, Clone, PartialEq)]
pub struct Geography {
    /// In the order of the file.
    pub shapes: Vec<Shape>,
    /// Whom a picture names as the source, from the file's `attribution`.
    pub attribution: Option<String>,
}

/// One shape: polygons, each an outline and holes, of points in degrees (longitude, latitude).
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The value of the id property.
    pub id: String,
    /// The value of `name`, or the id.
    pub name: String,
    /// The polygons.
    pub polygons: Vec<Vec<Vec<[f64; 2]>>>,
}

impl Geography {
    /// Reads the text of a GeoJSON file, a feature collection of polygons; `path` is only named
    /// in errors.
    ///
    /// Each feature's `id_property` says what it is; several features with the same are one shape.
    ///
    /// # Errors
    ///
    /// [`GeoJsonError`] for the first feature that cannot be used.
    pub fn parse(path: &Path, text: &str, id_property: &str) -> Result<Self, GeoJsonError> {
        let file: Value = serde_json::from_str(text)
            .map_err(|source| GeoJsonError::NotJson { path: path.to_path_buf(), source })?;
        let features = file.get("features").and_then(Value::as_array);
        let features =
            features.ok_or_else(|| GeoJsonError::NoFeatures { path: path.to_path_buf() })?;
        let mut shapes: Vec<Shape> = Vec::new();
        for (position, feature) in features.iter().enumerate() {
            let shape = Shape::of_feature(feature, id_property).map_err(|problem| {
                GeoJsonError::Feature { path: path.to_path_buf(), number: position + 1, problem }
            })?;
            match shapes.iter_mut().find(|known| known.id == shape.id) {
                Some(known) => known.polygons.extend(shape.polygons),
                None => shapes.push(shape),
            }
        }
        if shapes.is_empty() {
            return Err(GeoJsonError::NoFeatures { path: path.to_path_buf() });
        }
        let attribution = file.get("attribution").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { shapes, attribution })
    }
}

impl Shape {
    fn of_feature(feature: &Value, id_property: &str) -> Result<Self, FeatureProblem> {
        let properties = &feature["properties"];
        let id = match &properties[id_property] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return Err(FeatureProblem::NoId { property: id_property.to_owned() }),
        };
        let name = properties["name"].as_str().unwrap_or(&id).to_owned();
        let geometry = &feature["geometry"];
        let coordinates = &geometry["coordinates"];
        let polygons = match geometry["type"].as_str() {
            Some("Polygon") => vec![polygon(coordinates)?],
            Some("MultiPolygon") => {
                let polygons = coordinates.as_array().ok_or(FeatureProblem::BadCoordinates)?;
                polygons.iter().map(polygon).collect::<Result<_, _>>()?
            }
            other => {
                let found = other.unwrap_or("nothing").to_owned();
                return Err(FeatureProblem::NotAPolygon { found });
            }
        };
        Ok(Self { id, name, polygons })
    }
}

fn polygon(value: &Value) -> Result<Vec<Vec<[f64; 2]>>, FeatureProblem> {
    let rings = value.as_array().filter(|rings| !rings.is_empty());
    rings.ok_or(FeatureProblem::BadCoordinates)?.iter().map(ring).collect()
}

fn ring(value: &Value) -> Result<Vec<[f64; 2]>, FeatureProblem> {
    let points = value.as_array().filter(|points| 3 <= points.len());
    points.ok_or(FeatureProblem::BadCoordinates)?.iter().map(point).collect()
}

fn point(value: &Value) -> Result<[f64; 2], FeatureProblem> {
    let (Some(longitude), Some(latitude)) = (value[0].as_f64(), value[1].as_f64()) else {
        return Err(FeatureProblem::BadCoordinates);
    };
    if 180.0 < longitude.abs() || 90.0 < latitude.abs() {
        return Err(FeatureProblem::NotDegrees { longitude, latitude });
    }
    Ok([longitude, latitude])
}

/// A GeoJSON file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeoJsonError {
    /// It is not JSON.
    #[error("`{}` is not JSON", .path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Why, with line and column.
        source: serde_json::Error,
    },
    /// It has no features.
    #[error("`{}` has no features", .path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
    },
    /// A feature cannot be used.
    #[error("`{}`, feature {number}", .path.display())]
    Feature {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        #[source]
        problem: FeatureProblem,
    },
}

/// What is wrong with a feature.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureProblem {
    /// The property that says what it is.
    #[error("no text in the property `{property}`")]
    NoId {
        /// The property.
        property: String,
    },
    /// Only areas can be colored.
    #[error("expected a polygon, found `{found}`")]
    NotAPolygon {
        /// The type.
        found: String,
    },
    /// The lists are not nested as they should be.
    #[error("the coordinates are not those of a polygon")]
    BadCoordinates,
    /// The plane of the file is another one.
    #[error("`{longitude}, {latitude}` is no longitude and latitude in degrees")]
    NotDegrees {
        /// The first number.
        longitude: f64,
        /// The second.
        latitude: f64,
    },
}

impl GeoJsonError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotJson { .. } | Self::NoFeatures { .. } => {
                Some("`File` of a map layer is a GeoJSON feature collection".to_owned())
            }
            Self::Feature { problem: FeatureProblem::NoId { .. }, .. } => {
                Some("`IdProperty` of a map layer names the property with the code".to_owned())
            }
            Self::Feature { problem: FeatureProblem::NotDegrees { .. }, .. } => {
                Some("export the file again in WGS 84 (EPSG:4326)".to_owned())
            }
            Self::Feature { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Geography, String> {
        Geography::parse(Path::new("a.geojson"), text, "code").map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        })
    }

    fn feature(geometry: &str) -> String {
        format!(r#"{{"features": [{{"properties": {{"code": "x"}}, "geometry": {geometry}}}]}}"#)
    }

    #[test]
    fn reads_polygons() {
        let text =
            feature(r#"{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 2], [1, 2]]]}"#);
        let geography = parse(&text).unwrap();
        assert_eq!(geography.shapes[0].name, "x");
        assert_eq!(geography.shapes[0].polygons[0][0][1], [3.0, 4.0]);
    }

    #[test]
    fn says_what_is_wrong_with_which_feature() {
        for (text, expected) in [
            ("[", "`a.geojson` is not JSON: EOF while parsing a list at line 1 column 1"),
            (r#"{"features": []}"#, "`a.geojson` has no features: "),
            (r#"{"features": [{}]}"#, "`a.geojson`, feature 1: no text in the property `code`"),
            (
                &feature(r#"{"type": "Point", "coordinates": [1, 2]}"#),
                "`a.geojson`, feature 1: expected a polygon, found `Point`",
            ),
            (
                &feature(r#"{"type": "Polygon", "coordinates": [[1, 2]]}"#),
                "`a.geojson`, feature 1: the coordinates are not those of a polygon",
            ),
            (
                &feature(r#"{"type": "Polygon", "coordinates": [[[500000, 2], [3, 4], [5, 2]]]}"#),
                "`a.geojson`, feature 1: `500000, 2` is no longitude and latitude in degrees",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected);
        }
    }
}
