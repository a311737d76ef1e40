//! What a recorded call asked for, member by member.
//!
//! Evidence of what an answer of Cognito does not show yet, and nothing else: it is held against an
//! answer to doubt it, never taken for the state of a domain. No real record is published, and
//! records of other services come in several forms, so every form is read: names in either letter
//! case, numbers as text, JSON inside text. What still cannot be read is doubt.

use std::borrow::Cow;

use serde_json::Value;

use crate::domain::{Attribute, Domain, Failover, Hosting};

/// CloudTrail's mark for a value that it does not show.
pub(super) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

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
        let config = |name| {
            member(parameters, "customDomainConfig", object)
                .and_then(|config| member(&config, name, any_text))
        };
        Self {
            security_policy: config("securityPolicy"),
            certificate_arn: config("certificateArn"),
            managed_login_version: member(parameters, "managedLoginVersion", whole_number),
            failover: member(parameters, "routing", object).and_then(|routing| {
                only(&routing, &["failover"], || {
                    member(&routing, "failover", object)
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
            Attribute::ManagedLoginVersion => managed_login_version
                .agreement(domain.managed_login_version, |asked, shown| {
                    Agreement::of(*asked == i64::from(shown))
                }),
            Attribute::SecurityPolicy => security_policy
                .agreement(custom.and_then(|custom| custom.security_policy.as_sent()), same_text),
            Attribute::CertificateArn => certificate_arn
                .agreement(custom.and_then(|custom| custom.certificate_arn.as_deref()), same_text),
            Attribute::Routing => failover.agreement(
                custom.and_then(|custom| custom.failover.as_ref()),
                RequestedFailover::agreement,
            ),
        }
    }
}

fn same_text(asked: &String, shown: &str) -> Agreement {
    Agreement::of(asked == shown)
}

impl RequestedFailover {
    fn read(failover: &Value) -> Asked<Self> {
        only(failover, &["secondaryRegion", "primaryRoute53HealthCheckId"], || {
            Asked::Value(Self {
                secondary_region: member(failover, "secondaryRegion", any_text),
                primary_route53_health_check_id: member(
                    failover,
                    "primaryRoute53HealthCheckId",
                    any_text,
                ),
            })
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
    let value = opened(value);
    if value.is_object() && members(&value).next().is_none() {
        return Asked::None;
    }
    read(value).map_or(Asked::Unreadable, Asked::Value)
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

/// The value, or what stands in it as JSON where it is a text.
fn opened(value: &Value) -> Cow<'_, Value> {
    let inner = value
        .as_str()
        .filter(|text| text.trim_start().starts_with(['{', '[']))
        .and_then(|text| serde_json::from_str(text).ok());
    inner.map_or(Cow::Borrowed(value), Cow::Owned)
}

fn object(value: Cow<'_, Value>) -> Option<Cow<'_, Value>> {
    value.is_object().then_some(value)
}

#[expect(clippy::needless_pass_by_value, reason = "as the other readers of a member")]
fn any_text(value: Cow<'_, Value>) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty() && *text != HIDDEN);
    text.map(str::to_owned)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Asked, Requested, RequestedFailover, parameters};

    fn read(record: &Value) -> Requested {
        Requested::read(parameters(record).as_deref())
    }

    fn of(parameters: &Value) -> Requested {
        read(&json!({ "requestParameters": parameters }))
    }

    fn everything() -> Requested {
        Requested {
            security_policy: Asked::Value("TLS_V1".to_owned()),
            certificate_arn: Asked::Value("arn:1".to_owned()),
            managed_login_version: Asked::Value(2),
            failover: Asked::Value(RequestedFailover {
                secondary_region: Asked::Value("us-west-2".to_owned()),
                primary_route53_health_check_id: Asked::Value("0a1b".to_owned()),
            }),
        }
    }

    #[test]
    fn the_same_call_is_read_from_every_form_that_a_record_may_have() {
        let camel = json!({
            "customDomainConfig": { "certificateArn": "arn:1", "securityPolicy": "TLS_V1" },
            "managedLoginVersion": 2,
            "routing": { "failover": {
                "secondaryRegion": "us-west-2", "primaryRoute53HealthCheckId": "0a1b" } },
        });
        let pascal = json!({
            "CustomDomainConfig": { "CertificateArn": "arn:1", "SecurityPolicy": "TLS_V1" },
            "ManagedLoginVersion": 2.0,
            "Routing": { "Failover": {
                "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "0a1b" } },
        });
        let snake = json!({
            "custom_domain_config": { "certificate_arn": "arn:1", "security_policy": "TLS_V1" },
            "managed_login_version": "2",
            "routing": { "failover": {
                "secondary_region": "us-west-2", "primary_route53_health_check_id": "0a1b" } },
        });
        let nested = json!({
            "customDomainConfig": r#"{"certificateArn": "arn:1", "securityPolicy": "TLS_V1"}"#,
            "managedLoginVersion": " 2.0 ",
            "routing": r#" {"failover": "{\"secondaryRegion\": \"us-west-2\", \"primaryRoute53HealthCheckId\": \"0a1b\"}"}"#,
        });
        for form in [&camel, &pascal, &snake, &nested] {
            assert_eq!(of(form), everything(), "{form}");
            assert_eq!(of(&json!(form.to_string())), everything(), "{form} as text");
        }
    }

    #[test]
    fn what_is_absent_or_null_was_not_asked() {
        assert_eq!(of(&json!({})), Requested::default());
        assert_eq!(of(&json!({ "domain": "auth.example.com" })), Requested::default());
        let nulls =
            json!({ "customDomainConfig": null, "managedLoginVersion": null, "routing": null });
        assert_eq!(of(&nulls), Requested::default());
        let partly = of(
            &json!({ "customDomainConfig": { "certificateArn": "arn:1", "securityPolicy": null } }),
        );
        assert_eq!(partly.security_policy, Asked::NotAsked);
        let region = of(&json!({ "routing": { "failover": { "secondaryRegion": "us-west-2" } } }));
        let expected = RequestedFailover {
            secondary_region: Asked::Value("us-west-2".to_owned()),
            primary_route53_health_check_id: Asked::NotAsked,
        };
        assert_eq!(region.failover, Asked::Value(expected));
    }

    #[test]
    fn an_empty_object_asks_for_none_also_where_its_members_are_null_or_it_is_in_a_text() {
        for routing in [
            json!({}),
            json!({ "failover": {} }),
            json!({ "failover": null }),
            json!({ "Failover": { "SecondaryRegion": null } }),
            json!("{}"),
            json!({ "failover": "{}" }),
        ] {
            assert_eq!(of(&json!({ "routing": routing })).failover, Asked::None, "{routing}");
        }
        let config = of(&json!({ "customDomainConfig": {} }));
        assert_eq!(config.security_policy, Asked::None);
        assert_eq!(config.certificate_arn, Asked::None);
    }

    #[test]
    fn what_is_hidden_of_another_type_newer_or_said_twice_is_unreadable() {
        for (name, value) in [
            ("customDomainConfig", json!("HIDDEN_DUE_TO_SECURITY_REASONS")),
            ("customDomainConfig", json!(["TLS_V1"])),
            ("customDomainConfig", json!({ "securityPolicy": "HIDDEN_DUE_TO_SECURITY_REASONS" })),
            ("customDomainConfig", json!({ "securityPolicy": 1 })),
            ("customDomainConfig", json!({ "securityPolicy": "" })),
            ("customDomainConfig", json!({ "securityPolicy": ["TLS_V1"] })),
            (
                "customDomainConfig",
                json!({ "securityPolicy": "TLS_V1", "SecurityPolicy": "TLS_V1_3_2025" }),
            ),
        ] {
            let read = of(&json!({ name: value }));
            assert_eq!(read.security_policy, Asked::Unreadable, "{value}");
        }
        for value in [
            json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
            json!("two"),
            json!(""),
            json!(2.5),
            json!(1e300),
            json!(true),
            json!([2]),
            json!({ "version": 2 }),
        ] {
            let read = of(&json!({ "managedLoginVersion": value }));
            assert_eq!(read.managed_login_version, Asked::Unreadable, "{value}");
        }
        for value in [
            json!("none"),
            json!(false),
            json!([]),
            json!({ "failover": "none" }),
            json!({ "weighted": { "region": "us-west-2" } }),
            json!({ "failover": { "secondaryRegion": "us-west-2" }, "weighted": 1 }),
            json!({ "failover": { "secondaryRegion": "us-west-2", "delay": 5 } }),
        ] {
            let read = of(&json!({ "routing": value }));
            assert_eq!(read.failover, Asked::Unreadable, "{value}");
        }
    }

    #[test]
    fn a_call_without_parameters_that_can_be_read_is_unreadable_in_every_member() {
        for record in [
            json!({}),
            json!({ "requestParameters": null }),
            json!({ "requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS" }),
            json!({ "requestParameters": ["auth.example.com"] }),
            json!({ "requestParameters": "{\"domain\": " }),
        ] {
            assert_eq!(read(&record), Requested::UNREADABLE, "{record}");
        }
    }
}
