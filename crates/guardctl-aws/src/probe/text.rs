//! What endpoints answered, for a person at a terminal.

use std::fmt::Write as _;

use cognito_domain_guard::text::{counted, harmless};
use cognito_domain_guard::when::rfc3339;
use cognito_domain_guard_probe::{Answer, Certificate, Chain, Fit, Question, Trust, Wire};
use guardctl::page::{self, Tone, toned};

use super::{Held, Probed, Reported, Standing, reported_policy};

/// ACM renews two months before the end: one that ends sooner than this was not renewed.
const SOON: i64 = 30;

/// Every domain, and how many stand how.
pub fn text(all: &[Probed]) -> String {
    let mut out = String::new();
    for probed in all {
        of_domain(&mut out, probed);
        out.push('\n');
    }
    let count = |of| all.iter().filter(|probed| probed.standing() == of).count();
    let _ = writeln!(
        out,
        "{}, {} as it should be, {} not, {} not known",
        counted(all.len(), "domain"),
        count(Standing::Good),
        count(Standing::Off),
        count(Standing::Unknown)
    );
    out
}

fn of_domain(out: &mut String, probed: &Probed) {
    let name = harmless(&probed.asked.domain);
    match &probed.asked.wire {
        Err(why) => {
            let _ = writeln!(out, "{name}");
            line(out, "", Tone::Bad, &format!("unknown: {why}"));
        }
        Ok(wire) => {
            let _ = writeln!(out, "{name} at {}", wire.address);
            of_wire(out, wire);
        }
    }
    match &probed.reported {
        Some(Err(why)) => line(out, "Cognito", Tone::Bad, &format!("unknown: {why}")),
        Some(Ok(Reported { domain, declared: _ }))
            if probed.asked.against_reported(domain).is_none() =>
        {
            line(out, "Cognito", Tone::Quiet, &format!("reports {}", reported_policy(domain)));
        }
        Some(Ok(_)) | None => {}
    }
    for (what, held) in probed.held() {
        let (tone, result) = match &held {
            Held::Kept => (Tone::Good, "yes".to_owned()),
            Held::Broken(_) => (Tone::Bad, format!("no, it {}", held.contradictions().join(", "))),
            Held::Unknown => (Tone::Notable, "unknown: too little was answered".to_owned()),
        };
        line(out, "as it should be?", tone, &format!("{what}: {result}"));
    }
}

fn of_wire(out: &mut String, wire: &Wire) {
    for question in Question::ALL {
        let answer = wire.answer(question);
        let tone = match answer {
            Answer::Accepted(_) | Answer::Refused(_) => Tone::Quiet,
            Answer::Unknown(_) => Tone::Notable,
        };
        let word = format!("{:<8}  {}", answer.as_str(), answer.because());
        line(out, &question.to_string(), tone, &word);
    }
    let fit = wire.fit();
    let tone = match fit {
        Fit::Policy(_) => Tone::Good,
        Fit::OneOf(_) | Fit::RefusesAll | Fit::Unknown => Tone::Notable,
        Fit::NoPolicy => Tone::Bad,
    };
    line(out, "policy", tone, &fit.to_string());
    match &wire.certificate {
        Err(why) => line(out, "certificate", Tone::Notable, &format!("unknown: {why}")),
        Ok(chain) => of_chain(out, chain),
    }
}

fn of_chain(out: &mut String, chain: &Chain) {
    for (nth, Certificate { subject, issuer, names: _, not_before: _, not_after: _ }) in
        chain.certificates.iter().enumerate()
    {
        let label = if nth == 0 { "certificate" } else { "" };
        line(out, label, Tone::Quiet, &format!("{subject}, signed by {issuer}"));
    }
    let Some(own) = chain.own() else { return };
    line(out, "for", Tone::Quiet, &own.names.join(", "));
    let (tone, end) = match (own.not_after, chain.days_left()) {
        (Some(end), Some(left)) if left < 0 => {
            (Tone::Bad, format!("{}, {} ago", rfc3339(end), days(-left)))
        }
        (Some(end), Some(left)) => {
            let tone = if left < SOON { Tone::Notable } else { Tone::Good };
            (tone, format!("{}, {} left", rfc3339(end), days(left)))
        }
        (_, None) | (None, _) => (Tone::Notable, "unknown".to_owned()),
    };
    line(out, "until", tone, &end);
    let (tone, trust) = match &chain.trust {
        Trust::Trusted => (Tone::Good, "yes".to_owned()),
        Trust::Distrusted(why) => (Tone::Bad, format!("no: {why}")),
        Trust::NotChecked(why) => (Tone::Notable, format!("not checked: {why}")),
    };
    line(out, "valid for it?", tone, &trust);
}

fn days(count: i64) -> String {
    counted(usize::try_from(count).unwrap_or_default(), "day")
}

/// A label and words, which may be an endpoint's own.
fn line(out: &mut String, label: &str, tone: Tone, words: &str) {
    let words = harmless(words);
    match tone {
        // Quiet lines keep their columns; what may be long wraps.
        Tone::Quiet => page::wrapped(out, &format!("  {label:<24}"), 26, &words),
        Tone::Good | Tone::Notable | Tone::Bad => {
            let words: Vec<String> = words.split(' ').map(|word| toned(tone, word)).collect();
            page::wrapped(out, &format!("  {label:<24}"), 26, &words.join(" "));
        }
    }
}
