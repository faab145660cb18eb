//! Matrices that threads share while they write disjoint parts, and their product.
#![allow(unsafe_code, reason = "tiles of one buffer are written by several threads at once; see `Mat`")]

use std::ops::Range;

use gemm::Parallelism;

/// A rectangle of single-precision numbers somewhere in memory. A copy is as good as the original, and it knows no
/// lifetime: whoever makes one sees to it that the memory outlives it, and that no two threads use one place at a time
/// when one of them writes.
#[derive(Clone, Copy)]
pub struct Mat {
    start: *mut f32,
    pub rows: usize,
    pub cols: usize,
    row_stride: isize,
    col_stride: isize,
}

// SAFETY: a `Mat` is an address; all its uses are unsafe functions with the conditions above.
unsafe impl Send for Mat {}
// SAFETY: as for `Send`.
unsafe impl Sync for Mat {}

impl Mat {
    /// `values` as `cols` columns, row by row.
    pub fn new(values: &mut [f32], cols: usize) -> Self {
        Self::at(values.as_mut_ptr(), values.len() / cols, cols)
    }

    /// The same of values that are only read.
    pub fn read(values: &[f32], cols: usize) -> Self {
        Self::at(values.as_ptr().cast_mut(), values.len() / cols, cols)
    }

    fn at(start: *mut f32, rows: usize, cols: usize) -> Self {
        Self { start, rows, cols, row_stride: cols as isize, col_stride: 1 }
    }

    pub fn rows(self, range: Range<usize>) -> Self {
        debug_assert!(range.end <= self.rows);
        // SAFETY: within the rectangle.
        let start = unsafe { self.start.offset(range.start as isize * self.row_stride) };
        Self { start, rows: range.len(), ..self }
    }

    pub fn cols(self, range: Range<usize>) -> Self {
        self.transposed().rows(range).transposed()
    }

    pub fn transposed(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }

    /// The same numbers, which follow each other, in rows of `cols`.
    pub fn reshaped(self, cols: usize) -> Self {
        self.assert_dense();
        Self::at(self.start, self.rows * self.cols / cols, cols)
    }

    /// # Safety
    /// Nothing writes to this row while the slice lives.
    pub unsafe fn row<'a>(self, row: usize) -> &'a [f32] {
        // SAFETY: as the caller promises.
        unsafe { self.rows(row..row + 1).whole() }
    }

    /// # Safety
    /// Nothing else uses this row while the slice lives.
    pub unsafe fn row_mut<'a>(self, row: usize) -> &'a mut [f32] {
        // SAFETY: as the caller promises.
        unsafe { self.rows(row..row + 1).whole_mut() }
    }

    /// All rows as one slice; they must follow each other.
    ///
    /// # Safety
    /// Nothing writes to them while the slice lives.
    pub unsafe fn whole<'a>(self) -> &'a [f32] {
        self.assert_dense();
        // SAFETY: within the rectangle; not written to, as the caller promises.
        unsafe { std::slice::from_raw_parts(self.start, self.rows * self.cols) }
    }

    /// All rows as one slice; they must follow each other.
    ///
    /// # Safety
    /// Nothing else uses them while the slice lives.
    pub unsafe fn whole_mut<'a>(self) -> &'a mut [f32] {
        self.assert_dense();
        // SAFETY: within the rectangle; alone, as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.rows * self.cols) }
    }

    /// Where one number is.
    fn place(&self, row: usize, col: usize) -> *mut f32 {
        debug_assert!(row < self.rows && col < self.cols);
        self.start.wrapping_offset(row as isize * self.row_stride + col as isize * self.col_stride)
    }

    fn assert_dense(&self) {
        debug_assert!(self.col_stride == 1 && (self.rows == 1 || self.row_stride == self.cols as isize));
    }
}

/// target = a · b, on the calling thread.
///
/// # Safety
/// Nothing else uses `target`, and nothing writes to `a` or `b`, while this runs.
pub unsafe fn product(target: Mat, a: Mat, b: Mat) {
    // SAFETY: as the caller promises.
    unsafe { product_on(target, false, a, b, Parallelism::None) }
}

/// target += a · b, on the calling thread.
///
/// # Safety
/// As for `product`.
pub unsafe fn add_product(target: Mat, a: Mat, b: Mat) {
    // SAFETY: as the caller promises.
    unsafe { product_on(target, true, a, b, Parallelism::None) }
}

/// target = source, whose rows lie across the target's: both dense along one side of the other.
///
/// # Safety
/// Nothing else uses `target`, and nothing writes to `source`, while this runs.
pub unsafe fn transpose(target: Mat, source: Mat) {
    /// Rows and columns that stay in the nearest cache together.
    const BLOCK: usize = 16;
    assert!(target.rows == source.cols && target.cols == source.rows, "shapes of a transposition");
    for top in (0..source.rows).step_by(BLOCK) {
        for left in (0..source.cols).step_by(BLOCK) {
            let rows = top..(top + BLOCK).min(source.rows);
            for col in left..(left + BLOCK).min(source.cols) {
                for row in rows.clone() {
                    // SAFETY: within both rectangles; used as the caller promises.
                    unsafe { *target.place(col, row) = *source.place(row, col) };
                }
            }
        }
    }
}

unsafe fn product_on(target: Mat, add: bool, a: Mat, b: Mat, parallelism: Parallelism) {
    assert!(a.cols == b.rows && target.rows == a.rows && target.cols == b.cols, "shapes of a product");
    // SAFETY: the rectangles have the shapes of a product, and the caller promises the rest.
    unsafe {
        gemm::gemm(
            target.rows,
            target.cols,
            a.cols,
            target.start,
            target.col_stride,
            target.row_stride,
            add,
            a.start.cast_const(),
            a.col_stride,
            a.row_stride,
            b.start.cast_const(),
            b.col_stride,
            b.row_stride,
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// What the product reaches on 1024 x 1024 x 1024 with `threads` threads, in GFLOP/s: the best of ten.
pub fn limit_gflops(threads: usize) -> f64 {
    const N: usize = 1024;
    let (a, b, mut target) = (vec![0.5; N * N], vec![0.25; N * N], vec![0.0; N * N]);
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let (a, b, target) = (Mat::read(&a, N), Mat::read(&b, N), Mat::new(&mut target, N));
    let best = (0..10).map(|_| {
        let start = std::time::Instant::now();
        // SAFETY: three buffers of this function.
        unsafe { product_on(target, false, a, b, parallelism) };
        start.elapsed().as_secs_f64()
    });
    2.0 * (N * N * N) as f64 / best.fold(f64::INFINITY, f64::min) / 1e9
}
