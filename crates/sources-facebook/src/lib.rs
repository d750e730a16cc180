//! Stage 2, Facebook: comments under posts become raw data, and people's ids stay outside.
