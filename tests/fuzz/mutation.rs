//! A seed with some of its bytes changed, as a fuzzer changes them.

use rand::{Rng, RngExt};

/// Numbers at the edge of what sizes and counts can be.
const EDGES: [u64; 12] = [0, 1, 2, 127, 128, 255, 65_535, 1 << 31, (1 << 31) - 1, u32::MAX as u64, 1 << 62, u64::MAX];
const DIGITS: [&[u8]; 8] = [b"0", b"-1", b"65536", b"4294967296", b"18446744073709551616", b"1e308", b"NaN", b"null"];

pub fn mutated(seeds: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = seeds[rng.random_range(0..seeds.len())].clone();
    for _ in 0..rng.random_range(1..5) {
        mutate(&mut bytes, seeds, rng);
    }
    bytes
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut impl Rng) {
    if bytes.is_empty() {
        bytes.push(rng.random());
        return;
    }
    let at = rng.random_range(0..bytes.len());
    let end = (at + rng.random_range(1..32)).min(bytes.len());
    match rng.random_range(0..9) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = rng.random(),
        2 => bytes.truncate(at),
        3 => _ = bytes.drain(at..end),
        4 => {
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        5 => {
            let width = [1, 2, 4, 8][rng.random_range(0..4)];
            let (mut edge, is_big) = (EDGES[rng.random_range(0..EDGES.len())].to_le_bytes(), rng.random_bool(0.5));
            if is_big {
                edge[..width].reverse();
            }
            for (byte, new) in bytes[at..].iter_mut().zip(&edge[..width]) {
                *byte = *new;
            }
        }
        6 => {
            let other = &seeds[rng.random_range(0..seeds.len())];
            let from = rng.random_range(0..other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        7 => bytes.insert(at, rng.random()),
        _ => {
            // A number in a text.
            let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
            let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            bytes.splice(start..start + length, DIGITS[rng.random_range(0..DIGITS.len())].iter().copied());
        }
    }
}
