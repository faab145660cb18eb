//! The window: it takes in what the threads have sent, draws the session, and applies what the person did.

mod ending;
mod input;
mod layout;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Context, Ui};

use crate::data::Dataset;
use crate::engine::{Command as EngineCommand, Engine, Event, Live, SessionId, Workers};
use crate::model::Compute;
use crate::session::{Action, Effect, Export, Notice, Preferences, Session, Setting, Start};
use crate::ui::clock::Clock;
use crate::ui::export::{Exporter, Offer};
use crate::ui::figure;
use crate::ui::guard::{self, Guard};
use crate::ui::images::OpenImages;
use crate::ui::keeping::{Keeping, Wish};
use crate::ui::leaving::Leaving;
use crate::ui::look::theme;
use crate::ui::lost::Lost;
use crate::ui::pace::FrameRate;
use crate::ui::pane::{Panes, Served};
use crate::ui::preferences;
use crate::ui::shell::{self, Palette, Toolbar};
use crate::ui::stop::Stop;
use crate::ui::tabs::Tabs;

/// What the window has to do with beyond itself.
#[derive(Default)]
pub struct Outside {
    /// Where preferences are kept, if anywhere, and whether those of last time are put aside.
    pub preferences: Option<PathBuf>,
    pub usual_settings: bool,
    /// Where sessions are kept by themselves, if anywhere.
    pub sessions: Option<PathBuf>,
    /// What tells it the time.
    pub clock: Clock,
    /// What tells it to end.
    pub stop: Stop,
    /// What it could not do any more when it ended.
    pub lost: Lost,
}

pub struct App {
    session: Session,
    // In this order: what is no longer wanted makes way, an export that was promised is finished, then the threads end.
    tabs: Tabs,
    panes: Panes,
    exporter: Exporter,
    images: OpenImages,
    engine: Engine,
    workers: Workers,
    toolbar: Toolbar,
    palette: Option<Palette>,
    keeping: Keeping,
    leaving: Leaving,
    frames: FrameRate,
    outside: Outside,
    /// Until the start has succeeded.
    guard: Option<Guard>,
    /// The preferences that are saved, and those that are to be saved if they stay as they are, since when.
    kept: Preferences,
    changed: Option<(Preferences, Duration)>,
}

impl App {
    /// With the preferences of last time, unless a start with them has failed, and with an offer of the session of last time.
    pub fn new(ctx: &Context, outside: Outside, start: Start, compute: Compute) -> std::io::Result<Self> {
        let file = outside.preferences.as_deref();
        let put_aside = file.filter(|_| outside.usual_settings).and_then(|file| guard::put_aside(file, "before"));
        let (guard, crashed) = file.map(Guard::begin).unwrap_or_default();
        let (kept, mut warning) = file.map(preferences::load).unwrap_or_default();
        let offers = matches!(start, Start::Fresh { .. });
        let mut app = Self::with_preferences(ctx, kept, start, compute)?;
        (app.outside, app.guard) = (outside, guard);
        app.exporter.note_in(app.outside.lost.clone());
        if let Some(aside) = put_aside {
            let text = format!("The usual settings are in force; those of last time are in {}.", aside.display());
            app.act(Action::Notify(Notice::info(text)));
        }
        if let Some(aside) = crashed {
            let aside = aside.display();
            let why = "The program ended while it started with the settings of last time";
            warning = Some(format!("{why}; the usual ones are in force, and those are in {aside}."));
        }
        let sessions = app.outside.sessions.clone();
        let warnings = [warning, sessions.and_then(|root| app.keeping.keep_in(&root, offers).err())];
        if app.keeping.is_kept() {
            app.act(Action::NoteKept);
        }
        if app.keeping.is_offering() {
            // The session of last time may take the place of this one.
            app.act(Action::Train(false));
        }
        warnings.into_iter().flatten().for_each(|warning| app.act(Action::Notify(Notice::error(warning))));
        Ok(app)
    }

    pub fn with_preferences(ctx: &Context, kept: Preferences, start: Start, compute: Compute) -> std::io::Result<Self> {
        let workers = Workers::spawn(compute.clone(), wake(ctx))?;
        Self::with_workers(ctx, kept, start, compute, workers)
    }

    /// The same with workers that were made elsewhere.
    pub fn with_workers(
        ctx: &Context,
        kept: Preferences,
        start: Start,
        compute: Compute,
        workers: Workers,
    ) -> std::io::Result<Self> {
        theme::install(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let saved = if let Start::Saved { file, .. } = &start { Some(file.clone()) } else { None };
        let (session, effects) = Session::new(kept.clone(), start);
        let mut keeping = Keeping::new(wake(ctx))?;
        if let Some(file) = saved {
            keeping.opened(file);
        }
        let mut app = Self {
            session,
            exporter: Exporter::new(&workers, wake(ctx)),
            images: OpenImages::new(&workers, wake(ctx)),
            tabs: Tabs::new(&workers),
            panes: Panes::new(&workers),
            engine: Engine::spawn(compute, wake(ctx))?,
            workers,
            toolbar: Toolbar::default(),
            palette: None,
            keeping,
            leaving: Leaving::default(),
            frames: FrameRate::default(),
            outside: Outside::default(),
            guard: None,
            kept,
            changed: None,
        };
        app.carry_out(effects);
        Ok(app)
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    pub fn tabs(&self) -> &Tabs {
        &self.tabs
    }

    /// The dialog in which images are opened.
    pub fn images(&self) -> &OpenImages {
        &self.images
    }

    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Applies an action and does what follows from it.
    pub fn act(&mut self, action: Action) {
        let effects = self.session.apply(action);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(session, command) => self.send(session, command),
                Effect::Save { to, replace } => {
                    let wish = self.keeping.save(&self.session, to, replace);
                    wish.into_iter().for_each(|wish| self.grant(wish));
                }
                Effect::Open(file) => self.keeping.open(file),
                Effect::BringBack => self.keeping.bring_back(),
                Effect::Replace(file) => self.exporter.replace(&file),
                Effect::Export(export) => {
                    if let Err(reason) = self.export(export) {
                        self.act(Action::Notify(Notice::error(reason)));
                    }
                }
            }
        }
    }

