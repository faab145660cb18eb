//! Textures that are uploaded when their picture changes and never otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Context, TextureFilter, TextureHandle, TextureId, TextureOptions, Ui, Vec2, vec2};

use super::theme;
use crate::config::ImageShape;
use crate::data::Split;
use crate::explore::Picture;

/// Pixels along a side of a texture that every graphics card takes.
const MOST_SIDE: usize = 8_192;
/// Each pixel is seen where an image is enlarged, and no pixel is lost where it is made smaller.
pub const PIXELS: TextureOptions = TextureOptions {
    magnification: TextureFilter::Nearest,
    minification: TextureFilter::Linear,
    mipmap_mode: Some(TextureFilter::Linear),
    ..TextureOptions::NEAREST
};

/// A texture that is drawn anew when its key changes.
pub struct KeyedTexture<K>(Option<(K, TextureHandle)>);

impl<K> Default for KeyedTexture<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq> KeyedTexture<K> {
    pub fn get_with(
        &mut self,
        ctx: &Context,
        key: K,
        options: TextureOptions,
        draw: impl FnOnce() -> ColorImage,
    ) -> TextureId {
        match &mut self.0 {
            Some((held, texture)) => {
                if *held != key {
                    texture.set(holdable(ctx, draw()), options);
                    *held = key;
                }
                texture.id()
            }
            none => none.insert((key, ctx.load_texture("drawn", holdable(ctx, draw()), options))).1.id(),
        }
    }
}

/// The newest picture of each key, in the ink of the theme.
pub struct PictureTextures<K>(BTreeMap<K, Held>);

struct Held {
    picture: Arc<Picture>,
    dark: bool,
    texture: TextureHandle,
}

impl<K> Default for PictureTextures<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> PictureTextures<K> {
    pub fn get(&mut self, ui: &Ui, key: K, picture: &Arc<Picture>) -> TextureId {
        self.get_if(ui, key, picture, |held| Arc::ptr_eq(&held.picture, picture))
    }

    /// The same for a picture that is made anew every time, which is compared pixel by pixel: for small ones.
    pub fn get_equal(&mut self, ui: &Ui, key: K, picture: Picture) -> TextureId {
        let picture = Arc::new(picture);
        self.get_if(ui, key, &picture, |held| held.picture == picture)
    }

    fn get_if(&mut self, ui: &Ui, key: K, picture: &Arc<Picture>, is_held: impl Fn(&Held) -> bool) -> TextureId {
        let dark = ui.visuals().dark_mode;
        let image = || holdable(ui.ctx(), inked(picture, dark));
        match self.0.get_mut(&key) {
            Some(held) => {
                if held.dark != dark || !is_held(held) {
                    held.texture.set(image(), PIXELS);
                    (held.picture, held.dark) = (picture.clone(), dark);
                }
                held.texture.id()
            }
            None => {
                let texture = ui.ctx().load_texture("picture", image(), PIXELS);
                let id = texture.id();
                self.0.insert(key, Held { picture: picture.clone(), dark, texture });
                id
            }
        }
    }

    /// Lets go of what is no longer shown.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, _| keep(key));
    }
}

/// A picture; a grey one in the ink of a theme.
pub fn inked(picture: &Picture, dark: bool) -> ColorImage {
    let picture = picture.within(MOST_SIDE);
    let pixels: Vec<Color32> = match picture.channels {
        1 => picture.pixels.iter().map(|&value| theme::ink(value, dark)).collect(),
        _ => picture.pixels.as_chunks::<3>().0.iter().map(|&[r, g, b]| Color32::from_rgb(r, g, b)).collect(),
    };
    ColorImage::new([picture.width, picture.height], pixels)
}

/// An image that the graphics card can hold: so many times smaller, each pixel the mean of those that it stands for.
pub fn holdable(ctx: &Context, image: ColorImage) -> ColorImage {
    let most = ctx.input(|input| input.max_texture_side).max(1);
    let [width, height] = image.size;
    let times = width.max(height).div_ceil(most);
    if times <= 1 {
        return image;
    }
    let size = [width.div_ceil(times), height.div_ceil(times)];
    let pixel = |i: usize| {
        let (left, top) = (i % size[0] * times, i / size[0] * times);
        let (right, bottom) = ((left + times).min(width), (top + times).min(height));
        let mut sums = [0u32; 4];
        for line in image.pixels[top * width..bottom * width].chunks_exact(width) {
            for color in &line[left..right] {
                sums.iter_mut().zip(color.to_array()).for_each(|(sum, v)| *sum += u32::from(v));
            }
        }
        let count = ((right - left) * (bottom - top)) as u32;
        let [r, g, b, a] = sums.map(|sum| ((sum + count / 2) / count) as u8);
        Color32::from_rgba_premultiplied(r, g, b, a)
    };
    ColorImage::new(size, (0..size[0] * size[1]).map(pixel).collect())
}

/// The size of pixels of a shape whose longer side is `side` points long.
pub fn fitted(width: usize, height: usize, side: f32) -> Vec2 {
    let size = vec2(width as f32, height as f32);
    size * (side / size.max_elem().max(1.0))
}

/// An image of a set.
pub fn picture_of(split: &Split, index: usize) -> Picture {
    let ImageShape { rows, cols, channels } = split.shape;
    Picture { width: cols, height: rows, channels, pixels: split.image(index).to_vec() }
}
