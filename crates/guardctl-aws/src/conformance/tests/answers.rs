//! Every answer that can be measured is found, and none that cannot.

use cognito_domain_guard_sandbox::{
    Action, Caller, Describe, Distributions, Elsewhere, EmptyRouting, Fault, OldPolicy, Replicas,
    Role,
};

use super::*;
use crate::conformance::finding::{Measured, Outcome};
use crate::conformance::meaning::Answers;

/// The words of the variant, without what no run can measure.
pub(super) fn measurable(variant: Variant) -> String {
    let words = variant.to_string();
    let old = match variant.old_policy {
        OldPolicy::TlsV1 => "tls-v1",
        OldPolicy::Absent => "absent",
    };
    words.replace(&format!("old-policy={old}"), "old-policy=?")
}

#[test]
fn in_each_possible_cognito_it_finds_every_answer_and_leaves_nothing() {
    let variants = Variant::all();
    assert_eq!(variants.len(), 48);
    for variant in variants {
        let world = in_virtual_time_world(variant);
        let (world, report) = world;
        let answers = Answers::of(&report.found.findings);
        assert_eq!(answers.words(), measurable(variant), "{report:#?}");
        assert_eq!(report.found.stops, [""; 0]);
        assert_eq!(report.left, [""; 0]);
        assert_eq!(meaning::unexpected(&report.found.findings), [""; 0], "{variant}");
        assert_eq!(report.exit(), Exit::Good, "{variant}: {}", report.text());
        assert_only_others_are_left(&world);
        // Each question of a custom domain has one finding, and what cannot be measured says why.
        for question in Question::ALL {
            let finding = found(&report, question, Kind::Custom);
            let not_here = [
                Question::OldPolicy,
                Question::Elsewhere,
                Question::UpdateDistribution,
                Question::DurationCertificate,
            ];
            let is_measurable = matches!(finding.outcome, Outcome::Measured(_));
            assert_eq!(is_measurable, !not_here.contains(&question), "{variant}: {finding}");
        }
        let lag = found(&report, Question::Describe, Kind::Custom).measured().cloned();
        match (variant.describe, lag) {
            (Describe::Fresh, Some(Measured::Fresh)) => {}
            (Describe::Lags, Some(Measured::Lags(time))) => {
                assert!(time >= MINUTES(5) && time <= MINUTES(6), "{time:?}");
            }
            (Describe::Fresh | Describe::Lags, other) => panic!("{variant}: {other:?}"),
        }
    }
}

fn in_virtual_time_world(variant: Variant) -> (World, Report) {
    in_virtual_time(async {
        let world = world(variant);
        let report = run_in(&world, &wanted()).await;
        (world, report)
    })
}

#[test]
fn a_prefix_alone_measures_what_needs_no_certificate() {
    for variant in Variant::all().into_iter().step_by(5) {
        let wanted = Wanted { custom: None, ..wanted() };
        let (words, world, report) = in_virtual_time(async {
            let world = world(variant);
            let report = run_in(&world, &wanted).await;
            (Answers::of(&report.found.findings).words(), world, report)
        });
        let expected = measurable(variant)
            .replace("empty-routing=removes", "empty-routing=?")
            .replace("empty-routing=keeps", "empty-routing=?");
        assert_eq!(words, expected, "{report:#?}");
        assert_eq!(report.exit(), Exit::Good);
        assert_only_others_are_left(&world);
    }
}

#[test]
fn without_a_replica_what_becomes_of_a_failover_is_not_measurable_and_the_refusal_is_shown() {
    let report = in_virtual_time(async {
        let settings = WorldSettings { replicas: Replicas::Nowhere, ..WorldSettings::default() };
        run_in(&world_of(settings), &wanted()).await
    });
    for question in [Question::EmptyRouting, Question::OmittedRouting] {
        let finding = found(&report, question, Kind::Custom);
        assert!(matches!(finding.outcome, Outcome::NotMeasurable(_)), "{finding}");
        assert!(finding.evidence[0].contains("no active replica"), "{finding:?}");
    }
    assert_eq!(report.exit(), Exit::Good);
    // The plan has said so before anybody was asked, and nothing else.
    let not_here = |finding: &&Finding| matches!(finding.outcome, Outcome::NotMeasurable(_));
    let questions = report.found.findings.iter().filter(not_here).map(|finding| finding.question);
    let mut questions: Vec<_> = questions.collect();
    questions.sort_unstable();
    let mut said: Vec<_> =
        plan::not_measurable(&wanted()).iter().map(|(asked, _)| *asked).collect();
    said.sort_unstable();
    assert_eq!(questions, said);
}

