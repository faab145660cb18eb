//! The file of a session: what it holds, and that one which is damaged is refused in a sentence.

use std::collections::BTreeMap;
use std::io::{Cursor, ErrorKind, Read, Write};

use latent_explorer::engine::{Kept, KeptRun, State};
use latent_explorer::model::{Checkpoint, Moments, Plane, Terms};
use latent_explorer::session::archive::{About, Archive, Made, cover, names_beside, write_numbers};
use latent_explorer::train::{History, Opened};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::saved::unusual_document;
use super::*;

fn history(points: u64) -> History {
    let terms =
        |step: u64| Terms { recon: 90.0 + (step as f64).sin(), quantisation: Some(f64::NAN), ..Terms::default() };
    let mut history = History::default();
    (1..=points).for_each(|step| history.train.push(step, terms(step)));
    history.held_out.push(7, Terms { recon: f64::INFINITY, ..Terms::default() });
    history
}

fn state(step: u64) -> State {
    let mut checkpoint = fixed_checkpoint(DATA);
    checkpoint.progress.step = step;
    let count = checkpoint.parameters.len();
    let numbers = |from: f32| (0..count).map(|i| from / (i as f32 + 1.0)).collect();
    checkpoint.moments = Some(Arc::new(Moments { steps: step as i32, mean: numbers(0.1), square: numbers(0.3) }));
    let codes = Codes { latent: 2, mu: vec![0.5; 2 * IMAGES], logvar: Some(vec![-1.5; 2 * IMAGES]) };
    State {
        checkpoint: Arc::new(checkpoint),
        codes: Arc::new(codes),
        terms: Some(Terms { recon: 0.1 + 0.2, ..Terms::default() }),
        history: Arc::new(history(1_234 + step)),
    }
}

fn kept() -> Kept {
    let run = |id: u64| KeptRun {
        id: RunId(id),
        number: id as usize,
        origin: (id > 2).then(|| Arc::new(Origin { run: RunId(2), step: 3, train: Default::default() })),
        plane: Default::default(),
        failure: (id > 2).then(|| "it diverged".to_owned()),
        newest: state(9),
        states: vec![state(0), state(4)],
    };
    Kept { data: DATA.into(), hash: "abc".to_owned(), probe: IMAGES, entered: 9, runs: vec![run(2), run(8)] }
}

fn archive() -> Archive {
    let opened = Opened { checkpoint: Arc::new(fixed_checkpoint(DATA)), history: history(3) };
    let made = Made {
        document: unusual_document(),
        entered: [(RunId(2), 0), (RunId(8), 3)].into(),
        saved: [(RunId(2), 4)].into(),
        default_names: [(RunId(2), "VAE".to_owned())].into(),
        opened: vec![opened],
        opened_on: DATA.into(),
        own: Settings { probe: 77, ..Settings::default() },
    };
    let about = About { saved: 5, names: vec!["VAE".to_owned()], data: DATA.to_owned(), epoch: 1, step: 9 };
    Archive { about, made, kept: Arc::new(kept()), picture: Some(vec![1, 2, 3]), missing: 0 }
}

/// What is compared of a session, for a number that is none is not equal to itself.
/// One run in one state.
pub fn small_archive(checkpoint: Checkpoint) -> Archive {
    let newest = State { checkpoint: Arc::new(checkpoint), history: Arc::new(history(2)), ..state(9) };
    let run = KeptRun { newest, states: Vec::new(), ..kept().runs.remove(0) };
    let kept = Kept { runs: vec![run], ..kept() };
    let archive = archive();
    Archive { made: Made { opened: Vec::new(), ..archive.made }, kept: Arc::new(kept), ..archive }
}

fn text(archive: &Archive) -> String {
    format!("{archive:?}")
}

#[test]
fn a_session_is_the_same_after_it_was_saved() {
    let read = Archive::from_bytes(&archive().to_bytes().unwrap()).unwrap();
    assert!(text(&read) == text(&archive()));
    assert_eq!(read.made.document, archive().made.document);
}

#[test]
fn the_same_session_is_the_same_bytes() {
    assert!(archive().to_bytes().unwrap() == archive().to_bytes().unwrap());
}

#[test]
fn a_cover_tells_what_it_is_without_the_rest() {
    let bytes = archive().to_bytes().unwrap();
    let (about, picture) = cover(Cursor::new(bytes)).unwrap();
    assert_eq!((about, picture), (archive().about, Some(vec![1, 2, 3])));
}

#[test]
fn a_file_that_is_cut_short_is_refused_in_one_sentence() {
    let bytes = archive().to_bytes().unwrap();
    let lengths = (0..60).map(|i| i * bytes.len() / 60).chain(bytes.len() - 40..bytes.len());
    for length in lengths {
        let error = Archive::from_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains("cut short"), "{length}: {error}");
    }
}

