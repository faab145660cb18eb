//! Clouds of points are drawn on a thread, so that however many there are no frame waits for them; until the newest is
//! drawn a pane moves the cloud it has.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};

use crate::config::Code;
use crate::data::Split;
use crate::engine::{Errand, Errands};
use crate::figure::{Cloud, Emphasis, Extent};
use crate::model::Codes;

/// What a drawn cloud depends on.
#[derive(Clone)]
pub struct Scene {
    pub codes: Arc<Codes>,
    pub probe: Arc<Split>,
    /// Lower left and upper right corner.
    pub view: (Code, Code),
    /// In pixels.
    pub size: [usize; 2],
    pub pixels_per_point: f32,
    /// How each point is drawn, if not all alike.
    pub emphasis: Option<Arc<Vec<Emphasis>>>,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.codes, &other.codes)
            && Arc::ptr_eq(&self.probe, &other.probe)
            && match (&self.emphasis, &other.emphasis) {
                (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            }
            && (self.view, self.size, self.pixels_per_point) == (other.view, other.size, other.pixels_per_point)
    }
}

/// A cloud, ready to be shown.
pub struct Drawn {
    scene: Scene,
    image: ColorImage,
    /// From the start of drawing.
    pub elapsed: Duration,
}

/// The cloud of a pane.
#[derive(Default)]
pub struct PaneCloud {
    asked: Option<Scene>,
    shown: Option<(Scene, TextureHandle)>,
}

impl PaneCloud {
    /// Whether the cloud last asked for is the one that is shown.
    pub fn is_current(&self) -> bool {
        self.asked.is_some() && self.asked.as_ref() == self.shown.as_ref().map(|(scene, _)| scene)
    }

    pub fn receive(&mut self, ctx: &Context, drawn: Drawn) {
        // What was asked for before another session began is of no use.
        if !self.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(&asked.probe, &drawn.scene.probe)) {
            return;
        }
        match &mut self.shown {
            Some((scene, texture)) => {
                *scene = drawn.scene;
                texture.set(drawn.image, TextureOptions::LINEAR);
            }
            none => *none = Some((drawn.scene, ctx.load_texture("cloud", drawn.image, TextureOptions::LINEAR))),
        }
    }

    /// The newest texture there is, and the corners of the part of the plane it shows.
    pub fn get(&self) -> Option<(&TextureHandle, (Code, Code))> {
        self.shown.as_ref().map(|(scene, texture)| (texture, scene.view))
    }
}

/// The thread that draws clouds.
pub struct Clouds(Errands<Scene, Drawn>);

impl Clouds {
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        Ok(Self(Errands::spawn("clouds", wake, |errand: &Errand<Scene, Drawn>, scene: Scene| {
            let start = Instant::now();
            let cloud = Cloud {
                codes: scene.codes.clone(),
                labels: Arc::new(scene.probe.labels.clone()),
                emphasis: scene.emphasis.clone(),
            };
            let extent = Extent { view: scene.view, size: scene.size, density: scene.pixels_per_point };
            let pixels = cloud.premultiplied(&extent).into_iter();
            let pixels = pixels.map(|[r, g, b, a]| Color32::from_rgba_premultiplied(r, g, b, a)).collect();
            let image = ColorImage::new(scene.size, pixels);
            errand.reply(Drawn { scene, image, elapsed: start.elapsed() });
        })?))
    }

    /// Wishes for a cloud, unless it is what was last asked for or is there already.
    pub fn ask(&self, pane: usize, cloud: &mut PaneCloud, scene: Scene) {
        if cloud.asked.as_ref() != Some(&scene) {
            cloud.asked = Some(scene.clone());
            self.0.ask(pane, scene);
        }
    }

    /// The clouds that have become ready, with their panes.
    pub fn drawn(&self) -> Vec<(usize, Drawn)> {
        self.0.replies()
    }
}
