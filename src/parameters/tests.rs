//! What SSM is asked, and what is made of its answers.

use super::*;

fn answered(body: &str) -> Result<Answer, &'static str> {
    answer(&serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn a_request_asks_for_every_level_below_the_path_and_never_to_decrypt() {
    assert_eq!(
        request("/cognito-domain-guard/guard/overrides", Some("more".to_owned())),
        json!({
            "Path": "/cognito-domain-guard/guard/overrides",
            "Recursive": true,
            "MaxResults": 10,
            "NextToken": "more",
        })
    );
}

#[test]
fn an_answer_is_read_with_the_dates_of_aws() {
    let Answer { parameters, next } = answered(
        r#"{"Parameters":[
            {"Name":"/o/a","Type":"String","Value":"pause: x","LastModifiedDate":1.795420931417E9,"Version":1},
            {"Name":"/o/b","Type":"SecureString","Value":"AQICAHh","LastModifiedDate":1795420931}
        ],"NextToken":"more"}"#,
    )
    .unwrap();
    assert_eq!(next.as_deref(), Some("more"));
    let modified_at = time::OffsetDateTime::from_unix_timestamp(1_795_420_931).unwrap();
    let of = |name: &str, kind, value: &str| Parameter {
        name: name.to_owned(),
        kind,
        value: value.to_owned(),
        modified_at,
    };
    assert_eq!(
        parameters,
        [
            of("/o/a", ParameterKind::String, "pause: x"),
            of("/o/b", ParameterKind::Other("SecureString".to_owned()), "AQICAHh"),
        ]
    );
    assert!(answered(r#"{"Parameters":[],"NextToken":""}"#).unwrap().next.is_none());
}

/// What is left out may be what stops the guard.
#[test]
fn an_answer_that_is_not_whole_is_none() {
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"Parameters":{}}"#,
        r#"{"Parameters":[{"Name":"/o/a","Type":"String","Value":"x"}]}"#,
        r#"{"Parameters":[{"Name":"/o/a","Type":"String","Value":"x","LastModifiedDate":"soon"}]}"#,
        r#"{"Parameters":[{"Type":"String","Value":"x","LastModifiedDate":1795420931}]}"#,
    ] {
        assert!(answered(body).is_err(), "{body}");
    }
}
