//! A run that is described before it is started.

use latent_explorer::config::{ConfigError, PriorKind};
use latent_explorer::session::{Draft, Preset};

use super::*;

#[test]
fn every_preset_can_be_started_and_is_known_again() {
    let settings = preferences().settings;
    for preset in Preset::ALL {
        let draft = Draft::new(preset, &settings);
        assert!(draft.run().is_ok(), "{preset:?}: {:?}", draft.run());
        assert_eq!(draft.preset(&settings), Some(preset));
    }
}

#[test]
fn a_preset_has_the_layers_that_are_set_where_it_has_a_choice() {
    let settings = Settings { conv: true, ..preferences().settings };
    let arch = |preset| Draft::new(preset, &settings).run().unwrap().model.arch.to_string();
    assert_eq!([arch(Preset::VqVae), arch(Preset::Pca)], ["conv", "none"]);
}

#[test]
fn what_another_kind_has_no_use_for_is_put_back() {
    let settings = preferences().settings;
    let mut draft = Draft::new(Preset::Vamp, &settings);
    for kind in [ModelKind::Pca, Ae, ModelKind::VqVae, Vae] {
        draft = draft.of_kind(kind, &settings);
        let run = draft.run().unwrap();
        assert_eq!((run.model.kind, run.model.prior), (kind, PriorKind::Normal));
    }
    assert_eq!(draft, Draft::new(Preset::Vae, &settings));
}

#[test]
fn a_draft_that_cannot_be_started_says_why() {
    let mut draft = Draft::new(Preset::VqVae, &preferences().settings);
    draft.model.codebook.tokens = 3;
    assert_eq!(draft.run(), Err(ConfigError::Tokens { tokens: 3, latent: 2 }));
    draft.hidden = "16;8".to_owned();
    assert_eq!(draft.run(), Err(ConfigError::HiddenText("16;8".to_owned())));
}
