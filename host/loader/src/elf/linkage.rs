//! What loading a library would drag in, and what it would allow.

use object::elf;
use object::read::elf::{Dynamic, ProgramHeader};

use super::{Elf, Flaw};
use crate::platform;

pub(super) fn check(elf: &Elf<'_>, glibc: Option<(u32, u32)>) -> Result<(), Flaw> {
    let table = elf
        .sections
        .dynamic_table(elf.endian, elf.bytes)
        .map_err(Flaw::broken)?;
    for entry in table.iter() {
        check_flags(&entry)?;
        if entry.tag == elf::DT_NEEDED {
            check_needed(table.string(entry).map_err(Flaw::broken)?)?;
        }
    }
    check_stack(elf)?;
    check_glibc(elf, glibc)
}

fn check_flags(entry: &Dynamic) -> Result<(), Flaw> {
    match entry.tag {
        elf::DT_RPATH => Err(Flaw::SearchPath("RPATH")),
        elf::DT_RUNPATH => Err(Flaw::SearchPath("RUNPATH")),
        elf::DT_TEXTREL => Err(Flaw::TextRelocations),
        elf::DT_FLAGS if entry.val & elf::DF_TEXTREL.0 != 0 => Err(Flaw::TextRelocations),
        _ => Ok(()),
    }
}

fn check_needed(name: &[u8]) -> Result<(), Flaw> {
    let name = String::from_utf8_lossy(name);
    if platform::may_need(&name) {
        return Ok(());
    }
    Err(Flaw::Needs(name.into_owned()))
}

/// Without a word about its stack, a library gets an executable one.
fn check_stack(elf: &Elf<'_>) -> Result<(), Flaw> {
    let mut stacks = elf.of_type(elf::PT_GNU_STACK).peekable();
    let is_silent = stacks.peek().is_none();
    if is_silent || stacks.any(|it| it.p_flags(elf.endian).contains(elf::PF_X)) {
        return Err(Flaw::ExecutableStack);
    }
    Ok(())
}

fn check_glibc(elf: &Elf<'_>, has: Option<(u32, u32)>) -> Result<(), Flaw> {
    match highest_glibc(elf).map_err(Flaw::broken)? {
        Some(needs) if has.is_none_or(|has| needs > has) => Err(Flaw::Glibc { needs, has }),
        _ => Ok(()),
    }
}

/// The highest `GLIBC_x.y` among the versions it needs.
fn highest_glibc(elf: &Elf<'_>) -> object::read::Result<Option<(u32, u32)>> {
    let Some((mut files, link)) = elf.sections.gnu_verneed(elf.endian, elf.bytes)? else {
        return Ok(None);
    };
    let strings = elf.sections.strings(elf.endian, elf.bytes, link)?;
    let mut highest = None;
    while let Some((_, mut versions)) = files.next()? {
        while let Some(version) = versions.next()? {
            highest = highest.max(glibc_number(version.name(elf.endian, strings)?));
        }
    }
    Ok(highest)
}

/// `GLIBC_2.34` as (2, 34). A private version is never an older one.
fn glibc_number(name: &[u8]) -> Option<(u32, u32)> {
    let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = version.split('.').map(|it| it.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(Some(major)), Some(Some(minor))) => Some((major, minor)),
        _ => Some((u32::MAX, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glibc_versions_compare_by_number() {
        let number = |name: &str| glibc_number(name.as_bytes());
        assert!(number("GLIBC_2.34") > number("GLIBC_2.4"));
        assert_eq!(number("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(number("GCC_3.0"), None);
        assert_eq!(number("GLIBC_PRIVATE"), Some((u32::MAX, 0)));
    }
}
