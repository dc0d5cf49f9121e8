//! A reader of DER, as far as certificates need it.

/// Tags of the types that are read.
pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
/// Returns the explicit tag of the context with this number.
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A sequence of elements. Each method returns `None` if the bytes are not what it reads.
#[derive(Clone, Copy)]
pub struct DerReader<'a>(&'a [u8]);

impl<'a> DerReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        DerReader(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Reads the next element. Returns its tag and its contents.
    pub fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (header, length) = match self.0.get(1).copied()? {
            short @ ..=0x7f => (2, usize::from(short)),
            long @ 0x81..=0x84 => {
                let count = usize::from(long & 0x7f);
                let digits = self.0.get(2..2 + count)?;
                let length = digits
                    .iter()
                    .fold(0, |length, digit| length << 8 | usize::from(*digit));
                (2 + count, length)
            }
            _ => return None,
        };
        let tag = self.0[0];
        let end = header.checked_add(length)?;
        let contents = self.0.get(header..end)?;
        self.0 = &self.0[end..];
        Some((tag, contents))
    }

    /// Reads the next element, which must have this tag. Returns its contents.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        match self.next()? {
            (found, contents) if found == tag => Some(contents),
            _ => None,
        }
    }

    /// Reads the next element, which must have this tag. Returns the elements in it.
    pub fn enter(&mut self, tag: u8) -> Option<DerReader<'a>> {
        self.expect(tag).map(DerReader)
    }

    /// Reads the next element, which must have this tag. Returns all of it, with tag and length.
    pub fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = self.0;
        self.expect(tag)?;
        Some(&before[..before.len() - self.0.len()])
    }

    /// Reads the next element if it has this tag. Returns its contents.
    pub fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.peek() == Some(tag) {
            self.expect(tag).map(Some)
        } else {
            Some(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_turn() {
        let mut reader = DerReader::new(&[0x30, 0x03, 0x02, 0x01, 0x05, 0x04, 0x81, 0x01, 0xff]);
        let mut inner = reader.enter(SEQUENCE).unwrap();
        assert_eq!(inner.optional(BOOLEAN), Some(None));
        assert_eq!(inner.optional(INTEGER), Some(Some(&[5][..])));
        assert!(inner.is_empty());
        assert_eq!(
            reader.whole(OCTET_STRING),
            Some(&[0x04, 0x81, 0x01, 0xff][..])
        );
        assert!(reader.is_empty() && reader.peek().is_none());
    }

    #[test]
    fn what_is_cut_off_or_has_no_length_is_not_read() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x01],
            &[0x30, 0x80],
            &[0x30, 0x81],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
        ] {
            assert_eq!(DerReader::new(bytes).next(), None, "{bytes:?}");
        }
        assert_eq!(DerReader::new(&[0x30, 0]).expect(INTEGER), None);
    }
}
