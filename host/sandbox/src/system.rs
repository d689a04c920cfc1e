//! What every program needs from the system: libraries, name resolution, certificates, devices.

use std::path::PathBuf;

use crate::environment::Environment;

/// Of the whole of `/proc` only what belongs to processes of the sandbox can be opened where it
/// matters: Landlock forbids looking into other processes, so their memory, environment and files
/// stay closed.
const READ: [&str; 17] = [
    "/bin",
    "/etc",
    "/gnu/store",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix",
    "/opt",
    "/proc",
    "/run/current-system",
    "/sbin",
    "/snap",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/usr",
    "/var/lib/ca-certificates",
];

const DEVICES: [&str; 6] = [
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/tty",
    "/dev/urandom",
    "/dev/zero",
];

/// Name services that are asked over a socket.
const NAME_SERVICES: [&str; 3] = ["/run/nscd", "/run/systemd/resolve", "/var/lib/sss/pipes"];

/// Variables that name certificates, a file or a folder.
const CERTIFICATES: [&str; 8] = [
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_SSL_CERT_FILE",
];

/// Git refuses to work when it sees its settings and cannot open them. Its stored passwords lie
/// beside them and are not granted.
const GIT: [&str; 4] = [
    ".gitconfig",
    ".config/git/attributes",
    ".config/git/config",
    ".config/git/ignore",
];

/// What may be read and run.
pub(crate) fn read(env: &Environment) -> Vec<PathBuf> {
    let mut read: Vec<_> = READ.iter().map(PathBuf::from).collect();
    // Often a link into `/run`, on WSL into `/mnt`.
    read.extend(PathBuf::from("/etc/resolv.conf").canonicalize());
    read.extend(CERTIFICATES.iter().filter_map(|name| env.path(name)));
    read.extend(GIT.iter().filter_map(|file| env.in_home(file)));
    read
}

/// Devices without memory of their own. `/dev/shm` is not among them: it is shared by everybody.
pub(crate) fn devices() -> Vec<PathBuf> {
    DEVICES.iter().map(PathBuf::from).collect()
}

/// Sockets in the file system that may be connected to.
pub(crate) fn sockets(deny_network: bool) -> Vec<PathBuf> {
    if deny_network {
        return Vec::new();
    }
    NAME_SERVICES.iter().map(PathBuf::from).collect()
}
