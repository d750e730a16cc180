//! Stage 5: `run_scripts/5_generate_analysis_graphs.sh`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis_graphs::{
    About, AnalysisReadError, Counts, Design, Layout, MapLayer, MapLayerError, Messages, Objects,
    Picture, ReportInput, Samples, draw_graphs, draw_map, map_data_json, map_layers, read_messages,
    read_people, report_html, source_line,
};
use data_root::{DataRoot, FileError, WholeFiles};
use google_services::DriveError;
use google_services::drive::{files_below, upload_for_stage};
use pipeline_config::{ConfigurationError, Project, load_project};
use rayon::prelude::*;
use serde_json::Value;
use stage_runner::{Failure, OrHint, Progress, Stage, StageRun};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The arguments of stage 5.
#[derive(clap::Args)]
struct Arguments {
    /// Make the tables only: no graphs, no maps, no report
    #[arg(long)]
    tables_only: bool,
    /// Leave out `report.html`
    #[arg(long)]
    no_report: bool,
    /// Make `report.html`; that is so anyway, and the option is left from when it was not
    #[arg(long, hide = true, overrides_with = "no_report")]
    report: bool,
    /// Who runs the pipeline, e.g. an email address
    user: String,
    /// Credentials for Google Cloud, read only when the configuration has a `DriveUpload`
    google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`
    pipeline_configuration_file_path: PathBuf,
    /// The directory with all data of the pipeline
    data_root: PathBuf,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "generate_analysis_graphs",
        about: "Makes tables, graphs, maps and a report from the coded messages",
        details: "Reads `Outputs/messages_traced_data.jsonl` and \
                  `Outputs/individuals_traced_data.jsonl` of the data root, which stage 3 makes. \
                  Writes `Outputs/Automated Analysis/`. The files appear together at the end; \
                  when anything fails, those of the last run stay.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    run.set_user(&arguments.user);
    run.record_in(&arguments.data_root);
    let project = run
        .step("check configuration", || load_project(&arguments.pipeline_configuration_file_path))
        .or_hint(ConfigurationError::hint)?;
    run.set_configuration(&project.configuration_hash, &project.warnings);
    let data_root = run.open_data_root(&arguments.data_root)?;
    let design = Design::new(&project);
    let layers = map_layers(&project, &design).or_hint(MapLayerError::hint)?;
    let input = read(run, &data_root, &design)?;
    let counts = run.step("count", || {
        Counts::count(&project, &design, &layers, &input.messages, &input.people)
    });

    let output = Output::new(&data_root);
    run.step("write tables", || -> Result<(), Failure> {
        let tables = counts.tables.files(&design, &input.messages, &input.people, &input.samples);
        for (name, bytes) in &tables {
            output.write(name, bytes)?;
        }
        output.write("maps/map_data.json", &map_data_json(&design, &layers, &counts.maps))?;
        let taken: Vec<&str> = tables.iter().map(|(name, _)| *name).collect();
        output.copy_engagement_metrics(&data_root, &taken)
    })?;
    if !arguments.tables_only {
        draw(
            run,
            &output,
            &Drawing {
                project: &project,
                design: &design,
                layers: &layers,
                counts: &counts,
                samples: &input.samples,
                data_root: &data_root,
                report: !arguments.no_report,
            },
        )?;
    }
    run.count_out("maps", counts.maps.len() as u64);
    run.step("put files in place", || output.files.commit())?;
    run.wrote(&output.directory);
    upload_to_drive(arguments, run, &project, &data_root)
}

/// Brings all files of the analysis to where the configuration wants them in Google Drive, if it
/// does.
fn upload_to_drive(
    arguments: &Arguments,
    run: &StageRun,
    project: &Project,
    data_root: &DataRoot,
) -> Result<(), Failure> {
    let Some(drive) = &project.configuration.drive_upload else { return Ok(()) };
    let directory = data_root.outputs().automated_analysis();
    let files = files_below(&directory, &drive.automated_analysis_dir).or_hint(DriveError::hint)?;
    let uploads = run.step("upload to Drive", || {
        let progress = run.progress("files", files.len() as u64);
        let credentials = &arguments.google_cloud_credentials_file_path;
        let url = &drive.drive_credentials_file_url;
        upload_for_stage(credentials, url, data_root.path(), &files, &|n| progress.add(n))
    });
    for (what, n_files) in uploads.or_hint(DriveError::hint)?.counted() {
        run.count_out(what, n_files);
    }
    Ok(())
}

/// What stage 3 made.
struct Input {
    messages: Messages,
    samples: Samples,
    people: Objects,
}

fn read(run: &StageRun, data_root: &DataRoot, design: &Design) -> Result<Input, Failure> {
    let outputs = data_root.outputs();
    let (messages, samples) = run
        .step("read messages", || read_messages(&outputs.messages_traced_data(), design))
        .or_hint(AnalysisReadError::hint)?;
    let people = run
        .step("read people", || read_people(&outputs.individuals_traced_data(), design))
        .or_hint(AnalysisReadError::hint)?;
    run.count_in("messages", messages.objects.len() as u64);
    run.count_in("people", people.len() as u64);
    Ok(Input { messages, samples, people })
}

/// What pictures are drawn from.
struct Drawing<'a> {
    project: &'a Project,
    design: &'a Design,
    layers: &'a [MapLayer],
    counts: &'a Counts,
    samples: &'a Samples,
    data_root: &'a DataRoot,
    report: bool,
}

fn draw(run: &StageRun, output: &Output, drawing: &Drawing<'_>) -> Result<(), Failure> {
    let Drawing { project, design, layers, counts, samples, data_root, report } = *drawing;
    let about = About::new(&project.configuration);
    let layouts: Vec<Layout> = run.step("lay out maps", || {
        let (n_digits, source) = (counts.n_digits(), source_line(counts, &about));
        layers.par_iter().map(|layer| Layout::new(layer, n_digits, &source)).collect()
    });
    let graphs = draw_graphs(design, counts, &about);
    let progress = run.progress("pictures", (counts.maps.len() + graphs.len()) as u64);
    run.step("draw graphs", || {
        graphs.par_iter().try_for_each(|graph| output.write_picture(&graph.picture(), &progress))
    })?;
    run.step("draw maps", || {
        counts.maps.par_iter().try_for_each(|map| {
            let (layer, layout) = (&layers[map.layer], &layouts[map.layer]);
            output.write_picture(&draw_map(design, layer, layout, map), &progress)
        })
    })?;
    run.count_out("graphs", graphs.len() as u64);
    output.remove_old_pictures(layers);
    if !report {
        output.files.remove(&output.directory.join("report.html"));
        return Ok(());
    }
    run.step("write report", || {
        let manifest = read_manifest(data_root)?;
        let processing = manifest.as_ref().map(|manifest| &manifest["Stages"]["generate_outputs"]);
        let input = ReportInput {
            project,
            design,
            counts,
            samples,
            layers,
            layouts: &layouts,
            run: run.info(),
            processing,
        };
        output.write("report.html", report_html(&input).as_bytes())
    })
}

/// The run manifest; a missing or unreadable one is none, for it only adds to the report.
fn read_manifest(data_root: &DataRoot) -> Result<Option<Value>, Failure> {
    match data_root::read(&data_root.run_manifest()) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The files of `Automated Analysis/`, which appear together.
struct Output {
    directory: PathBuf,
    files: WholeFiles,
}

impl Output {
    fn new(data_root: &DataRoot) -> Self {
        let directory = data_root.outputs().automated_analysis();
        let files = WholeFiles::new();
        // A project can stop having labels; then an old table would stay for ever.
        files.remove(&directory.join("traffic_analysis.csv"));
        Self { directory, files }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let mut file = self.files.create(&self.directory.join(name))?;
        file.write_all(bytes)?;
        Ok(file.commit()?)
    }

    fn write_picture(&self, picture: &Picture, progress: &Progress) -> Result<(), Failure> {
        self.write(&format!("{}.svg", picture.path), picture.svg.as_bytes())?;
        self.write(&format!("{}.png", picture.path), &picture.png()?)?;
        progress.add(1);
        Ok(())
    }

    /// Pictures of themes that are no more go away.
    fn remove_old_pictures(&self, layers: &[MapLayer]) {
        self.files.remove_others(&self.directory.join("graphs"));
        for layer in layers {
            self.files.remove_others(&self.directory.join("maps").join(&layer.name));
        }
    }

    /// What stage 2 counted on other platforms goes with the tables.
    fn copy_engagement_metrics(&self, data_root: &DataRoot, taken: &[&str]) -> Result<(), Failure> {
        let metrics = data_root.engagement_metrics();
        let directory = metrics.parent().unwrap_or(Path::new(""));
        for path in data_root::list(directory)?.into_iter().filter(|path| path.is_file()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if taken.contains(&&*name) || name == "report.html" {
                tracing::warn!(
                    name = &*name,
                    "Left out a metrics file that has the name of an output."
                );
            } else {
                self.write(&name, &data_root::read(&path)?)?;
            }
        }
        Ok(())
    }
}
