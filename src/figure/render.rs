//! SVG as pixels.

use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::raster::{Channels, Raster};
use super::text::FONT;

/// The font that is in the program, so that a figure looks the same everywhere.
pub fn fonts() -> Arc<usvg::fontdb::Database> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let family = fonts.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
    fonts.set_sans_serif_family(family.unwrap_or_default());
    Arc::new(fonts)
}

/// A document as pixels. Its ground is opaque, so that colours are as they are.
pub fn rendered(svg: &str, fonts: &Arc<usvg::fontdb::Database>) -> Result<Raster, String> {
    let options = usvg::Options { fontdb: fonts.clone(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("a figure of no size")?;
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
    let (width, height) = (size.width() as usize, size.height() as usize);
    Ok(Raster { width, height, channels: Channels::Rgba, pixels: pixels.take() })
}