#[test]
fn a_flipped_bit_is_found_or_changes_nothing() {
    let (bytes, expected) = (archive().to_bytes().unwrap(), text(&archive()));
    let mut refused = 0;
    for i in 0..600 {
        let mut damaged = bytes.clone();
        let at = i * (bytes.len() - 1) / 599;
        damaged[at] ^= 1 << (i % 8);
        match Archive::from_bytes(&damaged) {
            Ok(read) => assert!(text(&Archive { picture: archive().picture, ..read }) == expected, "byte {at}"),
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

/// The same file with its `session.json` changed and an entry more.
fn changed(change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    let mut read = ZipArchive::new(Cursor::new(archive().to_bytes().unwrap())).unwrap();
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..read.len() {
        let mut entry = read.by_index(i).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name == "session.json" {
            let mut value = serde_json::from_slice(&bytes).unwrap();
            change(&mut value);
            bytes = serde_json::to_vec(&value).unwrap();
        }
        written.start_file(name, SimpleFileOptions::default()).unwrap();
        written.write_all(&bytes).unwrap();
    }
    written.start_file("lessons/1.md", SimpleFileOptions::default()).unwrap();
    written.finish().unwrap().into_inner()
}

#[test]
fn a_file_of_a_newer_minor_version_opens_without_what_is_not_known() {
    let bytes = changed(|session| {
        session["version"] = serde_json::json!([1, 9]);
        session["lesson"] = serde_json::json!({ "card": 3 });
        session["made"]["document"]["settings"]["weather"] = "fair".into();
        session["runs"][0]["colour"] = "red".into();
    });
    assert!(text(&Archive::from_bytes(&bytes).unwrap()) == text(&archive()));
}

#[test]
fn a_file_of_a_newer_major_version_says_so() {
    let bytes = changed(|session| session["version"] = serde_json::json!([2, 0]));
    let error = Archive::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("newer version") && error.contains("2.0"), "{error}");
}

#[test]
fn a_file_that_unpacks_to_far_more_than_it_is_long_is_refused() {
    let bytes = changed(|session| session["lesson"] = " ".repeat(100 << 20).into());
    assert!(bytes.len() < 1 << 20);
    let error = Archive::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("session.json") && error.contains("unpacks to more"), "{error}");
}

#[test]
fn a_zip_of_something_else_is_no_session() {
    let bytes = changed(|session| session["format"] = "a book".into());
    assert!(Archive::from_bytes(&bytes).unwrap_err().to_string().contains("a book"));
    let empty = ZipWriter::new(Cursor::new(Vec::new())).finish().unwrap().into_inner();
    assert!(Archive::from_bytes(&empty).unwrap_err().to_string().contains("not a whole session"));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let changes: [fn(&mut serde_json::Value); 5] = [
        |session| session["probe"] = 8.into(),
        |session| session["runs"][0]["states"] = 3.into(),
        |session| session["runs"][1]["id"] = 2.into(),
        |session| session["runs"] = serde_json::json!([]),
        |session| session["opened"] = u64::MAX.into(),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let error = Archive::from_bytes(&changed(change)).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{i}: {error}");
    }
}

/// What lies beside the session, by name, and the session.
fn beside(archive: &Archive) -> (Vec<u8>, BTreeMap<String, Vec<u8>>) {
    let written = archive.beside().unwrap();
    let bytes = |write: &dyn Fn(&mut Cursor<Vec<u8>>)| {
        let mut file = Cursor::new(Vec::new());
        write(&mut file);
        file.into_inner()
    };
    let numbers = |state: &State| bytes(&|file| write_numbers(file, state).unwrap());
    let states = written.states.iter().map(|(name, state)| (name.clone(), numbers(state))).collect();
    (bytes(&|file| written.write(file).unwrap()), states)
}

fn read_beside(bytes: &[u8], states: &BTreeMap<String, Vec<u8>>) -> Archive {
    let open = |name: &str| states.get(name).map(Cursor::new).ok_or(ErrorKind::NotFound.into());
    Archive::read_beside(Cursor::new(bytes), open).unwrap()
}

#[test]
fn a_session_with_its_kept_states_beside_it_is_the_same() {
    let (bytes, states) = beside(&archive());
    assert!(bytes.len() < archive().to_bytes().unwrap().len() / 2 + 10_000);
    assert!(text(&read_beside(&bytes, &states)) == text(&archive()));
    let names = names_beside(Cursor::new(bytes)).unwrap();
    assert!(names.iter().all(|name| states.contains_key(name)));
}

#[test]
fn what_a_kept_state_is_called_follows_from_its_numbers_and_not_from_its_run_or_plane() {
    let (_, before) = beside(&archive());
    // Two runs that have the same states share them.
    assert_eq!(before.len(), 2);
    let change = |change: fn(&mut State)| {
        let mut archive = archive();
        Arc::make_mut(&mut archive.kept).runs.iter_mut().for_each(|run| change(&mut run.states[1]));
        beside(&archive).1
    };
    assert!(change(|state| Arc::make_mut(&mut state.checkpoint).plane = Arc::new(Plane::of(2))) == before);
    assert!(change(|state| state.terms = None) == before);
    assert!(change(|state| Arc::make_mut(&mut Arc::make_mut(&mut state.checkpoint).parameters)[5] += 1.0) != before);
    assert!(change(|state| Arc::make_mut(&mut state.codes).mu[0] = 0.0) != before);
    assert!(change(|state| Arc::make_mut(&mut state.checkpoint).moments = None) != before);
}

#[test]
fn a_kept_state_that_is_gone_or_damaged_is_left_out_and_that_is_said() {
    let (bytes, mut states) = beside(&archive());
    let first = states.keys().next().unwrap().clone();
    let whole = states[&first].clone();
    states.insert(first.clone(), whole[..whole.len() / 2].to_vec());
    for _ in 0..2 {
        let read = read_beside(&bytes, &states);
        assert_eq!((read.missing, read.kept.runs[0].states.len()), (2, 1));
        assert!(format!("{:?}", read.kept.runs[0].newest) == format!("{:?}", archive().kept.runs[0].newest));
        let session = restored(read);
        let notice = session.notice().unwrap();
        assert!(notice.is_error && notice.text.contains("could not be read (2)"), "{}", notice.text);
        states.remove(&first);
    }
}

/// A session with an AE and a VAE that goes on from this file, after the engine has heard of it.
fn restored(archive: Archive) -> Session {
    let mut session = started();
    let effects = session.restore(archive);
    let [Effect::Send(id, Command::Restore { kept })] = &effects[..] else { panic!("{effects:?}") };
    let runs = kept.runs.iter().map(|kept| LiveRun { number: kept.number, ..run(kept.id.0, Vae, 9) }).collect();
    begin(&mut session, id.0, runs);
    session
}

#[test]
fn a_restored_session_shows_what_it_showed_under_numbers_that_none_has_had() {
    let session = restored(archive());
    assert_eq!(shown(&session), [RunId(4), RunId(10)]);
    let panes: Vec<u64> = session.panes().iter().map(|pane| pane.id.0).collect();
    assert_eq!(panes, [7, 5]);
    let (document, was) = (session.document(), unusual_document());
    assert_eq!(document.names, [(RunId(10), "calm".to_owned())].into());
    assert_eq!(document.view(PaneId(5)), was.view(PaneId(3)));
    assert_eq!((&document.cursor, &document.selection), (&was.cursor, &was.selection));
    assert_eq!(session.settings().path, was.settings.path);
    assert!(!session.is_training());
    assert_eq!(session.name(session.run(PaneId(7)).unwrap()), "VAE");
}

#[test]
fn the_window_keeps_its_own_look() {
    let session = restored(archive());
    let usual = latent_explorer::session::Screen::default();
    assert_eq!((session.screen().theme, session.screen().zoom), (usual.theme, usual.zoom));
    assert_eq!(session.screen().tab, "path");
}

#[test]
fn what_was_learnt_since_it_was_saved_is_not_lost_silently() {
    let mut session = restored(archive());
    assert!(session.is_unsaved());
    session.apply(Action::Reset);
    let question = session.confirmation().unwrap();
    assert!(question.text.contains("5 steps") && question.text.contains("6 steps"), "{}", question.text);
    session.apply(Action::Confirm(false));
    session.apply(Action::NoteSaved([(RunId(4), 9), (RunId(10), 9)].into()));
    assert!(!session.is_unsaved());
    session.apply(Action::Reset);
    assert_eq!(session.confirmation(), None);
}

#[test]
fn a_session_that_cannot_be_restored_leaves_what_there_is() {
    let mut session = learnt(5);
    let before = session.document().clone();
    session.restore(archive());
    let failed = Event::StartFailed { session: SessionId(2), reason: "no such images".to_owned() };
    session.receive(None, vec![failed]);
    assert_eq!((session.document(), session.is_starting()), (&before, false));
    assert_eq!(session.notice().unwrap().text, "no such images");
}

#[test]
fn a_document_that_holds_anything_is_mended() {
    let mut session = learnt(0);
    let mut broken = archive();
    let document = &mut broken.made.document;
    document.cursor.code = [f32::NAN, 0.0];
    document.selection.images = Some(Arc::new(vec![1, IMAGES]));
    document.drawing.image = Some(Arc::new(vec![0.5; 3]));
    document.settings.hidden = "16;8".to_owned();
    let effects = session.restore(broken);
    let Effect::Send(id, _) = effects[0] else { panic!("{effects:?}") };
    begin(&mut session, id.0, vec![run(4, Vae, 9), run(10, Vae, 9)]);
    let document = session.document();
    assert_eq!(document.cursor, Default::default());
    assert_eq!((&document.selection.images, &document.drawing.image), (&None, &None));
    assert!(document.settings.runs().is_ok());
}
