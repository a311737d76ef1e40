//! Every variable, missing and malformed.

use std::collections::BTreeMap;

use super::*;

fn sound() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("AWS_REGION", "eu-central-1"),
        ("NOTICE_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:notices"),
        ("GUARD_ROLE_ARN", "arn:aws:iam::111122223333:role/path/guard"),
        ("AWS_LAMBDA_FUNCTION_NAME", "guard"),
        ("SWEEP_FUNCTION_ARN", "arn:aws:lambda:eu-central-1:111122223333:function:sweep"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret"),
        ("AWS_SESSION_TOKEN", "very-secret-too"),
    ])
}

fn read(variables: &BTreeMap<&'static str, &'static str>) -> Result<Settings, SettingsError> {
    Settings::read(|name| variables.get(name).map(|value| (*value).to_owned()))
}

/// Reads a sound environment in which one variable has this value.
fn with(name: &'static str, value: &'static str) -> Result<Settings, SettingsError> {
    let mut variables = sound();
    variables.insert(name, value);
    read(&variables)
}

#[test]
fn a_sound_environment_is_read() {
    let settings = read(&sound()).unwrap();
    assert_eq!(settings.notice_topic.region, "eu-west-1");
    assert_eq!(settings.reach.home.account, "111122223333");
    assert_eq!(settings.reach.home.partition, "aws");
    assert_eq!(settings.reach.home.region, "eu-central-1");
    assert_eq!(
        settings.guard.function_arns,
        [
            "arn:aws:lambda:eu-central-1:111122223333:function:guard",
            "arn:aws:lambda:eu-central-1:111122223333:function:sweep"
        ]
    );
    assert_eq!(settings.sweep_limit, None);
    assert_eq!(settings.sweep_requests_per_second, 8);
    assert_eq!(settings.sweep_interval, Duration::HOUR);
    assert_eq!(settings.https_form, HttpsForm::Chat);
    assert_eq!(settings.baseline_revision, None);
    assert!(!settings.aws.use_fips && !settings.aws.use_dual_stack);
}

#[test]
fn a_revision_is_what_git_would_print_of_it_and_never_keeps_the_guard_from_starting() {
    for (value, expected) in [
        ("v1.2.3-4-g5d6e7f8-dirty", Some("v1.2.3-4-g5d6e7f8-dirty")),
        ("refs/heads/main~2^0", Some("refs/heads/main~2^0")),
        ("5d6e7f8\n", Some("5d6e7f8")),
        ("<@here> [x](http://evil)", Some("herexhttp//evil")),
        ("", None),
        (" \u{1b}\u{202e}", None),
    ] {
        assert_eq!(
            with("BASELINE_REVISION", value).unwrap().baseline_revision.as_deref(),
            expected
        );
    }
    let long: &'static str = "f".repeat(1_000).leak();
    assert_eq!(with("BASELINE_REVISION", long).unwrap().baseline_revision.unwrap().len(), 64);
}

#[test]
fn a_missing_or_empty_variable_is_named_with_what_to_set() {
    for (name, fix) in [
        ("AWS_REGION", "is not set; Lambda sets it; elsewhere set it to a region"),
        ("NOTICE_TOPIC_ARN", "is not set; set it to the ARN of the SNS topic that notices go to"),
        ("GUARD_ROLE_ARN", "is not set; set it to the ARN of the function's own role"),
        ("AWS_ACCESS_KEY_ID", "is not set; Lambda sets it from the role"),
        ("AWS_SECRET_ACCESS_KEY", "is not set; Lambda sets it from the role"),
    ] {
        let mut missing = sound();
        missing.remove(name);
        for result in [read(&missing), with(name, "")] {
            assert_eq!(
                result.unwrap_err().to_string(),
                format!("environment variable {name}: {fix}")
            );
        }
    }
}

