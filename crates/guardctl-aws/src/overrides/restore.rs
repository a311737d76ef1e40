//! The update that puts back what the guard had reverted: the whole domain as it is now, with the values of
//! before laid over it. A domain that Cognito is busy with is waited for.

use std::error::Error;
use std::fmt::Write as _;

use cognito_domain_guard::call::Failure;
use cognito_domain_guard::domain::{
    Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::plan::{AttributeValue, CustomUpdate, RoutingUpdate, UpdateRequest};
use guardctl::arguments::Access;
use guardctl::interrupt::Interrupt;
use guardctl::outln;
use serde_json::{Value, json};

use super::incident::Reverted;
use crate::live::{Live, Progress, connect};
use crate::sending::{LOOK_EVERY, WAIT_AT_MOST, send};
use crate::shell::quoted;
use crate::unread::explain;

/// A domain that is to be as it was.
pub struct Restore {
    live: Live,
    /// As it was when it was shown.
    shown: Domain,
    reverted: Reverted,
}

/// How a restoring ended.
pub enum Restored {
    Done,
    /// Somebody pressed Ctrl-C before the update was sent.
    NotSent,
}

impl Restore {
    /// Looks at the domain, with the credentials of that profile.
    pub async fn prepare(
        reverted: Reverted,
        profile: Option<&str>,
    ) -> Result<Self, Box<dyn Error>> {
        let Reverted { domain, account, region, values: _ } = &reverted;
        let access = Access { region: vec![region.clone()], profile: profile.map(str::to_owned) };
        let live = connect(&access).await?.into_iter().next().ok_or("no region")?;
        if live.place.account != *account {
            return Err(format!(
                "{domain} is in the account {account}, and these credentials are of {}: pass --domain-profile \
                 with a profile of its account. To allow the drift without restoring it, use guardctl allow",
                live.place.account
            )
            .into());
        }
        let shown = described(&live, domain).await?;
        laid_over(&shown, &reverted)?;
        Ok(Self { live, shown, reverted })
    }

    pub fn domain(&self) -> &str {
        &self.shown.name
    }

    /// Whether there is something to send.
    pub fn is_due(&self) -> bool {
        // While Cognito is busy it may show the value of before, and the guard's own is on its way.
        self.shown.status != Status::Active
            || laid_over(&self.shown, &self.reverted).is_ok_and(|laid| laid != self.shown)
    }

    /// What the update sets, for whoever is asked.
    pub fn text(&self) -> String {
        let Domain { name, status, .. } = &self.shown;
        let mut out = format!("{name} ({status}): ");
        if !self.is_due() {
            out.push_str("is as it was before the revert; no update is sent\n");
            return out;
        }
        out.push_str("the update sets it as it was before the revert\n");
        for (attribute, value) in &self.reverted.values {
            let now = shown_value(&self.shown, *attribute);
            let _ = writeln!(out, "  {:<22} {now} -> {value}", attribute.as_str());
        }
        if *status != Status::Active {
            out.push_str("  Cognito is busy with it: the update is sent when that is over\n");
        }
        out
    }

    /// Sends the update as soon as Cognito takes it.
    pub async fn send(
        &self,
        wait: bool,
        interrupt: &Interrupt,
    ) -> Result<Restored, Box<dyn Error>> {
        let name = self.domain();
        let attributes: Vec<Attribute> = self.reverted.values.keys().copied().collect();
        let began = tokio::time::Instant::now();
        loop {
            let Some(ready) = interrupt.or(active(&self.live, name, began)).await else {
                return Ok(Restored::NotSent);
            };
            let fresh = ready?;
            let desired = laid_over(&fresh, &self.reverted)?;
            if desired == fresh {
                outln!("{name}: is as it was before the revert");
                return Ok(Restored::Done);
            }
            let request = UpdateRequest::complete(&fresh, &desired).ok_or(
                "Cognito did not say which certificate the domain has, so no update can be sent",
            )?;
            match send(&self.live, &request, attributes.clone(), interrupt).await {
                Ok(()) => break,
                // Somebody was quicker: look again.
                Err(error) if error.failure == Failure::Busy && began.elapsed() < WAIT_AT_MOST => {
                    if interrupt.or(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
                        return Ok(Restored::NotSent);
                    }
                }
                Err(error) if error.failure == Failure::Denied => {
                    return Err(format!(
                        "{}\nor have whoever may change it run:\n{}",
                        explain(name, &error),
                        command(&request, &self.live.place.region)
                    )
                    .into());
                }
                Err(error) => return Err(explain(name, &error).into()),
            }
        }
        if !wait {
            outln!("{name}: accepted; Cognito takes up to five minutes, an hour for a certificate");
            return Ok(Restored::Done);
        }
        outln!("{name}: accepted");
        match interrupt.or(active(&self.live, name, tokio::time::Instant::now())).await {
            Some(now) => {
                let now = now?;
                if laid_over(&now, &self.reverted)? != now {
                    return Err(
                        "ACTIVE, and not as it was: Cognito ignored a part of it, or somebody \
                                changed it again"
                            .into(),
                    );
                }
                outln!("{name}: as it was before the revert, and in effect");
            }
            None => outln!("{name}: not waited for; it goes on at Cognito"),
        }
        Ok(Restored::Done)
    }
}

async fn described(live: &Live, name: &str) -> Result<Domain, Box<dyn Error>> {
    let described = live.cognito.describe(name).await.map_err(|error| explain(name, &error))?;
    described.ok_or_else(|| {
        let place = &live.place;
        format!("there is no domain {name} in {} {}", place.account, place.region).into()
    })
}

/// The domain once Cognito is done with it.
async fn active(
    live: &Live,
    name: &str,
    began: tokio::time::Instant,
) -> Result<Domain, Box<dyn Error>> {
    let progress = Progress::new();
    loop {
        let domain = described(live, name).await?;
        match domain.status {
            Status::Active | Status::Failed => {
                progress.done();
                return Ok(domain);
            }
            Status::Creating | Status::Updating | Status::Deleting | Status::Unknown(_) => {}
        }
        let waited = began.elapsed();
        if waited > WAIT_AT_MOST {
            progress.done();
            return Err("still not ACTIVE after an hour: look at it in the console".into());
        }
        progress.say(&format!("{name}: {} for {} s", domain.status, waited.as_secs()));
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The domain with what was reverted laid over it.
fn laid_over(observed: &Domain, reverted: &Reverted) -> Result<Domain, String> {
    let mut domain = observed.clone();
    for (attribute, value) in &reverted.values {
        let wrong = || format!("{} cannot be {attribute} {value}", observed.name);
        if *attribute == Attribute::ManagedLoginVersion {
            domain.managed_login_version = Some(match value {
                AttributeValue::Version(version) => *version,
                // Cognito serves version 1 where none was ever set.
                AttributeValue::None => 1,
                AttributeValue::Text(_) | AttributeValue::Failover(_) => return Err(wrong()),
            });
            continue;
        }
        let Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) =
            &mut domain.hosting
        else {
            return Err(format!("{} is a prefix domain, which has no {attribute}", observed.name));
        };
        match (attribute, value) {
            (Attribute::SecurityPolicy, AttributeValue::Text(name)) => {
                *security_policy = ObservedPolicy::from_name(name);
            }
            // None was reported: this is what was in effect, and none cannot be sent.
            (Attribute::SecurityPolicy, AttributeValue::None) => {
                *security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1);
            }
            (Attribute::Routing, AttributeValue::Failover(before)) => {
                *failover = Some(before.clone())
            }
            (Attribute::Routing, AttributeValue::None) => *failover = None,
            (Attribute::CertificateArn, AttributeValue::Text(arn)) => {
                *certificate_arn = Some(arn.clone());
            }
            (
                Attribute::SecurityPolicy
                | Attribute::Routing
                | Attribute::ManagedLoginVersion
                | Attribute::CertificateArn,
                AttributeValue::Text(_)
                | AttributeValue::Version(_)
                | AttributeValue::Failover(_)
                | AttributeValue::None,
            ) => return Err(wrong()),
        }
    }
    Ok(domain)
}

fn shown_value(domain: &Domain, attribute: Attribute) -> AttributeValue {
    let custom = match &domain.hosting {
        Hosting::Custom(custom) => Some(custom),
        Hosting::Prefix => None,
    };
    let value = match attribute {
        Attribute::ManagedLoginVersion => Some((&domain.managed_login_version).into()),
        Attribute::SecurityPolicy => custom.map(|custom| (&custom.security_policy).into()),
        Attribute::Routing => custom.map(|custom| (&custom.failover).into()),
        Attribute::CertificateArn => custom.map(|custom| (&custom.certificate_arn).into()),
    };
    value.unwrap_or(AttributeValue::None)
}

/// The same update as a command of the AWS CLI, with every member.
fn command(request: &UpdateRequest, region: &str) -> String {
    let UpdateRequest { domain, user_pool_id, managed_login_version, custom } = request;
    let mut input = json!({ "Domain": domain, "UserPoolId": user_pool_id });
    let mut add = |name: &str, value: Value| {
        if let Some(members) = input.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if let Some(version) = managed_login_version {
        add("ManagedLoginVersion", json!(version));
    }
    if let Some(CustomUpdate { certificate_arn, security_policy, routing }) = custom {
        let mut config = json!({ "CertificateArn": certificate_arn });
        if let (Some(policy), Some(members)) = (security_policy, config.as_object_mut()) {
            members.insert("SecurityPolicy".to_owned(), json!(policy));
        }
        add("CustomDomainConfig", config);
        match routing {
            RoutingUpdate::Omitted => {}
            RoutingUpdate::Remove => add("Routing", json!({})),
            RoutingUpdate::Failover(Failover {
                secondary_region,
                primary_route53_health_check_id,
            }) => {
                add(
                    "Routing",
                    json!({ "Failover": {
                        "SecondaryRegion": secondary_region,
                        "PrimaryRoute53HealthCheckId": primary_route53_health_check_id,
                    } }),
                );
            }
        }
    }
    format!(
        "aws cognito-idp update-user-pool-domain --region {region} --cli-input-json {}",
        quoted(&input.to_string())
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn domain() -> Domain {
        Domain {
            name: "pos.example.com".to_owned(),
            user_pool_id: "eu-central-1_Ab12Cd34E".to_owned(),
            account: None,
            status: Status::Active,
            hosting: Hosting::Custom(CustomDomain {
                certificate_arn: Some(
                    "arn:aws:acm:us-east-1:111122223333:certificate/1".to_owned(),
                ),
                security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025),
                failover: Some(failover("us-west-2")),
            }),
            managed_login_version: Some(2),
        }
    }

    fn failover(region: &str) -> Failover {
        Failover {
            secondary_region: region.to_owned(),
            primary_route53_health_check_id: "0a1b2c3d".to_owned(),
        }
    }

    fn reverted(values: &[(Attribute, AttributeValue)]) -> Reverted {
        Reverted {
            domain: "pos.example.com".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            values: values.iter().cloned().collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn nothing_but_what_was_reverted_changes() {
        let values =
            [(Attribute::SecurityPolicy, AttributeValue::Text("TLS_V1_2_2021".to_owned()))];
        let laid = laid_over(&domain(), &reverted(&values)).unwrap();
        let mut expected = domain();
        let Hosting::Custom(custom) = &mut expected.hosting else { panic!() };
        custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021);
        assert_eq!(laid, expected);
    }

    #[test]
    fn what_was_not_there_is_taken_away_or_what_was_in_effect_without_it() {
        let none = |attribute| (attribute, AttributeValue::None);
        let values =
            [Attribute::Routing, Attribute::ManagedLoginVersion, Attribute::SecurityPolicy]
                .map(none);
        let laid = laid_over(&domain(), &reverted(&values)).unwrap();
        let Hosting::Custom(custom) = &laid.hosting else { panic!() };
        assert_eq!(custom.failover, None);
        assert_eq!(custom.security_policy, ObservedPolicy::Known(SecurityPolicy::TlsV1));
        assert_eq!(laid.managed_login_version, Some(1));
        assert!(laid_over(&domain(), &reverted(&[none(Attribute::CertificateArn)])).is_err());
    }

    #[test]
    fn a_prefix_domain_has_a_login_version_and_nothing_else() {
        let prefix = Domain { hosting: Hosting::Prefix, ..domain() };
        let login = [(Attribute::ManagedLoginVersion, AttributeValue::Version(1))];
        assert!(laid_over(&prefix, &reverted(&login)).is_ok());
        let error = laid_over(&prefix, &reverted(&[(Attribute::Routing, AttributeValue::None)]));
        assert_eq!(error.unwrap_err(), "pos.example.com is a prefix domain, which has no routing");
    }

    #[test]
    fn the_command_for_somebody_else_has_every_member() {
        let values = [(Attribute::Routing, AttributeValue::Failover(failover("eu-west-1")))];
        let laid = laid_over(&domain(), &reverted(&values)).unwrap();
        let request = UpdateRequest::complete(&domain(), &laid).unwrap();
        let command = command(&request, "eu-central-1");
        let (begin, input) = command.split_once(" --cli-input-json ").unwrap();
        assert_eq!(begin, "aws cognito-idp update-user-pool-domain --region eu-central-1");
        let input: Value = serde_json::from_str(input.trim_matches('\'')).unwrap();
        assert_eq!(
            input,
            json!({
                "Domain": "pos.example.com",
                "UserPoolId": "eu-central-1_Ab12Cd34E",
                "ManagedLoginVersion": 2,
                "CustomDomainConfig": {
                    "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
                    "SecurityPolicy": "TLS_V1_3_2025",
                },
                "Routing": { "Failover": {
                    "SecondaryRegion": "eu-west-1",
                    "PrimaryRoute53HealthCheckId": "0a1b2c3d",
                } },
            })
        );
    }
}
