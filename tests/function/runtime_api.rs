//! A Runtime API that hands over any bytes, and keeps what the function posts as it was posted.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What the function posted.
pub(crate) struct Posted {
    pub(crate) path: String,
    /// `Lambda-Runtime-Function-Error-Type`
    pub(crate) error_type: Option<String>,
    pub(crate) body: String,
}

pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    posted: Receiver<Posted>,
}

impl RuntimeApi {
    /// Hands `payload` over once, and is silent afterwards, as when the process is frozen.
    pub(crate) fn with(payload: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, posted) = channel();
        std::thread::spawn(move || {
            let mut payload = Some(payload);
            // Those that wait for an event that never comes.
            let mut waiting = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some((method, request)) = request(&mut stream) else {
                    continue;
                };
                if method == "POST" {
                    answer(&mut stream, "202 Accepted", "", b"{}");
                    // The test may be over.
                    let _ = sender.send(request);
                } else if let Some(payload) = payload.take() {
                    let headers = "Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-000000000001\r\n\
                                   Lambda-Runtime-Deadline-Ms: 1795420976000\r\n\
                                   Lambda-Runtime-Invoked-Function-Arn: \
                                   arn:aws:lambda:eu-central-1:111122223333:function:guard\r\n";
                    answer(&mut stream, "200 OK", headers, &payload);
                } else {
                    waiting.push(stream);
                }
            }
        });
        Self { address, posted }
    }

    /// The next thing that the function posts.
    pub(crate) fn posted(&self) -> Posted {
        self.posted.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn request(stream: &mut TcpStream) -> Option<(String, Posted)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut error_type) = (0, None);
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "lambda-runtime-function-error-type" => error_type = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, Posted { path, error_type, body: String::from_utf8(body).unwrap() }))
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}
