//! How much memory the stage may take, and what of it goes where.

use std::path::Path;

/// What the program itself takes, with its stacks and the buffers of files, in bytes.
const PROGRAM_BYTES: u64 = 40_000_000;

/// How much more labels take in memory than in their JSON files.
const LABELS_PER_FILE_BYTE: u64 = 4;

/// When nobody says how much memory the machine has.
const ASSUMED_MEMORY_BYTES: u64 = 4_000_000_000;

/// How many people are taken through the steps at once, when memory allows.
const MAX_GROUP_SIZE: usize = 1024;

/// An amount of memory, such as `2GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryLimit {
    n_bytes: u64,
}

/// What may be in memory at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Lines of raw data.
    pub(crate) raw_bytes: u64,
    /// What messages and people add to the outputs.
    pub(crate) table_bytes: usize,
    /// How many people are taken through the steps at once.
    pub(crate) group_size: usize,
}

impl MemoryLimit {
    /// Half of what the machine, or the container, has.
    pub(crate) fn half_of_the_machine() -> Self {
        let machine = read_number("/proc/meminfo", "MemTotal:").map(|kibibytes| kibibytes * 1024);
        let container = read_number("/sys/fs/cgroup/memory.max", "");
        let known = machine.into_iter().chain(container).min();
        Self { n_bytes: known.unwrap_or(ASSUMED_MEMORY_BYTES) / 2 }
    }

    /// Divides the memory; `label_bytes` is the size of the files with labels, which are in memory
    /// all the time.
    pub(crate) fn budget(self, label_bytes: u64) -> Budget {
        let fixed = PROGRAM_BYTES + LABELS_PER_FILE_BYTE * label_bytes;
        // However small the limit, some work must fit.
        let free = self.n_bytes.saturating_sub(fixed).max(1_000_000);
        let table_bytes = usize::try_from(free / 4).unwrap_or(usize::MAX);
        Budget {
            raw_bytes: free / 3,
            table_bytes,
            group_size: (table_bytes / 64_000).clamp(8, MAX_GROUP_SIZE),
        }
    }
}

impl std::str::FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected an amount such as `2GB` or `500MB`, found `{text}`");
        let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits_end);
        let number: f64 = number.parse().map_err(|_| expected())?;
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            "g" | "gb" => 1e9,
            "t" | "tb" => 1e12,
            "ki" | "kib" => 1024.0,
            "mi" | "mib" => 1024.0 * 1024.0,
            "gi" | "gib" => 1024.0 * 1024.0 * 1024.0,
            _ => return Err(expected()),
        };
        let n_bytes = number * factor;
        match (1.0..1e18).contains(&n_bytes) {
            true => Ok(Self { n_bytes: n_bytes as u64 }),
            false => Err(expected()),
        }
    }
}

/// The first number in a file of the system, after `name`.
fn read_number(path: &str, name: &str) -> Option<u64> {
    let text = data_root::read_to_string(Path::new(path)).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_amounts_with_units() {
        check("2GB", 2_000_000_000);
        check("500 MB", 500_000_000);
        check("1.5g", 1_500_000_000);
        check("64MiB", 67_108_864);
        check("4096", 4096);
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "GB", "-1GB", "2 cows", "1.2.3GB", "0"] {
            assert!(text.parse::<MemoryLimit>().is_err(), "text: {text:?}");
        }
    }

    #[test]
    fn what_is_given_out_stays_below_the_limit() {
        let limit: MemoryLimit = "2GB".parse().unwrap();
        let budget = limit.budget(10_000_000);
        assert!(budget.raw_bytes + (budget.table_bytes as u64) < 1_300_000_000);
        let tiny = "1KB".parse::<MemoryLimit>().unwrap().budget(10_000_000);
        assert!(0 < tiny.raw_bytes && 0 < tiny.table_bytes && 0 < tiny.group_size);
    }

    #[track_caller]
    fn check(text: &str, n_bytes: u64) {
        assert_eq!(text.parse(), Ok(MemoryLimit { n_bytes }), "text: {text:?}");
    }
}
