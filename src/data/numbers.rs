//! What numbers mean as pixels: bytes, shares of 1, black and white.

/// The least and the largest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub least: f64,
    pub most: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { least: f64::INFINITY, most: f64::NEG_INFINITY }
    }
}

/// How a number becomes a byte: its distance from `zero`, times `factor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    zero: f64,
    factor: f64,
}

impl Range {
    pub fn take(&mut self, value: f64) {
        (self.least, self.most) = (self.least.min(value), self.most.max(value));
    }

    /// How numbers of this range are read, decided by its ends, and what is to be said of it; or why they are no pixels.
    pub fn scale(&self) -> Result<(Scale, Option<String>), String> {
        let Self { least, most } = *self;
        let (zero, factor, what) = match (least, most) {
            (least, most) if least < -1.0 || most > 65_535.0 => {
                return Err(format!(
                    "its numbers go from {least} to {most}; pixels must be in [0, 255], [0, 1], [-1, 1] or [0, 65535]"
                ));
            }
            (least, most) if least < 0.0 && most <= 1.0 => (-1.0, 127.5, Some("[-1, 1]")),
            (least, most) if least < 0.0 => {
                return Err(format!("its numbers go from {least} to {most}; below 0 they must be in [-1, 1]"));
            }
            (_, most) if most <= 1.0 => (0.0, 255.0, Some("[0, 1]")),
            (_, most) if most <= 255.0 => (0.0, 1.0, None),
            _ => (0.0, 255.0 / 65_535.0, Some("[0, 65535]")),
        };
        let note = what.map(|what| format!("Numbers from {least} to {most} are read as grey values in {what}."));
        Ok((Scale { zero, factor }, note))
    }
}

/// Bytes as they are.
impl Default for Scale {
    fn default() -> Self {
        Self { zero: 0.0, factor: 1.0 }
    }
}

impl Scale {
    pub fn byte(&self, value: f64) -> u8 {
        ((value - self.zero) * self.factor).round().clamp(0.0, 255.0) as u8
    }
}
