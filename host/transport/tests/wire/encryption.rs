//! TLS: whom the transport trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use massgen_plugin::wire::HttpRequest;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Answers one connection over TLS with a certificate that signs itself.
async fn serve(pem: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(pem, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let Ok(mut socket) = TlsAcceptor::from(Arc::new(config)).accept(socket).await else {
            return;
        };
        let _ = socket.read(&mut [0; 1024]).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        socket.write_all(answer).await.unwrap();
        let _ = socket.shutdown().await;
    });
    format!("https://localhost:{port}/")
}

async fn get(url: String, ca_file: Option<PathBuf>) -> Result<Vec<Piece>, TransportError> {
    let settings = Settings {
        user_agent: "massgen/test".into(),
        ca_file,
        tape: Tape::Off,
    };
    let grant = Grant {
        hosts: vec!["localhost".into()],
        secrets: Vec::new(),
    };
    pieces(
        Transport::new(settings)
            .unwrap()
            .send(HttpRequest::get(url), &grant, &scope()),
    )
    .await
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_the_user_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    let pieces = get(serve(&pem).await, Some(pem)).await.unwrap();
    assert_eq!(pieces[1], Piece::Bytes("ok".into()));
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let url = serve(&folder.path().join("ca.pem")).await;
    let error = get(url, None).await.unwrap_err();
    assert!(
        matches!(error, TransportError::Certificate { .. }),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("`--ca-file`"));
    assert!(!error.fault().code.is_retryable());
}

#[tokio::test]
async fn plain_http_behind_an_https_address_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = socket.read(&mut [0; 1024]).await;
    });
    let error = get(format!("https://localhost:{port}/"), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot connect to `localhost:{port}`")
    );
}

#[test]
fn a_ca_file_is_checked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let open = || {
        let settings = Settings {
            user_agent: "t".into(),
            ca_file: Some(file.clone()),
            tape: Tape::Off,
        };
        Transport::new(settings).map(drop).unwrap_err().to_string()
    };
    assert!(open().starts_with("cannot read certificates from"));
    std::fs::write(&file, "no certificate").unwrap();
    assert!(open().ends_with("holds no certificate"));
}
