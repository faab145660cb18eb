//! A picture as a figure: with a title and a caption.

use std::sync::Arc;

use super::FigureOptions;
use super::frame::{Frame, Spot};
use super::kind::FigureError;
use super::marks::{Mark, Marks};
use super::page::{BOTTOM, LEFT, Page, RIGHT, TOP};
use super::raster::Raster;
use crate::explore::Picture;

/// As SVG.
pub fn framed_picture(title: &str, picture: Picture, options: &FigureOptions) -> Result<String, FigureError> {
    let mut page = Page::new(options, &[]);
    let size = [options.width as f32 - LEFT - RIGHT, page.bottom - TOP - BOTTOM].map(|side| side.max(20.0));
    let bounds = ([0.0; 2], [picture.width as f32, picture.height as f32]);
    let frame = Frame::fitting([LEFT, TOP], size, bounds, 0.0);
    let corners = [Spot::plane(bounds.0), Spot::plane(bounds.1)];
    let raster = Mark::Raster { corners, image: Arc::new(Raster::from(picture)), smooth: false, opacity: 1.0 };
    page.framed(title, &Marks { inside: vec![raster], around: Vec::new() }, &frame);
    page.finish()
}
