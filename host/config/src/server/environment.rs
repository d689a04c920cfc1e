//! Variables that a configuration gives to a server (services §2.4).

use super::{EnvRules, Level, Wrong, check_length};
use crate::substitute::references;

const MAX_KEY: usize = 100;
const MAX_VALUE: usize = 1000;

/// They change which code a program loads, or lie about where it runs.
const DENIED: [&str; 5] = [
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONPATH",
    "PWD",
    "OLDPWD",
];

/// Refused at `strict` as well: a server has those of this process.
const DENIED_WHEN_STRICT: [&str; 5] = ["PATH", "HOME", "USER", "USERNAME", "SHELL"];

/// Whether a server may be given this variable with this value, as the file writes it.
pub(crate) fn check_variable(name: &str, value: &str, rules: &EnvRules) -> Result<(), Wrong> {
    check_key(name)?;
    check_permitted(name, rules)?;
    check_length(value, MAX_VALUE)?;
    check_value(value)
}

fn check_key(name: &str) -> Result<(), Wrong> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(Wrong::new("is not the name of a variable"));
    }
    check_length(name, MAX_KEY)
}

fn check_permitted(name: &str, rules: &EnvRules) -> Result<(), Wrong> {
    let name = name.to_uppercase();
    if rules.only_allowed {
        if rules.allowed.is_empty() || rules.allowed.contains(&name) {
            return Ok(());
        }
        let wrong = Wrong::new("is a variable that `security.env.allowed_vars` does not name");
        return Err(wrong.hint(format!("add {name} there, or leave the variable out")));
    }
    match &rules.denied {
        Some(denied) if denied.contains(&name) => Err(Wrong::new(
            "is a variable that `security.env.denied_vars` names",
        )),
        None if is_denied_by_default(&name, rules.level) => {
            let wrong = Wrong::new("is a variable that servers are not given");
            Err(wrong.hint(relax(&name)))
        }
        _ => Ok(()),
    }
}

fn is_denied_by_default(name: &str, level: Level) -> bool {
    DENIED.contains(&name) || (level == Level::Strict && DENIED_WHEN_STRICT.contains(&name))
}

fn relax(name: &str) -> String {
    let instead =
        "`security: {env: {denied_vars: []}}` gives this server every variable that `env` names";
    if DENIED_WHEN_STRICT.contains(&name) {
        format!(
            "servers have ours already; `security: {{env: {{level: moderate}}}}` allows another one, {instead}"
        )
    } else {
        instead.to_owned()
    }
}

fn check_value(value: &str) -> Result<(), Wrong> {
    let shell = ["$(", "`", "||", "&&", ";", "|"];
    if let Some(found) = shell.iter().find(|it| value.contains(**it)) {
        let wrong = Wrong::new(format!("must not contain `{found}`"));
        return Err(wrong.hint("put the value into a variable of your own and write ${ITS_NAME}"));
    }
    if value.contains('\0') {
        return Err(Wrong::new("must not contain a NUL character"));
    }
    let one = || {
        let names = references(value);
        names.len() == 1 && value.matches('$').count() == 1
    };
    if value.contains("${") && !one() {
        return Err(Wrong::new(
            "may refer to one variable, in capitals, and have no other `$`: ${NAME}",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str, rules: &EnvRules) -> bool {
        check_variable(name, value, rules).is_err()
    }

    fn at(level: Level) -> EnvRules {
        EnvRules {
            level,
            ..EnvRules::default()
        }
    }

    #[test]
    fn the_default_denylist_is_applied_by_level_and_in_any_case() {
        for name in DENIED {
            for level in Level::NAMES {
                assert!(refused(name, "x", &at(level.1)), "{name}");
            }
        }
        for name in DENIED_WHEN_STRICT {
            assert!(refused(name, "x", &at(Level::Strict)), "{name}");
            assert!(!refused(name, "x", &at(Level::Moderate)), "{name}");
        }
        assert!(refused("ld_library_path", "x", &at(Level::Permissive)));
        assert!(!refused("NOTION_TOKEN", "x", &at(Level::Strict)));
    }

    #[test]
    fn a_denylist_of_the_users_own_replaces_the_default_one() {
        let own = |denied: &[&str]| EnvRules {
            denied: Some(denied.iter().map(|it| (*it).to_owned()).collect()),
            ..EnvRules::default()
        };
        assert!(!refused("PATH", "x", &own(&[])));
        assert!(refused("token", "x", &own(&["TOKEN"])));
        assert!(!refused("PATH", "x", &own(&["TOKEN"])));
    }

    #[test]
    fn an_allowlist_decides_alone_and_an_empty_one_allows_everything() {
        let only = |allowed: &[&str]| EnvRules {
            only_allowed: true,
            allowed: allowed.iter().map(|it| (*it).to_owned()).collect(),
            ..EnvRules::default()
        };
        assert!(!refused("path", "x", &only(&["PATH"])));
        assert!(refused("HOME", "x", &only(&["PATH"])));
        assert!(!refused("PATH", "x", &only(&[])));
    }

    #[test]
    fn a_value_is_plain_text_with_at_most_one_variable() {
        let rules = EnvRules::default();
        for good in [
            "",
            "plain",
            "a-${X}-b",
            "${A_1}",
            "costs $5",
            "$X",
            "a&b",
            "a>b",
            &"x".repeat(1000),
        ] {
            assert_eq!(check_variable("K", good, &rules), Ok(()), "{good}");
        }
        for bad in [
            "$(id)",
            "`id`",
            "a||b",
            "a&&b",
            "a;b",
            "a|b",
            "${A}${B}",
            "${A} $5",
            "$${A}",
            "${a}",
            "${}",
            "${A",
            "${A:-b}",
            "a\0",
            &"é".repeat(1001),
        ] {
            assert!(refused("K", bad, &rules), "{bad}");
        }
        for name in ["", "A=B", "A\0", &"N".repeat(101)] {
            assert!(refused(name, "x", &rules), "{name:?}");
        }
        assert!(!refused(&"N".repeat(100), "x", &rules));
    }
}
