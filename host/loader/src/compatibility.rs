//! Check 9: family, major, needed minor, unwinding. Both versions are named, and who must act.

use std::path::Path;

use massgen_plugin::metadata::{ABI_MAJOR, ABI_MINOR, AbiWords, FAMILY};
use semver::{Version, VersionReq};

use crate::refusal::{Code, Refusal};

/// Compares the plugin's words with this host.
pub(crate) fn check(path: &Path, words: &AbiWords) -> Result<(), Refusal> {
    match flaw(words) {
        Some((what, hint)) => Err(Refusal::new(Code::Abi, path, what, hint)),
        None => Ok(()),
    }
}

fn flaw(words: &AbiWords) -> Option<(String, String)> {
    let (family, major, minor) = (words.family_name(), words.major, words.minor);
    let ours = format!("this massgen speaks {FAMILY} {}", supported());
    let rebuild = format!("its author must build it with massgen-plugin of ABI {ABI_MAJOR}");
    if family != FAMILY {
        let hint = "it is a plugin for something else: remove it from the plugin folder";
        return Some((
            format!("speaks ABI {family} {major}.{minor}, {ours}"),
            hint.into(),
        ));
    }
    if major != ABI_MAJOR {
        let hint = match major > ABI_MAJOR {
            true => format!("update massgen to one that speaks ABI {major}, or {rebuild}"),
            false => rebuild,
        };
        return Some((format!("speaks ABI {family} {major}.{minor}, {ours}"), hint));
    }
    if words.needs_minor > ABI_MINOR {
        let needed = words.needs_minor;
        let what = format!("needs ABI {family} {major}.{needed}, {ours}");
        return Some((what, "update massgen".into()));
    }
    if !words.unwinds() {
        let what = "is built with `panic = \"abort\"`: its first panic would end massgen";
        let hint = "its author must remove `panic = \"abort\"` from the profile and build it again";
        return Some((
            format!("{what} (ABI {family} {major}.{minor}, {ours})"),
            hint.into(),
        ));
    }
    None
}

/// The versions this host speaks, as they are printed.
fn supported() -> String {
    match ABI_MINOR {
        0 => format!("{ABI_MAJOR}.0"),
        _ => format!("{ABI_MAJOR}.0 to {ABI_MAJOR}.{ABI_MINOR}"),
    }
}

/// The range of massgen versions that an installed package states.
pub(crate) fn check_host(path: &Path, range: &VersionReq) -> Result<(), Refusal> {
    let ours = env!("CARGO_PKG_VERSION");
    if Version::parse(ours).is_ok_and(|it| range.matches(&it)) {
        return Ok(());
    }
    let what = format!("is for massgen {range}, this is {ours}");
    Err(Refusal::new(
        Code::Abi,
        path,
        what,
        "update massgen or the plugin",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use massgen_plugin::metadata::FLAG_UNWINDS;

    fn check(change: impl FnOnce(&mut AbiWords), expected: Expect) {
        let mut words = AbiWords::of_this_build(0);
        words.flags = FLAG_UNWINDS;
        change(&mut words);
        let text = super::check(Path::new("x.so"), &words).map_or_else(
            |refusal| format!("{refusal}\nhint: {}", refusal.hint),
            |()| "fits".into(),
        );
        expected.assert_eq(&text);
    }

    #[test]
    fn an_older_and_a_newer_minor_fit_when_they_need_nothing_new() {
        check(|it| it.minor = 0, expect!["fits"]);
        check(|it| it.minor = 999, expect!["fits"]);
        check(|it| it.needs_minor = ABI_MINOR, expect!["fits"]);
    }

    #[test]
    fn a_refusal_names_both_versions_and_who_must_act() {
        check(
            |it| it.major = 2,
            expect![[r#"
                E-PLUG-ABI: x.so: speaks ABI massgen-backend 2.3, this massgen speaks massgen-backend 1.0 to 1.3
                hint: update massgen to one that speaks ABI 2, or its author must build it with massgen-plugin of ABI 1"#]],
        );
        check(
            |it| it.major = 0,
            expect![[r#"
                E-PLUG-ABI: x.so: speaks ABI massgen-backend 0.3, this massgen speaks massgen-backend 1.0 to 1.3
                hint: its author must build it with massgen-plugin of ABI 1"#]],
        );
        check(
            |it| it.needs_minor = 999,
            expect![[r#"
                E-PLUG-ABI: x.so: needs ABI massgen-backend 1.999, this massgen speaks massgen-backend 1.0 to 1.3
                hint: update massgen"#]],
        );
        check(
            |it| it.family[8] = b'x',
            expect![[r#"
                E-PLUG-ABI: x.so: speaks ABI massgen-xackend 1.3, this massgen speaks massgen-backend 1.0 to 1.3
                hint: it is a plugin for something else: remove it from the plugin folder"#]],
        );
        check(
            |it| it.flags = 0,
            expect![[r#"
                E-PLUG-ABI: x.so: is built with `panic = "abort"`: its first panic would end massgen (ABI massgen-backend 1.3, this massgen speaks massgen-backend 1.0 to 1.3)
                hint: its author must remove `panic = "abort"` from the profile and build it again"#]],
        );
    }
}
