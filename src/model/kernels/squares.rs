//! Squared distances in double precision: of a Gaussian likelihood with a small variance, single precision leaves whole nats open.
#![allow(unsafe_code, reason = "products of slices of one function")]

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use gemm::Parallelism;

use super::team::Team;

/// Of each group of codes and images ‖x − s w‖² of each of its images x and the decoded image s w of each of its codes: (images,
/// codes). Both are taken as differences from the mean of the group's decoded images, so that nothing large cancels. images: (n,
/// width), weights: (codes, width), s: `scale`.
pub fn group_squares(
    images: &[f32],
    weights: &[f32],
    scale: f64,
    width: usize,
    groups: &[(Range<usize>, Vec<usize>)],
    team: &Team,
) -> Vec<Vec<f64>> {
    let results: Vec<Mutex<Vec<f64>>> = groups.iter().map(|_| Mutex::default()).collect();
    team.run(|member| {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        member.phase(groups.len(), |task| {
            let (codes, members) = &groups[task];
            let weights = &weights[codes.start * width..codes.end * width];
            let mut mean = vec![0.0; width];
            for row in weights.chunks_exact(width) {
                mean.iter_mut().zip(row).for_each(|(mean, w)| *mean += scale * f64::from(*w) / codes.len() as f64);
            }
            ours.clear();
            for row in weights.chunks_exact(width) {
                ours.extend(row.iter().zip(&mean).map(|(w, mean)| scale * f64::from(*w) - mean));
            }
            theirs.clear();
            for &i in members {
                let image = &images[i * width..(i + 1) * width];
                theirs.extend(image.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean));
            }
            let squares = squares(&theirs, &ours, width);
            *results[task].lock().unwrap_or_else(PoisonError::into_inner) = squares;
        });
    });
    results.into_iter().map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// ‖a − b‖² of each row of both: a: (n, width), b: (m, width) -> (n, m).
fn squares(a: &[f64], b: &[f64], width: usize) -> Vec<f64> {
    let (n, m) = (a.len() / width, b.len() / width);
    let norms =
        |rows: &[f64]| -> Vec<f64> { rows.chunks_exact(width).map(|row| row.iter().map(|v| v * v).sum()).collect() };
    let (of_a, of_b) = (norms(a), norms(b));
    let mut target: Vec<f64> = of_a.iter().flat_map(|a| of_b.iter().map(move |b| a + b)).collect();
    if target.is_empty() {
        return target;
    }
    // SAFETY: target (n, m), a (n, width) and b transposed (width, m) lie row by row in three slices of their own.
    unsafe {
        let wide = width as isize;
        gemm::gemm(
            n,
            m,
            width,
            target.as_mut_ptr(),
            1,
            m as isize,
            true,
            a.as_ptr(),
            1,
            wide,
            b.as_ptr(),
            wide,
            1,
            1.0,
            -2.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
    target
}
