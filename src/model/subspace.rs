//! The largest eigenvalues of a symmetric matrix that need not be there as a whole, by subspace iteration (Halko, Martinsson
//! and Tropp 2011).

use nalgebra::{DMatrix, SymmetricEigen};

use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions that are followed besides those that are wanted.
const MORE: usize = 10;

/// When the iteration ends: S v = λ v up to this share of the largest λ, or after so many rounds.
#[derive(Clone, Copy)]
pub struct Until {
    pub share: f64,
    pub rounds: usize,
}

/// The largest eigenvalues of a matrix, the largest first, and their vectors as columns; some more than were wanted.
pub struct Pairs {
    pub values: Vec<f64>,
    pub vectors: DMatrix<f64>,
    pub has_converged: bool,
}

/// Of a matrix (size, size) that `times` multiplies others with: with Rayleigh and Ritz's step in every round, until each pair
/// S v = λ v holds.
pub fn largest(
    size: usize,
    count: usize,
    until: Until,
    times: impl Fn(&DMatrix<f64>, &Progress) -> Result<DMatrix<f64>, Cancelled>,
    progress: &Progress,
) -> Result<Pairs, Cancelled> {
    let wide = (count + MORE).min(size);
    let random = standard_normal(&mut stream(0, Purpose::Samples, u64::MAX >> 9), wide * size);
    let mut basis = DMatrix::from_iterator(size, wide, random.into_iter().map(f64::from)).qr().q();
    let (mut values, mut has_converged) = (vec![0.0; wide], false);
    for round in 0..until.rounds {
        progress.done(round, until.rounds)?;
        let moved = times(&basis, &progress.part_of(round, until.rounds))?;
        let turn;
        (values, turn) = descending(basis.transpose() * &moved);
        let (turned, moved) = (&basis * &turn, moved * turn);
        let left = (0..count).map(|i| (moved.column(i) - turned.column(i) * values[i]).norm());
        has_converged = left.fold(0.0, f64::max) <= until.share * values[0].max(f64::MIN_POSITIVE);
        // After the last round the pairs are as good as they became.
        let is_over = has_converged || round + 1 == until.rounds;
        basis = if is_over { turned } else { moved.qr().q() };
        if is_over {
            break;
        }
    }
    Ok(Pairs { values, vectors: basis, has_converged })
}

/// The eigenvalues of a symmetric matrix, the largest first, and their vectors as columns.
pub fn descending(matrix: DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let pairs = SymmetricEigen::new(matrix);
    let mut order: Vec<usize> = (0..pairs.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| pairs.eigenvalues[b].total_cmp(&pairs.eigenvalues[a]));
    (order.iter().map(|&i| pairs.eigenvalues[i]).collect(), pairs.eigenvectors.select_columns(&order))
}
