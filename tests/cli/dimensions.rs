//! Runs of other than two latent dimensions at the terminal.

use super::*;

/// A folder with `deep` (a VAE of five dimensions), `line` (a VAE of one), `plain` (an AE of three) and `words` (a VQ-VAE of four
/// dimensions in two tokens), each trained for an epoch on the data beside them.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<(TempDir, TempDir)> = OnceLock::new();
    let (folder, _) = FOLDER.get_or_init(|| {
        let (folder, data) = (TempDir::new().expect("a folder"), dataset_folder());
        for (name, rest) in [
            ("deep", &["--model", "vae", "--latent", "5"][..]),
            ("line", &["--model", "vae", "--latent", "1"]),
            ("plain", &["--model", "ae", "--latent", "3"]),
            ("words", &["--model", "vqvae", "--latent", "4", "--tokens", "2", "--codes", "6"]),
        ] {
            let out = folder.path().join(name);
            let common = ["train", "--epochs", "1", "--batch", "16", "--hidden", "16,8"];
            let data = text(data.path());
            stdout(&[&common[..], rest, &["--data", data, "--out", text(&out)]].concat());
        }
        (folder, data)
    });
    folder.path()
}

fn deep(name: &str) -> String {
    folder().join(name).display().to_string()
}

/// What a command writes to a file.
fn written(arguments: &[&str], name: &str) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join(name);
    stdout(&[arguments, &["--out", text(&out)]].concat());
    fs::read(out).unwrap()
}

fn size(png: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(png).unwrap();
    (image.width(), image.height())
}

#[test]
fn encode_has_columns_for_every_dimension_and_for_words() {
    for (run, header, values) in [
        ("deep", "index,label,mu_0,mu_1,mu_2,mu_3,mu_4,logvar_0,logvar_1,logvar_2,logvar_3,logvar_4", 12),
        ("line", "index,label,mu_0,logvar_0", 4),
        ("plain", "index,label,mu_0,mu_1,mu_2,logvar_0,logvar_1,logvar_2", 5),
        ("words", "index,label,mu_0,mu_1,mu_2,mu_3,logvar_0,logvar_1,logvar_2,logvar_3,code_0,code_1", 8),
    ] {
        let csv = String::from_utf8(written(&["encode", &deep(run)], "codes.csv")).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!((lines[0], lines.len()), (header, 91), "{run}");
        let fields: Vec<&str> = lines[90].split(',').collect();
        assert_eq!(fields.len(), header.split(',').count());
        assert_eq!(fields.iter().filter(|field| field.parse::<f32>().is_ok()).count(), values, "{run}: {}", lines[90]);
        if run == "words" {
            assert!(fields[10..].iter().all(|word| word.parse::<usize>().is_ok_and(|word| word < 6)), "{fields:?}");
        }
    }
}

#[test]
fn a_grid_shows_the_plane_that_was_asked_for() {
    let grid = |rest: &[&str]| written(&[&["grid", &deep("deep"), "--cells", "4"], rest].concat(), "grid.png");
    let side = (4 * SIDE) as u32;
    let default = grid(&[]);
    assert_eq!(size(&default), (side, side));
    assert_eq!(grid(&["--plane", "1,2"]), default);
    for other in [&["--plane", "4,2"][..], &["--plane", "pc"], &["--anchor", "3"]] {
        assert!(grid(other) != default, "{other:?}");
    }
    assert_eq!(size(&written(&["grid", &deep("line"), "--cells", "4"], "grid.png")), (side, side));
}

#[test]
fn a_strip_goes_through_the_plane_or_along_a_dimension() {
    let strip =
        |run: &str, rest: &[&str]| written(&[&["strip", &deep(run), "--steps", "5"], rest].concat(), "strip.png");
    let along = strip("deep", &["--dimension", "4"]);
    assert_eq!(size(&along), ((5 * SIDE) as u32, SIDE as u32));
    // A dimension through 0 is a line through a plane that it spans.
    assert_eq!(strip("deep", &["--plane", "4,1", "--from", "-3,0", "--to", "3,0"]), along);
    assert!(strip("deep", &["--dimension", "4", "--anchor", "7"]) != along);
    assert_eq!(size(&strip("plain", &["--dimension", "2"])), size(&along));
}

#[test]
fn a_figure_names_the_axes_of_its_plane() {
    let figure = |run: &str, rest: &[&str]| {
        let svg = written(&[&["figure", &deep(run), "--show", "points,means,density"], rest].concat(), "figure.svg");
        String::from_utf8(svg).unwrap()
    };
    let svg = figure("deep", &["--plane", "5,2"]);
    assert!(svg.contains("z₅") && svg.contains("z₂") && !svg.contains("z₁"));
    let svg = figure("deep", &["--plane", "pc", "--anchor", "2"]);
    assert!(svg.contains("PC 1") && svg.contains("PC 2"));
    assert!(figure("line", &[]).contains("z₁"));
}

#[test]
fn a_dimension_that_is_not_there_is_refused_with_those_that_are() {
    let (deep, line) = (deep("deep"), deep("line"));
    for arguments in [
        &["grid", &deep, "--plane", "2,6", "--out", "x.png"][..],
        &["figure", &deep, "--plane", "6,1", "--out", "x.png"],
        &["strip", &deep, "--dimension", "6", "--out", "x.png"],
    ] {
        let said = failure(arguments, 1);
        assert!(said.contains("5 latent dimensions") && said.contains("no dimension 6"), "{said}");
    }
    let said = failure(&["grid", &deep, "--anchor", "90", "--out", "x.png"], 1);
    assert!(said.contains("no test image 90") && said.contains("0 to 89"), "{said}");
    let said = failure(&["grid", &line, "--plane", "1,2", "--out", "x.png"], 1);
    assert!(said.contains("one latent dimension"), "{said}");
    let said = failure(&["grid", &run("vae"), "--plane", "1,2", "--out", "x.png"], 1);
    assert!(said.contains("two latent dimensions"), "{said}");
}

#[test]
fn what_names_no_plane_is_refused_before_anything_is_read() {
    for plane in ["1", "1,1", "0,1", "1,2,3", "z1,z2", "PC"] {
        let said = failure(&["grid", "no run", "--plane", plane, "--out", "x.png"], 2);
        assert!(said.contains("3,7"), "{said}");
    }
    failure(&["strip", "no run", "--from", "0,0", "--out", "x.png"], 2);
    failure(&["strip", "no run", "--dimension", "1", "--from", "0,0", "--to", "1,1", "--out", "x.png"], 2);
}
