//! Long computations say how far they are, and stop when they are told to.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use latent_explorer::config::{Arch, MNIST, Memory, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{self, Dataset, Numbers, Split};
use latent_explorer::explore::inference::{DiagonalGaussian, Draws, Inference, Quadrature, Sampled, evidence_of};
use latent_explorer::explore::measures::{
    Effort, Features, Real, emptiness, jumps, measure, mixture, overlap, separation, surgery,
};
use latent_explorer::explore::{
    Cells, FieldKind, Fitted, Interpolation, Route, Spacing, field, follow, nearest_image, nearest_images,
    unit_variances,
};
use latent_explorer::model::{Autoencoder, Codes, Compute, Frozen, ModelError, Pca, Places, Prior, evaluate};
use latent_explorer::progress::{Cancelled, Progress};
use latent_explorer::train::{LockStep, RunSettings};

use crate::support;

#[test]
fn a_part_tells_its_share_of_the_whole() {
    let told = RefCell::new(Vec::new());
    let tell = |share| {
        told.borrow_mut().push(share);
        Ok(())
    };
    let whole = Progress::new(&tell);
    let half = whole.part(0.5, 1.0);
    half.at(0.5).unwrap();
    half.part_of(1, 2).done(1, 2).unwrap();
    whole.done(0, 0).unwrap();
    assert_eq!(*told.borrow(), [0.75, 0.875, 0.0]);
}

#[test]
fn a_throttled_progress_tells_before_the_first_turn_and_after_enough_work() {
    let told = RefCell::new(Vec::new());
    let tell = |share| {
        told.borrow_mut().push(share);
        Ok(())
    };
    let mut throttled = Progress::new(&tell).throttled(10);
    for (turn, work) in [4, 4, 4, 4, 25, 1, 1].into_iter().enumerate() {
        throttled.before(work, turn, 10).unwrap();
    }
    assert_eq!(*told.borrow(), [0.0, 0.3, 0.5]);
}

type Work<'a> = Box<dyn Fn(&Progress) -> Result<(), ModelError> + 'a>;

fn work<'a, T, E: Into<ModelError>>(
    name: &'static str,
    of: impl Fn(&Progress) -> Result<T, E> + 'a,
) -> (&'static str, Work<'a>) {
    (name, Box::new(move |progress| of(progress).map(drop).map_err(Into::into)))
}

/// How much there is to do.
struct Size {
    effort: Effort,
    /// Cells along each side of a field.
    across: usize,
    draws: Draws,
    /// Images whose principal components are taken.
    components: usize,
    rule: Quadrature,
}

struct Subject<'a> {
    model: &'a Autoencoder,
    dataset: &'a Dataset,
    known: Split,
    some: Vec<f32>,
    evident: Vec<f32>,
    images: Vec<f32>,
    codes: Places,
    whole: Codes,
    /// Posteriors that no grid is fine enough for.
    narrow: Codes,
    size: Size,
}

impl<'a> Subject<'a> {
    fn new(model: &'a Autoencoder, dataset: &'a Dataset, size: Size) -> Self {
        let gather = |split: &Split, count: usize| {
            let some = split.spread(count);
            some.gather(0..some.len())
        };
        let images = gather(&dataset.test, size.effort.images);
        let whole = model.codes_of(&images, &Progress::silent()).unwrap();
        let codes = whole.clone().into_places();
        let narrow = Codes { logvar: Some(vec![-25.0; whole.mu.len()]), ..whole.clone() };
        let (known, some) = (dataset.train.spread(5_000), gather(&dataset.train, size.components));
        let evident = gather(&dataset.test, size.effort.evidence);
        Self { model, dataset, known, some, evident, images, codes, whole, narrow, size }
    }

