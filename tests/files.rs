//! Files that are whole or not there, and what is said when one cannot be written.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use latent_explorer::files::{
    WriteError, check_file, clear_unfinished, make_folder, write_or_spare, write_together, write_whole,
};
use tempfile::TempDir;

/// A folder whose name is unlike a temporary file's.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("folder").tempdir().unwrap()
}

/// The same sentence from checking and from writing, which names the file and no temporary one, and leaves nothing there.
fn refused(path: &Path) -> String {
    let before = path.parent().and_then(|folder| fs::read_dir(folder).ok()).map(Iterator::count);
    let [checked, written] = [check_file(path), write_whole(path, b"text")].map(|result| sentence(result, path));
    assert_eq!(checked, written);
    assert_eq!(path.parent().and_then(|folder| fs::read_dir(folder).ok()).map(Iterator::count), before);
    written
}

fn sentence(result: Result<(), WriteError>, path: &Path) -> String {
    let said = result.unwrap_err().to_string();
    assert!(said.starts_with(&format!("cannot write {}: ", path.display())), "{said}");
    assert!(!said.contains(".part") && !said.contains("os error"), "{said}");
    said
}

/// A folder that may not be written to, by root neither.
fn read_only(folder: &TempDir) -> PathBuf {
    let mut permissions = fs::metadata(folder.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path(), permissions).unwrap();
    match fs::write(folder.path().join("probe"), b"") {
        Ok(()) => PathBuf::from("/sys/kernel"),
        Err(_) => folder.path().to_owned(),
    }
}

#[test]
fn a_read_only_folder_is_named() {
    let folder = folder();
    let folder = read_only(&folder);
    let expected = format!("the folder {} may not be written to; choose another", folder.display());
    assert!(refused(&folder.join("file")).ends_with(&expected));
    assert!(sentence(make_folder(&folder.join("new")), &folder.join("new")).ends_with(&expected));
}

#[test]
fn a_missing_folder_is_named() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let said = refused(&missing.join("file"));
    assert!(said.ends_with(&format!("there is no folder {}; make it first, or choose another", missing.display())));
}

#[test]
fn a_target_that_is_a_folder_is_said_to_be_one() {
    let folder = folder();
    assert!(refused(folder.path()).ends_with("it is a folder; name a file in it"));
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    write_whole(&file, b"text").unwrap();
    let expected = format!("{} is a file, not a folder; choose a folder", file.display());
    for below in ["below", "below/it"] {
        assert!(refused(&file.join(below)).ends_with(&expected));
    }
    for below in [file.clone(), file.join("below"), file.join("below/it")] {
        assert!(sentence(make_folder(&below), &below).ends_with(&expected), "{}", below.display());
    }
}

#[test]
fn what_is_written_replaces_what_was_there_and_leaves_nothing_beside_it() {
    let folder = folder();
    let file = folder.path().join("file");
    check_file(&file).unwrap();
    assert!(!file.exists());
    write_whole(&file, b"before").unwrap();
    write_whole(&file, b"after").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"after");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let [link, chain, file] = ["link", "chain", "below/file"].map(|name| folder.path().join(name));
    fs::create_dir(folder.path().join("below")).unwrap();
    symlink("below/file", &link).unwrap();
    symlink(&link, &chain).unwrap();
    for (path, text) in [(&link, "first"), (&chain, "second")] {
        check_file(path).unwrap();
        write_whole(path, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert!(path.symlink_metadata().unwrap().is_symlink());
    }
    let ring = folder.path().join("ring");
    symlink("ring", &ring).unwrap();
    assert!(refused(&ring).contains("leads to itself"));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_never_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = folder();
    let [pipe, link] = ["pipe", "link"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(&pipe, &link).unwrap();
    for path in [&pipe, &link, &PathBuf::from("/dev/null")] {
        let said = sentence(write_whole(path, b"text"), path);
        assert!(said.ends_with("it is a pipe or a device, not a file; name a file"), "{said}");
        assert_eq!(sentence(check_file(path), path), said);
    }
    assert!(pipe.metadata().unwrap().file_type().is_fifo());
    assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
}

#[test]
fn files_that_are_written_together_are_all_there_or_none() {
    let folder = folder();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    fs::create_dir(&second).unwrap();
    let text = |file: &mut std::fs::File| file.write_all(b"text");
    assert!(write_together(&[(&first, &text), (&second, &text)]).is_err());
    assert!(!first.exists());
    fs::remove_dir(&second).unwrap();
    write_together(&[(&first, &text), (&second, &text)]).unwrap();
    assert!(first.exists() && second.exists());
}

#[test]
fn a_name_as_long_as_names_can_be_is_written() {
    let folder = folder();
    let file = folder.path().join("x".repeat(255));
    write_whole(&file, b"text").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

#[test]
fn what_took_long_and_cannot_be_written_lies_in_another_folder_which_is_named() {
    let folder = folder();
    let path = folder.path().join("codes.csv");
    fs::create_dir(&path).unwrap();
    let said = sentence(write_or_spare(&path, b"1,2"), &path);
    let (why, spare) = said.split_once("; what was to be written is in ").unwrap();
    assert!(why.ends_with("it is a folder; name a file in it"), "{why}");
    let spare = Path::new(spare);
    let name = spare.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("codes.") && name.ends_with(".csv"), "{name}");
    assert_eq!(fs::read(spare).unwrap(), b"1,2");
    fs::remove_file(spare).unwrap();
}

#[test]
fn what_killed_writers_of_some_files_left_is_taken_away_and_nothing_else() {
    let folder = folder();
    let names = [".model.aB3.part", ".folder.aB3.part", ".other.aB3.part", "model", ".model"];
    names.iter().for_each(|name| fs::write(folder.path().join(name), b"").unwrap());
    clear_unfinished(folder.path(), &["model"]);
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".model", ".other.aB3.part", "model"]);
}
