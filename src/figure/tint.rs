//! Fields as colours, and what the colours stand for.

use super::palette::class_color;
use super::raster::Raster;
use crate::explore::{Cells, Field, FieldKind};

/// Of a difference below and above 0.
const LESS: [u8; 3] = [0x2b, 0x7b, 0xd6];
const MORE: [u8; 3] = [0xd6, 0x3b, 0x2b];
/// How opaque a class is, of 255.
const CLASS_OPACITY: u8 = 140;

/// What the colours of a field stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    kind: FieldKind,
    pub name: &'static str,
    pub unit: &'static str,
    /// The values at the ends of the colours, if there is a scale: the outermost half percent is left out.
    pub range: (f32, f32),
    pub has_scale: bool,
}

impl Legend {
    /// The colour, with its opacity, of a share of the range.
    pub fn color(&self, share: f32) -> [u8; 4] {
        if self.kind == FieldKind::Difference {
            // Nothing where there is no difference, so that it reads on light and on dark.
            let [r, g, b] = if share < 0.5 { LESS } else { MORE };
            return [r, g, b, (255.0 * (2.0 * share - 1.0).abs().powf(0.7)) as u8];
        }
        let c = colorous::VIRIDIS.eval_continuous(f64::from(share));
        [c.r, c.g, c.b, 255]
    }

    /// The colours from the low end to the high one, as a row of pixels.
    pub fn bar(&self) -> Raster {
        const STEPS: u8 = 128;
        let colors: Vec<_> = (0..STEPS).map(|i| self.color((f32::from(i) + 0.5) / f32::from(STEPS))).collect();
        Raster::rgba(colors.len(), 1, &colors)
    }
}

/// A colour for each cell of a field, and its legend; arrows have none.
pub fn tint(kind: FieldKind, field: &Field) -> Option<(Vec<[u8; 4]>, Legend)> {
    let (name, _, unit) = kind.describe();
    let legend = |range, has_scale| Legend { kind, name, unit, range, has_scale };
    match field {
        Field::Values(values) => {
            let mut sorted: Vec<f32> = values.iter().map(|v| v.abs()).filter(|v| v.is_finite()).collect();
            sorted.sort_unstable_by(f32::total_cmp);
            let high = sorted.get(sorted.len().saturating_sub(1 + sorted.len() / 200));
            let high = high.copied().unwrap_or(1.0).max(1e-12);
            let low = if kind == FieldKind::Difference { -high } else { 0.0 };
            let legend = legend((low, high), true);
            let colors = values.iter().map(|v| legend.color(((v - low) / (high - low)).clamp(0.0, 1.0))).collect();
            Some((colors, legend))
        }
        Field::Classes(classes) => {
            let color = |&class: &u16| {
                let [r, g, b] = class_color(usize::from(class));
                [r, g, b, CLASS_OPACITY]
            };
            Some((classes.iter().map(color).collect(), legend((0.0, 0.0), false)))
        }
        Field::Targets(_) => None,
    }
}

/// The true posterior's density (one number a cell, row by row from the top) in pink, the more opaque the higher; it reads on
/// everything.
pub fn posterior_raster(density: &[f64], cells: &Cells) -> Raster {
    let highest = density.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let [r, g, b] = super::theme::POSTERIOR;
    let color = |value: &f64| [r, g, b, (255.0 * 0.85 * (value / highest).clamp(0.0, 1.0)).round() as u8];
    Raster::rgba(cells.across, cells.down, &density.iter().map(color).collect::<Vec<_>>())
}
