//! Seeded random choices.

use rand_mt::Mt64;
use sha2::{Digest, Sha256};

/// A source of choices that depends on nothing but its seed.
pub(crate) struct Random(Mt64);

impl Random {
    /// The choices for one thing, such as person 17: independent of those for any other thing.
    pub(crate) fn for_thing(seed: u64, kind: &str, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(kind)
            .chain_update([0])
            .chain_update(name)
            .finalize();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest[..8]);
        Self(Mt64::new(u64::from_le_bytes(bytes)))
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.0.next_u64()) * bound as u128;
        usize::try_from(product >> 64).expect("the product's upper half is below the bound")
    }

    /// A number from `first` up to but not including `end`; `first` when there is none.
    pub(crate) fn between(&mut self, first: i64, end: i64) -> i64 {
        let width = usize::try_from(end.saturating_sub(first)).unwrap_or(0).max(1);
        first + i64::try_from(self.below(width)).expect("the width was made from an i64")
    }

    /// True `n` times in a thousand.
    pub(crate) fn per_mille(&mut self, n: u32) -> bool {
        self.below(1000) < n as usize
    }

    /// True `n` times in a hundred.
    pub(crate) fn percent(&mut self, n: u32) -> bool {
        self.below(100) < n as usize
    }

    /// One of `items`, which are not empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index into `weights`, each as likely as its weight; the weights are not all 0.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: usize = weights.iter().map(|weight| *weight as usize).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight as usize) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// An index below `n`, small ones more often: 0 three times as often as 2.
    pub(crate) fn skewed(&mut self, n: usize) -> usize {
        let n = n.max(1);
        self.below(n).min(self.below(n))
    }

    /// A made-up UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        )
    }

    /// 64 hexadecimal digits.
    pub(crate) fn hex_digest(&mut self) -> String {
        (0..4).map(|_| format!("{:016x}", self.0.next_u64())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_gets_the_same_choices() {
        let draw = |seed, name| Random::for_thing(seed, "person", name).uuid();
        assert_eq!(draw(1, "17"), draw(1, "17"));
        assert_ne!(draw(1, "17"), draw(1, "18"));
        assert_ne!(draw(1, "17"), draw(2, "17"));
    }

    #[test]
    fn weights_of_nothing_are_never_drawn() {
        let mut random = Random::for_thing(0, "test", "");
        assert!((0..1000).all(|_| random.weighted(&[0, 3, 0, 1]) % 2 == 1));
    }

    #[test]
    fn an_empty_range_gives_its_start() {
        assert_eq!(Random::for_thing(0, "test", "").between(5, 5), 5);
    }
}
