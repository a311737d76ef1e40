//! The hub of an organization: each place behind the wire is a world of its own, and STS stands between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use cognito_domain_guard::clients::connect_through;
use cognito_domain_guard::domain::{CustomDomain, Domain, Hosting, ObservedPolicy, Status};
use cognito_domain_guard::reconcile::{Answer, Guard, Invocation, NoticeLog};
use cognito_domain_guard::settings::Settings;
use cognito_domain_guard_sandbox::{Action, Caller, World, WorldSettings, topic_arn};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::check::{event, example_baseline, record};

const HUB: &str = "111122223333";
const HOME: &str = "eu-central-1";
const MEMBER: &str = "444455556666";
const ABROAD: &str = "eu-west-1";
const OWN_KEY: &str = "ASIAHUB";
const DOMAIN: &str = "auth.example.com";
/// What STS answers in place of a session.
const DENIED: (u16, &str) = (403, "AccessDenied");
const THROTTLED: (u16, &str) = (400, "Throttling");

/// What is behind the wire.
#[derive(Clone, Debug)]
struct Wire {
    worlds: Arc<BTreeMap<(String, String), World>>,
    sts: Arc<Mutex<Sts>>,
}

#[derive(Debug, Default)]
struct Sts {
    /// Each session that was given: its key, and whose.
    given: Vec<(String, String)>,
    /// Each request, as it was asked.
    asked: Vec<String>,
    /// What is answered in place of a session.
    refusal: Option<(u16, &'static str)>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = request.uri().split('/').nth(2).unwrap().to_owned();
        let credential = request.headers().get("authorization").unwrap();
        let credential = credential.split("Credential=").nth(1).unwrap();
        let [key, _, region] = credential.splitn(4, '/').take(3).collect::<Vec<_>>()[..] else {
            panic!("{credential}");
        };
        assert!(host.contains(&format!(".{region}.")), "{host} is not signed for {region}");
        if host.starts_with("sts.") {
            assert_eq!((host.as_str(), key), ("sts.eu-central-1.amazonaws.com", OWN_KEY));
            let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap().to_owned();
            return HttpConnectorFuture::ready(Ok(self.assume(&body)));
        }
        let account = match key {
            OWN_KEY => HUB.to_owned(),
            _ => {
                let sts = self.sts.lock().unwrap();
                let (_, role) = sts.given.iter().find(|(given, _)| given == key).unwrap();
                assert!(role.ends_with(&format!("-member-{region}")), "{role} called in {region}");
                role.split(':').nth(4).unwrap().to_owned()
            }
        };
        let world = &self.worlds[&(account, region.to_owned())];
        let components = RuntimeComponentsBuilder::for_tests().build().unwrap();
        let settings = HttpConnectorSettings::builder().build();
        world.http_client().http_connector(&settings, &components).call(request)
    }
}

impl Wire {
    fn assume(&self, body: &str) -> HttpResponse {
        let mut sts = self.sts.lock().unwrap();
        sts.asked.push(body.to_owned());
        let respond = |status: u16, body: String| {
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
        };
        if let Some((status, code)) = sts.refusal {
            return respond(
                status,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>not now</Message>\
                     </Error><RequestId>1</RequestId></ErrorResponse>"
                ),
            );
        }
        let role = body.split("RoleArn=").nth(1).unwrap().split('&').next().unwrap();
        let role = role.replace("%3A", ":").replace("%2F", "/");
        let key = format!("ASIAMEMBER{}", sts.given.len());
        let now = self.worlds[&(HUB.to_owned(), HOME.to_owned())].now();
        let ends = (now + time::Duration::minutes(15)).format(&Rfc3339).unwrap();
        let (account, region) =
            (role.split(':').nth(4).unwrap(), role.rsplit("-member-").next().unwrap());
        let world = &self.worlds[&(account.to_owned(), region.to_owned())];
        world.register_caller(&key, session(&role));
        sts.given.push((key.clone(), role));
        respond(
            200,
            format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
                 <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>{ends}</Expiration></Credentials>\
                 </AssumeRoleResult></AssumeRoleResponse>"
            ),
        )
    }
}

/// Whoever has assumed that role, as a member's trail names them: without `inScopeOf`.
fn session(role: &str) -> Caller {
    let (account, name) = (role.split(':').nth(4).unwrap(), role.rsplit('/').next().unwrap());
    Caller::new(json!({
        "type": "AssumedRole",
        "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/cognito-domain-guard-GuardFunction"),
        "accountId": account,
        "sessionContext": { "sessionIssuer": { "type": "Role", "arn": role, "accountId": account } },
    }))
}

