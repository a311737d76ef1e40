//! What is sent, what an error says, and where the services are.

use aws_smithy_runtime_api::http::StatusCode;

use super::*;

#[test]
fn an_error_has_the_code_and_the_message_of_aws() {
    for (body, code, message) in [
        (
            r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized"}"#,
            Some("AccessDeniedException"),
            Some("User: x is not authorized"),
        ),
        (
            r#"{"__type":"com.amazonaws.ssm#ThrottlingException:http://x","message":"Rate exceeded"}"#,
            Some("ThrottlingException"),
            Some("Rate exceeded"),
        ),
        ("<html>502</html>", None, None),
    ] {
        let status = StatusCode::try_from(400).unwrap();
        let response = HttpResponse::new(status, SdkBody::from(body));
        let error = answer::<()>(&response, |_| Ok(())).unwrap_err();
        let error = error.as_operation_error().unwrap();
        assert_eq!((error.code(), error.message()), (code, message), "{body}");
    }
}

#[test]
fn the_endpoint_is_that_of_the_sdks_rules() {
    for (region, fips, dual_stack, expected) in [
        ("eu-central-1", false, false, "https://ssm.eu-central-1.amazonaws.com"),
        ("us-east-1", true, false, "https://ssm-fips.us-east-1.amazonaws.com"),
        ("us-east-1", false, true, "https://ssm.us-east-1.api.aws"),
        ("us-east-1", true, true, "https://ssm-fips.us-east-1.api.aws"),
        ("us-gov-west-1", true, false, "https://ssm.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", true, true, "https://ssm-fips.us-gov-west-1.api.aws"),
        ("cn-north-1", false, false, "https://ssm.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", false, false, "https://ssm.eusc-de-east-1.amazonaws.eu"),
        ("us-isob-east-1", false, false, "https://ssm.us-isob-east-1.sc2s.sgov.gov"),
    ] {
        assert_eq!(endpoint("ssm", region, fips, dual_stack), expected);
    }
}

/// Every partition, as the SDK's list has them, its pseudo-regions left out: no function is in one.
const REGIONS: [&str; 18] = [
    "af-south-1",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-1",
    "il-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-west-2",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-gov-east-1",
    "us-gov-west-1",
];

/// What the SDK of that name resolves.
macro_rules! endpoint_of {
    ($sdk:ident, $region:expr, $fips:expr, $dual_stack:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let params = Params::builder().region($region).use_fips($fips);
        let params = params.use_dual_stack($dual_stack).build().unwrap();
        let resolver = DefaultResolver::new();
        ResolveEndpoint::resolve_endpoint(&resolver, &params).await.unwrap().url().to_owned()
    }};
}

#[tokio::test]
async fn sns_and_sts_are_where_their_sdks_look_for_them_in_every_partition() {
    for region in REGIONS {
        for (fips, dual) in [(false, false), (false, true), (true, false), (true, true)] {
            let sns = endpoint_of!(aws_sdk_sns, region, fips, dual);
            let sts = endpoint_of!(aws_sdk_sts, region, fips, dual);
            assert_eq!(endpoint("sns", region, fips, dual), sns, "{region} {fips} {dual}");
            assert_eq!(endpoint("sts", region, fips, dual), sts, "{region} {fips} {dual}");
        }
    }
}

#[test]
fn a_request_names_its_operation() {
    let target = Target { service: "ssm", target: "AmazonSSM.GetParametersByPath", json: "1.1" };
    let request = request(target, &serde_json::json!({ "Path": "/o" })).unwrap();
    let headers = request.headers();
    assert_eq!(headers.get("x-amz-target"), Some("AmazonSSM.GetParametersByPath"));
    assert_eq!(headers.get("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(request.body().bytes(), Some(br#"{"Path":"/o"}"#.as_slice()));
}