#[test]
fn a_malformed_variable_is_named_with_what_to_write() {
    for (name, value, problem) in [
        (
            "NOTICE_TOPIC_ARN",
            "notices",
            "\"notices\" is not the ARN of a topic; write arn:aws:sns:REGION:ACCOUNT:NAME",
        ),
        (
            "NOTICE_TOPIC_ARN",
            "arn:aws:sns:eu-west-1:1111:notices",
            "\"arn:aws:sns:eu-west-1:1111:notices\" is not the ARN of a topic; write \
             arn:aws:sns:REGION:ACCOUNT:NAME",
        ),
        (
            "GUARD_ROLE_ARN",
            "arn:aws:iam::111122223333:user/me",
            "\"arn:aws:iam::111122223333:user/me\" is not the ARN of a role; write \
             arn:aws:iam::ACCOUNT:role/NAME",
        ),
        ("SWEEP_LIMIT", "-1", "\"-1\" is not a whole number; 0 is no limit"),
        ("SWEEP_LIMIT", "ten", "\"ten\" is not a whole number; 0 is no limit"),
        ("SWEEP_REQUESTS_PER_SECOND", "0", "\"0\" is not a whole number from 1 to 15"),
        ("SWEEP_REQUESTS_PER_SECOND", "16", "\"16\" is not a whole number from 1 to 15"),
        ("SWEEP_REQUESTS_PER_SECOND", "fast", "\"fast\" is not a whole number from 1 to 15"),
        (
            "SWEEP_INTERVAL_MINUTES",
            "1441",
            "\"1441\" is not a whole number of minutes from 1 to 1440",
        ),
        ("SWEEP_INTERVAL_MINUTES", "-5", "\"-5\" is not a whole number of minutes from 1 to 1440"),
        ("NOTICE_HTTPS_FORM", "slack", "\"slack\" is neither chat nor record"),
        (
            "DOCS_URL",
            "http://example.com",
            "\"http://example.com\" is not an address that begins with https:// and has at most 200 \
             characters",
        ),
        (
            "DOCS_URL",
            "https://example.com/a b",
            "\"https://example.com/a b\" is not an address that begins with https:// and has at most \
             200 characters",
        ),
        (
            "OVERRIDES_PATH",
            "overrides/",
            "\"overrides/\" is not the path of SSM parameters; write \
             /cognito-domain-guard/STACK/overrides, or leave it out to have no overrides",
        ),
        ("OVERRIDE_MAX_HOURS", "0", "\"0\" is not a whole number of hours from 1 to 168"),
        ("OVERRIDE_MAX_HOURS", "169", "\"169\" is not a whole number of hours from 1 to 168"),
    ] {
        let error = with(name, value).unwrap_err();
        assert_eq!((error.variable, error.problem.as_str()), (name, problem));
    }
}

#[test]
fn the_docs_are_where_the_environment_says_without_a_slash_at_the_end() {
    let docs = |url: &'static str| with("DOCS_URL", url).unwrap().docs_url;
    for url in ["https://example.com/v1.2.3/docs", "https://example.com/v1.2.3/docs/"] {
        assert_eq!(docs(url).as_deref(), Some("https://example.com/v1.2.3/docs"));
    }
    assert_eq!(docs(""), None);
}

#[test]
fn overrides_are_read_from_their_path_in_the_functions_own_region_and_without_one_there_are_none() {
    let path = "/cognito-domain-guard/guard/overrides";
    let location = with("OVERRIDES_PATH", path).unwrap().guard.overrides.unwrap();
    assert_eq!((location.path.as_str(), location.region.as_str()), (path, "eu-central-1"));
    assert_eq!(location.stack(), Some("guard"));
    assert_eq!(read(&sound()).unwrap().guard.overrides, None);
    assert_eq!(read(&sound()).unwrap().longest_override, Duration::hours(72));
    assert_eq!(with("OVERRIDE_MAX_HOURS", "8").unwrap().longest_override, Duration::hours(8));
}

#[test]
fn a_baseline_named_by_the_environment_is_the_only_one_looked_for() {
    assert_eq!(with("BASELINE", "/etc/b.yaml").unwrap().baseline, [PathBuf::from("/etc/b.yaml")]);
    let found = with("LAMBDA_TASK_ROOT", "/var/task").unwrap().baseline;
    assert_eq!(found.first(), Some(&PathBuf::from("/opt/baseline.yaml")));
    assert_eq!(found.last(), Some(&PathBuf::from("/var/task/baseline.yaml")));
}

#[test]
fn an_endpoint_of_a_service_comes_before_that_of_all() {
    let mut variables = sound();
    variables.insert("AWS_ENDPOINT_URL", "http://all");
    variables.insert("AWS_ENDPOINT_URL_SNS", "http://sns");
    let aws = read(&variables).unwrap().aws;
    assert_eq!(aws.cognito_endpoint.as_deref(), Some("http://all"));
    assert_eq!(aws.sns_endpoint.as_deref(), Some("http://sns"));
}

#[test]
fn other_partitions_keep_theirs() {
    let settings = with("GUARD_ROLE_ARN", "arn:aws-us-gov:iam::111122223333:role/guard").unwrap();
    assert_eq!(settings.reach.home.partition, "aws-us-gov");
    assert!(settings.guard.function_arns[0].starts_with("arn:aws-us-gov:lambda:"));
}

#[test]
fn no_secret_is_in_what_a_log_could_show() {
    let shown = format!("{:?}", read(&sound()).unwrap());
    assert!(!shown.contains("very-secret"), "{shown}");
    assert!(shown.contains("AKIDEXAMPLE"));
    let mut broken = sound();
    broken.insert("NOTICE_HTTPS_FORM", "x");
    assert!(!format!("{:?}", read(&broken)).contains("very-secret"));
}

#[test]
fn a_sweep_has_the_limit_that_is_set_and_0_is_none() {
    let limit = |value| with("SWEEP_LIMIT", value).unwrap().sweep_limit;
    assert_eq!((limit("3"), limit("0"), limit("")), (Some(3), None, None));
}
