//! The sections of a baseline, read from the tree of the file.
//!
//! Nothing here stops at the first mistake. What could not be read counts as `unmanaged`, so that no
//! second problem is concluded from it; a draft with problems never becomes a baseline.

use crate::domain::Attribute;

use super::accounts::Accounts;
use super::check;
use super::field::Field;
use super::index::{LookUp, PatternIndex};
use super::mode::{self, Mode};
use super::model::{Declarations, Declared, Entry, Exemption, Setting};
use super::problem::Problem;
use super::scope;
use super::values;
use super::yaml::Node;

const POLICY: &str = Attribute::SecurityPolicy.as_str();
const ROUTING: &str = Attribute::Routing.as_str();
const LOGIN: &str = Attribute::ManagedLoginVersion.as_str();
const CERTIFICATE: &str = Attribute::CertificateArn.as_str();

/// With how many of the patterns before it a pattern is compared. Patterns that begin or end with
/// different letters need no comparison, so this is a bound on files made to take long: without it
/// the time would be the square of the file's length.
const MOST_STEPS: usize = 2_000;

/// The keys of the file itself.
pub(super) const KEYS: [&str; 7] =
    ["version", "mode", "max_exemption_days", ACCOUNTS, "defaults", "domains", "exemptions"];
pub(super) const ACCOUNTS: &str = "accounts";

const DOMAIN_FORM: &str = "write `domain: NAME`, such as auth.example.com or \"*.example.com\"";

/// What the file says, as far as it could be read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) mode: Mode,
    pub(super) max_exemption_days: Option<u16>,
    pub(super) accounts: Accounts,
    pub(super) defaults: Declarations,
    pub(super) entries: Vec<Entry>,
    pub(super) index: PatternIndex,
    pub(super) exemptions: Vec<Exemption>,
}

/// Reads the whole file.
pub(super) fn baseline(root: &Node<'_>, problems: &mut Vec<Problem>) -> Draft {
    let root = Field::root(root);
    let mut draft = Draft::default();
    let Some([version, mode, longest, accounts, defaults, domains, exemptions]) =
        root.fields(KEYS, "begin the file with `version: 1`", problems)
    else {
        return draft;
    };
    root.required(version, "version", "begin the file with `version: 1`", problems)
        .and_then(|field| values::format_version(&field, problems));
    draft.mode = mode.and_then(|field| mode::read(&field, problems)).unwrap_or_default();
    draft.max_exemption_days =
        longest.and_then(|field| values::max_exemption_days(&field, problems));
    if let Some(field) = accounts {
        draft.accounts = Accounts::read(&field, problems);
    }
    if let Some(field) = defaults {
        draft.defaults = read_defaults(&field, problems);
    }
    if let Some(field) = domains {
        read_entries(&field, &mut draft, problems);
    }
    if let Some(field) = exemptions {
        draft.exemptions = read_exemptions(&field, &draft.accounts, problems);
    }
    draft
}

fn read_defaults(field: &Field<'_>, problems: &mut Vec<Problem>) -> Declarations {
    let wanted = "write attributes under it, such as `security_policy: { at_least: TLS_V1_2_2021 }`, or remove the key";
    let Some(attributes) = field.fields([POLICY, ROUTING, LOGIN, CERTIFICATE], wanted, problems)
    else {
        return Declarations::default();
    };
    for field in attributes.iter().flatten().filter(|field| is_unmanaged(field)) {
        problems.push(field.problem(
            "there is no default to opt out of here",
            "remove the key: what nobody declares is not managed",
        ));
    }
    let declarations = read_attributes(attributes, problems);
    let [policy, _, login, _] = attributes;
    problems.extend(check::unsatisfiable(policy, login, &declarations, &Declarations::default()));
    declarations
}

