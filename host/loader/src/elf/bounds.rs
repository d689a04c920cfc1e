//! Whether every table, segment and section lies inside the file.

use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, read};

use super::{Elf, Flaw, Header};

/// The header's own tables, before they are read.
pub(super) fn check_tables(header: &Header, endian: Endianness, bytes: &[u8]) -> Result<(), Flaw> {
    let segments = (
        header.e_phoff(endian),
        u64::from(header.e_phentsize(endian)) * u64::from(header.e_phnum(endian)),
    );
    let sections = (
        header.e_shoff(endian),
        u64::from(header.e_shentsize(endian)) * u64::from(header.e_shnum(endian)),
    );
    inside(segments, bytes)?;
    inside(sections, bytes)
}

/// Every segment and section, and that no segment is larger in the file than in memory.
pub(super) fn check_parts(elf: &Elf<'_>) -> Result<(), Flaw> {
    for segment in elf.segments {
        inside(segment.file_range(elf.endian), elf.bytes)?;
        let (in_file, in_memory) = (segment.p_filesz(elf.endian), segment.p_memsz(elf.endian));
        let is_loaded = segment.p_type(elf.endian) == elf::PT_LOAD;
        if is_loaded && in_file > in_memory {
            return Err(Flaw::Broken("a segment is larger than its memory".into()));
        }
    }
    for section in elf.sections.iter() {
        if let Some(range) = section.file_range(elf.endian) {
            inside(range, elf.bytes)?;
        }
    }
    check_agreement(elf).map_err(Flaw::broken)?
}

/// The system's loader goes by segments, we read by sections: they must mean the same tables.
fn check_agreement(elf: &Elf<'_>) -> read::Result<Result<(), Flaw>> {
    let of_segments: Vec<(u64, u64)> = elf
        .of_type(elf::PT_DYNAMIC)
        .map(|it| it.file_range(elf.endian))
        .collect();
    let of_sections: Vec<(u64, u64)> = sections(elf, elf::SHT_DYNAMIC)
        .filter_map(|it| it.file_range(elf.endian))
        .collect();
    if of_segments.len() != 1 || of_segments != of_sections {
        return Ok(Err(Flaw::Broken(
            "its dynamic tables contradict each other".into(),
        )));
    }
    let table = elf.sections.dynamic_table(elf.endian, elf.bytes)?;
    let mut symbols = table
        .iter()
        .filter(|it| it.tag == elf::DT_SYMTAB)
        .map(|it| it.val);
    let mut shown = sections(elf, elf::SHT_DYNSYM).map(|it| it.sh_addr(elf.endian));
    if symbols.next() != shown.next() || symbols.next().is_some() || shown.next().is_some() {
        return Ok(Err(Flaw::Broken(
            "its symbol tables contradict each other".into(),
        )));
    }
    Ok(Ok(()))
}

fn sections<'a>(
    elf: &Elf<'a>,
    kind: elf::SectionType,
) -> impl Iterator<Item = &'a <Header as FileHeader>::SectionHeader> + use<'a> {
    let endian = elf.endian;
    elf.sections
        .iter()
        .filter(move |it| it.sh_type(endian) == kind)
}

fn inside((offset, size): (u64, u64), bytes: &[u8]) -> Result<(), Flaw> {
    let (needs, has) = (offset.saturating_add(size), bytes.len() as u64);
    if needs > has {
        return Err(Flaw::Cut { needs, has });
    }
    Ok(())
}
