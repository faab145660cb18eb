//! How quick the window is, measured on the real interface without a display: both runs train at full speed while the
//! cursor is dragged over the manifold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cpu_time::ThreadTime;
use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use serde::Serialize;

use crate::config::MNIST;
use crate::config::{ImageShape, Place};
use crate::data::Split;
use crate::engine::{Event as EngineEvent, Requests};
use crate::explore::FieldKind;
use crate::model::{Compute, Places};
use crate::random::{Purpose, standard_normal, stream};
use crate::session::{Overlays, Preferences, Settings, Start};
use crate::ui::{App, ManifoldRequest, Served};

const SIZE: egui::Vec2 = vec2(1440.0, 900.0);
const FRAME: Duration = Duration::from_micros(16_667);
/// Codes along each side of the manifold that is timed.
const MANIFOLD: usize = 32;
/// Images that MNIST has; more points than that are made up.
const IMAGES: usize = 70_000;

/// All times in milliseconds.
#[derive(Debug, Serialize)]
pub struct WindowReport {
    pub points: usize,
    pub frames: usize,
    pub frames_per_second: f64,
    /// Of the drawing thread: taking in what the workers sent, laying out, drawing into shapes, and tessellating.
    pub frame_ms_p50: f64,
    pub frame_ms_p99: f64,
    /// The same on the clock: with the time that the other threads had the cores.
    pub frame_wall_ms_p50: f64,
    pub frame_wall_ms_p99: f64,
    /// From the request to the pixels, on the clock.
    pub decode_ms_p50: f64,
    pub decode_ms_p99: f64,
    pub manifold_ms_p99: f64,
    /// From the request to a cloud of points, and how many a plane was given a second.
    pub cloud_ms_p99: f64,
    pub clouds_per_second: f64,
    pub images_per_second: f64,
}

