//! Who is at the other end, and who can listen on the way? TLS by the words of libpq, `sslmode` and `sslrootcert`.
//! What differs: where no file is named, the certificates of the system are the roots.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What the certificate of a server has to prove.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Trust {
    /// Nothing: nobody can listen, but who stands in the way may be anybody.
    Anybody,
    /// One of these authorities knows it.
    Known(Roots),
    /// The same, and it is of the host that was asked for.
    Named(Roots),
}

/// Whose signatures count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Roots {
    /// Those that the system trusts.
    System,
    /// Those in this file of PEM.
    File(PathBuf),
}

/// What `sslmode` and `sslrootcert` mean.
pub(super) fn meaning(mode: Option<&str>, root: Option<&str>) -> Result<(SslMode, Trust), String> {
    let is_system = root == Some("system");
    let file = root.filter(|_| !is_system).map(|path| Roots::File(PathBuf::from(path)));
    let known = || file.clone().map_or(Trust::Anybody, Trust::Known);
    match mode {
        // Anybody can have a certificate of some authority that the system trusts.
        Some(weak) if is_system && weak != "verify-full" => Err(format!(
            "`sslmode={weak}` proves nothing with `sslrootcert=system`; use `sslmode=verify-full`"
        )),
        None if is_system => Ok((SslMode::Require, Trust::Named(Roots::System))),
        Some("disable") => Ok((SslMode::Disable, Trust::Anybody)),
        None | Some("prefer") => Ok((SslMode::Prefer, known())),
        Some("require") => Ok((SslMode::Require, known())),
        Some("verify-ca") => match file {
            Some(file) => Ok((SslMode::Require, Trust::Known(file))),
            None => {
                Err("`sslmode=verify-ca` needs `sslrootcert=FILE`, the certificates of your authority".into())
            }
        },
        Some("verify-full") => Ok((SslMode::Require, Trust::Named(file.unwrap_or(Roots::System)))),
        Some(other) => Err(format!(
            "`sslmode={other}` is not known; it is disable, prefer, require, verify-ca or verify-full"
        )),
    }
}

/// What makes connections of this trust. The roots are read each time: a file that was renewed counts for the next
/// connection.
pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, String> {
    config(trust).map(MakeRustlsConnect::new)
}

fn config(trust: &Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let lax = |roots| Arc::new(Lax { roots, provider });
    let config = match trust {
        Trust::Named(roots) => config.with_root_certificates(read(roots)?),
        Trust::Known(roots) => config.dangerous().with_custom_certificate_verifier(lax(Some(read(roots)?))),
        Trust::Anybody => config.dangerous().with_custom_certificate_verifier(lax(None)),
    };
    Ok(config.with_no_client_auth())
}

fn read(roots: &Roots) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(
                    "the system has no certificates to trust; name a file by `sslrootcert`".to_owned()
                );
            }
        }
        Roots::File(path) => {
            let unfit = |cause: String| format!("`sslrootcert`: `{}`: {cause}", path.display());
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| unfit(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unfit(error.to_string()))?;
                store.add(certificate).map_err(|error| unfit(error.to_string()))?;
            }
            if store.is_empty() {
                return Err(unfit("it holds no certificate".to_owned()));
            }
        }
    }
    Ok(store)
}

/// Does not ask for the name, nor, without roots, for anything but that the other end has the key of what it shows.
#[derive(Debug)]
struct Lax {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lax {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_means_what_it_means_to_libpq() {
        let file = || Roots::File(PathBuf::from("/ca.pem"));
        for (mode, root, expected) in [
            (None, None, Ok((SslMode::Prefer, Trust::Anybody))),
            (Some("disable"), Some("/ca.pem"), Ok((SslMode::Disable, Trust::Anybody))),
            (Some("require"), None, Ok((SslMode::Require, Trust::Anybody))),
            (Some("require"), Some("/ca.pem"), Ok((SslMode::Require, Trust::Known(file())))),
            (Some("verify-ca"), Some("/ca.pem"), Ok((SslMode::Require, Trust::Known(file())))),
            (Some("verify-ca"), None, Err("sslrootcert=FILE")),
            (Some("verify-full"), Some("/ca.pem"), Ok((SslMode::Require, Trust::Named(file())))),
            (Some("verify-full"), None, Ok((SslMode::Require, Trust::Named(Roots::System)))),
            (None, Some("system"), Ok((SslMode::Require, Trust::Named(Roots::System)))),
            (Some("require"), Some("system"), Err("verify-full")),
            (Some("allow"), None, Err("prefer, require")),
        ] {
            match (meaning(mode, root), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{mode:?} {root:?}"),
                (Err(told), Err(expected)) => assert!(told.contains(expected), "{told}"),
                (found, _) => panic!("{mode:?} {root:?}: {found:?}"),
            }
        }
    }

    /// An authority, and what it signed for `localhost`.
    struct Authority {
        file: tempfile::NamedTempFile,
        server: Arc<rustls::ServerConfig>,
    }

    impl Authority {
        fn new() -> Self {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut parameters = rcgen::CertificateParams::default();
            parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let own = parameters.self_signed(&key).unwrap();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), own.pem()).unwrap();
            let issuer = rcgen::Issuer::new(parameters, key);
            let key = rcgen::KeyPair::generate().unwrap();
            let of_server = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
            let certificate = of_server.signed_by(&key, &issuer).unwrap();
            let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let server = rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], private)
                .unwrap();
            Self { file, server: Arc::new(server) }
        }

        fn root(&self) -> Roots {
            Roots::File(self.file.path().to_owned())
        }

        /// Whether a client that trusts so takes this server for `name`.
        fn is_trusted(&self, trust: &Trust, name: &'static str) -> bool {
            let (client, name) = (Arc::new(config(trust).unwrap()), ServerName::try_from(name).unwrap());
            let mut client = rustls::ClientConnection::new(client, name).unwrap();
            let mut server = rustls::ServerConnection::new(Arc::clone(&self.server)).unwrap();
            while client.is_handshaking() || server.is_handshaking() {
                let mut sent = Vec::new();
                client.write_tls(&mut sent).unwrap();
                server.read_tls(&mut &sent[..]).unwrap();
                server.process_new_packets().unwrap();
                let mut answered = Vec::new();
                while server.wants_write() {
                    server.write_tls(&mut answered).unwrap();
                }
                let mut answered = &answered[..];
                while !answered.is_empty() {
                    client.read_tls(&mut answered).unwrap();
                    if client.process_new_packets().is_err() {
                        return false;
                    }
                }
            }
            true
        }
    }

    #[test]
    fn a_certificate_has_to_prove_what_the_mode_asks_for() {
        let (ours, other) = (Authority::new(), Authority::new());
        for (trust, of_its_name, of_another) in [
            (Trust::Anybody, true, true),
            (Trust::Known(ours.root()), true, true),
            (Trust::Known(other.root()), false, false),
            (Trust::Named(ours.root()), true, false),
            (Trust::Named(other.root()), false, false),
        ] {
            assert_eq!(ours.is_trusted(&trust, "localhost"), of_its_name, "{trust:?}");
            assert_eq!(ours.is_trusted(&trust, "elsewhere.example"), of_another, "{trust:?}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        for path in ["/nowhere/ca.pem", "/dev/null"] {
            let told = connector(&Trust::Named(Roots::File(path.into()))).err().unwrap();
            assert!(told.contains(path), "{told}");
        }
    }
}
