//! The HTTP client: TLS by rustls and ring, with the roots compiled in, so that programs need no
//! certificate files.

use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Whether the client asks for packed answers and unpacks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpacking {
    /// It does.
    Yes,
    /// Bytes are given as they are stored.
    No,
}

/// A client with TLS and timeouts as all of the pipeline's clients have them.
///
/// It speaks HTTP/1.1, asks for compressed answers and follows no redirect to another host with
/// an authorization header.
pub fn http_client() -> Client {
    http_client_with(REQUEST_TIMEOUT, Unpacking::Yes)
}

/// A client that waits for one answer as long as `request_timeout`.
pub fn http_client_with(request_timeout: Duration, unpacking: Unpacking) -> Client {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT.min(request_timeout))
        .timeout(request_timeout)
        .gzip(unpacking == Unpacking::Yes)
        // Google compresses only for agents that say `gzip`.
        .user_agent(concat!("pcve-pipeline/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .build()
        .expect("the client has no setting that can be refused")
}
