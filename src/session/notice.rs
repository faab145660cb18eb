//! What is said to the person.

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
    /// What can be done about it.
    pub offer: Option<NoticeOffer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeOffer {
    /// Bring the runs back that others have taken the place of.
    BringBack,
}

impl Notice {
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true, offer: None }
    }

    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false, offer: None }
    }
}
