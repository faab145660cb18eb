//! `figure`: the planes of trained runs beside each other, or their losses.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::data::{self, DataArguments, ReadingArguments, load_data};
use super::plane::PlaneArguments;
use super::{load_checkpoint, load_history, output, same_size};
use crate::catalogue::NO_CLASSES;
use crate::config::{Memory, PLANE};
use crate::explore::{FieldKind, Summary};
use crate::figure::{
    AxisNames, Cloud, Depth, FigureKind, FigureOptions, Panel, Plane, Quantity, Scale, Show, WordsLayer, caption,
    chart, class_colors, class_legend, encode_figure, loss_chart, planes,
};
use crate::files::{check_file, write_or_spare};
use crate::model::{Compute, Frozen};
use crate::progress::Progress;

#[derive(Debug, Args)]
pub struct FigureArguments {
    /// Folders that `train` wrote, one a plane
    #[arg(required = true, num_args = 1..=4, value_name = "DIR")]
    pub runs: Vec<PathBuf>,
    /// What is drawn, from the back to the front
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rings,words,points,means")]
    pub show: Vec<Shown>,
    /// A term of the loss over epochs instead of the planes
    #[arg(long, value_enum, conflicts_with = "show", value_name = "TERM")]
    pub losses: Option<Term>,
    /// Width and height in pixels
    #[arg(long, default_value = "1600x800", value_parser = size)]
    pub size: Size,
    /// Light on dark
    #[arg(long)]
    pub dark: bool,
    #[command(flatten)]
    pub plane: PlaneArguments,
    /// Other images than those the first run was trained on
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    #[command(flatten)]
    pub reading: ReadingArguments,
    /// Test images whose codes are drawn [default: all]
    #[arg(long)]
    pub points: Option<usize>,
    /// Points in the colours of a factor that images were drawn from, where these are known: the first or the second
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2), value_name = "1|2")]
    pub factor: Option<u8>,
    /// The figure to write; its ending decides which kind
    #[arg(long, value_name = "FILE.svg|png")]
    pub out: PathBuf,
}

impl FigureArguments {
    /// Without a size: that is of the figure here.
    fn data(&self) -> DataArguments {
        DataArguments { data: self.data.clone(), size: None, reading: self.reading.clone() }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shown {
    /// The aggregate posterior q(z), behind the points
    Density,
    /// q(z) − p(z)
    Difference,
    /// √det JᵀJ of the decoder
    Magnification,
    /// The class of the decoded image
    Class,
    /// Where the encoder puts the decoded image
    Flow,
    Manifold,
    /// The words of a VQ-VAE: the cells they stand for, tinted by usage, and their images
    Words,
    /// The prior's, of a model that has one over the plane
    Rings,
    Points,
    Posteriors,
    Means,
}

impl From<Shown> for Show {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Density => Self::Field(FieldKind::Density),
            Shown::Difference => Self::Field(FieldKind::Difference),
            Shown::Magnification => Self::Field(FieldKind::Magnification),
            Shown::Class => Self::Field(FieldKind::Class),
            Shown::Flow => Self::Field(FieldKind::Flow),
            Shown::Manifold => Self::Manifold,
            Shown::Rings => Self::Rings,
            Shown::Words => Self::Words,
            Shown::Points => Self::Points,
            Shown::Posteriors => Self::Posteriors,
            Shown::Means => Self::Means,
        }
    }
}

/// A term of the loss.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Term {
    Recon,
    KlMean,
    KlVariance,
    Kl,
    /// −ELBO
    Elbo,
}

