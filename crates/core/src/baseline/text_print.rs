//! What shows of which text an index was made: a print that costs next to nothing to compute.
//!
//! SHA-256 over ten thousand entries takes longer than all the rest of a cold start where the processor has no
//! instructions for it. What is to be noticed is that somebody changed the text and forgot the index; whoever
//! wants to deceive the guard, and may change one of the two files, may change the other as well.

/// A text's print. Texts of one length that differ in one word of eight bytes have different prints for certain,
/// any others but for one accident in 2^64.
pub(super) type Print = [u8; 32];

const BLOCK: usize = 32;
const WORD: usize = 8;
/// Odd, so that multiplying by it loses nothing.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const BEGIN: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// Takes a text in pieces.
#[derive(Debug)]
pub struct TextPrint {
    lanes: [u64; 4],
    length: u64,
    /// What is left of the pieces so far, shorter than a block.
    rest: Vec<u8>,
}

impl Default for TextPrint {
    fn default() -> Self {
        Self { lanes: BEGIN, length: 0, rest: Vec::with_capacity(BLOCK) }
    }
}

impl TextPrint {
    /// That of a whole text.
    pub(super) fn of(text: &[u8]) -> Print {
        let mut print = Self::default();
        print.update(text);
        print.finish().1
    }

    /// The next piece. Where one ends and the next begins makes no difference.
    pub fn update(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let mut piece = piece;
        if !self.rest.is_empty() {
            let (before, after) = piece.split_at(piece.len().min(BLOCK - self.rest.len()));
            self.rest.extend_from_slice(before);
            piece = after;
            if self.rest.len() < BLOCK {
                return;
            }
            self.lanes = absorb(self.lanes, self.rest.as_chunks().0);
            self.rest.clear();
        }
        let (blocks, rest) = piece.as_chunks();
        self.lanes = absorb(self.lanes, blocks);
        self.rest.extend_from_slice(rest);
    }

    /// The length in bytes, and the print.
    pub(super) fn finish(mut self) -> (u64, Print) {
        self.rest.resize(BLOCK, 0);
        let mut last = [0; BLOCK];
        last.iter_mut().zip(self.length.to_le_bytes()).for_each(|(to, from)| *to = from);
        let lanes = absorb(absorb(self.lanes, self.rest.as_chunks().0), &[last]);
        let mut print = [0; BLOCK];
        let bytes = lanes.into_iter().flat_map(u64::to_le_bytes);
        print.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        (self.length, print)
    }
}

/// Each step can be undone, so none makes two states the same.
fn absorb(lanes: [u64; 4], blocks: &[[u8; BLOCK]]) -> [u64; 4] {
    let step = |lane: u64, word: [u8; WORD]| {
        (lane ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR).rotate_left(31)
    };
    let [mut a, mut b, mut c, mut d] = lanes;
    for block in blocks {
        if let (&[first, second, third, fourth], _) = block.as_chunks() {
            (a, b, c, d) = (step(a, first), step(b, second), step(c, third), step(d, fourth));
        }
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_make_no_difference_and_every_byte_does(
            text in prop::collection::vec(any::<u8>(), 1..200),
            cut in any::<prop::sample::Index>(),
            changed in any::<prop::sample::Index>(),
        ) {
            let (before, after) = text.split_at(cut.index(text.len()));
            let mut print = TextPrint::default();
            print.update(before);
            print.update(after);
            prop_assert_eq!(print.finish(), (text.len() as u64, TextPrint::of(&text)));
            let mut other = text.clone();
            other[changed.index(text.len())] ^= 1;
            prop_assert_ne!(TextPrint::of(&other), TextPrint::of(&text));
            let mut longer = text.clone();
            longer.push(0);
            prop_assert_ne!(TextPrint::of(&longer), TextPrint::of(&text));
        }
    }
}