#[test]
fn a_domain_of_another_account_is_described_or_not() {
    for (elsewhere, expected) in
        [(Elsewhere::Described, Measured::Described), (Elsewhere::Hidden, Measured::Hidden)]
    {
        let report = in_virtual_time(async {
            let world = world_of(WorldSettings { elsewhere, ..WorldSettings::default() });
            let other = world.at("444455556666", world.region());
            other.put_domain(Domain {
                name: "login.acme.io".to_owned(),
                account: Some("444455556666".to_owned()),
                ..others()
            });
            let foreign_domain = Some("login.acme.io".to_owned());
            let wanted = Wanted { custom: None, prefix: None, foreign_domain, ..wanted() };
            with_run(&world, async |lab, resources, _| {
                let mut report = Report::default();
                experiments::all(lab, resources, &wanted, &mut report.found).await;
                report
            })
            .await
        });
        let finding = found(&report, Question::Elsewhere, Kind::Custom);
        assert_eq!(finding.measured(), Some(&expected));
    }
}

#[test]
fn a_role_without_the_permission_shows_whether_it_is_needed_and_on_what() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/restricted";
    for (distributions, expected) in [
        (Distributions::Asked, "needed on arn:aws:cloudfront::111122223333:distribution/*"),
        (Distributions::NotAsked, "not needed"),
    ] {
        let report = in_virtual_time(async {
            let world = world_of(WorldSettings { distributions, ..WorldSettings::default() });
            let caller = Caller::iam_user(ACCOUNT, "tester");
            world.put_role(Role {
                arn: ROLE.to_owned(),
                trusted: vec![caller.arn().to_owned()],
                allowed: vec![Action::UpdateUserPoolDomain],
                region: None,
                updates_distributions: false,
            });
            world.register_caller("AKIDRUN", caller);
            let mut wanted = wanted();
            wanted.prefix = None;
            wanted.custom.as_mut().unwrap().restricted_role_arn = Some(ROLE.to_owned());
            run_in(&world, &wanted).await
        });
        let finding = found(&report, Question::UpdateDistribution, Kind::Custom);
        assert_eq!(
            finding.measured().map(ToString::to_string).as_deref(),
            Some(expected),
            "{finding:?}"
        );
        let settings = meaning::settings(&report.found.findings).join("\n");
        assert_eq!(
            settings.contains("leave DenyOwnDistributions at false"),
            expected != "not needed"
        );
    }
}

#[test]
fn a_role_that_cannot_be_assumed_or_may_nothing_measures_nothing() {
    let wanted = || {
        let mut wanted = wanted();
        wanted.prefix = None;
        wanted.custom.as_mut().unwrap().restricted_role_arn =
            Some("arn:aws:iam::111122223333:role/x".to_owned());
        wanted
    };
    let report = in_virtual_time(async { run_in(&world(Variant::default()), &wanted()).await });
    let finding = found(&report, Question::UpdateDistribution, Kind::Custom);
    assert!(finding.to_string().contains("cannot be assumed"), "{finding}");
}

#[test]
fn another_certificate_shows_how_long_a_change_of_certificate_takes() {
    let report = in_virtual_time(async {
        let mut settings = WorldSettings::default();
        settings.durations.update_certificate = MINUTES(40);
        let mut wanted = wanted();
        wanted.prefix = None;
        wanted.custom.as_mut().unwrap().second_certificate_arn = Some(format!("{CERTIFICATE}0"));
        run_in(&world_of(settings), &wanted).await
    });
    let finding = found(&report, Question::DurationCertificate, Kind::Custom);
    let Some(Measured::Took(time)) = finding.measured() else { panic!("{finding}") };
    assert!((MINUTES(40)..MINUTES(41)).contains(time), "{finding}");
}

