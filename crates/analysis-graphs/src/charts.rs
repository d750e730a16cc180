//! Kinds of graphs. Each knows nothing of the pipeline: it gets names and numbers.

mod axis;
mod bars;
mod columns;
mod frame;
mod matrix;
mod timeline;

pub(crate) use bars::{Bar, BarChart, BarGroup, count_text, percent};
pub(crate) use columns::{Category, ColumnChart, Series};
pub(crate) use frame::{Format, Words};
pub(crate) use matrix::{Cell, MatrixChart};
pub(crate) use timeline::{Span, TimelineChart, day_name};
