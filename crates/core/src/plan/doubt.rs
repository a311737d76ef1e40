//! On a busy domain whose description is older than the change, whatever form the record of the
//! change has: nothing that the baseline does not declare changes, and nothing is weakened.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::properties::{baselines, custom_of, domains};
use super::tests::{ACCOUNT, EARLIER, NAME, POOL, home, now};
use super::*;
use crate::domain::{Failover, Hosting, ObservedPolicy, SecurityPolicy};
use crate::reach::Reach;
use crate::trigger::{Identity, Payload, Trigger};

/// How a record says a member, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Absent,
    Null,
    Plain,
    Hidden,
    WrongType,
    Empty,
    Flag,
    /// Under two names, with two values.
    Twice,
}

/// How a record writes its names, numbers and objects.
#[derive(Clone, Copy, Debug)]
enum Style {
    Camel,
    Pascal,
    Snake,
    Text,
    /// As text in a text, in mixed case.
    TextInText,
    /// Too large for CloudTrail, which shows the names alone.
    LeftOut,
}

/// What a call asks for, and how its record says so.
#[derive(Clone, Debug)]
struct Asking {
    style: Style,
    policy: (Form, SecurityPolicy),
    certificate: (Form, &'static str),
    login: (Form, i32),
    failover: (Form, Option<Failover>),
}

fn forms() -> impl Strategy<Value = Form> {
    prop_oneof![
        3 => Just(Form::Plain),
        2 => Just(Form::Absent),
        1 => select(vec![Form::Null, Form::Hidden, Form::WrongType, Form::Empty, Form::Flag, Form::Twice]),
    ]
}

fn askings() -> impl Strategy<Value = Asking> {
    let failover = option::of(select(&["us-west-2", "eu-west-1"][..])).prop_map(|region| {
        region.map(|region| Failover {
            secondary_region: region.to_owned(),
            primary_route53_health_check_id: "0a1b2c3d".to_owned(),
        })
    });
    (
        select(vec![
            Style::Camel,
            Style::Pascal,
            Style::Snake,
            Style::Text,
            Style::TextInText,
            Style::LeftOut,
        ]),
        (forms(), select(&SecurityPolicy::ALL[..])),
        (forms(), select(&["arn:aws:acm:us-east-1:111122223333:certificate/new", "arn:other"][..])),
        (forms(), 1..=2),
        (forms(), failover),
    )
        .prop_map(|(style, policy, certificate, login, failover)| Asking {
            style,
            policy,
            certificate,
            login,
            failover,
        })
}

impl Style {
    fn name(self, name: &str) -> String {
        match self {
            Self::Camel | Self::Text | Self::LeftOut => name.to_owned(),
            Self::TextInText => name.to_ascii_uppercase(),
            Self::Pascal => {
                let (first, rest) = name.split_at(1);
                format!("{}{rest}", first.to_ascii_uppercase())
            }
            Self::Snake => {
                let mut snake = String::new();
                for c in name.chars() {
                    if c.is_ascii_uppercase() {
                        snake.push('_');
                    }
                    snake.push(c.to_ascii_lowercase());
                }
                snake
            }
        }
    }

    fn number(self, number: i32) -> Value {
        match self {
            Self::Camel | Self::Snake | Self::LeftOut => json!(number),
            Self::Pascal => json!(f64::from(number)),
            Self::Text => json!(number.to_string()),
            Self::TextInText => json!(format!("{number}e0 ")),
        }
    }

    fn object(self, object: Value) -> Value {
        match self {
            Self::Camel | Self::Snake | Self::Pascal | Self::LeftOut => object,
            Self::Text => json!(object.to_string()),
            Self::TextInText => json!(json!(object.to_string()).to_string()),
        }
    }
}

impl Form {
    fn say(self, into: &mut Value, name: String, value: Value) {
        let said = match self {
            Self::Absent => return,
            Self::Null => Value::Null,
            Self::Plain => value,
            Self::Hidden => json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
            Self::WrongType => json!([value]),
            Self::Empty => json!(""),
            Self::Flag => json!(true),
            Self::Twice => {
                into[format!("{name}_")] = json!("something else");
                value
            }
        };
        into[name] = said;
    }

    /// Whether Cognito was asked for the value, whatever the record says of it.
    fn asked(self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Plain
            | Self::Hidden
            | Self::WrongType
            | Self::Empty
            | Self::Flag
            | Self::Twice => true,
        }
    }
}

