//! How numbers read.

use crate::config::Code;

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

/// Four significant digits or so, in plain notation where that is short; always with a proper minus.
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

/// A round number along an axis, without zeros that say nothing.
pub fn tick(value: f64) -> String {
    let text = short(value);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Two numbers of a kind.
pub fn pair([a, b]: [f64; 2]) -> String {
    format!("{}, {}", short(a), short(b))
}

/// A point of the plane.
pub fn code(z: Code) -> String {
    format!("({:+.2}, {:+.2})", z[0], z[1]).replace('-', "−")
}
