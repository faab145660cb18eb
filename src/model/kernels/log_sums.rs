//! log Σ exp over many codes for many images, without ever holding all products.
#![allow(unsafe_code, reason = "products of slices of one function")]

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::math;
use super::matrix::{Mat, product, transpose};
use super::team::Team;
use crate::progress::{Cancelled, Progress};

/// Images that lie side by side.
const BLOCK: usize = 128;
/// Blocks a thread that go through the codes together, so that no thread waits long for another.
const BLOCKS: usize = 4;
/// Codes of a product; see the tiles of the network.
const TILE: usize = 48;
/// Terms that are smaller than the largest by this, in nats, are left out: a million of them change the sum by 1e-5.
const NOTHING: f32 = 25.0;
/// Multiplications that each thread does between two reports: a few milliseconds.
const ROUND: usize = 200_000_000;

/// Of one image: log Σ_k exp(t_k), and the terms that matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogSum {
    pub log: f64,
    /// (k, t_k), the largest terms.
    pub terms: Vec<(u32, f64)>,
}

/// The numbers of `tasks` in rounds between which there are reports; each task takes `cost` multiplications.
fn rounds(tasks: usize, cost: usize, team: &Team) -> impl Iterator<Item = Range<usize>> {
    let size = (ROUND / cost.max(1)).max(1) * team.threads();
    (0..tasks).step_by(size).map(move |start| start..(start + size).min(tasks))
}

/// a · bᵀ. a: (n, width), b: (m, width) -> (n, m).
pub fn products(a: &[f32], b: &[f32], width: usize, team: &Team, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let (n, m) = (a.len() / width, b.len() / width);
    let mut all = vec![0.0; n * m];
    if all.is_empty() {
        return Ok(all);
    }
    let (target, a, b) = (Mat::new(&mut all, m), Mat::read(a, width), Mat::read(b, width).transposed());
    let blocks = n.div_ceil(BLOCK);
    for round in rounds(blocks, BLOCK * m * width, team) {
        progress.done(round.start, blocks)?;
        team.run(|member| {
            member.phase(round.len(), |task| {
                let block = round.start + task;
                let rows = block * BLOCK..((block + 1) * BLOCK).min(n);
                // SAFETY: every task writes rows of its own.
                unsafe { product(target.rows(rows.clone()), a.rows(rows), b) };
            });
        });
    }
    Ok(all)
}

