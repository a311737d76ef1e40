//! STS: `GetCallerIdentity`, which everybody may call and which leaves nothing behind here.

/// The answer to a query request, `None` if it asks for something else.
pub(super) fn answer(body: &[u8], account: &str, caller_arn: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .any(|(name, value)| name == "Action" && value == "GetCallerIdentity")
        .then(|| {
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult><Arn>{caller_arn}</Arn><UserId>AIDAEXAMPLE</UserId>\
                 <Account>{account}</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId>\
                 </ResponseMetadata></GetCallerIdentityResponse>"
            )
        })
}
