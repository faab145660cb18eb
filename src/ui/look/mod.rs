//! What the window looks like: colours, spacing, small controls, textures, plots. Knows nothing of tabs, panes or planes.

pub mod chart;
pub mod textures;
pub mod theme;
pub mod widgets;
