//! The program's own log: what crates say through `tracing` goes into the run's folder, without the
//! secrets of the plan. Libraries that say everything at `trace` do not know what is secret.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;

use config::{AgentPlan, RunPlan};
use run_log::RunDir;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};
use transport::{Secret, redact};

/// Variable that says what is logged, in the usual syntax, for example `transport=debug`.
const VARIABLE: &str = "MASSGEN_LOG";

/// Starts logging into the run's folder. Without a file the run goes on without a log.
pub(crate) fn start(dir: &RunDir, plan: &RunPlan) {
    if let Ok(file) = File::create(dir.tracing()) {
        log_into(file, plan);
    }
}

fn log_into(file: File, plan: &RunPlan) {
    let secrets = plan.agents.iter().flat_map(secrets).collect();
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    // It logs whole messages, with tokens that no plan knows of.
    let quiet = filter_fn(|event| !event.target().starts_with("rmcp"));
    let masked = Masked { to: file, secrets };
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(masked))
        .with_filter(filter.and(quiet));
    // Only a test that runs in the same process could have set one before.
    drop(tracing_subscriber::registry().with(log).try_init());
}

fn secrets(agent: &AgentPlan) -> impl Iterator<Item = Secret> {
    let (backend, services) = (&agent.backend, &agent.services);
    let all = backend.api_key.iter().chain(&backend.sensitive);
    all.chain(&services.sensitive)
        .map(|it| Secret::new(it.expose()))
}

/// Writes without secrets. The subscriber hands over whole events.
struct Masked<W> {
    to: W,
    secrets: Vec<Secret>,
}

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = redact(&String::from_utf8_lossy(event), &self.secrets);
        self.to.write_all(text.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_in_no_spelling() {
        let mut log = Masked {
            to: Vec::new(),
            secrets: vec![Secret::new("a\"long secret")],
        };
        writeln!(log, r#"said {{"text":"a\"long secret"}} and a"long secret"#).unwrap();
        let written = String::from_utf8(log.to).unwrap();
        assert!(!written.contains("long secret"), "{written}");
    }
}
