//! How much of a state is left.

use serde::Serialize;

/// Bytes of JSON that may still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    left: usize,
}

impl Room {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Takes the room for one more entry of a list, with the comma after it; `false` where there is none.
    pub(super) fn takes<T: Serialize + ?Sized>(&mut self, entry: &T) -> bool {
        let left = self.left.checked_sub(size(entry) + 1);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// How many bytes of JSON it is.
pub fn size<T: Serialize + ?Sized>(value: &T) -> usize {
    let mut bytes = Bytes(0);
    // What counts cannot fail; what cannot be written has no size that would fit anywhere.
    match serde_json::to_writer(&mut bytes, value) {
        Ok(()) => bytes.0,
        Err(_) => usize::MAX / 2,
    }
}

struct Bytes(usize);

impl std::io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_byte_by_byte_and_never_more_than_there_is() {
        let mut room = Room::new(10);
        assert!(room.takes("abc"), "5 bytes and a comma");
        assert!(!room.takes("abc"));
        assert!(room.takes("a"), "what is shorter still fits");
        assert!(!room.takes(""));
        assert_eq!(size("é\u{1}"), r#""é\u0001""#.len());
    }
}
