//! A layer forward and backward for a few images. A convolution is a product of its weight with the windows of the large
//! maps, laid out one window a row.
//!
//! | | forward | gradient of the input | gradient of the weight |
//! | --- | --- | --- | --- |
//! | convolution | small = windows(large) · W | large = Σ windows, of small · Wᵀ | windows(large)ᵀ · small |
//! | transposed | large = Σ windows, of small · Wᵀ | small = windows(large) · W | windows(large)ᵀ · small |
#![allow(unsafe_code, reason = "products of slices, each with the shapes that its layer gives")]

use crate::model::architecture::{Convolution, Layer, Slot, WINDOW};
use crate::model::kernels::math::{self, vectorised};
use crate::model::kernels::matrix::{Mat, add_product, product, transpose};

/// Places of the small maps that one product takes: enough to be fast, so few that their windows stay in the cache.
const PLACES: usize = 196;

/// A layer with its weights at hand.
pub struct Weighted<'a> {
    place: &'a Slot,
    weight: &'a [f32],
    bias: &'a [f32],
    /// The transposed weight of a convolution: (small channels, window).
    turned: Vec<f32>,
}

impl<'a> Weighted<'a> {
    pub fn new(place: &'a Slot, parameters: &'a [f32]) -> Self {
        let weight = &parameters[place.weight.clone()];
        let mut turned = Vec::new();
        if let Layer::Conv(c) | Layer::Transposed(c) = &place.layer {
            turned = vec![0.0; weight.len()];
            let (target, source) = (Mat::new(&mut turned, c.window()), Mat::read(weight, c.small.channels));
            // SAFETY: two buffers of this function.
            unsafe { transpose(target, source) };
        }
        Self { place, weight, bias: &parameters[place.bias.clone()], turned }
    }

    /// input: (images, inputs) -> output: (images, outputs), with the bias.
    pub fn forward(&self, input: &[f32], output: &mut [f32], columns: &mut [f32], relu: bool) {
        match &self.place.layer {
            Layer::Dense { inputs, outputs } => {
                // SAFETY: slices of this function; so in all products here.
                unsafe {
                    product(
                        Mat::new(output, *outputs),
                        Mat::read(input, *inputs),
                        Mat::read(self.weight, *inputs).transposed(),
                    );
                }
                math::bias_by_place(output, self.bias, relu);
            }
            Layer::Conv(c) => {
                let weight = Mat::read(self.weight, c.small.channels);
                for (large, small) in groups(c, input, c.large.len()).zip(groups_mut(c, output, c.small.len())) {
                    let columns = windows_of(c, large, columns);
                    unsafe { product(Mat::new(small, c.small.channels), Mat::read(columns, c.window()), weight) };
                    math::bias_by_place(small, self.bias, relu);
                }
            }
            Layer::Transposed(c) => {
                for (small, large) in groups(c, input, c.small.len()).zip(groups_mut(c, output, c.large.len())) {
                    self.add_up(c, small, large, columns);
                    math::bias_by_place(large, self.bias, relu);
                }
            }
        }
    }

    /// Adds to the gradient of the flat parameters, and sets that of the input if it is wanted. input: (images, inputs),
    /// gradient: of the output, (images, outputs).
    pub fn backward(
        &self,
        input: &[f32],
        gradient: &[f32],
        mut below: Option<&mut [f32]>,
        parameters: &mut [f32],
        columns: &mut [f32],
    ) {
        math::add_by_place(&mut parameters[self.place.bias.clone()], gradient);
        let weight_gradient = &mut parameters[self.place.weight.clone()];
        match &self.place.layer {
            Layer::Dense { inputs, outputs } => {
                let (gradient, weight) = (Mat::read(gradient, *outputs), Mat::read(self.weight, *inputs));
                let target = Mat::new(weight_gradient, *inputs);
                unsafe { add_product(target, gradient.transposed(), Mat::read(input, *inputs)) };
                if let Some(below) = below {
                    unsafe { product(Mat::new(below, *inputs), gradient, weight) };
                }
            }
            Layer::Conv(c) => {
                let target = Mat::new(weight_gradient, c.small.channels);
                let mut below = below.map(|below| groups_mut(c, below, c.large.len()));
                for (large, small) in groups(c, input, c.large.len()).zip(groups(c, gradient, c.small.len())) {
                    let windows = windows_of(c, large, columns);
                    let small_maps = Mat::read(small, c.small.channels);
                    unsafe { add_product(target, Mat::read(windows, c.window()).transposed(), small_maps) };
                    if let Some(below) = below.as_mut().and_then(Iterator::next) {
                        self.add_up(c, small, below, columns);
                    }
                }
            }
            Layer::Transposed(c) => {
                let target = Mat::new(weight_gradient, c.small.channels);
                let weight = Mat::read(self.weight, c.small.channels);
                let mut below = below.as_mut().map(|below| groups_mut(c, below, c.small.len()));
                for (small, large) in groups(c, input, c.small.len()).zip(groups(c, gradient, c.large.len())) {
                    let windows = Mat::read(windows_of(c, large, columns), c.window());
                    unsafe { add_product(target, windows.transposed(), Mat::read(small, c.small.channels)) };
                    if let Some(below) = below.as_mut().and_then(Iterator::next) {
                        unsafe { product(Mat::new(below, c.small.channels), windows, weight) };
                    }
                }
            }
        }
    }

