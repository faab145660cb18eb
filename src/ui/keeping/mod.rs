//! Sessions as files: saved and opened by the person, kept by themselves while something is learnt, offered at the next start,
//! and brought back after a reset. Asks the engine for states and gives them to a thread of its own; draws only its dialogs.

mod aside;
mod autosave;
mod closing;
mod folder;
mod offer;
mod opening;
mod picture;
mod prompt;
mod saver;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::Context;

use crate::engine::{Command, Kept, SessionId};
use crate::session::archive::{About, Archive, Made, cover};
use crate::session::{Action, Confirmation, Notice, NoticeOffer, Preferences, Session, Setting};
use autosave::Autosave;
use folder::Folder;
use offer::{Answer, Offer};
use opening::Source;
use prompt::{Outcome, Prompt};
use saver::{Done, Saver, Task};
use written::{Purpose, Write};

pub use folder::root;
pub use written::read;

pub struct Keeping {
    saver: Saver,
    /// Where sessions are kept by themselves, if anywhere, and the folder of this window.
    place: Option<(PathBuf, Folder)>,
    autosave: Autosave,
    /// What an earlier window left, and how it is offered.
    left: Option<(Folder, Offer)>,
    /// What was left and is shown in this window now, until this window has kept it.
    adopted: Option<Folder>,
    prompt: Option<Prompt>,
    /// The person's file of this session.
    file: Option<PathBuf>,
    /// The session that the file is of.
    session: Option<SessionId>,
    /// What the engine has been asked for, by number.
    asked: BTreeMap<u64, Asked>,
    number: u64,
    /// What is being read.
    reading: Option<Source>,
    /// What has been read and is being started.
    starting: Option<(SessionId, Source)>,
    has_failed: bool,
    /// Where what the last start took the place of is being put.
    dropped: Option<PathBuf>,
}

/// A session as it was when its states were asked for.
struct Asked {
    session: SessionId,
    purpose: Purpose,
    file: PathBuf,
    about: About,
    made: Made,
    colors: Arc<Vec<[u8; 3]>>,
}

/// What the window is to do.
pub enum Wish {
    Act(Action),
    Send(SessionId, Command),
    Restore(Box<Archive>),
}

impl Keeping {
    pub fn new(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        Ok(Self {
            saver: Saver::spawn(wake)?,
            place: None,
            autosave: Autosave::default(),
            left: None,
            adopted: None,
            prompt: None,
            file: None,
            session: None,
            asked: BTreeMap::new(),
            number: 0,
            reading: None,
            starting: None,
            has_failed: false,
            dropped: None,
        })
    }

    /// Keeps sessions below `root` from now on; with what an earlier window left there, if it is to be offered. What is wrong,
    /// in a sentence, if anything is.
    pub fn keep_in(&mut self, root: &Path, offers: bool) -> Result<(), String> {
        let failed = |why: String| format!("Sessions are not kept by themselves: {why}.");
        std::fs::create_dir_all(root).map_err(|error| failed(format!("{}: {error}", root.display())))?;
        let left = offers.then(|| folder::left(root)).flatten();
        folder::prune(root, None);
        let own = Folder::make(root).map_err(|error| failed(error.to_string()))?;
        self.place = Some((root.to_owned(), own));
        let Some(left) = left else { return Ok(()) };
        let file = std::fs::File::open(left.session()).map_err(|error| error.to_string());
        match file.and_then(|file| cover(file).map_err(|error| error.to_string())) {
            Ok((about, picture)) => {
                self.left = Some((left, Offer::new(about, picture.as_deref(), folder::seconds())));
                Ok(())
            }
            Err(why) => {
                // It stays, and is not offered again.
                let _ = left.retire();
                Err(format!("The last session cannot be offered: {why}."))
            }
        }
    }

    /// Whether the person is being asked something.
    pub fn is_asking(&self) -> bool {
        self.left.is_some() || self.prompt.is_some()
    }

    /// Whether sessions are kept by themselves.
    pub fn is_kept(&self) -> bool {
        self.place.is_some()
    }

    pub fn is_offering(&self) -> bool {
        self.left.is_some()
    }

    /// Saves to `file`, to the file that there is, or asks for one.
    pub fn save(&mut self, session: &Session, file: Option<PathBuf>, replace: bool) -> Option<Wish> {
        let is_own = file.is_none() || file == self.file;
        match file.or_else(|| self.file.clone()) {
            Some(file) => self.ask(session, Purpose::File { replace: replace || is_own }, file),
            None => {
                self.save_as();
                None
            }
        }
    }

    pub fn save_as(&mut self) {
        self.prompt = Some(Prompt::save(self.file.as_deref()));
    }

    pub fn choose(&mut self) {
        self.prompt = Some(Prompt::open());
        if let Some((root, _)) = &self.place {
            // What has been put aside is listed as soon as it is known.
            self.saver.give(Task::List(root.clone()));
        }
    }

    /// Other runs are about to take the place of these: those are kept first, so that they can be brought back.
    pub fn before_start(&mut self, session: &Session) -> Option<Wish> {
        let (_, own) = self.place.as_ref().filter(|_| session.is_unsaved())?;
        let file = own.aside();
        self.dropped = Some(file.clone());
        self.ask(session, Purpose::Aside, file)
    }