struct Hub {
    guard: Guard,
    wire: Wire,
}

impl Hub {
    fn new() -> Self {
        let places = [(HUB, HOME), (HUB, ABROAD), (MEMBER, HOME), (MEMBER, ABROAD)];
        let worlds = places.map(|(account, region)| {
            let world = World::new(WorldSettings {
                account: account.to_owned(),
                region: region.to_owned(),
                topics: vec![topic_arn(account, region)],
                ..WorldSettings::default()
            });
            ((account.to_owned(), region.to_owned()), world)
        });
        let wire = Wire { worlds: Arc::new(worlds.into()), sts: Arc::default() };
        let home = wire.worlds[&(HUB.to_owned(), HOME.to_owned())].clone();
        let settings = Settings::read(|name| {
            Some(match name {
                "AWS_REGION" => HOME.to_owned(),
                "NOTICE_TOPIC_ARN" => topic_arn(HUB, HOME),
                "GUARD_ROLE_ARN" => format!("arn:aws:iam::{HUB}:role/cognito-domain-guard-hub"),
                "AWS_LAMBDA_FUNCTION_NAME" => "cognito-domain-guard-GuardFunction".to_owned(),
                "AWS_ACCESS_KEY_ID" => OWN_KEY.to_owned(),
                "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => "secret".to_owned(),
                "OVERRIDES_PATH" => {
                    "/cognito-domain-guard/cognito-domain-guard/overrides".to_owned()
                }
                "ORGANIZATION_ID" => "o-a1b2c3d4e5".to_owned(),
                "ORGANIZATION_REGIONS" => ABROAD.to_owned(),
                _ => return None,
            })
        })
        .unwrap();
        let organization = settings.reach.organization.as_ref().unwrap();
        assert_eq!(organization.regions, [ABROAD.to_owned()].into());
        let http = {
            let wire = wire.clone();
            http_client_fn(move |_, _| SharedHttpConnector::new(wire.clone()))
        };
        let clients = connect_through(&settings, http);
        let log = NoticeLog::new(|_, _| {});
        let guard = Guard::new(example_baseline(), settings, clients, log, home.time_source());
        Self { guard, wire }
    }

    fn world(&self, account: &str, region: &str) -> &World {
        &self.wire.worlds[&(account.to_owned(), region.to_owned())]
    }

    async fn answer(&self, event: &Value) -> Answer {
        let invocation = Invocation { request_id: "r".into(), trace_id: None, deadline: None };
        self.guard.answer(event, &invocation).await
    }

    fn notices(&self) -> Vec<Value> {
        self.world(HUB, HOME).published().iter().map(record).collect()
    }

    fn sessions(&self) -> Vec<String> {
        self.wire.sts.lock().unwrap().given.iter().map(|(_, role)| role.clone()).collect()
    }

    fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        self.wire.sts.lock().unwrap().refusal = refusal;
    }

    /// Every call to Cognito in the places but that one.
    fn calls_elsewhere(&self, account: &str, region: &str) -> usize {
        let others = self
            .wire
            .worlds
            .iter()
            .filter(|((a, r), _)| (a.as_str(), r.as_str()) != (account, region));
        others
            .flat_map(|(_, world)| world.calls())
            .filter(|call| !matches!(call.action, Action::Publish | Action::GetParametersByPath))
            .count()
    }
}

/// Somebody weakens the domain in that place; the event of it, as EventBridge takes it from there.
fn weakened(hub: &Hub, account: &str, region: &str) -> Value {
    let text = event("update-weakens-tls.json").to_string();
    let event = text.replace(HUB, account).replace("eu-central-1", region);
    let event: Value = serde_json::from_str(&event).unwrap();
    let world = hub.world(account, region);
    let parameters = &event["detail"]["requestParameters"];
    world.put_domain(Domain {
        name: DOMAIN.to_owned(),
        user_pool_id: parameters["userPoolId"].as_str().unwrap().to_owned(),
        account: Some(account.to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: parameters["customDomainConfig"]["certificateArn"]
                .as_str()
                .map(str::to_owned),
            security_policy: ObservedPolicy::from_name("TLS_V1"),
            failover: None,
        }),
        managed_login_version: Some(1),
    });
    event
}

