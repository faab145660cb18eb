//! Colours and what they stand for, the same on the screen and in every file.

use super::{Field, FieldKind};

/// Ten colours that stay apart for colour-blind eyes (Petroff 2021, arXiv:2107.02270): red, green, blue.
pub const CLASSES: [[u8; 3]; 10] = [
    [0x3f, 0x90, 0xda],
    [0xff, 0xa9, 0x0e],
    [0xbd, 0x1f, 0x01],
    [0x94, 0xa4, 0xa2],
    [0x83, 0x2d, 0xb6],
    [0xa9, 0x6b, 0x59],
    [0xe7, 0x63, 0x00],
    [0xb9, 0xac, 0x70],
    [0x71, 0x75, 0x81],
    [0x92, 0xda, 0xdd],
];

/// Runs, in the order in which they came.
pub const RUNS: [[u8; 3]; 4] = [[0xe6, 0x8a, 0x2e], [0x3d, 0x8b, 0xfd], [0x2f, 0xa8, 0x7a], [0xb0, 0x5c, 0xc9]];

/// Of a difference below and above 0.
const LESS: [u8; 3] = [0x2b, 0x7b, 0xd6];
const MORE: [u8; 3] = [0xd6, 0x3b, 0x2b];

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
            let color = |&class: &u8| {
                let [r, g, b] = CLASSES[usize::from(class) % CLASSES.len()];
                [r, g, b, 140]
            };
            Some((classes.iter().map(color).collect(), legend((0.0, 0.0), false)))
        }
        Field::Targets(_) => None,
    }
}
