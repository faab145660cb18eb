//! What stands around the panes and tabs: toolbar, side panel, timeline, palette, notices, questions, the hint.

mod commands;
mod dialogs;
mod figure_menu;
mod palette;
mod side;
mod timeline;
mod toolbar;

pub use commands::all as commands;
pub use dialogs::{confirmation, hint, notice};
pub use palette::{Outcome, Palette};
pub use timeline::show as timeline;
pub use toolbar::{Toolbar, show as toolbar};

pub use side::show as side;
