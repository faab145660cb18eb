//! Sets without classes and sets of very many.

use latent_explorer::catalogue;
use latent_explorer::config::SHAPES;
use latent_explorer::config::{Memory, ModelKind};
use latent_explorer::data;
use latent_explorer::explore::measures::{Effort, measure};
use latent_explorer::explore::{Summary, class_counts, frequent};
use latent_explorer::figure::{MOST_CLASSES, PLAIN, Scale, class_color, class_colors, class_legend};
use latent_explorer::model::Places;
use latent_explorer::progress::Progress;

use crate::support::{dataset, model, unlabelled};

#[test]
fn images_without_classes_have_one_colour_and_no_legend() {
    let set = unlabelled(dataset());
    assert!(!set.has_classes());
    let colors = class_colors(&set.test.labels, set.has_classes());
    assert!(colors.len() == set.test.len() && colors.iter().all(|&color| color == PLAIN));
    assert!(class_legend(&set.class_names, &set.test.labels).is_empty());
    assert_eq!(class_colors(&[0, 12], true), [class_color(0), class_color(12)]);
}

#[test]
fn without_classes_nothing_is_said_of_them_and_all_else_is() {
    let codes = Places { mu: vec![[0.0, 1.0], [2.0, 3.0]], logvar: None };
    let summary = Summary::new(&codes, &[0, 0], 0);
    assert!(summary.class_means.is_empty() && summary.medoids.is_empty());
    assert!((summary.mean_spread - 1.0).abs() < 1e-6 && summary.bounds.is_some());
}

#[test]
fn measures_that_need_classes_are_missing_without_them_and_no_others() {
    let model = model(ModelKind::Vae);
    let effort = Effort { images: 40, evidence: 4, gaps: 1, samples: 40, seed: 0 };
    let with = measure(&model, &dataset(), 1.0.into(), effort, &Progress::silent()).unwrap();
    let without = measure(&model, &unlabelled(dataset()), 1.0.into(), effort, &Progress::silent()).unwrap();
    let lacking: Vec<&str> = with.keys().filter(|id| !without.contains_key(**id)).copied().collect();
    assert_eq!(lacking, ["class_changes", "sample_classes", "separation"]);
    assert!(lacking.iter().all(|id| catalogue::needs_classes(id)));
    assert!(without.iter().all(|(id, value)| with[id] == *value), "the others are the same");
}

#[test]
fn a_summary_says_nothing_of_classes_that_are_left_out() {
    let codes = Places { mu: vec![[0.0; 2], [1.0; 2], [2.0; 2]], logvar: None };
    let summary = Summary::new(&codes, &[0, 1, 1], 2).without(&[1, 9]);
    assert_eq!((summary.class_means, summary.class_sizes), (vec![Some([0.0; 2]), None], vec![1, 0]));
}

#[test]
fn the_most_frequent_classes_are_those_with_most_images() {
    assert_eq!(class_counts(&[2, 2, 0, 5], 4), [1, 0, 2, 0]);
    assert_eq!(frequent(&[3, 0, 5, 4], 2), [2, 3]);
    assert_eq!(frequent(&[3, 0, 5, 4], 3), [0, 2, 3]);
}

#[test]
fn a_legend_of_a_thousand_classes_names_the_most_frequent_and_counts_the_rest() {
    let names: Vec<String> = (0..1_000).map(|class| format!("class {class}")).collect();
    // The last ten have three images each.
    let labels: Vec<u16> = (0..1_000).chain((990..1_000).flat_map(|class| [class, class])).collect();
    let legend = class_legend(&names, &labels);
    assert_eq!(legend.len(), MOST_CLASSES + 1);
    assert_eq!(legend[MOST_CLASSES].name, "… and 976 more");
    assert!(legend[MOST_CLASSES].marker.is_none());
    assert_eq!(legend[MOST_CLASSES - 1].name, "class 999");
    assert_eq!(legend[0].name, "class 0", "of those with as many the first");
    let all = class_legend(&names[..20], &(0..20).collect::<Vec<_>>());
    assert!(all.len() == 20 && all.iter().all(|entry| entry.marker.is_some()));
}

#[test]
fn points_have_the_colours_of_a_factor_where_it_is_known() {
    let shapes = data::load(&SHAPES.into(), Memory::default(), &Progress::silent()).unwrap().dataset;
    let scale = Scale::of(&shapes, 1).unwrap();
    let [low, high] = scale.range;
    let legend = scale.legend();
    assert_eq!((legend[0].name.as_str(), legend[0].marker), (scale.name, None));
    assert_eq!((legend[1].color, legend[5].color), (scale.color(low), scale.color(high)));
    assert_eq!(scale.color(low - 1.0), scale.color(low), "beyond the range the end");
    assert!(scale.color(low) != scale.color(0.5 * (low + high)));
    assert_eq!(shapes.probe_factors(30).unwrap().len(), 30);
    assert!(Scale::of(&shapes, 2).is_none() && Scale::of(&dataset(), 0).is_none());
}