    /// Every long computation.
    fn all(&self) -> Vec<(&'static str, Work<'_>)> {
        let (model, codes, whole, pixels) = (self.model, &self.codes, &self.whole, self.model.config().pixels());
        let (test, compute, labels) =
            (&self.dataset.test, model.compute(), &self.dataset.test.spread(codes.mu.len()).labels);
        let labels = labels.clone();
        let image = || test.gather([7]);
        let across = self.size.across;
        let cells = Cells { min: [-3.0; 2], max: [3.0; 2], across, down: across };
        let mut all = vec![
            work("encode", move |p| model.encode_places_with(&self.images, p)),
            work("decode", move |p| model.decode_places_with(&codes.mu, p)),
            work("evaluate", move |p| evaluate(model, test, 0, p)),
            work("principal components", move |p| Pca::of(&self.some, pixels, 50.min(pixels), None, compute, p)),
            work("projection", move |p| {
                Pca { mean: vec![0.1; pixels], components: vec![0.1; 50 * pixels], variances: vec![], total: 0.0 }
                    .project(&self.some, compute, p)
            }),
            work("unit variances", move |p| {
                unit_variances(&Numbers { values: &self.some, width: pixels }, 2, true, compute, p)
            }),
            work("surgery, drawn", move |p| surgery(&self.narrow, &Prior::normal(2), 0, p)),
            work("separation", move |p| separation(whole, &labels, p)),
            work("realism", move |p| {
                let vectors = &self.images[..49 * codes.mu.len()];
                Real::new(vectors.to_vec(), 49, &p.part(0.0, 0.5))?.realism_of(vectors, &p.part(0.5, 1.0))
            }),
            work("features", move |p| {
                let images = Numbers { values: &self.some, width: pixels };
                Features::new(&images, compute, &p.part(0.0, 0.5))?.of(&self.some, compute, &p.part(0.5, 1.0))
            }),
            work("mixture", move |p| mixture(whole, 5, 0, p)),
            work("emptiness", move |p| emptiness(&whole.mu, whole, &Fitted::of_prior(&Prior::normal(2)), p)),
            work("jumps", move |p| jumps(&vec![1.0; codes.mu.len()], p)),
            work("evidence", move |p| evidence_of(model, &self.evident, self.size.rule, p)),
            work("inference", move |p| Inference::of(model, &image(), 1.0.into(), p)),
            work("measures", move |p| measure(model, self.dataset, 1.0.into(), self.size.effort, p)),
            work("geodesic", move |p| {
                let points = vec![[-1.0, 0.5], [1.0, 1.0]];
                let route =
                    Route { points, steps: 12, interpolation: Interpolation::Geodesic, spacing: Spacing::Image };
                follow(&route, model, p)
            }),
            work("nearest image", move |p| nearest_image(test.image(3), &self.dataset.train, p)),
            work("nearest images", move |p| nearest_images(&self.dataset.train, test.image(3), 9, p)),
        ];
        for kind in FieldKind::ALL {
            let (name, ..) = kind.describe();
            all.push(work(name, move |p| field(kind, &cells, model, codes, &self.known, p)));
        }
        if let Some(logvar) = &codes.logvar {
            all.push(work("surgery", move |p| surgery(whole, &Prior::normal(2), 0, p)));
            all.push(work("overlap", move |p| overlap(whole, p)));
            let q = DiagonalGaussian::of(codes.mu[0], logvar[0]);
            all.push(work("estimates", move |p| Sampled::of(model, &image(), q, self.size.draws, p)));
        }
        all
    }
}

