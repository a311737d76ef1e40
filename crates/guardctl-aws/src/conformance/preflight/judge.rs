//! What the facts mean for the run. Pure.

use std::time::Duration;

use cognito_domain_guard::call::Failure;
use cognito_domain_guard::domain::{Domain, Hosting};
use cognito_domain_guard::place::Place;
use time::OffsetDateTime;

use super::facts::{Check, Credentials, Facts, Governs, Known, Outcome, Resolved};
use crate::conformance::aws::{Certificate, Distribution, PoolSeen};
use crate::conformance::plan::whole;
use crate::conformance::resources::{Leftover, NAME, TAG};
use crate::conformance::steps::time_of_day;
use crate::conformance::wanted::{Custom, Wanted};
use crate::unread::{explain, policy_to_paste};

/// How many custom domains a region of an account has room for.
const CUSTOM_DOMAINS: usize = 4;

/// What the facts mean for the run.
pub fn judge(facts: &Facts, wanted: &Wanted, place: &Place, now: OffsetDateTime) -> Vec<Check> {
    let Facts {
        parent,
        name,
        certificates,
        distributions,
        taken,
        custom_domains,
        guards,
        denied,
        credentials,
        events,
        output_exists,
        kept_pool,
        left,
    } = facts;
    let mut checks = Vec::new();
    let mut add = |about, outcome| checks.push(Check { about, outcome });
    if *output_exists {
        let why = "it is there already: pass --output with another name, or move it away";
        add("the file", Outcome::Refused(why.to_owned()));
    }
    add("credentials", judge_credentials(*credentials, wanted, now));
    add("permissions", judge_permissions(denied));
    if let Some(custom) = &wanted.custom {
        add("the domain above", judge_parent(*parent, custom.parent()));
        add("the name", judge_name(*name, &custom.name));
        for (arn, found) in certificates {
            add("certificate", judge_certificate(arn, found, custom, &place.partition));
        }
        add("alias", judge_alias(distributions, &custom.name));
        add("room", judge_room(custom_domains));
    }
    for (name, found) in taken {
        add("free", judge_free(name, found, left));
    }
    if let Some((id, found)) = kept_pool {
        add("replicated user pool", judge_kept_pool(id, found, left));
    }
    add("no guard", judge_guards(guards));
    if let Err(error) = events {
        let note = format!("{error}: the shape of events will not be compared");
        add("events", Outcome::Note(note));
    }
    checks
}

fn judge_credentials(credentials: Credentials, wanted: &Wanted, now: OffsetDateTime) -> Outcome {
    let ends = now + whole(wanted);
    match credentials {
        Credentials::Lasting => Outcome::Fine("an access key without an end".to_owned()),
        Credentials::Renewed => {
            Outcome::Fine("temporary, and renewed by the SDK when they end".to_owned())
        }
        Credentials::Until(until) if until < ends + Duration::from_secs(10 * 60) => {
            Outcome::Refused(format!(
                "they end at {}, and the run takes until about {}: sign in again, or use a profile that renews them",
                time_of_day(until),
                time_of_day(ends)
            ))
        }
        Credentials::Until(until) => {
            Outcome::Fine(format!("they last until {}", time_of_day(until)))
        }
        Credentials::Unknown => Outcome::Note(format!(
            "they are temporary and do not say when they end: the run needs them until about {}",
            time_of_day(ends)
        )),
    }
}

fn judge_permissions(denied: &Known<Vec<String>>) -> Outcome {
    match denied {
        Ok(denied) if denied.is_empty() => {
            Outcome::Fine("IAM's simulator allows each call".to_owned())
        }
        Ok(denied) => Outcome::Refused(format!(
            "missing; allow them with this policy:\n{}",
            policy_to_paste(denied.iter().map(String::as_str))
        )),
        Err(error) => Outcome::Note(format!(
            "not checked ({error}): the run stops at the first call that is denied, and removes what it made"
        )),
    }
}

fn judge_parent(parent: Option<bool>, name: &str) -> Outcome {
    match parent {
        Some(true) => Outcome::Fine(format!("{name} has an A record")),
        Some(false) | None => Outcome::Refused(format!(
            "{name} has no A record, which Cognito asks for: make one, of any address"
        )),
    }
}

fn judge_name(name: Option<Resolved>, domain: &str) -> Outcome {
    match name {
        Some(Resolved::Nothing) | None => Outcome::Fine(format!("{domain} leads nowhere yet")),
        Some(Resolved::Wildcard) => Outcome::Fine(format!(
            "{domain} leads where an entry for * does, and has none of its own"
        )),
        Some(Resolved::Something) => Outcome::Refused(format!(
            "{domain} has an entry in the DNS, so something may use it: take a name that nothing uses"
        )),
    }
}

fn judge_certificate(
    arn: &str,
    found: &Known<Certificate>,
    custom: &Custom,
    partition: &str,
) -> Outcome {
    let region = arn.split(':').nth(3).unwrap_or_default();
    if partition == "aws" && region != "us-east-1" {
        return Outcome::Refused(format!("{arn} is not in us-east-1, where Cognito looks for it"));
    }
    match found {
        Ok(Certificate { status, names: _ }) if status != "ISSUED" => {
            Outcome::Refused(format!("{arn} is {status}, not ISSUED"))
        }
        Ok(Certificate { status: _, names }) if !names.iter().any(|n| covers(n, &custom.name)) => {
            Outcome::Refused(format!("{arn} is for {}, not for {}", names.join(", "), custom.name))
        }
        Ok(Certificate { status: _, names: _ }) => {
            Outcome::Fine(format!("ISSUED, and covers {}", custom.name))
        }
        Err(error) if error.failure == Failure::Gone => {
            Outcome::Refused(format!("{arn} is not there: {error}"))
        }
        Err(error) => Outcome::Note(format!("not checked: {error}")),
    }
}

