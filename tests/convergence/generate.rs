//! Random histories, each from its seed alone.

use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard_sandbox::{
    Action, Break, Durations, Elsewhere, Fault, FaultKind, Tier, Variant,
};
use fastrand::Rng;

use crate::form::Form;
use crate::history::{
    Actor, BaselineSpec, Change, Contest, Declared, DomainSpec, Edit, EntrySpec, ExemptionSpec,
    Fate, History, InitialStatus, Member, Members, PlaceSpec, PoolSpec, Step,
};
use crate::{organization, stopped};

pub(crate) const CUSTOM: [&str; 4] =
    ["auth.example.com", "login.example.com", "app.dev.example.com", "pay.shop.example.org"];
const PREFIX: &str = "acme-login";
const PATTERNS: [&str; 5] = ["*.dev.example.com", "*.example.com", "*.example.org", "acme-*", "*"];
const POLICIES: [&str; 3] = ["TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025"];
/// A policy that this build does not know, but the world does.
const NEWER: &str = "TLS_V1_4_2031";
const MINUTE: u64 = 60;

/// Where the guard is, and in a history of one place everything.
const HOME: PlaceSpec = PlaceSpec { account: "111122223333", other_region: false };
const ESSENTIALS: PoolSpec = PoolSpec { tier: Tier::Essentials, place: 0 };

pub(crate) const FAILOVERS: [(&str, &str); 2] =
    [("us-west-2", "0a1b2c3d"), ("eu-west-1", "9f8e7d6c")];

pub(crate) fn certificate(number: usize) -> String {
    format!("arn:aws:acm:us-east-1:111122223333:certificate/0000-{number}")
}

impl History {
    /// The history of that seed. Neighbouring seeds are of different variants, so any 48 in a row
    /// see them all.
    pub(crate) fn of(seed: u64) -> Self {
        let variants = Variant::all();
        let variant = variants[usize::try_from(seed % 48).unwrap()];
        let rng = &mut Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        let domains = domains(rng);
        let mut pools = vec![ESSENTIALS; domains.len() + 1];
        for pool in &mut pools {
            if chance(rng, 6) {
                pool.tier = Tier::Lite;
            }
        }
        let steps = steps(rng, &domains, pools.len());
        let history = Self {
            seed,
            variant,
            elsewhere: Elsewhere::Described,
            places: vec![HOME],
            brake: (None, None),
            approves: false,
            durations: durations(rng),
            // 90 as in the template, or so few that dead letters are common.
            max_receives: if chance(rng, 15) { rng.u32(1..=4) } else { 90 },
            baseline: baseline(rng),
            own_fates: (0..rng.usize(1..=3)).map(|_| fate(rng)).collect(),
            pools,
            domains,
            steps,
        };
        // Each variant gets as many of these as any other, since 48 and 49 have no divisor in common.
        let history = if seed % 49 == 48 { contested(rng, history) } else { history };
        let history = if seed % 47 == 46 { stopped::stopped(rng, history) } else { history };
        // A fifth of them, and of each variant.
        let history = if seed % 5 == 3 { organization::spread(rng, history) } else { history };
        if seed % 11 == 7 { stopped::stop(rng, history) } else { history }
    }
}

/// The history of somebody who races the guard for a governed domain, for longer than it may take
/// until people hear of it. Cognito takes its minutes, or there would be thousands of looks.
fn contested(rng: &mut Rng, mut history: History) -> History {
    let first = DomainSpec {
        name: CUSTOM[0],
        pool: 0,
        status: InitialStatus::Active,
        other_account: false,
        policy: Some(pick(rng, &["TLS_V1_2_2021", "TLS_V1_3_2025"])),
        login: Some(1),
        failover: pick(rng, &[None, Some(0)]),
        certificate: 0,
    };
    history.domains = vec![first];
    history.pools = vec![ESSENTIALS; 2];
    history.durations.update_custom =
        Duration::from_secs(pick(rng, &[90, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE]));
    history.durations.update_certificate = Duration::from_secs(8 * MINUTE);
    history.max_receives = 90;
    history.baseline = BaselineSpec {
        defaults: Declared {
            policy: Some("{ at_least: TLS_V1_2_2021 }".to_owned()),
            ..Declared::default()
        },
        ..BaselineSpec::default()
    };
    let contest = Contest {
        changes: (0..rng.usize(1..=3)).map(|_| weakening(rng)).collect(),
        every: Duration::from_secs(pick(rng, &[1, 1, 5, 30, MINUTE, 5 * MINUTE])),
        time: Duration::from_secs(rng.u64(38 * MINUTE..50 * MINUTE)),
    };
    history.steps = Vec::new();
    if chance(rng, 30) {
        history.steps.push(Step::Fault(0, fault(rng)));
    }
    history.steps.push(Step::Contest(contest));
    if chance(rng, 30) {
        history.steps.push(Step::Sweep);
    }
    history
}

