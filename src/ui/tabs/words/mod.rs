//! The list of words of a quantised code: what each looks like and how often it is chosen; and how an integer becomes a
//! picture. In the planes their cells and images.

mod draws;
mod list;
mod request;

use std::fmt::Write as _;
use std::sync::Arc;

use egui::{Button, Key, RichText, Ui, UiBuilder};

pub use self::request::List;
use self::request::{DrawsRequest, ListRequest, PosteriorRequest, WeightsRequest};
use super::{About, Tab};
use crate::config::ModelKind;
use crate::engine::{LiveRun, Requests, RunId, Shared, Workers};
use crate::explore::{Picture, Weights, Words, draw_words};
use crate::figure::{PictureKind, Plane, WordsLayer, encode_picture};
use crate::format;
use crate::session::{Action, Export, ExportId, Link, Overlay, Pane, PaneId, Session, Setting, WordSettings};
use crate::ui::command::{Command, plain};
use crate::ui::export::{Content, Offer};
use crate::ui::look::textures::PictureTextures;
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{choice, run_name};

/// The share of the tab's width that the list takes.
const LIST: f32 = 0.6;
const TABLE: ExportId = ExportId::new("words", "list");
const IMAGES: ExportId = ExportId::new("words", "images");

pub struct WordsTab {
    lists: Requests<RunId, ListRequest>,
    posteriors: Requests<PaneId, PosteriorRequest>,
    weights: Requests<RunId, WeightsRequest>,
    draws: Requests<RunId, DrawsRequest>,
    textures: PictureTextures<&'static str>,
}

impl WordsTab {
    pub fn new(workers: &Workers) -> Self {
        Self {
            lists: Requests::new(workers),
            posteriors: Requests::new(workers),
            weights: Requests::new(workers),
            draws: Requests::new(workers),
            textures: PictureTextures::default(),
        }
    }

    /// The words of a run, as far as they are known.
    pub fn of(&self, run: RunId) -> Option<&List> {
        self.lists.answer(run).map(|answer| &answer.reply)
    }

    /// The words that were drawn for a run, newest first, and their images in a row.
    pub fn drawn(&self, run: RunId) -> Option<(&[Vec<usize>], &Arc<Picture>)> {
        self.draws.answer(run).map(|answer| (&*answer.request.tuples, &answer.reply))
    }

    /// The prior over words that was learned for a run.
    pub fn weights(&self, run: RunId) -> Option<&Weights> {
        self.weights.answer(run).map(|answer| &answer.reply)
    }

    /// Draws from the prior that is chosen, as far as it is known.
    fn draw(&self, session: &Session, run: &LiveRun, words: &Words) -> Option<DrawsRequest> {
        let settings = &session.settings().words;
        let shares = match is_learned(settings, words) {
            true => self.weights(run.id)?.shares.clone(),
            false => Arc::new(vec![1.0 / words.len() as f64; words.len()]),
        };
        let first = settings.drawn.saturating_sub(draws::SHOWN as u64 - 1).max(1);
        let tuples: Vec<_> =
            (first..=settings.drawn).rev().map(|draw| draw_words(&shares, words.tokens, draw)).collect();
        let codes = tuples.iter().flat_map(|tuple| words.spell(tuple)).collect();
        let checkpoint = Shared(run.checkpoint.clone());
        (!tuples.is_empty()).then_some(DrawsRequest { run: run.id, checkpoint, tuples, codes })
    }

