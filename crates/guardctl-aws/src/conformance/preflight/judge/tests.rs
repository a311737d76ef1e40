use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Status;

use super::*;
use crate::conformance::preflight::actions;

const ARN: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";

fn wanted() -> Wanted {
    Wanted {
        account: "111122223333".to_owned(),
        custom: Some(Custom {
            name: "guard-test.example.com".to_owned(),
            certificate_arn: ARN.to_owned(),
            second_certificate_arn: None,
            restricted_role_arn: None,
            replica: None,
        }),
        prefix: Some("guard-test".to_owned()),
        foreign_domain: None,
    }
}

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

fn certificate(status: &str, name: &str) -> Certificate {
    Certificate { status: status.to_owned(), names: vec![name.to_owned()] }
}

fn distribution(alias: &str) -> Distribution {
    Distribution { id: "E1EXAMPLE".to_owned(), aliases: vec![alias.to_owned()] }
}

/// An account in which a run can begin.
fn ready() -> Facts {
    Facts {
        parent: Some(true),
        name: Some(Resolved::Nothing),
        certificates: vec![(ARN.to_owned(), Ok(certificate("ISSUED", "*.example.com")))],
        distributions: Ok(vec![distribution("*.example.com")]),
        taken: wanted().names().map(|name| (name.to_owned(), Ok(None))).collect(),
        custom_domains: Ok(3),
        guards: Ok(vec![("a-guard".to_owned(), Governs::No)]),
        denied: Ok(Vec::new()),
        credentials: Credentials::Lasting,
        events: Ok(()),
        output_exists: false,
        kept_pool: None,
        left: vec!["eu-central-1_Left00001".to_owned()],
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_795_725_900)
}

fn refusals(facts: &Facts) -> Vec<String> {
    let checks = judge(facts, &wanted(), &place(), now()).into_iter();
    checks
        .filter_map(|Check { about, outcome }| match outcome {
            Outcome::Refused(why) => Some(format!("{about}: {why}")),
            Outcome::Fine(_) | Outcome::Note(_) => None,
        })
        .collect()
}

fn error(failure: Failure) -> CallError {
    CallError { failure, action: "a:Call", code: None, message: "no".to_owned() }
}

#[test]
fn an_account_that_is_ready_is_not_refused() {
    assert_eq!(refusals(&ready()), [""; 0]);
}

