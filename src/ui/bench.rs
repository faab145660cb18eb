//! How quick the window is, measured on the real interface without a display: both runs train at full speed while the
//! cursor is dragged over the manifold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use cpu_time::ThreadTime;
use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use serde::Serialize;

use super::Start;
use super::app::App;
use super::settings::{Overlays, Settings};
use crate::config::Code;
use crate::data::{MNIST, Split};
use crate::engine::Ask;
use crate::explore::FieldKind;
use crate::model::{Codes, Compute};
use crate::random::{Purpose, standard_normal, stream};

const SIZE: egui::Vec2 = vec2(1440.0, 900.0);
const FRAME: Duration = Duration::from_micros(16_667);
/// Codes along each side of the manifold that is timed.
const MANIFOLD: usize = 32;

/// All times in milliseconds.
#[derive(Debug, Serialize)]
pub struct WindowReport {
    pub points: usize,
    pub frames: usize,
    /// Of the drawing thread: laying out, drawing into shapes, and tessellating.
    pub frame_ms_p50: f64,
    pub frame_ms_p99: f64,
    /// From the wish to the pixels, on the clock.
    pub decode_ms_p50: f64,
    pub decode_ms_p99: f64,
    pub manifold_ms_p99: f64,
    /// Of the thread that draws clouds of points: one cloud, and how many a plane was given a second.
    pub cloud_ms_p99: f64,
    pub clouds_per_second: f64,
    pub images_per_second: f64,
}

/// Images that MNIST has; more points than that are made up.
const IMAGES: usize = 70_000;

/// Runs the interface for `seconds` with `points` images of MNIST in each plane, or, if there are not so many, with as many
/// points that are made up and are elsewhere in every frame.
pub fn measure_window(points: usize, seconds: f64, all_overlays: bool) -> Result<WindowReport> {
    let ctx = Context::default();
    let overlays = match all_overlays {
        true => Overlays { manifold: true, trails: true, field: Some(FieldKind::Density), ..Overlays::default() },
        false => Overlays { manifold: true, ..Overlays::default() },
    };
    let settings = Settings { probe: if points > IMAGES { 1 } else { points }, overlays, ..Settings::default() };
    let mut app =
        App::with_settings(&ctx, settings, Start::Fresh { data: Some(MNIST.to_owned()) }, Compute::default())?;
    let mut input = Input { start: Instant::now(), pressed: false };
    let waiting = Instant::now();
    while app.session.live.as_ref().is_none_or(|live| live.step < 20) {
        if waiting.elapsed() > Duration::from_secs(60) {
            bail!("nothing was trained within a minute");
        }
        frame(&ctx, &mut app, input.idle());
        std::thread::sleep(FRAME);
    }
    let plane = app.session.panes.last().and_then(|pane| pane.plane);
    let Some(plane) = plane else { bail!("no plane was drawn") };

    let crowd = (points > IMAGES).then(|| Crowd::new(points));
    if let (Some(crowd), Some(stage)) = (&crowd, &mut app.session.stage) {
        stage.probe = crowd.probe.clone();
    }

    let (start, mut seen) = (Instant::now(), Instant::now());
    let (mut frames, mut decodes, mut manifolds, mut clouds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds {
        let began = Instant::now();
        if let (Some(crowd), Some(live)) = (&crowd, &mut app.session.live) {
            live.runs.iter_mut().for_each(|run| run.codes = crowd.at(start.elapsed().as_secs_f32()));
        }
        frames.push(frame(&ctx, &mut app, input.drag(plane)));
        if frames.len() % 30 == 0 {
            app.session.ask_aside(Ask::Manifold { min: [-3.0; 2], max: [3.0; 2], across: MANIFOLD, down: MANIFOLD });
        }
        decodes.extend(app.session.pace.decodes_since(seen));
        manifolds.extend(app.session.pace.manifolds_since(seen));
        clouds.extend(app.session.pace.clouds_since(seen));
        seen = Instant::now();
        std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
    }
    Ok(WindowReport {
        points,
        frames: frames.len(),
        frame_ms_p50: percentile(&mut frames, 0.5),
        frame_ms_p99: percentile(&mut frames, 0.99),
        decode_ms_p50: percentile(&mut decodes, 0.5),
        decode_ms_p99: percentile(&mut decodes, 0.99),
        manifold_ms_p99: percentile(&mut manifolds, 0.99),
        clouds_per_second: clouds.len() as f64 / app.session.panes.len() as f64 / start.elapsed().as_secs_f64(),
        cloud_ms_p99: percentile(&mut clouds, 0.99),
        images_per_second: app.session.live.as_ref().map_or(0.0, |live| live.images_per_second),
    })
}

/// Takes in what the threads sent, draws a frame and tessellates it; the processor time of that.
fn frame(ctx: &Context, app: &mut App, input: RawInput) -> Duration {
    let start = ThreadTime::now();
    app.session.poll(ctx);
    let output = ctx.run_ui(input, |ui| app.draw(ui));
    let shapes = ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
    let elapsed = start.elapsed();
    drop(shapes);
    output.drop_without_applying_deltas();
    elapsed
}

/// Points that go round the origin, in ten classes.
struct Crowd {
    codes: Vec<Code>,
    probe: Arc<Split>,
}

impl Crowd {
    fn new(points: usize) -> Self {
        let normal = standard_normal(&mut stream(0, Purpose::Evaluation, 0), 2 * points);
        let labels: Vec<u8> = (0..points).map(|i| (i % 10) as u8).collect();
        let place = |(z, &label): (&Code, &u8)| {
            let (sin, cos) = (f32::from(label) * 0.628).sin_cos();
            [2.0 * cos + 0.4 * z[0], 2.0 * sin + 0.4 * z[1]]
        };
        let codes = normal.as_chunks::<2>().0.iter().zip(&labels).map(place).collect();
        let images = vec![0; points];
        Self { codes, probe: Arc::new(Split { rows: 1, cols: 1, images, labels }) }
    }

    fn at(&self, seconds: f32) -> Arc<Codes> {
        let (sin, cos) = seconds.sin_cos();
        let turned = self.codes.iter().map(|z| [cos * z[0] - sin * z[1], sin * z[0] + cos * z[1]]);
        Arc::new(Codes { mu: turned.collect(), logvar: None })
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
