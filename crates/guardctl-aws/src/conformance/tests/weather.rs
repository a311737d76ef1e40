//! Throttling, faults on AWS's side and lost answers are not taken for answers of Cognito.

use cognito_domain_guard_sandbox::{Action, Break, Fault, FaultKind};

use super::answers::measurable;
use super::*;
use crate::conformance::meaning::Answers;

/// What may happen to a call.
fn faults() -> Vec<Fault> {
    vec![
        Fault::error(400, "TooManyRequestsException", "Rate exceeded"),
        Fault::error(500, "InternalErrorException", "try again"),
        Fault::new(FaultKind::Before(Break::Reset)),
        Fault::new(FaultKind::After(Break::Reset)),
        Fault::new(FaultKind::After(Break::Timeout)),
    ]
}

/// The whole run, with a fault at the same place in each possible Cognito.
fn check(variant: Variant, fault: Fault) {
    in_virtual_time(async {
        let world = world(variant);
        world.inject(fault.clone());
        let report = run_in(&world, &wanted()).await;
        let words = Answers::of(&report.found.findings).words();
        assert_eq!(words, measurable(variant), "{fault:?}: {}", report.text());
        assert_eq!(meaning::unexpected(&report.found.findings), [""; 0], "{fault:?}");
        assert_eq!(report.left, [""; 0], "{fault:?}");
        assert_only_others_are_left(&world);
    });
}

#[test]
fn one_fault_at_any_write_changes_no_answer() {
    let actions = [
        (Action::CreateUserPool, 2),
        (Action::CreateUserPoolDomain, 2),
        (Action::UpdateUserPoolDomain, 18),
        (Action::DeleteUserPoolDomain, 2),
        (Action::DeleteUserPool, 2),
    ];
    let variants = Variant::all();
    let mut nth = 0;
    let mut cases = Vec::new();
    for (action, calls) in actions {
        for call in 0..calls {
            // Three of the five each time, and another Cognito, so that all of them meet.
            for fault in faults().into_iter().cycle().skip(nth % 5).take(3) {
                nth += 7;
                cases.push((variants[nth % variants.len()], fault.on(action).skip(call).once()));
            }
        }
    }
    // By far the longest test of this program, so it would run alone at the end.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for some in cases.chunks(cases.len().div_ceil(threads)) {
            scope.spawn(|| {
                for (variant, fault) in some.iter().cloned() {
                    check(variant, fault);
                }
            });
        }
    });
}

#[test]
fn weather_that_lasts_changes_no_answer_either() {
    let variants = Variant::all();
    for (nth, fault) in faults().into_iter().enumerate() {
        for (of, times) in [
            (Action::UpdateUserPoolDomain, 3),
            (Action::DescribeUserPoolDomain, 12),
            (Action::DescribeUserPool, 4),
            (Action::LookupEvents, 2),
        ] {
            let fault = fault.clone().on(of).skip(2).times(times);
            check(variants[(nth * 11 + 5) % variants.len()], fault);
        }
    }
}

#[test]
fn an_update_that_never_gets_an_answer_is_no_answer() {
    let report = in_virtual_time(async {
        let world = world(Variant::default());
        let lost = Fault::new(FaultKind::Before(Break::Reset));
        world.inject(lost.on(Action::UpdateUserPoolDomain));
        let report = run_in(&world, &wanted()).await;
        assert_only_others_are_left(&world);
        report
    });
    let words = Answers::of(&report.found.findings).words();
    assert_eq!(
        words,
        "omitted=? busy=? empty-routing=? old-policy=? describe=?",
        "{}",
        report.text()
    );
    assert_eq!(meaning::unexpected(&report.found.findings), [""; 0]);
    assert!(report.found.stops[0].contains("got no answer"), "{:?}", report.found.stops);
    assert_eq!(report.exit(), Exit::Off);
}

/// Lost five times in a row, an update that leaves something out was never applied: nothing was kept.
#[test]
fn what_was_left_out_of_an_update_that_never_came_is_neither_kept_nor_reset() {
    let report = in_virtual_time(async {
        let world = world(Variant::default());
        // After the probe and the first change of the prefix domain.
        let lost = Fault::new(FaultKind::Before(Break::Reset));
        world.inject(lost.on(Action::UpdateUserPoolDomain).skip(2).times(5));
        let report = run_in(&world, &Wanted { custom: None, ..wanted() }).await;
        assert_only_others_are_left(&world);
        report
    });
    let finding = found(&report, Question::OmittedManagedLogin, Kind::Prefix);
    assert!(finding.to_string().contains("not measured: no answer"), "{finding}");
}

#[test]
fn credentials_that_end_stop_the_run_and_say_what_to_do() {
    let report = in_virtual_time(async {
        let world = world(Variant::default());
        let over = Fault::error(400, "ExpiredTokenException", "The security token is expired");
        world.inject(over.skip(40));
        with_run(&world, async |lab, resources, _| {
            let mut report = Report::default();
            experiments::all(lab, resources, &wanted(), &mut report.found).await;
            report.left = removed(resources, &wanted()).await;
            report
        })
        .await
    });
    assert!(report.found.stops[0].contains("Sign in again"), "{:?}", report.found.stops);
    assert!(report.left[0].contains("Sign in again"), "{:?}", report.left);
    assert_eq!(report.exit(), Exit::Off);
}

#[test]
fn an_answer_outside_of_the_variants_is_reported_with_its_evidence() {
    let report = in_virtual_time(async {
        let world = world(Variant::default());
        let other = Fault::error(400, "OperationInProgressException", "Not just now.");
        // The prefix domain's probe while it is created.
        world.inject(other.on(Action::UpdateUserPoolDomain).once());
        run_in(&world, &wanted()).await
    });
    let unexpected = meaning::unexpected(&report.found.findings);
    assert_eq!(unexpected.len(), 1, "{unexpected:?}");
    assert!(
        unexpected[0].contains(
            "busy.creating (prefix): UNEXPECTED: refused with OperationInProgressException"
        ) && unexpected[0].contains("an update while CREATING was answered"),
        "{unexpected:?}"
    );
    assert_eq!(report.exit(), Exit::Off);
}
