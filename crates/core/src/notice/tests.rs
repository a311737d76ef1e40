//! What a notice says, and the schema that it keeps to.

use expect_test::expect_file;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::scene::{baseline, event, event_for, home, notice_about, of_a_sweep, poor};
use super::*;
use crate::baseline::Baseline;
use crate::domain::Attribute;
use crate::overrides::Known;
use crate::place::Place;
use crate::plan::decide;
use crate::report::Report;

fn schema<T: schemars::JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    expect_file!["../../../../docs/schema/notice.json"].assert_eq(&pretty(&schema::<Record>()));
    expect_file!["../../../../docs/schema/report.json"].assert_eq(&pretty(&schema::<Report>()));
}

/// What is wrong with `value` by `schema`, in the few words of JSON Schema that ours use. A word that
/// is not known here is an error, as is a member that the schema does not have.
fn faults(value: &Value, schema: &Value, root: &Value, path: &str, out: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else { return };
    let fits = |schema: &Value| {
        let mut found = Vec::new();
        faults(value, schema, root, path, &mut found);
        found.is_empty()
    };
    for (word, rule) in schema {
        match word.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                faults(value, root.pointer(pointer).unwrap(), root, path, out);
            }
            "type" => {
                let name = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let allowed = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !allowed.contains(&json!(name)) {
                    out.push(format!("{path} is a {name}, not {rule}"));
                }
            }
            "const" if value != rule => out.push(format!("{path} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                out.push(format!("{path} is none of {rule}"));
            }
            "anyOf" | "oneOf" if !rule.as_array().unwrap().iter().any(fits) => {
                out.push(format!("{path} fits none of {word}"));
            }
            "minimum" if value.as_f64() < rule.as_f64() => out.push(format!("{path} is too small")),
            "required" => {
                for name in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        out.push(format!("{path} lacks {name}"));
                    }
                }
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => faults(value, rule, root, &format!("{path}.{name}"), out),
                        None => out.push(format!("{path}.{name} is not in the schema")),
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    faults(item, rule, root, &format!("{path}[]"), out);
                }
            }
            "const" | "enum" | "anyOf" | "oneOf" | "minimum" | "$schema" | "$defs" | "title"
            | "description" | "format" | "default" => {}
            other => out.push(format!("{path}: the test does not know {other}")),
        }
    }
}

/// Every kind, from the shipped event and from a poor one.
pub(super) fn all_notices(place: &Place) -> Vec<Notice> {
    Kind::ALL
        .into_iter()
        .flat_map(|kind| match event_for(kind) {
            None => vec![of_a_sweep(kind, place)],
            Some(event) => {
                vec![notice_about(kind, &event, place), notice_about(kind, &poor(event), place)]
            }
        })
        .collect()
}

#[test]
fn every_record_keeps_to_the_schema() {
    let schema = schema::<Record>();
    for notice in all_notices(&home()) {
        let record = serde_json::to_value(&notice.record).unwrap();
        let mut found = Vec::new();
        faults(&record, &schema, &schema, "record", &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
    let mut found = Vec::new();
    faults(&json!({ "kind": "reverted", "new": 1 }), &schema, &schema, "record", &mut found);
    assert!(found.len() > 5, "the check finds nothing: {found:?}");
}

#[test]
fn reverted_and_restored_share_the_incident_and_the_thread() {
    let of = |kind| notice_about(kind, &event_for(kind).unwrap(), &home());
    let (reverted, restored) = (of(Kind::Reverted), of(Kind::Restored));
    assert_eq!(reverted.record.incident, "2c63888f-28f0-4481-be6d-dce7a7ace732");
    assert_eq!(restored.record.incident, reverted.record.incident);
    let thread = |notice: &Notice| notice.chat()["metadata"]["threadId"].clone();
    assert_eq!(thread(&restored), thread(&reverted));
    assert_ne!(restored.chat()["id"], reverted.chat()["id"]);
    assert!(restored.record.actor.unwrap().name.starts_with("the guard itself"));
}

#[test]
fn what_is_to_be_pasted_is_a_sound_baseline_that_keeps_or_allows_the_change() {
    let notice = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home());
    let steps = &notice.record.next_steps;
    let pasted = |begin: &str| -> Vec<&str> {
        steps
            .iter()
            .filter(|step| step.starts_with(begin))
            .filter_map(|step| step.split_once('\n').map(|(_, lines)| lines))
            .collect()
    };
    let exemption = pasted("To allow");
    let text = format!("version: 1\nexemptions:\n{}\n", exemption.join("\n"));
    let parsed = Baseline::parse("baseline.yaml", &text).unwrap();
    let now = OffsetDateTime::from_unix_timestamp(1_795_420_931).unwrap();
    for change in &notice.record.drifts {
        let attribute = change.attribute;
        let exemption = parsed.exemption("auth.example.com", attribute, &home(), now);
        assert!(exemption.is_some(), "{attribute}");
    }
    let declared = pasted("To keep");
    assert_eq!(declared.len(), notice.record.drifts.len());
    let text = format!("version: 1\ndefaults:\n  {}\n", declared.join("\n  "));
    Baseline::parse("baseline.yaml", &text).unwrap();
    // The chat has all of it too.
    let chat = notice.chat();
    for snippet in exemption.into_iter().chain(declared) {
        let found = chat["content"]["nextSteps"].as_array().unwrap();
        assert!(found.iter().any(|step| step.as_str().unwrap().contains(snippet)), "{snippet}");
    }
    // And the e-mail, whose line breaks YAML does not mind.
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined(&notice.email()).contains(&joined(pasted("To allow")[0])));
}