fn policy(world: &World) -> String {
    match world.domain(DOMAIN).unwrap().hosting {
        Hosting::Custom(custom) => custom.security_policy.as_sent().unwrap().to_owned(),
        Hosting::Prefix => panic!("a prefix domain"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_answered_in_its_own_place_and_its_notice_names_it() {
    for (account, region) in [(HUB, HOME), (HUB, ABROAD), (MEMBER, HOME), (MEMBER, ABROAD)] {
        let hub = Hub::new();
        let event = weakened(&hub, account, region);
        let answer = hub.answer(&event).await;
        assert_eq!(
            answer.reports[0].outcomes[0].outcome.as_str(),
            "reverted",
            "{account} {region}"
        );
        assert_ne!(policy(hub.world(account, region)), "TLS_V1");
        assert_eq!(hub.calls_elsewhere(account, region), 0);
        let role = format!("arn:aws:iam::{account}:role/cognito-domain-guard-member-{region}");
        let expected = if account == MEMBER { vec![role] } else { Vec::new() };
        assert_eq!(hub.sessions(), expected);
        for notice in hub.notices() {
            assert_eq!((&notice["account"], &notice["region"]), (&json!(account), &json!(region)));
            let link = notice["links"]["cognito_console"].as_str().unwrap();
            assert!(link.starts_with(&format!("https://{region}.console")), "{link}");
        }
        assert!(!hub.notices().is_empty());
    }
}

/// Notes whom it is asked for, and denies everything.
#[derive(Clone, Debug, Default)]
struct Denying(Arc<Mutex<Vec<String>>>);

impl HttpConnector for Denying {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = request.uri().split('/').nth(2).unwrap().to_owned();
        let signed = request.headers().get("authorization").unwrap();
        let signed = signed.split('/').nth(2).unwrap().to_owned();
        self.0.lock().unwrap().push(format!("{host} {signed}"));
        let (status, body) =
            (StatusCode::try_from(403).unwrap(), SdkBody::from("<ErrorResponse/>"));
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, body)))
    }
}

