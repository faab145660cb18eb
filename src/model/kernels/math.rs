//! Elementary functions written so that the compiler turns a loop over them into vector instructions, and the loops. Each
//! is inlined into a body that `pulp` compiles for AVX-512, AVX2, NEON or plain, and picks at run time.

use std::f32::consts::{LN_2, LOG2_E};

use super::mlp::AdamStep;

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

/// values += bias, then max(·, 0) if `relu`; NaN stays.
#[inline(always)]
pub fn add_bias(values: &mut [f32], bias: &[f32], relu: bool) {
    for (value, b) in values.iter_mut().zip(bias) {
        let sum = *value + b;
        *value = if relu && sum < 0.0 { 0.0 } else { sum };
    }
}

/// gradient = 0 where the unit was off.
#[inline(always)]
pub fn mask(gradient: &mut [f32], unit: &[f32]) {
    for (g, u) in gradient.iter_mut().zip(unit) {
        *g = if *u == 0.0 { 0.0 } else { *g };
    }
}

/// Σ softplus(l) − l·x; replaces each logit by its gradient, (sigmoid(l) − x) · `scale`.
#[inline(always)]
pub fn bernoulli(logits: &mut [f32], x: &[f32], scale: f32) -> f32 {
    let x = &x[..logits.len()];
    lanes(logits.len(), |lane, i| {
        let (l, x) = (logits[i], x[i]);
        let (softplus, sigmoid) = softplus_and_sigmoid(l);
        logits[i] = (sigmoid - x) * scale;
        *lane += softplus - l * x;
    })
}

#[inline(always)]
pub fn sigmoid(values: &mut [f32]) {
    for value in values {
        *value = softplus_and_sigmoid(*value).1;
    }
}

#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let b = &b[..a.len()];
    lanes(a.len(), |lane, i| *lane += a[i] * b[i])
}

/// values += factor · others
#[inline(always)]
pub fn add_scaled(values: &mut [f32], factor: f32, others: &[f32]) {
    for (value, other) in values.iter_mut().zip(others) {
        *value += factor * other;
    }
}

/// A sum over indices in sixteen lanes that are added at the end: an order that vectors can follow.
#[inline(always)]
fn lanes(n: usize, mut add: impl FnMut(&mut f32, usize)) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for (k, lane) in sums.iter_mut().enumerate() {
            add(lane, start + k);
        }
    }
    for i in whole..n {
        add(&mut sums[i - whole], i);
    }
    sums.iter().sum()
}

/// Adam over a slice of parameters with their gradient and moments. Moments below the smallest normal numbers become 0:
/// they change nothing, and processors are slow with them.
#[inline(always)]
pub fn adam(step: &AdamStep, parameters: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
    let flush = |v: f32| if v.abs() < f32::MIN_POSITIVE { 0.0 } else { v };
    for (((p, g), m), v) in parameters.iter_mut().zip(gradient).zip(mean).zip(square) {
        *m = flush(step.beta_1 * *m + (1.0 - step.beta_1) * g);
        *v = flush(step.beta_2 * *v + (1.0 - step.beta_2) * g * g);
        *p -= step.rate * *m / ((*v * step.square_scale).sqrt() + step.epsilon);
    }
}
