//! `Engagement Metrics/facebook_metrics.csv`: one row per post of each dataset.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use data_root::FileError;

use crate::metrics::PostMetrics;

/// The columns of the original, then those that took the place of metrics that are gone.
const HEADER: [&str; 15] = [
    "Page ID",
    "Dataset",
    "Post URL",
    "Post Created Time",
    "Post Text",
    "Post Type",
    "Post Impressions",
    "Unique Post Impressions",
    "Post Engaged Users",
    "Total Comments",
    "Visible (analysed) Comments",
    "Reactions",
    "Post Media Views",
    "Unique Post Media Views",
    "Post Shares",
];

const PAGE_ID: usize = 0;
const DATASET: usize = 1;
const CREATED_TIME: usize = 3;

/// The rows of the file.
#[derive(Debug, Default)]
pub struct MetricsFile {
    rows: Vec<StringRecord>,
}

/// The file of metrics cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsFileError {
    /// It cannot be read or written at all.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is there is not what was written.
    #[error("`{}` is no CSV file with the columns of engagement metrics", .path.display())]
    OtherForm {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written to.
    #[error("could not write engagement metrics")]
    Write(#[from] std::io::Error),
}

impl MetricsFileError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::OtherForm { path } => {
                Some(format!("move `{}` away; it is then written anew", path.display()))
            }
            Self::Write(error) => FileError::of(error).and_then(FileError::hint),
        }
    }
}

impl MetricsFile {
    /// Adds the row of a post.
    pub fn add(&mut self, metrics: &PostMetrics) {
        self.rows.push(row(metrics));
    }

    /// Adds the rows that the file at `path` has for the datasets `(page id, dataset)`, whose
    /// metrics could not be fetched now.
    ///
    /// # Errors
    ///
    /// [`MetricsFileError`].
    pub fn keep(
        &mut self,
        path: &Path,
        datasets: &[(String, String)],
    ) -> Result<(), MetricsFileError> {
        if datasets.is_empty() || !path.is_file() {
            return Ok(());
        }
        let other_form = || MetricsFileError::OtherForm { path: path.to_path_buf() };
        let bytes = data_root::read(path)?;
        // The original's file has fewer columns.
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(&*bytes);
        let header = reader.headers().map_err(|_| other_form())?;
        if !header.iter().eq(HEADER.into_iter().take(header.len())) || header.len() <= CREATED_TIME
        {
            return Err(other_form());
        }
        for row in reader.records() {
            let mut row = row.map_err(|_| other_form())?;
            let is_kept = datasets.iter().any(|(page, dataset)| {
                row.get(PAGE_ID) == Some(page) && row.get(DATASET) == Some(dataset)
            });
            if is_kept {
                (row.len()..HEADER.len()).for_each(|_| row.push_field(""));
                self.rows.push(row);
            }
        }
        Ok(())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Replaces the file at `path`: by page, dataset and time of the post.
    ///
    /// # Errors
    ///
    /// [`MetricsFileError`].
    pub fn write(mut self, path: &Path) -> Result<(), MetricsFileError> {
        let field = |row: &StringRecord, index: usize| row.get(index).map(str::to_owned);
        self.rows
            .sort_by_key(|row| [PAGE_ID, DATASET, CREATED_TIME].map(|index| field(row, index)));
        let mut file = data_root::WholeFile::create(path)?;
        let mut csv =
            WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
        let rows = std::iter::once(StringRecord::from(HEADER.as_slice())).chain(self.rows);
        for row in rows {
            csv.write_record(&row).map_err(std::io::Error::from)?;
        }
        let bytes = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
        file.write_all(&bytes)?;
        Ok(file.commit()?)
    }
}

fn row(metrics: &PostMetrics) -> StringRecord {
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    StringRecord::from(vec![
        metrics.page_id.clone(),
        metrics.dataset.clone(),
        format!("facebook.com/{}", metrics.post_id),
        // As Facebook writes it.
        metrics.created_time.0.to_utc().format("%Y-%m-%dT%H:%M:%S%z").to_string(),
        metrics.text.clone(),
        metrics.post_type.clone(),
        number(metrics.n_impressions),
        number(metrics.n_unique_impressions),
        number(metrics.n_engaged_users),
        number(metrics.n_comments),
        metrics.n_visible_comments.to_string(),
        number(metrics.n_reactions),
        number(metrics.n_media_views),
        number(metrics.n_unique_media_views),
        number(metrics.n_shares),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use fetching::Time;

    #[test]
    fn rows_are_by_page_dataset_and_time_and_a_failed_dataset_keeps_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facebook_metrics.csv");
        let mut first = MetricsFile::default();
        first.add(&metrics("e02", "1_9", "2021-06-08T08:00:00+00:00"));
        first.add(&metrics("e01", "1_3", "2021-06-02T08:00:00+00:00"));
        first.add(&metrics("e01", "1_2", "2021-06-01T08:00:00+00:00"));
        first.write(&path).unwrap();
        assert_eq!(posts(&path), ["facebook.com/1_2", "facebook.com/1_3", "facebook.com/1_9"]);

        let mut second = MetricsFile::default();
        second.add(&metrics("e02", "1_10", "2021-06-09T08:00:00+00:00"));
        second.keep(&path, &[("1".to_owned(), "e01".to_owned())]).unwrap();
        second.write(&path).unwrap();
        assert_eq!(posts(&path), ["facebook.com/1_2", "facebook.com/1_3", "facebook.com/1_10"]);
    }

    #[test]
    fn rows_of_the_original_are_kept_with_empty_new_columns() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facebook_metrics.csv");
        let header = HEADER[..12].join(",");
        let row = "1,e01,facebook.com/1_2,2021-06-01T08:00:00+0000,hi,photo,1,2,3,4,5,6";
        std::fs::write(&path, format!("{header}\n{row}\n")).unwrap();
        let mut file = MetricsFile::default();
        file.keep(&path, &[("1".to_owned(), "e01".to_owned())]).unwrap();
        file.write(&path).unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().nth(1), Some(&*format!("{row},,,")));
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let row = row(&metrics("e01", "1_2", "2021-06-01T11:00:00+03:00"));
        let cells: Vec<&str> = row.iter().collect();
        let expected = [
            "1",
            "e01",
            "facebook.com/1_2",
            "2021-06-01T08:00:00+0000",
            "a, b",
            "text",
            "",
            "",
            "",
            "7",
            "5",
            "3",
            "",
            "",
            "2",
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn another_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("facebook_metrics.csv");
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        let kept = MetricsFile::default().keep(&path, &[("1".to_owned(), "e01".to_owned())]);
        assert!(matches!(kept, Err(MetricsFileError::OtherForm { .. })));
    }

    fn metrics(dataset: &str, post_id: &str, created_time: &str) -> PostMetrics {
        PostMetrics {
            page_id: "1".to_owned(),
            dataset: dataset.to_owned(),
            post_id: post_id.to_owned(),
            created_time: Time(iso_time::parse(created_time).unwrap()),
            text: "a, b".to_owned(),
            post_type: "text".to_owned(),
            n_impressions: None,
            n_unique_impressions: None,
            n_engaged_users: None,
            n_comments: Some(7),
            n_visible_comments: 5,
            n_reactions: Some(3),
            n_media_views: None,
            n_unique_media_views: None,
            n_shares: Some(2),
        }
    }

    fn posts(path: &Path) -> Vec<String> {
        let mut reader = ReaderBuilder::new().from_path(path).unwrap();
        reader.records().map(|row| row.unwrap()[2].to_owned()).collect()
    }
}
