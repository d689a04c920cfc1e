//! TLS: rustls with the *ring* provider, trusting the roots of the operating system and those of
//! `ca_file`.
//!
//! Platforms: the verifier crate asks the operating system on macOS and Windows, and reads the
//! distribution's certificate bundle elsewhere.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::SetupError;

/// # Errors
/// [`SetupError::CaFile`] when the file cannot be read as PEM, [`SetupError::CaFileEmpty`] when it
/// holds no certificate.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, SetupError> {
    let extra = ca_file.map(certificates).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|source| SetupError::Tls {
            source: Box::new(source),
        })?;
    let mut config = match verifier(extra, provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        // Plain http must work on a machine without a certificate bundle; https then says so.
        Err(error) => {
            tracing::warn!(%error, "no trusted root certificates: https will fail");
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(extra, provider)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match found {
        Ok(found) if found.is_empty() => Err(SetupError::CaFileEmpty {
            path: path.to_owned(),
        }),
        Ok(found) => Ok(found),
        Err(source) => Err(SetupError::CaFile {
            path: path.to_owned(),
            source: Box::new(source),
        }),
    }
}