/// A change of the facts that makes a run pointless, and a word of the reason.
type Fault = (fn(&mut Facts), &'static str);

#[test]
fn each_thing_that_would_make_a_run_fail_is_refused_with_its_reason() {
    let faults: [Fault; 16] = [
        (|f| f.output_exists = true, "the file: it is there already"),
        (|f| f.parent = Some(false), "example.com has no A record"),
        (|f| f.name = Some(Resolved::Something), "has an entry in the DNS"),
        (
            |f| f.certificates[0].1 = Ok(certificate("PENDING_VALIDATION", "*.example.com")),
            "is PENDING_VALIDATION",
        ),
        (
            |f| f.certificates[0].1 = Ok(certificate("ISSUED", "*.example.org")),
            "is for *.example.org",
        ),
        (|f| f.certificates[0].1 = Ok(certificate("ISSUED", "example.com")), "is for example.com"),
        (|f| f.certificates[0].1 = Err(error(Failure::Gone)), "is not there"),
        (|f| f.certificates[0].0 = ARN.replace("us-east-1", "eu-central-1"), "is not in us-east-1"),
        (
            |f| f.distributions = Ok(vec![distribution("Guard-Test.example.com")]),
            "guard-test.example.com is an alias of CloudFront's distribution E1EXAMPLE",
        ),
        (|f| f.custom_domains = Ok(4), "room for 4 custom domains, and 4 are there"),
        (
            |f| f.taken[0].1 = Ok(Some(taken())),
            "is there already, on user pool eu-central-1_Ab12Cd34E (ACTIVE)",
        ),
        (|f| f.taken[0].1 = Err(error(Failure::Denied)), "allow it with this policy"),
        (
            |f| f.guards = Ok(vec![("a-guard".to_owned(), Governs::Enforces)]),
            "the baseline of a-guard governs",
        ),
        (
            |f| f.denied = Ok(vec!["cognito-idp:CreateUserPool".to_owned()]),
            "\"cognito-idp:CreateUserPool\"",
        ),
        (
            |f| f.credentials = Credentials::Until(now() + Duration::from_secs(3600)),
            "they end at 21:45 UTC",
        ),
        (|f| f.parent = None, "has no A record"),
    ];
    for (fault, reason) in faults {
        let mut facts = ready();
        fault(&mut facts);
        let refused = refusals(&facts);
        assert_eq!(refused.len(), 1, "{reason}: {refused:?}");
        assert!(refused[0].contains(reason), "{refused:?}");
    }
}

fn taken() -> Domain {
    Domain {
        name: "guard-test.example.com".to_owned(),
        user_pool_id: "eu-central-1_Ab12Cd34E".to_owned(),
        account: None,
        status: Status::Active,
        hosting: Hosting::Prefix,
        managed_login_version: None,
    }
}

#[test]
fn a_name_that_an_earlier_run_left_is_free_once_that_is_removed() {
    let mut facts = ready();
    let on_left = Domain { user_pool_id: facts.left[0].clone(), ..taken() };
    facts.taken[1].1 = Ok(Some(on_left));
    assert_eq!(refusals(&facts), [""; 0]);
}

/// A pool of somebody's, as it is named, tagged and used.
fn with_pool(name: &str, tag: &str, domains: &[&str]) -> Facts {
    let pool = PoolSeen {
        id: "eu-central-1_Kept00001".to_owned(),
        name: name.to_owned(),
        tags: [(TAG.to_owned(), tag.to_owned())].into(),
        domains: domains.iter().map(|name| (*name).to_owned()).collect(),
    };
    Facts { kept_pool: Some((pool.id.clone(), Ok(Some(pool)))), ..ready() }
}

#[test]
fn a_user_pool_is_used_only_if_somebody_marked_it_for_that_and_it_has_room() {
    let marked = format!("{NAME}replicated");
    assert_eq!(refusals(&with_pool(&marked, "replicated", &["somebodys"])), [""; 0]);
    let mut left = with_pool(&marked, "replicated", &["guard-test.example.com"]);
    let reason = |facts: &Facts| refusals(facts).join("\n");
    assert!(reason(&left).contains("has the custom domain guard-test.example.com already"));
    left.left = vec!["eu-central-1_Kept00001".to_owned()];
    assert_eq!(refusals(&left), [""; 0]);
    for (name, tag) in [("customers", "replicated"), (&marked, "production"), ("customers", "x")] {
        assert!(reason(&with_pool(name, tag, &[])).contains("is not this command's to use"));
    }
    let run = "20261126t204512z-0a1b2";
    assert!(reason(&with_pool(&format!("{NAME}{run}-custom"), run, &[])).contains("earlier run"));
    let gone = Facts { kept_pool: Some(("eu-central-1_x".to_owned(), Ok(None))), ..ready() };
    assert!(reason(&gone).contains("is not in this account and region"));
}

#[test]
fn what_cannot_be_checked_is_noted_and_left_to_the_person() {
    let faults: [Fault; 8] = [
        (|f| f.denied = Err(error(Failure::Denied)), "not checked"),
        (|f| f.guards = Err(error(Failure::Denied)), "not checked"),
        (|f| f.guards = Ok(vec![("a".to_owned(), Governs::Unknown)]), "could not be read"),
        (|f| f.guards = Ok(vec![("a".to_owned(), Governs::Audits)]), "sends notices"),
        (|f| f.custom_domains = Err("no".to_owned()), "not checked"),
        (
            |f| f.distributions = Err(error(Failure::Denied)),
            "could not look at your distributions: a:Call",
        ),
        (|f| f.credentials = Credentials::Unknown, "do not say when they end"),
        (|f| f.events = Err(error(Failure::Denied)), "will not be compared"),
    ];
    for (fault, words) in faults {
        let mut facts = ready();
        fault(&mut facts);
        assert_eq!(refusals(&facts), [""; 0]);
        let checks = judge(&facts, &wanted(), &place(), now());
        let noted =
            |check: &Check| matches!(&check.outcome, Outcome::Note(note) if note.contains(words));
        assert!(checks.iter().any(noted), "{words}: {checks:?}");
    }
}

#[test]
fn a_prefix_alone_asks_for_no_certificate_and_no_address() {
    let facts = Facts { parent: None, name: None, certificates: Vec::new(), ..ready() };
    let wanted = Wanted { custom: None, ..wanted() };
    let checks = judge(&facts, &wanted, &place(), now());
    assert!(checks.iter().all(|check| matches!(check.outcome, Outcome::Fine(_))), "{checks:?}");
    assert!(!actions(&wanted).contains(&"acm:DescribeCertificate"));
}

#[test]
fn a_certificate_covers_its_name_and_one_label_below_a_star() {
    for (name, host) in [
        ("guard.example.com", "guard.example.com"),
        ("*.example.com", "guard.example.com"),
        ("*.EXAMPLE.com", "Guard.example.com"),
    ] {
        assert!(covers(name, host), "{name} {host}");
    }
    for (name, host) in [
        ("example.com", "guard.example.com"),
        ("*.example.com", "example.com"),
        ("*.example.com", "a.guard.example.com"),
        ("*", "guard.example.com"),
    ] {
        assert!(!covers(name, host), "{name} {host}");
    }
}
