//! Renders what egui tessellates without a driver: kittest's renderer over dream-soft-render.

use std::collections::HashMap;

use dream_soft_render::{ClipRect, Color, MAX_SURFACE_PIXELS, Mesh, SoftwareRenderer, TextureId, Vertex};
use egui::epaint::{ImageDelta, Primitive};
use egui::{Color32, Context, FullOutput, ImageData, Rect, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;

#[derive(Default)]
pub struct SoftRenderer {
    renderer: SoftwareRenderer,
    /// The texture, and its size.
    textures: HashMap<egui::TextureId, (TextureId, [usize; 2])>,
}

impl SoftRenderer {
    fn update(&mut self, id: egui::TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let bytes: Vec<u8> = image.pixels.iter().flat_map(Color32::to_array).collect();
        match (delta.pos, self.textures.get(&id)) {
            (Some([x, y]), Some(&(texture, _))) => {
                self.renderer.update_texture(texture, x, y, width, height, &bytes).expect("a part of a texture");
            }
            (None, Some(&(texture, size))) if size == image.size => {
                self.renderer.update_texture(texture, 0, 0, width, height, &bytes).expect("a whole texture");
            }
            (_, old) => {
                if let Some(&(texture, _)) = old {
                    self.renderer.free_texture(texture).expect("a texture to free");
                }
                let texture = self.renderer.create_texture(width, height, &bytes).expect("a new texture");
                self.textures.insert(id, (texture, image.size));
            }
        }
    }
}

impl TestRenderer for SoftRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut delta = std::mem::take(delta);
        for (id, images) in &delta.set {
            images.iter().for_each(|image| self.update(*id, image));
        }
        for id in &delta.free {
            if let Some((texture, _)) = self.textures.remove(id) {
                self.renderer.free_texture(texture).expect("a texture to free");
            }
        }
        delta.clear();
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let primitives = ctx.tessellate(output.shapes.clone(), scale);
        let mut meshes = Vec::new();
        for clipped in primitives {
            let Primitive::Mesh(mesh) = clipped.primitive else { return Err("a callback cannot be drawn".to_owned()) };
            meshes.push((clipped.clip_rect, mesh));
        }
        // In bands, for the surface is bounded.
        let band = MAX_SURFACE_PIXELS / width;
        let mut pixels = Vec::with_capacity(width * height * 4);
        for top in (0..height).step_by(band) {
            let rows = band.min(height - top);
            // As the window does.
            let [r, g, b, _] = ctx.global_style().visuals.panel_fill.to_array();
            pixels.extend(self.band(&meshes, scale, top as f32, [width, rows], Color::from_rgb(r, g, b))?);
        }
        RgbaImage::from_raw(width as u32, height as u32, pixels).ok_or_else(|| "a frame of another size".to_owned())
    }
}

impl SoftRenderer {
    /// The rows from `top` on.
    fn band(
        &mut self,
        meshes: &[(Rect, egui::Mesh)],
        scale: f32,
        top: f32,
        size: [usize; 2],
        background: Color,
    ) -> Result<Vec<u8>, String> {
        let mut frame = self.renderer.begin_frame(size[0], size[1]).map_err(|e| e.to_string())?;
        frame.clear(background);
        for (rect, mesh) in meshes {
            let vertices: Vec<Vertex> = mesh
                .vertices
                .iter()
                .map(|v| {
                    let [r, g, b, a] = v.color.to_array();
                    let color = Color::from_rgba_premultiplied(r, g, b, a);
                    Vertex::new([v.pos.x * scale, v.pos.y * scale - top], [v.uv.x, v.uv.y], color)
                })
                .collect();
            let edge = |points: f32, origin: f32| (points * scale - origin).round().max(0.0) as u32;
            let (min_y, max_y) = (edge(rect.min.y, top), edge(rect.max.y, top));
            let clip = ClipRect::new(edge(rect.min.x, 0.0), min_y, edge(rect.max.x, 0.0), max_y);
            let texture = self.textures.get(&mesh.texture_id).map(|(texture, _)| *texture);
            let mesh = Mesh { vertices: &vertices, indices: &mesh.indices, texture };
            frame.mesh(mesh, clip).map_err(|e| e.to_string())?;
        }
        Ok(frame.surface().pixels.clone())
    }
}
