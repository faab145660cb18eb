//! How numbers read: with a proper minus, and no digits that say nothing; in a file, to the last bit.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 3281 as `3,281`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Four significant digits or so, in plain notation where that is short.
pub fn short(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if !value.is_finite() => value.to_string(),
        0.0 => "0".to_owned(),
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 10.0 => format!("{value:.2}"),
        _ if size >= 0.001 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    };
    text.replace('-', "−")
}

/// The same without zeros at the end, as along an axis.
pub fn tick(value: f64) -> String {
    let text = short(value);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A multiple of `step`, with as many digits as tell it from the next.
pub fn multiple(value: f64, step: f64) -> String {
    let value = if value.abs() < 1e-6 * step { 0.0 } else { value };
    let largest = value.abs().max(step);
    if !(1e-5..1e9).contains(&largest) && value != 0.0 {
        let digits = (largest.log10().floor() - step.log10().floor()).clamp(0.0, 12.0) as usize;
        return format!("{value:.digits$e}").replace('-', "−");
    }
    // A hair more than the power, which rounding may have put below.
    let digits = (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.digits$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse().ok().filter(|&n: &u64| n >= 10_000).map_or(whole.to_owned(), grouped);
    format!("{}{whole}{rest}", if value < 0.0 { "−" } else { "" })
}

/// Two numbers of a kind.
pub fn pair([a, b]: [f64; 2]) -> String {
    format!("{}, {}", short(a), short(b))
}

/// A point of the plane.
pub fn code(z: [f32; 2]) -> String {
    format!("({:+.2}, {:+.2})", z[0], z[1]).replace('-', "−")
}

/// A number in a file: JSON has none for what is not finite, so that it is text there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Finite(f64),
    Text(String),
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value) = *self;
        let written = if value.is_finite() { Written::Finite(value) } else { Written::Text(value.to_string()) };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Finite(value) => Ok(Self(value)),
            Written::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}
