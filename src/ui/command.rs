//! A command: what the palette lists and a key calls.

use egui::{Key, Modifiers};

use crate::session::Action;

pub struct Command {
    pub name: String,
    pub key: Option<(Modifiers, Key)>,
    pub does: Does,
}

pub enum Does {
    Act(Action),
    Palette,
    Shortcuts,
    /// Asks where to save the session, or which to open, or opens the one that was kept before this.
    SaveAs,
    Open,
    OpenPrevious,
    OpenImages,
}

impl Command {
    pub fn new(name: &str, action: Action) -> Self {
        Self { name: name.to_owned(), key: None, does: Does::Act(action) }
    }

    pub fn with(self, key: (Modifiers, Key)) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Its key as a person reads it.
    pub fn key_name(&self) -> String {
        let Some((modifiers, key)) = self.key else { return String::new() };
        let mut name = String::new();
        if modifiers.command {
            name += if cfg!(target_os = "macos") { "Cmd+" } else { "Ctrl+" };
        }
        if modifiers.shift {
            name += "Shift+";
        }
        name + key.symbol_or_name()
    }
}

/// A key by itself, and one with Ctrl (on a Mac Cmd).
pub const fn plain(key: Key) -> (Modifiers, Key) {
    (Modifiers::NONE, key)
}

pub const fn ctrl(key: Key) -> (Modifiers, Key) {
    (Modifiers::COMMAND, key)
}
