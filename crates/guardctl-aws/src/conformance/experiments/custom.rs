//! A custom domain: made once, changed some times, each time so that one answer is left.
//!
//! | step | the domain goes | measures |
//! | --- | --- | --- |
//! | create, naming nothing | to what a new domain is | the creation, an update meanwhile, the defaults |
//! | one policy | to the other values, login 1 | how long, and what is described meanwhile |
//! | base | to a policy and a login that no new domain has | an update back to the other values while busy |
//! | omit the policy | a login that is named changes | whether the policy stays |
//! | base again, omit the login | a policy that is named changes | whether the login stays |
//! | TLS_V1 with login 2, no CustomDomainConfig | nowhere | that both are refused |
//! | a failover | where there is a replica | omitted and empty Routing |
//! | another certificate, another role | if the user gave one | how long, and a permission |

use cognito_domain_guard::domain::{Domain, SecurityPolicy};

use super::ask::{LONG, SHORT, Values, accepted, creation, request, while_updating};
use super::chosen::Chosen;
use super::failover;
use super::found::Found;
use super::judge;
use crate::conformance::finding::{Finding, Kind, Outcome, Question};
use crate::conformance::lab::{Answer, Lab, Stop};
use crate::conformance::resources::{Made, Resources};
use crate::conformance::values::{login, policy};
use crate::conformance::wanted::Custom;

const KIND: Kind = Kind::Custom;

pub async fn run(
    lab: &Lab<'_>,
    resources: &Resources<'_, '_>,
    custom: &Custom,
    found: &mut Found,
) -> Result<(), Stop> {
    let pool = match &custom.replica {
        Some(replica) => resources.pool_of_the_user(&replica.user_pool_id).await?,
        None => resources.make_pool("custom").await?,
    };
    let made = resources.make_domain(pool, &custom.name, Some(&custom.certificate_arn)).await?;
    let new = creation(lab, &made, KIND, LONG, found).await?;
    let (new_policy, new_login) = (policy(&new).unwrap_or_default(), login(&new));
    let chosen = Chosen::by(&new_policy, &new_login);
    let Chosen { base, other, first, usual_login, base_login } = chosen;
    let own = &lab.account.cognito;
    let shown = |wanted: SecurityPolicy| {
        move |domain: &Domain| policy(domain).as_deref() == Some(wanted.as_str())
    };
    let ask = |policy, login| request(&made, Values::new(policy, login));

    // Managed login 1 goes with each policy.
    let change = lab.change(own, &ask(Some(first), Some(1)), SHORT, shown(first)).await?;
    accepted(&change, "the first update")?;
    let value = |domain: &Domain| policy(domain).unwrap_or_default();
    let described = judge::describe(KIND, &change, value, (&new_policy, first.as_str()));
    found.add(lab, described);
    found.add(lab, judge::duration(Question::DurationUpdating, KIND, &change));

    let to_base = ask(Some(base), Some(base_login));
    let back = ask(Some(first), Some(1));
    let (probe, takes_effect) =
        while_updating(lab, &to_base, &back, shown(base), shown(first)).await?;
    found.add(lab, judge::busy(Question::BusyUpdating, KIND, probe.as_ref(), takes_effect));

    // The policy left out, and the login named, so that something shows.
    set(lab, &to_base, &shown(base), base_login).await?;
    let usual = usual_login.to_string();
    let change =
        lab.change(own, &ask(None, Some(usual_login)), SHORT, |d| login(d) == usual).await?;
    let after = policy(change.end()).unwrap_or_default();
    let question = Question::OmittedSecurityPolicy;
    found.add(lab, judge::left_out(question, KIND, &change, base.as_str(), &new_policy, &after));

    // The other way round.
    set(lab, &to_base, &shown(base), base_login).await?;
    let change = lab.change(own, &ask(Some(other), None), SHORT, shown(other)).await?;
    let (before, after) = (base_login.to_string(), login(change.end()));
    let question = Question::OmittedManagedLogin;
    found.add(lab, judge::left_out(question, KIND, &change, &before, &new_login, &after));

    let refused = ask(Some(SecurityPolicy::TlsV1), Some(2));
    let change = lab.change(own, &refused, SHORT, shown(SecurityPolicy::TlsV1)).await?;
    found.add(lab, judge::refused(Question::TlsV1WithManagedLogin, &change));

    failover::run(lab, &made, custom.replica.as_ref(), &chosen, found).await?;
    certificate(lab, &made, custom, base, found).await?;
    distribution(lab, resources.account, &made, custom, &chosen, found).await?;

    // Last, since nobody knows what it would be if Cognito took it.
    let mut bare = ask(None, None);
    bare.custom = None;
    let change = lab.change(own, &bare, SHORT, |_| false).await?;
    found.add(lab, judge::refused(Question::OmittedCustomDomainConfig, &change));
    Ok(())
}