    /// Sends a command; what it puts an end to is kept first.
    fn send(&mut self, session: SessionId, command: EngineCommand) {
        let begins = matches!(
            command,
            EngineCommand::Start { .. } | EngineCommand::Resume { .. } | EngineCommand::Restore { .. }
        );
        if begins && let Some(wish) = self.keeping.before_start(&self.session) {
            self.grant(wish);
        }
        if matches!(command, EngineCommand::Restore { .. })
            && let Some(file) = self.keeping.starts(session)
        {
            self.act(Action::Set(Setting::RecentSession(file)));
        }
        self.engine.send(session, command);
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Act(action) => self.act(action),
            Wish::Send(session, command) => self.engine.send(session, command),
            Wish::Restore(archive) => {
                let effects = self.session.restore(*archive);
                self.carry_out(effects);
            }
        }
    }

    fn export(&mut self, Export { what, to }: Export) -> Result<(), String> {
        let offer = self.offers().into_iter().find(|offer| offer.id == what);
        let offer = offer.ok_or("There is nothing to export any more.")?;
        let content = match self.tabs.iter().find(|tab| tab.about().id == what.of) {
            Some(tab) => tab.export(what, &self.session)?,
            None => figure::content(what, &self.session, &self.tabs)?,
        };
        self.exporter.start(&offer.file_name, to, content)
    }

    /// Everything that can be written to a file.
    fn offers(&self) -> Vec<Offer> {
        offers(&self.session, &self.tabs)
    }

    /// Takes in what the engine has sent.
    pub fn receive(&mut self, live: Option<Live>, events: Vec<Event>) {
        for event in &events {
            if let Event::Saved { number, kept } = event {
                self.keeping.take(*number, kept);
            }
        }
        let effects = self.session.receive(live, events);
        self.carry_out(effects);
    }

    /// How long images and clouds have taken since this was asked last.
    pub fn take_served(&mut self) -> Served {
        self.panes.take_served()
    }

    /// Takes in what the threads have sent, and asks them for what is lacking. Draws nothing.
    pub fn update(&mut self, ctx: &Context) {
        if let Some(pause) = self.session.tick(self.outside.clock.now()) {
            ctx.request_repaint_after(pause);
        }
        let (live, events) = self.engine.poll();
        if live.is_some() || !events.is_empty() {
            self.receive(live, events);
        }
        let mut actions = Vec::new();
        self.panes.update(ctx, &self.session);
        self.tabs.update(&self.session, &mut actions);
        self.images.update();
        let before = actions.len();
        self.exporter.update(self.session.confirmation().is_some(), &mut actions);
        self.leave(ctx, &actions[before..]);
        actions.into_iter().for_each(|action| self.act(action));
        let wishes = self.keeping.update(ctx, &self.session, self.outside.clock.now());
        wishes.into_iter().for_each(|wish| self.grant(wish));
        self.keep_what_stays(ctx);
        self.outside.stop.obey(ctx);
    }

    /// A frame: what is seen, and what it leads to.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.set_look(&ctx);
        let mut actions = Vec::new();
        self.panels(ui, &mut actions);
        shell::notice(&ctx, &self.session, &mut actions);
        shell::new_run(&ctx, &self.session, &mut actions);
        let chosen = self.images.show(&ctx);
        shell::confirmation(&ctx, &self.session, &mut actions);
        let wishes = self.keeping.show(&ctx, &self.session);
        self.leaving.show(&ctx, &self.exporter.under_way());
        let mut called = self.keys(ui, &mut actions);
        called.extend(self.chosen(&ctx));
        called.extend(self.toolbar.called.take());
        self.toolbar.frames_per_second = self.session.screen().frame_rate.then(|| {
            ui.request_repaint();
            self.frames.count()
        });
        actions.into_iter().for_each(|action| self.act(action));
        wishes.into_iter().for_each(|wish| self.grant(wish));
        called.into_iter().for_each(|does| self.call(does));
        if let Some(dataset) = chosen {
            self.learn_from(dataset);
        }
        self.take_dropped(&ctx);
        let has_begun = self.session.live().is_some_and(|live| live.step > 0 || !self.session.is_training());
        if has_begun || (!self.session.is_starting() && self.session.stage().is_none()) {
            self.guard.take_if(Guard::count);
        }
    }

    /// Begins a session on images that have been read.
    fn learn_from(&mut self, dataset: Arc<Dataset>) {
        let source = dataset.source.clone();
        // They are not read a second time.
        self.engine.send(SessionId(0), EngineCommand::Offer(dataset));
        let is_same = source == self.session.settings().data;
        self.act(if is_same { Action::Reset } else { Action::Set(Setting::Data(source)) });
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.update(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn wake(ctx: &Context) -> impl Fn() + Clone + Send + Sync + 'static {
    let ctx = ctx.clone();
    move || ctx.request_repaint()
}

fn offers(session: &Session, tabs: &Tabs) -> Vec<Offer> {
    let mut offers = figure::offers(session);
    offers.extend(tabs.iter().flat_map(|tab| tab.exports(session)));
    offers
}
