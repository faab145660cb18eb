//! Marks on the screen: the same that a figure writes as SVG, painted with egui.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{
    Color32, ColorImage, CornerRadius, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextureHandle,
    TextureId, TextureOptions, pos2, vec2,
};

use crate::figure::text::baseline;
use crate::figure::{Align, Channels, Frame, Mark, Marks, Paint, Raster, Spot, Theme, View};
use crate::ui::look::textures::{PIXELS, holdable};

/// Text is outlined in this many directions.
const HALO: [[f32; 2]; 8] =
    [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]];

/// The rasters of a plane as textures, uploaded once each and let go of when they are no longer drawn.
#[derive(Default)]
pub struct Textures {
    held: HashMap<(usize, bool, bool), Held>,
    frame: u64,
}

struct Held {
    /// Held so that its address goes on naming it.
    _image: Arc<Raster>,
    texture: TextureHandle,
    used: u64,
}

impl Textures {
    fn get(&mut self, painter: &Painter, image: &Arc<Raster>, theme: Theme, smooth: bool) -> TextureId {
        let dark = theme.dark || image.channels == Channels::Rgba;
        let held = self.held.entry((Arc::as_ptr(image) as usize, dark, smooth)).or_insert_with(|| {
            let options = if smooth { TextureOptions::LINEAR } else { PIXELS };
            let pixels = holdable(painter.ctx(), pixels(image, theme));
            let texture = painter.ctx().load_texture("raster", pixels, options);
            Held { _image: image.clone(), texture, used: 0 }
        });
        held.used = self.frame;
        held.texture.id()
    }
}

fn pixels(image: &Raster, theme: Theme) -> ColorImage {
    let pixels = match image.channels {
        Channels::Grey => image.pixels.iter().map(|&value| Color32::from_gray(theme.grey(value))).collect(),
        Channels::Rgba => {
            let rgba = image.pixels.as_chunks::<4>().0;
            rgba.iter().map(|&[r, g, b, a]| Color32::from_rgba_unmultiplied(r, g, b, a)).collect()
        }
    };
    ColorImage::new([image.width, image.height], pixels)
}

/// Paints the marks of a plane, one over the other.
pub struct MarkPainter<'a> {
    pub painter: &'a Painter,
    pub frame: &'a Frame,
    pub theme: Theme,
    pub textures: &'a mut Textures,
    /// The picture of the points, and the part of the plane that it shows.
    pub cloud: Option<(TextureId, View)>,
}

