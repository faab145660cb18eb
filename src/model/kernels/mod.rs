//! The fused CPU operations behind the plain formulas of `autoencoder` and `loss`, in single precision. Plain slices in
//! and out; knows nothing of candle.
//!
//! | kernel | fuses | is the same as |
//! | --- | --- | --- |
//! | [`mlp`] forward | product, bias and ReLU of every layer; both heads, the bottleneck and the decoder's first layer, a few images at a time | `Autoencoder::encode`, `decode`, `loss` |
//! | [`mlp`] loss | the last product, the likelihood from logits, its gradient | `Autoencoder::nll` and its derivative |
//! | [`mlp`] backward | product and ReLU mask of every layer, none for the pixels | `Tensor::backward` |
//! | [`mlp`] update | weight gradient and Adam, tile by tile: a gradient never leaves the cache | `Adam` |
//! | [`bottleneck`] forward, backward | both heads to z and the terms beside the likelihood, and back, a few images at a time | `bottleneck` beside `Autoencoder` |
//! | [`conv`] step | a few images through all layers and back: windows and their product, bias, ReLU, loss, gradients | `PlainLayer`, `Autoencoder::loss`, `Tensor::backward` |
//! | [`conv`] update | the sum of all shards' gradients and Adam | `Adam` |
//! | [`log_sums`] | products of all images and all codes, and log Σ exp over the codes; no product is kept | a product, then log-sum-exp |
//! | [`squares`] | squared distances of images from decoded ones, in double precision | the sum over pixels |
//! | [`math`] | exp, ln(1 + e^−|l|), sigmoid over slices, with the widest vectors of the machine | the standard functions |
//!
//! Work is cut into tiles and shards whose size follows from the shapes alone, each computed whole by one thread of a [`team`], so
//! that the numbers do not depend on how many threads there are.

mod bottleneck;
mod conv;
mod distances;
mod log_sums;
mod math;
mod matrix;
mod mlp;
mod network;
mod squares;
mod team;

pub use bottleneck::{nearest_words, settle};
pub use distances::{DistancesTo, squared_distances};
pub use log_sums::{LogSum, gram, group_products, log_sums, products};
pub use math::{sigmoids, softplus_sum};
pub use matrix::limit_gflops;
pub use network::{AdamStep, Batch, Network, Output, Step, Sums};
pub use squares::group_squares;
pub use team::Team;