/// Whether a certificate's name is for a host: the same one, or `*` in place of its first label.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    name == host
        || name.strip_prefix("*.").is_some_and(|parent| {
            host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent)
        })
}

/// A name is an alias of one distribution in the world. That of another account does not show; one of
/// `*` beside it is none of the name.
fn judge_alias(distributions: &Known<Vec<Distribution>>, name: &str) -> Outcome {
    match distributions {
        Ok(all) => {
            let has_name = |it: &&Distribution| {
                it.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            };
            match all.iter().find(has_name) {
                Some(Distribution { id, aliases: _ }) => Outcome::Refused(format!(
                    "{name} is an alias of CloudFront's distribution {id}, so Cognito would be refused it: take another \
                     name"
                )),
                None => Outcome::Fine(format!(
                    "{name} is on none of this account's distributions. Those of others cannot be seen from here"
                )),
            }
        }
        Err(error) => Outcome::Note(format!(
            "could not look at your distributions: {error}. Where one has {name}, Cognito refuses the creation, and \
             the run ends"
        )),
    }
}

fn judge_room(custom_domains: &Result<usize, String>) -> Outcome {
    match custom_domains {
        Ok(found) if *found < CUSTOM_DOMAINS => Outcome::Fine(format!(
            "{found} of the region's {CUSTOM_DOMAINS} custom domains are there"
        )),
        Ok(found) => Outcome::Refused(format!(
            "the region has room for {CUSTOM_DOMAINS} custom domains, and {found} are there: use another region"
        )),
        Err(error) => Outcome::Note(format!("not checked: {error}")),
    }
}

fn judge_free(name: &str, found: &Known<Option<Domain>>, left: &[String]) -> Outcome {
    match found {
        Ok(None) => Outcome::Fine(format!("{name} is on no user pool that can be seen from here")),
        Ok(Some(domain)) if left.contains(&domain.user_pool_id) => {
            let still = match domain.hosting {
                Hosting::Custom(_) => {
                    "; its alias may stay taken for a while, and the creation then be refused"
                }
                Hosting::Prefix => "",
            };
            Outcome::Note(format!(
                "{name} is what an earlier run left, and is removed first{still}"
            ))
        }
        Ok(Some(domain)) => Outcome::Refused(format!(
            "{name} is there already, on user pool {} ({}): take another name",
            domain.user_pool_id, domain.status
        )),
        Err(error) => Outcome::Refused(explain(name, error)),
    }
}

fn judge_kept_pool(id: &str, found: &Known<Option<PoolSeen>>, left: &[String]) -> Outcome {
    match found {
        Ok(None) => Outcome::Refused(format!("{id} is not in this account and region")),
        Ok(Some(pool)) => match Leftover::of(pool.clone()) {
            Some(marked) if !marked.stays() => Outcome::Refused(format!(
                "{id} was made by an earlier run, and is removed: make one for yourself"
            )),
            // What an earlier run left on it is listed, confirmed and removed first.
            Some(marked) if marked.domains().is_empty() || left.iter().any(|left| left == id) => {
                Outcome::Fine(format!("{id} has the name and the tag, and stays"))
            }
            Some(marked) => Outcome::Refused(format!(
                "{id} has the custom domain {} already",
                marked.domains().join(", ")
            )),
            None => Outcome::Refused(format!(
                "{id} is not this command's to use: name a pool that you made for it {NAME}replicated, and tag it \
                 {TAG}=replicated"
            )),
        },
        Err(error) => Outcome::Refused(explain(id, error)),
    }
}

fn judge_guards(guards: &Known<Vec<(String, Governs)>>) -> Outcome {
    let of = |wanted| {
        let found = guards.iter().flatten().filter(move |(_, governs)| *governs == wanted);
        found.map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ")
    };
    let (acting, unknown) = (of(Governs::Enforces), of(Governs::Unknown));
    let auditing = of(Governs::Audits);
    match guards {
        Err(error) => Outcome::Note(format!(
            "not checked ({error}): a guard that governs the name would change it meanwhile, and the answers would \
             be the guard's"
        )),
        Ok(_) if !acting.is_empty() => Outcome::Refused(format!(
            "the baseline of {acting} governs a name of this run, and the guard would put back what is measured: \
             take a name that no entry and no default covers, or another account"
        )),
        Ok(_) if !unknown.is_empty() => Outcome::Note(format!(
            "the baseline of {unknown} could not be read: it must not govern the name"
        )),
        Ok(_) if !auditing.is_empty() => Outcome::Note(format!(
            "{auditing} audits the names of this run: it changes nothing, and sends notices about them"
        )),
        Ok(_) => Outcome::Fine(
            "no guard of this account and region governs a name of this run. A hub in another account cannot be \
             seen from here"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests;
