//! Backend plugin: OpenAI Responses.
