//! The two exported statics of a plugin, found through its symbols and read from its bytes.

use massgen_plugin::metadata::{ABI_SYMBOL, AbiWords, META_SYMBOL};
use object::elf;
use object::read::elf::Sym;

use super::{Elf, Flaw};

/// Longest metadata text: 1 MiB.
const LONGEST_TEXT: u64 = 1 << 20;

/// What a plugin says of itself, as it stands in the file.
#[derive(Debug)]
pub(crate) struct Statics {
    pub(crate) words: AbiWords,
    /// The metadata's JSON text.
    pub(crate) text: String,
}

pub(super) fn read(elf: &Elf<'_>) -> Result<Statics, Flaw> {
    let words = symbol(elf, ABI_SYMBOL)?;
    let text = symbol(elf, META_SYMBOL)?;
    let words = AbiWords::parse(words).ok_or(Flaw::BadStatic(ABI_SYMBOL))?;
    let text = std::str::from_utf8(text).map_err(|_| Flaw::BadStatic(META_SYMBOL))?;
    Ok(Statics {
        words,
        text: text.to_owned(),
    })
}

/// The bytes of the exported static of this name.
fn symbol<'a>(elf: &Elf<'a>, name: &'static str) -> Result<&'a [u8], Flaw> {
    let table = elf
        .sections
        .symbols(elf.endian, elf.bytes, elf::SHT_DYNSYM)
        .map_err(Flaw::broken)?;
    let found = table.iter().find(|it| {
        let is_named = it
            .name(elf.endian, table.strings())
            .is_ok_and(|it| it == name.as_bytes());
        is_named && !it.is_undefined(elf.endian)
    });
    let found = found.ok_or(Flaw::NoStatic(name))?;
    let (address, size) = (found.st_value(elf.endian), found.st_size(elf.endian));
    let in_file = elf.at(address, size).filter(|_| size <= LONGEST_TEXT);
    in_file.ok_or(Flaw::BadStatic(name))
}
