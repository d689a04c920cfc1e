//! Backend type `openai`: OpenAI, through its Responses interface.
//!
//! The dialect is `responses-dialect`; here stands only what OpenAI alone does. Deliberately no
//! request of any kind besides the reply's: no files, no containers, no stored conversations.

use responses_dialect::{Kind, Quirks, Responses, SystemForm};

/// OpenAI.
pub struct OpenAi;

impl Kind for OpenAi {
    /// Models before the `o` series and GPT-5 have no reasoning to ask for.
    const QUIRKS: Quirks = Quirks {
        system: SystemForm::Instructions,
        container: true,
        without_reasoning: &["gpt-3.5", "gpt-4", "chatgpt-4o"],
    };
}

massgen_plugin::export!(Responses<OpenAi>);

#[cfg(test)]
mod tests;
