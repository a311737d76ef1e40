//! Two guards with the same baseline on one domain, as in the move from a local guard to a hub: they do not
//! fight, whichever of them is first, in every world that Cognito might be.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{CustomDomain, Domain, Hosting, ObservedPolicy};
use cognito_domain_guard::reach::Organization;
use cognito_domain_guard::reconcile;
use cognito_domain_guard_sandbox::{
    Action, Caller, EmptyRouting, FunctionError, Handler, Invocation, Invoked, Platform,
    PlatformSettings, Variant, World, WorldSettings, at_baseline, deploy, deployment_identity, hub,
    member_role, topic_arn,
};
use serde_json::{Value, json};

use crate::check::record;

const HUB: &str = "111122223333";
const MEMBER: &str = "222222222222";
const REGION: &str = "eu-central-1";
const NAME: &str = "login.example.com";
const POOL: &str = "eu-central-1_EXAMPLE01";
const CERTIFICATE: &str = "arn:aws:acm:us-east-1:222222222222:certificate/1b2c";
const KEY: &str = "ASIAHUBGUARD";
const BASELINE: &str = "version: 1
mode: enforce
domains:
  - domain: login.example.com
    security_policy: { at_least: TLS_V1_2_2021 }
    managed_login_version: 1
    routing: none
";
/// What happens within this time happens to both at once.
const AT_ONCE: Duration = Duration::from_secs(1);
/// More looks than two guards need that do not answer each other for ever.
const MOST_LOOKS: usize = 400;

/// How an event reaches the two.
#[derive(Clone, Copy, Debug)]
enum Order {
    LocalFirst,
    HubFirst,
    /// Their invocations overlap.
    Together,
}

/// A guard in an account, and the hub of its organization.
struct Two {
    member: World,
    local: Platform<Handler>,
    hub: Platform<Handler>,
    order: Order,
    /// What CloudTrail has recorded and EventBridge has not delivered.
    events: Rc<RefCell<Vec<Value>>>,
}

impl Two {
    fn new(variant: Variant, order: Order) -> Self {
        let topics = vec![topic_arn(HUB, REGION), topic_arn(MEMBER, REGION)];
        let home = World::new(WorldSettings { topics, variant, ..WorldSettings::default() });
        let member = home.at(MEMBER, REGION);
        member.put_role(member_role(&member, &deployment_identity(&home).role_arn));
        let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
        let domain = at_baseline(NAME, POOL, &member, &baseline);
        let hosting = Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: ObservedPolicy::from_name("TLS_V1_2_2021"),
            failover: None,
        });
        member.put_domain(Domain { hosting, managed_login_version: Some(1), ..domain });
        let (mut local, _) = deploy(&member, baseline.clone());
        let events = Rc::<RefCell<Vec<Value>>>::default();
        let recorded = Rc::clone(&events);
        local.on_event(move |event| {
            recorded.borrow_mut().push(event.clone());
            Vec::new()
        });
        let hub = deploy_hub(&home, baseline);
        Self { member, local, hub, order, events }
    }

    /// Hands each event to both.
    fn deliver(&mut self) {
        let (local, hub) = match self.order {
            Order::LocalFirst => (2, 12),
            Order::HubFirst => (12, 2),
            Order::Together => (2, 2),
        };
        let recorded = std::mem::take(&mut *self.events.borrow_mut());
        for event in recorded.into_iter().chain(self.member.take_events()) {
            self.local.deliver_after(Duration::from_secs(local), event.clone());
            self.hub.deliver_after(Duration::from_secs(hub), event);
        }
    }

    /// Lets both work until nothing is left to do. `false` if there is no end to it.
    async fn rest(&mut self) -> bool {
        loop {
            self.deliver();
            if self.local.invocations().len() + self.hub.invocations().len() > MOST_LOOKS {
                return false;
            }
            match (self.local.next_due(), self.hub.next_due()) {
                (None, None) => {
                    let Some(at) = self.member.next_settlement() else { return true };
                    let wait = at - self.member.now();
                    self.member.advance(wait.try_into().unwrap_or_default());
                }
                (Some(one), Some(other)) if (one - other).unsigned_abs() < AT_ONCE => {
                    tokio::join!(self.local.step(), self.hub.step());
                }
                (Some(one), other) if other.is_none_or(|other| one < other) => {
                    self.local.step().await;
                }
                (Some(_) | None, _) => {
                    self.hub.step().await;
                }
            }
        }
    }

    /// Updates that Cognito accepted, of the local guard and of the hub.
    fn updates(&self) -> [usize; 2] {
        let local = deployment_identity(&self.member).role_arn;
        [local, self.member.place().member_role_arn()].map(|role| {
            let calls = self.member.calls().into_iter();
            calls
                .filter(|call| {
                    call.action == Action::UpdateUserPoolDomain
                        && call.outcome.is_ok()
                        && call.caller.principal() == role
                })
                .count()
        })
    }
}

