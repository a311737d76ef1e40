//! The form in which an index is kept: numbers of four bytes, the least first, to be looked up where they lie.
//!
//! | what | bytes |
//! | --- | --- |
//! | [`MAGIC`], which ends in the version of the form | 8 |
//! | length and print of the text, its digest | 8, 32, 12 |
//! | number of parts of the head, then each: offset, length, line | 4, 12 each |
//! | for entries, then for exemptions: the key's part; number of items, of exact names, of bytes of globs | 12; 12 |
//! | each item's offset and line, and once more the end of the last; each exact name's hash and item, by hash; each glob: item, length, text | 8 each; 8 each; 5 and the text |
//! | the print of all of this | 32 |

use std::ops::Range;

use super::super::Baseline;
use super::super::pattern::DomainPattern;
use super::super::text_print::{Print, TextPrint};
use super::Part;
use super::sections::{List, Sections};

const MAGIC: [u8; 8] = *b"cdgidx\0\x01";
const NUMBER: usize = 4;
const PAIR: usize = 2 * NUMBER;
const DIGEST: usize = 12;

/// A hash of a name in lower case. Names with the same one are all looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hash(u32);

impl Hash {
    /// FNV-1a.
    pub(super) fn of(folded: &str) -> Self {
        let hash = folded
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self(hash)
    }
}

/// An index, as it is kept and looked up.
#[derive(Clone, Debug)]
pub(super) struct Written {
    bytes: Vec<u8>,
    /// Of the text that it is of: its length and print.
    pub(super) text: (u64, Print),
    /// The baseline's digest.
    pub(super) digest: String,
    head: Range<usize>,
    pub(super) entries: Listing,
    pub(super) exemptions: Listing,
}

/// Where in the bytes one of the lists is.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    pub(super) key: Part,
    items: Range<usize>,
    exact: Range<usize>,
    globs: Range<usize>,
}

impl Listing {
    /// How many items it has.
    pub(super) fn len(&self) -> usize {
        (self.items.len() / PAIR).saturating_sub(1)
    }
}

// ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────

/// What is larger than a file may be is written as what no reader takes.
fn number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn part(out: &mut Vec<u8>, Part { offset, length, line }: Part) {
    number(out, usize::try_from(offset).unwrap_or(usize::MAX));
    number(out, length);
    number(out, line);
}

fn list<'p>(
    out: &mut Vec<u8>,
    List { key, items }: &List,
    patterns: impl Iterator<Item = &'p DomainPattern>,
) {
    let mut exact = Vec::new();
    let mut globs = Vec::new();
    for (nth, pattern) in patterns.enumerate() {
        if pattern.is_exact() {
            exact.push((Hash::of(pattern.folded()), nth));
        } else {
            let folded = pattern.folded().as_bytes();
            number(&mut globs, nth);
            // No name is longer than 253 bytes.
            globs.push(u8::try_from(folded.len()).unwrap_or(u8::MAX));
            globs.extend_from_slice(folded);
        }
    }
    exact.sort_unstable();
    part(out, key.unwrap_or(Part { offset: 0, length: 0, line: 1 }));
    number(out, items.len());
    number(out, exact.len());
    number(out, globs.len());
    let end = items.last().map_or((0, 1), |last| (last.offset + last.length as u64, 1));
    for (offset, line) in items.iter().map(|item| (item.offset, item.line)).chain([end]) {
        number(out, usize::try_from(offset).unwrap_or(usize::MAX));
        number(out, line);
    }
    for (Hash(hash), nth) in exact {
        out.extend_from_slice(&hash.to_le_bytes());
        number(out, nth);
    }
    out.extend_from_slice(&globs);
}

