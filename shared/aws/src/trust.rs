//! The root certificates that an AWS client trusts: the five that sign AWS's endpoints, instead of
//! all those of the system.
//!
//! Parsing more than a hundred system roots takes most of the SDK's start. If another authority may
//! sign (a proxy that opens TLS, an emulator, the regions in China), the system's roots are used
//! nevertheless.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Amazon Root CA 1 to 4 and Starfield Services Root CA G2: the roots that AWS documents as those
/// to trust.
const AMAZON: &[u8] = include_bytes!("amazon-roots.pem");

/// The roots that a client trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// The endpoint is plain HTTP, so nothing needs to be trusted: an emulator on this machine.
    None,
    /// Those that sign AWS's own endpoints.
    Amazon,
    /// Those of the system; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
    Native,
}

impl Roots {
    /// Returns the roots that an endpoint needs (`None`: AWS's own endpoint in `region`).
    #[must_use]
    pub fn of_endpoint(endpoint: Option<&str>, region: &str) -> Self {
        let Some(url) = endpoint else {
            return if region.starts_with("cn-") {
                Self::Native
            } else {
                Self::Amazon
            };
        };
        if url.starts_with("http://") {
            return Self::None;
        }
        let address = url.trim_start_matches("https://");
        let authority = address.split('/').next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        if host.ends_with(".amazonaws.com") {
            Self::Amazon
        } else {
            Self::Native
        }
    }
}

/// Returns a client that trusts these roots. It may be shared by the clients of several services.
#[must_use]
pub fn http_client(roots: Roots) -> SharedHttpClient {
    let Some(context) = context(roots) else {
        return Builder::new().build_http();
    };
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https()
}

/// Returns a connector that trusts these roots, for calls that are not AWS's.
#[cfg(feature = "http")]
pub(crate) fn connector(roots: Roots) -> aws_smithy_http_client::Connector {
    let builder = aws_smithy_http_client::Connector::builder();
    let Some(context) = context(roots) else {
        return builder.build_http();
    };
    builder
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build()
}

/// Returns the roots that a client trusts; `None` if it needs to trust none.
fn context(roots: Roots) -> Option<TlsContext> {
    let store = match roots {
        Roots::None => return None,
        Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
        Roots::Native => TrustStore::empty().with_native_roots(true),
    };
    let context = TlsContext::builder().with_trust_store(store).build();
    Some(context.expect("a context is only its trust store"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;

    #[test]
    fn the_embedded_roots_are_five_of_those_that_browsers_trust() {
        let ours = CertificateDer::pem_slice_iter(AMAZON);
        let ours: Vec<_> = ours.collect::<Result<_, _>>().expect("they are PEM");
        assert_eq!(ours.len(), 5);
        for root in &ours {
            let known = webpki_root_certs::TLS_SERVER_ROOT_CERTS.contains(root);
            assert!(known, "Mozilla has withdrawn one of the embedded roots");
        }
    }

    #[test]
    fn the_endpoint_says_whom_to_trust() {
        for (endpoint, region, roots) in [
            (None, "us-east-1", Roots::Amazon),
            (None, "cn-north-1", Roots::Native),
            (Some("http://127.0.0.1:8000"), "us-east-1", Roots::None),
            (
                Some("https://dynamodb.us-east-1.amazonaws.com"),
                "us-east-1",
                Roots::Amazon,
            ),
            (
                Some("https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com:443/x"),
                "",
                Roots::Amazon,
            ),
            (
                Some("https://proxy.example.com/.amazonaws.com"),
                "us-east-1",
                Roots::Native,
            ),
            (
                Some("https://amazonaws.com.example"),
                "us-east-1",
                Roots::Native,
            ),
        ] {
            assert_eq!(
                Roots::of_endpoint(endpoint, region),
                roots,
                "{endpoint:?} {region}"
            );
        }
    }
}
