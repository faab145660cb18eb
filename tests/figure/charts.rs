//! Curves over axes: losses, rate and distortion, estimates.

use latent_explorer::catalogue;
use latent_explorer::explore::Frontier;
use latent_explorer::explore::inference::{Estimate, GradientSpread, Sampled};
use latent_explorer::explore::measures::Estimated;
use latent_explorer::figure::{
    Axis, Chart, ClassShares, FigureOptions, Marker, Quantity, Rule, Series, Spread, Tangent, Theory, Trace, chart,
    class_chart, estimate_chart, frontier_chart, frontier_of_means, loss_chart, run_color, setting_chart,
};
use latent_explorer::model::{Kl, Terms};
use latent_explorer::train::History;

use super::{assert_texts_whole, count, text_boxes};

fn options(width: usize, height: usize) -> FigureOptions {
    let caption = "mnist, 10000 images. ae 784-512-256-2; vae 784-512-256-2 β 1, step 4690, seed 0.";
    FigureOptions { width, height, dark: true, caption: caption.to_owned() }
}

fn history(values: &[f64]) -> History {
    let mut history = History::default();
    for (i, &recon) in values.iter().enumerate() {
        let terms = Terms { recon, kl: Some(Kl::Halves { mean: 2.0, variance: 3.0 }), quantisation: None };
        history.train.push(i as u64 + 1, terms);
        history.held_out.push(i as u64 + 1, terms);
    }
    history
}

#[test]
fn every_axis_has_at_least_two_ticks_that_differ_and_lie_on_it() {
    let lows = [0.0, -3.0, 1e-9, 0.123, 99.7, 103.2, 149.999, 5e5, -1e7];
    let spans = [0.0, 1e-12, 1e-7, 0.003, 0.11, 0.9, 1.0, 7.3, 99.0, 2e3, 4e6];
    for (low, span) in lows.into_iter().flat_map(|low| spans.map(|span| (low, span))) {
        for logarithmic in [false, true] {
            if logarithmic && low <= 0.0 {
                continue;
            }
            for length in [20.0, 33.0, 80.0, 250.0, 900.0] {
                let ticks = Axis::new((low, low + span), logarithmic).ticks(length, 48.0);
                let about = format!("{low} + {span} on {length}, logarithmic {logarithmic}: {ticks:?}");
                assert!(ticks.len() >= 2 && ticks.len() <= 40, "{about}");
                assert!(ticks.iter().all(|tick| (-1e-3..=1.001).contains(&tick.share)), "{about}");
                assert!(ticks.windows(2).all(|pair| pair[0].text != pair[1].text), "{about}");
                assert!(ticks.windows(2).all(|pair| pair[0].share < pair[1].share), "{about}");
            }
        }
    }
}

