//! ACM: certificates, as far as a domain asks for one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::action::ApiError;
use crate::change::required;

/// A certificate of ACM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its ARN.
    pub arn: String,
    /// The names that it is for; the first is its main one. `*.example.com` covers one label.
    pub names: Vec<String>,
    /// `ISSUED`, `PENDING_VALIDATION`, `EXPIRED` and so on.
    pub status: String,
}

/// Every certificate that is known.
#[derive(Debug, Default)]
pub(super) struct Certificates(BTreeMap<String, Certificate>);

impl Certificates {
    pub(super) fn put(&mut self, certificate: Certificate) {
        self.0.insert(certificate.arn.clone(), certificate);
    }

    pub(super) fn describe(&self, parameters: &Value) -> Result<Value, ApiError> {
        let arn = required(parameters, "CertificateArn")?;
        let Certificate { arn, names, status } = self
            .0
            .get(arn)
            .ok_or_else(|| ApiError::not_found(format!("Could not find certificate {arn}.")))?;
        Ok(json!({"Certificate": {
            "CertificateArn": arn,
            "DomainName": names.first(),
            "SubjectAlternativeNames": names,
            "Status": status,
        }}))
    }
}