/// The hub, with nothing but its guard function.
fn deploy_hub(home: &World, baseline: Baseline) -> Platform<Handler> {
    let identity = deployment_identity(home);
    let function_arn = identity.function_arns[0].clone();
    home.register_caller(KEY, Caller::lambda(&identity.role_arn, &function_arn));
    let organization = Organization { id: "o-exampleorgid".to_owned(), ..Organization::default() };
    let guard = Rc::new(hub(home, baseline, organization, KEY));
    let world = home.clone();
    let handler = move |payload: Value, invocation: Invocation| -> Invoked {
        let (guard, world) = (Rc::clone(&guard), world.clone());
        Box::pin(async move {
            let invocation = reconcile::Invocation {
                request_id: invocation.request_id,
                trace_id: None,
                deadline: Some(world.now() + Duration::from_secs(55)),
            };
            let answer = guard.answer(&payload, &invocation).await;
            answer.result.map_err(|unsettled| {
                FunctionError::new(unsettled.error_type.as_str(), unsettled.message)
            })
        })
    };
    let settings = PlatformSettings { function_arn, ..PlatformSettings::default() };
    Platform::with_settings(home, settings, Box::new(handler))
}

/// What somebody changes: of what the baseline declares, one thing or all of it.
fn changes() -> [(&'static str, Value); 3] {
    let failover = json!({ "Failover": {
        "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "0a1b2c3d",
    } });
    let change = |policy: &str, login: u8| {
        json!({ "Domain": NAME, "UserPoolId": POOL, "ManagedLoginVersion": login,
            "CustomDomainConfig": { "CertificateArn": CERTIFICATE, "SecurityPolicy": policy } })
    };
    let with_failover = |mut change: Value| {
        change["Routing"] = failover.clone();
        change
    };
    [
        ("the policy", change("TLS_V1", 1)),
        ("a failover", with_failover(change("TLS_V1_2_2021", 1))),
        ("everything", with_failover(change("TLS_V1_3_2025", 2))),
    ]
}

#[tokio::test(start_paused = true)]
async fn one_change_leads_to_at_most_one_update_of_each_of_two_guards_and_they_come_to_rest() {
    for variant in Variant::all() {
        for order in [Order::LocalFirst, Order::HubFirst, Order::Together] {
            for (what, request) in changes() {
                let mut two = Two::new(variant, order);
                let jane = Caller::iam_user(MEMBER, "jane");
                two.member.call_as(&jane, Action::UpdateUserPoolDomain, request).unwrap();
                let rests = two.rest().await;
                let [local, hub] = two.updates();
                let case = format!("{what}, {order:?}, {variant}: {local} and {hub} updates");
                assert!(rests, "they fight: {case}");
                assert!(local <= 1 && hub <= 1 && local + hub > 0, "{case}");
                let Hosting::Custom(custom) = two.member.domain(NAME).unwrap().hosting else {
                    panic!("a prefix domain")
                };
                let is_kept = variant.empty_routing == EmptyRouting::Keeps && what != "the policy";
                assert_eq!(custom.failover.is_some(), is_kept, "{case}");
                assert_ne!(custom.security_policy, ObservedPolicy::from_name("TLS_V1"), "{case}");
                if is_kept {
                    let kinds: Vec<Value> = two
                        .member
                        .published()
                        .iter()
                        .map(|notice| record(notice)["kind"].clone())
                        .collect();
                    assert!(kinds.contains(&json!("not_restored")), "{case}: {kinds:?}");
                }
            }
        }
    }
}
