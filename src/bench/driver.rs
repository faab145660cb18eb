//! The real interface without a display, and a hand that drags its cursor.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cpu_time::ThreadTime;
use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};

use crate::config::MNIST;
use crate::model::Compute;
use crate::session::{PaneId, Preferences, Start};
use crate::ui::App;

const SIZE: egui::Vec2 = vec2(1440.0, 900.0);
/// The time of a frame at 60 a second.
pub const FRAME: Duration = Duration::from_micros(16_667);

/// What the pointer does in a frame.
pub enum Hand {
    Idle,
    /// Goes round in this part of the window, its button held down.
    Drags(Rect),
}

pub struct Driver {
    pub app: App,
    ctx: Context,
    start: Instant,
    pressed: bool,
}

impl Driver {
    /// Opens the window on MNIST and waits until its runs have taken a few steps.
    pub fn open(preferences: Preferences) -> Result<Self> {
        let ctx = Context::default();
        let start = Start::Fresh { data: Some(MNIST.into()) };
        let app = App::with_preferences(&ctx, preferences, start, Compute::default())?;
        let mut driver = Self { app, ctx, start: Instant::now(), pressed: false };
        driver.wait("nothing was trained", |app| app.session().live().is_some_and(|live| live.step >= 20))?;
        Ok(driver)
    }

    /// Draws frames until `is_there`, for a minute at most.
    pub fn wait(&mut self, otherwise: &str, is_there: impl Fn(&App) -> bool) -> Result<()> {
        let waiting = Instant::now();
        while !is_there(&self.app) {
            if waiting.elapsed() > Duration::from_secs(60) {
                bail!("{otherwise} within a minute");
            }
            self.frame(Hand::Idle, |_| ());
            std::thread::sleep(FRAME);
        }
        Ok(())
    }

    /// The last pane, and where in the window its plane is.
    pub fn last_plane(&self) -> Result<(PaneId, Rect)> {
        let pane = self.app.session().panes().last().context("no pane was opened")?.id;
        let plane = self.app.panes().frame(pane).context("no plane was drawn")?;
        Ok((pane, Rect::from_min_size(pos2(plane.left, plane.top), vec2(plane.width, plane.height))))
    }

    /// Takes in what the threads sent, draws a frame and tessellates it; the processor time and the time of that. `change` is
    /// done before it is drawn.
    pub fn frame(&mut self, hand: Hand, change: impl FnOnce(&mut App)) -> (Duration, Duration) {
        let input = self.input(hand);
        let (start, clock) = (ThreadTime::now(), Instant::now());
        self.app.update(&self.ctx);
        change(&mut self.app);
        let output = self.ctx.run_ui(input, |ui| self.app.draw(ui));
        let shapes = self.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
        let elapsed = (start.elapsed(), clock.elapsed());
        drop(shapes);
        output.drop_without_applying_deltas();
        elapsed
    }

    fn input(&mut self, hand: Hand) -> RawInput {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.start.elapsed().as_secs_f64()),
            ..RawInput::default()
        };
        let Hand::Drags(plane) = hand else { return input };
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
