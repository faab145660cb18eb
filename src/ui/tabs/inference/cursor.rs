//! What a decoder answers at the cursor beside the best that any could answer there: why images are blurred.

use std::sync::Arc;

use egui::{Image, RichText, Ui};

use crate::config::Place;
use crate::data::Split;
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{Picture, best_mean, drawn_pixels, tile};
use crate::format;
use crate::model::{Checkpoint, Frozen, Places};
use crate::ui::look::textures::{PictureTextures, fitted};
use crate::ui::look::theme;

/// Side of a picture, in points: three of them stand below each other in the tab.
const SIDE: f32 = 36.0;

#[derive(Clone)]
pub struct CursorRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    /// The probe and its codes.
    pub probe: Arc<Split>,
    pub codes: Arc<Places>,
    pub code: Place,
}

/// Pictures of a code.
pub struct AtCursor {
    pub decoded: Arc<Picture>,
    /// f*(z), and of how many images it is the mean; codes that are points have none.
    pub best: Option<(Arc<Picture>, f64)>,
    /// Pixels drawn from p(x|z).
    pub drawn: Arc<Picture>,
}

impl PartialEq for CursorRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.codes, &other.codes)
            && self.code == other.code
    }
}

impl Request for CursorRequest {
    type Reply = Arc<AtCursor>;
    const NAME: &'static str = "the best image at the cursor";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let config = model.config();
        let picture = |image: &[f32]| Arc::new(tile(image, config.shape, 1));
        let decoded = model.decode_places(&[self.code])?;
        let best = best_mean(&self.codes, &*self.probe, self.code);
        Ok(Arc::new(AtCursor {
            drawn: picture(&drawn_pixels(&decoded, config.likelihood, 0)),
            best: best.map(|best| (picture(&best.image), best.effective)),
            decoded: picture(&decoded),
        }))
    }
}

pub fn show(ui: &mut Ui, answer: &AtCursor, textures: &mut PictureTextures<usize>) {
    ui.vertical(|ui| {
        let mut picture = |ui: &mut Ui, i: usize, name: &str, text: String, meaning: &str, picture: &Arc<Picture>| {
            ui.label(RichText::new(text).small()).on_hover_text(meaning);
            let texture = textures.get(ui, i, picture);
            let image = Image::new((texture, fitted(picture.width, picture.height, SIDE))).corner_radius(2.0);
            ui.add(image.alt_text(name)).on_hover_text(meaning);
        };
        let meaning = "What the decoder answers at the cursor: the mean of p(x|z)";
        picture(ui, 0, "f(z) at the cursor", "f(z)".to_owned(), meaning, &answer.decoded);
        match &answer.best {
            Some((best, effective)) => {
                let text = format!("f*(z), of {}", format::short(*effective));
                let meaning = "Σ q(z|x) x / Σ q(z|x) over the images of the plane: with these posteriors no decoder, however large, \
                               can do better here than answer this mean. Where posteriors overlap it is blurred. The number: of how many \
                               images it is the mean, in effect, (Σ q)² / Σ q²; it shrinks as posteriors do";
                picture(ui, 1, "f*(z) at the cursor", text, meaning, best);
            }
            None => {
                let text = RichText::new("no f*(z)").small().color(theme::quiet(ui));
                ui.label(text).on_hover_text("Codes are points: a decoder may answer each with its own image");
            }
        }
        let meaning = "Pixels drawn from p(x|z), not its mean: what the model says that images look like. Bernoulli pixels are black or \
                       white, Gaussian ones have noise of variance c; images that are shown elsewhere are means";
        picture(ui, 2, "pixels drawn at the cursor", "x from p(x|z)".to_owned(), meaning, &answer.drawn);
    });
}
