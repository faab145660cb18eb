//! Sessions that are opened in the place of the one that there is: read, started, and followed as theirs then.

use std::path::PathBuf;

use super::folder::{Folder, put_aside};
use super::saver::Task;
use super::{Keeping, Wish, say};
use crate::engine::SessionId;
use crate::session::{Notice, Session};

/// Where a session that is opened comes from.
pub enum Source {
    Left(Folder),
    File(PathBuf),
    /// One that was put aside.
    Aside,
}

impl Keeping {
    /// The session that the window opens on is of this file.
    pub fn opened(&mut self, file: PathBuf) {
        self.reading = Some(Source::File(file));
    }

    /// Opens a session that was saved, or one that was put aside.
    pub fn open(&mut self, file: PathBuf) {
        let is_aside = self.place.as_ref().is_some_and(|(root, _)| file.starts_with(root));
        let source = if is_aside { Source::Aside } else { Source::File(file.clone()) };
        self.read(file, source);
    }

    /// Opens what was put aside last.
    pub fn open_previous(&mut self) -> Option<Wish> {
        let files = self.place.as_ref().map(|(root, _)| put_aside(root)).unwrap_or_default();
        match files.into_iter().next_back() {
            Some(file) => self.read(file, Source::Aside),
            None => return Some(say(Notice::info("No session has been kept before this one."))),
        }
        None
    }

    /// Opens what there was before other runs took its place.
    pub fn bring_back(&mut self) {
        if let Some(file) = self.dropped.clone() {
            self.read(file, Source::Aside);
        }
    }

    /// What was read is being started as this session; the file, if it is one of the person's.
    pub fn starts(&mut self, session: SessionId) -> Option<PathBuf> {
        let source = self.reading.take()?;
        let file = if let Source::File(file) = &source { Some(file.clone()) } else { None };
        self.starting = Some((session, source));
        file
    }

    /// Notices that another session has begun.
    pub(super) fn follow(&mut self, session: &Session) {
        let now = session.stage().map(|stage| stage.session);
        if let Some((_, source)) = self.starting.take_if(|(id, _)| Some(*id) == now) {
            (self.session, self.file) = (now, None);
            match source {
                Source::Left(folder) => self.adopted = Some(folder),
                Source::File(file) => self.file = Some(file),
                Source::Aside => {}
            }
        } else if !session.is_starting() && self.session != now {
            (self.session, self.file) = (now, None);
        }
        self.asked.retain(|_, asked| Some(asked.session) == now);
        // It could not be started, and waits for another time.
        self.starting.take_if(|_| !session.is_starting());
    }

    pub(super) fn read(&mut self, file: PathBuf, source: Source) {
        if self.saver.give(Task::Read(file)) {
            self.reading = Some(source);
        }
    }
}
