//! Each model against its text, computed here in double precision in another way.

mod files;
mod gradients;
mod imported;
mod mixture;
mod pca;
mod reference;
pub mod resumed;
mod split_kl;
mod vqvae;
