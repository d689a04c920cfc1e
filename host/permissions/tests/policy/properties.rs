//! Random paths, links, `..` and case against the file system's own word.

use std::path::{Component, Path};

use crate::world::{self, World};
use permissions::Phase::{Coordination, Presentation};
use permissions::{Access, Guard};
use proptest::prelude::*;
use serde_json::{Value, json};

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just(String::new()),
        proptest::sample::select(vec![
            "w", "r", "c", "t", "o", "sub", "f", "link", "linkf", "hard", "loop", "dangling",
            "LINK", "W", "new", "x y", "é", "e\u{301}", ".git", "guarded", "~", "*",
        ])
        .prop_map(str::to_owned),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let start = proptest::sample::select(vec![
        "",
        "{W}/",
        "{R}/",
        "{C}/",
        "{O}/",
        "~/",
        "/",
        "file://{W}/",
        " ",
    ]);
    (start, proptest::collection::vec(part(), 0..7))
        .prop_map(|(start, parts)| format!("{start}{}", parts.join("/")))
}

/// The word of the file system: the deepest part that exists, made real, and the rest.
fn real(path: &Path) -> Option<std::path::PathBuf> {
    let existing = path
        .ancestors()
        .find(|above| above.symlink_metadata().is_ok())?;
    let rest = path.strip_prefix(existing).ok()?;
    Some(existing.canonicalize().ok()?.join(rest))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        path().prop_map(Value::from),
    ];
    let key = prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "path", "to", "source", "files", "command", "cwd", "args"
        ])
        .prop_map(str::to_owned)
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

thread_local! {
    static WORLD: World = World::new();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_may_be_written_lies_in_the_workspace_and_what_may_be_read_in_a_managed_path(texts in proptest::collection::vec(path(), 1..20)) {
        WORLD.with(|world| {
        let guard = world.policy.guard(Coordination);
        for text in texts {
            let text = world.fill(&text);
            let Ok(resolved) = guard.resolve(&text) else { continue };
            prop_assert!(resolved.is_absolute());
            prop_assert!(!resolved.components().any(|part| part == Component::ParentDir));
            prop_assert_eq!(real(&resolved), Some(resolved.clone()), "{}", text);
            let below = |names: &[&str]| names.iter().any(|name| resolved.starts_with(world.root.join(name)));
            if guard.check(&resolved, Access::Write).is_ok() {
                prop_assert!(below(&["w"]) && !below(&["w/guarded"]), "{}", text);
            }
            if guard.check(&resolved, Access::Read).is_ok() {
                prop_assert!(below(&["w", "r", "c", "t", "single/file"]), "{}", text);
            }
        }
            Ok(())
        })?;
    }

    #[test]
    fn a_call_that_is_allowed_touches_only_what_the_guard_allows(text in path(), tool in proptest::sample::select(vec!["write_file", "read_file", "move_file", "frobnicate", "delete"])) {
        WORLD.with(|world| {
        let arguments = json!({ "path": world.fill(&text) });
        let decision = world.policy.judge(&world::call(tool, &arguments), Coordination);
        let guard = world.policy.guard(Coordination);
        if decision.denied().is_none() {
            for touched in &decision.paths {
                let resolved = touched.resolved.clone().unwrap_or_default();
                prop_assert!(guard.check(&resolved, touched.access).is_ok());
            }
            // With spaces around it, also as it is without them.
            let readings = 1 + usize::from(text.trim() != text);
            prop_assert_eq!(decision.paths.len(), readings);
        }
            Ok(())
        })?;
    }

    #[test]
    fn a_command_that_is_allowed_wrote_only_where_the_guard_allows(verb in proptest::sample::select(vec!["touch", "cp f", "cat", "mytool", "cd sub && tee", "echo x >", "ln -s f", "dd of="]), text in path()) {
        WORLD.with(|world| {
        let text = world.fill(&text).replace('\'', "");
        let line = if verb.ends_with('=') { format!("{verb}'{text}'") } else { format!("{verb} '{text}'") };
        let decision = world.run(&line, Presentation);
        let guard = world.policy.guard(Presentation);
        if decision.denied().is_none() {
            for touched in &decision.paths {
                let resolved = touched.resolved.clone().unwrap_or_default();
                prop_assert!(guard.check(&resolved, touched.access).is_ok(), "{}", line);
            }
        }
            Ok(())
        })?;
    }

    #[test]
    fn nothing_makes_it_fail_and_the_same_question_has_the_same_answer(
        tool in prop_oneof![any::<String>(), Just("bash".to_owned()), Just("copy_files_batch".to_owned())],
        arguments in json_value(),
        line in "[a-z./~$`(){}|&;<>\"'\\\\ *\n-]{0,60}",
    ) {
        WORLD.with(|world| {
        for arguments in [arguments, json!({ "command": line })] {
            let call = world::call(&tool, &arguments);
            let decision = world.policy.judge(&call, Presentation);
            prop_assert_ne!(decision.rule, "internal");
            prop_assert_eq!(&decision, &world.policy.judge(&call, Presentation));
        }
            Ok(())
        })?;
    }
}
