//! The grid of a sweep: what varies, and the runs of all combinations.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::super::arguments::SweepArguments;
use super::super::network::{self, BetaArguments, Hidden, NetworkArguments, count};
use crate::config::{Beta, Likelihood, MOST_COMPONENTS, MOST_LATENT, MOST_TOKENS, MOST_WORDS, ModelKind, PriorKind};
use crate::train::RunSettings;
use clap::ValueEnum;

const USUAL_BETAS: &str = "0,0.1,0.25,0.5,1,2,4,8,16,32,100";
const MOST_RUNS: usize = 10_000;

/// A run of the grid.
pub struct Planned {
    pub settings: RunSettings,
    pub folder: PathBuf,
}

/// Runs that differ in their seeds alone.
pub struct Cell {
    /// The value of each setting that varies.
    pub values: Vec<String>,
    pub runs: Vec<Planned>,
}

pub struct Grid {
    /// The names of the settings that vary.
    pub varied: Vec<&'static str>,
    pub cells: Vec<Cell>,
}

/// What the runs of a cell are made of, as one would ask `train` for it.
#[derive(Clone)]
struct Asked {
    network: NetworkArguments,
    beta: BetaArguments,
}

type Set = fn(&mut Asked, &str) -> Result<(), String>;

/// Each setting by the name of its option of `train`.
const SETTINGS: [(&str, Set); 13] = [
    ("beta", |asked, text| network::beta(text).map(|beta| asked.beta.beta = Some(beta))),
    ("beta-mean", |asked, text| network::beta(text).map(|beta| asked.beta.beta_mean = Some(beta))),
    ("beta-variance", |asked, text| network::beta(text).map(|beta| asked.beta.beta_variance = Some(beta))),
    ("latent", |asked, text| count(MOST_LATENT)(text).map(|latent| asked.network.latent = latent)),
    ("hidden", |asked, text| {
        network::hidden(&text.replace('x', ",")).map(|Hidden(sizes)| asked.network.hidden = Some(Hidden(sizes)))
    }),
    ("arch", |asked, text| named(text).map(|arch| asked.network.arch = arch)),
    ("c", |asked, text| network::variance(text).map(|c| asked.network.c = Some(c))),
    ("prior", |asked, text| named(text).map(|prior| asked.network.prior = prior)),
    ("components", |asked, text| count(MOST_COMPONENTS)(text).map(|k| asked.network.components = Some(k))),
    ("codes", |asked, text| count(MOST_WORDS)(text).map(|k| asked.network.codes = Some(k))),
    ("tokens", |asked, text| count(MOST_TOKENS)(text).map(|m| asked.network.tokens = Some(m))),
    ("batch", |asked, text| network::batch(text).map(|batch| asked.network.batch = batch)),
    ("lr", |asked, text| network::learning_rate(text).map(|rate| asked.network.lr = rate)),
];
/// Those that every name of a folder tells anyhow.
const ALWAYS_NAMED: [&str; 7] = ["beta", "beta-mean", "beta-variance", "latent", "c", "prior", "components"];

fn named<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        format!("give one of {}", names.map(|name| name.get_name().to_owned()).collect::<Vec<_>>().join(", "))
    })
}

/// A setting and its values.
#[derive(Clone, Debug)]
pub struct Vary {
    name: &'static str,
    set: Set,
    values: Vec<String>,
}

impl Vary {
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, values) = text.split_once('=').ok_or("give a setting and its values, e.g. latent=2,4,16")?;
        let setting = SETTINGS.iter().find(|(known, _)| *known == name.trim());
        let Some((name, set)) = setting else {
            let known: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
            return Err(format!("`{name}` cannot vary; what can: {}", known.join(", ")));
        };
        Ok(Self { name, set: *set, values: values.split(',').map(|value| value.trim().to_owned()).collect() })
    }
}

