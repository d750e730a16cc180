//! The summary for people.

use std::fmt::{self, Display, Formatter};

use super::{Changed, Count, Summary};

impl Display for Summary {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write_head(self, out)?;
        write_came_in(self, out)?;
        write_went_out(self, out)?;
        write_waiting(self, out)?;
        for (number, path) in self.look_at.iter().enumerate() {
            let label = if number == 0 { "look at" } else { "" };
            writeln!(out, "{label:14}{}", path.display())?;
        }
        Ok(())
    }
}

fn write_head(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    let Summary { run_id, failed, .. } = summary;
    match (&summary.end, failed.is_empty()) {
        (None, _) => writeln!(out, "Run {run_id}: no stage of it is known")?,
        (Some(end), true) => writeln!(out, "Run {run_id}: done at {end}")?,
        (Some(end), false) => writeln!(out, "Run {run_id}: failed, last stage ended at {end}")?,
    }
    for (stage, error) in failed {
        writeln!(out, "{:14}{stage}: {error}", "failed")?;
    }
    match &summary.previous_run_id {
        Some(previous) => writeln!(out, "{:14}{previous}", "compared with"),
        None => Ok(()),
    }
}

fn write_came_in(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    for (number, (source, counts)) in summary.came_in.iter().enumerate() {
        let label = if number == 0 { "came in" } else { "" };
        let counts: Vec<String> =
            counts.iter().map(|Count { what, n }| format!("{n} {what}")).collect();
        let counts = if counts.is_empty() { "nothing new".to_owned() } else { counts.join(", ") };
        writeln!(out, "{label:14}{source}: {counts}")?;
    }
    Ok(())
}

fn write_went_out(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    write_counts("went out", &summary.went_out, out)?;
    if let Some(n_added) = summary.n_added_to_coda {
        let label = if summary.went_out.is_empty() { "went out" } else { "" };
        writeln!(out, "{label:14}{n_added} texts new to Coda")?;
    }
    write_counts("dropped", &summary.dropped, out)
}

fn write_counts(label: &str, counts: &[Changed], out: &mut Formatter<'_>) -> fmt::Result {
    for (number, changed) in counts.iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        writeln!(out, "{label:14}{}", Line(changed))?;
    }
    Ok(())
}

fn write_waiting(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    let n_waiting: u64 = summary.waiting.iter().map(|dataset| dataset.n_waiting).sum();
    let n_texts: u64 = summary.waiting.iter().map(|dataset| dataset.n_texts).sum();
    if summary.waiting.is_empty() {
        return Ok(());
    }
    writeln!(out, "{:14}{n_waiting} of {n_texts} texts wait for a label", "for labelling")?;
    for dataset in summary.waiting.iter().filter(|dataset| 0 < dataset.n_waiting) {
        let (n_waiting, n_texts) = (dataset.n_waiting, dataset.n_texts);
        writeln!(out, "{:14}  {n_waiting} of {n_texts} in {}", "", dataset.dataset)?;
    }
    Ok(())
}

/// `57 messages (+3)`.
struct Line<'a>(&'a Changed);

impl Display for Line<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Changed { what, n, n_before } = self.0;
        write!(out, "{n} {what}")?;
        match n_before {
            None => Ok(()),
            Some(before) if before == n => write!(out, " (as before)"),
            Some(before) if before < n => write!(out, " (+{})", n - before),
            Some(before) => write!(out, " (-{})", before - n),
        }
    }
}
