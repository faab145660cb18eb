//! The window without a display, driven as a person drives it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::RgbaImage;
use latent_explorer::config::Beta;
use latent_explorer::engine::{LiveRun, RunId, Workers};
use latent_explorer::figure::Frame;
use latent_explorer::model::Compute;
use latent_explorer::session::{Action, Export, ExportId, Notice, PaneId, Preferences, Screen, Session, Settings};
use latent_explorer::session::{Start, Theme};
use latent_explorer::ui::App;
use latent_explorer::ui::tabs::Tab;
use tempfile::TempDir;

use super::gates::{Gates, Keeper};
use super::renderer::SoftRenderer;
use super::{dataset_folder, wait_for};

pub const USUAL: Vec2 = vec2(1440.0, 900.0);
pub const SMALLEST: Vec2 = vec2(1024.0, 680.0);

pub struct Window {
    /// Before the harness, which waits for the workers' threads when it is dropped.
    pub keeper: Option<Keeper>,
    pub harness: Harness<'static, App>,
    /// Kept as long as the window may read it.
    pub data: Option<TempDir>,
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A small network, paused, dark.
pub fn settings() -> Preferences {
    let settings = Settings { hidden: "16,8".to_owned(), train_at_start: false, ..Settings::default() };
    let screen = Screen { hint: false, theme: Theme::Dark, ..Screen::default() };
    Preferences { settings, screen }
}

/// The same with a tab open.
pub fn on_tab(tab: &str) -> Preferences {
    let mut preferences = settings();
    preferences.screen.tab = tab.to_owned();
    preferences
}

/// How a window is opened.
pub struct Opening {
    pub preferences: Preferences,
    pub start: Start,
    pub data: Option<TempDir>,
    pub size: Vec2,
    pub gates: Option<Gates>,
    /// What egui has kept from last time.
    pub kept_zoom: Option<f32>,
}

impl Opening {
    pub fn new(preferences: Preferences, start: Start, data: Option<TempDir>) -> Self {
        Self { preferences, start, data, size: USUAL, gates: None, kept_zoom: None }
    }

    /// New runs on the small set of bars.
    pub fn on_bars(preferences: Preferences) -> Self {
        let data = dataset_folder();
        let start = Start::Fresh { data: Some(data.path().display().to_string().into()) };
        Self::new(preferences, start, Some(data))
    }

    pub fn sized(self, size: Vec2) -> Self {
        Self { size, ..self }
    }

    pub fn gated(self, gates: &Gates) -> Self {
        Self { gates: Some(gates.clone()), ..self }
    }

    /// Opens it, and does not wait for anything.
    pub fn start(self) -> Window {
        let Self { preferences, start, data, size, gates, kept_zoom } = self;
        let keeper = gates.as_ref().map(Gates::keeper);
        let builder = Harness::builder().with_size(size).with_step_dt(0.02).renderer(SoftRenderer::default());
        let builder = builder.with_context_setup(move |ctx| {
            if let Some(zoom) = kept_zoom {
                ctx.memory_mut(|memory| memory.options.zoom_factor = zoom);
            }
        });
        let harness = builder.build_eframe(move |cc| app(&cc.egui_ctx, preferences, start, gates));
        Window { keeper, harness, data }
    }

    /// Opens it and waits for its runs.
    pub fn open(self) -> Window {
        let mut window = self.start();
        window.wait(|app| app.session().live().is_some().then_some(()));
        window.harness.run_steps(2);
        window
    }
}

fn app(ctx: &egui::Context, preferences: Preferences, start: Start, gates: Option<Gates>) -> App {
    let compute = Compute::cpu(2);
    let Some(gates) = gates else {
        return App::with_preferences(ctx, preferences, start, compute).expect("a window");
    };
    let woken = ctx.clone();
    let workers = Workers::spawn_with(compute.clone(), move || woken.request_repaint(), gates.hook());
    App::with_workers(ctx, preferences, start, compute, workers.expect("workers")).expect("a window")
}

impl Window {
    pub fn start(preferences: Preferences, start: Start, data: Option<TempDir>) -> Self {
        Opening::new(preferences, start, data).start()
    }

    /// On MNIST.
    pub fn open_on_mnist(preferences: Preferences) -> Self {
        Opening::new(preferences, Start::Fresh { data: None }, None).open()
    }

    /// On the small set of bars.
    pub fn open(preferences: Preferences) -> Self {
        Opening::on_bars(preferences).open()
    }

    pub fn app(&self) -> &App {
        self.harness.state()
    }

    pub fn session(&self) -> &Session {
        self.app().session()
    }

    pub fn tab<T: Tab>(&self) -> &T {
        self.app().tabs().get::<T>().expect("a tab of this type")
    }

