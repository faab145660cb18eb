//! A rectangle of the screen or of a figure, and the part of a plane that it shows.

/// Opposite corners of a part of a plane: lower left and upper right.
pub type View = ([f32; 2], [f32; 2]);

/// Where a part of a plane is drawn. Pixels (or points of the screen) count to the right and down, the plane's second
/// coordinate up; both axes have one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    /// The lower left corner, in the plane.
    pub min: [f32; 2],
    /// The upper right corner, in the plane.
    pub max: [f32; 2],
}

impl Frame {
    /// A frame that shows `view` as large as it can with `margin` pixels around it.
    pub fn fitting([left, top]: [f32; 2], [width, height]: [f32; 2], (min, max): View, margin: f32) -> Self {
        let room = [width, height].map(|side| (side - 2.0 * margin).max(0.5 * side));
        let scale = [0, 1].map(|d| (max[d] - min[d]).max(1e-6) / room[d]);
        let half = [width, height].map(|side| 0.5 * scale[0].max(scale[1]) * side);
        let corner = |sign: f32| [0, 1].map(|d| 0.5 * (min[d] + max[d]) + sign * half[d]);
        Self { left, top, width, height, min: corner(-1.0), max: corner(1.0) }
    }

    /// Pixels to one unit of the plane.
    pub fn scale(&self) -> f32 {
        self.width / (self.max[0] - self.min[0])
    }

    /// Where a place of the plane is, in pixels.
    pub fn at(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        let share = [(x - self.min[0]) / (self.max[0] - self.min[0]), (self.max[1] - y) / (self.max[1] - self.min[1])];
        (self.left + share[0] * self.width, self.top + share[1] * self.height)
    }

    /// The place of the plane that is drawn at a pixel.
    pub fn place(&self, (x, y): (f32, f32)) -> [f32; 2] {
        let share = [(x - self.left) / self.width, (y - self.top) / self.height];
        [self.min[0] + share[0] * (self.max[0] - self.min[0]), self.max[1] - share[1] * (self.max[1] - self.min[1])]
    }

    /// Whether a place of the plane is in it.
    pub fn contains(&self, place: [f32; 2]) -> bool {
        (0..2).all(|d| (self.min[d]..=self.max[d]).contains(&place[d]))
    }

    /// Where a spot is, in pixels.
    pub fn locate(&self, spot: &Spot) -> (f32, f32) {
        let (x, y) = match spot.anchor {
            Anchor::Plane(place) => self.at(place),
            Anchor::Frame([across, down]) => (self.left + across * self.width, self.top + down * self.height),
        };
        (x + spot.offset[0], y + spot.offset[1])
    }
}

/// What a spot is held by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    /// A place of the plane.
    Plane([f32; 2]),
    /// Shares of the frame's width and height from its upper left corner: (1, 1) is the lower right one.
    Frame([f32; 2]),
}

/// Where something is drawn: so many pixels right of and below a place of the plane or of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub anchor: Anchor,
    pub offset: [f32; 2],
}

impl Spot {
    /// At a place of the plane.
    pub fn plane(place: [f32; 2]) -> Self {
        Self { anchor: Anchor::Plane(place), offset: [0.0; 2] }
    }

    /// At shares of the frame's width and height, from its upper left corner.
    pub fn frame(across: f32, down: f32) -> Self {
        Self { anchor: Anchor::Frame([across, down]), offset: [0.0; 2] }
    }

    /// So many pixels further right and down.
    pub fn moved(self, right: f32, down: f32) -> Self {
        Self { offset: [self.offset[0] + right, self.offset[1] + down], ..self }
    }
}
