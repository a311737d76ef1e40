//! What a recorded call asked for, member by member.
//!
//! Evidence of what an answer of Cognito does not show yet, and nothing else: it is held against an
//! answer to doubt it, never taken for the state of a domain. No real record is published, and
//! records of other services come in several forms, so every form is read: names in either letter
//! case, numbers as text, JSON inside text. What still cannot be read is doubt.

use std::borrow::Cow;

use serde_json::Value;

use super::json::{self, HIDDEN};
use crate::domain::{Attribute, Domain, Failover, Hosting, SecurityPolicy};

#[cfg(test)]
mod tests;

/// What a call said of one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked<T> {
    /// Nothing: the member is absent or null. What Cognito makes of that is not known.
    #[default]
    NotAsked,
    /// This value.
    Value(T),
    /// None: an empty object. `routing: {}` asks for no failover.
    None,
    /// The member is there and cannot be read: hidden, of another type than it should have, or there
    /// twice.
    Unreadable,
}

impl<T> Asked<T> {
    /// Whether an answer that shows `shown` can be one from after the call.
    fn agreement<S>(&self, shown: Option<S>, of: impl FnOnce(&T, S) -> Agreement) -> Agreement {
        match (self, shown) {
            (Self::NotAsked, Some(_) | None) | (Self::None, None) => Agreement::Yes,
            (Self::Value(asked), Some(shown)) => of(asked, shown),
            (Self::Value(_), None) | (Self::None, Some(_)) => Agreement::No,
            (Self::Unreadable, Some(_) | None) => Agreement::Unknown,
        }
    }

    const fn is_mentioned(&self) -> bool {
        match self {
            Self::NotAsked => false,
            Self::Value(_) | Self::None | Self::Unreadable => true,
        }
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Asked<U>) -> Asked<U> {
        match self {
            Self::NotAsked => Asked::NotAsked,
            Self::Value(value) => read(value),
            Self::None => Asked::None,
            Self::Unreadable => Asked::Unreadable,
        }
    }
}

/// Whether an answer shows what was asked for. The order is how bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    /// It does, or nothing was asked.
    Yes,
    /// What was asked cannot be read.
    Unknown,
    /// It shows something else.
    No,
}

impl Agreement {
    const fn of(same: bool) -> Self {
        if same { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// The values that a call asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// `customDomainConfig.securityPolicy`
    pub security_policy: Asked<String>,
    /// `customDomainConfig.certificateArn`
    pub certificate_arn: Asked<String>,
    /// `managedLoginVersion`
    pub managed_login_version: Asked<i64>,
    /// `routing.failover`
    pub failover: Asked<RequestedFailover>,
}

/// The failover that a call asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedFailover {
    /// `secondaryRegion`
    pub secondary_region: Asked<String>,
    /// `primaryRoute53HealthCheckId`
    pub primary_route53_health_check_id: Asked<String>,
}

impl Requested {
    /// Of a call whose parameters are not there or cannot be read.
    pub const UNREADABLE: Self = Self {
        security_policy: Asked::Unreadable,
        certificate_arn: Asked::Unreadable,
        managed_login_version: Asked::Unreadable,
        failover: Asked::Unreadable,
    };

    /// Reads the parameters of a call, as [`parameters`] gives them.
    pub(super) fn read(parameters: Option<&Value>) -> Self {
        let Some(parameters) = parameters else {
            return Self::UNREADABLE;
        };
        if is_left_out(parameters) {
            return Self::UNREADABLE;
        }
        let config = |name| {
            object_member(parameters, "customDomainConfig")
                .and_then(|config| member(&config, name, any_text))
        };
        Self {
            security_policy: config("securityPolicy"),
            certificate_arn: config("certificateArn"),
            managed_login_version: member(parameters, "managedLoginVersion", whole_number),
            failover: object_member(parameters, "routing").and_then(|routing| {
                only(&routing, &["failover"], || {
                    object_member(&routing, "failover")
                        .and_then(|failover| RequestedFailover::read(&failover))
                })
            }),
        }
    }

