//! `massgen run`: wires plan, plugins, run, observers and output together.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use backends::Backends;
use config::{LimitsPlan, RunPlan};
use events::RunReport;
use jiff::Zoned;
use loader::{Catalog, Policy};
use run_log::RunDir;
use runtime::{EventThread, Limits, Member, Millis, Team};
use services::Lent;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use transport::{Settings, Transport};

use crate::cli::RunArgs;
use crate::environment::{Search, plugin_stores, variable};
use crate::exit::Failure;
use crate::observers::Observers;
use crate::stdout::Stdout;
use crate::team::Plugins;
use crate::{lend, observers, own_tools, plugin, question, signals, tape, trace};

/// How long programs of plugins may take to end once the run is over.
const PROGRAMS_END: Duration = Duration::from_secs(4);

/// Carries out `massgen run`.
///
/// # Errors
///
/// Whatever is wrong before the run begins. Once it has begun there is always a report.
pub(crate) fn run(args: &RunArgs, search: &Search) -> Result<ExitCode, Failure> {
    // Before any plugin is loaded: the code of one may print.
    let out = Stdout::take();
    let tokio = Runtime::new().map_err(setup("no threads for the run"))?;
    let code = prepare_and_run(args, search, out, &tokio);
    // Threads of plugins that never came back are left behind.
    tokio.shutdown_background();
    code
}

fn prepare_and_run(
    args: &RunArgs,
    search: &Search,
    out: Stdout,
    tokio: &Runtime,
) -> Result<ExitCode, Failure> {
    let question = question::question(args.question.as_deref())?;
    let plan = plan(args)?;
    let plugins = plugins(search);
    plugins.check(&plan)?;
    let plan = own_tools::hand_over(plan, &plugins);
    let recorded = tape::recorded(args)?;
    let interrupt = interrupt(tokio)?;
    let dir = observers::create_dir(args)?;
    let tape = tape::tape(args, recorded.as_ref(), &dir);
    let lent = lend::lend(args, &plan, &tape, &dir).inspect_err(|_| dir.clone().discard())?;
    let members = open(args, &plan, &plugins, tape, lent).inspect_err(|_| dir.clone().discard())?;
    // It holds the bytes of plugins that nobody asked for.
    drop(plugins);
    trace::start(&dir, &plan);
    let order = recorded.map(|it| it.order).unwrap_or_default();
    let team = team(question, members, &plan, &dir, order);
    let observers = Observers::new(args, &dir, out)?;
    let (report, mut observers) = conduct(tokio, team, observers, interrupt)?;
    observers.finish(args, &report)?;
    Ok(ExitCode::from(report.status.exit_code()))
}

fn plan(args: &RunArgs) -> Result<RunPlan, Failure> {
    let text = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
    let plan = match (&args.config, &args.backend) {
        (Some(file), _) => config::load(file, &variable),
        (None, backend) => config::quick(
            backend.as_deref().unwrap_or_default(),
            text(&args.model).as_deref(),
            text(&args.base_url).as_deref(),
            text(&args.system_message).as_deref(),
            &variable,
        ),
    };
    plan.map_err(|errors| Failure::text(errors.to_string()))
}

fn plugins(search: &Search) -> Plugins {
    let catalog = Catalog::scan(&search.path, Policy::new(&search.environment));
    catalog
        .warnings()
        .iter()
        .for_each(|it| display::note(&format!("warning: {it}")));
    Plugins {
        catalog,
        loader: plugin::loader(search),
    }
}

fn open(
    args: &RunArgs,
    plan: &RunPlan,
    plugins: &Plugins,
    tape: transport::Tape,
    lent: Vec<Lent>,
) -> Result<Vec<Member>, Failure> {
    let user_agent = concat!("massgen/", env!("CARGO_PKG_VERSION")).to_owned();
    let settings = Settings {
        user_agent,
        ca_file: args.ca_file.clone(),
        tape,
    };
    let transport = Transport::new(settings).map_err(|error| Failure::new(&error, error.hint()))?;
    let mut backends = Backends::new(transport);
    if let Some(folder) = plugin_stores() {
        backends = backends.with_stores(folder);
    }
    plugins.open(plan, &backends, lent)
}

fn team(
    question: String,
    members: Vec<Member>,
    plan: &RunPlan,
    dir: &RunDir,
    order: Vec<String>,
) -> Team {
    let now = Zoned::now();
    Team {
        question,
        members,
        limits: limits(&plan.limits),
        today: now.date().to_string(),
        started_at: now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        plan: config::redacted_json(plan),
        order,
        paths: dir.paths(),
    }
}

fn limits(plan: &LimitsPlan) -> Limits {
    let defaults = Limits::default();
    Limits {
        coordination: Millis(plan.coordination_ms.unwrap_or(u64::MAX)),
        turn: Millis(plan.turn_ms),
        presentation: Millis(plan.presentation_ms),
        activation_failures: NonZeroU32::new(plan.max_activation_failures)
            .unwrap_or(defaults.activation_failures),
        new_answers: plan.max_new_answers_per_agent.and_then(NonZeroU32::new),
        wait_for_peers: plan.wait_for_peers,
        ..defaults
    }
}

/// Must come before plugins are loaded, which may take long. A run that begins interrupted ends at
/// once, with its report.
fn interrupt(tokio: &Runtime) -> Result<CancellationToken, Failure> {
    let _within = tokio.enter();
    signals::interrupt().map_err(setup("no signals"))
}

fn conduct(
    tokio: &Runtime,
    team: Team,
    observers: Observers,
    interrupt: CancellationToken,
) -> Result<(RunReport, Observers), Failure> {
    let events = EventThread::start(observers).map_err(setup("no thread for events"))?;
    let report = tokio.block_on(runtime::run(team, events.outlet(), interrupt));
    // Programs of calls that were given up are being ended.
    tokio.block_on(programs::all_ended(PROGRAMS_END));
    let observers = events.finish();
    let observers =
        observers.ok_or_else(|| Failure::new("the event log failed", "please report this"))?;
    Ok((report, observers))
}

/// The system lacks something that every run needs.
fn setup(what: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::new(format!("{what}: {error}"), "free some resources")
}
