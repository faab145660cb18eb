//! Shortest paths under the metric that the decoder pulls back to the plane, JᵀJ (Arvanitidis, Hansen and Hauberg 2018; Chen
//! et al. 2018): the length of a small step is how far the decoded image moves.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::fields::Cells;
use super::nearest::nearest;
use super::path::{Interpolation, distances, image_distance, length, lerp, path, respaced};
use crate::config::Place;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// Nodes along each side of the grid that is searched.
const SIDE: usize = 41;
/// How far the grid reaches beyond the ends, as a share of their distance.
const MARGIN: f32 = 0.6;
/// Points of the path while it is relaxed, and how often each is moved.
const KNOTS: usize = 33;
const ROUNDS: usize = 40;
/// Nodes that are left behind between two reports.
const NODES: usize = 128;
/// Steps to nodes up to two away, so that the grid knows sixteen directions.
const STEPS: [(i32, i32); 16] = [
    (1, 0),
    (-1, 0),
    (0, 1),
    (0, -1),
    (1, 1),
    (1, -1),
    (-1, 1),
    (-1, -1),
    (2, 1),
    (2, -1),
    (-2, 1),
    (-2, -1),
    (1, 2),
    (1, -2),
    (-1, 2),
    (-1, -2),
];

/// `count` codes along the shortest path found from `from` to `to`, equally far from each other in the plane; none if no path
/// was found that is shorter than the straight one.
///
/// Dijkstra's shortest path over a grid about both ends, and the straight line, are each relaxed point by point; the shorter
/// of the two is taken.
pub fn geodesic(
    model: &dyn Frozen,
    from: Place,
    to: Place,
    count: usize,
    progress: &Progress,
) -> Result<Option<Vec<Place>>, ModelError> {
    let straight = path(from, to, count, Interpolation::Linear);
    let mut best = (length(model, &straight, &progress.part(0.0, 0.05))?, None);
    let found = search(model, from, to, &progress.part(0.05, 0.3))?;
    for (i, start) in [found, path(from, to, KNOTS, Interpolation::Linear)].into_iter().enumerate() {
        let progress = progress.part(0.3, 1.0).part_of(i, 2);
        let relaxed = relax(model, start, &progress.part(0.0, 0.9))?;
        let relaxed = respaced(&relaxed, &distances(&relaxed), count);
        let length = length(model, &relaxed, &progress.part(0.9, 1.0))?;
        if length < best.0 {
            best = (length, Some(relaxed));
        }
    }
    Ok(best.1)
}

/// The shortest path over the nodes of a grid, as `KNOTS` points.
fn search(model: &dyn Frozen, from: Place, to: Place, progress: &Progress) -> Result<Vec<Place>, ModelError> {
    let reach = MARGIN * (from[0] - to[0]).hypot(from[1] - to[1]).max(1e-3);
    let min = [0, 1].map(|d| from[d].min(to[d]) - reach);
    let max = [0, 1].map(|d| from[d].max(to[d]) + reach);
    let cells = Cells { min, max, across: SIDE, down: SIDE };
    let mut nodes = cells.centres();
    // The ends take the place of the nodes nearest to them.
    let node = |z: Place| nearest(&nodes, z).map_or(0, |(i, _)| i);
    let (start, end) = (node(from), node(to));
    (nodes[start], nodes[end]) = (from, to);
    let images = model.decode_places_with(&nodes, &progress.part(0.0, 0.8))?;
    let pixels = model.config().pixels();
    let image = |i: usize| &images[i * pixels..(i + 1) * pixels];

    let mut lengths = vec![f32::INFINITY; nodes.len()];
    let mut before = vec![start; nodes.len()];
    // Lengths are not negative, so that their bits are in their order.
    let mut queue = BinaryHeap::from([Reverse((0u32, start))]);
    lengths[start] = 0.0;
    let mut left = 0;
    while let Some(Reverse((bits, node))) = queue.pop() {
        if node == end {
            break;
        }
        if f32::from_bits(bits) > lengths[node] {
            continue;
        }
        if left % NODES == 0 {
            progress.part(0.8, 1.0).done(left, nodes.len())?;
        }
        left += 1;
        let (x, y) = ((node % SIDE) as i32, (node / SIDE) as i32);
        for (dx, dy) in STEPS {
            let inside = |v: i32| (0..SIDE as i32).contains(&v);
            if !inside(x + dx) || !inside(y + dy) {
                continue;
            }
            let next = (y + dy) as usize * SIDE + (x + dx) as usize;
            let length = lengths[node] + image_distance(image(node), image(next));
            if length < lengths[next] {
                (lengths[next], before[next]) = (length, node);
                queue.push(Reverse((length.to_bits(), next)));
            }
        }
    }
    let mut line = vec![nodes[end]];
    let mut node = end;
    while node != start && line.len() <= nodes.len() {
        node = before[node];
        line.push(nodes[node]);
    }
    line.reverse();
    Ok(respaced(&line, &distances(&line), KNOTS))
}

/// Moves each point across the path to where its two pieces are shortest, with steps that get smaller.
fn relax(model: &dyn Frozen, mut line: Vec<Place>, progress: &Progress) -> Result<Vec<Place>, ModelError> {
    let pixels = model.config().pixels();
    let mut step = 0.5;
    for round in 0..ROUNDS {
        // Odd and even points in turn, so that the neighbours of a point stay while it moves.
        let moving: Vec<usize> = (1..line.len().saturating_sub(1)).filter(|i| i % 2 == round % 2).collect();
        let candidates = |i: usize| {
            let (a, b) = (line[i - 1], line[i + 1]);
            let across = [a[1] - b[1], b[0] - a[0]];
            let middle = lerp(a, b, 0.5);
            let moved = |t: f32| [line[i][0] + t * step * across[0], line[i][1] + t * step * across[1]];
            [a, b, line[i], moved(1.0), moved(-1.0), lerp(line[i], middle, 0.5)]
        };
        let codes: Vec<Place> = moving.iter().flat_map(|&i| candidates(i)).collect();
        let images = model.decode_places_with(&codes, &progress.part_of(round, ROUNDS))?;
        for ((&i, codes), images) in moving.iter().zip(codes.chunks_exact(6)).zip(images.chunks_exact(6 * pixels)) {
            let image = |k: usize| &images[k * pixels..(k + 1) * pixels];
            let length = |k: usize| image_distance(image(0), image(k)) + image_distance(image(k), image(1));
            let best = (2..6).min_by(|&a, &b| length(a).total_cmp(&length(b))).unwrap_or(2);
            line[i] = codes[best];
        }
        if round % 4 == 3 {
            step *= 0.7;
        }
    }
    Ok(line)
}
