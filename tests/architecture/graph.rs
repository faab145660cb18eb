//! What each source file imports, from its syntax tree: `use` trees, paths in code, in attributes and in macros.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, Macro, MetaList, UseTree, Visibility};

/// A path that a file names, absolute: from the root of the crate, or beginning with another crate's name.
struct Named {
    path: Vec<String>,
    of_this_crate: bool,
    re_exported: bool,
}

/// One file that knows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import<'a> {
    pub from: &'a str,
    pub to: &'a str,
    /// By `pub use` alone.
    re_exported: bool,
}

/// The files of a crate and what they name. Files go by their path below `src`, with `/` on every system.
pub struct Graph {
    /// Each file's module, as the names that lead to it, and what it names.
    files: BTreeMap<String, (Vec<String>, Vec<Named>)>,
    modules: BTreeMap<Vec<String>, String>,
}

impl Graph {
    /// Of every file below `src`, but for `main.rs`.
    pub fn of_sources() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut folders, mut files) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path())
            {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") && path != root.join("main.rs") {
                    let text = fs::read_to_string(&path).expect("a source file");
                    let names = path.strip_prefix(&root).expect("below the root").iter();
                    let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
                    files.push((names.join("/"), text));
                }
            }
        }
        Self::new(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Of files given as (path below `src`, text).
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: Vec<_> = files.into_iter().map(|(file, text)| (file.to_owned(), module_of(file), text)).collect();
        let modules: BTreeMap<_, _> = files.iter().map(|(file, module, _)| (module.clone(), file.clone())).collect();
        let read = |(file, module, text): (String, Vec<String>, &str)| {
            let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut reader = Reader { module: module.clone(), modules: &modules, named: Vec::new() };
            reader.visit_file(&syntax);
            (file, (module, reader.named))
        };
        Self { files: files.into_iter().map(read).collect(), modules }
    }

    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Every file that another names, each pair once.
    pub fn imports(&self) -> BTreeSet<Import<'_>> {
        let mut imports = BTreeSet::new();
        for (from, (_, named)) in &self.files {
            for Named { path, re_exported, .. } in named.iter().filter(|named| named.of_this_crate) {
                let file = (1..=path.len()).rev().find_map(|length| self.modules.get(&path[..length]));
                if let Some(to) = file.filter(|to| *to != from) {
                    imports.insert(Import { from, to, re_exported: *re_exported });
                }
            }
        }
        imports
    }

    /// Every path of another crate that a file names: (file, path).
    pub fn externals(&self) -> impl Iterator<Item = (&str, String)> {
        self.files.iter().flat_map(|(file, (_, named))| {
            let others = named.iter().filter(|named| !named.of_this_crate);
            others.map(move |named| (file.as_str(), named.path.join("::")))
        })
    }

    /// A shortest circle of each group of files that import each other.
    ///
    /// A name that is taken from a folder is an import of the folder's `mod.rs`, wherever it is defined: that the `mod.rs`
    /// re-exports what its folder has is no import, nor that a file within takes a name from the `mod.rs` above it.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Import { from, to, re_exported } in self.imports() {
            let (inner, outer) = (&self.files[from].0, &self.files[to].0);
            let (is_above, is_below) = (inner.starts_with(outer), outer.starts_with(inner));
            let is_face = is_above || is_below && re_exported;
            if !is_face {
                next.entry(from).or_default().push(to);
            }
        }
        let (mut circles, mut seen): (Vec<Vec<&str>>, BTreeSet<&str>) = Default::default();
        for &start in next.keys() {
            if !seen.contains(start)
                && let Some(circle) = shortest_circle(start, &next)
            {
                seen.extend(reached(start, &next).into_iter().filter(|file| reached(file, &next).contains(start)));
                circles.push(circle);
            }
        }
        circles
    }
}

/// The files that one imports, and those that these import, and so on.
fn reached<'a>(start: &'a str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(file) = open.pop() {
        open.extend(next.get(file).into_iter().flatten().filter(|to| reached.insert(**to)));
    }
    reached
}

/// The shortest way from a file back to itself.
fn shortest_circle<'a>(start: &'a str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for &to in next.get(file).into_iter().flatten() {
            if to == start {
                let mut circle = vec![file];
                while let Some(earlier) = before.get(circle[0]) {
                    circle.insert(0, earlier);
                }
                return Some(circle);
            }
            if !before.contains_key(to) {
                before.insert(to, file);
                open.push_back(to);
            }
        }
    }
    None
}

/// The names that lead to a file's module: none for `lib.rs`, its folder's for a `mod.rs`.
fn module_of(file: &str) -> Vec<String> {
    let mut names: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| last == "mod" || last == "lib") {
        names.pop();
    }
    names
}

/// Walks through a file and notes every path that it names.
struct Reader<'a> {
    module: Vec<String>,
    modules: &'a BTreeMap<Vec<String>, String>,
    named: Vec<Named>,
}

impl Reader<'_> {
    /// Notes a path as it is written.
    fn note(&mut self, written: &[String], re_exported: bool) {
        let Some(first) = written.first() else { return };
        let mut path = self.module.clone();
        let mut rest = written;
        let of_this_crate = match first.as_str() {
            "crate" => {
                path.clear();
                rest = &rest[1..];
                true
            }
            "self" => {
                rest = &rest[1..];
                true
            }
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    path.pop();
                    rest = &rest[1..];
                }
                true
            }
            // A name by itself may be a variable's.
            child => written.len() > 1 && self.modules.contains_key(&[path.as_slice(), &[child.to_owned()]].concat()),
        };
        if !of_this_crate {
            path.clear();
        }
        path.extend_from_slice(rest);
        self.named.push(Named { path, of_this_crate, re_exported });
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String], re_exported: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &with(&path.ident), re_exported),
            UseTree::Name(name) => self.note(&with(&name.ident), re_exported),
            UseTree::Rename(name) => self.note(&with(&name.ident), re_exported),
            UseTree::Glob(_) => self.note(&[before, &["*".to_owned()]].concat(), re_exported),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(item, before, re_exported)),
        }
    }

    /// Paths among the tokens of a macro or an attribute, which has no syntax of its own.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons): (Vec<String>, usize) = (Vec::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut path), false);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    self.note(&std::mem::take(&mut path), false);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.note_tokens(group.stream());
                    }
                }
            }
        }
        self.note(&path, false);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>(), false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.note_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_meta_list(&mut self, item: &'ast MetaList) {
        self.note_tokens(item.tokens.clone());
        visit::visit_meta_list(self, item);
    }

    /// `pub(in crate::room)` names no one who is known.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
