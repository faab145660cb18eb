//! Classes from labels of any kind.

use std::collections::HashMap;

use super::layout::natural;

/// Gathers labels as they come, each a name or a number.
#[derive(Debug, Default)]
pub struct Labels {
    known: HashMap<String, usize>,
    all: Vec<usize>,
}

impl Labels {
    pub fn push(&mut self, name: &str) {
        let count = self.known.len();
        let index = match self.known.get(name) {
            Some(&index) => index,
            None => *self.known.entry(name.to_owned()).or_insert(count),
        };
        self.all.push(index);
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Classes that there are so far.
    pub fn classes(&self) -> usize {
        self.known.len()
    }

    /// The classes in natural order, and that of each label; none where all are of one.
    pub fn into_classes(self) -> (Vec<String>, Vec<u16>) {
        if self.known.len() < 2 {
            return (Vec::new(), vec![0; self.all.len()]);
        }
        let mut names: Vec<(String, usize)> = self.known.into_iter().collect();
        names.sort_by(|(a, _), (b, _)| natural(a, b));
        let mut rank = vec![0; names.len()];
        names.iter().zip(0..).for_each(|((_, index), class)| rank[*index] = class);
        let labels = self.all.into_iter().map(|index| rank[index]).collect();
        (names.into_iter().map(|(name, _)| name).collect(), labels)
    }
}
