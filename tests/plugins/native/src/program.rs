//! What it does with programs: runs one to its end, or talks with one and gives it up.

use massgen_plugin::sdk::{Io, ProcessEvent};
use massgen_plugin::wire::{SecretVariable, Spawn};
use massgen_plugin::{Fault, FaultCode};

/// Runs a command line, whose words are parted by spaces, to its end.
pub(crate) async fn run(line: &str, io: &Io) -> Result<String, Fault> {
    let mut program = io.spawn(&Spawn {
        secrets: vec![SecretVariable {
            variable: "NATIVE_KEY".into(),
            secret: "api_key".into(),
        }],
        ..Spawn::new(line.split(' '))
    })?;
    program.close().await?;
    let mut said = Vec::new();
    loop {
        match program.next().await? {
            ProcessEvent::Out(line) => said.push(String::from_utf8_lossy(&line).into_owned()),
            ProcessEvent::Err(_) => {}
            ProcessEvent::End {
                status,
                stderr_tail,
            } => {
                let stderr_tail = stderr_tail.trim_end();
                return Ok(format!("{} ({status}, {stderr_tail:?})", said.join("|")));
            }
        }
    }
}

/// Writes a line to `cat` and reads it; `cat` is given up with what it was.
pub(crate) async fn feed(text: &str, io: &Io) -> Result<String, Fault> {
    let mut program = io.spawn(&Spawn::new(["cat"]))?;
    program.write(format!("{text}\n").as_bytes()).await?;
    match program.next().await? {
        ProcessEvent::Out(line) => Ok(String::from_utf8_lossy(&line).into_owned()),
        other => Err(Fault::new(FaultCode::UPSTREAM, format!("{other:?}"))),
    }
}
