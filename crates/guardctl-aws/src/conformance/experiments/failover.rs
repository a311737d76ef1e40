//! `Routing`: what becomes of a failover that is left out, and what `{}` does to one.
//!
//! A failover goes to a replica of the user pool, which the user may have made for this; the pools of a run have
//! none. So this begins with a try: where Cognito takes a failover all the same, the rest can be measured.

use cognito_domain_guard::domain::{Domain, Failover, SecurityPolicy};
use cognito_domain_guard::plan::RoutingUpdate;

use super::ask::{SHORT, Values, accepted, request};
use super::chosen::Chosen;
use super::found::Found;
use super::judge;
use crate::conformance::finding::{Finding, Kind, Outcome, Question};
use crate::conformance::lab::{Lab, Stop};
use crate::conformance::plan::REPLICA;
use crate::conformance::resources::Made;
use crate::conformance::values::{has_failover, policy};
use crate::conformance::wanted::Replica;

/// One of nobody: a domain that is removed within hours fails over to nothing.
const HEALTH_CHECK: &str = "00000000-0000-4000-8000-000000000000";

pub async fn run(
    lab: &Lab<'_>,
    made: &Made,
    replica: Option<&Replica>,
    chosen: &Chosen,
    found: &mut Found,
) -> Result<(), Stop> {
    let Chosen { base, other, .. } = *chosen;
    let own = &lab.account.cognito;
    let region = made.pool().split('_').next().unwrap_or_default();
    let failover = || {
        RoutingUpdate::Failover(Failover {
            secondary_region: replica
                .map_or_else(|| another(region).to_owned(), |replica| replica.region.clone()),
            primary_route53_health_check_id: replica
                .map_or_else(|| HEALTH_CHECK.to_owned(), |replica| replica.health_check_id.clone()),
        })
    };
    // One outside emulator asks for managed login, too.
    let ask = |policy, routing| request(made, Values::new(Some(policy), Some(2)).routed(routing));
    let shown = |wanted: SecurityPolicy| {
        move |domain: &Domain| policy(domain).as_deref() == Some(wanted.as_str())
    };

    let set = ask(base, failover());
    let change = lab.change(own, &set, SHORT, has_failover).await?;
    if let Some(refusal) = change.refusal() {
        for question in [Question::OmittedRouting, Question::EmptyRouting] {
            let why =
                if replica.is_some() { "a failover to the replica was refused" } else { REPLICA };
            let outcome = Outcome::NotMeasurable(why.to_owned());
            let finding = Finding::new(question, Kind::Custom, outcome);
            found.add(lab, finding.with(format!("a failover was refused with {refusal}")));
        }
        return Ok(());
    }
    if !has_failover(change.end()) {
        for question in [Question::OmittedRouting, Question::EmptyRouting] {
            let what = "a failover was accepted, and is not described once the domain is ACTIVE";
            let outcome = Outcome::Unexpected(what.to_owned());
            found.add(lab, Finding::new(question, Kind::Custom, outcome));
        }
        return Ok(());
    }

    let omitted = ask(other, RoutingUpdate::Omitted);
    let change = lab.change(own, &omitted, SHORT, shown(other)).await?;
    let after = if has_failover(change.end()) { "there" } else { "none" };
    let question = Question::OmittedRouting;
    found.add(lab, judge::left_out(question, Kind::Custom, &change, "there", "none", after));

    if !has_failover(change.end()) {
        let change = lab.change(own, &set, SHORT, has_failover).await?;
        accepted(&change, "a failover that was accepted before")?;
    }
    let now = lab.look(made.name()).await?.as_ref().and_then(policy);
    let wanted = if now.as_deref() == Some(base.as_str()) { other } else { base };
    let removed = ask(wanted, RoutingUpdate::Remove);
    let change = lab.change(own, &removed, SHORT, shown(wanted)).await?;
    found.add(lab, judge::empty_routing(&change));
    Ok(())
}

/// A region of the same partition that the pool is not in.
fn another(region: &str) -> &'static str {
    let pair = match region.split('-').next() {
        Some("cn") => ["cn-north-1", "cn-northwest-1"],
        Some(_) if region.starts_with("us-gov-") => ["us-gov-west-1", "us-gov-east-1"],
        Some(_) | None => ["us-west-2", "eu-west-1"],
    };
    let [one, two] = pair;
    if region == one { two } else { one }
}
