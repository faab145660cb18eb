//! Where the numbers of an array of images belong: rows and columns, channels last or first, whichever index moves fastest.

use crate::config::ImageShape;

/// How an array of images lies in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    pub count: usize,
    /// Channels 1, 3, or 4 with an alpha.
    pub shape: ImageShape,
    /// For each index, from the slowest to the fastest in the file: how many values it takes, and how far apart they belong.
    order: Vec<(usize, usize)>,
}

impl Axes {
    /// Of (images, rows, columns), those with channels after or before rows and columns, or (images, pixels) of squares.
    pub fn of(dims: &[usize], is_fortran: bool) -> Result<Self, String> {
        let (count, rows, cols, channels, is_first) = match *dims {
            [count, pixels] => {
                let side = pixels.isqrt();
                if side * side != pixels {
                    return Err(format!("rows of {pixels} numbers are no square images"));
                }
                (count, side, side, 1, false)
            }
            [count, rows, cols] => (count, rows, cols, 1, false),
            [count, rows, cols, channels @ (1 | 3)] => (count, rows, cols, channels, false),
            [count, channels @ (1 | 3), rows, cols] => (count, rows, cols, channels, true),
            [count, rows, cols, 4] => (count, rows, cols, 4, false),
            [count, 4, rows, cols] => (count, rows, cols, 4, true),
            _ => {
                return Err(format!(
                    "an array of shape {dims:?} is not one of images; (n, rows, columns), (n, rows, columns, 3) or (n, 3, rows, \
                     columns) is needed"
                ));
            }
        };
        let shape = ImageShape { rows, cols, channels };
        if shape.is_empty() {
            return Err(format!("images of {rows} x {cols} pixels have nothing to see"));
        }
        let image = (count, rows.saturating_mul(cols).saturating_mul(channels));
        let [row, col, channel] = [(rows, cols.saturating_mul(channels)), (cols, channels), (channels, 1)];
        let mut order = if is_first { vec![image, channel, row, col] } else { vec![image, row, col, channel] };
        if is_fortran {
            order.reverse();
        }
        Ok(Self { count, shape, order })
    }

    /// Where each number belongs, in the order of the file.
    pub fn places(&self) -> Places<'_> {
        Places { axes: &self.order, at: vec![0; self.order.len()], place: 0 }
    }
}

/// Endless: after the last place comes the first again.
pub struct Places<'a> {
    axes: &'a [(usize, usize)],
    at: Vec<usize>,
    place: usize,
}

impl Places<'_> {
    pub fn next_place(&mut self) -> usize {
        let place = self.place;
        for (at, &(len, stride)) in self.at.iter_mut().zip(self.axes).rev() {
            *at += 1;
            self.place += stride;
            if *at < len {
                break;
            }
            self.place -= *at * stride;
            *at = 0;
        }
        place
    }
}
