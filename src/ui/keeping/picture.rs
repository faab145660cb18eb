//! A small picture of a session: the planes of its panes side by side, on nothing, so that it reads on light and on dark.

use std::sync::Arc;

use crate::engine::Kept;
use crate::figure::{Cloud, Extent, Frame, Raster, encode_raster};
use crate::session::Document;

/// Pixels of a plane, and how many of them are one of the screen.
pub const PLANE: [usize; 2] = [400, 320];
const DENSITY: f32 = 1.6;

/// As PNG; none if there is nothing to draw. `colors` are those of the probe's images.
pub fn picture(kept: &Kept, document: &Document, colors: &Arc<Vec<[u8; 3]>>) -> Option<Vec<u8>> {
    let [width, height] = PLANE;
    let mut planes = Vec::new();
    for pane in &document.panes {
        let state = &kept.runs.iter().find(|run| run.id == pane.run)?.newest;
        let places = state.checkpoint.plane.places(&state.codes);
        let view = document.view(pane.id);
        let frame = Frame::fitting([0.0; 2], [width as f32, height as f32], (view.min, view.max), 4.0);
        let extent = Extent { view: (frame.min, frame.max), size: PLANE, density: DENSITY };
        let cloud = Cloud { codes: Arc::new(places), colors: colors.clone(), emphasis: None, depth: None };
        planes.push(cloud.raster(&extent));
    }
    let row =
        |y: usize| planes.iter().flat_map(move |plane: &Raster| &plane.pixels[y * 4 * width..(y + 1) * 4 * width]);
    let pixels: Vec<u8> = (0..height).flat_map(row).copied().collect();
    let whole = Raster { width: width * planes.len(), pixels, ..planes.into_iter().next()? };
    encode_raster(whole).ok()
}