/// Takes the domain to these values, unless it is there.
async fn set(
    lab: &Lab<'_>,
    wanted: &cognito_domain_guard::plan::UpdateRequest,
    is_policy: &impl Fn(&Domain) -> bool,
    wanted_login: i32,
) -> Result<(), Stop> {
    let wanted_login = wanted_login.to_string();
    let is_there = |domain: &Domain| is_policy(domain) && login(domain) == wanted_login;
    if lab.look(&wanted.domain).await?.is_some_and(|domain| is_there(&domain)) {
        return Ok(());
    }
    let change = lab.change(&lab.account.cognito, wanted, SHORT, is_there).await?;
    accepted(&change, "an update that names every value")
}

/// How long a change of certificate takes.
async fn certificate(
    lab: &Lab<'_>,
    made: &Made,
    custom: &Custom,
    base: SecurityPolicy,
    found: &mut Found,
) -> Result<(), Stop> {
    let question = Question::DurationCertificate;
    let Some(second) = &custom.second_certificate_arn else {
        return Ok(());
    };
    let named = |arn: &str| {
        let mut update = request(made, Values::new(Some(base), Some(1)));
        if let Some(custom) = &mut update.custom {
            arn.clone_into(&mut custom.certificate_arn);
        }
        update
    };
    let own = &lab.account.cognito;
    let change =
        lab.change(own, &named(second), LONG, |d| certificate_of(d) == Some(second)).await?;
    found.add(lab, judge::duration(question, KIND, &change));
    Ok(())
}

fn certificate_of(domain: &Domain) -> Option<&String> {
    match &domain.hosting {
        cognito_domain_guard::domain::Hosting::Custom(custom) => custom.certificate_arn.as_ref(),
        cognito_domain_guard::domain::Hosting::Prefix => None,
    }
}

/// Whether a role without `cloudfront:updateDistribution` may update.
async fn distribution(
    lab: &Lab<'_>,
    account: &str,
    made: &Made,
    custom: &Custom,
    chosen: &Chosen,
    found: &mut Found,
) -> Result<(), Stop> {
    let question = Question::UpdateDistribution;
    let not = |why: String| Finding::new(question, KIND, Outcome::NotMeasurable(why));
    let Some(role) = &custom.restricted_role_arn else {
        return Ok(());
    };
    let session = match lab.write(async || lab.account.cognito_as(role).await).await? {
        Ok(session) => session,
        Err(Answer::Refused(refusal)) => {
            found.add(lab, not(format!("the role cannot be assumed: {refusal}")));
            return Ok(());
        }
        Err(answer @ (Answer::Lost(_) | Answer::Accepted)) => {
            found.add(lab, not(format!("the role cannot be assumed: {answer:?}")));
            return Ok(());
        }
    };
    let Chosen { base, first, .. } = *chosen;
    let now = lab.look(made.name()).await?;
    let wanted = match now.as_ref().and_then(policy) {
        Some(policy) if policy == base.as_str() => first,
        Some(_) | None => base,
    };
    let update = request(made, Values::new(Some(wanted), Some(1)));
    let is_there = |d: &Domain| policy(d).as_deref() == Some(wanted.as_str());
    let change = lab.change(&session, &update, SHORT, is_there).await?;
    found.add(lab, judge::update_distribution(&change, account));
    Ok(())
}
