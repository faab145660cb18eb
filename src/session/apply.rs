//! The one place where an action changes the document, and what is to be sent out for it.

use super::action::{Action, Setting};
use super::roster::Recipe;
use super::runs::admits;
use super::undo::Step;
use super::{Document, Effect, Finding, Notice, Screen, Session, Settings};
use crate::config::Beta;
use crate::engine::Command;

impl Session {
    /// Does what the person asked for, unless something would be lost by it: then it asks first.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Confirm(yes) => match self.confirmations.pop_front().filter(|_| yes) {
                Some(confirmation) => self.perform(*confirmation.action),
                None => Vec::new(),
            },
            action => match self.objection(&action) {
                Some(confirmation) => {
                    self.confirmations.push_back(confirmation);
                    Vec::new()
                }
                None => self.perform(action),
            },
        }
    }

    fn perform(&mut self, action: Action) -> Vec<Effect> {
        let before = self.document.clone();
        let (gesture, begins) = (action.is_continuous().then(|| action.gesture()), action.begins_step());
        // The pane of a new run comes later, and is part of this step.
        let expected = self.expected.len();
        let is_undo = matches!(action, Action::Undo | Action::Redo);
        let (session, runs) = (self.id, self.entered.keys().copied().collect());
        let mut effects = self.change(action);
        if before.settings.coloring != self.settings().coloring {
            self.recolor();
        }
        let adds_pane = self.expected.len() > expected;
        if session == self.id {
            effects.extend(self.commands_since(&before));
        }
        if !is_undo && (adds_pane || !before.is_same_work(&self.document)) {
            self.undo.note(Step { document: before, session, runs }, gesture, begins, self.now);
        }
        if let (true, Some(asked)) = (adds_pane, self.expected.back_mut()) {
            asked.by = self.undo.newest();
        }
        self.refresh();
        effects
    }

    fn change(&mut self, action: Action) -> Vec<Effect> {
        let document = &mut self.document;
        match action {
            Action::Train(train) => {
                self.training = train;
                return vec![self.send(Command::Train(train))];
            }
            Action::Step => return vec![self.send(Command::Step)],
            Action::Reset => return self.start(),
            Action::Set(setting) => {
                let relinks = matches!(setting, Setting::Link(link) if link != document.settings.link);
                set(document, setting);
                if relinks {
                    self.relink();
                }
            }
            Action::RestoreDefaults => {
                // The models go with the runs there are.
                let roster = std::mem::take(&mut document.settings.roster);
                document.settings = Settings { roster, ..Settings::default() };
                let Screen { views, recent, sessions, .. } = std::mem::take(&mut document.screen);
                document.screen = Screen { views, recent, sessions, ..Screen::default() };
            }
            Action::Undo => return self.go(true),
            Action::Redo => return self.go(false),

            Action::Describe(draft) => self.draft = draft.map(|draft| *draft),
            Action::NewRun(kind) => return self.new_run(Recipe::AsSet(kind)),
            Action::Start(settings) => {
                self.draft = None;
                return self.new_run(Recipe::Own(*settings));
            }
            Action::Fork(pane) => return self.fork(pane),
            Action::Duplicate(pane) => self.duplicate(pane),
            Action::Close(pane) => return self.close(pane),
            Action::Move { pane, to } => {
                if let Some(from) = document.panes.iter().position(|other| other.id == pane) {
                    let pane = document.panes.remove(from);
                    document.panes.insert(to.min(document.panes.len()), pane);
                }
            }
            Action::Show { pane, run } => self.show(pane, run),
            Action::Rename { run, name } => _ = document.names.insert(run, name),
            Action::SetBeta { run, beta } => {
                if let Some(own) = document.own.get_mut(&run) {
                    own.beta = beta;
                }
            }
            Action::SetLearningRate { run, rate } => {
                if let Some(own) = document.own.get_mut(&run) {
                    own.learning_rate = rate;
                }
            }
            Action::SetPlane { run, plane } => self.set_plane(run, plane),
            Action::Unlink(pane) => self.unlink(pane),
            Action::ShowOverlay { pane, overlay, on } => *self.overlays_mut(pane).on(overlay) = on,
            Action::ShowField { pane, field } => self.overlays_mut(pane).field = field,

            Action::Point { pane, at } => {
                document.active = Some(pane);
                self.walking = None;
                self.point(pane, at);
            }
            Action::Nudge { right, up } => self.nudge(right, up),
            Action::Look { pane, view } => {
                if view.is_sound() && document.pane(pane).is_some() {
                    document.screen.views.insert(pane, view);
                }
            }
            Action::FitView(pane) => self.fit_view(pane),
            Action::Outline { pane, at } => self.draw_outline(pane, at),
            Action::CloseOutline => {
                if let Some((pane, corners)) = self.outline.take() {
                    self.select_within(pane, &corners);
                }
            }

            Action::AddWaypoint(waypoint) => document.settings.path.points.push(waypoint),
            Action::RemoveWaypoint => {
                if document.settings.path.points.len() > 2 {
                    document.settings.path.points.pop();
                }
            }
            Action::MoveWaypoint { index, pane, at } => self.move_waypoint(index, pane, at),
            Action::MakeWaypoints { images } => self.make_waypoints(images),
            Action::Walk(walk) => self.walking = walk.then_some(self.now),

            Action::ShowClass { class, only } => self.show_class(class, only),
            Action::ShowAllClasses => self.show_all_classes(),
            Action::Select(images) => self.select(images),
            Action::Find(image) => self.find(image),

            Action::Draw { at, brush } => self.draw(at, brush),
            Action::UndoLine => self.undo_line(),
            Action::SetGround(color) => self.set_ground(color),
            Action::ClearDrawing => {
                let super::Drawing { draw, ground, .. } = document.drawing;
                document.drawing = super::Drawing { draw, ground, ..Default::default() }
            }
            Action::PutImage(image) => self.put_image(image),
            Action::ResampleNoise => document.drawing.draw += 1,

            Action::LookAt(step) => self.look_at(step),
            Action::Play(play) => self.play(play),
            Action::Measure(start) => self.measure(start),
            Action::Note(finding) => self.note(finding),
            Action::Save { to, replace } => return vec![Effect::Save { to, replace }],
            Action::NoteKept => self.is_kept = true,
            Action::NoteSaved(steps) => self.note_saved(steps),
            Action::Open(file) => return vec![Effect::Open(file)],
            Action::BringBack => {
                self.notice = None;
                return vec![Effect::BringBack];
            }
            Action::Export(export) => return vec![Effect::Export(export)],
            Action::Replace(file) => return vec![Effect::Replace(file)],
            Action::Ask(confirmation) => self.confirmations.push_back(confirmation),
            Action::Notify(notice) => self.say(notice),
            Action::DismissNotice => self.notice = None,
            // Applied before anything is performed.
            Action::Confirm(_) => {}
        }
        Vec::new()
    }

    pub(super) fn send(&self, command: Command) -> Effect {
        Effect::Send(self.id, command)
    }

    /// What the trainer must be told of a changed document.
    fn commands_since(&mut self, before: &Document) -> Vec<Effect> {
        let (now, then) = (self.settings(), &before.settings);
        if now.data != then.data {
            return self.start();
        }
        let mut commands = Vec::new();
        for live in self.followers() {
            let run = live.id;
            if now.beta() != then.beta() {
                commands.push(Command::SetBeta { run, beta: now.beta() });
            }
            if now.train.learning_rate != then.train.learning_rate {
                commands.push(Command::SetLearningRate { run, rate: now.train.learning_rate });
            }
            if now.likelihood != then.likelihood && admits(live, now.likelihood) {
                commands.push(Command::SetLikelihood { run, likelihood: now.likelihood });
            }
        }
        for (&run, own) in &self.document.own {
            let then = before.own.get(&run);
            if then.is_some_and(|then| then.beta != own.beta) {
                commands.push(Command::SetBeta { run, beta: own.beta });
            }
            if then.is_some_and(|then| then.learning_rate != own.learning_rate) {
                commands.push(Command::SetLearningRate { run, rate: own.learning_rate });
            }
        }
        for run in self.runs().map(|run| run.id) {
            if self.document.plane(run) != before.plane(run) {
                commands.push(Command::SetPlane { run, plane: self.document.plane(run) });
            }
        }
        if now.budget != then.budget {
            commands.push(Command::SetBudget(now.budget << 20));
        }
        commands.into_iter().map(|command| self.send(command)).collect()
    }

    /// Goes back a step, or forward again. Where the windows look stays as it is; runs that are gone stay gone.
    fn go(&mut self, back: bool) -> Vec<Effect> {
        let runs = self.entered.keys().copied().collect();
        let now = Step { document: self.document.clone(), session: self.id, runs };
        let Some(target) = self.undo.go(back, now) else { return Vec::new() };
        let lost = self.lost_runs(&target);
        let dropped: Vec<Effect> = lost.iter().map(|&run| self.send(Command::Drop { run })).collect();
        self.strike(|run| lost.contains(&run));
        let Step { mut document, session, .. } = target;
        let current = &mut self.document;
        document.screen = std::mem::take(&mut current.screen);
        document.settings.roster = std::mem::take(&mut current.settings.roster);
        document.next_pane = current.next_pane;
        document.panes.retain(|pane| self.entered.contains_key(&pane.run));
        if session != self.id || document.panes.is_empty() {
            document.panes = std::mem::take(&mut current.panes);
            document.names = std::mem::take(&mut current.names);
            document.own = std::mem::take(&mut current.own);
            document.planes = std::mem::take(&mut current.planes);
        }
        let probe = self.stage.as_ref().map_or(0, |stage| stage.probe.len());
        document.selection.images =
            document.selection.images.filter(|images| images.last().is_none_or(|&last| last < probe));
        self.document = document;
        self.emphasise();
        dropped
    }

    pub(super) fn note(&mut self, finding: Finding) {
        match finding {
            Finding::Path { run, path } => _ = self.findings.paths.insert(run, path),
            Finding::Measures { run, measured } => {
                self.measuring.remove(&run);
                self.findings.measures.insert(run, measured);
            }
            Finding::Unmeasured { run } => _ = self.measuring.remove(&run),
        }
    }

    /// Has the runs that are shown be measured, in the state in which they are shown, or stops it.
    fn measure(&mut self, start: bool) {
        let shown: Vec<_> = self.document.panes.iter().map(|pane| pane.run).filter(|_| start).collect();
        self.measuring = shown.into_iter().collect();
        if start && self.measuring.is_empty() {
            self.say(Notice::info("There is nothing to measure yet."));
        }
    }
}

