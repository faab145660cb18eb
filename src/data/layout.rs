//! What the folders above images say of them: which are held out, and which class each is of.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use alphanumeric_sort::compare_str;

use super::contents::LeftOut;

/// What was read off the paths of some images.
#[derive(Debug, Default, PartialEq)]
pub struct Layout {
    /// The images that are in the set, as indices of their paths, in natural order.
    pub order: Vec<usize>,
    /// The class of each of those; all 0 without classes.
    pub labels: Vec<u16>,
    pub class_names: Vec<String>,
    /// Whether each of those is held out, if folders say so.
    pub held_out: Option<Vec<bool>>,
    pub left_out: LeftOut,
    pub notes: Vec<String>,
}

/// What a folder is for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Train,
    Validation,
    Test,
}

fn part(folder: &str) -> Option<Part> {
    match folder.to_lowercase().as_str() {
        "train" | "training" => Some(Part::Train),
        "val" | "valid" | "validation" => Some(Part::Validation),
        "test" | "testing" => Some(Part::Test),
        _ => None,
    }
}

/// Reads paths whose parts are divided by `/`. Folders that hold all images say nothing of them. Then come `train` and `test`
/// or `val`, if there are both; then a class; what lies deeper is of that class. Where there are several classes, images
/// without one are left out.
pub fn layout(paths: &[String]) -> Layout {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by(|&a, &b| natural(&paths[a], &paths[b]));
    let folders: Vec<Vec<&str>> = paths.iter().map(|path| above(path)).collect();
    let depth = shared_depth(&folders);
    let parts: Vec<Option<Part>> = folders.iter().map(|above| above.get(depth).and_then(|name| part(name))).collect();
    let has = |wanted: Part| parts.contains(&Some(wanted));
    let is_divided = has(Part::Train) && (has(Part::Test) || has(Part::Validation));
    let class_depth = if is_divided { depth + 1 } else { depth };
    let is_in = |&i: &usize| !is_divided || parts[i].is_some();
    let class = |i: usize| folders[i].get(class_depth).copied();
    let mut names: Vec<&str> =
        order.iter().copied().filter(is_in).filter_map(class).collect::<HashSet<_>>().into_iter().collect();
    names.sort_by(|a, b| natural(a, b));
    if names.len() < 2 {
        names.clear();
    }
    let labels: HashMap<&str, u16> = names.iter().copied().zip(0..).collect();
    let mut found = Layout { class_names: names.iter().map(|&name| name.to_owned()).collect(), ..Layout::default() };
    let mut held_out = Vec::new();
    for i in order {
        let label = class(i).and_then(|class| labels.get(class).copied());
        if !is_in(&i) {
            found.left_out.push(&paths[i], "lies beside the folders of training and test images");
        } else if label.is_none() && !names.is_empty() {
            found.left_out.push(&paths[i], "lies in no class folder, while others do");
        } else {
            found.order.push(i);
            found.labels.push(label.unwrap_or(0));
            held_out.push(match parts[i] {
                Some(Part::Test) => true,
                Some(Part::Validation) => !has(Part::Test),
                _ => false,
            });
        }
    }
    if is_divided {
        if has(Part::Validation) && has(Part::Test) {
            found.notes.push("Images for validation are learned from; those for tests are held out.".to_owned());
        }
        found.held_out = Some(held_out);
    }
    found
}

/// As a person sorts names, by the numbers in them; names that differ are never equal.
pub fn natural(a: &str, b: &str) -> Ordering {
    compare_str(a, b).then_with(|| a.cmp(b))
}

/// How many folders all images lie in.
fn shared_depth(folders: &[Vec<&str>]) -> usize {
    let Some(first) = folders.first() else { return 0 };
    let is_shared = |depth: &usize| folders.iter().all(|above| above.get(*depth) == Some(&first[*depth]));
    (0..first.len()).take_while(is_shared).count()
}

/// The folders above a file.
fn above(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts
}