#[test]
fn nothing_is_proposed_for_pasting_about_a_name_that_no_domain_has() {
    let mut event = event("update-weakens-tls");
    event["detail"]["requestParameters"]["domain"] = json!("x, until: 2099-01-01 }");
    let notice = notice_about(Kind::RevertFailed, &event, &home());
    assert!(!notice.record.next_steps.iter().any(|step| step.contains("exemptions")));
}

#[test]
fn what_is_to_be_pasted_about_a_name_that_looks_like_a_link_is_sound_too() {
    let mut event = event("update-weakens-tls");
    event["detail"]["requestParameters"]["domain"] = json!("www.example.com");
    let notice = notice_about(Kind::Reverted, &event, &home());
    let step = notice.record.next_steps.iter().find(|step| step.starts_with("To allow")).unwrap();
    let text = format!("version: 1\nexemptions:\n{}\n", step.split_once('\n').unwrap().1);
    let parsed = Baseline::parse("baseline.yaml", &text).unwrap();
    let now = OffsetDateTime::from_unix_timestamp(1_795_420_931).unwrap();
    let (policy, place) = (Attribute::SecurityPolicy, home());
    assert!(parsed.exemption("www.example.com", policy, &place, now).is_some());
}

/// The steps about the source of a change that was made with that user agent.
fn source_steps(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut event = event("update-weakens-tls");
    change(&mut event["detail"]);
    let steps = notice_about(Kind::Reverted, &event, &home()).record.next_steps;
    let mut steps = steps.into_iter();
    assert!(steps.next().is_some_and(|step| step.contains("\nguardctl undo ")));
    steps.take_while(|step| !step.starts_with("To keep")).collect()
}

const ASK: &str =
    "Ask whoever made the change what it was for:\njane.doe@example.com (SSO, PlatformAdmin)";

