//! Each model against its text, computed here in double precision in another way.

mod files;
mod gradients;
pub mod imported;
mod mixture;
pub mod onnx;
mod pca;
mod reference;
pub mod resumed;
mod split_kl;
mod vqvae;
