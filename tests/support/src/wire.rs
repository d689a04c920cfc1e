//! The wire formats that the fake speaks, and which one a request is in. A path decides, as at the
//! providers themselves.

use crate::read::{self, Reader};
use crate::write::{self, Writer};

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// OpenAI's Chat Completions, and whoever imitates it.
    Chat,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Google's `streamGenerateContent`.
    Gemini,
}

impl Wire {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Responses, Self::Messages, Self::Gemini];

    /// The format of a model call to this path; `None` for any other request.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default();
        let endings = [
            ("/chat/completions", Self::Chat),
            ("/responses", Self::Responses),
            ("/messages", Self::Messages),
            (":streamGenerateContent", Self::Gemini),
        ];
        let found = endings.iter().find(|(ending, _)| path.ends_with(ending));
        found.map(|(_, wire)| *wire)
    }

    /// Reads its requests.
    pub(crate) fn reader(self) -> &'static dyn Reader {
        match self {
            Self::Chat => &read::Chat,
            Self::Responses => &read::Responses,
            Self::Messages => &read::Messages,
            Self::Gemini => &read::Gemini,
        }
    }

    /// Writes its replies.
    pub(crate) fn writer(self) -> &'static dyn Writer {
        match self {
            Self::Chat => &write::Chat,
            Self::Responses => &write::Responses,
            Self::Messages => &write::Messages,
            Self::Gemini => &write::Gemini,
        }
    }
}