/// One choice, in its place.
fn set(document: &mut Document, setting: Setting) {
    let Document { settings, screen, .. } = document;
    match setting {
        Setting::Data(data) => settings.data = data,
        Setting::Conv(conv) => settings.conv = conv,
        Setting::Hidden(hidden) => settings.hidden = hidden,
        Setting::Likelihood(likelihood) => settings.likelihood = likelihood,
        Setting::Beta(beta) => settings.train.beta = beta,
        Setting::Kl(halves) => settings.kl = halves,
        Setting::Chain(chained) => {
            settings.is_chained = chained;
            if chained {
                settings.train.beta = Beta::both(settings.train.beta.mean);
            }
        }
        Setting::LearningRate(rate) => settings.train.learning_rate = rate,
        Setting::Batch(batch) => settings.train.batch = batch,
        Setting::Seed(seed) => settings.train.seed = seed,
        Setting::Probe(probe) => settings.probe = probe,
        Setting::Budget(budget) => settings.budget = budget,
        Setting::TrainAtStart(train) => settings.train_at_start = train,
        Setting::Coloring(coloring) => settings.coloring = coloring,
        Setting::Link(link) => settings.link = link,
        Setting::Tool(tool) => settings.tool = tool,
        Setting::PathSteps(steps) => settings.path.steps = steps,
        Setting::Interpolation(interpolation) => settings.path.interpolation = interpolation,
        Setting::Spacing(spacing) => settings.path.spacing = spacing,
        Setting::StripFormat(format) => settings.path.format = format,
        Setting::StripScale(scale) => settings.path.scale = scale,
        Setting::SampleCount(count) => settings.samples.count = count,
        Setting::SampleDraw(draw) => settings.samples.draw = draw,
        Setting::SampleFitted(fitted) => settings.samples.fitted = fitted,
        Setting::Words(words) => settings.words = words,
        Setting::TraverseFromZero(zero) => settings.traverse_from_zero = zero,
        Setting::DrawingStage(stage) => settings.stage = stage,
        Setting::InferDrawing(drawing) => settings.infer_drawing = drawing,
        Setting::Tab(tab) => screen.tab = tab,
        Setting::Theme(theme) => screen.theme = theme,
        Setting::Zoom(zoom) => screen.set_zoom(zoom),
        Setting::FrameRate(shown) => screen.frame_rate = shown,
        Setting::Hint(shown) => screen.hint = shown,
        Setting::Losses(losses) => screen.losses = losses,
        Setting::Figure(figure) => screen.figure = figure,
        Setting::RecentSession(file) => screen.remember_session(file),
    }
}
