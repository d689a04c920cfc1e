//! The installed store: only what the lock file agrees to, and only unchanged.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use loader::{AbiReport, Hash, ListReport};
use serde_json::{Value, json};

use crate::scratch::{Scratch, library, posing};

const STORE: &str = "data/massgen/plugins";

/// A store with one installed plugin, acme/echo 1.2.3.
struct Store {
    scratch: Scratch,
    library: PathBuf,
}

impl Store {
    fn new() -> Self {
        let scratch = Scratch::new();
        let path = format!("{STORE}/acme/echo/1.2.3/lib/{}", library("echo"));
        let library = scratch.compile(&path, &posing("echo", ""), &[]);
        let store = Self { scratch, library };
        store.package(|_| ());
        store.lock(|_| ());
        store
    }

    fn hash(&self) -> String {
        Hash::of(&fs::read(&self.library).expect("bytes")).to_string()
    }

    /// Writes `plugin.toml` after a change.
    fn package(&self, change: impl FnOnce(&mut String)) {
        let abi = AbiReport::of_this_host();
        let mut text = format!(
            "format = 1\nname = \"acme/echo\"\nversion = \"1.2.3\"\ntarget = \"{}\"\n\
             library = \"lib/{}\"\nsha256 = \"{}\"\nhost = \">=0.1\"\n\
             abi = {{ family = \"{}\", major = {}, minor = {} }}\n\
             provides = {{ backends = [\"echo\"] }}\n",
            abi.target,
            library("echo"),
            self.hash(),
            abi.family,
            abi.supported[0].major,
            abi.supported[0].to_minor,
        );
        change(&mut text);
        self.scratch
            .write(&format!("{STORE}/acme/echo/1.2.3/plugin.toml"), text);
    }

    /// Writes `plugins.lock.json` after a change of its entry.
    fn lock(&self, change: impl FnOnce(&mut Value)) {
        let target = AbiReport::of_this_host().target;
        let mut entry = json!({
            "name": "acme/echo", "version": "1.2.3", "hashes": { target: self.hash() },
        });
        change(&mut entry);
        let lock = json!({ "format": 1, "plugins": [entry] });
        self.scratch
            .write(&format!("{STORE}/plugins.lock.json"), lock.to_string());
    }

    fn check(&self, expected: Expect) {
        let report = ListReport::new(&self.scratch.catalog(&[]), None);
        let mut text = String::new();
        for row in report.plugins {
            let line = |it: Option<String>| it.unwrap_or_default();
            match row.code {
                None => text += &format!("{} {}", line(row.name), row.trust.expect("trust")),
                Some(code) => {
                    text += &format!("{code} {}: {}", row.file.display(), line(row.problem));
                    text += &format!("\nhint: {}", line(row.hint));
                }
            }
        }
        let hash = Hash::of(&fs::read(&self.library).expect("bytes")).short();
        expected.assert_eq(&self.scratch.shown(&text).replace(&hash, "HASH"));
    }
}

#[test]
fn a_plugin_of_the_lock_is_pinned() {
    Store::new().check(expect!["echo pinned"]);
}