/// A change of the first domain to the weakest policy, and perhaps of more.
pub(crate) fn weakening(rng: &mut Rng) -> Change {
    let other = |rng: &mut Rng| if chance(rng, 40) { Member::Omit } else { Member::Keep };
    Change {
        domain: 0,
        actor: pick(rng, &[Actor::Console, Actor::Terraform, Actor::Imposter]),
        edit: Edit::Update(Members {
            policy: Member::Set("TLS_V1"),
            login: Member::Set(1),
            failover: if chance(rng, 25) { Member::Set(Some(1)) } else { other(rng) },
            certificate: if chance(rng, 20) { Member::Set(rng.usize(0..2)) } else { Member::Keep },
        }),
        fate: fate(rng),
        form: form(rng),
    }
}

/// True in so many of a hundred cases.
pub(crate) fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

pub(crate) fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(0..of.len())]
}

fn durations(rng: &mut Rng) -> Durations {
    let seconds = |rng: &mut Rng, of: &[u64]| Duration::from_secs(pick(rng, of));
    Durations {
        update_custom: seconds(rng, &[20, 50, 50, 50, 90, 90, 5 * MINUTE]),
        update_certificate: seconds(rng, &[50, 50, 90, 8 * MINUTE]),
        update_prefix: seconds(rng, &[5, 60]),
        create_custom: seconds(rng, &[50, 50, 90, 90, 4 * MINUTE, 4 * MINUTE, 60 * MINUTE]),
        create_prefix: seconds(rng, &[5, 60]),
        delete: seconds(rng, &[0, 0, 0, 30]),
        ..Durations::default()
    }
}

fn domains(rng: &mut Rng) -> Vec<DomainSpec> {
    let mut names: Vec<&'static str> = CUSTOM.to_vec();
    rng.shuffle(&mut names);
    names.truncate(pick(rng, &[1, 1, 1, 2, 2, 3, 4]));
    if chance(rng, 25) {
        names.push(PREFIX);
    }
    names.into_iter().enumerate().map(|(pool, name)| domain(rng, pool, name)).collect()
}

fn domain(rng: &mut Rng, pool: usize, name: &'static str) -> DomainSpec {
    let policy = match rng.u8(0..100) {
        0..15 => None,
        15..22 => Some(NEWER),
        _ => Some(pick(rng, &POLICIES)),
    };
    let login = match policy {
        None | Some("TLS_V1") => pick(rng, &[None, Some(1)]),
        Some(_) => pick(rng, &[None, Some(1), Some(1), Some(2)]),
    };
    let status = match rng.u8(0..100) {
        0..4 => InitialStatus::Creating,
        4..6 => InitialStatus::Failed,
        6..14 => InitialStatus::Missing,
        _ => InitialStatus::Active,
    };
    DomainSpec {
        name,
        pool,
        status,
        other_account: chance(rng, 2),
        policy,
        login,
        failover: pick(rng, &[None, None, Some(0), Some(1)]),
        certificate: rng.usize(0..2),
    }
}

/// A sound baseline. Drawn until it is one: what Cognito could never hold is refused when it is read.
fn baseline(rng: &mut Rng) -> BaselineSpec {
    loop {
        let spec = draw_baseline(rng);
        if Baseline::parse("baseline.yaml", &spec.yaml()).is_ok() {
            return spec;
        }
    }
}

fn draw_baseline(rng: &mut Rng) -> BaselineSpec {
    let defaults = if chance(rng, 70) { declared(rng, false) } else { Declared::default() };
    let mut entries = Vec::new();
    for pattern in CUSTOM.iter().chain([&PREFIX]).chain(&PATTERNS) {
        if chance(rng, 22) {
            let audit = pick(rng, &[None, None, None, None, Some(false), Some(true)]);
            entries.push(EntrySpec { pattern, audit, declared: declared(rng, true) });
        }
    }
    let exemptions = if chance(rng, 25) {
        (0..rng.usize(1..=2)).map(|_| exemption(rng)).collect()
    } else {
        Vec::new()
    };
    BaselineSpec { audit: chance(rng, 4), defaults, entries, exemptions, accounts: Vec::new() }
}

