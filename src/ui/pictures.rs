//! The pictures of a pane: what was decoded for it, as textures.

use std::sync::Arc;

use egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use super::theme;
use crate::config::Code;
use crate::engine::Ask;
use crate::explore::Picture;
use crate::model::Checkpoint;

/// A texture that is drawn anew when its key changes and never otherwise.
pub struct KeyedTexture<K>(Option<(K, TextureHandle)>);

impl<K> Default for KeyedTexture<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq> KeyedTexture<K> {
    pub fn get(&mut self, ctx: &Context, key: K, draw: impl FnOnce() -> ColorImage) -> TextureId {
        match &mut self.0 {
            Some((held, texture)) => {
                if *held != key {
                    texture.set(draw(), TextureOptions::NEAREST);
                    *held = key;
                }
                texture.id()
            }
            none => none.insert((key, ctx.load_texture("drawn", draw(), TextureOptions::NEAREST))).1.id(),
        }
    }
}

/// The pictures of a pane, and what of each was asked for last.
#[derive(Default)]
pub struct Pictures {
    cursor: Shown,
    strip: Shown,
    samples: Shown,
    manifold: Shown,
}

/// A picture on the screen and the wish it answers.
#[derive(Default)]
pub struct Shown {
    asked: Option<(Ask, Arc<Checkpoint>)>,
    picture: Picture,
    pub answers: Option<Ask>,
    texture: Option<(TextureHandle, bool)>,
}

impl Pictures {
    fn shown(&mut self, ask: &Ask) -> &mut Shown {
        match ask {
            Ask::Cursor(_) => &mut self.cursor,
            Ask::Strip(_) => &mut self.strip,
            Ask::Samples { .. } => &mut self.samples,
            Ask::Manifold { .. } => &mut self.manifold,
        }
    }

    /// Whether `ask` is still to be asked of `checkpoint`; notes it as asked.
    pub fn lacks(&mut self, ask: &Ask, checkpoint: &Arc<Checkpoint>) -> bool {
        let shown = self.shown(ask);
        let has = shown.asked.as_ref().is_some_and(|(old, of)| old == ask && Arc::ptr_eq(of, checkpoint));
        if !has {
            shown.asked = Some((ask.clone(), checkpoint.clone()));
        }
        !has
    }

    pub fn receive(&mut self, ctx: &Context, ask: Ask, picture: Picture) {
        let shown = self.shown(&ask);
        shown.picture = picture;
        shown.answers = Some(ask);
        shown.upload(ctx);
    }

    pub fn strip(&self) -> Option<&Picture> {
        self.strip.answers.as_ref().map(|_| &self.strip.picture)
    }

    pub fn samples(&self) -> Option<&Picture> {
        self.samples.answers.as_ref().map(|_| &self.samples.picture)
    }

    pub fn samples_texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        self.samples.texture(ctx)
    }

    pub fn strip_texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        self.strip.texture(ctx)
    }

    pub fn has_manifold(&self) -> bool {
        self.manifold.answers.is_some()
    }

    /// The manifold and the corners of what it covers.
    pub fn manifold(&mut self, ctx: &Context) -> Option<(&TextureHandle, Code, Code)> {
        let Some(Ask::Manifold { min, max, .. }) = self.manifold.answers else { return None };
        self.manifold.texture(ctx).map(|texture| (texture, min, max))
    }

    /// The picture decoded at the cursor.
    pub fn at_cursor(&self) -> Option<&Picture> {
        self.cursor.answers.as_ref().map(|_| &self.cursor.picture)
    }

    pub fn cursor_texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        self.cursor.texture(ctx)
    }
}

impl Shown {
    /// The texture, in the ink of the current theme.
    fn texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        let dark = ctx.global_style().visuals.dark_mode;
        if self.texture.as_ref().is_some_and(|(_, inked)| *inked != dark) {
            self.upload(ctx);
        }
        self.texture.as_ref().map(|(texture, _)| texture)
    }

    fn upload(&mut self, ctx: &Context) {
        let dark = ctx.global_style().visuals.dark_mode;
        let image = inked(&self.picture.pixels, self.picture.width, self.picture.height, dark);
        match &mut self.texture {
            Some((texture, inked)) => {
                texture.set(image, TextureOptions::NEAREST);
                *inked = dark;
            }
            none => *none = Some((ctx.load_texture("picture", image, TextureOptions::NEAREST), dark)),
        }
    }
}

/// A grey picture in the ink of a theme.
pub fn inked(pixels: &[u8], width: usize, height: usize, dark: bool) -> ColorImage {
    let pixels: Vec<Color32> = pixels.iter().map(|&value| theme::ink(value, dark)).collect();
    ColorImage::new([width, height], pixels)
}