/// Runs the interface for `seconds` with `points` images of MNIST in each plane, or, if there are not so many, with as many
/// points that are made up and are elsewhere in every frame.
pub fn measure_window(points: usize, seconds: f64, all_overlays: bool) -> Result<WindowReport> {
    let ctx = Context::default();
    let overlays = match all_overlays {
        true => Overlays { manifold: true, trails: true, field: Some(FieldKind::Density), ..Overlays::default() },
        false => Overlays { manifold: true, ..Overlays::default() },
    };
    let settings = Settings { probe: if points > IMAGES { 1 } else { points }, overlays, ..Settings::default() };
    let preferences = Preferences { settings, ..Preferences::default() };
    let start = Start::Fresh { data: Some(MNIST.into()) };
    let mut app = App::with_preferences(&ctx, preferences, start, Compute::default())?;
    let mut input = Input { start: Instant::now(), pressed: false };
    let waiting = Instant::now();
    let mut crowd = None;
    while app.session().live().is_none_or(|live| live.step < 20) {
        if waiting.elapsed() > Duration::from_secs(60) {
            bail!("nothing was trained within a minute");
        }
        frame(&ctx, &mut app, input.idle(), None);
        std::thread::sleep(FRAME);
    }
    if points > IMAGES {
        crowd = Some(Crowd::enter(&mut app, points)?);
        (0..3).for_each(|_| _ = frame(&ctx, &mut app, input.idle(), crowd.as_ref()));
    }
    let pane = app.session().panes().last().context("no pane was opened")?.id;
    let plane = *app.panes().frame(pane).context("no plane was drawn")?;
    let plane = Rect::from_min_size(pos2(plane.left, plane.top), vec2(plane.width, plane.height));

    let mut manifolds = Requests::new(app.workers());
    app.take_served();
    let start = Instant::now();
    let (mut frames, mut walls, mut manifold_times) = (Vec::new(), Vec::new(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds {
        let began = Instant::now();
        let (cpu, wall) = frame(&ctx, &mut app, input.drag(plane), crowd.as_ref());
        frames.push(cpu);
        walls.push(wall);
        if frames.len() % 30 == 0
            && let Some(run) = app.session().run(pane)
        {
            let view = ([-3.0; 2], [3.0; 2]);
            let (checkpoint, across, down) = (run.checkpoint.clone(), MANIFOLD, MANIFOLD);
            manifolds.ask((), ManifoldRequest { run: run.id, checkpoint, view, across, down });
        }
        if !manifolds.poll().is_empty() {
            manifold_times.extend(manifolds.answer(()).map(|answer| answer.elapsed));
        }
        std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
    }
    let elapsed = start.elapsed().as_secs_f64();
    let Served { mut images, mut clouds } = app.take_served();
    Ok(WindowReport {
        points,
        frames: frames.len(),
        frames_per_second: frames.len() as f64 / elapsed,
        frame_ms_p50: percentile(&mut frames, 0.5),
        frame_ms_p99: percentile(&mut frames, 0.99),
        frame_wall_ms_p50: percentile(&mut walls, 0.5),
        frame_wall_ms_p99: percentile(&mut walls, 0.99),
        decode_ms_p50: percentile(&mut images, 0.5),
        decode_ms_p99: percentile(&mut images, 0.99),
        manifold_ms_p99: percentile(&mut manifold_times, 0.99),
        clouds_per_second: clouds.len() as f64 / app.session().panes().len().max(1) as f64 / elapsed,
        cloud_ms_p99: percentile(&mut clouds, 0.99),
        images_per_second: app.session().live().map_or(0.0, |live| live.images_per_second),
    })
}

/// Takes in what the threads sent, draws a frame and tessellates it; the processor time and the time of that.
fn frame(ctx: &Context, app: &mut App, input: RawInput, crowd: Option<&Crowd>) -> (Duration, Duration) {
    let (start, clock) = (ThreadTime::now(), Instant::now());
    app.update(ctx);
    if let Some(crowd) = crowd {
        crowd.move_on(app);
    }
    let output = ctx.run_ui(input, |ui| app.draw(ui));
    let shapes = ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
    let elapsed = (start.elapsed(), clock.elapsed());
    drop(shapes);
    output.drop_without_applying_deltas();
    elapsed
}

/// Points that go round the origin, in ten classes.
struct Crowd {
    codes: Vec<Place>,
    start: Instant,
}

impl Crowd {
    /// Puts the points in the place of the probe.
    fn enter(app: &mut App, points: usize) -> Result<Self> {
        let normal = standard_normal(&mut stream(0, Purpose::Evaluation, 0), 2 * points);
        let labels: Vec<u16> = (0..points).map(|i| (i % 10) as u16).collect();
        let place = |(z, &label): (&Place, &u16)| {
            let (sin, cos) = (f32::from(label) * 0.628).sin_cos();
            [2.0 * cos + 0.4 * z[0], 2.0 * sin + 0.4 * z[1]]
        };
        let codes = normal.as_chunks::<2>().0.iter().zip(&labels).map(place).collect();
        let mut stage = app.session().stage().context("nothing was started")?.clone();
        stage.probe = Arc::new(Split { shape: ImageShape::grey(1, 1), images: vec![0; points], labels });
        let crowd = Self { codes, start: Instant::now() };
        let live = app.session().live().cloned();
        app.receive(live, vec![EngineEvent::Started(stage)]);
        crowd.move_on(app);
        Ok(crowd)
    }

    fn move_on(&self, app: &mut App) {
        let (sin, cos) = self.start.elapsed().as_secs_f32().sin_cos();
        let turned = self.codes.iter().map(|z| [cos * z[0] - sin * z[1], sin * z[0] + cos * z[1]]);
        let codes = Arc::new(Places { mu: turned.collect(), logvar: None });
        let Some(mut live) = app.session().live().cloned() else { return };
        live.runs.iter_mut().for_each(|run| run.codes = codes.clone());
        app.receive(Some(live), Vec::new());
    }
}

struct Input {
    start: Instant,
    pressed: bool,
}

impl Input {
    fn idle(&self) -> RawInput {
        RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.start.elapsed().as_secs_f64()),
            ..RawInput::default()
        }
    }

    /// The pointer goes round in the plane, its button held down.
    fn drag(&mut self, plane: Rect) -> RawInput {
        let mut input = self.idle();
        let angle = 2.0 * self.start.elapsed().as_secs_f32();
        let pos = plane.center() + pos2(angle.cos(), (1.3 * angle).sin()).to_vec2() * 0.35 * plane.size();
        input.events.push(Event::PointerMoved(pos));
        if !self.pressed {
            self.pressed = true;
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            input.events.push(Event::PointerButton { pos, button, pressed: true, modifiers });
        }
        input
    }
}

fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let index = (share * times.len().saturating_sub(1) as f64).round() as usize;
    times.get(index).map_or(f64::NAN, |time| 1e3 * time.as_secs_f64())
}
