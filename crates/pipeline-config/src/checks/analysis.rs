//! What stage 5 needs.

use std::collections::HashMap;
use std::path::Path;

use checked_json::JsonPath;

use super::Findings;
use crate::PipelineConfiguration;

pub(super) fn check(
    directory: &Path,
    configuration: &PipelineConfiguration,
    findings: &mut Findings<'_>,
) {
    let path = JsonPath::top().key("AutomatedAnalysis").key("MapLayers");
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, layer) in configuration.automated_analysis.map_layers.iter().enumerate() {
        let path_of_layer = path.index(index);
        if let Some(first) = seen.insert(&layer.name, index) {
            findings.error(
                &path_of_layer.key("Name"),
                format!("map `{}` has the same name as `{}`", layer.name, path.index(first)),
            );
        }
        let files =
            [("File", Some(&layer.file)), ("LabelPositions", layer.label_positions.as_ref())];
        for (key, file) in files {
            let Some(file) = file else { continue };
            if !directory.join(file).is_file() {
                findings.error_with_hint(
                    &path_of_layer.key(key),
                    format!("there is no file `{file}`"),
                    format!("paths start at `{}`", directory.display()),
                );
            }
        }
    }
}
