//! What the same step costs in a locked child, by wall time: two processes take part.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, anyhow};
use massgen_plugin::Fault;
use massgen_plugin::abi::host::{Event, Root};
use massgen_plugin::abi::{EventKind, Progress};
use referee::{Effects, Referee};

use crate::load;
use crate::rows::Row;
use crate::stopwatch::{ROUNDS, median};
use crate::stream::{Gate, TEXT, requests};

/// Steps of one round.
const TIMES: usize = 2_000;

type Refereed = Referee<Gate, fn(Effects<()>)>;

pub(crate) fn rows(echo: &Path) -> Result<Vec<Row>> {
    let root = load::load(echo)?;
    let mut columns: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        columns[0].push(here(root)?);
        let began = Instant::now();
        let plugin = load::isolate(echo)?;
        columns[2].push(began.elapsed().as_secs_f64() * 1e3);
        plugin.lock().map_err(|it| anyhow!(it))?;
        columns[1].push(there(&plugin)?);
    }
    let [here, there, start] = columns.map(median);
    Ok(vec![
        Row::new("step with one chunk, in process, wall", here, "ns"),
        Row::new("step with one chunk, in a locked child, wall", there, "ns")
            .against("in process", here),
        Row::new("start of a child, until the library is loaded", start, "ms"),
    ])
}

fn here(root: Root) -> Result<f64> {
    let (config, call) = requests("echo")?;
    let backend = root.create(&config).map_err(|it| anyhow!(it))?;
    let mut session = backend.open(&call).map_err(|it| anyhow!(it))?;
    each(|event, referee| session.step(event, referee))
}

fn there(plugin: &isolation::Plugin) -> Result<f64> {
    let (config, call) = requests("echo")?;
    let backend = plugin.create(&config).map_err(|it| anyhow!(it))?;
    let mut session = backend.open(&call).map_err(|it| anyhow!(it))?;
    each(|event, referee| session.step(event, referee))
}

/// Nanoseconds a step, of a session that is fed the same frame over and over.
fn each(mut step: impl FnMut(Event<'_>, &mut Refereed) -> Result<Progress, Fault>) -> Result<f64> {
    let mut referee: Refereed = Referee::new(|_, _| Ok(()), |_| {});
    let event = |kind, status, data| Event {
        kind,
        status,
        ticket: 1,
        data,
    };
    let head = event(EventKind::HTTP_HEAD, 200, b"{}");
    let frame = event(EventKind::HTTP_FRAME, 0, TEXT.as_bytes());
    for event in [Event::START, head, frame] {
        step(event, &mut referee).map_err(|it| anyhow!(it))?;
    }
    drop(referee.take());
    let began = Instant::now();
    for _ in 0..TIMES {
        referee.begin_step();
        let outcome = step(frame, &mut referee);
        referee.end_step(outcome);
        let effects = referee.take();
        anyhow::ensure!(effects.chunks.len() == 1, "{:?}", effects.end);
        drop(black_box(effects));
    }
    Ok(began.elapsed().as_secs_f64() * 1e9 / TIMES as f64)
}
