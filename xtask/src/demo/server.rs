//! The model server as a child process: started, waited for, and always ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::fetch::{Model, Server};

/// Longest wait for the model to be loaded.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long the server may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(5);

/// A server that listens. Dropping it ends it; so does our own death, as its stdin closes.
pub(super) struct Running {
    child: Child,
    address: String,
}

impl Running {
    pub(super) fn start(server: &Server, file: &Path, model: Model, agents: u8) -> Result<Self> {
        println!("starting the model server");
        let mut command = Command::new(&server.python);
        command
            .arg(&server.script)
            .arg(file)
            .args(["--alias", model.name()]);
        command.arg("--parallel").arg(agents.to_string());
        if model == Model::Tiny {
            command.arg("--hermes");
        }
        let stdio = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = stdio.spawn().context("cannot start the model server")?;
        let mut running = Self {
            child,
            address: String::new(),
        };
        running.address = running.first_line()?;
        running.drain_stderr();
        running.wait_until_healthy()?;
        println!("{} listens on {}", model.name(), running.address);
        Ok(running)
    }

    /// For example `http://127.0.0.1:40123`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn first_line(&mut self) -> Result<String> {
        let stdout = self
            .child
            .stdout
            .take()
            .context("the model server has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("cannot hear the model server")?;
        if line.trim().is_empty() {
            let mut said = String::new();
            if let Some(mut stderr) = self.child.stderr.take() {
                stderr.read_to_string(&mut said).ok();
            }
            bail!("the model server did not start\n{}", said.trim_end());
        }
        Ok(line.trim().to_owned())
    }

    /// Nobody reads the server's log while it runs, and a full pipe would stop it.
    fn drain_stderr(&mut self) {
        if let Some(mut stderr) = self.child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        }
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let started = Instant::now();
        while !healthy(&self.address) {
            if let Some(status) = self
                .child
                .try_wait()
                .context("cannot watch the model server")?
            {
                bail!("the model server ended with {status}");
            }
            if started.elapsed() > PATIENCE {
                bail!(
                    "the model server is not ready after {} s",
                    PATIENCE.as_secs()
                );
            }
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let started = Instant::now();
        while started.elapsed() < FAREWELL {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn healthy(address: &str) -> bool {
    ask_health(address).is_ok_and(|reply| reply.starts_with("HTTP/1.1 200"))
}

fn ask_health(address: &str) -> std::io::Result<String> {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    Ok(reply)
}
