//! JSON Schemas of a project's files, and a page that explains their keys, made from the doc
//! comments of the types the files are read into.

mod page;
mod schema;

use serde_json::Value;

use crate::PipelineConfiguration;
use crate::plans_file::PlansForm;

/// A generated file of the documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceFile {
    /// The name of the file in `docs/reference/`.
    pub name: &'static str,
    /// The content of the file.
    pub text: String,
}

/// All generated files of the documentation.
pub fn reference_files() -> Vec<ReferenceFile> {
    let configuration = checked_json::schema_of::<PipelineConfiguration>();
    let plans = checked_json::schema_of::<PlansForm>();
    let scheme = code_schemes::scheme_json_schema();
    let country = text_cleaners::country_json_schema();
    let page = page::render(&[
        ("pipeline_config.json", &configuration),
        ("coding_plans.json", &plans),
        ("code_schemes/*.json", &scheme),
        ("country.json", &country),
    ]);
    vec![
        ReferenceFile { name: "configuration.md", text: page },
        schema_file("pipeline_config.schema.json", configuration),
        schema_file("coding_plans.schema.json", plans),
        schema_file("code_scheme.schema.json", scheme),
        schema_file("country.schema.json", country),
    ]
}

fn schema_file(name: &'static str, schema: Value) -> ReferenceFile {
    let schema = schema::for_editors(schema);
    let text = serde_json::to_string_pretty(&schema).expect("JSON values can always be written");
    ReferenceFile { name, text: text + "\n" }
}
