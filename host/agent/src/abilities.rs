//! What the model behind a backend can take, and a conversation as it can take it.
//!
//! The conversation itself is never changed for it: whoever goes on with it, a model that can see
//! pictures or call tools, finds it whole. The same conversation gives the same bytes each time.

use massgen_plugin::chat::{Part, Tool, Turn};

use crate::{NameRule, prompt};

/// What a model can take. The default is everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Abilities {
    /// Whether it can be offered function tools. Where it cannot, tools are described in words and
    /// calls are read from its text (spec backends §1.3).
    pub function_tools: bool,
    /// Whether it can be shown pictures. Where it cannot, a text says that there was one.
    pub images: bool,
    /// Which names of tools its provider admits.
    pub names: NameRule,
}

impl Default for Abilities {
    fn default() -> Self {
        Self {
            function_tools: true,
            images: true,
            names: NameRule::default(),
        }
    }
}

impl Abilities {
    /// The tools to be offered to it.
    pub(crate) fn tools(&self, tools: &[Tool]) -> Vec<Tool> {
        let offered = tools.iter().filter(|_| self.function_tools);
        let renamed = offered.map(|tool| Tool {
            name: self.names.admitted(&tool.name),
            ..tool.clone()
        });
        renamed.collect()
    }

    /// The conversation as it is sent.
    pub(crate) fn turns(&self, turns: &[Turn]) -> Vec<Turn> {
        let turn = |turn: &Turn| Turn {
            parts: self.parts(&turn.parts),
            ..turn.clone()
        };
        turns.iter().map(turn).collect()
    }

    fn parts(&self, parts: &[Part]) -> Vec<Part> {
        let numbered = parts.iter().enumerate();
        numbered.map(|(at, part)| self.part(at, part)).collect()
    }

    fn part(&self, at: usize, part: &Part) -> Part {
        match part {
            Part::Image(image) if !self.images => {
                let line = if at > 0 { "\n" } else { "" };
                Part::text(format!("{line}{}", prompt::no_picture(&image.mime)))
            }
            Part::ToolCall {
                id,
                name,
                arguments,
            } => Part::ToolCall {
                id: id.clone(),
                name: self.names.admitted(name),
                arguments: arguments.clone(),
            },
            Part::ToolResult {
                call_id,
                name,
                parts,
                is_error,
            } => Part::ToolResult {
                call_id: call_id.clone(),
                name: self.names.admitted(name),
                parts: self.parts(parts),
                is_error: *is_error,
            },
            other => other.clone(),
        }
    }

    /// The tool that a model means by a name which it was given.
    pub(crate) fn meant<'a>(&self, given: &str, tools: &'a [Tool]) -> Option<&'a str> {
        let names = tools.iter().map(|tool| tool.name.as_str());
        let mut renamed = names.filter(|name| !self.names.admits(name));
        renamed.find(|name| self.names.admitted(name) == given)
    }
}

#[cfg(test)]
mod tests {
    use massgen_plugin::chat::{Image, Opaque, Origin, Role};
    use serde_json::json;

    use super::*;

    fn picture() -> Part {
        Part::Image(Image {
            mime: "image/png".into(),
            data: Some("AAAA".into()),
            url: None,
        })
    }

    /// What another provider's agent said, with everything that a turn can hold.
    fn history() -> Vec<Turn> {
        let opaque = Opaque {
            provider: "claude".into(),
            value: json!({"signature": "s"}),
        };
        let said = vec![
            Part::Reasoning {
                text: "hm".into(),
                opaque: Some(opaque.clone()),
            },
            Part::text("I look."),
            Part::ServerTool { opaque },
            Part::ToolCall {
                id: "c1".into(),
                name: "mcp__camera__take.picture".into(),
                arguments: json!({"of": "sky"}),
            },
        ];
        let result = Part::ToolResult {
            call_id: "c1".into(),
            name: "mcp__camera__take.picture".into(),
            parts: vec![Part::text("here:"), picture()],
            is_error: false,
        };
        let turn = |role, parts| Turn {
            role,
            parts,
            origin: Some(Origin {
                provider: "claude".into(),
                model: "m".into(),
            }),
        };
        vec![
            turn(Role::User, vec![picture(), Part::text("what?")]),
            turn(Role::Assistant, said),
            turn(Role::Tool, vec![result]),
        ]
    }

    #[test]
    fn a_model_that_takes_everything_gets_what_another_provider_said_as_it_is() {
        let names = NameRule::new(64, "[A-Za-z0-9_.-]+");
        let all = Abilities {
            names,
            ..Abilities::default()
        };
        assert_eq!(all.turns(&history()), history());
    }

    #[test]
    fn pictures_and_names_are_replaced_where_a_model_cannot_take_them_and_nothing_else_is() {
        let blind = Abilities {
            images: false,
            ..Abilities::default()
        };
        let turns = blind.turns(&history());
        let place = "[A picture (image/png) stood here; this model cannot be shown pictures.]";
        assert_eq!(turns[0].parts, [Part::text(place), Part::text("what?")]);
        assert_eq!(turns[1].parts[..3], history()[1].parts[..3]);
        let Part::ToolCall { name: called, .. } = &turns[1].parts[3] else {
            panic!("{turns:?}")
        };
        let Part::ToolResult { name, parts, .. } = &turns[2].parts[0] else {
            panic!("{turns:?}")
        };
        assert_eq!(called, name);
        assert!(blind.names.admits(name), "{name}");
        let line = format!("\n{place}");
        assert_eq!(*parts, [Part::text("here:"), Part::text(line)]);
        assert_eq!(turns, blind.turns(&history()), "the same bytes each time");
    }
}