#[test]
fn a_step_names_where_the_source_of_the_change_is_and_whoever_made_it_is_asked_all_the_same() {
    for (agent, step) in [
        (
            "APN/1.0 HashiCorp/1.0 Terraform/1.9.5",
            "The change came through Terraform (says its user agent): set security_policy, routing, \
             managed_login_version of aws_cognito_user_pool_domain to the baseline in the Terraform configuration",
        ),
        (
            "cloudformation.amazonaws.com",
            "The change came through CloudFormation (says its user agent): set \
             CustomDomainConfig.SecurityPolicy, Routing, ManagedLoginVersion of \
             AWS::Cognito::UserPoolDomain to the baseline in the template",
        ),
        (
            "APN/1.0 Pulumi/1.0",
            "The change came through Pulumi (says its user agent): change the UserPoolDomain in the \
             Pulumi program",
        ),
        (
            "aws-sdk-go-v2/1.36.3 aws-controllers-k8s/cognitoidentityprovider.services.k8s.aws-v1.1.0",
            "The change came through AWS Controllers for Kubernetes (ACK) (says its user agent). A \
             controller applies the change again on its own, and the guard reverts it each time: set \
             security_policy, routing, managed_login_version to the baseline in its custom resource",
        ),
        (
            "aws-sdk-go-v2/1.11.2 crossplane-provider-aws/v0.26.0",
            "The change came through Crossplane (says its user agent). A controller applies the change \
             again on its own",
        ),
        (
            "APN/1.0 Ansible/2.15.0",
            "The change came through Ansible (says its user agent): change the playbook",
        ),
        (
            "Boto3/1.40.1 md/awslabs#mcp#aws-api-mcp-server#1.2.0",
            "The change came through the MCP server (says its user agent), so by an AI agent",
        ),
    ] {
        let steps = source_steps(|detail| detail["userAgent"] = json!(agent));
        assert_eq!(steps.len(), 2, "{steps:?}");
        assert!(steps[0].starts_with(step), "{:?}", steps[0]);
        assert_eq!(steps[1], ASK);
    }
    for agent in ["aws-cli/2.31.39", "console.amazonaws.com", "Mozilla/5.0", "curl/8", ""] {
        assert_eq!(source_steps(|detail| detail["userAgent"] = json!(agent)), [ASK], "{agent}");
    }
}

#[test]
fn a_step_about_any_tool_fits_into_a_chat_whole() {
    let mut record = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home()).record;
    let mut certificate = record.drifts[0].clone();
    certificate.attribute = Attribute::CertificateArn;
    record.drifts.push(certificate);
    let mut seen = 0;
    for (service, role) in [
        ("cloudformation", "x"),
        ("cloudformation", "stacksets-exec-1"),
        ("cloudcontrolapi", "x"),
        ("amplify", "x"),
        ("eks", "x"),
        ("ssm", "x"),
        ("new", "x"),
    ] {
        let actor = crate::trigger::Actor::read(&json!({ "userIdentity": {
            "invokedBy": format!("{service}.amazonaws.com"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/s"),
        } }));
        seen += source::tool(&actor.via(), &record).map_or(1_000, |step| step.len()) / 350;
    }
    for agent in [
        "Terraform/1",
        "terraform-provider-aws/5",
        "OpenTofu/1",
        "Pulumi/3",
        "aws-cdk/2",
        "aws-sam-cli/1",
        "amplify-cli/1",
        "crossplane-provider-aws/v1",
        "aws-controllers-k8s/x-v1",
        "Ansible/2",
        "spinnaker-user/x",
        "md/awslabs#mcp#x#1",
        "AWS Internal",
    ] {
        let actor = crate::trigger::Actor::read(&json!({ "userAgent": agent }));
        let step = source::tool(&actor.via(), &record).unwrap();
        assert!(step.len() <= 350, "{} {step}", step.len());
    }
    assert_eq!(seen, 0);
}

