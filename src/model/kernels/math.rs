//! Elementary functions written so that the compiler turns a loop over them into vector instructions, and the loops.

use std::f32::consts::{LN_2, LOG2_E};

use super::AdamStep;
use crate::config::{Likelihood, Link};

/// Numbers that a sum is spread over, so that vectors can follow its order.
const LANES: usize = 16;

/// Defines functions whose loops are compiled for AVX-512, AVX2, NEON and plain instructions; the widest that the machine
/// has is picked at run time. What they call must be `#[inline(always)]`, and a closure would be compiled apart.
macro_rules! vectorised {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident<$life:lifetime>($($arg:ident: $type:ty),* $(,)?) -> $out:ty $body:block)*) => {$(
        $(#[$meta])*
        $vis fn $name<$life>($($arg: $type),*) -> $out {
            struct Loop<$life> { $($arg: $type),* }
            impl<$life> pulp::WithSimd for Loop<$life> {
                type Output = $out;
                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> $out {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Loop { $($arg),* })
        }
    )*};
}

pub(super) use vectorised;

/// e^x to two units in the last place; 0 below −87, e^88 above 88, NaN for NaN. Cody and Waite's reduction to |r| ≤ ln 2 / 2,
/// then the Taylor polynomial of degree 6.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = LN_2 - LN_2_HIGH;
    let low = if x < -87.0 { -87.0 } else { x };
    let bounded = if low > 88.0 { 88.0 } else { low };
    let n = (bounded * LOG2_E).round_ties_even();
    let r = (bounded - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut p = 1.0 / 720.0;
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    // NaN becomes some power of two here and stays NaN in the product.
    let power = f32::from_bits((((n as i32).wrapping_add(127)) as u32) << 23);
    if x < -87.0 { 0.0 } else { p * power }
}

/// ln(1 + u) for u in [0, 1], as 2 artanh(u / (2 + u)); NaN for NaN.
#[inline(always)]
pub fn ln_1p(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let q = s * s;
    let mut p = 1.0 / 15.0;
    for c in [1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        p = p * q + c;
    }
    2.0 * s * p
}

/// (softplus(l), sigmoid(l)) from one exponential.
#[inline(always)]
pub fn softplus_and_sigmoid(l: f32) -> (f32, f32) {
    let u = exp(-l.abs());
    let positive = if l > 0.0 { l } else { 0.0 };
    let small = u / (1.0 + u);
    (positive + ln_1p(u), if l > 0.0 { 1.0 - small } else { small })
}

vectorised! {
    /// Rows of `width` values: max(value + bias of the row, 0); NaN stays.
    pub fn bias_and_relu<'a>(values: &'a mut [f32], bias: &'a [f32], width: usize) -> () {
        for (row, b) in values.chunks_exact_mut(width).zip(bias) {
            for value in row {
                let sum = *value + b;
                *value = if sum < 0.0 { 0.0 } else { sum };
            }
        }
    }

    /// The same where the values of a place have a bias each: max(·, 0) only if `relu`.
    pub fn bias_by_place<'a>(values: &'a mut [f32], bias: &'a [f32], relu: bool) -> () {
        for place in values.chunks_exact_mut(bias.len()) {
            for (value, b) in place.iter_mut().zip(bias) {
                let sum = *value + b;
                *value = if relu && sum < 0.0 { 0.0 } else { sum };
            }
        }
    }

    /// sums += the values of every place
    pub fn add_by_place<'a>(sums: &'a mut [f32], values: &'a [f32]) -> () {
        for place in values.chunks_exact(sums.len()) {
            for (sum, value) in sums.iter_mut().zip(place) {
                *sum += value;
            }
        }
    }

    /// gradient = 0 where the unit was off.
    pub fn mask<'a>(gradient: &'a mut [f32], unit: &'a [f32]) -> () {
        for (g, u) in gradient.iter_mut().zip(unit) {
            *g = if *u == 0.0 { 0.0 } else { *g };
        }
    }

    /// values += factor · others
    pub fn add_scaled<'a>(values: &'a mut [f32], factor: f32, others: &'a [f32]) -> () {
        for (value, other) in values.iter_mut().zip(others) {
            *value += factor * other;
        }
    }

    /// A unit of the first layer after the code, for several codes: max(bias + z · w, 0); NaN stays.
    pub fn from_code<'a>(unit: &'a mut [f32], z: [&'a [f32]; 2], weight: [f32; 2], bias: f32) -> () {
        for ((unit, z0), z1) in unit.iter_mut().zip(z[0]).zip(z[1]) {
            let sum = bias + z0 * weight[0] + z1 * weight[1];
            *unit = if sum < 0.0 { 0.0 } else { sum };
        }
    }

    /// Products a · b to squared distances, from the squared norms of b and of a; not below 0.
    pub fn from_products<'a>(products: &'a mut [f32], norms: &'a [f32], norm: f32) -> () {
        for (product, b) in products.iter_mut().zip(norms) {
            let square = norm + b - 2.0 * *product;
            *product = if square < 0.0 { 0.0 } else { square };
        }
    }

    /// sums += the sum of each row of `width` values
    pub fn add_row_sums<'a>(sums: &'a mut [f32], values: &'a [f32], width: usize) -> () {
        for (sum, row) in sums.iter_mut().zip(values.chunks_exact(width)) {
            let mut lanes = [0.0; LANES];
            let (chunks, rest) = row.as_chunks::<LANES>();
            for chunk in chunks {
                for k in 0..LANES {
                    lanes[k] += chunk[k];
                }
            }
            *sum += lanes.iter().chain(rest).sum::<f32>();
        }
    }

    /// Rows of `width` logits to pixels, after the bias of the row.
    pub fn pixels<'a>(logits: &'a mut [f32], bias: &'a [f32], width: usize) -> () {
        for (row, b) in logits.chunks_exact_mut(width).zip(bias) {
            for logit in row {
                *logit = softplus_and_sigmoid(*logit + b).1;
            }
        }
    }

    /// sigmoid(l)
    pub fn sigmoids<'a>(logits: &'a mut [f32]) -> () {
        for logit in logits {
            *logit = softplus_and_sigmoid(*logit).1;
        }
    }

    /// Rows of `width` values: value + bias of the row.
    pub fn add_bias<'a>(values: &'a mut [f32], bias: &'a [f32], width: usize) -> () {
        for (row, b) in values.chunks_exact_mut(width).zip(bias) {
            for value in row {
                *value += b;
            }
        }
    }

    /// maxima = max(maxima, every row)
    pub fn column_maxima<'a>(rows: &'a [f32], maxima: &'a mut [f32]) -> () {
        for row in rows.chunks_exact(maxima.len()) {
            for (max, value) in maxima.iter_mut().zip(row) {
                *max = if *value > *max { *value } else { *max };
            }
        }
    }

    /// sums = sums · e^(before − most) + Σ over the rows of e^(value − most)
    pub fn add_exponentials<'a>(rows: &'a [f32], most: &'a [f32], before: &'a [f32], sums: &'a mut [f32]) -> () {
        for ((sum, most), before) in sums.iter_mut().zip(most).zip(before) {
            *sum *= exp(before - most);
        }
        for row in rows.chunks_exact(sums.len()) {
            for ((sum, value), most) in sums.iter_mut().zip(row).zip(most) {
                *sum += exp(value - most);
            }
        }
    }

    /// Σ softplus(l)
    pub fn softplus_sum<'a>(logits: &'a [f32]) -> f32 {
        let mut sums = [0.0; LANES];
        let (chunks, rest) = logits.as_chunks::<LANES>();
        for chunk in chunks {
            for k in 0..LANES {
                sums[k] += softplus_and_sigmoid(chunk[k]).0;
            }
        }
        sums.iter().sum::<f32>() + rest.iter().map(|&l| softplus_and_sigmoid(l).0).sum::<f32>()
    }

    /// Σ ½ (x − f)² / c, f = sigmoid(l), over rows of `width` logits, the bias of the row being added first; replaces each by
    /// its gradient, (f − x) f (1 − f) / c · `scale`.
    pub fn gaussian<'a>(
        logits: &'a mut [f32],
        bias: &'a [f32],
        x: &'a [f32],
        width: usize,
        scale: f32,
        c: f32,
    ) -> f32 {
        let mut sums = [0.0; LANES];
        for ((logits, x), &bias) in logits.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(bias) {
            for (logits, x) in logits.chunks_mut(LANES).zip(x.chunks(LANES)) {
                for ((logit, x), sum) in logits.iter_mut().zip(x).zip(&mut sums) {
                    let f = softplus_and_sigmoid(*logit + bias).1;
                    *sum += 0.5 * (f - x) * (f - x) / c;
                    *logit = (f - x) * f * (1.0 - f) / c * scale;
                }
            }
        }
        sums.iter().sum()
    }

    /// The same without the sigmoid: Σ ½ (x − f)² / c and (f − x) / c · `scale`.
    pub fn gaussian_linear<'a>(
        pixels: &'a mut [f32],
        bias: &'a [f32],
        x: &'a [f32],
        width: usize,
        scale: f32,
        c: f32,
    ) -> f32 {
        let mut sums = [0.0; LANES];
        for ((pixels, x), &bias) in pixels.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(bias) {
            for (pixels, x) in pixels.chunks_mut(LANES).zip(x.chunks(LANES)) {
                for ((pixel, x), sum) in pixels.iter_mut().zip(x).zip(&mut sums) {
                    let away = *pixel + bias - x;
                    *sum += 0.5 * away * away / c;
                    *pixel = away / c * scale;
                }
            }
        }
        sums.iter().sum()
    }

    /// Σ softplus(l) − l·x over rows of `width` logits, the bias of the row being added first; replaces each by its
    /// gradient, (sigmoid(l) − x) · `scale`.
    pub fn bernoulli<'a>(logits: &'a mut [f32], bias: &'a [f32], x: &'a [f32], width: usize, scale: f32) -> f32 {
        let mut sums = [0.0; LANES];
        for ((logits, x), &bias) in logits.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(bias) {
            let ((logits, logits_rest), (x, x_rest)) = (logits.as_chunks_mut::<LANES>(), x.as_chunks::<LANES>());
            for (logits, x) in logits.iter_mut().zip(x) {
                bernoulli_lanes(logits, bias, x, scale, &mut sums);
            }
            if !logits_rest.is_empty() {
                // A logit of −100 for an x of 0 adds nothing.
                let (mut l, mut t) = ([-100.0 - bias; LANES], [0.0; LANES]);
                l[..logits_rest.len()].copy_from_slice(logits_rest);
                t[..x_rest.len()].copy_from_slice(x_rest);
                bernoulli_lanes(&mut l, bias, &t, scale, &mut sums);
                logits_rest.copy_from_slice(&l[..x_rest.len()]);
            }
        }
        sums.iter().sum()
    }

    /// Adam over a slice of parameters with their gradient and moments. Moments below the smallest normal numbers become
    /// 0: they change nothing, and processors are slow with them.
    pub fn adam<'a>(
        step: &'a AdamStep,
        parameters: &'a mut [f32],
        gradient: &'a [f32],
        mean: &'a mut [f32],
        square: &'a mut [f32],
    ) -> () {
        let AdamStep { beta_1, beta_2, epsilon, rate, square_scale } = *step;
        for (((p, g), m), v) in parameters.iter_mut().zip(gradient).zip(mean).zip(square) {
            *m = normal(beta_1 * *m + (1.0 - beta_1) * g);
            *v = normal(beta_2 * *v + (1.0 - beta_2) * g * g);
            *p -= rate * *m / ((*v * square_scale).sqrt() + epsilon);
        }
    }
}

