//! Stage 4: `run_scripts/4_coda_add.sh`.

use std::process::ExitCode;

use coda_io::Dataset;
use coda_io::add::{
    AddOptions, Added, NewMessage, NewMessagesError, UpdateSchemes, add, read_new_messages,
};
use coda_io::command::{CodaArguments, CodaStage, Scope, Troubles, failed, some_of};
use coda_io::previous::DownloadFiles;
use coda_io::project::ProjectDataset;
use data_root::DataRoot;
use google_services::DocumentDatabase;
use stage_runner::{Failure, OrHint, Progress, Stage, StageRun};
use tracing::{info, warn};

/// The arguments of stage 4.
#[derive(clap::Args)]
struct Arguments {
    /// Who may label new datasets in Coda; can be given several times
    #[arg(long = "coda-user", value_name = "EMAIL")]
    coda_users: Vec<String>,
    /// How many more codes of one scheme a message can have, for schemes of which it can have
    /// several: each takes a copy of the scheme in Coda
    #[arg(long, value_name = "N", default_value_t = 0)]
    scheme_copies: usize,
    /// Replace schemes that Coda has differently, unless that would take codes away
    #[arg(long)]
    update_schemes: bool,
    #[command(flatten)]
    coda: CodaArguments,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "coda_add",
        about: "Adds messages for labelling to Coda",
        details: "Reads `Outputs/Coda Files/<dataset>.json` in the data root for each dataset of \
                  the project, and adds the messages that Coda does not have. What Coda has is \
                  never changed. It can be stopped at any point: the next run adds the rest.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    let data_root = run.open_data_root(&arguments.coda.data_root)?;
    let stage = CodaStage::begin(&arguments.coda, arguments.scheme_copies, run, &data_root)?;
    // All files are checked before anything is added anywhere.
    let files = run.step("read messages", || read_files(&data_root, stage.datasets))?;
    let n_messages: usize = files.iter().map(|(_, messages)| messages.len()).sum();
    run.count_in("messages", n_messages as u64);
    let progress = run.progress("messages", n_messages as u64);
    let mut troubles = Troubles::default();
    run.step("add messages", || {
        for (dataset, messages) in files {
            let work = Work { arguments, run, data_root: &data_root, progress: &progress };
            let ended = work.add(&*stage.database, &dataset, messages);
            troubles.note(&dataset.dataset, ended)?;
        }
        troubles.end()
    })?;
    run.count_in("documents read", stage.database.n_reads());
    Ok(())
}

fn read_files(
    data_root: &DataRoot,
    datasets: Vec<ProjectDataset>,
) -> Result<Vec<(ProjectDataset, Vec<NewMessage>)>, Failure> {
    let mut files = Vec::with_capacity(datasets.len());
    for dataset in datasets {
        let path = data_root.outputs().coda_file(dataset.dataset.name())?;
        if path.exists() {
            let messages = read_new_messages(&path).or_hint(NewMessagesError::hint)?;
            files.push((dataset, messages));
        } else {
            let dataset = dataset.dataset;
            info!(%dataset, "No file of messages: nothing to add.");
        }
    }
    Ok(files)
}

struct Work<'a> {
    arguments: &'a Arguments,
    run: &'a StageRun,
    data_root: &'a DataRoot,
    progress: &'a Progress,
}

impl Work<'_> {
    fn add(
        &self,
        database: &dyn DocumentDatabase,
        ProjectDataset { dataset, schemes }: &ProjectDataset,
        messages: Vec<NewMessage>,
    ) -> Result<(), (Failure, Scope)> {
        let here = |error: data_root::FileError| (Failure::from(error), Scope::AllDatasets);
        let files = DownloadFiles::of(self.data_root, dataset).map_err(here)?;
        let previous = files.read(dataset, database.identity()).map_err(here)?;
        let options = AddOptions {
            users: &self.arguments.coda_users,
            schemes,
            update_schemes: match self.arguments.update_schemes {
                true => UpdateSchemes::Write,
                false => UpdateSchemes::Report,
            },
        };
        let progress = |n_done: usize| self.progress.add(n_done as u64);
        let added = add(database, dataset, messages, &previous, &options, progress);
        let added = added.map_err(failed)?;
        self.run.count_out("messages added", added.n_added as u64);
        if 0 < added.n_known {
            self.run.count_dropped("messages that Coda had", added.n_known as u64);
        }
        say_what_was_done(dataset, &added, self.arguments.update_schemes);
        Ok(())
    }
}

fn say_what_was_done(dataset: &Dataset, added: &Added, updates_schemes: bool) {
    let Added { n_added, n_known, n_new_schemes, n_updated_schemes, .. } = *added;
    if let Some(new) = &added.new_dataset {
        info!(%dataset, n_users = new.n_users, "Made a new dataset.");
        if new.n_users == 0 {
            warn!(
                %dataset,
                "Nobody can see the new dataset in Coda: add users to its document, or give \
                 `--coda-user` when a dataset is made."
            );
        }
    }
    info!(%dataset, n_added, n_known, n_new_schemes, n_updated_schemes, "Added messages.");
    if !added.new_segments.is_empty() {
        info!(%dataset, segments = added.new_segments.join(", "), "Made new segments.");
    }
    if !added.scheme_differences.is_empty() {
        let advice = match updates_schemes {
            true => "these were left as they are, as codes would go",
            false => "`--update-schemes` writes the project's",
        };
        warn!(
            %dataset,
            "Coda has other versions of these schemes; {advice}: {}.",
            some_of(&added.scheme_differences)
        );
    }
    if !added.unknown_labels.is_empty() {
        warn!(
            %dataset, n_labels = added.unknown_labels.len(),
            "Labels of added messages fit neither a scheme in Coda nor one of the project; they \
             were added all the same: {}.", some_of(&added.unknown_labels)
        );
    }
}