#[test]
fn what_cloudtrail_vouches_for_is_not_called_a_claim() {
    let steps = source_steps(|detail| {
        detail["userIdentity"]["invokedBy"] = json!("cloudcontrolapi.amazonaws.com");
    });
    assert!(
        steps[0].starts_with("The change came through AWS Cloud Control API. A controller applies")
    );
    assert!(steps[0].contains("awscc"), "{}", steps[0]);
    assert_eq!(steps[1], ASK);
    let mut event = event("update-weakens-tls");
    let with = |event: &Value| notice_about(Kind::Reverted, event, &home()).email();
    assert!(with(&event).contains("AWS CLI 2.31.39 (says its user agent)"));
    event["detail"]["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
    assert!(with(&event).contains("with       CloudFormation\n"));
}

#[test]
fn an_aws_service_of_its_own_accord_cannot_be_asked() {
    let steps = source_steps(|detail| {
        detail["userIdentity"] = json!({ "type": "AWSService", "invokedBy": "x.amazonaws.com" });
    });
    assert_eq!(
        steps[1],
        "Find out who set up the service to make the change:\nAWS service x.amazonaws.com"
    );
    let linked = source_steps(|detail| {
        let (role, identity) = ("AWSServiceRoleForAmplify", &mut detail["userIdentity"]);
        identity["arn"] = json!(format!("arn:aws:sts::111122223333:assumed-role/{role}/Amplify"));
        identity["sessionContext"]["sessionIssuer"]["arn"] = json!(format!(
            "arn:aws:iam::111122223333:role/aws-service-role/amplify.amazonaws.com/{role}"
        ));
    });
    assert!(linked.last().unwrap().starts_with("Find out who set up the service"), "{linked:?}");
}

#[test]
fn the_person_behind_a_session_and_its_key_are_shown_in_every_form_that_has_room() {
    let mut event = event("update-weakens-tls");
    event["detail"]["userIdentity"]["sessionContext"]["sourceIdentity"] = json!("jo@example.com");
    let notice = notice_about(Kind::Reverted, &event, &home());
    let actor = notice.record.actor.clone().unwrap();
    let key = actor.access_key_id.unwrap();
    assert_eq!(actor.source_identity.as_deref(), Some("jo@example.com"));
    assert_eq!(actor.via_said_by, Some(ViaSaidBy::UserAgent));
    let email = notice.email();
    assert!(email.contains("jo@example.com (the session's source identity)"), "{email}");
    assert!(email.contains(&format!("key        {key}")), "{email}");
    let chat = notice.chat()["content"]["description"].as_str().unwrap().to_owned();
    assert!(chat.contains("source identity `jo@example.com`"), "{chat}");
    assert!(chat.contains(&format!("access key `{key}`")), "{chat}");
    assert!(chat.contains("`AWS CLI 2.31.39` (says its user agent)"), "{chat}");
}

#[test]
fn a_denial_names_the_permission() {
    let notice = notice_about(Kind::RevertFailed, &event("update-weakens-tls"), &home());
    let error = notice.record.error.as_ref().unwrap();
    assert_eq!(error.action, "cognito-idp:UpdateUserPoolDomain");
    assert!(notice.email().contains("cloudfront:updateDistribution"));
    let step = &notice.record.next_steps[1];
    assert!(
        step.starts_with("Deploy the stack again, or give the guard's role the permission"),
        "{step}"
    );
    assert!(step.contains(r#""Action":"cloudfront:updateDistribution""#), "{step}");
}

#[test]
fn a_policy_newer_than_the_guard_is_named() {
    let change = scene::change(&event("update-weakens-tls"));
    let mut domain = scene::drifted(&change);
    if let crate::domain::Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = crate::domain::ObservedPolicy::from_name("TLS_V2_2031");
    }
    let (baseline, now) = (baseline(), OffsetDateTime::UNIX_EPOCH);
    let purpose = crate::plan::Purpose::Sweep;
    let plan = decide(&domain.name, Some(&domain), purpose, &baseline, Known::NONE, &home(), now);
    let place = home();
    let about = About {
        domain: &domain.name,
        observed: Some(&domain),
        plan: Some(&plan),
        ..scene::about(&place, &baseline, now)
    };
    let notice = Notice::about(Kind::Refused, &about);
    assert_eq!(notice.record.unjudged[0].observed.to_string(), "TLS_V2_2031");
    assert!(notice.email().contains("newer than the guard"));
    assert!(notice.chat()["content"]["description"].as_str().unwrap().contains("TLS_V2_2031"));
}

#[test]
fn links_are_those_of_the_partition() {
    for (partition, region, host) in [
        ("aws", "eu-central-1", Some("https://eu-central-1.console.aws.amazon.com/")),
        ("aws-cn", "cn-north-1", Some("https://console.amazonaws.cn/")),
        ("aws-us-gov", "us-gov-west-1", Some("https://console.amazonaws-us-gov.com/")),
        ("aws-iso", "us-iso-east-1", None),
    ] {
        let place = Place { partition: partition.into(), region: region.into(), ..home() };
        let notice = notice_about(Kind::Reverted, &event("update-weakens-tls"), &place);
        assert_eq!(notice.record.partition, partition);
        let LinksRecord { cloudtrail_event, cognito_console, runbook: _ } = notice.record.links;
        for link in [cloudtrail_event, cognito_console] {
            assert_eq!(link.is_some(), host.is_some(), "{partition}");
            if let (Some(link), Some(host)) = (link, host) {
                assert!(link.starts_with(host), "{link}");
                assert!(link.contains(&format!("region={region}")), "{link}");
            }
        }
    }
}

#[test]
fn https_subscribers_get_the_chat_form_or_the_record() {
    let notice = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home());
    let https = |form| -> Value {
        let body: Value = serde_json::from_str(&notice.message(form).body).unwrap();
        serde_json::from_str(body["https"].as_str().unwrap()).unwrap()
    };
    assert_eq!(https(HttpsForm::Chat)["source"], "custom");
    assert_eq!(https(HttpsForm::Record)["kind"], "reverted");
    assert_eq!(notice.message(HttpsForm::Chat).subject, notice.subject());
}

/// The notice about a weak domain after an update that asked for that policy.
fn after_an_update_that_asked_for(policy: Option<&str>) -> Notice {
    let mut event = event("update-weakens-tls");
    let config = &mut event["detail"]["requestParameters"];
    *config = json!({ "domain": "auth.example.com", "userPoolId": "eu-central-1_Ab12Cd34E" });
    if let Some(policy) = policy {
        config["customDomainConfig"] = json!({ "securityPolicy": policy });
    }
    let (change, place) = (scene::change(&event), home());
    let domain = scene::drifted(&change);
    let (baseline, now) = (baseline(), OffsetDateTime::UNIX_EPOCH);
    let purpose = crate::plan::Purpose::Change(&change, crate::memory::Earlier::FirstLook);
    let plan = decide(&domain.name, Some(&domain), purpose, &baseline, Known::NONE, &place, now);
    let about = About {
        observed: Some(&domain),
        plan: Some(&plan),
        change: Some(&change),
        domain: &domain.name,
        ..scene::about(&place, &baseline, now)
    };
    Notice::about(Kind::Reverted, &about)
}

#[test]
fn nobody_is_named_whom_the_domain_contradicts_and_what_a_call_did_not_mention_is_said() {
    let explained = after_an_update_that_asked_for(Some("TLS_V1"));
    let note = explained.record.attribution.as_ref().unwrap().note.clone().unwrap();
    assert!(note.starts_with("the call did not mention routing, managed_login_version:"), "{note}");
    let whole = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home());
    assert_eq!(whole.record.attribution.as_ref().unwrap().note, None);
    assert!(explained.email().contains("jane.doe"));

    let silent = after_an_update_that_asked_for(None);
    assert!(silent.email().contains("jane.doe"));
    assert!(silent.email().contains("the call did not mention what is off the baseline"));
    assert!(silent.chat().to_string().contains("the call did not mention"));

    let contradicted = after_an_update_that_asked_for(Some("TLS_V1_3_2025"));
    assert_eq!(contradicted.record.actor, None);
    for form in
        [contradicted.email(), contradicted.chat().to_string(), contradicted.record.to_json()]
    {
        assert!(!form.contains("jane.doe"), "{form}");
    }
    assert!(contradicted.email().contains("asked for another security_policy"));
    assert!(contradicted.record.next_steps[0].starts_with("Look in CloudTrail"));
}

#[test]
fn a_notice_says_whose_account_it_is_and_a_filter_policy_can_ask_for_it() {
    let text = "version: 1\naccounts: { production: { id: \"111122223333\", owner: identity team } }\n\
                defaults: { security_policy: TLS_V1_3_2025 }\n";
    let baseline = Baseline::parse("baseline.yaml", text).unwrap();
    let place = home();
    let about = About {
        domain: "auth.example.com",
        ..scene::about(&place, &baseline, OffsetDateTime::UNIX_EPOCH)
    };
    let notice = Notice::about(Kind::NotCovered, &about);
    assert_eq!(notice.record.account_name.as_deref(), Some("production"));
    assert!(notice.email().contains("111122223333 (production) eu-central-1"));
    assert!(notice.email().contains("owner      identity team"));
    let attributes = notice.message(HttpsForm::Chat).attributes;
    let expected = [
        ("kind", "not_covered"),
        ("severity", "critical"),
        ("account", "111122223333"),
        ("region", "eu-central-1"),
        ("owner", "identity team"),
    ];
    assert_eq!(attributes, expected.map(|(name, value)| (name, value.to_owned())));
    let nobodys = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home());
    assert_eq!(nobodys.message(HttpsForm::Chat).attributes.len(), 4);
}
