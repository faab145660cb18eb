//! What stands around the panes and tabs: toolbar, side panel, timeline, palette, notices, questions, the hint.

mod commands;
mod data_menu;
mod dialogs;
mod figure_menu;
mod new_run;
mod palette;
mod side;
mod timeline;
mod toolbar;
mod weights;

pub use commands::all as commands;
pub use dialogs::{confirmation, hint, notice};
pub use new_run::show as new_run;
pub use palette::{Outcome, Palette};
pub use timeline::show as timeline;
pub use toolbar::{Toolbar, show as toolbar};

pub use side::show as side;
