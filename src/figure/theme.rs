//! Colours by what they mean, and what they are on dark and on light ground. The one home of the colours of planes and plots.

/// The program's one accent: the cursor, the encoder's answer, what is chosen.
pub const ACCENT: [u8; 3] = [0x3d, 0x8b, 0xfd];
/// The true posterior, and what is on its way to it.
pub const POSTERIOR: [u8; 3] = [0xf2, 0x4b, 0x8b];
/// What a person should look at twice.
pub const WARNING: [u8; 3] = [0xe0, 0x6c, 0x4b];

/// A colour by what it is for; the theme says which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Text, and lines that are read like text.
    Text,
    /// Text that explains: ticks, captions.
    Quiet,
    /// Lines of a grid.
    Grid,
    /// What everything is drawn on.
    Ground,
    Accent,
    Posterior,
    Warning,
    /// The same on every ground: red, green, blue.
    Rgb([u8; 3]),
}

impl Ink {
    /// As it is.
    pub fn full(self) -> Paint {
        self.faded(1.0)
    }

    /// With an opacity from 0 to 1.
    pub fn faded(self, opacity: f32) -> Paint {
        Paint { ink: self, opacity }
    }

    /// A line of a width in pixels.
    pub fn line(self, width: f32) -> Stroke {
        self.full().line(width)
    }
}

/// A colour and how opaque it is, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    pub ink: Ink,
    pub opacity: f32,
}

impl Paint {
    /// A line of a width in pixels.
    pub fn line(self, width: f32) -> Stroke {
        Stroke { paint: self, width, dash: None }
    }
}

/// How a line is drawn: centred on its path, its width in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub paint: Paint,
    pub width: f32,
    /// Lengths of a dash and of the gap after it, in pixels.
    pub dash: Option<[f32; 2]>,
}

impl Stroke {
    /// In dashes, `on` pixels of line and `off` pixels of nothing.
    pub fn dashed(self, on: f32, off: f32) -> Self {
        Self { dash: Some([on, off]), ..self }
    }
}

/// Light on dark, or dark on light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    pub dark: bool,
}

impl Theme {
    /// Red, green and blue of an ink.
    pub const fn rgb(self, ink: Ink) -> [u8; 3] {
        match (ink, self.dark) {
            (Ink::Text, true) => [0xdd, 0xe0, 0xe6],
            (Ink::Text, false) => [0x20, 0x24, 0x2c],
            (Ink::Quiet, true) => [0x9b, 0x9e, 0xa3],
            (Ink::Quiet, false) => [0x67, 0x6a, 0x70],
            (Ink::Grid, true) => [0x2c, 0x2e, 0x33],
            (Ink::Grid, false) => [0xe2, 0xe3, 0xe7],
            (Ink::Ground, true) => [0x10, 0x11, 0x14],
            (Ink::Ground, false) => [0xff, 0xff, 0xff],
            (Ink::Accent, _) => ACCENT,
            (Ink::Posterior, _) => POSTERIOR,
            (Ink::Warning, _) => WARNING,
            (Ink::Rgb(rgb), _) => rgb,
        }
    }

    /// A grey pixel: light on black in the dark, ink on paper in the light.
    pub const fn grey(self, value: u8) -> u8 {
        if self.dark { value } else { 255 - value }
    }
}
