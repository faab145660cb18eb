//! log Σ exp over many codes for many images, without ever holding all products.
#![allow(unsafe_code, reason = "products of slices of one function")]

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::math;
use super::matrix::{Mat, product, transpose};
use super::team::Team;

/// Images that lie side by side.
const BLOCK: usize = 128;
/// Codes of a product; see the tiles of the network.
const TILE: usize = 48;
/// Terms that are smaller than the largest by this, in nats, are left out: a million of them change the sum by 1e-5.
const NOTHING: f32 = 25.0;

/// Of one image: log Σ_k exp(t_k), and the terms that matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogSum {
    pub log: f64,
    /// (k, t_k), the largest terms.
    pub terms: Vec<(u32, f64)>,
}

/// a · bᵀ on the calling team. a: (n, width), b: (m, width) -> (n, m).
pub fn products(a: &[f32], b: &[f32], width: usize, team: &Team) -> Vec<f32> {
    let (n, m) = (a.len() / width, b.len() / width);
    let mut all = vec![0.0; n * m];
    if all.is_empty() {
        return all;
    }
    let (target, a, b) = (Mat::new(&mut all, m), Mat::read(a, width), Mat::read(b, width).transposed());
    team.run(|member| {
        member.phase(n.div_ceil(BLOCK), |task| {
            let rows = task * BLOCK..((task + 1) * BLOCK).min(n);
            // SAFETY: every task writes rows of its own.
            unsafe { product(target.rows(rows.clone()), a.rows(rows), b) };
        });
    });
    all
}

/// aᵀ · b. a: (n, width), b: (n, other) -> (width, other).
pub fn gram(a: &[f32], width: usize, b: &[f32], other: usize, team: &Team) -> Vec<f32> {
    let mut all = vec![0.0; width * other];
    let (target, a, b) = (Mat::new(&mut all, other), Mat::read(a, width).transposed(), Mat::read(b, other));
    team.run(|member| {
        member.phase(other.div_ceil(BLOCK), |task| {
            let cols = task * BLOCK..((task + 1) * BLOCK).min(other);
            // SAFETY: every task writes columns of its own.
            unsafe { product(target.cols(cols.clone()), a, b.cols(cols)) };
        });
    });
    all
}

/// Of each group of codes and images the products of its images with its codes: (images, codes). images: (n, width), weights:
/// (codes, width).
pub fn group_products(
    images: &[f32],
    weights: &[f32],
    width: usize,
    groups: &[(Range<usize>, Vec<usize>)],
    team: &Team,
) -> Vec<Vec<f32>> {
    let results: Vec<Mutex<Vec<f32>>> = groups.iter().map(|_| Mutex::default()).collect();
    team.run(|member| {
        let mut gathered = Vec::new();
        member.phase(groups.len(), |task| {
            let (codes, members) = &groups[task];
            gathered.clear();
            members.iter().for_each(|&i| gathered.extend_from_slice(&images[i * width..(i + 1) * width]));
            let mut target = vec![0.0; members.len() * codes.len()];
            let weights = Mat::read(weights, width).rows(codes.clone()).transposed();
            // SAFETY: memory of this task.
            unsafe { product(Mat::new(&mut target, codes.len()), Mat::read(&gathered, width), weights) };
            *results[task].lock().unwrap_or_else(PoisonError::into_inner) = target;
        });
    });
    results.into_iter().map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// t_k = weights_k · image + offset_k. weights: (codes, width), offsets: (codes), images: (n, width). Of each image all terms
/// within `margin` nats of the largest are kept.
pub fn log_sums(
    weights: &[f32],
    offsets: &[f32],
    images: &[f32],
    width: usize,
    margin: f32,
    team: &Team,
) -> Vec<LogSum> {
    let n = images.len() / width;
    let (weights, images) = (Mat::read(weights, width), Mat::read(images, width));
    let results: Vec<Mutex<Vec<LogSum>>> = (0..n.div_ceil(BLOCK)).map(|_| Mutex::default()).collect();
    team.run(|member| {
        member.phase(results.len(), |task| {
            let block = task * BLOCK..((task + 1) * BLOCK).min(n);
            let sums = block_sums(weights, offsets, images.rows(block), margin);
            *results[task].lock().unwrap_or_else(PoisonError::into_inner) = sums;
        });
    });
    results.into_iter().flat_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn block_sums(weights: Mat, offsets: &[f32], images: Mat, margin: f32) -> Vec<LogSum> {
    let (width, n) = (images.cols, images.rows);
    let mut features = vec![0.0; width * n];
    let features = Mat::new(&mut features, n);
    // SAFETY: memory of this function.
    unsafe { transpose(features, images) };
    let mut tile = vec![0.0; TILE * n];
    let (mut most, mut sums) = (vec![f32::NEG_INFINITY; n], vec![0.0f32; n]);
    let mut kept: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
    for start in (0..weights.rows).step_by(TILE) {
        let codes = start..(start + TILE).min(weights.rows);
        let tile = &mut tile[..codes.len() * n];
        // SAFETY: memory of this function.
        unsafe { product(Mat::new(tile, n), weights.rows(codes.clone()), features) };
        math::add_bias(tile, &offsets[codes], n);
        let before = most.clone();
        math::column_maxima(tile, &mut most);
        let mut here = vec![f32::NEG_INFINITY; n];
        math::column_maxima(tile, &mut here);
        if here.iter().zip(&most).all(|(here, most)| *here < most - NOTHING) {
            continue;
        }
        math::add_exponentials(tile, &most, &before, &mut sums);
        for image in (0..n).filter(|&i| here[i] >= most[i] - margin) {
            for (k, row) in (start..).zip(tile.chunks_exact(n)) {
                if row[image] >= most[image] - margin {
                    kept[image].push((k as u32, f64::from(row[image])));
                }
            }
        }
    }
    let of = |(i, mut terms): (usize, Vec<(u32, f64)>)| {
        terms.retain(|(_, term)| *term >= f64::from(most[i] - margin));
        LogSum { log: f64::from(most[i]) + f64::from(sums[i]).ln(), terms }
    };
    kept.into_iter().enumerate().map(of).collect()
}
