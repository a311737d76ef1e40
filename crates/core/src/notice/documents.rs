//! `docs/notices/`: every kind in every form. `UPDATE_EXPECT=1 cargo test -p cognito-domain-guard-core notice` rewrites it.

use std::fmt::Write as _;

use expect_test::expect_file;
use serde_json::Value;

use super::scene::{
    denied_by, event_for, home, notice_about, of_a_sweep, override_changed, poor, revert_failed,
};
use super::*;

const fn when(kind: Kind) -> &'static str {
    match kind {
        Kind::DriftDetected => {
            "The domain is off its baseline and Cognito is still busy with it, or did not answer \
             the update. The guard looks again each minute."
        }
        Kind::DriftLasts => {
            "The domain is still off its baseline ten or thirty looks later, a minute each, because \
             Cognito stays busy, throttles or does not answer. Somebody may keep changing it."
        }
        Kind::StateUnknown => {
            "Fifteen minutes after an update, or seventy-five after a creation, Cognito is still busy \
             with the domain or does not answer. No look has seen drift, and none could."
        }
        Kind::Reverted => {
            "The domain was off its baseline, and Cognito accepted the guard's update."
        }
        Kind::Restored => {
            "The guard has seen the domain at its baseline again, `ACTIVE`. It closes the incident \
             that `drift_detected`, `reverted` or `revert_failed` opened, and has its `incident`. It says \
             what was put back and who had changed it: both travel in the user agent of the guard's update."
        }
        Kind::NotRestored => {
            "The domain is still off its baseline after the guard's update: somebody changed it \
             again, or Cognito did not do what it accepted."
        }
        Kind::RevertFailed => {
            "The domain is off its baseline, or could not be described, and AWS denied or rejected \
             the guard's call. A denied update is tried again each minute for an hour and a half, and \
             then with each sweep; a rejected one at the next change or sweep. An explicit deny is \
             notified by the first look at a change and once a day, any other failure by each sweep, too."
        }
        Kind::Refused => {
            "The domain is off its baseline and the guard must not, or cannot, put it back; the \
             reason says why."
        }
        Kind::Exempted => "The domain is off its baseline, and an exemption allows all of it.",
        Kind::Audit => "The domain is off its baseline, and its mode is `audit`.",
        Kind::Paused => {
            "The domain is off its baseline, and somebody has paused the guard. Critical where an \
             override cannot be read, as here from a poor event, or none can be: then nobody knows whether \
             the drift is allowed, and nothing is written until that is known, or for an hour."
        }
        Kind::OverrideChanged => {
            "Somebody has made, written anew or removed an override: who, what, and what is in force now. \
             Critical where it cannot be understood, as below: then it keeps the guard from writing for an \
             hour."
        }
        Kind::DomainDeleted => {
            "A domain that the baseline governs was deleted. Critical for a custom domain, a warning \
             for a prefix domain."
        }
        Kind::NotCovered => {
            "A domain was changed in an account and region that the hub of an organization cannot enter: its \
             member role cannot be assumed. Nothing is known of the domain. Sent once a day for a place, \
             whatever changes there."
        }
        Kind::DomainCreated => {
            "Somebody created a custom domain. Info where an entry or the defaults govern it, and a \
             warning where nothing does, as here from a poor event. Sent by the first look at the event, \
             beside the notice of its drift, if it has any."
        }
        Kind::ExemptionExpiring => {
            "An exemption ends within three days. Sent once a day, by the first sweep."
        }
        Kind::SweepHeld => {
            "A sweep found more domains off their baseline at once than `SweepLimit` lets it put back. It \
             puts back none of them, and asks. Sent by each sweep until the set is approved, or the \
             baseline is another."
        }
        Kind::Test => {
            "Somebody asked for it, with `guardctl doctor --notify`, to see that notices arrive. Sent only to \
             whoever invokes the function directly, never for an event."
        }
        Kind::SweepDigest => {
            "What a sweep put back, and what it left. Sent when it has put something back or could not; \
             and once a day while something is left that a person can put an end to."
        }
    }
}

fn block(out: &mut String, title: &str, language: &str, text: &str) {
    let _ = write!(out, "\n{title}:\n\n```{language}\n{}\n```\n", text.trim_end());
}

fn forms(out: &mut String, notice: &Notice) {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    block(out, "Subject", "text", &notice.subject());
    block(out, "SMS", "text", &notice.sms());
    block(out, "E-mail", "text", &notice.email());
    block(out, "Chat", "json", &pretty(&notice.chat()));
    block(out, "Record", "json", &pretty(&serde_json::to_value(&notice.record).unwrap()));
}

fn document(kind: Kind) -> String {
    let mut out = format!("# `{}`\n\n{}\n", kind.as_str(), when(kind));
    match event_for(kind) {
        None => {
            forms(&mut out, &of_a_sweep(kind, &home()));
            if kind == Kind::OverrideChanged {
                out.push_str("\n## One that cannot be understood\n");
                forms(&mut out, &override_changed("override-made", "pause: all", &home()));
                out.push_str("\n## One that was removed\n");
                forms(&mut out, &override_changed("override-removed", "", &home()));
            }
        }
        Some(event) => {
            let notice = notice_about(kind, &event, &home());
            forms(&mut out, &notice);
            if !matches!(kind, Kind::Restored | Kind::NotRestored) {
                out.push_str(
                    "\n## From a poor event\n\nRoot, and no tool, no address and no time in it.\n",
                );
                forms(&mut out, &notice_about(kind, &poor(event.clone()), &home()));
            }
            if kind == Kind::RevertFailed {
                let denied = denied_by("with an explicit deny in an identity-based policy");
                out.push_str("\n## While the guard is stopped\n\nBy a Deny on its role.\n");
                forms(&mut out, &revert_failed(&denied, &event, &home()));
            }
        }
    }
    out
}

#[test]
fn the_documents_show_what_is_sent() {
    for kind in Kind::ALL {
        let path = format!("../../../../docs/notices/{}.md", kind.as_str());
        expect_file![path].assert_eq(&document(kind));
    }
}

#[test]
fn the_table_of_notices_has_each_kind_once() {
    let table = include_str!("../../../../docs/notices/README.md");
    for kind in Kind::ALL {
        let row = format!("\n| [`{kind}`]({kind}.md) |", kind = kind.as_str());
        assert_eq!(table.matches(&row).count(), 1, "docs/notices/README.md:{row}");
    }
}
