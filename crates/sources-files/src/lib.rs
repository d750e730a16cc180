//! Stage 2, files: raw data from buckets, and recovered messages from CSV files.