fn small(dataset: &Dataset, check: impl Fn(&'static str, Work)) {
    for kind in [ModelKind::Ae, ModelKind::Vae] {
        let model = support::model(kind);
        let size = Size {
            effort: Effort { images: 90, evidence: 20, gaps: 2, samples: 60, seed: 0 },
            across: 40,
            draws: Draws { most: 100, repetitions: 3, gradients: 20, seed: 0 },
            components: 100,
            rule: Quadrature::default(),
        };
        let subject = Subject::new(&model, dataset, size);
        subject.all().into_iter().for_each(|(name, work)| check(name, work));
    }
}

/// Every share that is told.
fn shares(work: &Work) -> Vec<f64> {
    let told = RefCell::new(Vec::new());
    let tell = |share| {
        told.borrow_mut().push(share);
        Ok(())
    };
    work(&Progress::new(&tell)).unwrap();
    told.into_inner()
}

#[test]
fn the_share_that_is_told_never_falls() {
    small(&support::dataset(), |name, work| {
        let shares = shares(&work);
        assert!(!shares.is_empty(), "{name} tells nothing");
        assert!(shares.iter().all(|share| (-1e-9..=1.0 + 1e-9).contains(share)), "{name}: {shares:?}");
        assert!(shares.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{name}: {shares:?}");
    });
}

#[test]
fn a_cancelled_computation_ends_at_once() {
    small(&support::dataset(), |name, work| {
        let count = shares(&work).len();
        for at in [1, 2, count / 3, count - 1, count].into_iter().filter(|at| (1..=count).contains(at)) {
            let calls = Cell::new(0);
            let tell = |_| {
                calls.set(calls.get() + 1);
                if calls.get() >= at { Err(Cancelled) } else { Ok(()) }
            };
            let result = work(&Progress::new(&tell));
            assert!(matches!(result, Err(ModelError::Cancelled(_))), "{name}, at call {at} of {count}: {result:?}");
            assert_eq!(calls.get(), at, "{name} goes on after call {at} of {count}");
        }
    });
}

/// How long a computation is silent at most, by the clock and in time of this thread alone, which share is done by then, how
/// often it reports, and how long it takes.
#[derive(Clone, Copy, Default)]
struct Pauses {
    longest: Duration,
    longest_of_thread: Duration,
    before: f64,
    reports: usize,
    whole: Duration,
}

fn pauses(work: &Work) -> Pauses {
    let start = Instant::now();
    let (last, pauses) = (Cell::new((start, ThreadTime::now())), Cell::new(Pauses::default()));
    let note = |share| {
        let ((clock, thread), mut all) = (last.replace((Instant::now(), ThreadTime::now())), pauses.get());
        if thread.elapsed() > all.longest_of_thread {
            (all.longest_of_thread, all.before) = (thread.elapsed(), share);
        }
        all.longest = all.longest.max(clock.elapsed());
        pauses.set(Pauses { reports: all.reports + 1, whole: start.elapsed(), ..all });
        Ok(())
    };
    work(&Progress::new(&note)).unwrap();
    note(1.0).unwrap();
    pauses.get()
}

#[test]
#[ignore = "takes minutes on MNIST and prints how long each computation is silent; run with --ignored --nocapture"]
fn how_long_computations_are_silent() {
    let dataset = Arc::new(data::load(&MNIST.into(), Memory::default(), &Progress::silent()).unwrap().dataset);
    for (name, kind, arch, epochs) in [
        ("VAE", ModelKind::Vae, Arch::Mlp(vec![512, 256]), 1),
        ("AE", ModelKind::Ae, Arch::Mlp(vec![512, 256]), 1),
        ("new VAE", ModelKind::Vae, Arch::Mlp(vec![512, 256]), 0),
        ("conv VAE", ModelKind::Vae, Arch::Conv, 0),
    ] {
        let settings = RunSettings { model: ModelSpec { arch, ..ModelSpec::new(kind) }, train: TrainConfig::default() };
        let mut lockstep = LockStep::new(dataset.clone(), &[settings], Compute::default()).unwrap();
        for _ in 0..epochs * lockstep.steps_an_epoch() {
            lockstep.step();
        }
        let trained = lockstep.runs[0].trainer.model();
        let model = Autoencoder::new(trained.config(), &trained.parameters().unwrap(), Compute::cpu(1)).unwrap();
        let size = match epochs {
            0 => Size {
                effort: Effort { images: 500, evidence: 100, gaps: 1, samples: 500, seed: 0 },
                across: 22,
                draws: Draws { most: 1_000, repetitions: 2, gradients: 100, seed: 0 },
                components: 1_000,
                rule: Quadrature { across: 64, ..Quadrature::default() },
            },
            _ => Size {
                effort: Effort { images: 10_000, evidence: 10_000, gaps: 4, samples: 10_000, seed: 0 },
                across: 88,
                draws: Draws::default(),
                components: 10_000,
                rule: Quadrature::default(),
            },
        };
        let subject = Subject::new(&model, &dataset, size);
        for (work_name, work) in subject.all() {
            let Pauses { longest, longest_of_thread, before, reports, whole } = pauses(&work);
            let [longest, of_thread, whole] = [longest, longest_of_thread, whole].map(|d| 1e3 * d.as_secs_f64());
            println!(
                "{name:8} {work_name:22} silent {longest:6.1} ms, {of_thread:6.1} of this thread (before {before:.2}); {reports:6} reports in \
                 {whole:8.1} ms"
            );
        }
    }
}
