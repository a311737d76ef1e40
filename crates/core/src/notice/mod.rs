//! What people and machines read. Pure: facts in, one message out.
//!
//! The facts ([`About`]) become a [`Record`] in `build`, and every other form is made from the record.
//! A [`Notice`] is published to SNS with `MessageStructure=json`, so that every subscriber gets the
//! form it can read: systems the [`Record`], mailboxes a plain text, telephones one line, chat the
//! schema of Amazon Q Developer in chat applications.
//!
//! Text that comes from events (names, user agents, error messages) was chosen by whoever made the
//! call. It is bounded and stripped of control characters and links when the record is made, and of
//! markup and mentions when it goes to a chat.

mod about;
mod actor;
mod attribution;
mod build;
mod chat;
mod commands;
mod created;
mod denied;
mod email;
mod headline;
mod imposter;
mod lasting;
mod links;
mod meaning;
mod next_steps;
mod override_change;
mod overrides;
mod record;
mod source;
mod text;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod found;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod reading;
#[cfg(test)]
pub(crate) mod scene;
#[cfg(test)]
mod tests;

pub use about::About;
pub use actor::{ActorRecord, ViaSaidBy};
pub use attribution::{AttributionRecord, AttributionResult};
pub use overrides::why_stopped;
pub use record::{
    ChangeRecord, ClosesRecord, DenialRecord, ErrorRecord, EventRecord, ExemptRecord, LinksRecord,
    Record, Timings, UnjudgedRecord,
};

pub use crate::report::{BaselineRecord, Kind, OverrideRecord, Severity, SweepRecord};

use serde_json::{Map, Value};

use crate::baseline::Exemption;
use crate::overrides::Overrides;
use crate::place::Place;
use crate::plan::Drift;
use crate::trigger::OverrideChange;

/// SNS takes 256 KiB; a tenth is kept for the escaping that the envelope adds.
const LARGEST_BODY: usize = 230 * 1024;
/// An entry of a list takes some 200 bytes in all forms together, at the least.
const MOST_ENTRIES: usize = 1_000;
/// SNS takes fewer than 100 characters.
const LONGEST_SUBJECT: usize = 99;
/// One SMS, so that nobody reads the second half first.
const LONGEST_SMS: usize = 140;

/// One thing that a person should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What machines read, and what every other form is made from.
    pub record: Record,
}

/// What is published to SNS, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// At most 99 characters of printable ASCII.
    pub subject: String,
    /// With `MessageStructure=json`: an object with one text for each protocol.
    pub body: String,
    /// What a subscription's filter policy can ask for: `kind`, `severity`, `account`, `region` and, where
    /// the baseline names one, `owner`.
    pub attributes: Vec<(&'static str, String)>,
}

/// What a subscriber by https gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpsForm {
    /// The schema of Amazon Q Developer in chat applications.
    #[default]
    Chat,
    /// The record.
    Record,
}

impl Notice {
    /// A notice of that kind about one domain.
    pub fn about(kind: Kind, about: &About<'_>) -> Self {
        Self { record: build::about(kind, about) }
    }

    /// What a sweep found, and the drift that it put back, each with its place and its domain.
    /// `about.domain` and what belongs to one domain are ignored.
    pub fn digest(
        about: &About<'_>,
        reverted: &[(Place, String, Drift)],
        sweep: SweepRecord,
    ) -> Self {
        Self { record: build::digest(about, reverted, sweep) }
    }

    /// What a sweep held back because it was too much at once, as `sweep.held` says.
    pub fn held(about: &About<'_>, sweep: SweepRecord) -> Self {
        Self { record: build::held(about, sweep) }
    }

    /// Somebody has made or removed overrides; `known` are those that there are now. What belongs to one
    /// domain is ignored.
    pub fn override_changed(about: &About<'_>, change: &OverrideChange, known: &Overrides) -> Self {
        Self { record: build::changed(about, change, known) }
    }

    /// A test, for whoever asked for it by that name. What belongs to one domain is ignored.
    pub fn test(about: &About<'_>, asked_by: &str) -> Self {
        Self { record: build::test(about, asked_by) }
    }

    /// An exemption that ends soon.
    pub fn expiring(about: &About<'_>, exemption: &Exemption) -> Self {
        Self { record: build::expiring(about, exemption) }
    }

    /// What is sent to SNS. Never larger than SNS takes: a notice that would be loses detail.
    pub fn message(&self, https: HttpsForm) -> Message {
        Message {
            subject: self.subject(),
            body: self.fitting_body(https),
            attributes: attributes(&self.record),
        }
    }

    fn fitting_body(&self, https: HttpsForm) -> String {
        let mut record = self.record.clone();
        // More than this cannot fit, so no time is spent on rendering it.
        while record.entries() > MOST_ENTRIES && record.lose_detail() {}
        let mut body = body(&record, https);
        while body.len() > LARGEST_BODY && record.lose_detail() {
            body = self::body(&record, https);
        }
        body
    }

    /// The line by which a mailbox is skimmed.
    pub fn subject(&self) -> String {
        self.line(&format!("[{}] ", self.record.severity.label()), LONGEST_SUBJECT)
    }

    /// The plain text for a mailbox.
    pub fn email(&self) -> String {
        email::render(&self.record)
    }

    /// The one line for a telephone.
    pub fn sms(&self) -> String {
        let (label, account) = (self.record.severity.label(), &self.record.account);
        self.line(&format!("Cognito domain guard {label} ({account}): "), LONGEST_SMS)
    }

    /// The headline after `label`, in the fullest form that fits: never half a sentence.
    fn line(&self, label: &str, longest: usize) -> String {
        let headline = headline::short(&self.record, longest.saturating_sub(label.len()));
        text::ascii_line(&format!("{label}{headline}"), longest)
    }

    /// The message for a chat.
    pub fn chat(&self) -> Value {
        chat::render(&self.record)
    }
}

fn attributes(record: &Record) -> Vec<(&'static str, String)> {
    let always = [
        ("kind", record.kind.as_str()),
        ("severity", record.severity.as_str()),
        ("account", &record.account),
        ("region", &record.region),
    ];
    let owner = record.owner.as_deref().map(|owner| ("owner", owner));
    always.into_iter().chain(owner).map(|(name, value)| (name, value.to_owned())).collect()
}

fn body(record: &Record, https: HttpsForm) -> String {
    let notice = Notice { record: record.clone() };
    let default = record.to_json();
    let mut forms = Map::new();
    let https = match https {
        HttpsForm::Chat => notice.chat().to_string(),
        HttpsForm::Record => default.clone(),
    };
    forms.insert("default".into(), Value::String(default));
    forms.insert("email".into(), Value::String(notice.email()));
    forms.insert("sms".into(), Value::String(notice.sms()));
    forms.insert("https".into(), Value::String(https));
    Value::Object(forms).to_string()
}
