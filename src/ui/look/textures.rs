//! Textures that are uploaded when their picture changes and never otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions, Ui};

use super::theme;
use crate::config::ImageShape;
use crate::data::Split;
use crate::explore::Picture;

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
                    texture.set(draw(), options);
                    *held = key;
                }
                texture.id()
            }
            none => none.insert((key, ctx.load_texture("drawn", draw(), options))).1.id(),
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
        let image = || inked(picture, dark);
        match self.0.get_mut(&key) {
            Some(held) => {
                if held.dark != dark || !is_held(held) {
                    held.texture.set(image(), TextureOptions::NEAREST);
                    (held.picture, held.dark) = (picture.clone(), dark);
                }
                held.texture.id()
            }
            None => {
                let texture = ui.ctx().load_texture("picture", image(), TextureOptions::NEAREST);
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
    let pixels: Vec<Color32> = match picture.channels {
        1 => picture.pixels.iter().map(|&value| theme::ink(value, dark)).collect(),
        _ => picture.pixels.as_chunks::<3>().0.iter().map(|&[r, g, b]| Color32::from_rgb(r, g, b)).collect(),
    };
    ColorImage::new([picture.width, picture.height], pixels)
}

/// An image of a set.
pub fn picture_of(split: &Split, index: usize) -> Picture {
    let ImageShape { rows, cols, channels } = split.shape;
    Picture { width: cols, height: rows, channels, pixels: split.image(index).to_vec() }
}
