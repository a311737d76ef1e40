//! `guardctl snapshot`: a baseline that declares what is there.
//!
//! The rule: a file is written whole, of all that is there, or not at all; and never over another unasked.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, SNAPSHOT_REASON};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy,
};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::text::{counted, harmless};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, Time};

use crate::live::{Progress, Surveyed, connect};
use crate::organization::Organization;
use crate::output;
use crate::unread::{Unread, explained};
use guardctl::arguments::{Access, Across, Snapshot};
use guardctl::exit::Exit;
use guardctl::input::shown;
use guardctl::interrupt::block_on;
use guardctl::{errln, out};

/// How long an exemption lasts until somebody fills in the right date.
const EXEMPTION: Duration = Duration::days(90);

pub fn run(arguments: &Snapshot) -> Result<ExitCode, Box<dyn Error>> {
    let Snapshot { access, across, stack, floor, exact, certificates, output: to, force } =
        arguments;
    // Before anybody waits for the survey.
    output::is_free(to.as_deref(), *force)?;
    let found = block_on(async {
        match across.organization {
            true => read_across(across, access, stack).await,
            false => read(access).await,
        }
    })??;
    if !found.problems.is_empty() {
        for problem in explained(&found.problems) {
            errln!("error: {problem}");
        }
        errln!("error: nothing was written, since not everything could be read");
        return Ok(Exit::Failed.into());
    }
    if found.pools == 0 {
        return Err(format!(
            "there is no user pool in {}: check --region and --profile",
            found.places.iter().map(named).collect::<Vec<_>>().join(" and ")
        )
        .into());
    }
    let forms = Forms {
        floor: *floor,
        exact: *exact,
        certificates: *certificates,
        names_regions: found.places.iter().any(|place| place.region != found.region()),
        names_accounts: across.organization,
    };
    let schema = schema_line(to.as_deref());
    let text = render(&found, forms, &schema, OffsetDateTime::now_utc());
    // What is written must be what the guard takes.
    Baseline::parse("the snapshot", &text)?;
    match to {
        Some(path) => {
            output::write(path, &text, *force)?;
            errln!("{}: {}", shown(path), counted(found.domains.len(), "domain"));
        }
        None => out!("{text}"),
    }
    Ok(Exit::Good.into())
}

/// How an editor finds the schema from where the file is written; nothing where there is none.
fn schema_line(output: Option<&Path>) -> String {
    const IN_A_CHECKOUT: &str = "docs/schema/baseline.json";
    let without = "# An editor completes this file where it begins with\n#   # yaml-language-server: \
                   $schema=baseline.schema.json\n# and `guardctl schema baseline > baseline.schema.json` \
                   has written that file beside it.\n#\n";
    let folder = output.and_then(|path| std::path::absolute(path).ok());
    let mut up = String::new();
    for folder in folder.iter().flat_map(|path| path.ancestors().skip(1)) {
        if folder.join(IN_A_CHECKOUT).is_file() {
            return format!("# yaml-language-server: $schema={up}{IN_A_CHECKOUT}\n#\n");
        }
        up.push_str("../");
    }
    without.to_owned()
}

/// What is there.
#[derive(Default)]
struct Found {
    /// Each with its place.
    domains: Vec<(Place, Domain)>,
    places: Vec<Place>,
    heading: Vec<String>,
    problems: Vec<Unread>,
    pools: usize,
}

/// What of it is declared, and how.
#[derive(Clone, Copy)]
struct Forms {
    floor: Option<SecurityPolicy>,
    exact: bool,
    certificates: bool,
    names_regions: bool,
    names_accounts: bool,
}

async fn read(access: &Access) -> Result<Found, Box<dyn Error>> {
    let mut found = Found::default();
    for live in connect(access).await? {
        if found.places.contains(&live.place) {
            continue;
        }
        let surveyed = live.survey(Vec::new(), &Progress::new()).await;
        found.add(live.place, surveyed);
    }
    Ok(found)
}

