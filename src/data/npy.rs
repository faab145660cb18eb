//! One array of NumPy, as a .npy file or a part of an .npz. Source of the format: NEP 1,
//! <https://numpy.org/neps/nep-0001-npy-format.html>.

use std::io::Read;

use py_literal::Value;

/// Bytes of a header at most; NumPy itself trusts 10,000.
const MOST_HEADER: u64 = 1 << 16;
/// Brackets within brackets that it may have: the time that its parser takes grows exponentially with them. NumPy writes four.
const DEEPEST: usize = 6;
/// Characters of it that an error repeats.
const SAID: usize = 200;
/// Numbers that are read at a time.
const BLOCK: usize = 1 << 14;

/// What the header of an array says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub shape: Vec<usize>,
    /// Whether the first index moves fastest.
    pub is_fortran: bool,
    pub kind: Kind,
}

/// The numbers of an array: signed (`i`), unsigned (`u`), boolean (`b`) or floating (`f`), so many bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    letter: char,
    bytes: usize,
    is_big_endian: bool,
}

impl Header {
    /// Reads it off the start of a file; what follows are the numbers.
    pub fn read(source: &mut impl Read) -> Result<Self, String> {
        let mut start = [0; 8];
        source.read_exact(&mut start).map_err(|_| "not an array of NumPy: it has no header".to_owned())?;
        if start[..6] != *b"\x93NUMPY" {
            return Err("not an array of NumPy: it does not begin with \\x93NUMPY".to_owned());
        }
        let mut length = [0; 4];
        let width = if start[6] == 1 { 2 } else { 4 };
        let cut = |_| "the file ends inside its header".to_owned();
        source.read_exact(&mut length[..width]).map_err(cut)?;
        let length = u64::from(u32::from_le_bytes(length));
        let mut text = String::new();
        source
            .take(length.min(MOST_HEADER))
            .read_to_string(&mut text)
            .map_err(|_| "its header is no text".to_owned())?;
        if (text.len() as u64) < length {
            return Err("the file ends inside its header".to_owned());
        }
        let said = || text.trim().chars().take(SAID).collect::<String>();
        Self::parse(&text).ok_or_else(|| format!("its header is not one of NumPy's: {:?}", said()))?
    }

    /// Nothing where the text is no header at all.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        if depth(text) > DEEPEST {
            return None;
        }
        let entries = text.trim().parse::<Value>().ok()?;
        let entry = |name: &str| {
            let mut entries = entries.as_dict()?.iter();
            entries.find(|(key, _)| key.as_string().is_some_and(|key| key == name)).map(|(_, value)| value)
        };
        let side = |value: &Value| usize::try_from(value.as_integer()?).ok();
        let shape = entry("shape")?.as_tuple()?.iter().map(side).collect::<Option<Vec<usize>>>()?;
        let is_fortran = entry("fortran_order")?.as_boolean()?;
        let Some(descr) = entry("descr")?.as_string() else {
            return Some(Err("it holds records; an array of plain numbers is needed".to_owned()));
        };
        let kind = Kind::parse(descr)
            .ok_or_else(|| format!("its numbers are of type {descr:?}; whole numbers, float32 or float64 are needed"));
        Some(kind.map(|kind| Self { shape, is_fortran, kind }))
    }

    /// The numbers that it declares; nothing where that is more than can be.
    pub fn len(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side))
    }

    /// Calls `with` on all numbers in the order of the file, `source` being behind the header; says so if it ends early.
    pub fn numbers(
        &self,
        source: &mut impl Read,
        mut with: impl FnMut(&[f64]) -> Result<(), String>,
    ) -> Result<(), String> {
        let all = self.len().ok_or("its header declares more numbers than there can be")?;
        let (width, mut done) = (self.kind.bytes, 0);
        let (mut bytes, mut values) = (vec![0; BLOCK * width], Vec::with_capacity(BLOCK));
        while done < all {
            let wanted = (all - done).min(BLOCK) * width;
            source.read_exact(&mut bytes[..wanted]).map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    format!("the file ends early: its header declares {all} numbers ({:?})", self.shape)
                }
                _ => format!("cannot be read ({e})"),
            })?;
            values.clear();
            values.extend(bytes[..wanted].chunks_exact(width).map(|bytes| self.kind.value(bytes)));
            with(&values)?;
            done += wanted / width;
        }
        Ok(())
    }
}

impl Kind {
    fn parse(descr: &str) -> Option<Self> {
        let mut letters = descr.chars();
        let (order, letter) = (letters.next()?, letters.next()?);
        let bytes = letters.as_str().parse().ok()?;
        let is_known = match letter {
            'b' => bytes == 1,
            'i' | 'u' => [1, 2, 4, 8].contains(&bytes),
            'f' => [4, 8].contains(&bytes),
            _ => false,
        };
        (is_known && "<>|=".contains(order)).then_some(Self { letter, bytes, is_big_endian: order == '>' })
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let mut whole = [0; 8];
        whole[..self.bytes].copy_from_slice(bytes);
        if self.is_big_endian {
            whole[..self.bytes].reverse();
        }
        let bits = u64::from_le_bytes(whole);
        let unused = 64 - 8 * self.bytes as u32;
        match (self.letter, self.bytes) {
            ('f', 4) => f64::from(f32::from_bits(bits as u32)),
            ('f', _) => f64::from_bits(bits),
            ('i', _) => ((bits << unused) as i64 >> unused) as f64,
            _ => bits as f64,
        }
    }
}

/// How many brackets are open at once at most.
fn depth(text: &str) -> usize {
    let opened = text.chars().scan(0usize, |open, c| {
        match c {
            '(' | '[' | '{' => *open += 1,
            ')' | ']' | '}' => *open = open.saturating_sub(1),
            _ => {}
        }
        Some(*open)
    });
    opened.max().unwrap_or(0)
}
