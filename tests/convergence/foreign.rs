//! What others do to the domains.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Hosting, Status};
use cognito_domain_guard_sandbox::{
    Action, Caller, FunctionError, Invocation, Platform, World, WorldSettings, deployment_identity,
};
use serde_json::{Value, json};

use crate::form::Form;
use crate::generate::certificate;
use crate::history::{Actor, Change, Contest, DomainSpec, Edit, Fate, History, Member, Members};
use crate::worlds::{Places, failover, pool_id};

/// The fates and forms of events by the id of their record, and whether races still happen.
#[derive(Clone)]
pub(crate) struct Foreign {
    pub(crate) fates: Arc<Mutex<HashMap<String, (Fate, Form)>>>,
    pub(crate) open: Arc<AtomicBool>,
}

/// Somebody changes a domain again whenever he sees that Cognito is ready for it.
pub(crate) async fn compete<H, F>(
    places: &Places,
    platform: &mut Platform<H>,
    history: &History,
    contest: &Contest,
    foreign: &Foreign,
) where
    H: Fn(Value, Invocation) -> F,
    F: Future<Output = Result<Value, FunctionError>>,
{
    let Contest { changes, every, time } = contest;
    let world = places.home();
    let end = world.now() + *time;
    let mut turn = changes.iter().cycle();
    while world.now() < end {
        let next = world.now() + *every;
        if let Some(one) = turn.clone().next() {
            let domain = places.of(history, one.domain).domain(history.domains[one.domain].name);
            if domain.is_none_or(|domain| domain.status == Status::Active) {
                change(places.of(history, one.domain), history, one, foreign);
                turn.next();
            }
        }
        platform.run_until_idle(*every).await;
        world.advance(Duration::try_from(next - world.now()).unwrap_or_default());
    }
}

/// Somebody's call, or two, in the place of the domain. What the world refuses has changed nothing.
pub(crate) fn change(world: &World, history: &History, change: &Change, foreign: &Foreign) {
    let spec = &history.domains[change.domain];
    let current = world.domain(spec.name);
    let pool = current
        .as_ref()
        .map_or_else(|| pool_id(world, spec.pool), |domain| domain.user_pool_id.clone());
    let call = |action, pool: String, members: Option<&Members>| {
        let mut request = json!({"Domain": spec.name, "UserPoolId": pool});
        if let Some(members) = members {
            say(&mut request, spec, members, current.as_ref());
        }
        let _ = world.call_as(&caller(world, change.actor), action, request);
        if let Some(call) = world.calls().last() {
            foreign
                .fates
                .lock()
                .unwrap()
                .insert(call.event_id.clone(), (change.fate.clone(), change.form));
        }
    };
    match &change.edit {
        Edit::Update(members) => call(Action::UpdateUserPoolDomain, pool, Some(members)),
        Edit::Delete => call(Action::DeleteUserPoolDomain, pool, None),
        Edit::Create { pool, members } => {
            call(Action::CreateUserPoolDomain, pool_id(world, *pool), Some(members));
        }
        Edit::Transfer { pool: to, members } => {
            call(Action::DeleteUserPoolDomain, pool, None);
            call(Action::CreateUserPoolDomain, pool_id(world, *to), Some(members));
        }
    }
}

/// Writes into the request what the members say of `current`.
fn say(request: &mut Value, spec: &DomainSpec, members: &Members, current: Option<&Domain>) {
    let login = match members.login {
        Member::Keep => current.and_then(|domain| domain.managed_login_version),
        Member::Omit => None,
        Member::Set(version) => Some(version),
    };
    if let Some(version) = login {
        request["ManagedLoginVersion"] = json!(version);
    }
    if !spec.is_custom() {
        return;
    }
    let custom = current.and_then(|domain| match &domain.hosting {
        Hosting::Custom(custom) => Some(custom),
        Hosting::Prefix => None,
    });
    let arn = match members.certificate {
        Member::Set(number) => certificate(number),
        Member::Keep | Member::Omit => custom
            .and_then(|custom| custom.certificate_arn.clone())
            .unwrap_or_else(|| certificate(0)),
    };
    let policy = match members.policy {
        Member::Keep => {
            custom.and_then(|custom| custom.security_policy.as_sent()).map(str::to_owned)
        }
        Member::Omit => None,
        Member::Set(policy) => Some(policy.to_owned()),
    };
    request["CustomDomainConfig"] = json!({"CertificateArn": arn});
    if let Some(policy) = policy {
        request["CustomDomainConfig"]["SecurityPolicy"] = json!(policy);
    }
    let failover = match members.failover {
        Member::Keep => custom.and_then(|custom| custom.failover.clone()).map(Some),
        Member::Omit => None,
        Member::Set(number) => Some(number.map(failover)),
    };
    match failover {
        None => {}
        Some(None) => request["Routing"] = json!({}),
        Some(Some(failover)) => {
            request["Routing"]["Failover"] = json!({
                "SecondaryRegion": failover.secondary_region,
                "PrimaryRoute53HealthCheckId": failover.primary_route53_health_check_id,
            });
        }
    }
}

fn caller(world: &World, actor: Actor) -> Caller {
    let account = world.account();
    match actor {
        Actor::Console => Caller::sso(account, "PlatformAdmin", "jane@example.com").in_console(),
        Actor::Terraform => Caller::iam_user(account, "deploy")
            .with_user_agent("APN/1.0 HashiCorp/1.0 Terraform/1.9.0"),
        Actor::Imposter => Caller::iam_user(account, "mallory")
            .with_user_agent("aws-sdk-rust/1.3.0 app/cdg.0f1e2d3c-4b5a-4697-8889-7a6b5c4d3e2f"),
        Actor::OtherFunction => Caller::lambda(
            &deployment_identity(world).role_arn,
            &format!("arn:aws:lambda:{}:{account}:function:another", world.region()),
        )
        .with_user_agent("Boto3/1.40.0"),
        Actor::Admin => {
            let home = &WorldSettings::default().account;
            let role = if account == home {
                deployment_identity(world).role_arn
            } else {
                world.place().member_role_arn()
            };
            Caller::session(&role, "admin", "ASIAADMIN", world.now())
                .with_user_agent("aws-cli/2.31.0 app/cdg.0f1e2d3c-4b5a-4697-8889-7a6b5c4d3e2f")
        }
    }
}