fn read_entries(field: &Field<'_>, draft: &mut Draft, problems: &mut Vec<Problem>) {
    let wanted = "write a list of entries that each begin with `- domain: NAME`, or remove the key";
    let Some(items) = field.items(wanted, problems) else {
        return;
    };
    for item in items {
        let Some([domain, regions, accounts, mode, policy, routing, login, certificate]) = item
            .fields(
                ["domain", "regions", ACCOUNTS, "mode", POLICY, ROUTING, LOGIN, CERTIFICATE],
                DOMAIN_FORM,
                problems,
            )
        else {
            continue;
        };
        let scope = scope::read(regions, accounts, &draft.accounts, problems);
        let mode = mode.and_then(|field| mode::read(&field, problems));
        let declarations = read_attributes([policy, routing, login, certificate], problems);
        problems.extend(check::unsatisfiable(policy, login, &declarations, &draft.defaults));
        let Some(domain) = item.required(domain, "domain", DOMAIN_FORM, problems) else {
            continue;
        };
        let (Some(pattern), Some(scope)) = (values::pattern(&domain, problems), scope) else {
            continue;
        };
        let meets = |nth: usize| draft.entries.get(nth).is_some_and(|one| one.scope.meets(&scope));
        let LookUp { covering, steps } = draft.index.all_covering(pattern.folded(), meets);
        if steps > MOST_STEPS {
            problems.push(check::too_many_patterns(&domain, MOST_STEPS));
            return;
        }
        let earlier: Vec<&Entry> =
            covering.into_iter().filter_map(|nth| draft.entries.get(nth)).collect();
        problems.extend(check::hidden(&domain, &pattern, &scope, &earlier));
        draft.index.push(&pattern);
        draft.entries.push(Entry { pattern, scope, position: item.position(), mode, declarations });
    }
}

fn read_exemptions(
    field: &Field<'_>,
    accounts: &Accounts,
    problems: &mut Vec<Problem>,
) -> Vec<Exemption> {
    let wanted =
        "write a list of exemptions that each begin with `- domain: NAME`, or remove the key";
    let Some(items) = field.items(wanted, problems) else {
        return Vec::new();
    };
    let mut exemptions = Vec::new();
    for item in items {
        exemptions.extend(read_exemption(&item, accounts, problems));
    }
    exemptions
}

fn read_exemption(
    item: &Field<'_>,
    names: &Accounts,
    problems: &mut Vec<Problem>,
) -> Option<Exemption> {
    let reason_form = "write `reason:` and why the drift is allowed, for whoever reads the notices";
    let [domain, regions, accounts, attributes, until, reason, owner, ticket] = item.fields(
        ["domain", "regions", ACCOUNTS, "attributes", "until", "reason", "owner", "ticket"],
        DOMAIN_FORM,
        problems,
    )?;
    let scope = scope::read(regions, accounts, names, problems);
    let pattern = item
        .required(domain, "domain", DOMAIN_FORM, problems)
        .and_then(|field| values::pattern(&field, problems));
    let attributes = item
        .required(attributes, "attributes", values::ATTRIBUTES_FORM, problems)
        .and_then(|field| values::attributes(&field, problems));
    // A key that is missing stands nowhere; then there is no exemption either.
    let position = |field: Option<Field<'_>>| field.map(|field| field.position());
    let until_position = position(until);
    let reason_position = position(reason);
    let (owner_position, ticket_position) = (position(owner), position(ticket));
    let until = item
        .required(
            until,
            "until",
            "an exemption has an end: write `until: 2026-12-31T00:00:00Z`",
            problems,
        )
        .and_then(|field| values::until(&field, problems));
    let reason = item
        .required(reason, "reason", reason_form, problems)
        .and_then(|field| field.free_text(reason_form, problems));
    let owner =
        owner.and_then(|field| field.free_text("write who to ask, or remove the key", problems));
    let ticket = ticket
        .and_then(|field| field.free_text("write its number or link, or remove the key", problems));
    Some(Exemption {
        pattern: pattern?,
        scope: scope?,
        attributes: attributes?,
        until: until?,
        reason: reason?.to_owned(),
        owner: owner.map(str::to_owned),
        ticket: ticket.map(str::to_owned),
        position: item.position(),
        until_position: until_position?,
        reason_position: reason_position?,
        owner_position,
        ticket_position,
    })
}

fn read_attributes(fields: [Option<Field<'_>>; 4], problems: &mut Vec<Problem>) -> Declarations {
    let [policy, routing, login, certificate] = fields;
    Declarations {
        security_policy: setting(policy, problems, values::security_policy),
        routing: setting(routing, problems, values::routing),
        managed_login_version: setting(login, problems, values::managed_login_version),
        certificate_arn: setting(certificate, problems, values::certificate_arn),
    }
}

fn setting<T>(
    field: Option<Field<'_>>,
    problems: &mut Vec<Problem>,
    read: fn(&Field<'_>, &mut Vec<Problem>) -> Option<T>,
) -> Setting<T> {
    let Some(field) = field else {
        return Setting::Undeclared;
    };
    if is_unmanaged(&field) {
        return Setting::Unmanaged;
    }
    match read(&field, problems) {
        Some(value) => Setting::Declared(Declared { value, position: field.position() }),
        None => Setting::Unmanaged,
    }
}

fn is_unmanaged(field: &Field<'_>) -> bool {
    field.node.scalar() == Some("unmanaged")
}
