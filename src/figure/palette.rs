//! The colours of classes and of runs, the same on the screen and in every file.

/// Ten classes, in colours that stay apart on dark and on white ground, for colour-blind eyes too: the blue, orange and red of
/// Petroff (2021, arXiv:2107.02270) and seven that a search by simulated annealing put beside them. It raised the smallest
/// CIEDE2000 between any two, seen as they are and as Machado et al. (2009) simulate dichromats, with L* from 40 to 79 and
/// apart from the grey of muted points and the pink of the true posterior. The smallest is 22.0 as they are, 14.5 for
/// protanopes, 14.5 for deuteranopes and 14.6 for tritanopes (Petroff's ten: 17.3, 11.9, 12.6 and 13.3).
pub const CLASSES: [[u8; 3]; 10] = [
    [0x3f, 0x90, 0xda],
    [0xff, 0xa9, 0x0e],
    [0xbd, 0x1f, 0x01],
    [0x11, 0x6b, 0x51],
    [0xb5, 0x0b, 0x86],
    [0xa2, 0x82, 0x59],
    [0xbc, 0xbe, 0xff],
    [0xc4, 0xc5, 0x90],
    [0x4d, 0x34, 0xfe],
    [0x1d, 0xcd, 0xbb],
];

/// Runs, in the order in which they came.
pub const RUNS: [[u8; 3]; 8] = [
    [0xe6, 0x8a, 0x2e],
    [0x3d, 0x8b, 0xfd],
    [0x2f, 0xa8, 0x7a],
    [0xb0, 0x5c, 0xc9],
    [0xd6, 0x4f, 0x6a],
    [0x8f, 0x9d, 0x2c],
    [0x2a, 0xa9, 0xc4],
    [0x9c, 0x76, 0x5c],
];

/// Classes that are named or drawn one by one at most; of more the most frequent.
pub const MOST_CLASSES: usize = 24;

/// Images without classes: one quiet colour for all.
pub const PLAIN: [u8; 3] = [0x6c, 0x8e, 0xb0];

/// The classes after the tenth that are still told apart: from a grid of OKLCH each the colour farthest from all before it, in
/// CIEDE2000. The smallest distance among these and the ten is 17.
const MORE: [[u8; 3]; 14] = [
    [0xf9, 0xae, 0xa2],
    [0x43, 0x9a, 0x15],
    [0xc0, 0x65, 0xf0],
    [0x02, 0x6b, 0x85],
    [0x88, 0x5b, 0x60],
    [0x60, 0x66, 0x23],
    [0x50, 0xcb, 0xf2],
    [0xec, 0x67, 0x2a],
    [0xfa, 0xa5, 0xda],
    [0x22, 0xde, 0x6c],
    [0x71, 0x5c, 0x95],
    [0x6e, 0x97, 0x7d],
    [0xa2, 0x8b, 0xb0],
    [0x9a, 0x55, 0x05],
];

/// Lightness and chroma in OKLCH (Ottosson 2020) of the classes after these, in turn: neighbours in number differ in both.
const SHADES: [[f32; 2]; 6] = [[0.62, 0.13], [0.78, 0.09], [0.52, 0.10], [0.72, 0.13], [0.58, 0.08], [0.80, 0.13]];
/// Their hues, in degrees: round from here and so far, which leaves out the pink of the true posterior.
const HUES: [f32; 2] = [28.0, 310.0];
/// The golden ratio's share of the way round takes each new hue as far from those before it as can be.
const GOLDEN: f32 = 0.618_034;

/// The colour of a class: ten that every eye tells apart, some more that most eyes do, then as many as are asked for, of which
/// neighbours in number are.
pub fn class_color(class: usize) -> [u8; 3] {
    if let Some(color) = CLASSES.iter().chain(&MORE).nth(class) {
        return *color;
    }
    let i = class - CLASSES.len() - MORE.len();
    let ([lightness, chroma], share) = (SHADES[i % SHADES.len()], (i as f32 * GOLDEN).fract());
    let (sin, cos) = (HUES[0] + share * HUES[1]).to_radians().sin_cos();
    let color = oklab::Oklab { l: lightness, a: chroma * cos, b: chroma * sin }.to_srgb();
    [color.r, color.g, color.b]
}

/// The colour of each image by its class; one for all where they have none.
pub fn class_colors(labels: &[u16], has_classes: bool) -> Vec<[u8; 3]> {
    labels.iter().map(|&label| if has_classes { class_color(usize::from(label)) } else { PLAIN }).collect()
}

/// The colour of a run by its number, which may grow for ever: eight colours, then the same lighter, then darker, and again.
pub fn run_color(number: usize) -> [u8; 3] {
    let count = RUNS.len();
    let color = RUNS[number % count];
    let mix = |with: f32, share: f32| color.map(|v| (f32::from(v) + share * (with - f32::from(v))).round() as u8);
    match number / count % 3 {
        0 => color,
        1 => mix(255.0, 0.4),
        _ => mix(0.0, 0.35),
    }
}

/// Black or white, whichever reads better on a colour.
pub fn readable_on(color: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = color.map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { [0; 3] } else { [255; 3] }
}
