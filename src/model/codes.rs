//! Codes as plain numbers: of any number of dimensions, and as places of the plane.

use crate::config::Place;

/// What an encoder says of n images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    /// Dimensions of a code.
    pub latent: usize,
    /// Codes, the means of posteriors, or what a quantised code is nearest to: (n, latent).
    pub mu: Vec<f32>,
    /// The log variances of Gaussian posteriors: (n, latent); others have none.
    pub logvar: Option<Vec<f32>>,
}

impl Codes {
    pub fn len(&self) -> usize {
        self.mu.len() / self.latent.max(1)
    }

    pub fn is_empty(&self) -> bool {
        self.mu.is_empty()
    }

    /// The code of image `index`.
    pub fn of(&self, index: usize) -> &[f32] {
        &self.mu[index * self.latent..(index + 1) * self.latent]
    }

    /// Adds those of more images.
    pub fn extend(&mut self, more: Self) {
        self.latent = more.latent;
        self.mu.extend(more.mu);
        match (&mut self.logvar, more.logvar) {
            (Some(all), Some(more)) => all.extend(more),
            (all, more) => *all = more,
        }
    }

    /// Codes of two dimensions as places.
    pub fn into_places(self) -> Places {
        let places = |values: Vec<f32>| values.as_chunks::<2>().0.to_vec();
        Places { mu: places(self.mu), logvar: self.logvar.map(places) }
    }
}

/// Where in the plane the codes of n images are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// Codes, or the means of posteriors: n places.
    pub mu: Vec<Place>,
    /// The log variances of Gaussian posteriors along the plane's axes: n pairs; others have none.
    pub logvar: Option<Vec<Place>>,
}