impl MarkPainter<'_> {
    pub fn paint(&mut self, marks: &Marks) {
        self.textures.frame += 1;
        let Frame { left, top, width, height, .. } = *self.frame;
        let inside = Rect::from_min_size(pos2(left, top), vec2(width, height));
        let clipped = self.painter.with_clip_rect(inside.intersect(self.painter.clip_rect()));
        marks.inside.iter().for_each(|mark| self.mark(&clipped, mark));
        let around = self.painter.clone();
        marks.around.iter().for_each(|mark| self.mark(&around, mark));
        let now = self.textures.frame;
        self.textures.held.retain(|_, held| held.used == now);
    }

    fn mark(&mut self, painter: &Painter, mark: &Mark) {
        match mark {
            Mark::Line { points, closed, stroke } => self.line(painter, points, *closed, stroke),
            Mark::Polygon { points, fill } => {
                let points = points.iter().map(|spot| self.at(spot)).collect();
                painter.add(Shape::convex_polygon(points, self.color(*fill), Stroke::NONE));
            }
            Mark::Ellipse { centre, radii, stroke } => {
                painter.add(Shape::closed_line(self.around(*centre, *radii), self.stroke(stroke)));
            }
            Mark::Disc { centre, radius, fill, outline } => {
                let fill = fill.map_or(Color32::TRANSPARENT, |fill| self.color(fill));
                let outline = outline.as_ref().map_or(Stroke::NONE, |outline| self.stroke(outline));
                painter.circle(self.at(centre), *radius, fill, outline);
            }
            Mark::Rect { centre, size, rounding, fill, outline } => {
                let rect = Rect::from_center_size(self.at(centre), vec2(size[0], size[1]));
                let fill = fill.map_or(Color32::TRANSPARENT, |fill| self.color(fill));
                let outline = outline.as_ref().map_or(Stroke::NONE, |outline| self.stroke(outline));
                let rounding = CornerRadius::same(rounding.round() as u8);
                painter.rect(rect, rounding, fill, outline, StrokeKind::Middle);
            }
            Mark::Label { at, align, size, text, paint, halo } => {
                let at = self.at(at);
                for [x, y] in HALO.into_iter().filter(|_| halo.is_some()) {
                    let color = halo.map_or(Color32::TRANSPARENT, |halo| self.color(halo));
                    self.text(painter, at + vec2(x, y), *align, *size, text, color);
                }
                self.text(painter, at, *align, *size, text, self.color(*paint));
            }
            Mark::Raster { corners, image, smooth, opacity } => {
                let texture = self.textures.get(painter, image, self.theme, *smooth);
                let rect = Rect::from_two_pos(self.at(&corners[0]), self.at(&corners[1]));
                let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                painter.image(texture, rect, whole, Color32::WHITE.gamma_multiply(*opacity));
            }
            Mark::Points { opacity, .. } => {
                // However many there are, a worker has drawn them as one picture.
                if let Some((texture, (min, max))) = self.cloud {
                    let ([left, bottom], [right, top]) = (min, max);
                    let (a, b) = (self.frame.at([left, bottom]), self.frame.at([right, top]));
                    let rect = Rect::from_two_pos(pos2(a.0, a.1), pos2(b.0, b.1));
                    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                    painter.image(texture, rect, whole, Color32::WHITE.gamma_multiply(*opacity));
                }
            }
        }
    }

    fn line(&self, painter: &Painter, points: &[Spot], closed: bool, stroke: &crate::figure::Stroke) {
        let mut points: Vec<Pos2> = points.iter().map(|spot| self.at(spot)).collect();
        let drawn = self.stroke(stroke);
        match stroke.dash {
            None if closed => _ = painter.add(Shape::closed_line(points, drawn)),
            None => _ = painter.add(Shape::line(points, drawn)),
            Some([on, off]) => {
                if closed {
                    points.extend(points.first().copied());
                }
                painter.extend(Shape::dashed_line(&points, drawn, on, off));
            }
        }
    }

    /// Points along an ellipse, so many that no corner is seen.
    fn around(&self, centre: [f32; 2], radii: [f32; 2]) -> Vec<Pos2> {
        let (x, y) = self.frame.at(centre);
        let [across, up] = radii.map(|radius| radius * self.frame.scale());
        let count = (16.0 + 3.0 * across.max(up).sqrt() * std::f32::consts::PI).min(400.0) as usize;
        let angle = |i: usize| (i as f32 / count as f32 * std::f32::consts::TAU).sin_cos();
        (0..count).map(angle).map(|(sin, cos)| pos2(x + across * cos, y + up * sin)).collect()
    }

    /// One line of text whose capitals are aligned at a place.
    fn text(&self, painter: &Painter, at: Pos2, [across, down]: [Align; 2], size: f32, text: &str, color: Color32) {
        let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), color);
        let width = galley.size().x;
        let left = match across {
            Align::Start => at.x,
            Align::Middle => at.x - 0.5 * width,
            Align::End => at.x - width,
        };
        let ascent =
            galley.rows.first().map_or(0.0, |row| row.pos.y + row.row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y));
        painter.galley(pos2(left, at.y + baseline(down, size) - ascent), galley, color);
    }

    fn at(&self, spot: &Spot) -> Pos2 {
        let (x, y) = self.frame.locate(spot);
        pos2(x, y)
    }

    fn color(&self, Paint { ink, opacity }: Paint) -> Color32 {
        let [r, g, b] = self.theme.rgb(ink);
        Color32::from_rgba_unmultiplied(r, g, b, (255.0 * opacity.clamp(0.0, 1.0)).round() as u8)
    }

    fn stroke(&self, stroke: &crate::figure::Stroke) -> Stroke {
        Stroke::new(stroke.width, self.color(stroke.paint))
    }
}