/// Sessions of the global endpoint, sts.amazonaws.com, are not good in every region, and it is in one of them.
#[tokio::test(start_paused = true)]
async fn sessions_are_asked_of_sts_in_the_hubs_own_region() {
    for (region, host) in [
        (HOME, "sts.eu-central-1.amazonaws.com"),
        ("us-east-1", "sts.us-east-1.amazonaws.com"),
        ("us-west-2", "sts.us-west-2.amazonaws.com"),
        ("ap-southeast-4", "sts.ap-southeast-4.amazonaws.com"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ] {
        let settings = Settings::read(|name| {
            Some(match name {
                "AWS_REGION" => region.to_owned(),
                "NOTICE_TOPIC_ARN" => topic_arn(HUB, region),
                "GUARD_ROLE_ARN" => format!("arn:aws:iam::{HUB}:role/cognito-domain-guard-hub"),
                "AWS_LAMBDA_FUNCTION_NAME" => "guard".to_owned(),
                "AWS_ACCESS_KEY_ID" => OWN_KEY.to_owned(),
                "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => "secret".to_owned(),
                _ => return None,
            })
        });
        let wire = Denying::default();
        let http = {
            let wire = wire.clone();
            http_client_fn(move |_, _| SharedHttpConnector::new(wire.clone()))
        };
        let sts = connect_through(&settings.unwrap(), http).connections.sts();
        sts.assume_role("arn:aws:iam::444455556666:role/a", "guard").await.unwrap_err();
        assert_eq!(*wire.0.lock().unwrap(), [format!("{host} {region}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_kept_for_its_place_and_made_anew_before_it_ends() {
    let hub = Hub::new();
    let (abroad, home) = (weakened(&hub, MEMBER, ABROAD), weakened(&hub, MEMBER, HOME));
    for event in [&abroad, &abroad, &home, &abroad, &home] {
        hub.answer(event).await;
    }
    assert_eq!(hub.sessions().len(), 2, "one for each place");
    let asked = hub.wire.sts.lock().unwrap().asked[0].clone();
    assert!(asked.contains("DurationSeconds=900"), "{asked}");
    assert!(asked.contains("RoleSessionName=cognito-domain-guard-GuardFunction"), "{asked}");
    for world in hub.wire.worlds.values() {
        world.advance(std::time::Duration::from_secs(9 * 60));
    }
    hub.answer(&abroad).await;
    assert_eq!(hub.sessions().len(), 2, "six minutes are left");
    for world in hub.wire.worlds.values() {
        world.advance(std::time::Duration::from_secs(2 * 60));
    }
    hub.answer(&abroad).await;
    assert_eq!(hub.sessions().len(), 3, "four minutes are not enough");
}

#[tokio::test(start_paused = true)]
async fn a_place_whose_role_cannot_be_assumed_is_reported_once_and_does_not_come_back() {
    let hub = Hub::new();
    let event = weakened(&hub, MEMBER, ABROAD);
    hub.refuse(Some(DENIED));
    for _ in 0..3 {
        let answer = hub.answer(&event).await;
        assert!(answer.result.is_ok(), "{:?}", answer.result);
        assert_eq!(answer.reports[0].outcomes[0].outcome.as_str(), "not_covered");
    }
    let [notice] = hub.notices().try_into().unwrap();
    assert_eq!((&notice["kind"], &notice["severity"]), (&json!("not_covered"), &json!("critical")));
    assert_eq!((&notice["account"], &notice["region"]), (&json!(MEMBER), &json!(ABROAD)));
    let steps = notice["next_steps"].as_array().unwrap().iter();
    let [deploy, unit, look, ..] = *steps.map(|step| step.as_str().unwrap()).collect::<Vec<_>>()
    else {
        panic!("{notice}");
    };
    for (step, parts) in [
        (
            deploy,
            [
                "Deploy member.yaml in account 444455556666, region eu-west-1, from the hub:\naws ",
                " --region eu-central-1 --stack-set-name cognito-domain-guard-member ",
                ",Accounts=444455556666,AccountFilterType=INTERSECTION --regions eu-west-1",
            ],
        ),
        (unit, ["UNIT is ", "\naws organizations list-parents ", " --child-id 444455556666 "]),
        (
            look,
            [
                "\nguardctl doctor --organization",
                " --hub-region eu-central-1",
                " --account 444455556666 --region eu-west-1",
            ],
        ),
    ] {
        for part in parts {
            assert!(step.contains(part), "{part:?} is not in {step}");
        }
    }
    assert_eq!(hub.calls_elsewhere("", ""), 0);
    assert_eq!(policy(hub.world(MEMBER, ABROAD)), "TLS_V1");
    // Another place is no worse for it, and once the role is there the next change is answered.
    let own = weakened(&hub, HUB, ABROAD);
    assert_eq!(hub.answer(&own).await.reports[0].outcomes[0].outcome.as_str(), "reverted");
    hub.refuse(None);
    assert_eq!(hub.answer(&event).await.reports[0].outcomes[0].outcome.as_str(), "reverted");
}

#[tokio::test(start_paused = true)]
async fn throttling_of_sts_passes_so_the_event_comes_back() {
    let hub = Hub::new();
    let event = weakened(&hub, MEMBER, ABROAD);
    hub.refuse(Some(THROTTLED));
    let unsettled = hub.answer(&event).await.result.unwrap_err();
    assert_eq!(unsettled.error_type.as_str(), "Throttled", "{unsettled}");
    assert_eq!(hub.notices(), [] as [Value; 0]);
    hub.refuse(None);
    assert_eq!(hub.answer(&event).await.reports[0].outcomes[0].outcome.as_str(), "reverted");
}

#[tokio::test(start_paused = true)]
async fn in_a_member_the_hubs_own_update_is_verified_and_another_use_of_the_role_is_not_believed() {
    let hub = Hub::new();
    let change = weakened(&hub, MEMBER, ABROAD);
    hub.answer(&change).await;
    let world = hub.world(MEMBER, ABROAD);
    let role = "arn:aws:iam::444455556666:role/cognito-domain-guard-member-eu-west-1";
    let mut own = change.clone();
    own["detail"]["userIdentity"] = session(role).user_identity;
    let updates = || {
        let calls = world.calls();
        calls.iter().filter(|call| call.action == Action::UpdateUserPoolDomain).count()
    };
    assert_eq!(updates(), 1);
    own["detail"]["requestParameters"]["customDomainConfig"]["securityPolicy"] =
        json!(policy(world));
    own["detail"]["requestParameters"]["managedLoginVersion"] = json!(2);
    own["detail"]["requestParameters"].as_object_mut().unwrap().remove("routing");
    world.advance(std::time::Duration::from_secs(3600));
    hub.answer(&own).await;
    assert_eq!(updates(), 1, "the guard's own");
    let imposter = weakened(&hub, MEMBER, ABROAD);
    own["detail"]["eventID"] = json!("00000000-0000-4000-8000-00000000000b");
    own["detail"]["requestParameters"] = imposter["detail"]["requestParameters"].clone();
    own["detail"]["requestParameters"]["customDomainConfig"]["securityPolicy"] = json!("TLS_V1");
    let answer = hub.answer(&own).await;
    assert_eq!(answer.reports[0].outcomes[0].outcome.as_str(), "reverted");
    assert_eq!(updates(), 2);
    assert_eq!(hub.notices().last().unwrap()["severity"], "critical");
}