    fn head(&self, ui: &mut Ui, session: &Session, (run, list): (&LiveRun, &List), actions: &mut Vec<Action>) {
        let (words, settings) = (&list.layer.words, &session.settings().words);
        run_name(ui, session, run);
        let (used, count) = (words.used(), words.len());
        let perplexity = format::short(words.perplexity());
        let images = format::grouped(words.images as u64);
        let text = format!("{used} of {count} words used, perplexity {perplexity}, over {images} images");
        ui.label(RichText::new(text).color(theme::quiet(ui))).on_hover_text(
            "Perplexity: e^H of how often each word is chosen; as many words, all chosen as often, would say as much",
        );
        ui.separator();
        ui.label("by");
        for (by_usage, name, meaning) in
            [(false, "number", "In the order of their numbers"), (true, "usage", "Those first that most codes choose")]
        {
            let sorted = set(WordSettings { by_usage, ..settings.clone() });
            choice(ui, settings.by_usage == by_usage, name, meaning, sorted, actions);
        }
        ui.separator();
        let mut posterior = settings.posterior;
        let meaning = "Shades the cells of the plane by p(k|x) of the image nearest the cursor, for words that are all as likely \
                       before, rather than by usage. With several tokens the others are as the encoder has them.";
        if ui.checkbox(&mut posterior, "shade by p(k|x)").on_hover_text(meaning).changed() {
            actions.push(set(WordSettings { posterior, ..settings.clone() }));
        }
        ui.separator();
        for (what, name, meaning) in [
            (TABLE, "Export CSV…", "Number, vector and usage of every word; asks where"),
            (IMAGES, "Export images…", "The images of all words in the order of their numbers, as PNG; asks where"),
        ] {
            if ui.add(Button::new(name)).on_hover_text(meaning).clicked() {
                actions.push(Action::Export(Export { what, to: None }));
            }
        }
    }

    fn integers(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        (run, words): (&LiveRun, &Words),
        actions: &mut Vec<Action>,
    ) {
        let settings = &session.settings().words;
        ui.horizontal_wrapped(|ui| {
            let meaning =
                "Draws an integer from the prior, one a token, and shows the vector and the image it stands for";
            if ui.button("Draw an integer").on_hover_text(meaning).clicked() {
                actions.push(draw_one(session));
            }
            ui.label("from");
            let uniform = "Every integer as likely: the prior of the loss";
            let from = |learned| set(WordSettings { learned, ..settings.clone() });
            choice(ui, !is_learned(settings, words), "uniform", uniform, from(false), actions);
            let learned = match words.tokens {
                1 => "A categorical prior, fitted to the probe's images by expectation maximisation",
                _ => "For one token only: the integers of several depend on each other",
            };
            ui.add_enabled_ui(words.tokens == 1, |ui| {
                choice(ui, is_learned(settings, words), "learned", learned, from(true), actions);
            });
            if let Some(weights) = self.weights(run.id).filter(|_| is_learned(settings, words)) {
                let images = format::grouped(weights.images as u64);
                let text = format!("log p(x) = {} over {images}", format::short(weights.log_evidence));
                ui.label(RichText::new(text).small().color(theme::quiet(ui))).on_hover_text(
                    "The mean of log Σ π_k p(x|e_k) in nats, under the shares π that make these images most likely",
                );
            }
        });
        ui.add_space(GAP / 2.0);
        if let Some(failure) = self.weights.failure(run.id).or(self.draws.failure(run.id)) {
            theme::warn(ui, failure);
        }
        if settings.drawn == 0 {
            let hint = "No encoder is needed: an integer is drawn, its vector is looked up in the list, and the decoder makes a \
                        picture of it.";
            ui.label(RichText::new(hint).color(theme::quiet(ui)));
            return;
        }
        let drawn = self.drawn(run.id).map(|(tuples, picture)| (tuples.to_vec(), picture.clone()));
        let Some((tuples, picture)) = drawn else { return };
        let texture = self.textures.get(ui, "drawn", &picture);
        draws::show(ui, words, &tuples, &picture, texture);
    }
}

impl Tab for WordsTab {
    fn about(&self) -> About {
        About {
            id: "words",
            name: "Words",
            meaning: "The list of words of a VQ-VAE, and how an integer becomes a picture",
        }
    }

    /// The words lie in the planes whichever tab is open.
    fn is_at_work(&self, session: &Session) -> bool {
        session.screen().tab == self.about().id || quantised(session).any(|pane| session.overlays(pane.id).words)
    }

