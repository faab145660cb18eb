//! What is asked of the workers: the images nearest to one, by code and by pixels, and images side by side.

use std::sync::Arc;

use crate::data::Split;
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::dimensions::nearest_in_all;
use crate::explore::{Picture, nearest_images, tile};
use crate::model::Codes;

/// How many neighbours are listed, the image itself among them.
pub const NEIGHBOURS: usize = 12;

/// The neighbours of an image of the probe.
#[derive(Clone)]
pub struct NeighboursRequest {
    pub probe: Arc<Split>,
    pub image: usize,
    /// The codes of each run, with all their dimensions.
    pub codes: Vec<(RunId, Arc<Codes>)>,
}

#[derive(Clone)]
pub struct Neighbours {
    /// By the codes of each run, nearest first.
    pub by_code: Vec<(RunId, Vec<usize>)>,
    pub by_pixels: Vec<usize>,
    /// All of them, a row each, those by pixels last.
    pub picture: Arc<Picture>,
}

impl Neighbours {
    /// Rows in the order of the picture.
    pub fn rows(&self) -> impl Iterator<Item = (Option<RunId>, &Vec<usize>)> {
        self.by_code.iter().map(|(run, row)| (Some(*run), row)).chain([(None, &self.by_pixels)])
    }
}

impl PartialEq for NeighboursRequest {
    fn eq(&self, other: &Self) -> bool {
        type OfRun = (RunId, Arc<Codes>);
        let same = |(a, b): (&OfRun, &OfRun)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        Arc::ptr_eq(&self.probe, &other.probe)
            && self.image == other.image
            && self.codes.len() == other.codes.len()
            && self.codes.iter().zip(&other.codes).all(same)
    }
}

impl Request for NeighboursRequest {
    type Reply = Neighbours;
    const NAME: &'static str = "neighbours";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While runs learn, the neighbours by codes of a moment ago are better than none.
    fn answers(&self, asked: &Self) -> bool {
        let runs = |request: &Self| request.codes.iter().map(|(run, _)| *run).collect::<Vec<_>>();
        Arc::ptr_eq(&self.probe, &asked.probe) && self.image == asked.image && runs(self) == runs(asked)
    }

    fn work(&self, job: &Job<Neighbours>) -> Result<Neighbours, JobError> {
        let Self { probe, image, codes } = self;
        let mut by_code = Vec::new();
        for (run, codes) in codes {
            job.progress(0.0)?;
            by_code.push((*run, nearest_in_all(codes, *image, NEIGHBOURS)));
        }
        let by_pixels = job.watch(|progress| nearest_images(probe, probe.image(*image), NEIGHBOURS, &progress))?;
        let all = by_code.iter().flat_map(|(_, row)| row).chain(&by_pixels).copied();
        let picture = tile(&probe.gather(all), probe.shape, by_pixels.len());
        Ok(Neighbours { by_code, by_pixels, picture: Arc::new(picture) })
    }
}

/// Images of the probe, so many to a row.
#[derive(Clone)]
pub struct GalleryRequest {
    pub probe: Arc<Split>,
    pub images: Arc<Vec<usize>>,
    pub most: usize,
    pub across: usize,
}

impl PartialEq for GalleryRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.probe, &other.probe)
            && Arc::ptr_eq(&self.images, &other.images)
            && (self.most, self.across) == (other.most, other.across)
    }
}

impl Request for GalleryRequest {
    type Reply = Arc<Picture>;
    const NAME: &'static str = "gallery";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    fn work(&self, _: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let some = self.images.iter().copied().take(self.most);
        Ok(Arc::new(tile(&self.probe.gather(some), self.probe.shape, self.across)))
    }
}