#[test]
fn an_axis_of_no_sense_is_one_from_0_to_1() {
    for range in [(f64::NAN, 1.0), (2.0, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
        assert_eq!(Axis::new(range, false), Axis::new((0.0, 1.0), false));
    }
    assert_eq!(Axis::new((0.0, 5.0), true), Axis::new((1.0, 10.0), true), "0 has no logarithm");
}

#[test]
fn ticks_read_as_people_write_numbers() {
    let texts = |range, logarithmic| -> Vec<String> {
        Axis::new(range, logarithmic).ticks(300.0, 60.0).into_iter().map(|tick| tick.text).collect()
    };
    assert_eq!(texts((-1.0, 1.0), false), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    assert_eq!(texts((0.0, 40_000.0), false), ["0", "10,000", "20,000", "30,000", "40,000"]);
    assert_eq!(texts((0.01, 100.0), true), ["0.01", "0.1", "1", "10", "100"]);
    assert_eq!(texts((1.0, 20.0), true), ["1", "2", "5", "10", "20"]);
}

#[test]
fn losses_have_a_line_and_dots_for_each_run_and_mark_the_step_looked_at() {
    let (ae, vae) = (history(&[200.0, 150.0, 120.0]), history(&[190.0, 160.0, 140.0]));
    let runs = || [("AE".to_owned(), 0, &ae), ("VAE".to_owned(), 1, &vae)];
    let plain = loss_chart(runs(), Quantity::Recon, false, None);
    assert_eq!(plain.series.len(), 4);
    assert_eq!((plain.series[0].color, plain.series[3].marker), (run_color(0), Some(Marker::Dot)));
    assert!(plain.uprights.is_empty());
    let chart_of = loss_chart(runs(), Quantity::Recon, false, Some(1200));
    assert_eq!((chart_of.uprights[0].name.as_str(), chart_of.uprights[0].value), ("step 1,200", 1200.0));
    let svg = chart(&chart_of, &options(800, 500)).unwrap();
    let texts: Vec<String> = text_boxes(&svg).into_iter().map(|(text, _)| text).collect();
    for text in ["step", "recon, nats per image", "AE", "VAE", "step 1,200"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
    assert_eq!(count(&svg, "circle"), 2 * 3 + 2, "held-out values and the legend");
}

#[test]
fn a_loss_axis_has_two_ticks_whatever_the_losses_are() {
    for values in [&[103.2, 103.2][..], &[99.9, 100.05, 100.1], &[1e-7, 2e-7], &[5e5, 80.0, 79.0], &[150.0]] {
        for logarithmic in [false, true] {
            let history = history(values);
            let chart = loss_chart([("AE".to_owned(), 0, &history)], Quantity::Recon, logarithmic, None);
            for height in [60.0, 200.0] {
                assert!(chart.axes()[1].ticks(height, 48.0).len() >= 2, "{values:?}");
            }
        }
    }
}

#[test]
fn no_text_of_a_small_chart_is_cut() {
    let history = history(&[200.0, 150.0, 120.0]);
    let names = ["AE", "VAE with β = 4", "fork of VAE at step 1,200", "conv VAE"];
    let runs = names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), i, &history));
    let chart_of = loss_chart(runs, Quantity::Recon, false, Some(2));
    for (width, height) in [(200, 200), (300, 260), (420, 460), (1000, 640)] {
        let svg = chart(&chart_of, &options(width, height)).unwrap();
        assert_texts_whole(&svg, [width, height], &names);
    }
}

#[test]
fn dots_on_the_edge_of_a_chart_are_whole_and_those_beyond_are_left_out() {
    let points = vec![[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]];
    let series = vec![Series { points, marker: Some(Marker::Dot), ..Series::default() }];
    let chart_of = Chart { series, ranges: [Some((0.0, 1.0)), Some((0.0, 1.0))], ..Chart::default() };
    let svg = chart(&chart_of, &options(400, 300)).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let circles: Vec<_> = document.descendants().filter(|node| node.has_tag_name("circle")).collect();
    assert_eq!(circles.len(), 2);
    let is_clipped = |node: &roxmltree::Node| node.ancestors().any(|above| above.has_attribute("clip-path"));
    assert!(circles.iter().all(|circle| !is_clipped(circle)));
}

#[test]
fn what_is_not_seen_does_not_stretch_an_axis() {
    let points = vec![[1.0, 10.0], [2.0, 11.0], [50.0, 900.0]];
    let series = vec![Series { points, ..Series::default() }];
    let chart = Chart { series, ranges: [Some((0.0, 3.0)), None], ..Chart::default() };
    assert!(chart.axes()[1].value(1.0) < 12.0);
}

fn traces() -> Vec<Trace> {
    let trace = |name: &str, beta, points: &[[f64; 2]]| Trace {
        name: name.to_owned(),
        color: run_color(1),
        beta,
        points: points.to_vec(),
    };
    vec![trace("AE", 0.0, &[]), trace("VAE", 2.0, &[[4.0, 190.0], [6.0, 150.0]]), trace("VAE 2", 8.0, &[[3.0, 170.0]])]
}