    pub fn keep_preferences(&self, file: &Path, preferences: &Preferences) -> bool {
        self.saver.give(Task::Preferences(file.to_owned(), Box::new(preferences.clone())))
    }

    /// Takes the states that were asked for.
    pub fn take(&mut self, number: u64, kept: &Arc<Kept>) {
        let Some(Asked { purpose, file, about, made, colors, .. }) = self.asked.remove(&number) else { return };
        let write = Write { purpose, file, about, made, kept: kept.clone(), colors };
        if !self.saver.give(Task::Write(Box::new(write))) {
            self.autosave.forget();
        }
    }

    /// What has been written and read, and what is to be kept now.
    pub fn update(&mut self, ctx: &Context, session: &Session, now: Duration) -> Vec<Wish> {
        self.follow(session);
        let mut wishes: Vec<Wish> = self.saver.poll().into_iter().flat_map(|done| self.learn(done)).collect();
        if self.place.is_none() || self.left.is_some() || session.is_starting() {
            return wishes;
        }
        if self.autosave.is_due(session, now) {
            wishes.extend(self.autosave(session, now));
        }
        if let Some(pause) = self.autosave.pause(session, now) {
            ctx.request_repaint_after(pause);
        }
        wishes
    }

    /// Draws the dialog that is open.
    pub fn show(&mut self, ctx: &Context, session: &Session) -> Vec<Wish> {
        if let Some((_, offer)) = &mut self.left {
            let Some(answer) = offer.show(ctx) else { return Vec::new() };
            return self.answer(answer, session);
        }
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        let saves = prompt.saves();
        match prompt.show(ctx, &session.screen().sessions) {
            Outcome::Open => return Vec::new(),
            Outcome::Closed => self.prompt = None,
            Outcome::Chosen(file) => {
                self.prompt = None;
                let action = if saves { Action::Save { to: Some(file), replace: false } } else { Action::Open(file) };
                return vec![Wish::Act(action)];
            }
        }
        Vec::new()
    }

    fn autosave(&mut self, session: &Session, now: Duration) -> Option<Wish> {
        let (_, own) = self.place.as_ref()?;
        let wish = self.ask(session, Purpose::Autosave, own.session());
        self.autosave.note(session, now);
        wish
    }

    /// Asks the engine for the states, to be written to `file`.
    fn ask(&mut self, session: &Session, purpose: Purpose, file: PathBuf) -> Option<Wish> {
        let Some(stage) = session.stage() else {
            return Some(say(Notice::error("There is nothing to save: no images are loaded.")));
        };
        self.number += 1;
        let (about, made) = (session.about(folder::seconds()), session.made());
        let colors = session.colors().clone();
        self.asked.insert(self.number, Asked { session: stage.session, purpose, file, about, made, colors });
        Some(Wish::Send(stage.session, Command::Save { number: self.number }))
    }

    fn answer(&mut self, answer: Answer, session: &Session) -> Vec<Wish> {
        let Some((folder, _)) = self.left.take() else { return Vec::new() };
        if answer == Answer::Continue {
            self.read(folder.session(), Source::Left(folder));
            return Vec::new();
        }
        let train = Wish::Act(Action::Train(session.settings().train_at_start));
        let kept = folder.retire().err().map(|error| say(Notice::error(error.to_string())));
        kept.into_iter().chain([train]).collect()
    }

    fn learn(&mut self, done: Done) -> Vec<Wish> {
        match done {
            Done::Written { purpose: Purpose::Autosave, .. } => {
                self.has_failed = false;
                self.retire_adopted();
                Vec::new()
            }
            Done::Written { purpose: Purpose::Aside, .. } => {
                let text = "Other runs have taken the place of those that were there, which are kept.".to_owned();
                vec![say(Notice { text, is_error: false, offer: Some(NoticeOffer::BringBack) })]
            }
            Done::Written { purpose: Purpose::File { .. }, file, steps } => {
                self.file = Some(file.clone());
                let saved = say(Notice::info(format!("Saved {}", file.display())));
                vec![Wish::Act(Action::NoteSaved(steps)), Wish::Act(Action::Set(Setting::RecentSession(file))), saved]
            }
            Done::Exists(file) => {
                let text = format!("{} exists already. Replace it?", file.display());
                let action = Box::new(Action::Save { to: Some(file), replace: true });
                vec![Wish::Act(Action::Ask(Confirmation { text, verb: "Replace", action }))]
            }
            Done::Listed(aside) => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.aside = aside;
                }
                Vec::new()
            }
            Done::Read(archive) => vec![Wish::Restore(archive)],
            Done::SettingsFailed(reason) => vec![say(Notice::error(reason))],
            Done::Failed { purpose, reason } => {
                let is_told = purpose == Some(Purpose::Autosave) && std::mem::replace(&mut self.has_failed, true);
                if purpose == Some(Purpose::Autosave) {
                    self.autosave.forget();
                }
                if purpose.is_none() {
                    self.reading = None;
                }
                if is_told { Vec::new() } else { vec![say(Notice::error(reason))] }
            }
        }
    }

    /// What was left is kept by this window now.
    fn retire_adopted(&mut self) {
        if let Some(folder) = self.adopted.take() {
            // It would only be offered once more.
            let _ = folder.retire();
        }
    }
}

fn say(notice: Notice) -> Wish {
    Wish::Act(Action::Notify(notice))
}
