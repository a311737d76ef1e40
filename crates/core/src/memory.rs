//! What one look leaves behind for the next look at the same event.
//!
//! The guard keeps no store. An invocation that is not finished ends in an [`ErrorType`]; Lambda puts
//! its name into the destination record that goes to the recheck queue, and every later look reads it
//! from there. That name, and how often the queue has handed the message over, is all the memory there
//! is. So it is written and read in this one file.

use serde::{Deserialize, Serialize};

macro_rules! error_types {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// The type of error in which an invocation ends that the platform should bring back.
        ///
        /// The order is how much a type says: where several domains of one event are unsettled, the
        /// invocation ends in the greatest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum ErrorType {
            $($(#[$doc])* $name,)+
        }

        impl ErrorType {
            /// Every error type.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The `errorType` that Lambda, its destination record and alarms show.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

error_types! {
    /// AWS denied the update. A critical notice says so, and nothing was written.
    UpdateDenied,
    /// Nothing was sent, and no notice either: Cognito is still working on the domain, so the change
    /// may not be visible yet.
    DomainSettling,
    /// The domain is off its baseline, and the overrides, or one of them, could not be read. Nothing was
    /// written, and a notice says so.
    OverridesUnreadable,
    /// A revert is pending, since Cognito is still working on the domain. A notice says so.
    DomainBusy,
    /// Too many requests. Nothing was written.
    Throttled,
    /// Cognito could not be asked. Nothing was written.
    Unavailable,
    /// An update was sent and not answered, so nobody knows whether it was applied.
    UpdateUnconfirmed,
    /// Something was done or found, and its notice could not be published.
    NoticeFailed,
    /// The event could not be read.
    Unreadable,
    /// The function could not start: there is no baseline, or it is not valid.
    BaselineInvalid,
    /// The function could not start: one of its environment variables is missing or malformed.
    SettingsInvalid,
}

impl ErrorType {
    /// The type of that name. `None` for the names that Lambda itself gives, such as
    /// `Runtime.ExitError` or `Sandbox.Timedout`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == name)
    }
}

/// At which receipts from the queue, which comes once a minute, people hear that a domain is still off
/// its baseline. After the last receipt the event is a dead letter, and sweeps repeat it daily.
pub const STILL_OFF_BASELINE_AT: [u32; 2] = [10, 30];

/// What is known of earlier looks at the same event.
///
/// | the first look ended in | and later ones | becomes | a notice was sent | an update may have been accepted |
/// | --- | --- | --- | --- | --- |
/// | (this is it) | | [`FirstLook`](Self::FirstLook) | no | no |
/// | `DomainSettling` | any | [`Settling`](Self::Settling) | no | no: a look of such an event sends its notice before its update |
/// | the same | past the warning, or all of them, and it was a dead letter | [`Overdue`](Self::Overdue) | a warning | no |
/// | `OverridesUnreadable` | none | [`Withheld`](Self::Withheld) | a warning | no |
/// | the same | some | [`Pending`](Self::Pending) | counts as sent | perhaps |
/// | `Throttled`, `Unavailable`, `Unreadable`, `BaselineInvalid`, `SettingsInvalid` | none | [`Unreached`](Self::Unreached) | no | no |
/// | the same | some | [`Pending`](Self::Pending) | counts as sent | perhaps |
/// | `NoticeFailed`, a crash, a timeout | none | [`Unannounced`](Self::Unannounced) | no | perhaps |
/// | the same | some | [`Pending`](Self::Pending) | counts as sent | perhaps |
/// | `DomainBusy`, `UpdateUnconfirmed` | any | [`Pending`](Self::Pending) | yes | perhaps |
/// | `UpdateDenied` | any | [`Denied`](Self::Denied) | yes, that it was denied | perhaps |
/// | the same | all of them, and it was a dead letter | [`Pending`](Self::Pending) | yes | perhaps |
///
/// What a later look did is recorded nowhere. It counts as having sent its notice, since otherwise
/// a notice would say each minute that a revert is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There was none.
    FirstLook,
    /// Nothing to revert was seen, or not yet what the change asked for, and Cognito was busy.
    Settling,
    /// The same for so long that a warning was sent.
    Overdue,
    /// Drift was seen, and not put back, since the overrides could not be read. People were warned.
    Withheld,
    /// AWS could not be reached, the event could not be read, or the function could not start.
    Unreached,
    /// An update may have been accepted, and no notice says so.
    Unannounced,
    /// A notice said that a revert is pending, and an update may have been accepted since.
    Pending,
    /// A notice said that the update was denied, and one may have been accepted since.
    Denied,
}

impl Earlier {
    /// What a first look that ended in `error_type` left behind (`None`: in an error that is not the
    /// guard's own). `looked_at_since` says whether the queue has handed the event over before.
    pub const fn after(error_type: Option<ErrorType>, looked_at_since: bool) -> Self {
        match error_type {
            Some(ErrorType::UpdateDenied) => Self::Denied,
            Some(ErrorType::DomainSettling) => Self::Settling,
            Some(ErrorType::OverridesUnreadable) => {
                if looked_at_since {
                    Self::Pending
                } else {
                    Self::Withheld
                }
            }
            Some(ErrorType::DomainBusy | ErrorType::UpdateUnconfirmed) => Self::Pending,
            Some(
                ErrorType::Throttled
                | ErrorType::Unavailable
                | ErrorType::Unreadable
                | ErrorType::BaselineInvalid
                | ErrorType::SettingsInvalid,
            ) => {
                if looked_at_since {
                    Self::Pending
                } else {
                    Self::Unreached
                }
            }
            Some(ErrorType::NoticeFailed) | None => {
                if looked_at_since {
                    Self::Pending
                } else {
                    Self::Unannounced
                }
            }
        }
    }

    /// The same of an event that has been a dead letter: it had all its looks, so a warning was sent. Who
    /// puts it back expects to hear of it again if the update is still denied.
    #[must_use]
    pub const fn after_a_redrive(self) -> Self {
        match self.at_receipt(u32::MAX, 0) {
            Self::Denied => Self::Pending,
            other @ (Self::FirstLook
            | Self::Settling
            | Self::Overdue
            | Self::Withheld
            | Self::Unreached
            | Self::Unannounced
            | Self::Pending) => other,
        }
    }

    /// The same at that receipt from the queue, where a warning is due at the receipt `warned_at`.
    #[must_use]
    pub const fn at_receipt(self, receives: u32, warned_at: u32) -> Self {
        match self {
            Self::Settling if receives > warned_at => Self::Overdue,
            Self::FirstLook
            | Self::Settling
            | Self::Overdue
            | Self::Withheld
            | Self::Unreached
            | Self::Unannounced
            | Self::Pending
            | Self::Denied => self,
        }
    }

    /// Whether a notice has said that the domain is off its baseline.
    pub const fn was_announced(self) -> bool {
        match self {
            Self::FirstLook
            | Self::Settling
            | Self::Overdue
            | Self::Unreached
            | Self::Unannounced => false,
            Self::Withheld | Self::Pending | Self::Denied => true,
        }
    }

    /// Whether people were warned, so that they wait for the end of it.
    pub const fn was_warned_of(self) -> bool {
        match self {
            Self::Overdue | Self::Withheld => true,
            Self::FirstLook
            | Self::Settling
            | Self::Unreached
            | Self::Unannounced
            | Self::Pending
            | Self::Denied => false,
        }
    }

    /// Whether an update of an earlier look may have been accepted.
    pub const fn may_have_written(self) -> bool {
        match self {
            Self::FirstLook | Self::Settling | Self::Overdue | Self::Withheld | Self::Unreached => {
                false
            }
            Self::Unannounced | Self::Pending | Self::Denied => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Earlier, ErrorType};

    #[test]
    fn a_domain_that_settles_past_the_warning_is_overdue_and_nothing_else_changes() {
        assert_eq!(Earlier::Settling.at_receipt(15, 15), Earlier::Settling);
        assert_eq!(Earlier::Settling.at_receipt(16, 15), Earlier::Overdue);
        for other in [Earlier::FirstLook, Earlier::Unreached, Earlier::Pending] {
            assert_eq!(other.at_receipt(90, 15), other);
        }
    }

    #[test]
    fn a_denial_that_was_notified_is_notified_again_once_its_dead_letter_is_put_back() {
        let denied = Earlier::after(Some(ErrorType::UpdateDenied), true);
        assert_eq!(denied, Earlier::Denied);
        assert_eq!(denied.at_receipt(90, 15), Earlier::Denied);
        assert_eq!(denied.after_a_redrive(), Earlier::Pending);
    }

    /// Of several domains of one event only one type is kept. Where another domain was not denied, none may
    /// count as notified.
    #[test]
    fn a_denial_is_what_is_left_only_where_every_unsettled_domain_was_denied() {
        for other in ErrorType::ALL {
            assert!(ErrorType::UpdateDenied <= *other, "{other:?}");
        }
    }

    #[test]
    fn every_error_type_is_read_back_from_its_own_name() {
        for error_type in ErrorType::ALL {
            assert_eq!(ErrorType::from_name(error_type.as_str()), Some(*error_type));
        }
    }

    /// The names are spelled out: records that release 0.1.0 wrote may wait in a queue while the
    /// function is replaced.
    #[test]
    fn what_release_0_1_0_wrote_is_read_as_it_meant_it_and_so_is_what_came_since() {
        for (name, first, later) in [
            ("DomainSettling", Earlier::Settling, Earlier::Settling),
            ("OverridesUnreadable", Earlier::Withheld, Earlier::Pending),
            ("DomainBusy", Earlier::Pending, Earlier::Pending),
            ("UpdateUnconfirmed", Earlier::Pending, Earlier::Pending),
            ("Throttled", Earlier::Unreached, Earlier::Pending),
            ("Unavailable", Earlier::Unreached, Earlier::Pending),
            ("NoticeFailed", Earlier::Unannounced, Earlier::Pending),
            ("Unreadable", Earlier::Unreached, Earlier::Pending),
            ("Runtime.ExitError", Earlier::Unannounced, Earlier::Pending),
            ("Sandbox.Timedout", Earlier::Unannounced, Earlier::Pending),
            ("", Earlier::Unannounced, Earlier::Pending),
            // 0.1.0 knew no such name, and takes it for a crash.
            ("UpdateDenied", Earlier::Denied, Earlier::Denied),
        ] {
            let read = ErrorType::from_name(name);
            assert_eq!(Earlier::after(read, false), first, "{name:?}");
            assert_eq!(Earlier::after(read, true), later, "{name:?}, looked at since");
        }
    }
}