fn declared(rng: &mut Rng, entry: bool) -> Declared {
    let unmanaged = |rng: &mut Rng, value: String| {
        if entry && chance(rng, 12) { "unmanaged".to_owned() } else { value }
    };
    let mut declared = Declared::default();
    if chance(rng, 75) {
        let policy = pick(rng, &POLICIES);
        let value =
            if chance(rng, 50) { format!("{{ at_least: {policy} }}") } else { policy.to_owned() };
        declared.policy = Some(unmanaged(rng, value));
    }
    if chance(rng, 40) {
        let value = match pick(rng, &[None, None, Some(0), Some(1)]) {
            None => "none".to_owned(),
            Some(number) => {
                let (region, check): (&str, &str) = FAILOVERS[number];
                format!(
                    "{{ failover: {{ secondary_region: {region}, primary_route53_health_check_id: {check} }} }}"
                )
            }
        };
        declared.routing = Some(unmanaged(rng, value));
    }
    if chance(rng, 30) {
        let value = rng.i32(1..=2).to_string();
        declared.login = Some(unmanaged(rng, value));
    }
    if chance(rng, 20) {
        let value = certificate(rng.usize(0..2));
        declared.certificate = Some(unmanaged(rng, value));
    }
    declared
}

fn exemption(rng: &mut Rng) -> ExemptionSpec {
    let attributes: Vec<&str> =
        ["security_policy", "routing", "managed_login_version", "certificate_arn"]
            .into_iter()
            .filter(|_| chance(rng, 50))
            .collect();
    // The world begins at 09:00 of that day. Some are over, some end meanwhile, most hold.
    let until = pick(
        rng,
        &[
            "2026-06-30T00:00:00Z",
            "2026-07-01T09:20:00Z",
            "2026-08-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ],
    );
    ExemptionSpec {
        pattern: pick(rng, &["auth.example.com", "*.example.com", "*"]),
        attributes: if attributes.is_empty() {
            "routing".to_owned()
        } else {
            attributes.join(", ")
        },
        until: until.to_owned(),
    }
}

fn steps(rng: &mut Rng, domains: &[DomainSpec], pools: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..rng.usize(2..=6) {
        if chance(rng, 35) {
            steps.push(Step::Fault(0, fault(rng)));
        }
        match rng.u8(0..100) {
            0..62 => {
                let change = change(rng, domains, pools);
                let repeated = chance(rng, 8);
                steps.push(Step::Change(change.clone()));
                if repeated {
                    // A pipeline that puts its own idea back.
                    let pause = Duration::from_secs(rng.u64(30..8 * MINUTE));
                    for _ in 0..rng.usize(1..=2) {
                        steps.push(Step::Wait(pause));
                        steps.push(Step::Change(change.clone()));
                    }
                }
            }
            62..78 => {
                let action = pick(
                    rng,
                    &[
                        Action::UpdateUserPoolDomain,
                        Action::UpdateUserPoolDomain,
                        Action::UpdateUserPoolDomain,
                        Action::DescribeUserPoolDomain,
                        Action::Publish,
                    ],
                );
                steps.push(Step::Race(action, change(rng, domains, pools)));
                steps.push(Step::Change(change(rng, domains, pools)));
            }
            78..86 => steps.push(Step::Sweep),
            86..94 => steps.push(Step::Together(rng.usize(2..=3))),
            _ => steps.push(Step::Calm),
        }
        steps.push(Step::Wait(pause(rng)));
    }
    steps
}

fn pause(rng: &mut Rng) -> Duration {
    match rng.u8(0..100) {
        0..15 => Duration::ZERO,
        15..45 => Duration::from_millis(rng.u64(10..15_000)),
        45..75 => Duration::from_secs(rng.u64(15..4 * MINUTE)),
        75..95 => Duration::from_secs(rng.u64(4 * MINUTE..15 * MINUTE)),
        _ => Duration::from_secs(rng.u64(15 * MINUTE..40 * MINUTE)),
    }
}

fn fate(rng: &mut Rng) -> Fate {
    let delay = |rng: &mut Rng| match rng.u8(0..100) {
        0..55 => Duration::from_millis(rng.u64(500..6_000)),
        55..80 => Duration::from_secs(rng.u64(6..2 * MINUTE)),
        80..95 => Duration::from_secs(rng.u64(2 * MINUTE..10 * MINUTE)),
        _ => Duration::from_secs(rng.u64(10 * MINUTE..40 * MINUTE)),
    };
    match rng.u8(0..100) {
        0..18 => Vec::new(),
        18..82 => vec![delay(rng)],
        82..96 => vec![delay(rng), delay(rng)],
        _ => vec![delay(rng), delay(rng), delay(rng)],
    }
}

fn change(rng: &mut Rng, domains: &[DomainSpec], pools: usize) -> Change {
    let domain = rng.usize(0..domains.len());
    let pool = rng.usize(0..pools);
    let missing = domains[domain].status == InitialStatus::Missing;
    let edit = match rng.u8(0..100) {
        _ if missing && chance(rng, 60) => Edit::Create { pool, members: creation(rng) },
        0..82 => Edit::Update(members(rng)),
        82..88 => Edit::Delete,
        88..93 => Edit::Create { pool, members: creation(rng) },
        _ => Edit::Transfer { pool, members: creation(rng) },
    };
    let actor = match rng.u8(0..100) {
        0..45 => Actor::Console,
        45..90 => Actor::Terraform,
        90..95 => Actor::Imposter,
        _ => Actor::OtherFunction,
    };
    Change { domain, actor, edit, fate: fate(rng), form: form(rng) }
}

fn form(rng: &mut Rng) -> Form {
    if chance(rng, 60) { Form::Usual } else { pick(rng, &Form::ALL) }
}

/// An update of one attribute or a few, by a tool that sends the others back or leaves them out.
fn members(rng: &mut Rng) -> Members {
    fn member<T>(rng: &mut Rng, careless: bool, value: impl FnOnce(&mut Rng) -> T) -> Member<T> {
        match rng.u8(0..100) {
            0..40 => Member::Set(value(rng)),
            _ if careless => Member::Omit,
            _ => Member::Keep,
        }
    }
    let careless = chance(rng, 35);
    Members {
        policy: member(
            rng,
            careless,
            |rng| {
                if chance(rng, 4) { NEWER } else { pick(rng, &POLICIES) }
            },
        ),
        login: member(rng, careless, |rng| rng.i32(1..=2)),
        failover: member(rng, careless, |rng| pick(rng, &[None, Some(0), Some(1)])),
        certificate: member(rng, false, |rng| rng.usize(0..2)),
    }
}

fn creation(rng: &mut Rng) -> Members {
    let policy = match rng.u8(0..100) {
        0..25 => Member::Omit,
        _ => Member::Set(pick(rng, &POLICIES)),
    };
    Members {
        policy,
        login: pick(rng, &[Member::Omit, Member::Set(1), Member::Set(2)]),
        failover: pick(rng, &[Member::Omit, Member::Set(Some(0)), Member::Set(Some(1))]),
        certificate: Member::Set(rng.usize(0..2)),
    }
}

fn fault(rng: &mut Rng) -> Fault {
    let (action, kind) = match rng.u8(0..100) {
        0..14 => (None, throttled()),
        14..24 => (None, failed()),
        24..34 => (Some(Action::Publish), refused(rng)),
        34..44 => (
            Some(pick(rng, &[Action::DescribeUserPoolDomain, Action::UpdateUserPoolDomain])),
            pick_kind(rng, &[throttled(), failed()]),
        ),
        44..66 => (pick(rng, &[None, Some(Action::UpdateUserPoolDomain)]), broken(rng)),
        66..90 => (
            pick(
                rng,
                &[
                    Some(Action::UpdateUserPoolDomain),
                    Some(Action::UpdateUserPoolDomain),
                    Some(Action::Publish),
                    Some(Action::DescribeUserPoolDomain),
                    None,
                ],
            ),
            pick_kind(rng, &[FaultKind::Before(Break::Kill), FaultKind::After(Break::Kill)]),
        ),
        _ => (Some(Action::UpdateUserPoolDomain), pick_kind(rng, &[failed(), broken_after()])),
    };
    let times = match rng.u8(0..100) {
        0..55 => Some(1),
        55..96 => Some(rng.u32(2..=6)),
        _ => None,
    };
    Fault { action, kind, skip: pick(rng, &[0, 0, 0, 1, 2, 4]), times }
}

pub(crate) fn pick_kind(rng: &mut Rng, of: &[FaultKind]) -> FaultKind {
    of[rng.usize(0..of.len())].clone()
}

fn throttled() -> FaultKind {
    Fault::error(400, "TooManyRequestsException", "Rate exceeded").kind
}

fn failed() -> FaultKind {
    Fault::error(500, "InternalErrorException", "internal error").kind
}

fn refused(rng: &mut Rng) -> FaultKind {
    let refusals = [
        Fault::error(403, "AuthorizationError", "no topic for you").kind,
        Fault::error(400, "KMSDisabledException", "the key is disabled").kind,
        failed(),
    ];
    pick_kind(rng, &refusals)
}

fn broken(rng: &mut Rng) -> FaultKind {
    let how = pick(rng, &[Break::Reset, Break::Timeout]);
    if chance(rng, 50) { FaultKind::Before(how) } else { FaultKind::After(how) }
}

fn broken_after() -> FaultKind {
    FaultKind::After(Break::Reset)
}
