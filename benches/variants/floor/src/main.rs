//! The floor: what these calls cost at the least on hyper and ring, written by hand.
//!
//! An event of another account is answered with a session of that account's role, as a hub's is.
//! It decides by one comparison that is hard-wired, trusts every answer to look as it should, and
//! has no retries and no timeouts. It is a measure, not a program to run.

mod connection;
mod signature;

use std::error::Error;

use connection::{Connection, Endpoint};
use hyper::Request;
use serde_json::{Value, json};
use signature::Signer;

type Anything = Box<dyn Error + Send + Sync>;

struct Calls {
    cognito: Connection,
    sns: Connection,
    sts: Connection,
    signer: Signer,
    topic: String,
    account: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Anything> {
    let variable = std::env::var;
    let tls = connection::tls(&variable("SSL_CERT_FILE")?)?;
    let endpoint = |name| Endpoint::parse(&variable(name)?, Some(tls.clone()));
    let mut calls = Calls {
        cognito: Connection::to(endpoint("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")?),
        sns: Connection::to(endpoint("AWS_ENDPOINT_URL_SNS")?),
        sts: Connection::to(endpoint("AWS_ENDPOINT_URL_STS")?),
        signer: Signer {
            access_key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN")?,
            region: variable("AWS_REGION")?,
        },
        topic: variable("NOTICE_TOPIC_ARN")?,
        account: variable("GUARD_ROLE_ARN")?.split(':').nth(4).ok_or("no account")?.to_owned(),
    };
    let api = format!("http://{}", variable("AWS_LAMBDA_RUNTIME_API")?);
    let mut lambda = Connection::to(Endpoint::parse(&api, None)?);
    let invocation = "/2018-06-01/runtime/invocation";
    loop {
        let next = Request::get(format!("{invocation}/next"));
        let (head, event) = lambda.send(next, Vec::new()).await?;
        let id = head.headers["lambda-runtime-aws-request-id"].to_str()?.to_owned();
        let answer = calls.answer(&serde_json::from_slice(&event)?, &id).await?;
        let response = Request::post(format!("{invocation}/{id}/response"));
        lambda.send(response, answer.to_string().into_bytes()).await?;
    }
}

impl Calls {
    async fn answer(&mut self, event: &Value, request_id: &str) -> Result<Value, Anything> {
        let name = &event["detail"]["requestParameters"]["domain"];
        let of = event["account"].as_str().ok_or("an event of nobody's")?;
        if of != self.account {
            self.assume_role(of).await?;
        }
        let mut domain = self.cognito("DescribeUserPoolDomain", &json!({ "Domain": name })).await?;
        let observed = domain["DomainDescription"].take();
        let mut config = observed["CustomDomainConfig"].clone();
        let outcome = if config["SecurityPolicy"] == "TLS_V1_3_2025" {
            "in_sync"
        } else {
            config["SecurityPolicy"] = json!("TLS_V1_3_2025");
            let update = json!({
                "Domain": name,
                "UserPoolId": observed["UserPoolId"],
                "ManagedLoginVersion": observed["ManagedLoginVersion"],
                "CustomDomainConfig": config,
                "Routing": observed["Routing"],
            });
            self.cognito("UpdateUserPoolDomain", &update).await?;
            self.publish(&json!({ "domain": name, "outcome": "reverted" }).to_string()).await?;
            "reverted"
        };
        println!(
            "{}",
            json!({ "level": "INFO", "domain": name, "outcome": outcome, "request": request_id })
        );
        Ok(json!({ "domain": name, "outcome": outcome }))
    }

    async fn cognito(&mut self, operation: &str, parameters: &Value) -> Result<Value, Anything> {
        let body = parameters.to_string().into_bytes();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let host = self.cognito.host().to_owned();
        let request = self.signer.sign("cognito-idp", &host, &headers, &body);
        let (head, answer) = self.cognito.send(request, body).await?;
        match head.status.is_success() {
            true => Ok(serde_json::from_slice(&answer)?),
            false => Err(String::from_utf8_lossy(&answer).into()),
        }
    }

    /// From here on everything is signed with that session.
    async fn assume_role(&mut self, account: &str) -> Result<(), Anything> {
        let region = &self.signer.region;
        let role = format!("arn:aws:iam::{account}:role/cognito-domain-guard-member-{region}");
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName=floor&DurationSeconds=900",
            encode(&role)
        )
        .into_bytes();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let host = self.sts.host().to_owned();
        let request = self.signer.sign("sts", &host, &headers, &body);
        let (head, answer) = self.sts.send(request, body).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if !head.status.is_success() {
            return Err(answer.into());
        }
        let member = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>"))?;
            rest.split_once('<').map(|(text, _)| text.to_owned())
        };
        self.signer.access_key_id = member("AccessKeyId").ok_or("no key")?;
        self.signer.secret_access_key = member("SecretAccessKey").ok_or("no secret")?;
        self.signer.session_token = member("SessionToken").ok_or("no token")?;
        Ok(())
    }

    async fn publish(&mut self, message: &str) -> Result<(), Anything> {
        let body = format!(
            "Action=Publish&Version=2010-03-31&TopicArn={}&Subject=reverted&Message={}",
            encode(&self.topic),
            encode(message)
        )
        .into_bytes();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let host = self.sns.host().to_owned();
        let request = self.signer.sign("sns", &host, &headers, &body);
        let (head, answer) = self.sns.send(request, body).await?;
        match head.status.is_success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&answer).into()),
        }
    }
}

/// Percent-encoded, for a form.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