    fn update(&mut self, session: &Session, _: &mut Vec<Action>) {
        let runs: Vec<&LiveRun> =
            session.shown_runs().into_iter().filter(|run| run.checkpoint.model.is_quantised()).collect();
        let is_shown = |run: &RunId| runs.iter().any(|shown| shown.id == *run);
        self.lists.retain(is_shown);
        self.weights.retain(is_shown);
        self.draws.retain(is_shown);
        self.posteriors.retain(|pane| session.run(*pane).is_some_and(|run| is_shown(&run.id)));
        self.lists.poll();
        self.posteriors.poll();
        self.weights.poll();
        self.draws.poll();
        let Some(stage) = session.stage().filter(|_| self.is_at_work(session)) else { return };
        for run in runs {
            let (checkpoint, codes) = (Shared(run.checkpoint.clone()), Shared(run.full.clone()));
            self.lists.ask(run.id, ListRequest { run: run.id, checkpoint: checkpoint.clone(), codes });
            let Some(words) = self.of(run.id).map(|list| Shared(list.layer.words.clone())) else { continue };
            let (settings, is_open) = (&session.settings().words, session.screen().tab == self.about().id);
            let probe = Shared(stage.probe.clone());
            for pane in session.panes().iter().filter(|pane| pane.run == run.id && settings.posterior) {
                let nearest = session.image_at_cursor(pane.id).filter(|(image, _)| *image < stage.probe.len());
                let Some((image, _)) = nearest else { continue };
                let (checkpoint, words, probe) = (checkpoint.clone(), words.clone(), probe.clone());
                self.posteriors.ask(pane.id, PosteriorRequest { run: run.id, checkpoint, words, probe, image });
            }
            if is_open && is_learned(settings, &words) {
                let (checkpoint, words) = (checkpoint, words.clone());
                self.weights.ask(run.id, WeightsRequest { run: run.id, checkpoint, words, probe });
            }
            match self.draw(session, run, &words).filter(|_| is_open) {
                Some(request) => self.draws.ask(run.id, request),
                None => self.draws.cancel(run.id),
            }
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let Some((pane, run)) = chosen(session) else {
            nothing(ui, actions);
            return;
        };
        if let Some(failure) = self.lists.failure(run.id) {
            theme::warn(ui, failure);
        }
        let Some(list) = self.of(run.id).cloned() else {
            ui.label(RichText::new("Reading the list of words…").color(theme::quiet(ui)));
            return;
        };
        ui.horizontal_wrapped(|ui| self.head(ui, session, (run, &list), actions));
        ui.add_space(GAP / 2.0);
        let words = list.layer.words.clone();
        let (left, right) = ui.available_rect_before_wrap().split_left_right_at_fraction(LIST);
        let texture = self.textures.get(ui, "list", &list.picture);
        ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
            let order = words.order(session.settings().words.by_usage);
            let here = words.nearest(session.cursor_in(pane.id));
            if let Some(word) = list::show(ui, &list, texture, &order, here) {
                actions.extend(go_to(session, pane, &words, word));
            }
        });
        ui.scope_builder(UiBuilder::new().max_rect(right.with_min_x(right.left() + 2.0 * GAP)), |ui| {
            self.integers(ui, session, (run, &words), actions);
        });
    }

    fn overlay(&self, session: &Session, pane: &Pane, plane: &mut Plane) {
        if !session.overlays(pane.id).words {
            return;
        }
        let posterior = self.posteriors.answer(pane.id).filter(|_| session.settings().words.posterior);
        let posterior = posterior.map(|answer| answer.reply.clone());
        plane.words = self.of(pane.run).map(|list| WordsLayer { posterior, ..list.layer.clone() });
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let Some((pane, _)) = chosen(session) else { return Vec::new() };
        let settings = &session.settings().words;
        let (own, on) = (pane.own.is_some().then_some(pane.id), session.overlays(pane.id).words);
        let shown = Action::ShowOverlay { pane: own, overlay: Overlay::Words, on: !on };
        let sorted = WordSettings { by_usage: !settings.by_usage, ..settings.clone() };
        let shaded = WordSettings { posterior: !settings.posterior, ..settings.clone() };
        vec![
            Command::new("Show or hide words", shown).with(plain(Key::V)),
            Command::new("Draw an integer", draw_one(session)),
            Command::new("Sort words by number or by usage", set(sorted)),
            Command::new("Shade cells by p(k|x) or by usage", set(shaded)),
        ]
    }

    fn exports(&self, session: &Session) -> Vec<Offer> {
        let Some(_) = chosen(session) else { return Vec::new() };
        let offer =
            |id, title: &str, file_name: &str| Offer { id, title: title.to_owned(), file_name: file_name.to_owned() };
        vec![offer(TABLE, "The list of words", "words.csv"), offer(IMAGES, "The images of the words", "words.png")]
    }

    fn export(&self, id: ExportId, session: &Session) -> Result<Content, String> {
        let found = chosen(session).and_then(|(_, run)| Some((run, self.lists.answer(run.id)?)));
        let (run, answer) = found.ok_or("The list of words is not there yet: open the tab Words first.")?;
        let (list, progress) = (answer.reply.clone(), &answer.request.checkpoint.progress);
        let about = format!(
            "words of {} at step {}, chosen by the codes of {} images of {}",
            session.name(run),
            progress.step,
            list.layer.words.images,
            progress.data
        );
        let scale = session.settings().path.scale;
        Ok(Box::new(move |file, _| match id == TABLE {
            true => Ok(csv(&list.layer.words, &about).into_bytes()),
            false => Ok(encode_picture(&list.picture, scale, &about, PictureKind::of(file)?)?),
        }))
    }
}

