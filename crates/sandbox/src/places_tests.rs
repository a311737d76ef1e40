//! A world of several accounts and regions, through the real SDK clients.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_sns as sns;
use aws_sdk_sts as sts;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};

use crate::tests::{CERTIFICATE, FUNCTION, NAME, TOPIC, refusal};
use crate::*;
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};

const HUB: &str = "111122223333";
const MEMBER: &str = "222222222222";
const OTHER: &str = "333333333333";
const HERE: &str = "eu-central-1";
const THERE: &str = "us-west-2";
const HUB_ROLE: &str = "arn:aws:iam::111122223333:role/cognito-domain-guard-hub-eu-central-1";
const HUB_KEY: &str = "AKIDHUB";

/// A hub, and a member with a domain in each of two regions, each with its role.
fn organization(elsewhere: Elsewhere) -> (World, [World; 2]) {
    let hub = World::new(WorldSettings { elsewhere, ..WorldSettings::default() });
    hub.register_caller(HUB_KEY, Caller::lambda(HUB_ROLE, FUNCTION));
    let members = [HERE, THERE].map(|region| {
        let member = hub.at(MEMBER, region);
        member.put_domain(domain(&member, &format!("{region}.example.com")));
        member.put_role(member_role(&member, HUB_ROLE));
        member
    });
    (hub, members)
}

fn domain(world: &World, name: &str) -> Domain {
    Domain {
        name: name.to_owned(),
        user_pool_id: format!("{}_POOL", world.region()),
        account: Some(world.account().to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021),
            failover: None,
        }),
        managed_login_version: Some(1),
    }
}

macro_rules! client {
    ($sdk:ident, $world:expr, $credentials:expr, $region:expr) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new($region.to_owned()))
            .credentials_provider($credentials)
            .http_client($world.http_client())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source($world.time_source())
            .retry_config(RetryConfig::disabled())
            .build();
        $sdk::Client::from_conf(config)
    }};
}

fn hubs() -> Credentials {
    Credentials::new(HUB_KEY, "secret", None, None, "test")
}

fn role_arn(world: &World) -> String {
    member_role(world, HUB_ROLE).arn
}

async fn assume(hub: &World, role_arn: &str) -> Result<Credentials, (String, String)> {
    let client = client!(sts, hub, hubs(), HERE);
    let asked = client.assume_role().role_arn(role_arn).role_session_name("cognito-domain-guard");
    let mut given = None;
    let answer = asked.duration_seconds(900).send().await.map(|output| given = output.credentials);
    refusal(answer)?;
    let given = given.unwrap();
    let (key, secret) = (given.access_key_id, given.secret_access_key);
    Ok(Credentials::new(key, secret, Some(given.session_token), None, "test"))
}

async fn describe(
    world: &World,
    credentials: &Credentials,
    region: &str,
    name: &str,
) -> Result<Option<String>, (String, String)> {
    let client = client!(cognito, world, credentials.clone(), region);
    let mut account = None;
    let answer = client.describe_user_pool_domain().domain(name).send().await.map(|output| {
        account = output.domain_description.and_then(|description| description.aws_account_id);
    });
    refusal(answer).map(|()| account)
}

async fn weaken(
    world: &World,
    credentials: &Credentials,
    region: &str,
) -> Result<(), (String, String)> {
    let client = client!(cognito, world, credentials.clone(), region);
    let custom = cognito::types::CustomDomainConfigType::builder()
        .certificate_arn(CERTIFICATE)
        .security_policy("TLS_V1".into())
        .build()
        .unwrap();
    let name = format!("{region}.example.com");
    let update = client.update_user_pool_domain().domain(name).custom_domain_config(custom);
    refusal(update.user_pool_id(format!("{region}_POOL")).send().await)
}

#[tokio::test(start_paused = true)]
async fn a_session_calls_in_the_account_of_its_role_and_the_trail_says_so() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&there)).await.unwrap();
    weaken(&hub, &session, THERE).await.unwrap();
    assert_eq!(hub.take_events(), [] as [Value; 0]);
    assert_eq!(here.take_events(), [] as [Value; 0]);
    let events = there.take_events();
    let [event] = events.as_slice() else { panic!("one event: {events:?}") };
    assert_eq!((&event["account"], &event["region"]), (&json!(MEMBER), &json!(THERE)));
    let record = &event["detail"];
    assert_eq!(record["recipientAccountId"], MEMBER);
    assert_eq!(record["awsRegion"], THERE);
    let identity = &record["userIdentity"];
    assert_eq!(
        identity["arn"],
        "arn:aws:sts::222222222222:assumed-role/cognito-domain-guard-member-us-west-2/cognito-domain-guard"
    );
    assert_eq!(identity["accountId"], MEMBER);
    assert_eq!(identity["accessKeyId"], session.access_key_id());
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], role_arn(&there));
    assert_eq!(identity["sessionContext"]["attributes"]["creationDate"], "2026-07-01T09:00:00Z");
    assert_eq!(identity.get("inScopeOf"), None);
    let calls = hub.calls();
    let places: Vec<String> = calls.iter().map(|call| call.place.to_string()).collect();
    assert_eq!(places, ["111122223333/eu-central-1", "222222222222/us-west-2"]);
}