/// aᵀ · b. a: (n, width), b: (n, other) -> (width, other).
pub fn gram(
    a: &[f32],
    width: usize,
    b: &[f32],
    other: usize,
    team: &Team,
    progress: &Progress,
) -> Result<Vec<f32>, Cancelled> {
    let mut all = vec![0.0; width * other];
    let (target, a, b) = (Mat::new(&mut all, other), Mat::read(a, width).transposed(), Mat::read(b, other));
    // Parts of the rows as alike as can be: a part of a single row would be computed in another order.
    let (down, across) = (width.div_ceil(BLOCK), other.div_ceil(BLOCK));
    for round in rounds(down * across, BLOCK * BLOCK * a.cols, team) {
        progress.done(round.start, down * across)?;
        team.run(|member| {
            member.phase(round.len(), |task| {
                let (row, col) = ((round.start + task) % down, (round.start + task) / down);
                let rows = row * width / down..(row + 1) * width / down;
                let cols = col * BLOCK..((col + 1) * BLOCK).min(other);
                // SAFETY: every task writes a rectangle of its own.
                unsafe { product(target.rows(rows.clone()).cols(cols.clone()), a.rows(rows), b.cols(cols)) };
            });
        });
    }
    Ok(all)
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

/// t_k = weights_k · image + offset_k. weights: (codes, width), offsets and margins: (codes), images: (n, width). Of each image all
/// terms t_k within margin_k nats of the largest are kept.
pub fn log_sums(
    weights: &[f32],
    offsets: &[f32],
    images: &[f32],
    width: usize,
    margins: &[f32],
    team: &Team,
    progress: &Progress,
) -> Result<Vec<LogSum>, Cancelled> {
    let n = images.len() / width;
    let (weights, images) = (Mat::read(weights, width), Mat::read(images, width));
    let codes_a_round = (ROUND / (BLOCKS * BLOCK * width)).max(1).next_multiple_of(TILE);
    let blocks: Vec<Range<usize>> = (0..n).step_by(BLOCK).map(|start| start..(start + BLOCK).min(n)).collect();
    let mut all = Vec::with_capacity(n);
    for together in blocks.chunks(BLOCKS * team.threads()) {
        let end = together.last().map_or(n, |block| block.end);
        let progress = progress.part(all.len() as f64 / n as f64, end as f64 / n as f64);
        let blocks: Vec<Mutex<Block>> =
            together.iter().map(|block| Mutex::new(Block::new(images.rows(block.clone())))).collect();
        for start in (0..weights.rows).step_by(codes_a_round) {
            progress.done(start, weights.rows)?;
            let codes = start..(start + codes_a_round).min(weights.rows);
            team.run(|member| {
                member.phase(blocks.len(), |task| {
                    let mut block = blocks[task].lock().unwrap_or_else(PoisonError::into_inner);
                    codes.clone().step_by(TILE).for_each(|tile| {
                        block.add(weights, offsets, margins, tile..(tile + TILE).min(codes.end));
                    });
                });
            });
        }
        all.extend(
            blocks.into_iter().flat_map(|b| b.into_inner().unwrap_or_else(PoisonError::into_inner).finish(margins)),
        );
    }
    Ok(all)
}

/// Some images on their way through the codes.
struct Block {
    /// (width, images)
    features: Vec<f32>,
    /// Terms of some codes: (codes, images).
    tile: Vec<f32>,
    /// Of each image the largest term so far, the sum of exponentials relative to it, and the terms near it.
    most: Vec<f32>,
    sums: Vec<f32>,
    kept: Vec<Vec<(u32, f64)>>,
}

impl Block {
    fn new(images: Mat) -> Self {
        let n = images.rows;
        let mut features = vec![0.0; images.cols * n];
        // SAFETY: memory of this function.
        unsafe { transpose(Mat::new(&mut features, n), images) };
        let (most, sums, kept) = (vec![f32::NEG_INFINITY; n], vec![0.0; n], vec![Vec::new(); n]);
        Self { features, tile: vec![0.0; TILE * n], most, sums, kept }
    }

    /// Adds the terms of a tile of codes.
    fn add(&mut self, weights: Mat, offsets: &[f32], margins: &[f32], codes: Range<usize>) {
        let Self { features, tile, most, sums, kept } = self;
        let n = most.len();
        let tile = &mut tile[..codes.len() * n];
        // SAFETY: memory of this function.
        unsafe { product(Mat::new(tile, n), weights.rows(codes.clone()), Mat::read(features, n)) };
        math::add_bias(tile, &offsets[codes.clone()], n);
        let before = most.clone();
        math::column_maxima(tile, most);
        let mut here = vec![f32::NEG_INFINITY; n];
        math::column_maxima(tile, &mut here);
        let widest = margins[codes.clone()].iter().copied().fold(0.0, f32::max);
        if here.iter().zip(most.iter()).all(|(here, most)| *here < most - widest.max(NOTHING)) {
            return;
        }
        math::add_exponentials(tile, most, &before, sums);
        for image in (0..n).filter(|&i| here[i] >= most[i] - widest) {
            for (k, row) in (codes.start..).zip(tile.chunks_exact(n)) {
                if row[image] >= most[image] - margins[k] {
                    kept[image].push((k as u32, f64::from(row[image])));
                }
            }
        }
    }

    fn finish(self, margins: &[f32]) -> Vec<LogSum> {
        let Self { most, sums, kept, .. } = self;
        let of = |((mut terms, most), sum): ((Vec<(u32, f64)>, f32), f32)| {
            terms.retain(|(k, term)| *term >= f64::from(most - margins[*k as usize]));
            LogSum { log: f64::from(most) + f64::from(sum).ln(), terms }
        };
        kept.into_iter().zip(most).zip(sums).map(of).collect()
    }
}
