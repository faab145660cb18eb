//! The preferences of last time, as a file of the person's.

use std::path::{Path, PathBuf};

use crate::files::{make_folder, write_whole};
use crate::session::Preferences;

/// The folder that they are kept in.
const APP_ID: &str = "latent-explorer";

/// Where they are kept; nowhere if the system names no place.
pub fn file() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", APP_ID)?;
    Some(dirs.config_dir().join("preferences.json"))
}

/// What is kept there; with what is wrong with it, if it cannot be read: then it is as on the first day.
pub fn load(file: &Path) -> (Preferences, Option<String>) {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Default::default(),
        Err(error) => return (Preferences::default(), Some(unread(file, &error))),
    };
    match serde_json::from_str(&text) {
        Ok(preferences) => (preferences, None),
        Err(error) => (Preferences::default(), Some(unread(file, &error))),
    }
}

fn unread(file: &Path, why: &dyn std::fmt::Display) -> String {
    format!("The settings of last time cannot be read ({}: {why}); the usual ones are in force.", file.display())
}

pub fn save(file: &Path, preferences: &Preferences) -> Result<(), String> {
    let text = serde_json::to_string_pretty(preferences).map_err(|error| error.to_string())?;
    if let Some(folder) = file.parent() {
        make_folder(folder).map_err(|error| error.to_string())?;
    }
    write_whole(file, text.as_bytes()).map_err(|error| error.to_string())
}