#[tokio::test(start_paused = true)]
async fn the_trail_of_whoever_assumes_a_role_has_it_without_the_secret() {
    let (hub, [here, _]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&here)).await.unwrap();
    assert!(here.records().is_empty());
    let records = hub.records();
    let [record] = records.as_slice() else { panic!("one record: {records:?}") };
    assert_eq!(record["eventSource"], "sts.amazonaws.com");
    assert_eq!(
        record["requestParameters"],
        json!({"roleArn": role_arn(&here), "roleSessionName": "cognito-domain-guard", "durationSeconds": 900})
    );
    let given = &record["responseElements"]["credentials"];
    assert_eq!(given["accessKeyId"], session.access_key_id());
    assert_eq!(given["expiration"], "2026-07-01T09:15:00Z");
    assert_eq!(given.get("secretAccessKey"), None);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_it_was_to_end() {
    let (hub, [here, _]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&here)).await.unwrap();
    let mine = "eu-central-1.example.com";
    hub.advance(Duration::from_secs(899));
    assert!(describe(&hub, &session, HERE, mine).await.is_ok());
    hub.advance(Duration::from_secs(1));
    let (code, message) = describe(&hub, &session, HERE, mine).await.unwrap_err();
    assert_eq!(code, "ExpiredTokenException");
    assert_eq!(message, "The security token included in the request is expired");
    let asked = client!(sts, hub, session, HERE).get_caller_identity();
    assert_eq!(refusal(asked.send().await).unwrap_err().0, "ExpiredToken");
}