impl Grid {
    /// All combinations of what varies, found to make sense before any of them is trained.
    pub fn new(arguments: &SweepArguments) -> Result<Self, String> {
        let kind: ModelKind = arguments.model.into();
        let has_kl = matches!(kind, ModelKind::Vae | ModelKind::Pca);
        let usual = (arguments.vary.is_empty() && has_kl).then(|| USUAL_BETAS.to_owned());
        let betas = arguments.beta.clone().or(usual);
        let betas = betas.map(|values| Vary::parse(&format!("beta={values}"))).transpose()?;
        let varied: Vec<Vary> = betas.into_iter().chain(arguments.vary.iter().cloned()).collect();
        for (i, Vary { name, .. }) in varied.iter().enumerate() {
            if varied[..i].iter().any(|other| other.name == *name) {
                return Err(format!("{name} varies twice; give all its values at once"));
            }
        }
        let runs = varied.iter().fold(arguments.seeds as usize, |runs, vary| runs.saturating_mul(vary.values.len()));
        if runs > MOST_RUNS {
            return Err(format!("a grid of {runs} runs: {MOST_RUNS} are the most; give fewer values or seeds"));
        }
        let plain = Asked { network: arguments.network.clone(), beta: BetaArguments::default() };
        let mut combinations = vec![(Vec::new(), plain)];
        for Vary { name, set, values } in &varied {
            let mut next = Vec::new();
            for (before, asked) in &combinations {
                for value in values {
                    let mut asked = asked.clone();
                    set(&mut asked, value).map_err(|why| format!("{name} `{value}`: {why}"))?;
                    next.push(([&before[..], std::slice::from_ref(value)].concat(), asked));
                }
            }
            combinations = next;
        }
        let varied: Vec<&str> = varied.iter().map(|vary| vary.name).collect();
        let mut folders = BTreeSet::new();
        let mut cells = Vec::new();
        for (values, asked) in combinations {
            let told: Vec<String> = varied.iter().zip(&values).map(|(name, value)| format!("{name} {value}")).collect();
            let at = |why: String| if told.is_empty() { why } else { format!("{}: {why}", told.join(", ")) };
            let others = varied.iter().zip(&values).filter(|(name, _)| !ALWAYS_NAMED.contains(name));
            let others: String = others.map(|(name, value)| format!("-{name}-{value}")).collect();
            let mut runs = Vec::new();
            for seed in 0..arguments.seeds {
                let settings = asked.network.settings(kind, &asked.beta, seed).map_err(at)?;
                let name = format!("{}{others}", name(&settings));
                let folder = arguments.out.join(&name);
                if !folders.insert(name) {
                    return Err(at("the grid has these settings twice; give each value once".to_owned()));
                }
                runs.push(Planned { settings, folder });
            }
            cells.push(Cell { values, runs });
        }
        Ok(Self { varied, cells })
    }

    pub fn runs(&self) -> impl Iterator<Item = &Planned> {
        self.cells.iter().flat_map(|cell| &cell.runs)
    }
}

/// What the folder of a run is called; it keeps runs of several models apart.
fn name(RunSettings { model, train }: &RunSettings) -> String {
    let mut parts = Vec::new();
    if model.kind != ModelKind::Vae {
        parts.push(model.kind.to_string().to_lowercase().replace('-', ""));
    }
    if model.has_gaussian() {
        parts.push(match (train.beta.whole(), train.beta) {
            (Some(beta), _) => format!("beta-{beta}"),
            (None, Beta { mean, variance }) => format!("beta-mean-{mean}-variance-{variance}"),
        });
    }
    parts.push(format!("seed-{}", train.seed));
    match model.likelihood {
        Likelihood::Bernoulli => {}
        Likelihood::Gaussian { learned: true, .. } => parts.push("c-learned".to_owned()),
        Likelihood::Gaussian { c, learned: false } => parts.push(format!("c-{c}")),
    }
    match model.prior {
        PriorKind::Normal => {}
        PriorKind::Mixture { components } => parts.push(format!("mixture-{components}")),
        PriorKind::Vamp { components } => parts.push(format!("vamp-{components}")),
    }
    if model.latent != 2 {
        parts.push(format!("latent-{}", model.latent));
    }
    parts.join("-")
}
