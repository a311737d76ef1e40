//! What an update of the guard answers, as it travels in the update's user agent.
//!
//! CloudTrail records the user agent, and the record of the update comes back as an event. So all notices of
//! one incident share an identifier, and the last one says what it was about, without any store. Nothing is
//! decided by it.

use std::fmt::Write as _;

use crate::domain::Attribute;

/// What an update of the guard answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The `eventID` of the change, or what [`Cause::incident_of_a_sweep`] makes.
    pub incident: String,
    /// When the change was made, in whole seconds since 1970.
    pub changed_at: Option<i64>,
    /// What the update puts back.
    pub attributes: Vec<Attribute>,
    /// Who made the change, by the name that notices show. `None` where nobody is known to have made it.
    pub actor: Option<String>,
}

impl Cause {
    const MARK: &str = "cdg.";
    /// How the incident of a sweep begins. No `eventID` has a dot.
    const SWEEP: &str = "sweep";
    /// The longest application name that the SDK takes.
    const LONGEST_APP_NAME: usize = 50;
    /// How the metadata begins that says what the update is for, in the form of the SDK's own.
    const FOR: &str = "md/cdg-for#";
    /// The longest name in the metadata, as it is written. CloudTrail keeps 1,024 bytes of a user agent, of
    /// which the SDK takes some 200.
    const LONGEST_ACTOR: usize = 240;

    /// The incident of a sweep, by the request id of its invocation.
    pub fn incident_of_a_sweep(request_id: &str) -> String {
        format!("{}.{request_id}", Self::SWEEP)
    }

    /// The `eventID` of the change. `None` where a sweep found the drift, without an event.
    pub fn event_id(&self) -> Option<&str> {
        let is_of_a_sweep =
            self.incident.strip_prefix(Self::SWEEP).is_some_and(|rest| rest.starts_with('.'));
        Some(self.incident.as_str()).filter(|_| !is_of_a_sweep)
    }

    /// The application name for the user agent: `cdg.<incident>` and, where there is room, the
    /// time of the change in hexadecimal.
    pub fn app_name(&self) -> String {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        let incident: String = self.incident.chars().filter(|c| allowed(*c)).collect();
        let mut name = format!("{}{incident}", Self::MARK);
        // Eight digits last until 2106 and begin in 1978. Other times, which only a forged event can
        // have, would be taken for part of the incident when the name is read back.
        if let Some(seconds) = self.changed_at.and_then(|seconds| u32::try_from(seconds).ok()) {
            let suffix = format!(".{seconds:x}");
            if suffix.len() == 9 && name.len() + suffix.len() <= Self::LONGEST_APP_NAME {
                name.push_str(&suffix);
            }
        }
        name.truncate(Self::LONGEST_APP_NAME);
        name
    }

    /// What the update is for, to be put behind the application name:
    /// `md/cdg-for#security_policy+routing.jane.doe%40example.com`. `None` where nothing of it is known.
    pub fn metadata(&self) -> Option<String> {
        let Self { incident: _, changed_at: _, attributes, actor } = self;
        if attributes.is_empty() && actor.is_none() {
            return None;
        }
        let attributes: Vec<_> = attributes.iter().map(|attribute| attribute.as_str()).collect();
        let mut metadata = format!("{}{}", Self::FOR, attributes.join("+"));
        if let Some(actor) = actor {
            metadata.push('.');
            metadata.push_str(&encoded(actor));
        }
        Some(metadata)
    }

    /// The cause in a user agent that the guard sent.
    pub fn from_user_agent(user_agent: &str) -> Option<Self> {
        let mut parts = user_agent.split_ascii_whitespace();
        let app =
            parts.clone().find_map(|part| part.strip_prefix("app/")?.strip_prefix(Self::MARK))?;
        let (incident, changed_at) = match app.rsplit_once('.') {
            Some((incident, hex)) if hex.len() == 8 && incident != Self::SWEEP => {
                match u32::from_str_radix(hex, 16) {
                    Ok(seconds) => (incident, Some(seconds.into())),
                    Err(_) => (app, None),
                }
            }
            _ => (app, None),
        };
        if incident.is_empty() {
            return None;
        }
        let metadata = parts.find_map(|part| part.strip_prefix(Self::FOR)).unwrap_or_default();
        let (attributes, actor) = match metadata.split_once('.') {
            Some((attributes, actor)) => (attributes, decoded(actor)),
            None => (metadata, None),
        };
        Some(Self {
            incident: incident.to_owned(),
            changed_at,
            // A later version may know others.
            attributes: attributes.split('+').filter_map(Attribute::from_name).collect(),
            actor,
        })
    }
}

/// `text` in the characters that a user agent may have, each other byte as `%` and two digits, as in an
/// address. What is too long is cut.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let end = out.len();
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
        if out.len() > Cause::LONGEST_ACTOR - 3 {
            out.truncate(end);
            out.push_str("...");
            break;
        }
    }
    out
}

/// The text that was encoded, `None` where there is none or it is not well formed.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().take(Cause::LONGEST_ACTOR);
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(attributes: &[Attribute], actor: Option<&str>) -> Cause {
        Cause {
            incident: "2c63888f-28f0-4481-be6d-dce7a7ace732".to_owned(),
            changed_at: Some(1_795_420_931),
            attributes: attributes.to_vec(),
            actor: actor.map(str::to_owned),
        }
    }

    fn read_back(cause: &Cause) -> Option<Cause> {
        let metadata = cause.metadata().unwrap_or_default();
        Cause::from_user_agent(&format!(
            "aws-sdk-rust/1.3 app/{} {metadata} ua/2.1",
            cause.app_name()
        ))
    }

    #[test]
    fn what_an_update_is_for_comes_back_from_the_user_agent() {
        let two = [Attribute::SecurityPolicy, Attribute::Routing];
        for cause in [
            cause(&two, Some("jane.doe@example.com (SSO, PlatformAdmin)")),
            cause(&two, Some("Zoë 100%")),
            cause(&[Attribute::CertificateArn], None),
            cause(&[], Some("root")),
            cause(&[], None),
        ] {
            assert_eq!(read_back(&cause), Some(cause));
        }
        assert_eq!(
            cause(&two, Some("jane.doe@example.com")).metadata().as_deref(),
            Some("md/cdg-for#security_policy+routing.jane.doe%40example.com")
        );
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let long = "é".repeat(500);
        let metadata = cause(&Attribute::ALL, Some(&long)).metadata().unwrap();
        assert!(metadata.len() < 400, "{}", metadata.len());
        let actor = read_back(&cause(&[], Some(&long))).unwrap().actor.unwrap();
        assert!(actor.starts_with("éé") && actor.ends_with("..."), "{actor}");
    }

    #[test]
    fn what_no_guard_has_written_is_passed_over() {
        let read =
            |metadata: &str| Cause::from_user_agent(&format!("app/cdg.x {metadata}")).unwrap();
        let nothing = Cause { incident: "x".to_owned(), ..Cause::default() };
        for metadata in ["", "md/cdg-for#", "md/cdg-for#.", "md/cdg-for#next.%4", "md/cdg-for#.%ff"]
        {
            assert_eq!(read(metadata), nothing, "{metadata}");
        }
        assert_eq!(read("md/cdg-for#next+routing").attributes, [Attribute::Routing]);
    }
}