#[test]
fn the_frontier_has_the_curve_of_theory_the_deaths_of_units_the_tangent_at_a_run_and_the_chosen_beta() {
    let traces = traces();
    assert!(Tangent::at(&traces[0]).is_none(), "without a place");
    let frontier = Frontier::new(vec![32.2, 22.9], 206.0);
    let theory = Theory { frontier: frontier.clone(), tangent: Tangent::at(&traces[1]) };
    let chart_of = frontier_chart(&traces, Some(&theory), Some(5.0));
    let curve = &chart_of.series[0];
    assert!(curve.dashed && curve.points.len() > 50 && curve.points[0] == [0.0, 206.0]);
    let crosses: Vec<&Series> = chart_of.series.iter().filter(|s| s.marker == Some(Marker::Cross)).collect();
    assert_eq!(crosses.len(), 2);
    for (cross, beta, kl) in [(crosses[0], 32.2, 0.0), (crosses[1], 22.9, 0.17)] {
        let [[rate, distortion]] = cross.points[..] else { panic!("{cross:?}") };
        assert!((rate - kl).abs() < 5e-3 && cross.name.contains(&format!("{beta}")), "{cross:?}");
        // On the curve, between two of its points.
        let after = curve.points.iter().position(|p| p[0] >= rate).unwrap().max(1);
        let [[x0, y0], [x1, y1]] = [curve.points[after - 1], curve.points[after]];
        let there = y0 + (y1 - y0) * (rate - x0) / (x1 - x0);
        assert!((there - distortion).abs() < 0.05, "{there} and {distortion}");
    }
    let tangent = chart_of.series.iter().find(|series| series.name.starts_with("tangent at VAE")).unwrap();
    let [[x0, y0], [x1, y1]] = tangent.points[..] else { panic!("{tangent:?}") };
    assert!((0.5 * (x0 + x1) - 6.0).abs() < 1e-9 && (0.5 * (y0 + y1) - 150.0).abs() < 1e-9, "through the run");
    assert!(((y1 - y0) / (x1 - x0) + 2.0).abs() < 1e-9 && x1 - x0 < 3.0, "{tangent:?}");
    let dots = chart_of.series.iter().filter(|series| series.marker == Some(Marker::Dot) && !series.points.is_empty());
    assert_eq!(dots.map(|dot| dot.points[0]).collect::<Vec<_>>(), [[6.0, 150.0], [3.0, 170.0]]);
    assert!((chart_of.uprights[0].value - frontier.rate(5.0)).abs() < 1e-12);
    let (low, high) = chart_of.ranges[0].unwrap();
    assert!(curve.points.iter().all(|p| (low..=high).contains(&p[0])), "{low} to {high}");
    let svg = chart(&chart_of, &options(900, 600)).unwrap();
    let texts: Vec<String> = text_boxes(&svg).into_iter().map(|(text, _)| text).collect();
    for text in ["rate: kl, nats per image", "linear theory's own frontier", "VAE 2", "tangent at VAE: slope −β"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
    assert!(!texts.contains(&"AE".to_owned()), "what has no place is not in the legend");
}

#[test]
fn without_a_theory_the_runs_are_joined_in_the_order_of_beta() {
    let chart = frontier_chart(&traces(), None, None);
    assert_eq!(chart.series[0].points, [[6.0, 150.0], [3.0, 170.0]]);
    assert!(chart.series[0].dashed && chart.uprights.is_empty());
}

/// A curve with half an interval of each point.
fn spread(name: &str, points: &[([f64; 2], f64)]) -> Spread {
    let points = points.iter().map(|&(point, half)| (point, [0.0, half])).collect();
    Spread { name: name.to_owned(), color: [0; 3], points }
}

#[test]
fn a_measure_over_beta_is_marked_where_units_die() {
    let curve = spread("", &[([0.0, 90.0], 0.0), ([1.0, 7.0], 0.5), ([4.0, 3.0], 0.2)]);
    let chart_of = setting_chart("β", &catalogue::KL, &[curve], &[2.5]);
    assert_eq!(chart_of.series[0].points, [[1.0, 7.0], [4.0, 3.0]], "β = 0 has no logarithm");
    assert_eq!(chart_of.uprights.iter().map(|rule: &Rule| rule.value).collect::<Vec<_>>(), [2.5]);
    assert_eq!(chart_of.y, "kl, nats per image");
}

#[test]
fn an_interval_is_drawn_as_a_bar_within_the_axes() {
    let curves = [spread("prior normal", &[([2.0, 7.0], 3.0), ([4.0, 6.0], 0.0)]), spread("prior vamp", &[])];
    let chart_of = setting_chart("latent", &catalogue::KL, &curves, &[]);
    assert!(!chart_of.logarithmic[0]);
    let up = &chart_of.axes()[1];
    let [top, bottom] = [10.0, 4.0].map(|y| up.share(y).unwrap());
    assert!(0.0 < bottom && top < 1.0, "{bottom} to {top}");
    let bars = |chart_of: &Chart| {
        // The axes of both, so that all else is drawn alike.
        let chart_of = Chart { ranges: [Some((1.0, 5.0)), Some((0.0, 12.0))], ..chart_of.clone() };
        chart(&chart_of, &options(600, 400)).unwrap().matches("<polyline").count()
    };
    let without = spread("prior normal", &[([2.0, 7.0], 0.0), ([4.0, 6.0], 0.0)]);
    let without = setting_chart("latent", &catalogue::KL, &[without, curves[1].clone()], &[]);
    assert_eq!(bars(&chart_of), bars(&without) + 1, "a bar where there is an interval");
}

#[test]
fn the_classes_of_samples_are_a_histogram_with_intervals_beside_that_of_test_images() {
    let names = ["disc", "ring"].map(str::to_owned);
    let shares = [0, 1].map(|class| Estimated::share((0..8).map(|i| usize::from(i < 2) == class).collect()));
    let kinds = [ClassShares { name: "VAE".to_owned(), color: [9; 3], shares: &shares }];
    let chart = class_chart(&names, &[0.5, 0.5], &kinds);
    let outline =
        |share: f64, class: f64| [[class - 0.4, 0.0], [class - 0.4, share], [class + 0.4, share], [class + 0.4, 0.0]];
    assert_eq!(chart.series[1].points, [outline(0.75, 0.0), outline(0.25, 1.0)].concat());
    assert!(chart.series[0].dashed && chart.series[0].points[1][1] == 0.5);
    let (low, high) = shares[0].interval.unwrap();
    let bar = &chart.series[2];
    assert!(
        (bar.points[0][1] - bar.bars[0][1] - low).abs() < 1e-12
            && (bar.points[0][1] + bar.bars[0][1] - high).abs() < 1e-12
    );
    assert_eq!(chart.x, "class: 0 disc, 1 ring");
}

#[test]
fn runs_of_a_sweep_are_joined_from_mean_to_mean() {
    let means = [spread("", &[([6.0, 150.0], 1.0), ([3.0, 170.0], 2.0)])];
    let chart = frontier_of_means(&traces(), &means);
    let dashed: Vec<&Series> = chart.series.iter().filter(|series| series.dashed).collect();
    assert_eq!(dashed.len(), 1);
    assert_eq!(dashed[0].points, [[6.0, 150.0], [3.0, 170.0]]);
    assert_eq!(dashed[0].bars, [[0.0, 1.0], [0.0, 2.0]]);
}

#[test]
fn estimates_are_drawn_with_bands_about_the_exact_value() {
    let estimates = |offset: f64| {
        [1, 10, 100].map(|samples| Estimate { samples, mean: -90.0 - offset / samples as f64, deviation: 0.5 }).to_vec()
    };
    let gradients = GradientSpread {
        reparameterised_mean: [0.0; 4],
        reparameterised_variance: [0.0; 4],
        score_mean: [0.0; 4],
        score_variance: [0.0; 4],
        baseline_mean: [0.0; 4],
        baseline_variance: [0.0; 4],
    };
    let sampled = Sampled { prior: estimates(300.0), importance: estimates(4.0), gradients };
    let chart_of = estimate_chart(&sampled, -90.0);
    assert_eq!(chart_of.levels[0].value, -90.0);
    let svg = chart(&chart_of, &options(800, 500)).unwrap();
    assert_eq!(count(&svg, "polygon"), 2, "a band about each");
    let texts: Vec<String> = text_boxes(&svg).into_iter().map(|(text, _)| text).collect();
    assert!(texts.contains(&"quadrature".to_owned()) && texts.contains(&"log p(x), nats".to_owned()), "{texts:?}");
}
