//! Checks 6 and 7, and the reading half of check 8, on the bytes of a file that was never loaded.
//!
//! Pure functions over arbitrary bytes: no size or offset of the file is believed before it was
//! compared with the file's length, and nothing here panics (see the fuzz tests).

mod bounds;
mod flaw;
mod linkage;
mod statics;

pub(crate) use flaw::Flaw;
pub(crate) use statics::Statics;

use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionTable};
use object::{Endianness, read};

/// Files of 64-bit machines; massgen is not built for others.
type Header = elf::FileHeader64<Endianness>;

type Segment = <Header as FileHeader>::ProgramHeader;

/// A shared library of this machine whose parts all lie inside the file.
pub(crate) struct Elf<'a> {
    bytes: &'a [u8],
    endian: Endianness,
    segments: &'a [Segment],
    sections: SectionTable<'a, Header>,
}

impl<'a> Elf<'a> {
    /// Check 6: an object file of this machine, a shared library, every section and segment
    /// inside the file. Without the last, mapping a file that was cut ends the process.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let header = own_header(bytes)?;
        let endian = header.endian().map_err(Flaw::broken)?;
        bounds::check_tables(header, endian, bytes)?;
        let segments = header
            .program_headers(endian, bytes)
            .map_err(Flaw::broken)?;
        let sections = header.sections(endian, bytes).map_err(Flaw::broken)?;
        let elf = Self {
            bytes,
            endian,
            segments,
            sections,
        };
        bounds::check_parts(&elf)?;
        Ok(elf)
    }

    /// Check 7: what loading the library would drag in or allow.
    pub(crate) fn check_linkage(&self, glibc: Option<(u32, u32)>) -> Result<(), Flaw> {
        linkage::check(self, glibc)
    }

    /// The two metadata statics.
    pub(crate) fn statics(&self) -> Result<Statics, Flaw> {
        statics::read(self)
    }

    /// The bytes in the file for `len` bytes of memory at `address`.
    fn at(&self, address: u64, len: u64) -> Option<&'a [u8]> {
        let end = address.checked_add(len)?;
        let segment = self.of_type(elf::PT_LOAD).find(|it| {
            let start = it.p_vaddr(self.endian);
            let size = it.p_filesz(self.endian);
            start <= address && start.checked_add(size).is_some_and(|stop| end <= stop)
        })?;
        let start = segment.p_vaddr(self.endian);
        let offset = segment.p_offset(self.endian);
        let from = usize::try_from(offset.checked_add(address - start)?).ok()?;
        self.bytes
            .get(from..from.checked_add(usize::try_from(len).ok()?)?)
    }

    fn of_type(&self, kind: elf::ProgramType) -> impl Iterator<Item = &'a Segment> + use<'a> {
        let endian = self.endian;
        self.segments
            .iter()
            .filter(move |it| it.p_type(endian) == kind)
    }
}

/// The file's header, when it is one for this machine.
fn own_header(bytes: &[u8]) -> Result<&Header, Flaw> {
    if bytes.is_empty() {
        return Err(Flaw::Empty);
    }
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(Flaw::NotALibrary);
    }
    let ident = bytes.get(4..6).ok_or(Flaw::Cut {
        needs: 64,
        has: bytes.len() as u64,
    })?;
    if ident != own_ident() {
        return Err(Flaw::OtherMachine("another word size or byte order".into()));
    }
    let header = Header::parse(bytes).map_err(|error| cut_or_broken(error, bytes))?;
    let endian = header.endian().map_err(Flaw::broken)?;
    let machine = header.e_machine(endian);
    if Some(machine) != own_machine() {
        return Err(Flaw::OtherMachine(format!("machine number {}", machine.0)));
    }
    if header.e_type(endian) != elf::ET_DYN {
        return Err(Flaw::NotShared);
    }
    Ok(header)
}

fn cut_or_broken(error: read::Error, bytes: &[u8]) -> Flaw {
    let needs = size_of::<Header>() as u64;
    if (bytes.len() as u64) < needs {
        return Flaw::Cut {
            needs,
            has: bytes.len() as u64,
        };
    }
    Flaw::broken(error)
}

/// Class and byte order of this machine's files.
fn own_ident() -> [u8; 2] {
    let order = if cfg!(target_endian = "little") { 1 } else { 2 };
    [2, order]
}

fn own_machine() -> Option<elf::Machine> {
    Some(match std::env::consts::ARCH {
        "x86_64" => elf::EM_X86_64,
        "aarch64" => elf::EM_AARCH64,
        "riscv64" => elf::EM_RISCV,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
