//! A linear decoder in any number of dimensions, whose log p(x) is known on paper, and its estimates.

use std::f64::consts::TAU;

use latent_explorer::explore::inference::{Annealing, Diagonal, Importance, Weighted, annealed, importance};
use latent_explorer::progress::{Cancelled, Progress};
use latent_explorer::random::{Purpose, standard_normal, stream};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// x = W z + noise of variance 1.
pub struct Linear {
    w: DMatrix<f64>,
    x: DVector<f64>,
}

impl Linear {
    /// With so many dimensions of z, whose columns of W have a common part, and with an x of its own.
    pub fn new(dimensions: usize) -> Self {
        let pixels = 20 + 2 * dimensions;
        let mut rng = stream(7, Purpose::Samples, dimensions as u64);
        let mut draw = |rows, columns| {
            let values = standard_normal(&mut rng, rows * columns);
            DMatrix::from_iterator(rows, columns, values.into_iter().map(f64::from))
        };
        let (own, common) = (draw(pixels, dimensions), draw(pixels, 1));
        let w = own * 0.9 + common * DMatrix::from_element(1, dimensions, 0.4);
        let x = &w * draw(dimensions, 1) + draw(pixels, 1);
        Self { w, x: x.column(0).into_owned() }
    }

    fn dimensions(&self) -> usize {
        self.w.ncols()
    }

    pub fn term(&self, z: &[f32]) -> f64 {
        let mut left = self.x.as_slice().to_vec();
        for (column, z) in self.w.as_slice().chunks_exact(left.len()).zip(z) {
            left.iter_mut().zip(column).for_each(|(left, w)| *left -= w * f64::from(*z));
        }
        -0.5 * (left.iter().map(|v| v * v).sum::<f64>() + left.len() as f64 * TAU.ln())
    }

    /// log N(x; 0, W Wᵀ + I), among the pixels.
    pub fn log_evidence(&self) -> f64 {
        let cholesky = factor(&self.w * self.w.transpose());
        let log_det = 2.0 * cholesky.l_dirty().diagonal().map(f64::ln).sum();
        -0.5 * (self.x.len() as f64 * TAU.ln() + log_det + self.x.dot(&cholesky.solve(&self.x)))
    }

    /// The diagonal Gaussian nearest to the posterior, shifted by so many σ to both sides and as much wider.
    pub fn answer(&self, shift: f64, width: f64) -> Q {
        let precision = factor(self.w.transpose() * &self.w);
        let mean = precision.solve(&(self.w.transpose() * &self.x));
        let sigma = |d: usize| (1.0 + self.w.column(d).norm_squared()).powf(-0.5);
        let side = |d: usize| if d.is_multiple_of(2) { shift } else { -shift };
        let mu = (0..self.dimensions()).map(|d| mean[d] + side(d) * sigma(d)).collect();
        Q { mu, sigma: (0..self.dimensions()).map(|d| width * sigma(d)).collect() }
    }

    pub fn importance(&self, q: &Q, samples: usize, seed: u64) -> Importance {
        importance(
            q.diagonal(),
            samples,
            seed,
            of_codes(self.dimensions(), |z| self.term(z)),
            prior,
            &Progress::silent(),
        )
        .unwrap()
    }

    pub fn annealed(&self, q: &Q, annealing: Annealing, seed: u64) -> Weighted {
        annealed(
            q.diagonal(),
            annealing,
            seed,
            of_codes(self.dimensions(), |z| self.term(z)),
            prior,
            &Progress::silent(),
        )
        .unwrap()
    }

    pub fn annealed_by_default(&self, q: &Q) -> Weighted {
        self.annealed(q, Annealing::for_dimensions(self.dimensions()), 3)
    }
}

/// Cholesky's of A + I.
fn factor(a: DMatrix<f64>) -> Cholesky<f64, Dyn> {
    let one = DMatrix::identity(a.nrows(), a.nrows());
    (a + one).cholesky().unwrap()
}

pub struct Q {
    pub mu: Vec<f64>,
    pub sigma: Vec<f64>,
}

impl Q {
    pub fn diagonal(&self) -> Diagonal<'_> {
        Diagonal { mu: &self.mu, sigma: &self.sigma }
    }
}

pub fn prior(z: &[f64]) -> f64 {
    z.iter().map(|v| -0.5 * (v * v + TAU.ln())).sum()
}

pub fn of_codes(
    dimensions: usize,
    term: impl Fn(&[f32]) -> f64,
) -> impl FnMut(&[f32], &Progress) -> Result<Vec<f64>, Cancelled> {
    move |codes, _| Ok(codes.chunks_exact(dimensions).map(&term).collect())
}