#[test]
fn a_plugin_without_an_entry_is_unknown() {
    let store = Store::new();
    store.lock(|entry| entry["version"] = json!("1.2.4"));
    store.check(expect![[r#"
        E-PLUG-UNMANAGED ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: nobody vouches for it: its hash is neither shipped nor in the lock file
        hint: `massgen plugin install` puts it into the lock file"#]]);
}

#[test]
fn a_changed_library_is_tampered_with() {
    let store = Store::new();
    let target = AbiReport::of_this_host().target;
    store.lock(|entry| entry["hashes"][target] = json!("0".repeat(64)));
    store.check(expect![[r#"
        E-PLUG-TAMPERED ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: differs from the lock: expected 000000000000, found HASH
        hint: `massgen plugin install acme/echo@1.2.3` restores it"#]]);
}

#[test]
fn a_withdrawn_plugin_is_off() {
    let store = Store::new();
    store.lock(|entry| entry["withdrawn"] = json!("steals keys"));
    store.check(expect![[r#"
        E-PLUG-WITHDRAWN ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: acme/echo 1.2.3 was withdrawn: steals keys
        hint: update or remove the plugin"#]]);
}

#[test]
fn a_signature_that_nobody_can_check_counts_against_it() {
    let store = Store::new();
    store.lock(|entry| entry["key"] = json!("A7F0"));
    store.check(expect![[r#"
        E-PLUG-SIG ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: is signed by key A7F0, and this massgen checks no signatures yet
        hint: update massgen"#]]);
}

#[test]
fn a_lock_file_that_cannot_be_read_vouches_for_nothing() {
    let store = Store::new();
    store
        .scratch
        .write(&format!("{STORE}/plugins.lock.json"), "{");
    store.check(expect![[r#"
        E-PLUG-UNMANAGED ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: nobody can vouch for it: ~/data/massgen/plugins/plugins.lock.json: EOF while parsing an object at line 1 column 1
        hint: repair or remove the lock file"#]]);
}

#[test]
fn the_package_and_its_library_must_agree() {
    let store = Store::new();
    let change = |from: &str, to: &str, expected: Expect| {
        store.package(|text| *text = text.replace(from, to));
        store.check(expected);
    };
    change(
        "acme/echo\"\nversion",
        "acme/other\"\nversion",
        expect![[r#"
            E-PLUG-UNMANAGED ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: nobody vouches for it: its hash is neither shipped nor in the lock file
            hint: `massgen plugin install` puts it into the lock file"#]],
    );
    change(
        "backends = [\"echo\"]",
        "backends = []",
        expect![[r#"
        E-PLUG-INSPECT ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: differs from its plugin.toml in `provides.backends`
        hint: `massgen plugin install` the plugin again"#]],
    );
    change(
        "minor = ",
        "minor = 9",
        expect![[r#"
        E-PLUG-INSPECT ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: differs from its plugin.toml in `abi.minor`
        hint: `massgen plugin install` the plugin again"#]],
    );
    change(
        ">=0.1",
        ">=99",
        expect![[r#"
        E-PLUG-ABI ~/data/massgen/plugins/acme/echo/1.2.3/lib/libmassgen_backend_echo.so: is for massgen >=99, this is 0.1.0
        hint: update massgen or the plugin"#]],
    );
    change(
        "lib/",
        "../lib/",
        expect![[r#"
        E-PLUG-INSPECT ~/data/massgen/plugins/acme/echo/1.2.3/plugin.toml: its `library` leads out of the package
        hint: `massgen plugin install` the plugin again"#]],
    );
    change(
        "format = 1",
        "format = 2",
        expect![[r#"
        E-PLUG-INSPECT ~/data/massgen/plugins/acme/echo/1.2.3/plugin.toml: has format 2, not 1
        hint: `massgen plugin install` the plugin again"#]],
    );
    change(
        "format = 1",
        "format =",
        expect![[r#"
        E-PLUG-INSPECT ~/data/massgen/plugins/acme/echo/1.2.3/plugin.toml: string values must be quoted, expected literal string
        hint: `massgen plugin install` the plugin again"#]],
    );
}

#[test]
fn a_locked_hash_vouches_for_a_bare_library_too() {
    let mut store = Store::new();
    let copy = format!("variable/{}", library("echo"));
    let bytes = fs::read(&store.library).expect("bytes");
    let copy = store.scratch.write(&copy, bytes);
    store.scratch.environment.plugin_dir = copy.parent().map(Into::into);
    let catalog = store.scratch.catalog(&[]);
    let winner = catalog.find("echo").expect("found");
    assert_eq!((&winner.path, winner.trust), (&copy, loader::Trust::Pinned));
}
