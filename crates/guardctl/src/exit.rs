//! How a command ends. Every command means the same by the same number.

use std::process::ExitCode;

/// How a command ended, by the number that a shell or a pipeline sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// As it should be.
    Good = 0,
    /// Something could not be read, checked or done.
    Failed = 1,
    /// Everything was read, and something is not as it should be.
    Off = 2,
    /// The command line is wrong, and nothing was done. `EX_USAGE` of `sysexits.h`, since other programs
    /// end in 2 for it, which here is an answer.
    Usage = 64,
    /// Somebody pressed Ctrl-C, as a shell reports it.
    Interrupted = 130,
    /// Whoever read the output went away, as a shell reports it.
    ReaderGone = 141,
}

/// The one table, as `guardctl --help` shows it. A test holds the documentation against it.
pub const TABLE: &str = "\
Exit codes:
  0    as it should be
  1    something could not be read, checked or done
  2    everything was read, and something is off its baseline or to be fixed
  64   the command line is wrong; nothing was done
  130  Ctrl-C
  141  whoever read the output went away";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Exit> for i32 {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