impl Written {
    pub(super) fn of(whole: &Baseline, text: &str, found: &Sections) -> Option<Self> {
        let Sections { head, entries, exemptions } = found;
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&(text.len() as u64).to_le_bytes());
        out.extend_from_slice(&TextPrint::of(text.as_bytes()));
        out.extend_from_slice(whole.digest().as_bytes());
        number(&mut out, head.len());
        head.iter().for_each(|one| part(&mut out, *one));
        list(&mut out, entries, whole.entries.iter().map(|one| &one.pattern));
        list(&mut out, exemptions, whole.exemptions.iter().map(|one| &one.pattern));
        let print = TextPrint::of(&out);
        out.extend_from_slice(&print);
        Self::read(out)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

// ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────

/// Goes through the bytes from their beginning.
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn range(&mut self, length: usize) -> Option<Range<usize>> {
        let range = self.at..self.at.checked_add(length)?;
        self.at = range.end;
        (range.end <= self.bytes.len()).then_some(range)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let range = self.range(N)?;
        self.bytes.get(range)?.try_into().ok()
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn part(&mut self) -> Option<Part> {
        let (offset, length, line) = (self.number()?, self.number()?, self.number()?);
        Some(Part { offset: offset as u64, length, line })
    }

    fn listing(&mut self) -> Option<Listing> {
        let key = self.part()?;
        let (items, exact, globs) = (self.number()?, self.number()?, self.number()?);
        Some(Listing {
            key,
            items: self.range(items.checked_add(1)?.checked_mul(PAIR)?)?,
            exact: self.range(exact.checked_mul(PAIR)?)?,
            globs: self.range(globs)?,
        })
    }
}

impl Written {
    /// `None` if the bytes are not those of an index of this form, to the last.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let mut cursor = Cursor { bytes: &bytes, at: 0 };
        if cursor.array()? != MAGIC {
            return None;
        }
        let text = (u64::from_le_bytes(cursor.array()?), cursor.array()?);
        let digest = String::from_utf8(cursor.array::<DIGEST>()?.to_vec()).ok()?;
        let parts = cursor.number()?;
        let head = cursor.range(parts.checked_mul(3 * NUMBER)?)?;
        let (entries, exemptions) = (cursor.listing()?, cursor.listing()?);
        let end = cursor.at;
        let print: Print = cursor.array()?;
        let is_whole = cursor.at == bytes.len() && TextPrint::of(bytes.get(..end)?) == print;
        is_whole.then_some(Self { text, digest, head, entries, exemptions, bytes })
    }

    fn pair(&self, of: &Range<usize>, nth: usize) -> Option<(u32, u32)> {
        let from = of.start + nth.checked_mul(PAIR)?;
        let bytes = self.bytes.get(of.clone())?.get(from - of.start..)?;
        let (pair, _) = bytes.as_chunks::<NUMBER>();
        match pair {
            [first, second, ..] => Some((u32::from_le_bytes(*first), u32::from_le_bytes(*second))),
            [] | [_] => None,
        }
    }

    pub(super) fn head(&self) -> Option<Vec<Part>> {
        let mut cursor = Cursor { bytes: &self.bytes, at: self.head.start };
        (0..self.head.len() / (3 * NUMBER)).map(|_| cursor.part()).collect()
    }

    /// The item of that number, as far as the next one.
    pub(super) fn item(&self, list: &Listing, nth: usize) -> Option<Part> {
        let (offset, line) = self.pair(&list.items, nth)?;
        let (next, _) = self.pair(&list.items, nth + 1)?;
        let length = usize::try_from(next.checked_sub(offset)?).ok()?;
        Some(Part { offset: offset.into(), length, line: usize::try_from(line).ok()? })
    }

    /// The numbers of the items whose exact name has that hash.
    pub(super) fn exact(&self, list: &Listing, hash: Hash) -> Option<Vec<usize>> {
        let (mut low, mut high) = (0, list.exact.len() / PAIR);
        let count = high;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.pair(&list.exact, middle)?.0 < hash.0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut items = Vec::new();
        for nth in low..count {
            let (found, item) = self.pair(&list.exact, nth)?;
            if found != hash.0 {
                break;
            }
            items.push(usize::try_from(item).ok()?);
        }
        Some(items)
    }

    /// Each glob of a list, with the number of its item. `None` ends what is not as it was written.
    pub(super) fn globs(&self, list: &Listing) -> impl Iterator<Item = Option<(usize, &str)>> {
        let end = list.globs.end;
        let mut cursor = Cursor { bytes: &self.bytes, at: list.globs.start };
        let mut next = move || {
            let item = cursor.number()?;
            let [length] = cursor.array()?;
            let range = cursor.range(length.into())?;
            let text = str::from_utf8(cursor.bytes.get(range)?).ok()?;
            Some((cursor.at, (item, text)))
        };
        let mut at = list.globs.start;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let found = next();
            at = found.map_or(end, |(after, _)| after);
            Some(found.map(|(_, glob)| glob))
        })
    }
}