    /// Whether `domain` shows all that the call asked for. What cannot be read is not shown.
    pub fn is_shown_by(&self, domain: &Domain) -> bool {
        Attribute::ALL
            .into_iter()
            .all(|attribute| self.agreement(domain, attribute) == Agreement::Yes)
    }

    /// Whether `domain` shows another value of `attribute` than the call asked for.
    pub fn is_contradicted_by(&self, domain: &Domain, attribute: Attribute) -> bool {
        self.agreement(domain, attribute) == Agreement::No
    }

    /// Whether the call said anything of `attribute`, readable or not.
    pub const fn mentions(&self, attribute: Attribute) -> bool {
        match attribute {
            Attribute::SecurityPolicy => self.security_policy.is_mentioned(),
            Attribute::Routing => self.failover.is_mentioned(),
            Attribute::ManagedLoginVersion => self.managed_login_version.is_mentioned(),
            Attribute::CertificateArn => self.certificate_arn.is_mentioned(),
        }
    }

    /// What such a domain does not have does not count there.
    fn agreement(&self, domain: &Domain, attribute: Attribute) -> Agreement {
        if !attribute.exists_on(&domain.hosting) {
            return Agreement::Yes;
        }
        let Self { security_policy, certificate_arn, managed_login_version, failover } = self;
        let custom = match &domain.hosting {
            Hosting::Prefix => None,
            Hosting::Custom(custom) => Some(custom),
        };
        match attribute {
            // Cognito serves version 1 where it reports none.
            Attribute::ManagedLoginVersion => managed_login_version
                .agreement(domain.managed_login_version.or(Some(1)), |asked, shown| {
                    Agreement::of(*asked == i64::from(shown))
                }),
            // A custom domain always has a certificate: such a record has lost what was asked for.
            Attribute::SecurityPolicy | Attribute::CertificateArn
                if *certificate_arn == Asked::None =>
            {
                Agreement::Unknown
            }
            Attribute::SecurityPolicy => {
                let policy = custom.map(|custom| &custom.security_policy);
                let in_effect = policy.and_then(|policy| policy.in_effect());
                let shown = policy.and_then(|policy| policy.as_sent());
                security_policy
                    .agreement(shown.or(in_effect.map(SecurityPolicy::as_str)), same_text)
            }
            Attribute::CertificateArn => certificate_arn
                .agreement(custom.and_then(|custom| custom.certificate_arn.as_deref()), same_text),
            Attribute::Routing => failover.agreement(
                custom.and_then(|custom| custom.failover.as_ref()),
                RequestedFailover::agreement,
            ),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "it is what an Asked<String> holds")]
fn same_text(asked: &String, shown: &str) -> Agreement {
    // None of these values differ by the case of their letters alone.
    Agreement::of(asked.eq_ignore_ascii_case(shown))
}

impl RequestedFailover {
    fn read(failover: &Value) -> Asked<Self> {
        only(failover, &["secondaryRegion", "primaryRoute53HealthCheckId"], || {
            let region = member(failover, "secondaryRegion", any_text);
            let check = member(failover, "primaryRoute53HealthCheckId", any_text);
            // Where neither can be read, nobody can say whether there is to be a failover at all.
            if region == Asked::Unreadable && check == Asked::Unreadable {
                return Asked::Unreadable;
            }
            Asked::Value(Self { secondary_region: region, primary_route53_health_check_id: check })
        })
    }