fn set(words: WordSettings) -> Action {
    Action::Set(Setting::Words(words))
}

fn draw_one(session: &Session) -> Action {
    let settings = &session.settings().words;
    set(WordSettings { drawn: settings.drawn + 1, ..settings.clone() })
}

fn is_learned(settings: &WordSettings, words: &Words) -> bool {
    settings.learned && words.tokens == 1
}

/// The panes of runs that have words.
fn quantised(session: &Session) -> impl Iterator<Item = &Pane> {
    let has_words = |pane: &&Pane| session.run(pane.id).is_some_and(|run| run.checkpoint.model.is_quantised());
    session.panes().iter().filter(has_words)
}

/// Of those the pane last pointed at, or the first.
fn chosen(session: &Session) -> Option<(&Pane, &LiveRun)> {
    let active = session.active_pane();
    let pane = quantised(session).find(|pane| Some(pane.id) == active).or(quantised(session).next())?;
    Some((pane, session.run(pane.id)?))
}

/// Puts the cursor of a pane on a word, which need not be at the code of an image.
fn go_to(session: &Session, pane: &Pane, words: &Words, word: usize) -> Vec<Action> {
    let point = Action::Point { pane: pane.id, at: words.places[word] };
    match session.settings().link {
        Link::SameImage if pane.own.is_none() => vec![Action::Set(Setting::Link(Link::SameCode)), point],
        _ => vec![point],
    }
}

/// What the tab is for, where no run has words.
fn nothing(ui: &mut Ui, actions: &mut Vec<Action>) {
    let text = "A VQ-VAE keeps a list of words, each a number with its vector: the encoder chooses the nearest word, and the decoder \
                turns that number into an image. No run here has one.";
    ui.label(RichText::new(text).color(theme::quiet(ui)));
    ui.add_space(GAP / 2.0);
    let meaning = "Starts a vector-quantised autoencoder with 64 words in a pane of its own";
    if ui.button("New VQ-VAE").on_hover_text(meaning).clicked() {
        actions.push(Action::NewRun(ModelKind::VqVae));
    }
}

/// A line a word: its number, its vector, and how many codes chose it.
fn csv(words: &Words, about: &str) -> String {
    let columns: String = (0..words.size).map(|d| format!(",e_{d}")).collect();
    let mut csv = format!("# {}\nword{columns},chosen,share\n", about.replace('\n', " "));
    for word in 0..words.len() {
        let vector: String = words.vector(word).iter().map(|v| format!(",{v}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{word}{vector},{},{}", words.chosen[word], words.share(word));
    }
    csv
}
