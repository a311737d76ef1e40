//! What somebody reads who was woken up by it: in that order, and with something to paste.

use serde_json::Value;

use super::scene::{baseline, event, event_for, home, notice_about, of_a_sweep};
use super::tests::all_notices;
use super::*;
use crate::domain::Attribute;
use crate::place::Place;
use crate::report::OverrideEffect;
use crate::trigger::{Cause, Change, Origin, SweepCause};

fn shipped(kind: Kind) -> Notice {
    match event_for(kind) {
        Some(event) => notice_about(kind, &event, &home()),
        None => of_a_sweep(kind, &home()),
    }
}

/// Where each of these begins in the text, in the order in which they should stand.
#[track_caller]
fn stand_in_order(text: &str, parts: &[&str]) {
    let mut at = 0;
    for part in parts {
        let found = text.get(at..).unwrap().find(part);
        at += found.unwrap_or_else(|| panic!("{part:?} is missing or too early in\n{text}"));
    }
}

#[test]
fn the_first_line_says_whether_to_act() {
    for notice in all_notices(&home()) {
        let first = notice.record.headline;
        let says =
            ["No action needed", "Act now", "You decide", "Prepare for it", "Update the guard"];
        assert!(says.iter().any(|say| first.contains(say)), "{first}");
        let is_critical = notice.record.severity == Severity::Critical;
        assert_eq!(is_critical, first.contains("Act now"), "{first}");
    }
}

#[test]
fn a_mail_says_what_happened_what_it_means_and_what_to_do_before_any_detail() {
    for kind in Kind::ALL {
        let notice = shipped(kind);
        let mail = notice.email();
        let begin = |text: &str| text.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        let (headline, meaning) = (begin(&notice.record.headline), begin(&notice.record.meaning));
        let mut parts = vec![headline.as_str(), meaning.as_str()];
        if !notice.record.next_steps.is_empty() {
            parts.push("What to do now");
        }
        parts.push("Facts");
        stand_in_order(&mail.split_whitespace().collect::<Vec<_>>().join(" "), &parts);
        assert!(!notice.record.meaning.is_empty(), "{kind}");
    }
}

#[test]
fn a_critical_notice_has_commands_to_paste_and_a_link_to_its_chapter() {
    for kind in Kind::ALL {
        let notice = shipped(kind);
        if notice.record.severity != Severity::Critical {
            continue;
        }
        let commands = |steps: &[String]| {
            let lines = steps.iter().flat_map(|step| step.lines().skip(1)).map(str::to_owned);
            lines.filter(|line| email::COMMANDS.iter().any(|it| line.starts_with(it))).count()
        };
        assert!(commands(&notice.record.next_steps) > 0, "{kind}: {:#?}", notice.record.next_steps);
        let runbook = notice.record.links.runbook.as_deref().unwrap();
        assert!(runbook.starts_with("docs/operate.md#"), "{kind}: {runbook}");
        assert!(notice.email().contains(runbook), "{kind}");
        assert!(
            notice.chat()["content"]["description"].as_str().unwrap().contains(runbook),
            "{kind}"
        );
    }
}

#[test]
fn what_restores_the_domain_comes_before_what_keeps_the_drift() {
    for kind in Kind::ALL {
        let steps = shipped(kind).record.next_steps;
        let keeps = |step: &String| step.starts_with("To keep") || step.starts_with("To allow");
        let first = steps.iter().position(keeps).unwrap_or(steps.len());
        assert!(steps.iter().skip(first).all(keeps), "{kind}: {steps:#?}");
        let restores = |step: &String| step.contains("guardctl apply");
        assert!(!steps.iter().skip(first).any(restores), "{kind}: {steps:#?}");
    }
}

#[test]
fn the_link_is_one_where_the_deployment_says_where_the_docs_are() {
    let (place, baseline) = (home(), baseline());
    let about = About {
        domain: "auth.example.com",
        docs: Some("https://example.com/docs"),
        ..scene::about(&place, &baseline, time::OffsetDateTime::UNIX_EPOCH)
    };
    let notice = Notice::about(Kind::DomainDeleted, &about);
    let link = "https://example.com/docs/operate.md#a-domain-was-deleted";
    assert_eq!(notice.record.links.runbook.as_deref(), Some(link));
    assert!(notice.email().contains(&format!("  runbook    {link}\n")), "{}", notice.email());
    let chat = notice.chat()["content"]["description"].as_str().unwrap().to_owned();
    assert!(chat.contains(&format!("[What to do]({link})")), "{chat}");
}

#[test]
fn a_telephone_shows_whose_account_it_is() {
    for kind in Kind::ALL {
        let sms = shipped(kind).sms();
        assert!(sms.contains("(111122223333)") && sms.len() <= 140, "{sms}");
    }
}