/// −log p(x|z) from logits without its constant, and its gradient in their place: see `bernoulli` and `gaussian`.
pub fn nll(
    (likelihood, link): (Likelihood, Link),
    logits: &mut [f32],
    bias: &[f32],
    x: &[f32],
    width: usize,
    scale: f32,
) -> f32 {
    match (likelihood, link) {
        (Likelihood::Bernoulli, _) => bernoulli(logits, bias, x, width, scale),
        (Likelihood::Gaussian { c, .. }, Link::Sigmoid) => gaussian(logits, bias, x, width, scale, c as f32),
        (Likelihood::Gaussian { c, .. }, Link::Identity) => gaussian_linear(logits, bias, x, width, scale, c as f32),
    }
}

#[inline(always)]
fn bernoulli_lanes(logits: &mut [f32; LANES], bias: f32, x: &[f32; LANES], scale: f32, sums: &mut [f32; LANES]) {
    for k in 0..LANES {
        let l = logits[k] + bias;
        let (softplus, sigmoid) = softplus_and_sigmoid(l);
        logits[k] = (sigmoid - x[k]) * scale;
        sums[k] += softplus - l * x[k];
    }
}

#[inline(always)]
fn normal(v: f32) -> f32 {
    if v.abs() < f32::MIN_POSITIVE { 0.0 } else { v }
}
