//! The command line. The only place that knows clap; a file for each command that is more than a few lines.

mod arguments;
mod bench;
mod data;
mod export;
mod figure;
mod file_names;
mod import;
mod infer;
mod interrupt;
mod measures;
mod network;
mod output;
mod pictures;
mod plane;
mod reproduce;
mod survey;
mod sweep;
mod train;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use serde_json::json;

use crate::explore::exact_evidence;
use crate::files::{check_file, write_or_spare};
use crate::model::{Checkpoint, Codes, Compute, Facts, Frozen, InPlane, evaluate};
use crate::progress::Progress;
use crate::session::Start;
use crate::session::archive::ENDING;
use crate::train::{History, METRICS_FILE, Opened, RunFolder};
use crate::ui;
use arguments::{Arguments, Bench, Command, EncodeArguments, EvalArguments, OpenArguments};
use data::load_data;
use sweep::ForAll;

/// Parses the arguments and does what they ask; a usage error ends the process with 2.
pub fn run() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let json = arguments.json;
    if arguments.command.is_some() && arguments.data.is_given() {
        let what = "--data before a command is for the window; give it, and how images are read, after the command";
        usage_error(what);
    }
    let compute = Compute::on(arguments.device.into())?;
    let usual_settings = arguments.default_settings;
    let compute = arguments.memory.map_or_else(|| compute.clone(), |memory| compute.clone().within(memory));
    let done = match arguments.command {
        Some(Command::Train(arguments)) => return train::run(&arguments, compute, json),
        Some(Command::Sweep(sweep)) => {
            let for_all = ForAll { device: arguments.device.into(), memory: arguments.memory };
            return sweep::run(&sweep, &for_all, compute, json);
        }
        None => {
            let data = arguments.data.is_given().then(|| arguments.data.source());
            ui::open(Start::Fresh { data }, compute, usual_settings)
        }
        Some(Command::Open(arguments)) => open(&arguments, compute, usual_settings),
        Some(Command::Import(arguments)) => import::run(&arguments, json),
        Some(Command::Bench(Bench::Train(train))) => bench::train(&train, compute, json),
        Some(Command::Bench(Bench::Evidence(evidence))) => bench::evidence(&evidence, compute, json),
        Some(Command::Bench(Bench::Window(window))) => bench::window(&window, json),
        Some(Command::Bench(Bench::Soak(soak))) => bench::soak(&soak, json),
        Some(Command::Data(data)) => survey::run(&data, compute.memory, json),
        Some(Command::Eval(eval)) => run_eval(&eval, compute, json),
        Some(Command::Figure(figure)) => figure::run(&figure, compute, json),
        Some(Command::Infer(infer)) => infer::run(&infer, compute, json),
        Some(Command::Export(arguments)) => export::run(&arguments, json),
        Some(Command::Encode(encode)) => run_encode(&encode, compute, json),
        Some(Command::Reproduce(arguments)) => reproduce::run(&arguments, compute, json),
        Some(Command::Strip(strip)) => pictures::strip(&strip, compute, json),
        Some(Command::Grid(grid)) => pictures::grid(&grid, compute, json),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Says on standard error what went wrong while the work goes on, or nothing where no one can read it.
fn warn(what: &str) {
    let _ = writeln!(std::io::stderr(), "latent-explorer: {what}");
}

/// Ends the process with 2, as clap does for what it finds itself.
fn usage_error(what: &str) -> ! {
    Arguments::command().error(ErrorKind::ArgumentConflict, what).exit()
}

/// The tree of commands and their arguments, as `--help` describes it.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn open(arguments: &OpenArguments, compute: Compute, usual_settings: bool) -> Result<()> {
    let OpenArguments { runs: files, pair, data, facts } = arguments;
    let is_session = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
    if let Some(file) = files.iter().find(|path| is_session(path)) {
        let is_alone = files.len() == 1 && pair.encoder.is_none() && !data.is_given();
        anyhow::ensure!(is_alone, "{}: a session is opened alone, on its own data", file.display());
        let archive = Box::new(ui::read_session(file)?);
        return ui::open(Start::Saved { file: std::path::absolute(file)?, archive }, compute, usual_settings);
    }
    let facts = facts.facts(data)?;
    let open = |run: &PathBuf| match import::foreign(run, &facts)? {
        Some(checkpoint) => Ok(checkpoint.into()),
        None => Ok(RunFolder::new(run).open()?),
    };
    let mut runs = files.iter().map(open).collect::<Result<Vec<_>>>()?;
    runs.extend(pair.checkpoint(&facts)?.map(Opened::from));
    let names: Vec<PathBuf> = files.iter().chain(&pair.encoder).cloned().collect();
    same_size(&names, runs.iter().map(|run| &*run.checkpoint))?;
    let of_first = runs.first().filter(|_| data.is_given()).map(|run| data.source_of(&run.checkpoint));
    ui::open(Start::Trained { runs, data: of_first }, compute, usual_settings)
}