/// The same in every place of an organization.
async fn read_across(
    across: &Across,
    access: &Access,
    stack: &str,
) -> Result<Found, Box<dyn Error>> {
    let profile = access.profile.as_deref();
    let organization = Organization::seen_from(across, profile, &access.region, stack).await?;
    let progress = Progress::new();
    let looked = organization.visit(async |live| live.survey(Vec::new(), &progress).await).await;
    progress.done();
    let mut found = Found::default();
    for (place, looked) in looked {
        match looked {
            Ok(surveyed) => found.add(place, surveyed),
            Err(error) => found.problems.push(Unread::call(place.reader_role_arn(), error)),
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, place: Place, surveyed: Surveyed) {
        let Surveyed { domains, missing: _, problems, pools } = surveyed;
        self.heading.push(format!(
            "{}: {}, {}",
            named(&place),
            counted(pools, "user pool"),
            counted(domains.len(), "domain")
        ));
        self.pools += pools;
        self.problems.extend(problems);
        self.domains.extend(domains.into_iter().map(|domain| (place.clone(), domain)));
        self.places.push(place);
    }

    /// The region of the first place, which is that of all where nothing else is said.
    fn region(&self) -> &str {
        self.places.first().map(|place| place.region.as_str()).unwrap_or_default()
    }
}

/// As places are named on the way.
fn named(Place { partition: _, account, region }: &Place) -> String {
    format!("account {account} {region}")
}

/// The baseline as text.
fn render(found: &Found, forms: Forms, schema: &str, now: OffsetDateTime) -> String {
    let mut out = schema.to_owned();
    let taken = now.replace_time(Time::MIDNIGHT).date();
    let _ = writeln!(out, "# What was there on {taken}:");
    for line in &found.heading {
        let _ = writeln!(out, "#   {}", harmless(line));
    }
    out.push_str(
        "\nversion: 1\n\n# Start with audit: the guard sends notices, and changes nothing.\nmode: audit\n",
    );
    if let Some(floor) = forms.floor {
        let _ = writeln!(
            out,
            "\n# For domains that come later too.\ndefaults:\n  security_policy: {{ at_least: {floor} }}"
        );
    }
    let (mut entries, mut exemptions) = (String::new(), String::new());
    for (place, domain) in &found.domains {
        entry(&mut entries, place, domain, forms);
        exemption(&mut exemptions, place, domain, forms, now);
    }
    if !found.domains.is_empty() {
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

/// Declares what there is to a domain: what is new in it has to be thought of here.
fn entry(out: &mut String, place: &Place, domain: &Domain, forms: Forms) {
    let Domain { name, user_pool_id, account: _, status, hosting, managed_login_version } = domain;
    let from = format!("{}, user pool {user_pool_id}, {status}", place.region);
    let _ = writeln!(out, "  # {}", harmless(&from));
    let _ = writeln!(out, "  - domain: {}", quoted(name));
    scope_of(out, place, forms);
    match hosting {
        Hosting::Prefix => {}
        Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
            policy_of(out, security_policy, *managed_login_version, forms);
            routing_of(out, failover.as_ref());
            match certificate_arn {
                _ if !forms.certificates => {}
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

/// Where there are several accounts or regions, an entry is for its own.
fn scope_of(out: &mut String, Place { partition: _, account, region }: &Place, forms: Forms) {
    let Forms { floor: _, exact: _, certificates: _, names_regions, names_accounts } = forms;
    if names_accounts {
        let _ = writeln!(out, "    accounts: [\"{account}\"]");
    }
    if names_regions {
        let _ = writeln!(out, "    regions: [{region}]");
    }
}

fn policy_of(out: &mut String, policy: &ObservedPolicy, login: Option<i32>, forms: Forms) {
    let Forms { floor, exact, certificates: _, names_regions: _, names_accounts: _ } = forms;
    let observed = harmless(policy.as_sent().unwrap_or("none"));
    let Some(in_effect) = policy.in_effect() else {
        let _ = writeln!(
            out,
            "    # {observed} is newer than this guardctl, so the policy is not declared.\n    \
             security_policy: unmanaged"
        );
        return;
    };
    let is_reported = policy.as_sent() == Some(in_effect.as_str());
    if let Some(floor) = floor.filter(|floor| in_effect < *floor) {
        let _ =
            writeln!(out, "    security_policy: {{ at_least: {floor} }}  # observed {observed}");
    } else if exact && in_effect == SecurityPolicy::TlsV1 && login == Some(2) {
        out.push_str(
            "    # TLS_V1 with managed login, which Cognito no longer takes: raise it.\n    \
             security_policy: unmanaged\n",
        );
    } else if exact && is_reported {
        let _ = writeln!(out, "    security_policy: {in_effect}");
    } else {
        let observed = if is_reported { "" } else { "  # observed none, which permits TLS 1.0" };
        let _ = writeln!(out, "    security_policy: {{ at_least: {in_effect} }}{observed}");
    }
}

fn routing_of(out: &mut String, failover: Option<&Failover>) {
    let Some(Failover { secondary_region, primary_route53_health_check_id }) = failover else {
        out.push_str("    routing: none\n");
        return;
    };
    if secondary_region.is_empty() || primary_route53_health_check_id.is_empty() {
        out.push_str("    # Cognito named half a failover, so it is not declared.\n");
        return;
    }
    let _ = writeln!(
        out,
        "    routing:\n      failover:\n        secondary_region: {}\n        \
         primary_route53_health_check_id: {}",
        quoted(secondary_region),
        quoted(primary_route53_health_check_id)
    );
}

fn declare(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "    {name}: {}", quoted(value));
}

fn exemption(out: &mut String, place: &Place, domain: &Domain, forms: Forms, now: OffsetDateTime) {
    let (Hosting::Custom(custom), Some(floor)) = (&domain.hosting, forms.floor) else {
        return;
    };
    let Some(policy) = custom.security_policy.in_effect().filter(|policy| *policy < floor) else {
        return;
    };
    let until = (now + EXEMPTION).replace_time(Time::MIDNIGHT);
    let _ = writeln!(out, "  - domain: {}", quoted(&domain.name));
    scope_of(out, place, forms);
    let _ = writeln!(
        out,
        "    attributes: [security_policy]\n    until: {}  # fill in\n    reason: {}  # fill in",
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
