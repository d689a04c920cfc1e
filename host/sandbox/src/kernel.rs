//! Landlock itself: grants become rules of the kernel. The only file that names the crate.

use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus,
    Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, Scope,
    path_beneath_rules,
};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};

use crate::Mode;
use crate::grants::Grants;
use crate::support::{Missing, Support};

/// The newest version whose rights we use.
const NEWEST: ABI = ABI::V10;

/// The oldest version that keeps files outside from being emptied.
const FILES: ABI = ABI::V3;

/// The oldest version that holds TCP.
const TCP: ABI = ABI::V4;

/// Asks the kernel. Restricting a thread is the only way that says why there is no Landlock, so a
/// thread is spent on it.
pub(crate) fn support() -> Support {
    let asked = std::thread::spawn(|| {
        Ruleset::default()
            .handle_access(AccessFs::Execute)?
            .create()?
            .restrict_self()
            .map(|status| status.landlock)
    });
    match asked.join() {
        Ok(Ok(LandlockStatus::Available {
            effective_abi,
            kernel_abi,
        })) => Support::Landlock(
            kernel_abi.map_or(effective_abi as u32, |version| version.unsigned_abs()),
        ),
        Ok(Ok(LandlockStatus::NotEnabled)) => Support::Nothing(Missing::SwitchedOff),
        _ => Support::Nothing(Missing::NotBuilt),
    }
}

/// Powers of root that see past Landlock: into the memory and environment of any process, into
/// devices and the kernel. Gone once the program runs; nobody else has them in the first place.
const POWERS: [CapabilitySet; 6] = [
    CapabilitySet::BPF,
    CapabilitySet::PERFMON,
    CapabilitySet::SYS_ADMIN,
    CapabilitySet::SYS_MODULE,
    CapabilitySet::SYS_PTRACE,
    CapabilitySet::SYS_RAWIO,
];

/// Gives up everything but the grants, for this thread and all that it starts, for ever.
pub(crate) fn give_up_all_but(
    grants: &Grants,
    deny_network: bool,
    mode: Mode,
) -> Result<(), RulesetError> {
    for power in POWERS {
        // Refused to everybody but root, who alone has them.
        let _ = remove_capability_from_bounding_set(power);
    }
    let ruleset = ruleset(deny_network, mode)?.create()?;
    allow(ruleset, grants)?.restrict_self()?;
    Ok(())
}

/// What is denied unless a rule allows it. What a user relies on is a hard requirement in
/// [`Mode::Enforce`]; what newer kernels hold on top is welcome.
fn ruleset(deny_network: bool, mode: Mode) -> Result<Ruleset, RulesetError> {
    let relied_on = match mode {
        Mode::Warn => CompatLevel::BestEffort,
        Mode::Enforce => CompatLevel::HardRequirement,
    };
    let mut ruleset = Ruleset::default()
        .set_compatibility(relied_on)
        .handle_access(AccessFs::from_all(FILES))?;
    if deny_network {
        ruleset = ruleset.handle_access(AccessNet::from_all(TCP))?;
    }
    ruleset = ruleset
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    if deny_network {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?;
    }
    Ok(ruleset)
}

fn allow(ruleset: RulesetCreated, grants: &Grants) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::from_read(NEWEST);
    let change = AccessFs::from_all(NEWEST)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    let ruleset = add(ruleset, &grants.read, read)?;
    let ruleset = add(ruleset, &grants.write, change)?;
    let ruleset = add(ruleset, &grants.devices, device_rights())?;
    add(ruleset, &grants.sockets, AccessFs::ResolveUnix.into())
}

fn device_rights() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev
}

fn add(
    ruleset: RulesetCreated,
    paths: &[PathBuf],
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    ruleset
        .set_compatibility(CompatLevel::BestEffort)
        .add_rules(path_beneath_rules(paths, rights))
}
