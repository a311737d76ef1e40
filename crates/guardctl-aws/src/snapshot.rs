//! `guardctl snapshot`: a baseline that declares exactly what is there.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, SNAPSHOT_REASON};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy,
};
use cognito_domain_guard::text::harmless;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, Time};

use crate::live::{Progress, connect, explained};
use guardctl::arguments::{Access, Snapshot};
use guardctl::input::shown;
use guardctl::interrupt::block_on;
use guardctl::{errln, out};

/// How long an exemption lasts until somebody fills in the right date.
const EXEMPTION: Duration = Duration::days(90);

pub fn run(arguments: &Snapshot) -> Result<ExitCode, Box<dyn Error>> {
    let (domains, heading, problems) = block_on(read(&arguments.access))??;
    let text = render(&domains, arguments.floor, &heading, OffsetDateTime::now_utc());
    // What is written must be what the guard takes.
    Baseline::parse("the snapshot", &text)?;
    match &arguments.output {
        Some(path) => {
            fs::write(path, text)
                .map_err(|error| format!("{} cannot be written: {error}", shown(path)))?;
            errln!("{}: {} domains", shown(path), domains.len());
        }
        None => out!("{text}"),
    }
    for problem in &problems {
        errln!("error: {problem}");
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn read(
    access: &Access,
) -> Result<(Vec<(String, Domain)>, Vec<String>, Vec<String>), Box<dyn Error>> {
    let (mut domains, mut heading, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for live in connect(access).await? {
        let surveyed = live.survey(Vec::new(), &Progress::new()).await;
        let (account, region) = (&live.place.account, &live.place.region);
        heading.push(format!(
            "account {account} {region}: {} user pools, {} domains",
            surveyed.pools,
            surveyed.domains.len()
        ));
        domains.extend(surveyed.domains.into_iter().map(|domain| (region.clone(), domain)));
        problems.extend(explained(&surveyed.problems));
    }
    Ok((domains, heading, problems))
}

/// The baseline as text.
fn render(
    domains: &[(String, Domain)],
    floor: Option<SecurityPolicy>,
    heading: &[String],
    now: OffsetDateTime,
) -> String {
    let mut out = String::from("# yaml-language-server: $schema=../docs/schema/baseline.json\n#\n");
    let taken = now.replace_time(Time::MIDNIGHT).date();
    let _ = writeln!(out, "# What was there on {taken}:");
    for line in heading {
        let _ = writeln!(out, "#   {}", harmless(line));
    }
    out.push_str(
        "\nversion: 1\n\n# Start with audit: the guard tells, and changes nothing.\nmode: audit\n",
    );
    if let Some(floor) = floor {
        let _ = writeln!(
            out,
            "\n# For domains that come later too.\ndefaults:\n  security_policy: {{ at_least: {floor} }}"
        );
    }
    let mut entries = String::new();
    let mut exemptions = String::new();
    let mut names = HashSet::new();
    for (region, domain) in domains {
        if names.insert(domain.name.to_ascii_lowercase()) {
            entry(&mut entries, region, domain, floor);
            exemption(&mut exemptions, domain, floor, now);
        } else {
            let _ = writeln!(
                entries,
                "  # {} is there in {region} too; one baseline declares a name once.",
                harmless(&domain.name)
            );
        }
    }
    if !names.is_empty() {
        out.push_str("\ndomains:\n");
    }
    out.push_str(&entries);
    if !exemptions.is_empty() {
        out.push_str(
            "\n# Below the floor today. Fill in until when, and why; then the guard raises them.\n\
             exemptions:\n",
        );
        out.push_str(&exemptions);
    }
    out
}

/// Declares all that there is to a domain: what is new in it has to be thought of here.
fn entry(out: &mut String, region: &str, domain: &Domain, floor: Option<SecurityPolicy>) {
    let Domain { name, user_pool_id, account: _, status, hosting, managed_login_version } = domain;
    let place = format!("{region}, user pool {user_pool_id}, {status}");
    let _ = writeln!(out, "  # {}", harmless(&place));
    let _ = writeln!(out, "  - domain: {}", quoted(name));
    match hosting {
        Hosting::Prefix => {}
        Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
            policy_of(out, security_policy, *managed_login_version, floor);
            routing_of(out, failover.as_ref());
            match certificate_arn {
                Some(arn) => declare(out, "certificate_arn", arn),
                None => out.push_str("    # Cognito did not name its certificate.\n"),
            }
        }
    }
    match managed_login_version {
        Some(version @ 1..=2) => {
            let _ = writeln!(out, "    managed_login_version: {version}");
        }
        Some(version) => {
            let _ =
                writeln!(out, "    # managed_login_version {version} is newer than this guardctl.");
        }
        None => {
            out.push_str("    # Cognito did not name a managed_login_version: 1 is in effect.\n")
        }
    }
}

fn policy_of(
    out: &mut String,
    policy: &ObservedPolicy,
    login: Option<i32>,
    floor: Option<SecurityPolicy>,
) {
    let observed = harmless(policy.as_sent().unwrap_or("none"));
    match (policy.in_effect(), floor) {
        (None, _) => {
            let _ = writeln!(
                out,
                "    # {observed} is newer than this guardctl, so the policy is not declared.\n    \
                 security_policy: unmanaged"
            );
        }
        (Some(_), Some(floor)) => {
            let _ = writeln!(
                out,
                "    security_policy: {{ at_least: {floor} }}  # observed {observed}"
            );
        }
        (Some(SecurityPolicy::TlsV1), None) if login == Some(2) => {
            out.push_str(
                "    # TLS_V1 with managed login, which Cognito no longer takes: raise it.\n    \
                 security_policy: unmanaged\n",
            );
        }
        (Some(policy), None) => {
            let _ = writeln!(out, "    security_policy: {policy}");
        }
    }
}

fn routing_of(out: &mut String, failover: Option<&Failover>) {
    match failover {
        None => out.push_str("    routing: none\n"),
        Some(Failover { secondary_region, primary_route53_health_check_id })
            if !secondary_region.is_empty() && !primary_route53_health_check_id.is_empty() =>
        {
            let _ = writeln!(
                out,
                "    routing:\n      failover:\n        secondary_region: {}\n        \
                 primary_route53_health_check_id: {}",
                quoted(secondary_region),
                quoted(primary_route53_health_check_id)
            );
        }
        Some(_) => out.push_str("    # Cognito named half a failover, so it is not declared.\n"),
    }
}

fn declare(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "    {name}: {}", quoted(value));
}

fn exemption(
    out: &mut String,
    domain: &Domain,
    floor: Option<SecurityPolicy>,
    now: OffsetDateTime,
) {
    let (Hosting::Custom(custom), Some(floor)) = (&domain.hosting, floor) else {
        return;
    };
    let Some(policy) = custom.security_policy.in_effect().filter(|policy| *policy < floor) else {
        return;
    };
    let until = (now + EXEMPTION).replace_time(Time::MIDNIGHT);
    let _ = writeln!(
        out,
        "  - domain: {}\n    attributes: [security_policy]\n    until: {}  # fill in\n    reason: {}  # \
         fill in",
        quoted(&domain.name),
        until.format(&Rfc3339).unwrap_or_default(),
        quoted(&format!("{policy} {SNAPSHOT_REASON} {floor}")),
    );
}

/// A YAML string: plain where nothing can be misread.
fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    let arn = text.starts_with("arn:")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/:".contains(c));
    if plain || arn {
        text.to_owned()
    } else {
        harmless(&serde_json::Value::from(text).to_string()).into_owned()
    }
}
