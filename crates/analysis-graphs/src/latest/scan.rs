//! A place in a line of JSON that moves on; `None` means that the line is not as expected.

use memchr::memchr2;

/// A place in a line.
pub(super) struct Cursor<'a> {
    line: &'a [u8],
    place: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { line, place: 0 }
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn at_end(&self) -> bool {
        self.place == self.line.len()
    }

    /// What lies between an earlier place and here.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.between(start, self.place)
    }

    pub(super) fn between(&self, start: usize, end: usize) -> &'a [u8] {
        &self.line[start..end]
    }

    /// Moves over `expected`.
    pub(super) fn expect(&mut self, expected: &[u8]) -> Option<()> {
        self.take(expected).then_some(())
    }

    /// Moves over `expected` if it is here.
    pub(super) fn take(&mut self, expected: &[u8]) -> bool {
        let is_here = self.line[self.place..].starts_with(expected);
        if is_here {
            self.place += expected.len();
        }
        is_here
    }

    /// The rest of a string that begins before here, without its end.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let start = self.place;
        self.skip_rest_of_string()?;
        Some(self.between(start, self.place - 1))
    }

    /// Moves over an object; its keys with their quotes, and where their values begin and end.
    pub(super) fn pairs(
        &mut self,
        mut skip_value: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<Vec<(&'a [u8], usize, usize)>> {
        let mut pairs = Vec::new();
        self.expect(b"{")?;
        if self.take(b"}") {
            return Some(pairs);
        }
        loop {
            let key_start = self.place;
            self.expect(b"\"")?;
            self.skip_rest_of_string()?;
            let key = self.since(key_start);
            self.expect(b": ")?;
            let start = self.place;
            skip_value(self)?;
            pairs.push((key, start, self.place));
            if self.take(b"}") {
                return Some(pairs);
            }
            self.expect(b", ")?;
        }
    }

    /// Moves over a value of any kind.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.line.get(self.place)? {
                b'"' => {
                    self.place += 1;
                    self.skip_rest_of_string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.place += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.place += 1;
                }
                b',' | b':' | b' ' if 0 < depth => {
                    self.place += 1;
                    continue;
                }
                _ => self.skip_word()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Moves over a number, `true`, `false` or `null`.
    fn skip_word(&mut self) -> Option<()> {
        let rest = &self.line[self.place..];
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b':' | b'"');
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        self.place += length;
        (0 < length).then_some(())
    }

    fn skip_rest_of_string(&mut self) -> Option<()> {
        loop {
            let rest = &self.line[self.place..];
            let stop = memchr2(b'"', b'\\', rest)?;
            if rest[stop] == b'"' {
                self.place += stop + 1;
                return Some(());
            }
            // What follows a backslash is never the end.
            self.place += stop + 2;
            if self.line.len() < self.place {
                return None;
            }
        }
    }
}
