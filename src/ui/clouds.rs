//! The thread that draws clouds of points, so that however many there are no frame waits for them. Of the wishes of a pane
//! the newest wins; until it is drawn the pane moves the cloud it has.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::cloud::Cloud;
use crate::config::Code;
use crate::data::Split;
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
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.codes, &other.codes)
            && Arc::ptr_eq(&self.probe, &other.probe)
            && (self.view, self.size, self.pixels_per_point) == (other.view, other.size, other.pixels_per_point)
    }
}

/// A cloud, ready to be shown.
pub struct Drawn {
    pub pane: usize,
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

pub struct Clouds {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    arrival: Condvar,
}

#[derive(Default)]
struct Desk {
    wishes: BTreeMap<usize, Scene>,
    drawn: Vec<Drawn>,
    closed: bool,
}

impl Clouds {
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let desk = shared.clone();
        let thread = Builder::new().name("clouds".to_owned()).spawn(move || desk.work(&wake))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Wishes for a cloud, unless it is what was last asked for or is there already.
    pub fn ask(&self, pane: usize, cloud: &mut PaneCloud, scene: Scene) {
        if cloud.asked.as_ref() != Some(&scene) {
            cloud.asked = Some(scene.clone());
            self.shared.lock().wishes.insert(pane, scene);
            self.shared.arrival.notify_one();
        }
    }

    /// The clouds that have become ready.
    pub fn drawn(&self) -> Vec<Drawn> {
        std::mem::take(&mut self.shared.lock().drawn)
    }
}

impl Drop for Clouds {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.arrival.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, wake: &dyn Fn()) {
        let mut last = None;
        loop {
            let mut desk = self.lock();
            let (pane, scene) = loop {
                if desk.closed {
                    return;
                }
                // In turn, so that a pane that asks all the time does not hold up the others.
                let next =
                    desk.wishes.keys().copied().find(|&pane| Some(pane) > last).or(desk.wishes.keys().next().copied());
                match next.and_then(|pane| desk.wishes.remove_entry(&pane)) {
                    Some(wish) => break wish,
                    None => desk = self.arrival.wait(desk).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(desk);
            last = Some(pane);
            let start = Instant::now();
            let cloud = Cloud {
                codes: &scene.codes.mu,
                labels: &scene.probe.labels,
                view: scene.view,
                size: scene.size,
                pixels_per_point: scene.pixels_per_point,
            };
            // A cloud that cannot be drawn is not shown; the next one may be.
            let Ok(image) = catch_unwind(AssertUnwindSafe(|| cloud.draw())) else { continue };
            self.lock().drawn.push(Drawn { pane, scene, image, elapsed: start.elapsed() });
            wake();
        }
    }
}
