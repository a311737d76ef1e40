//! ACM.

use aws_config::SdkConfig;
use aws_sdk_acm::Client;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::sdk::call_error;

use crate::doctor::aws::without;
use crate::live::in_region;

/// The certificates of the region that an ARN names.
pub struct Certificates(Client);

/// A certificate, as far as a domain asks for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// `ISSUED`, or why not.
    pub status: String,
    /// The names that it is for.
    pub names: Vec<String>,
}

impl Certificates {
    pub fn in_region(config: &SdkConfig, region: &str) -> Self {
        Self(Client::new(&in_region(config, region)))
    }

    pub async fn named(&self, arn: &str) -> Result<Certificate, CallError> {
        const ACTION: &str = "acm:DescribeCertificate";
        let answer = self
            .0
            .describe_certificate()
            .certificate_arn(arn)
            .send()
            .await
            .map_err(|error| call_error(ACTION, error))?;
        let found = answer.certificate.ok_or_else(|| without(ACTION, "certificate"))?;
        let names = found.domain_name.into_iter();
        Ok(Certificate {
            status: found.status.map_or_else(String::new, |status| status.as_str().to_owned()),
            names: names.chain(found.subject_alternative_names.unwrap_or_default()).collect(),
        })
    }
}