#[test]
fn an_empty_routing_that_keeps_a_failover_says_so_to_the_operator() {
    let variant = Variant { empty_routing: EmptyRouting::Keeps, ..Variant::default() };
    let (_, report) = in_virtual_time_world(variant);
    let text = report.text();
    assert!(
        text.contains("Cognito ignores Routing: {} (empty-routing=keeps): an event: reverted"),
        "{text}"
    );
    assert!(
        text.contains(
            "omitted=reset busy=conflict empty-routing=keeps old-policy=? describe=fresh"
        ),
        "{text}"
    );
}

#[test]
fn the_runs_own_events_are_found_compared_and_shown_without_an_identifier() {
    let (_, report) = in_virtual_time_world(Variant::default());
    let calls: Vec<_> = report.events.records.keys().map(|call| call.as_str()).collect();
    assert_eq!(calls, ["CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"]);
    assert_eq!((report.events.foreign, &report.events.missing), (0, &None));
    // The sandbox writes records as the synthetic ones are; only the caller is another.
    for (call, records) in &report.events.records {
        for (path, difference) in shape::against_synthetic(*call, records) {
            let of_the_caller = ["userIdentity", "error", "tlsDetails", "sessionCredential"];
            let of_failovers = path == "responseElements.routing";
            assert!(
                of_failovers || of_the_caller.iter().any(|start| path.starts_with(start)),
                "{call:?}: {path}: {difference}"
            );
        }
    }
    let known = [(PREFIX.to_owned(), "guard-test"), (DOMAIN.to_owned(), "a.example.com")];
    let file = serde_json::to_string(&Document::of(&report, &Redactor::new(known))).unwrap();
    for secret in [
        OTHERS_POOL,
        "AKIDRUN",
        "someone",
        "198.51.100.7",
        "AIDACKCEVSQ6C2EXAMPLE",
        PREFIX,
        CERTIFICATE,
    ] {
        assert!(!file.contains(secret), "{secret}");
    }
    for pool in report.events.records.values().flatten().filter_map(|record| {
        record.pointer("/requestParameters/userPoolId").and_then(serde_json::Value::as_str)
    }) {
        assert!(!file.contains(pool), "{pool}");
    }
}

/// Whoever runs it, and whatever a message of Cognito's has in it: the text of the fault is in the findings.
#[test]
fn neither_who_ran_it_nor_what_a_message_names_is_in_the_file() {
    const KEY: &str = "ASIAQQKEYOFTHERUN471";
    let role = "arn:aws:iam::111122223333:role/ops-breakglass";
    let since = time::OffsetDateTime::UNIX_EPOCH;
    for caller in [
        Caller::iam_user(ACCOUNT, "jane.doe"),
        Caller::sso(ACCOUNT, "breakglass", "jane.doe@globex.com"),
        Caller::session(role, "jane.doe", KEY, since),
    ] {
        let arn = caller.arn().to_owned();
        let message = format!(
            "User {arn} from 198.51.100.7 (ip-10-1-2-3.ec2.internal) with {KEY} is not enabled for client \
             1h57kf5cpq17m0eml12fs0a2be, distribution E2QWRUHAPOMQZL, zone Z1D633PJN98FT9, mail ops@globex.com"
        );
        let report = in_virtual_time(async {
            let world = world(Variant::default());
            world.register_caller("AKIDRUN", caller);
            let fault = Fault::error(400, "OperationNotEnabledException", &message);
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
            run_in(&world, &Wanted { custom: None, ..wanted() }).await
        });
        assert!(meaning::unexpected(&report.found.findings)[0].contains(&arn));
        let known = [(PREFIX.to_owned(), "guard-test")];
        let known =
            known.into_iter().chain(names_in(&arn).map(|name| (name.to_owned(), "example")));
        let file = serde_json::to_string(&Document::of(&report, &Redactor::new(known))).unwrap();
        assert!(file.contains("is not enabled for client"), "{file}");
        for secret in [
            "jane",
            "globex",
            "breakglass",
            "198.51",
            "ec2.internal",
            "1h57kf",
            "E2QWRU",
            "Z1D633",
            KEY,
            "AKIDRUN",
            PREFIX,
            OTHERS_POOL,
        ] {
            assert!(!file.contains(secret), "{secret} is in {file}");
        }
    }
}
