//! CloudFront: one call of its XML, for which one more SDK would have to be built.

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::query::refusal;
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::signed::{USER_AGENT, begun};

use crate::doctor::aws::without;
use crate::live::connection;

const ACTION: &str = "cloudfront:ListDistributions";
const PATH: &str = "/2020-05-31/distribution";
/// A hundred distributions each.
const MOST_PAGES: usize = 100;
const ATTEMPTS: u32 = 3;

/// A distribution and the names that it answers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    pub id: String,
    pub aliases: Vec<String>,
}

#[derive(Debug, Default)]
struct Page {
    distributions: Vec<Distribution>,
    /// Where the next one begins.
    next: Option<String>,
}

/// Every distribution of the account.
///
/// # Errors
///
/// Not all of them could be listed.
pub async fn distributions(
    config: &SdkConfig,
    partition: &str,
) -> Result<Vec<Distribution>, CallError> {
    // CloudFront is global, which is one region of its partition.
    let (region, endpoint) = match partition {
        "aws-cn" => ("cn-northwest-1", "https://cloudfront.cn-northwest-1.amazonaws.com.cn"),
        _ => ("us-east-1", "https://cloudfront.amazonaws.com"),
    };
    let connection = connection(config, ACTION, endpoint, ATTEMPTS).await?;
    let operation = begun("cloudfront", "ListDistributions", region, &connection)
        .serializer(request)
        .deserializer(answer)
        .build();
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = operation.invoke(marker).await.map_err(|error| call_error(ACTION, error))?;
        all.extend(page.distributions);
        if page.next.is_none() {
            return Ok(all);
        }
        marker = page.next;
    }
    Err(without(ACTION, "an end of the list"))
}

fn request(marker: Option<String>) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method("GET")?;
    // What CloudFront gave: an id, of letters and digits.
    let marker = marker.map(|marker| format!("&Marker={marker}")).unwrap_or_default();
    request.set_uri(format!("{PATH}?MaxItems=100{marker}"))?;
    request.headers_mut().insert("user-agent", USER_AGENT);
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        page(body).map_err(|error| OrchestratorError::response(error.into()))
    } else {
        Err(OrchestratorError::operation(refusal(body).unwrap_or_default()))
    }
}

fn page(body: &[u8]) -> Result<Page, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut list = document.root_element()?;
    let mut page = Page::default();
    while let Some(mut member) = list.next_tag() {
        if member.start_el().matches("NextMarker") {
            page.next = Some(try_data(&mut member)?.into_owned()).filter(|next| !next.is_empty());
        } else if member.start_el().matches("Items") {
            while let Some(mut item) = member.next_tag() {
                page.distributions.push(distribution(&mut item)?);
            }
        }
    }
    Ok(page)
}

fn distribution(summary: &mut ScopedDecoder<'_, '_>) -> Result<Distribution, XmlDecodeError> {
    let mut found = Distribution::default();
    while let Some(mut member) = summary.next_tag() {
        if member.start_el().matches("Id") {
            found.id = try_data(&mut member)?.into_owned();
        } else if member.start_el().matches("Aliases") {
            while let Some(mut items) = member.next_tag() {
                if !items.start_el().matches("Items") {
                    continue;
                }
                while let Some(mut alias) = items.next_tag() {
                    found.aliases.push(try_data(&mut alias)?.into_owned());
                }
            }
        }
    }
    Ok(found)
}
