//! Arbitrary bytes: nothing here panics, and what was damaged is refused or still a library.

use std::process::Command;
use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// A real library with both statics and a need for a versioned symbol.
fn real() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("a.c"), folder.path().join("a.so"));
        let source = "#include <stdio.h>\n\
            const char MASSGEN_PLUGIN_ABI[48] = \"MGPLUGINmassgen-backend\";\n\
            const char MASSGEN_PLUGIN_META[2] = \"{}\";\n\
            void say(void) { puts(\"said\"); }\n";
        std::fs::write(&from, source).expect("written");
        let mut cc = Command::new("cc");
        let status = cc
            .args(["-shared", "-fPIC", "-o"])
            .args([&to, &from])
            .status();
        assert!(status.expect("a C compiler").success());
        std::fs::read(to).expect("its bytes")
    })
}

fn read(bytes: &[u8]) -> Result<Statics, Flaw> {
    let elf = Elf::parse(bytes)?;
    elf.check_linkage(Some((2, 17)))?;
    elf.statics()
}

/// Numbers that break sums and comparisons.
fn hostile() -> impl Strategy<Value = u64> {
    let edges = vec![
        0,
        1,
        7,
        u64::MAX,
        u64::MAX - 7,
        1 << 63,
        1 << 32,
        u64::from(u32::MAX),
    ];
    prop_oneof![select(edges), any::<u64>(), 0..65_536_u64]
}

#[test]
fn the_real_library_is_read() {
    let statics = read(real()).expect("a library");
    assert_eq!((statics.text.as_str(), statics.words.major), ("{}", 0));
    let elf = Elf::parse(real()).expect("a library");
    assert!(matches!(
        elf.check_linkage(None),
        Err(Flaw::Glibc { has: None, .. })
    ));
    assert!(matches!(
        elf.check_linkage(Some((2, 1))),
        Err(Flaw::Glibc { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn bytes_without_meaning_are_refused(bytes in vec(any::<u8>(), 0..512)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn a_header_before_bytes_without_meaning_is_refused(rest in vec(any::<u8>(), 0..512)) {
        let bytes = [&real()[..20], &rest].concat();
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn damaged_numbers_never_panic(
        damage in vec((any::<prop::sample::Index>(), hostile()), 1..8),
        in_header in any::<bool>(),
    ) {
        let mut bytes = real().to_vec();
        for (place, number) in damage {
            // Half of the cases hit the header and the segment table, where it hurts most.
            let places = if in_header { 1024 } else { bytes.len() - 8 };
            let at = place.index(places) & !3;
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let _ = read(&bytes);
    }

    #[test]
    fn damaged_tables_never_panic(
        damage in vec((any::<prop::sample::Index>(), 0..8_usize, hostile()), 1..4),
    ) {
        let mut bytes = real().to_vec();
        let table = u64::from_le_bytes(bytes[40..48].try_into().expect("8 bytes")) as usize;
        for (section, field, number) in damage {
            let at = table + section.index((bytes.len() - table) / 64) * 64 + field * 8;
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let _ = read(&bytes);
    }

    #[test]
    fn a_cut_library_is_refused(end in any::<prop::sample::Index>()) {
        prop_assert!(read(&real()[..end.index(real().len())]).is_err());
    }
}