    fn agreement(&self, shown: &Failover) -> Agreement {
        let Self { secondary_region, primary_route53_health_check_id } = self;
        let Failover { secondary_region: region, primary_route53_health_check_id: check } = shown;
        secondary_region
            .agreement(Some(region.as_str()), same_text)
            .and(primary_route53_health_check_id.agreement(Some(check.as_str()), same_text))
    }
}

/// The `requestParameters` of a record as an object, `None` where there are none that can be read.
pub(super) fn parameters(record: &Value) -> Option<Cow<'_, Value>> {
    object(opened(record.get("requestParameters")?))
}

/// A text among the parameters. One that is empty, hidden or no text counts as absent.
pub(super) fn text_of(parameters: &Value, name: &str) -> Option<String> {
    match member(parameters, name, any_text) {
        Asked::Value(text) => Some(text),
        Asked::NotAsked | Asked::None | Asked::Unreadable => None,
    }
}

/// Reads the member of that name.
fn member<'a, T>(
    of: &'a Value,
    name: &str,
    read: impl FnOnce(Cow<'a, Value>) -> Option<T>,
) -> Asked<T> {
    let mut found = members(of).filter(|(key, _)| is_name(key, name)).map(|(_, value)| value);
    let Some(value) = found.next() else {
        return Asked::NotAsked;
    };
    if found.any(|other| other != value) {
        return Asked::Unreadable;
    }
    read(opened(value)).map_or(Asked::Unreadable, Asked::Value)
}

/// Reads the member of that name, which is an object. An empty one asks for none.
fn object_member<'a>(of: &'a Value, name: &str) -> Asked<Cow<'a, Value>> {
    member(of, name, object).and_then(|object| {
        if members(&object).next().is_none() {
            return Asked::None;
        }
        Asked::Value(object)
    })
}

/// Whether CloudTrail left the parameters out because they are too large, and says so in their place.
fn is_left_out(parameters: &Value) -> bool {
    let marks = ["omitted", "truncated"];
    members(parameters).any(|(key, value)| {
        marks.iter().any(|mark| is_name(key, mark)) && *value != Value::Bool(false)
    })
}

/// What `read` makes of an object that has no members but these. One that has others asks for
/// something newer than this build.
fn only<T>(object: &Value, names: &[&str], read: impl FnOnce() -> Asked<T>) -> Asked<T> {
    let known = |key: &str| names.iter().any(|name| is_name(key, name));
    if members(object).all(|(key, _)| known(key)) { read() } else { Asked::Unreadable }
}

/// The members of an object. One that is null counts as absent.
fn members(of: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = of.as_object().into_iter().flatten();
    members.filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.as_str(), value))
}

/// Whether a member is called so: `securityPolicy`, `SecurityPolicy` and `security_policy` are one.
fn is_name(key: &str, name: &str) -> bool {
    let letters = key.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    letters.eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// The value, or what stands in it as JSON where it is a text: also as a text once more.
fn opened(value: &Value) -> Cow<'_, Value> {
    let inner = |value: &Value| {
        let text = value.as_str()?;
        // Other texts are texts: a number in one is read by whoever wants a number.
        let text = Some(text).filter(|text| text.trim_start().starts_with(['{', '[', '"']))?;
        json::parse("it", text.as_bytes()).ok()
    };
    let Some(first) = inner(value) else {
        return Cow::Borrowed(value);
    };
    Cow::Owned(inner(&first).unwrap_or(first))
}

fn object(value: Cow<'_, Value>) -> Option<Cow<'_, Value>> {
    value.is_object().then_some(value)
}

#[expect(clippy::needless_pass_by_value, reason = "as the other readers of a member")]
fn any_text(value: Cow<'_, Value>) -> Option<String> {
    let text = value.as_str().map(str::trim);
    text.filter(|text| !text.is_empty() && *text != HIDDEN).map(str::to_owned)
}

/// A whole number, also as `2.0` or `"2"`.
#[expect(clippy::needless_pass_by_value, reason = "as the other readers of a member")]
fn whole_number(value: Cow<'_, Value>) -> Option<i64> {
    let whole = |number: f64| {
        // Every version there will be, and far below where a float skips whole numbers.
        let fits = number.fract() == 0.0 && number.abs() < 1e9;
        fits.then_some(number as i64)
    };
    match &*value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
