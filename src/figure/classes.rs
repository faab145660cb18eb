//! The classes of samples as a histogram.

use super::chart::{Chart, Series};
use crate::explore::measures::Estimated;

const GREY: [u8; 3] = [0x80; 3];
/// Half the width of the box of a class.
const HALF: f64 = 0.4;

/// The share of each class among what a model generates.
#[derive(Clone, Debug)]
pub struct ClassShares<'a> {
    pub name: String,
    pub color: [u8; 3],
    pub shares: &'a [Estimated],
}

/// The outline of a histogram for each kind of samples, with a bar for each 95 % interval; dashed that of test images, whose shares
/// are `of_test`.
pub fn class_chart(names: &[String], of_test: &[f64], kinds: &[ClassShares]) -> Chart {
    let outline = |shares: &mut dyn Iterator<Item = f64>| {
        let of = |(class, share): (usize, f64)| {
            let (left, right) = (class as f64 - HALF, class as f64 + HALF);
            [[left, 0.0], [left, share], [right, share], [right, 0.0]]
        };
        shares.enumerate().flat_map(of).collect()
    };
    let (name, points) = ("test images".to_owned(), outline(&mut of_test.iter().copied()));
    let mut series = vec![Series { name, color: GREY, points, dashed: true, ..Series::default() }];
    for (k, ClassShares { name, color, shares }) in kinds.iter().enumerate() {
        let points = outline(&mut shares.iter().map(|share| share.value));
        series.push(Series { name: name.clone(), color: *color, points, ..Series::default() });
        // Beside one another.
        let shift = HALF * ((2 * k + 1) as f64 / kinds.len() as f64 - 1.0);
        series.extend(shares.iter().enumerate().filter_map(|(class, share)| {
            let (low, high) = share.interval?;
            let (points, bars) = (vec![[class as f64 + shift, 0.5 * (low + high)]], vec![[0.0, 0.5 * (high - low)]]);
            Some(Series { color: *color, points, bars, ..Series::default() })
        }));
    }
    let numbered = names.iter().enumerate().filter(|(i, name)| **name != i.to_string());
    let numbered: Vec<String> = numbered.map(|(i, name)| format!("{i} {name}")).collect();
    Chart {
        title: "Classes of samples".to_owned(),
        x: if numbered.is_empty() { "class".to_owned() } else { format!("class: {}", numbered.join(", ")) },
        y: "share of samples, with 95 % intervals".to_owned(),
        series,
        ..Chart::default()
    }
}