    /// Does what a person would have done somewhere in the window.
    pub fn act(&mut self, action: Action) {
        self.harness.state_mut().act(action);
    }

    /// Draws frames until `ready` gives something.
    pub fn wait<T>(&mut self, mut ready: impl FnMut(&App) -> Option<T>) -> T {
        wait_for(|| {
            self.harness.step();
            ready(self.harness.state())
        })
    }

    pub fn wait_for_step(&mut self, step: u64) {
        self.wait(|app| app.session().live().filter(|live| live.step >= step).map(|_| ()));
    }

    /// Pauses the training and waits until it is.
    pub fn pause(&mut self) {
        self.act(Action::Train(false));
        self.wait(|app| app.session().live().filter(|live| !live.training).map(|_| ()));
    }

    /// Waits until a job is held.
    pub fn wait_for_held(&mut self, gates: &Gates, job: &str) {
        self.wait(|_| gates.holds(job).then_some(()));
    }

    pub fn wait_for_panes(&mut self, count: usize) {
        self.wait(|app| (app.session().panes().len() == count).then_some(()));
        self.harness.run_steps(3);
    }

    /// Waits until something of this name is there; where it is.
    pub fn wait_for_label(&mut self, label: &str) -> Rect {
        wait_for(|| {
            self.harness.step();
            self.harness.query_by_label(label).map(|node| node.rect())
        })
    }

    /// Waits until every pane shows all that it has asked for, and asks for nothing else.
    pub fn settle(&mut self) {
        let frames = |app: &App| -> Vec<Option<Frame>> {
            app.session().panes().iter().map(|pane| app.panes().frame(pane.id).copied()).collect()
        };
        self.harness.run_steps(2);
        let mut before = Vec::new();
        self.wait(|app| {
            let now = frames(app);
            let stays = now == before;
            before = now;
            let session = app.session();
            (stays && session.panes().iter().all(|pane| app.panes().is_current(pane.id, session))).then_some(())
        });
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    /// Types as a keyboard does: each key with its letter, in one frame.
    pub fn type_keys(&mut self, keys: &[(Key, &str)]) {
        for &(key, text) in keys {
            let (modifiers, physical_key, repeat) = (Modifiers::NONE, None, false);
            let press = |pressed| Event::Key { key, physical_key, pressed, repeat, modifiers };
            let events = &mut self.harness.input_mut().events;
            events.extend([press(true), Event::Text(text.to_owned())]);
            self.harness.step();
            self.harness.input_mut().events.push(press(false));
            self.harness.step();
        }
    }

    /// Puts text into the field of this name.
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.harness.get_by_label(field).focus();
        self.harness.run_steps(2);
        self.harness.get_by_label(field).type_text(text);
        self.harness.run_steps(2);
    }

    /// The pane at a place, counted from the left.
    pub fn pane(&self, place: usize) -> PaneId {
        self.session().panes()[place].id
    }

    pub fn run_id(&self, place: usize) -> RunId {
        self.session().panes()[place].run
    }

    /// The run that the pane at a place shows.
    pub fn run(&self, place: usize) -> &LiveRun {
        self.session().run(self.pane(place)).expect("a run")
    }

    /// The part of a pane's plane that is seen, and where.
    pub fn frame(&self, place: usize) -> Frame {
        *self.app().panes().frame(self.pane(place)).expect("a drawn plane")
    }

    /// Where the plane of the pane at a place is.
    pub fn plane_at(&self, place: usize) -> Rect {
        let frame = self.frame(place);
        Rect::from_min_size(pos2(frame.left, frame.top), vec2(frame.width, frame.height))
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

    /// Drops a file or a folder on it.
    pub fn drop_on(&mut self, path: &Path) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.harness.run_steps(1);
    }

    fn button(&mut self, pos: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        self.harness.step();
    }

    pub fn step(&self) -> u64 {
        self.session().live().expect("a session").step
    }

    pub fn beta(&self) -> Beta {
        self.run(1).checkpoint.progress.train.beta
    }

    /// What is said to the person, when something is.
    pub fn wait_for_notice(&mut self, contains: &str) -> Notice {
        self.wait(|app| app.session().notice().filter(|notice| notice.text.contains(contains)).cloned())
    }

    /// Has something written to a file, and waits until it is said that it was.
    pub fn export(&mut self, what: ExportId, file: &Path) {
        self.act(Action::DismissNotice);
        self.act(Action::Export(Export { what, to: Some(file.to_owned()) }));
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let notice = self.wait_for_notice(&name);
        assert!(!notice.is_error, "{notice:?}");
    }

    pub fn picture(&mut self) -> RgbaImage {
        self.harness.run_steps(2);
        self.harness.render().expect("a picture")
    }
}
