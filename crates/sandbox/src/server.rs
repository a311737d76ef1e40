//! The world as an HTTP server, for whole binaries and for other SDKs.

use std::convert::Infallible;
use std::io;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::wire::{self, Reply};
use crate::world::World;

impl World {
    /// Serves the world on that socket until the future is dropped, and every connection with it.
    ///
    /// Point clients at it with `AWS_ENDPOINT_URL=http://ADDRESS`. Needs a tokio runtime with IO,
    /// and one whose clock is not paused: a paused clock runs ahead of the sockets.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener) -> io::Result<Infallible> {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            while connections.try_join_next().is_some() {}
            let world = self.clone();
            connections.spawn(async move { world.serve_connection(stream).await });
        }
    }

    /// Serves one connection until it ends, whatever carries it: a socket, or TLS over one.
    pub async fn serve_connection<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let service = service_fn(|request| respond(self.clone(), request));
        // The world's date is in no header, and hyper's would be another day's.
        let served = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        // A connection that breaks is the client's news, or the fault that was asked for.
        drop(served);
    }
}

async fn respond(world: World, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    match wire::answer(&world, &head, &body).await {
        Reply::Response(response) => Ok(response.map(|body| Full::new(Bytes::from(body)))),
        // An error of the service makes hyper close the connection without an answer.
        Reply::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        Reply::Silence => std::future::pending().await,
    }
}