#[test]
fn a_chat_shows_what_is_observed_and_what_is_declared_with_an_arrow_between() {
    for kind in
        [Kind::DriftDetected, Kind::Reverted, Kind::NotRestored, Kind::Audit, Kind::SweepDigest]
    {
        let chat = shipped(kind).chat()["content"]["description"].as_str().unwrap().to_owned();
        let arrow = if kind == Kind::Audit { "-> none`" } else { "`TLS_V1 -> TLS_V1_3_2025`" };
        assert!(chat.contains(arrow), "{kind}: {chat}");
        // Neither is one without its head, as in what a sweep found.
        assert!(!chat.contains(" - "), "{kind}: {chat}");
    }
}

#[test]
fn restored_says_what_was_put_back_and_who_had_changed_it() {
    let notice = shipped(Kind::Restored);
    let closes = notice.record.closes.as_ref().unwrap();
    assert_eq!(closes.attributes, [Attribute::SecurityPolicy]);
    assert_eq!(closes.actor.as_deref(), Some("jane.doe@example.com (SSO, PlatformAdmin)"));
    assert_eq!(closes.event_id.as_deref(), Some("2c63888f-28f0-4481-be6d-dce7a7ace732"));
    // The event to look at is the change's, not the guard's own.
    let link = notice.record.links.cloudtrail_event.as_deref().unwrap();
    assert!(link.ends_with("2c63888f-28f0-4481-be6d-dce7a7ace732"), "{link}");
    for form in [notice.email(), notice.chat().to_string()] {
        assert!(form.contains("jane.doe@example.com (SSO, PlatformAdmin)"), "{form}");
    }
    assert!(notice.sms().contains("(security_policy)"), "{}", notice.sms());
}

/// The notice about a domain at its baseline again after that change.
fn restored_after(change: &Change) -> Record {
    let (place, baseline) = (home(), baseline());
    let about = About {
        domain: "auth.example.com",
        change: Some(change),
        ..scene::about(&place, &baseline, time::OffsetDateTime::UNIX_EPOCH)
    };
    Notice::about(Kind::Restored, &about).record
}

#[test]
fn restored_names_nobody_where_nobody_is_known() {
    let own = scene::change(&event("update-own-sweep"));
    let record = restored_after(&own);
    let closes = record.closes.clone().unwrap();
    assert_eq!((closes.event_id, closes.actor), (None, None));
    // The sweep had no event of the drift: the one to look at is that of the guard's own update.
    let link = record.links.cloudtrail_event.as_deref().unwrap();
    assert!(link.ends_with(&format!("#/events/{}", own.event_id)), "{link}");
    assert_eq!(closes.attributes, [Attribute::SecurityPolicy]);
    let mail = Notice { record }.email();
    assert!(mail.contains("found by   a sweep, without an event that says who"), "{mail}");

    let none = Change { origin: Origin::Guard(None), ..own.clone() };
    assert_eq!(restored_after(&none).closes.unwrap().attributes, []);
    let hostile = Cause {
        incident: "x".to_owned(),
        actor: Some("<https://evil.example>\u{1b}[31m".to_owned()),
        ..Cause::default()
    };
    let hostile = Change { origin: Origin::Guard(Some(hostile)), ..own };
    let actor = restored_after(&hostile).closes.unwrap().actor.unwrap();
    assert!(!actor.contains("https://") && !actor.contains('\u{1b}'), "{actor}");
}

#[test]
fn restored_says_what_a_call_had_asked_for_where_a_later_look_finds_it_put_back() {
    let closes = restored_after(&scene::change(&event("update-weakens-tls"))).closes.unwrap();
    assert!(closes.attributes.contains(&Attribute::SecurityPolicy), "{closes:?}");
    assert_eq!(closes.actor.as_deref(), Some("jane.doe@example.com (SSO, PlatformAdmin)"));
}

/// The digest of a sweep that put a domain back, changed by `change`.
fn digest(change: impl FnOnce(&mut SweepRecord), baseline: &str) -> Record {
    digest_of(&home(), change, baseline)
}

/// The same of a domain in that place.
fn digest_of(at: &Place, change: impl FnOnce(&mut SweepRecord), baseline: &str) -> Record {
    let example = of_a_sweep(Kind::SweepDigest, &home()).record;
    let drift = Drift {
        attribute: Attribute::SecurityPolicy,
        observed: example.drifts[0].observed.clone(),
        desired: example.drifts[0].desired.clone(),
        declared: "TLS_V1_3_2025".to_owned(),
        position: crate::baseline::Position { line: 2, column: 1 },
    };
    let baseline = crate::baseline::Baseline::parse("baseline.yaml", baseline).unwrap();
    let place = home();
    // 2026-11-23T09:00:00Z
    let now = time::OffsetDateTime::from_unix_timestamp(1_795_424_400).unwrap();
    let mut sweep = SweepRecord { drifted: 1, complete: true, ..SweepRecord::default() };
    change(&mut sweep);
    let about = scene::about(&place, &baseline, now);
    let reverted = [(at.clone(), "auth.example.com".to_owned(), drift)];
    Notice::digest(&about, &reverted, sweep).record
}

