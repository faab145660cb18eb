//! Two runs that no one mistakes for each other, and new ones for neither: the AE's codes lie at the left of its plane and
//! its images are dark, the VAE's at the right and its images are light.

use image::RgbaImage;
use latent_explorer::config::{ModelKind, TrainConfig};
use latent_explorer::engine::LiveRun;
use latent_explorer::explore::Picture;
use latent_explorer::figure::Frame;
use latent_explorer::model::{Checkpoint, Progress, initial_parameters, layout};

use super::model_config;

/// The step of both; new runs are at step 0.
const STEP: u64 = 100;
/// The grey of every pixel that they decode, of new runs about 128.
const DARK: u8 = 64;
const LIGHT: u8 = 191;
/// Where their codes are from left to right, of new runs about 0.
const SIDE: f32 = 1.8;

/// Which run something is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Ae,
    Vae,
    /// A run that has learnt nothing.
    New,
}

pub fn checkpoint(kind: ModelKind, data: &str) -> Checkpoint {
    let model = model_config(kind);
    let (side, grey) = if kind == ModelKind::Ae { (-SIDE, DARK) } else { (SIDE, LIGHT) };
    let share = f32::from(grey) / 255.0;
    let mut parameters = initial_parameters(&model, 5);
    let mut rest = &mut parameters[..];
    for (name, shape) in layout(&model) {
        let (values, after) = std::mem::take(&mut rest).split_at_mut(shape.iter().product());
        match name.as_str() {
            "encoder.mu.bias" => values.copy_from_slice(&[side, 0.0]),
            "encoder.logvar.bias" => values.fill(-3.0),
            "decoder.out.weight" => values.iter_mut().for_each(|weight| *weight *= 0.02),
            "decoder.out.bias" => values.fill((share / (1.0 - share)).ln()),
            _ => {}
        }
        rest = after;
    }
    let progress = Progress { step: STEP, epoch: 1, data: data.into(), train: TrainConfig::default() };
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane: Default::default() }
}

impl Of {
    pub fn run(run: &LiveRun) -> Self {
        match (run.checkpoint.progress.step, run.checkpoint.model.kind) {
            (STEP, ModelKind::Ae) => Self::Ae,
            (STEP, ModelKind::Vae) => Self::Vae,
            _ => Self::New,
        }
    }

    /// By how light decoded images are, where there are any.
    pub fn picture(picture: &Picture) -> Self {
        let drawn: Vec<f64> = picture.pixels.iter().filter(|&&grey| grey > 0).map(|&grey| f64::from(grey)).collect();
        match drawn.iter().sum::<f64>() / drawn.len() as f64 {
            grey if grey < 96.0 => Self::Ae,
            grey if grey > 160.0 => Self::Vae,
            _ => Self::New,
        }
    }

    /// By where a code is.
    pub fn place(x: f32) -> Self {
        match x {
            x if x < -0.5 * SIDE => Self::Ae,
            x if x > 0.5 * SIDE => Self::Vae,
            _ => Self::New,
        }
    }

    /// By −log p(x|z) in nats of an image of the bars, most of whose pixels are black.
    pub fn distortion(nats: f64) -> Self {
        match nats {
            nats if nats < 34.0 => Self::Ae,
            nats if nats > 63.0 => Self::Vae,
            _ => Self::New,
        }
    }

    /// By where in a plane most of the pixels are that `is_one` picks out; none if there are hardly any.
    pub fn pixels(picture: &RgbaImage, frame: &Frame, is_one: fn([u8; 3]) -> bool) -> Option<Self> {
        let mut counts = [(Self::Ae, 0), (Self::New, 0), (Self::Vae, 0)];
        for place in inside(picture, frame, is_one) {
            let of = Self::place(place[0]);
            counts.iter_mut().filter(|(other, _)| *other == of).for_each(|(_, count)| *count += 1);
        }
        counts.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 12).map(|(of, _)| of)
    }

    /// By the grey that most of a plane has; none if it has none of the three.
    pub fn manifold(picture: &RgbaImage, frame: &Frame) -> Option<Self> {
        let few = (0.25 * frame.width * frame.height) as usize;
        let kinds = [(Self::Ae, DARK), (Self::New, 128), (Self::Vae, LIGHT)];
        let fills = |grey: u8| inside(picture, frame, |rgb| is_near(rgb, grey)).count() > few;
        kinds.into_iter().find(|(_, grey)| fills(*grey)).map(|(of, _)| of)
    }
}

fn is_near(rgb: [u8; 3], grey: u8) -> bool {
    rgb.iter().all(|v| v.abs_diff(grey) < 14)
}

/// The places of a plane whose pixels `is_one` picks out.
fn inside(picture: &RgbaImage, frame: &Frame, is_one: impl Fn([u8; 3]) -> bool) -> impl Iterator<Item = [f32; 2]> {
    let (left, top) = (frame.left.ceil() as u32, frame.top.ceil() as u32);
    let (right, bottom) = ((frame.left + frame.width) as u32, (frame.top + frame.height) as u32);
    let pixels = (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)));
    pixels.filter_map(move |(x, y)| {
        let image::Rgba([r, g, b, _]) = *picture.get_pixel_checked(x, y)?;
        is_one([r, g, b]).then(|| frame.place((x as f32 + 0.5, y as f32 + 0.5)))
    })
}
