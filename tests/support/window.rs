//! The window without a display, driven as a person drives it.

use egui::{Event, Key, PointerButton, Pos2, Rect, ThemePreference, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::RgbaImage;
use latent_explorer::engine::LiveRun;
use latent_explorer::model::Compute;
use latent_explorer::ui::{App, Settings, Start};
use tempfile::TempDir;

use super::renderer::SoftRenderer;
use super::{dataset_folder, wait_for};

const SIZE: Vec2 = vec2(1440.0, 900.0);

pub struct Window {
    pub harness: Harness<'static, App>,
    /// Kept as long as the window may read it.
    pub data: Option<TempDir>,
}

/// A small network, paused, dark.
pub fn settings() -> Settings {
    let hidden = "16,8".to_owned();
    Settings { hidden, train_at_start: false, hint: false, theme: ThemePreference::Dark, ..Settings::default() }
}

impl Window {
    pub fn start(settings: Settings, start: Start, data: Option<TempDir>) -> Self {
        Self { harness: harness(settings, start), data }
    }

    /// On MNIST.
    pub fn open_on_mnist(settings: Settings) -> Self {
        let mut window = Self::start(settings, Start::Fresh { data: None }, None);
        window.wait(|app| app.session.live.is_some().then_some(()));
        window
    }

    /// On the small set of bars.
    pub fn open(settings: Settings) -> Self {
        let data = dataset_folder();
        let start = Start::Fresh { data: Some(data.path().display().to_string()) };
        let mut window = Self::start(settings, start, Some(data));
        window.wait(|app| app.session.live.is_some().then_some(()));
        window.harness.run_steps(2);
        window
    }

    /// Draws frames until `ready` gives something.
    pub fn wait<T>(&mut self, mut ready: impl FnMut(&App) -> Option<T>) -> T {
        wait_for(|| {
            self.harness.step();
            ready(self.harness.state())
        })
    }

    pub fn wait_for_step(&mut self, step: u64) {
        self.wait(|app| app.session.live.as_ref().filter(|live| live.step >= step).map(|_| ()));
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(2);
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }

    /// The plane of a model, on the screen.
    pub fn plane(&self, model: &str) -> Rect {
        let start = format!("{model} latent plane");
        self.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(&start))).rect()
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.button(from, true);
        for i in 1..=4 {
            self.harness.hover_at(from + (to - from) * (i as f32 / 4.0));
            self.harness.step();
        }
        self.button(to, false);
        self.harness.step();
    }

    fn button(&mut self, pos: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, egui::Modifiers::NONE);
        self.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        self.harness.step();
    }

    pub fn step(&self) -> u64 {
        self.harness.state().session.live.as_ref().expect("a session").step
    }

    pub fn run(&self, pane: usize) -> &LiveRun {
        self.harness.state().session.run(pane).expect("a run")
    }

    pub fn beta(&self) -> f64 {
        self.run(1).checkpoint.progress.train.beta
    }

    pub fn picture(&mut self) -> RgbaImage {
        self.harness.run_steps(2);
        self.harness.render().expect("a picture")
    }
}

fn harness(settings: Settings, start: Start) -> Harness<'static, App> {
    Harness::builder()
        .with_size(SIZE)
        .with_step_dt(0.02)
        .renderer(SoftRenderer::default())
        .build_eframe(move |cc| App::with_settings(&cc.egui_ctx, settings, start, Compute::cpu(2)).expect("a window"))
}
