//! The world as an HTTP client for SDK clients in the same process.

use std::io;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::time::Duration;

use crate::wire::{self, Reply};
use crate::world::World;

impl World {
    /// An HTTP client whose every request ends in this world, for the configuration of an SDK
    /// client. It honours the read timeout of that configuration; the others are the SDK's own.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Connector { world: self.clone(), read_timeout: None })
    }
}

#[derive(Clone, Debug)]
struct Connector {
    world: World,
    read_timeout: Option<Duration>,
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            world: self.world.clone(),
            read_timeout: settings.read_timeout(),
        })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { world, read_timeout } = self.clone();
        HttpConnectorFuture::new(async move {
            let exchange = exchange(&world, request);
            match read_timeout {
                None => exchange.await,
                Some(limit) => tokio::time::timeout(limit, exchange)
                    .await
                    .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into()))),
            }
        })
    }
}

async fn exchange(world: &World, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = body
        .bytes()
        .ok_or_else(|| ConnectorError::user("the sandbox takes no streamed body".into()))?;
    match wire::answer(world, &head, body).await {
        Reply::Response(response) => response
            .map(SdkBody::from)
            .try_into()
            .map_err(|error| ConnectorError::other(Box::new(error), None)),
        Reply::Reset => {
            let reset = io::Error::from(io::ErrorKind::ConnectionReset);
            Err(ConnectorError::io(reset.into()))
        }
        Reply::Silence => std::future::pending().await,
    }
}
