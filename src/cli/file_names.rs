//! What a file that is to be written may be called.

use std::path::PathBuf;

pub fn png_file(text: &str) -> Result<PathBuf, String> {
    file_of(text, &["png"])
}

pub fn figure_file(text: &str) -> Result<PathBuf, String> {
    file_of(text, &["svg", "png"])
}

/// A file with one of these endings; said before anything is computed.
fn file_of(text: &str, endings: &[&str]) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        true => Ok(file),
        false => Err(format!("name a file .{}", endings.join(" or ."))),
    }
}