impl From<Term> for Quantity {
    fn from(term: Term) -> Self {
        match term {
            Term::Recon => Self::Recon,
            Term::KlMean => Self::KlMean,
            Term::KlVariance => Self::KlVariance,
            Term::Kl => Self::Kl,
            Term::Elbo => Self::NegativeElbo,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub width: usize,
    pub height: usize,
}

fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match sides {
        Some((width @ 200..=16_000, height @ 200..=16_000)) => Ok(Size { width, height }),
        _ => Err("give width and height in pixels from 200 to 16000, e.g. 1600x800".to_owned()),
    }
}

/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

pub fn run(arguments: &FigureArguments, compute: Compute, json: bool) -> Result<()> {
    let kind = FigureKind::of(&arguments.out)?;
    check_file(&arguments.out)?;
    let options = FigureOptions {
        width: arguments.size.width,
        height: arguments.size.height,
        dark: arguments.dark,
        caption: String::new(),
    };
    let (svg, caption) = match arguments.losses {
        Some(term) => losses(arguments, term.into(), compute.memory, options)?,
        None => latent_planes(arguments, compute, options)?,
    };
    write_or_spare(&arguments.out, &encode_figure(&svg, &caption, kind)?)?;
    let written = json!({ "out": arguments.out, "width": arguments.size.width, "height": arguments.size.height });
    output::print(json, &written, || format!("{}: {}", arguments.out.display(), caption))
}

fn latent_planes(arguments: &FigureArguments, compute: Compute, options: FigureOptions) -> Result<(String, String)> {
    let latents =
        arguments.runs.iter().map(|run| Ok(load_checkpoint(run)?.model.latent)).collect::<Result<Vec<_>>>()?;
    let data = &arguments.data();
    let runs = arguments.runs.iter().zip(&latents).map(|(run, &latent)| {
        // Beside runs that have a plane to choose, those of two dimensions are shown as they are.
        let is_whole = latent == PLANE && latents.iter().any(|&other| other != PLANE);
        let plane = if is_whole { PlaneArguments::default() } else { arguments.plane.clone() };
        plane.load(run, data, compute.clone())
    });
    let runs = runs.collect::<Result<Vec<_>>>()?;
    same_size(&arguments.runs, runs.iter().map(|(checkpoint, _)| checkpoint))?;
    let dataset = load_data(&runs[0].0, data, compute.memory)?;
    let test = arguments.points.map_or_else(|| dataset.test.clone(), |points| dataset.probe(points));
    let factor = usize::from(arguments.factor.unwrap_or(1)) - 1;
    let scale = Scale::of(&dataset, factor);
    anyhow::ensure!(
        scale.is_some() || arguments.factor.is_none(),
        "{}: no factors of its images are known; leave out --factor",
        dataset.source
    );
    let factors = scale.zip(dataset.probe_factors(test.len()));
    let colors = Arc::new(match factors {
        Some((scale, all)) => all.iter().map(|factors| scale.color(factors[factor])).collect(),
        None => class_colors(&test.labels, dataset.has_classes()),
    });
    let show: Vec<Show> = arguments.show.iter().map(|&shown| shown.into()).collect();
    let known = dataset.train.spread(KNOWN);
    let mut clouds = Vec::new();
    let mut words = Vec::new();
    for (checkpoint, model) in &runs {
        let all = Arc::new(model.whole().codes_of_split(&test, &Progress::silent())?);
        let shown = show.contains(&Show::Words).then(|| WordsLayer::of(model, &all, &Progress::silent()));
        words.push(shown.transpose()?.flatten());
        let codes = Arc::new(model.plane().places(&all));
        let depth = Depth::of(&checkpoint.plane, &all);
        clouds.push(Cloud { codes, colors: colors.clone(), emphasis: None, depth });
    }
    let field = show.iter().find_map(|show| if let Show::Field(kind) = show { Some(*kind) } else { None });
    anyhow::ensure!(
        field != Some(FieldKind::Class) || dataset.has_classes(),
        "{}: {} Show another field.",
        dataset.source,
        NO_CLASSES
    );
    let mut panels = Vec::new();
    for (((checkpoint, model), cloud), words) in runs.iter().zip(&clouds).zip(words) {
        let summary = Summary::new(&cloud.codes, &test.labels, dataset.class_names.len());
        panels.push(Panel {
            title: Panel::title(checkpoint),
            plane: Plane {
                // What a quantised code has in the place of a prior over the plane.
                rings: (show.contains(&Show::Rings) && !checkpoint.model.is_quantised()).then(Arc::default),
                words,
                axes: AxisNames(checkpoint.plane.names.clone()),
                ..Plane::of(&show, cloud, &summary, &dataset.class_names)
            },
            view: None,
            field: if checkpoint.model.latent < PLANE { None } else { field },
            manifold: show.contains(&Show::Manifold),
            model,
            codes: &cloud.codes,
            known: &known,
        });
    }
    let caption = caption(runs.iter().map(|(checkpoint, _)| checkpoint), &dataset.source.title(), test.len());
    let legend = scale.map_or_else(|| class_legend(&dataset.class_names, &test.labels), |scale| scale.legend());
    Ok((
        planes(&panels, &legend, &FigureOptions { caption: caption.clone(), ..options }, &Progress::silent())?,
        caption,
    ))
}

fn losses(
    arguments: &FigureArguments,
    term: Quantity,
    memory: Memory,
    options: FigureOptions,
) -> Result<(String, String)> {
    let checkpoints = arguments.runs.iter().map(|run| load_checkpoint(run)).collect::<Result<Vec<_>>>()?;
    let histories = arguments.runs.iter().map(|run| load_history(run)).collect::<Result<Vec<_>>>()?;
    let runs = checkpoints.iter().zip(&histories).enumerate();
    let chart_of = loss_chart(runs.map(|(i, (run, history))| (Panel::title(run), i, history)), term, false, None);
    let source = arguments.data().source_of(&checkpoints[0]);
    let caption = caption(&checkpoints, &source.title(), data::load(&source, memory)?.dataset.test.len());
    Ok((chart(&chart_of, &FigureOptions { caption: caption.clone(), ..options })?, caption))
}