impl Asking {
    fn parameters(&self) -> Value {
        let style = self.style;
        let name = |text: &str| style.name(text);
        let mut config = json!({});
        self.policy.0.say(&mut config, name("securityPolicy"), json!(self.policy.1.as_str()));
        self.certificate.0.say(&mut config, name("certificateArn"), json!(self.certificate.1));
        let mut parameters = json!({ name("domain"): NAME, name("userPoolId"): POOL });
        if config != json!({}) {
            parameters[name("customDomainConfig")] = style.object(config);
        }
        let login = style.number(self.login.1);
        self.login.0.say(&mut parameters, name("managedLoginVersion"), login);
        let routing = match &self.failover.1 {
            None => json!({}),
            Some(failover) => json!({ name("failover"): style.object(json!({
                name("secondaryRegion"): failover.secondary_region,
                name("primaryRoute53HealthCheckId"): failover.primary_route53_health_check_id,
            })) }),
        };
        self.failover.0.say(&mut parameters, name("routing"), style.object(routing));
        if let Style::LeftOut = style {
            parameters = json!({ "domain": NAME, "userPoolId": POOL, "omitted": true });
        }
        style.object(parameters)
    }

    fn event(&self) -> Value {
        json!({
            "eventSource": "cognito-idp.amazonaws.com",
            "eventName": "UpdateUserPoolDomain",
            "eventID": "2c63888f-28f0-4481-be6d-dce7a7ace732",
            "eventTime": "2026-07-01T08:59:50Z",
            "recipientAccountId": ACCOUNT,
            "requestParameters": self.parameters(),
        })
    }
}

fn change(asking: &Asking) -> Change {
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/guard");
    let guard = Identity { role_arn, function_arns: Vec::new(), overrides: None };
    match crate::trigger::read(&asking.event(), &guard, &Reach::one(home())) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => *change,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stale_answer_leads_to_no_update_that_undoes_what_was_asked_in_whatever_form(
        shown in domains(), baseline in baselines(), asking in askings(), earlier in select(&EARLIER[..]),
    ) {
        let shown = Domain { status: Status::Updating, ..shown };
        let change = change(&asking);
        let purpose = Purpose::Change(&change, earlier);
        let plan = decide(NAME, Some(&shown), purpose, &baseline, Known::NONE, &home(), now());
        let Decision::Update(update) = plan.decision else { return Ok(()) };
        let drifted = |attribute| update.changes.iter().any(|drift| drift.attribute == attribute);
        // What was asked for is what the domain becomes, although it is not shown yet.
        if asking.login.0.asked() && !drifted(Attribute::ManagedLoginVersion) {
            // What is left out is version 1, where none was ever set.
            prop_assert_eq!(update.request.managed_login_version.unwrap_or(1), asking.login.1);
        }
        let Hosting::Custom(_) = &shown.hosting else { return Ok(()) };
        let custom = update.request.custom.expect("a custom domain is sent as one");
        if asking.certificate.0.asked() && !drifted(Attribute::CertificateArn) {
            prop_assert_eq!(custom.certificate_arn.as_str(), asking.certificate.1);
        }
        if asking.failover.0.asked() && !drifted(Attribute::Routing) {
            let kept = asking.failover.1.clone().map_or(RoutingUpdate::Omitted, RoutingUpdate::Failover);
            prop_assert_eq!(&custom.routing, &kept);
        }
        if asking.policy.0.asked() {
            let sent = custom.security_policy.as_deref();
            let sent = sent.map_or(ObservedPolicy::Absent, ObservedPolicy::from_name);
            let sent = sent.in_effect().expect("a known policy");
            let (asked, declared) = (asking.policy.1, baseline.governing(NAME, &home()).security_policy);
            let floor = declared.map_or(asked, |declared| declared.value.policy().min(asked));
            prop_assert!(sent >= floor, "{asked} was asked for and {sent} was sent");
        }
    }
}

/// The property above must have something to judge.
#[test]
fn stale_answers_do_lead_to_updates_where_they_show_what_was_asked() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut updates = 0;
    for _ in 0..4_000 {
        let (shown, baseline, asking) =
            (domains(), baselines(), askings()).new_tree(&mut runner).unwrap().current();
        let shown = Domain { status: Status::Updating, ..shown };
        let change = change(&asking);
        let purpose = Purpose::Change(&change, Earlier::FirstLook);
        let plan = decide(NAME, Some(&shown), purpose, &baseline, Known::NONE, &home(), now());
        let custom = custom_of(&shown).is_some();
        updates += usize::from(custom && matches!(plan.decision, Decision::Update(_)));
    }
    assert!(updates > 10, "{updates}");
}