    /// The large maps as the sum of the windows small · Wᵀ.
    fn add_up(&self, c: &Convolution, small: &[f32], large: &mut [f32], columns: &mut [f32]) {
        let small = Mat::read(small, c.small.channels);
        let columns = &mut columns[..small.rows * c.window()];
        unsafe { product(Mat::new(columns, c.window()), small, Mat::read(&self.turned, c.window())) };
        large.fill(0.0);
        let images = columns.chunks_exact(c.small.places() * c.window());
        images.zip(large.chunks_exact_mut(c.large.len())).for_each(|(columns, large)| add_windows(c, columns, large));
    }
}

/// Numbers that the windows of one product take up.
pub fn columns(layer: &Layer) -> usize {
    match layer {
        Layer::Dense { .. } => 0,
        Layer::Conv(c) | Layer::Transposed(c) => images_a_product(c) * c.small.places() * c.window(),
    }
}

fn images_a_product(c: &Convolution) -> usize {
    (PLACES / c.small.places()).max(1)
}

/// As many images as one product takes, each of `size` numbers.
fn groups<'a>(c: &Convolution, images: &'a [f32], size: usize) -> impl Iterator<Item = &'a [f32]> + use<'a> {
    images.chunks(images_a_product(c) * size)
}

fn groups_mut<'a>(
    c: &Convolution,
    images: &'a mut [f32],
    size: usize,
) -> impl Iterator<Item = &'a mut [f32]> + use<'a> {
    images.chunks_mut(images_a_product(c) * size)
}

/// The windows of some images, one after the other: (images · places, window).
fn windows_of<'a>(c: &Convolution, large: &[f32], columns: &'a mut [f32]) -> &'a mut [f32] {
    let images = large.chunks_exact(c.large.len());
    let columns = &mut columns[..images.len() * c.small.places() * c.window()];
    let parts = columns.chunks_exact_mut(c.small.places() * c.window());
    images.zip(parts).for_each(|(large, columns)| take_windows(c, large, columns));
    columns
}

/// The part of a row of a window that is inside the image: where in the window's row and where in the image it starts, and
/// how long it is.
#[inline(always)]
fn inside(c: &Convolution, place: usize, row: usize) -> Option<(usize, usize, usize)> {
    let (y, x) = (place / c.small.cols * c.stride, place % c.small.cols * c.stride);
    // The padding is one row and one column.
    let y = (y + row).checked_sub(1).filter(|&y| y < c.large.rows)?;
    let (first, end) = (usize::from(x == 0), WINDOW.min(c.large.cols + 1 - x));
    let channels = c.large.channels;
    Some((first * channels, (y * c.large.cols + x + first - 1) * channels, (end - first) * channels))
}

fn take_windows(c: &Convolution, large: &[f32], columns: &mut [f32]) {
    for (place, window) in columns.chunks_exact_mut(c.window()).enumerate() {
        for (row, part) in window.chunks_exact_mut(WINDOW * c.large.channels).enumerate() {
            let Some((to, from, len)) = inside(c, place, row) else {
                part.fill(0.0);
                continue;
            };
            part[..to].fill(0.0);
            part[to..to + len].copy_from_slice(&large[from..from + len]);
            part[to + len..].fill(0.0);
        }
    }
}

vectorised! {
    /// large += every window at its place
    fn add_windows<'a>(c: &'a Convolution, columns: &'a [f32], large: &'a mut [f32]) -> () {
        for (place, window) in columns.chunks_exact(c.window()).enumerate() {
            for (row, part) in window.chunks_exact(WINDOW * c.large.channels).enumerate() {
                if let Some((to, from, len)) = inside(c, place, row) {
                    for (value, add) in large[from..from + len].iter_mut().zip(&part[to..to + len]) {
                        *value += add;
                    }
                }
            }
        }
    }
}
