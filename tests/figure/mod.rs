//! Overlays as marks, marks as SVG, and figures as bytes.

mod bytes;
mod charts;
mod colours;
mod overlays;
mod sheets;
mod words;

use std::sync::Arc;

use latent_explorer::figure::{Cloud, Frame, Mark, Spot, class_colors};
use latent_explorer::model::Places;
use resvg::usvg;

/// 100 pixels to a unit, the origin in the middle.
pub const FRAME: Frame =
    Frame { left: 40.0, top: 30.0, width: 800.0, height: 600.0, min: [-4.0, -3.0], max: [4.0, 3.0] };

pub fn cloud(mu: Vec<[f32; 2]>, labels: Vec<u16>) -> Cloud {
    let colors = Arc::new(class_colors(&labels, true));
    Cloud { codes: Arc::new(Places { mu, logvar: None }), colors, emphasis: None, depth: None }
}

/// Where a spot is in `FRAME`.
pub fn at(spot: &Spot) -> (f32, f32) {
    FRAME.locate(spot)
}

pub fn near((x, y): (f32, f32), expected: (f32, f32)) -> bool {
    (x - expected.0).abs() < 1e-3 && (y - expected.1).abs() < 1e-3
}

/// The texts of labels.
pub fn texts(marks: &[Mark]) -> Vec<&str> {
    marks
        .iter()
        .filter_map(|mark| if let Mark::Label { text, .. } = mark { Some(text.as_str()) } else { None })
        .collect()
}

/// The elements of a name in a document.
pub fn count(svg: &str, name: &str) -> usize {
    let document = roxmltree::Document::parse(svg).expect("SVG");
    document.descendants().filter(|node| node.has_tag_name(name)).count()
}

/// All texts of a document with their boxes: left, top, right, bottom.
pub fn text_boxes(svg: &str) -> Vec<(String, [f32; 4])> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(latent_explorer::figure::text::FONT.to_vec());
    let family = fonts.faces().next().expect("a face").families[0].0.clone();
    fonts.set_sans_serif_family(family);
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).expect("SVG");
    let mut boxes = Vec::new();
    gather(tree.root(), &mut boxes);
    boxes
}

/// That every text lies within a document of this size, and that these are there uncut.
pub fn assert_texts_whole(svg: &str, [width, height]: [usize; 2], names: &[&str]) {
    let boxes = text_boxes(svg);
    for (text, [left, top, right, bottom]) in &boxes {
        let is_inside = *left >= 0.0 && *right <= width as f32 && *top >= 0.0 && *bottom <= height as f32;
        assert!(is_inside, "{width} x {height}: {text} from {left}, {top} to {right}, {bottom}");
    }
    for name in names {
        assert!(boxes.iter().any(|(text, _)| text == name), "{width} x {height}: {name} of {boxes:?}");
    }
}

fn gather(group: &usvg::Group, boxes: &mut Vec<(String, [f32; 4])>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => gather(group, boxes),
            usvg::Node::Text(text) => {
                let area = text.abs_bounding_box();
                let content = text.chunks().iter().map(|chunk| chunk.text()).collect();
                boxes.push((content, [area.left(), area.top(), area.right(), area.bottom()]));
            }
            _ => {}
        }
    }
}