/// Refuses runs whose images are of several sizes.
fn same_size<'a>(runs: &[PathBuf], checkpoints: impl IntoIterator<Item = &'a Checkpoint>) -> Result<()> {
    let mut all = runs.iter().zip(checkpoints);
    let Some((first_run, first)) = all.next() else { return Ok(()) };
    let first = &first.model;
    for (run, checkpoint) in all {
        let size = &checkpoint.model;
        anyhow::ensure!(
            size.shape == first.shape,
            "{}: its images are {}, those of {} {}; runs that are shown together must share one size",
            run.display(),
            size.shape,
            first_run.display(),
            first.shape,
        );
    }
    Ok(())
}

fn run_eval(arguments: &EvalArguments, compute: Compute, json: bool) -> Result<()> {
    if arguments.all {
        return measures::run(arguments, compute, json);
    }
    let (checkpoint, model) = load_run(&arguments.run, compute)?;
    let dataset = load_data(&checkpoint, &arguments.data, model.compute().memory)?;
    let evaluation = evaluate(model.whole(), &dataset.test, arguments.seed, &Progress::silent())?;
    let evidence = exact_evidence(model.whole(), &dataset.test, &Progress::silent())?;
    let log_evidence = evidence.map(|all| all.iter().sum::<f64>() / all.len() as f64);
    let mut value = serde_json::to_value(evaluation)?;
    value["log_evidence"] = json!(log_evidence);
    output::print(json, &value, || output::describe(&checkpoint, &dataset, &value))
}

fn run_encode(arguments: &EncodeArguments, compute: Compute, json: bool) -> Result<()> {
    check_file(&arguments.out)?;
    let (checkpoint, model) = load_run(&arguments.run, compute)?;
    let dataset = load_data(&checkpoint, &arguments.data, model.compute().memory)?;
    let test = &dataset.test;
    let model = model.whole();
    let codes = model.codes_of_split(test, &Progress::silent())?;
    let words = model.words_of(&codes.mu)?;
    let labels = dataset.has_classes().then_some(&*test.labels);
    write_or_spare(&arguments.out, codes_csv(&codes, labels, words.as_deref())?.as_bytes())?;
    let written = json!({ "out": arguments.out, "images": test.len() });
    output::print(json, &written, || format!("{}: the codes of {} test images", arguments.out.display(), test.len()))
}

/// A line an image: its class, empty where there is none, mu and logvar of each dimension, the latter empty where there is none,
/// and the words that were chosen, (n · tokens), where codes are quantised.
fn codes_csv(codes: &Codes, labels: Option<&[u16]>, words: Option<&[(usize, f64)]>) -> Result<String> {
    let tokens = words.map_or(0, |words| words.len() / codes.len().max(1));
    let columns = |name: &str, count: usize| (0..count).map(|d| format!(",{name}_{d}")).collect::<String>();
    let (mu, logvar) = (columns("mu", codes.latent), columns("logvar", codes.latent));
    let mut csv = format!("index,label{mu}{logvar}{}\n", columns("code", tokens));
    for i in 0..codes.len() {
        write!(csv, "{i},")?;
        if let Some(labels) = labels {
            write!(csv, "{}", labels[i])?;
        }
        codes.of(i).iter().try_for_each(|v| write!(csv, ",{v}"))?;
        match &codes.logvar {
            Some(all) => all[i * codes.latent..][..codes.latent].iter().try_for_each(|v| write!(csv, ",{v}"))?,
            None => csv.extend(std::iter::repeat_n(',', codes.latent)),
        }
        let words = words.iter().flat_map(|words| &words[i * tokens..][..tokens]);
        words.into_iter().try_for_each(|(word, _)| write!(csv, ",{word}"))?;
        csv.push('\n');
    }
    Ok(csv)
}

/// The checkpoint of a run's folder (or of a file) and the model it holds.
fn load_run(run: &Path, compute: Compute) -> Result<(Checkpoint, InPlane)> {
    let checkpoint = load_checkpoint(run)?;
    let model = checkpoint.restore_in_plane(compute)?;
    Ok((checkpoint, model))
}

fn load_checkpoint(run: &Path) -> Result<Checkpoint> {
    match import::foreign(run, &Facts::default())? {
        Some(checkpoint) => Ok(checkpoint),
        None => Ok(RunFolder::new(run).checkpoint()?),
    }
}

/// The curves of a run, without which there is nothing to draw.
fn load_history(run: &Path) -> Result<History> {
    let history = RunFolder::new(run).history()?;
    history.with_context(|| format!("{}: it has no {METRICS_FILE}, and so no curves to draw", run.display()))
}