#[tokio::test(start_paused = true)]
async fn a_session_is_nothing_without_its_token() {
    let (hub, [here, _]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&here)).await.unwrap();
    for token in [None, Some("another".to_owned())] {
        let key = session.access_key_id();
        let forged = Credentials::new(key, "secret", token, None, "test");
        let refused = describe(&hub, &forged, HERE, NAME).await;
        assert_eq!(refused.unwrap_err().0, "UnrecognizedClientException");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_missing_or_does_not_trust_the_caller_cannot_be_assumed() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    here.remove_role(&role_arn(&here));
    let admin = "arn:aws:iam::222222222222:role/admin".to_owned();
    there.put_role(Role { trusted: vec![admin], ..member_role(&there, HUB_ROLE) });
    for world in [&here, &there] {
        let (code, message) = assume(&hub, &role_arn(world)).await.unwrap_err();
        assert_eq!(code, "AccessDenied");
        let arn = "arn:aws:sts::111122223333:assumed-role/cognito-domain-guard-hub-eu-central-1/cognito-domain-guard";
        let role = role_arn(world);
        assert_eq!(
            message,
            format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_allows_its_calls_in_its_region_and_none_when_it_is_gone() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&here)).await.unwrap();
    let (code, message) = weaken(&hub, &session, THERE).await.unwrap_err();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.ends_with(
        "because no identity-based policy allows the cognito-idp:UpdateUserPoolDomain action"
    ));
    let publish = client!(sns, hub, session.clone(), HERE).publish().topic_arn(TOPIC).message("m");
    assert_eq!(refusal(publish.send().await).unwrap_err().0, "AuthorizationError");
    weaken(&hub, &session, HERE).await.unwrap();
    here.remove_role(&role_arn(&here));
    assert_eq!(weaken(&hub, &session, HERE).await.unwrap_err().0, "AccessDeniedException");
    assert_eq!(
        there.domain("us-west-2.example.com"),
        Some(domain(&there, "us-west-2.example.com"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_chained_session_lasts_an_hour_at_most_and_fifteen_minutes_at_least() {
    let (hub, [here, _]) = organization(Elsewhere::Described);
    let client = client!(sts, hub, hubs(), HERE);
    for (seconds, name, message) in [
        (3_601, "guard", "exceeds the 1 hour session limit for roles assumed by role chaining"),
        (899, "guard", "Member must have value between 900 and 43200"),
        (900, "two words", "regular expression pattern"),
    ] {
        let asked = client.assume_role().role_arn(role_arn(&here)).role_session_name(name);
        let refused = refusal(asked.duration_seconds(seconds).send().await).unwrap_err();
        assert_eq!(refused.0, "ValidationError");
        assert!(refused.1.contains(message), "{}", refused.1);
    }
    let asked = client.assume_role().role_arn(role_arn(&here)).role_session_name("guard");
    let given = asked.send().await.unwrap().credentials.unwrap();
    assert_eq!(given.expiration.secs(), (hub.now() + Duration::from_secs(3_600)).unix_timestamp());
}

#[tokio::test(start_paused = true)]
async fn assuming_roles_is_throttled_where_the_quota_of_the_asking_account_is_used_up() {
    let (hub, [here, _]) = organization(Elsewhere::Described);
    hub.inject(Fault::error(400, "Throttling", "Rate exceeded").on(Action::AssumeRole).once());
    assert_eq!(assume(&hub, &role_arn(&here)).await.unwrap_err().0, "Throttling");
    assert!(assume(&hub, &role_arn(&here)).await.is_ok());
    let hasty = World::new(WorldSettings { latency: Duration::ZERO, ..WorldSettings::default() });
    hasty.register_caller(HUB_KEY, Caller::lambda(HUB_ROLE, FUNCTION));
    let member = hasty.at(MEMBER, HERE);
    member.put_role(member_role(&member, HUB_ROLE));
    hasty.enforce_quotas(true);
    for _ in 0..600 {
        assume(&hasty, &role_arn(&member)).await.unwrap();
    }
    assert_eq!(assume(&hasty, &role_arn(&member)).await.unwrap_err().0, "Throttling");
    assert_eq!(hasty.highest_rate(Category::AssumeRole), 601);
    assert_eq!(member.highest_rate(Category::AssumeRole), 0);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_denies_a_region_denies_it_to_one_account() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    there.deny_region(true);
    let session = assume(&hub, &role_arn(&there)).await.unwrap();
    let (code, message) = weaken(&hub, &session, THERE).await.unwrap_err();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.ends_with("with an explicit deny in a service control policy"), "{message}");
    let session = assume(&hub, &role_arn(&here)).await.unwrap();
    weaken(&hub, &session, HERE).await.unwrap();
    there.deny_region(false);
    let session = assume(&hub, &role_arn(&there)).await.unwrap();
    weaken(&hub, &session, THERE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn faults_permissions_quotas_and_hooks_are_of_their_place() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    here.inject(Fault::error(500, "InternalErrorException", "internal error"));
    let sessions = [
        assume(&hub, &role_arn(&here)).await.unwrap(),
        assume(&hub, &role_arn(&there)).await.unwrap(),
    ];
    let [mine, other] = &sessions;
    assert_eq!(weaken(&hub, mine, HERE).await.unwrap_err().0, "InternalErrorException");
    here.clear_faults();
    here.deny(Action::UpdateUserPoolDomain);
    there.before(Action::UpdateUserPoolDomain, |world| {
        world.put_pool(Pool { id: "changed".to_owned(), name: "pool".to_owned(), tier: Tier::Lite })
    });
    assert_eq!(weaken(&hub, mine, HERE).await.unwrap_err().0, "AccessDeniedException");
    let pools = async |session: &Credentials, region: &str| {
        let listed = client!(cognito, hub, session.clone(), region).list_user_pools();
        listed.max_results(60).send().await.unwrap().user_pools().len()
    };
    assert_eq!([pools(mine, HERE).await, pools(other, THERE).await], [1, 1]);
    weaken(&hub, other, THERE).await.unwrap();
    assert_eq!([pools(mine, HERE).await, pools(other, THERE).await], [1, 2]);
    assert_eq!(here.highest_rate(Category::UpdateDomain), 0);
    assert_eq!(there.highest_rate(Category::UpdateDomain), 1);
}

#[tokio::test(start_paused = true)]
async fn a_domain_of_another_account_is_described_or_not_and_one_of_another_region_is_not() {
    for (elsewhere, account) in
        [(Elsewhere::Described, Some(MEMBER.to_owned())), (Elsewhere::Hidden, None)]
    {
        let (hub, [here, _]) = organization(elsewhere);
        let session = assume(&hub, &role_arn(&here)).await.unwrap();
        let own = "eu-central-1.example.com";
        assert_eq!(describe(&hub, &hubs(), HERE, own).await.unwrap(), account);
        assert_eq!(describe(&hub, &session, HERE, "us-west-2.example.com").await.unwrap(), None);
        let seen = describe(&hub, &session, HERE, own).await.unwrap();
        assert_eq!(seen, Some(MEMBER.to_owned()));
    }
}

/// A name with a dot is CloudFront's, which has each once; a prefix is the region's.
#[test]
fn a_name_is_given_once_in_the_world_and_a_prefix_once_in_its_region() {
    let (hub, [here, there]) = organization(Elsewhere::Described);
    let other = hub.at(OTHER, HERE);
    let pool = |world: &World, id: &str| {
        world.put_pool(Pool { id: id.to_owned(), name: "new".to_owned(), tier: Tier::Essentials });
    };
    let create = |world: &World, id: &str, name: &str| {
        pool(world, id);
        let mut request = json!({"Domain": name, "UserPoolId": id});
        if name.contains('.') {
            request["CustomDomainConfig"] = json!({"CertificateArn": CERTIFICATE});
        }
        let jane = Caller::iam_user(world.account(), "jane");
        world.call_as(&jane, Action::CreateUserPoolDomain, request).map_err(|error| error.code)
    };
    let taken = Err("InvalidParameterException".to_owned());
    assert_eq!(create(&other, "a", "us-west-2.example.com"), taken);
    create(&here, "b", "acme").unwrap();
    assert_eq!(create(&other, "c", "acme"), taken);
    create(&there, "d", "acme").unwrap();
    let admin = Caller::iam_user(MEMBER, "jane");
    let gone = json!({"Domain": "us-west-2.example.com", "UserPoolId": "us-west-2_POOL"});
    there.call_as(&admin, Action::DeleteUserPoolDomain, gone).unwrap();
    create(&other, "e", "us-west-2.example.com").unwrap();
    // What is put somewhere without asking is there, and nowhere else.
    here.put_domain(domain(&here, "us-west-2.example.com"));
    assert_eq!(other.domain("us-west-2.example.com"), None);
}

#[tokio::test(start_paused = true)]
async fn a_signature_for_another_region_than_the_endpoints_is_refused() {
    let (hub, _) = organization(Elsewhere::Described);
    let config = client!(cognito, hub, hubs(), THERE).config().to_builder();
    let wrong = config.endpoint_url("https://cognito-idp.eu-central-1.amazonaws.com").build();
    let asked = cognito::Client::from_conf(wrong).describe_user_pool_domain().domain(NAME);
    assert_eq!(refusal(asked.send().await).unwrap_err().0, "InvalidSignatureException");
}

#[tokio::test(start_paused = true)]
async fn everybody_learns_who_he_is_in_his_own_account() {
    let (hub, [_, there]) = organization(Elsewhere::Described);
    let session = assume(&hub, &role_arn(&there)).await.unwrap();
    for (credentials, account) in [(hubs(), HUB), (session, MEMBER)] {
        let asked = client!(sts, hub, credentials, THERE).get_caller_identity();
        assert_eq!(asked.send().await.unwrap().account(), Some(account));
    }
}

#[tokio::test(start_paused = true)]
async fn the_events_of_members_reach_a_hub_with_their_own_account_and_region() {
    let (hub, members) = organization(Elsewhere::Described);
    let seen = std::cell::RefCell::new(Vec::new());
    let mut platform = Platform::new(&hub, |payload: Value, _| {
        seen.borrow_mut().push(json!([payload["account"], payload["region"]]));
        async { Ok(json!({})) }
    });
    platform.listen_to(&members[1]);
    for member in &members {
        let session = assume(&hub, &role_arn(member)).await.unwrap();
        weaken(&hub, &session, member.region()).await.unwrap();
    }
    platform.run_until_idle(Duration::from_secs(60)).await;
    assert_eq!(*seen.borrow(), [json!([MEMBER, THERE])]);
}

#[test]
fn a_world_has_the_places_that_somebody_named() {
    let (hub, _) = organization(Elsewhere::Described);
    hub.at("444444444444", "cn-north-1");
    let places: Vec<String> = hub.places().iter().map(|world| world.place().to_string()).collect();
    assert_eq!(
        places,
        [
            "111122223333/eu-central-1",
            "222222222222/eu-central-1",
            "222222222222/us-west-2",
            "444444444444/cn-north-1"
        ]
    );
    assert_eq!(hub.at("444444444444", "cn-north-1").place().partition, "aws-cn");
}