const FLOOR: &str = "version: 1\ndefaults: { security_policy: { at_least: TLS_V1_3_2025 } }\n";

#[test]
fn a_digest_asks_why_no_event_came_only_where_nothing_else_says_why() {
    let asks = |record: &Record| {
        let says = record.headline.contains("no event") || record.meaning.contains("No event");
        let step = record.next_steps.iter().any(|step| step.starts_with("Find out why no event"));
        assert_eq!(says, step, "{record:?}");
        step
    };
    assert!(asks(&digest(|_| {}, FLOOR)));
    assert!(!asks(&digest(|sweep| sweep.cause = SweepCause::Deployment, FLOOR)));

    let exempt = |until: &str| {
        format!(
            "{FLOOR}exemptions: [{{ domain: '*.example.com', attributes: [security_policy], until: {until}, \
             reason: old terminals }}]\n"
        )
    };
    let ended = digest(|_| {}, &exempt("2026-11-23T08:30:00Z"));
    assert!(!asks(&ended));
    assert_eq!(
        ended.drifts[0].exempt_until.as_deref(),
        Some("2026-11-23T08:30:00Z (baseline.yaml:3:14)")
    );
    assert_eq!(ended.headline, "A sweep put 1 domain back to the baseline. No action needed.");
    // One that ended long ago explains nothing, nor does one that holds for another attribute.
    assert!(asks(&digest(|_| {}, &exempt("2026-11-20T08:30:00Z"))));
    let other = exempt("2026-11-23T08:30:00Z").replace("[security_policy]", "[routing]");
    assert!(asks(&digest(|_| {}, &other)));

    // Whoever asks for a sweep may know why; the guard does not.
    let asked = digest(|sweep| sweep.cause = SweepCause::Request, FLOOR);
    assert!(!asks(&asked));
    let steps = Value::from(asked.next_steps.clone()).to_string();
    assert!(
        steps.contains("If the guard was neither stopped, paused nor disabled until now"),
        "{steps}"
    );
}

#[test]
fn of_a_domain_elsewhere_the_digest_knows_the_exemption_and_the_override_of_its_place() {
    let member = Place { account: "222222222222".to_owned(), ..home() };
    let other = Place { account: "333333333333".to_owned(), ..home() };
    let exempt = format!(
        "{FLOOR}exemptions: [{{ domain: auth.example.com, accounts: ['222222222222'], attributes: \
         [security_policy], until: 2026-11-23T08:30:00Z, reason: old terminals }}]\n"
    );
    let until = |record: &Record| record.drifts[0].exempt_until.clone();
    let ended = digest_of(&member, |_| {}, &exempt);
    assert_eq!(
        ended.drifts[0].domain.as_deref(),
        Some("222222222222/eu-central-1 auth.example.com")
    );
    assert_eq!(until(&ended).as_deref(), Some("2026-11-23T08:30:00Z (baseline.yaml:3:14)"));
    assert_eq!(ended.headline, "A sweep put 1 domain back to the baseline. No action needed.");
    assert_eq!(until(&digest_of(&other, |_| {}, &exempt)), None);

    let paused = |sweep: &mut SweepRecord| {
        sweep.overrides = vec![OverrideRecord {
            parameter: "p".to_owned(),
            state: crate::overrides::State::Ended,
            effect: Some(OverrideEffect::Pause),
            domain: Some("*".to_owned()),
            accounts: vec!["222222222222".to_owned()],
            regions: Vec::new(),
            attributes: Vec::new(),
            made_at: "2026-11-23T08:00:00Z".to_owned(),
            until: "2026-11-23T08:45:00Z".to_owned(),
            reason: None,
            by: None,
            owner: None,
            ticket: None,
            problem: None,
        }];
    };
    let ended = digest_of(&member, paused, FLOOR);
    assert_eq!(until(&ended).as_deref(), Some("2026-11-23T08:45:00Z (p)"));
    assert_eq!(until(&digest_of(&other, paused, FLOOR)), None);
}

#[test]
fn where_a_place_is_not_covered_a_chat_has_each_command_whole() {
    for region in ["eu-central-1", "ap-southeast-2", "us-gov-east-1"] {
        let place = Place { region: region.to_owned(), ..home() };
        let event = event_for(Kind::NotCovered).unwrap();
        let chat = notice_about(Kind::NotCovered, &event, &place).chat();
        let steps = chat["content"]["nextSteps"].as_array().unwrap();
        let commands: Vec<&str> =
            steps.iter().filter_map(|step| step.as_str()?.split('`').nth(1)).collect();
        let begin = [
            "aws cloudformation create-stack-instances ",
            "aws organizations list-parents ",
            "guardctl doctor --organization ",
            "aws cognito-idp describe-user-pool-domain ",
        ];
        assert_eq!(commands.len(), begin.len(), "{steps:#?}");
        for (command, begin) in commands.into_iter().zip(begin) {
            assert!(command.starts_with(begin), "{command}");
        }
    }
}
