//! `grid` through the inverse cumulative distribution.

use std::fs;

use tempfile::TempDir;

use super::{failure, run, stdout, text};
use crate::support::{SIDE, dataset_folder};

#[test]
fn a_grid_through_the_inverse_cdf_is_of_n_0_i_alone() {
    let folder = TempDir::new().unwrap();
    let grid = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        stdout(&[&["grid", &run("vae"), "--out", text(&out)], more].concat());
        assert_eq!(image::image_dimensions(&out).unwrap().0 % SIDE as u32, 0);
        fs::read(&out).unwrap()
    };
    let inverse = |cells: &str| grid("inverse.png", &["--inverse-cdf", "--cells", cells]);
    assert!(inverse("1") == grid("plain.png", &["--cells", "1"]), "the middle is 0 in both");
    // Φ⁻¹(1/4) = −0.6745: as a square of four cells whose centres are there.
    assert!(inverse("2") == grid("plain.png", &["--cells", "2", "--extent", "1.3489795"]));
    assert!(inverse("8") != grid("plain.png", &["--cells", "8"]));
    failure(&["grid", &run("vae"), "--inverse-cdf", "--extent", "2", "--out", "x.png"], 2);
    let (data, mixture) = (dataset_folder(), folder.path().join("mixture"));
    let train =
        ["train", "--model", "vae", "--hidden", "8", "--prior", "mixture", "--components", "2", "--epochs", "1"];
    stdout(&[&train[..], &["--data", text(data.path()), "--out", text(&mixture)]].concat());
    let said = failure(&["grid", text(&mixture), "--inverse-cdf", "--out", "x.png"], 1);
    assert!(said.contains("another prior"), "{said}");
}
