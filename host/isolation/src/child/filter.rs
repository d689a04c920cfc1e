//! The two filters of system calls.
//!
//! The first leaves what loading a library needs and takes away what reaches other processes and
//! other machines: such a call fails with `EPERM`. The second allows a list (design of the ABI,
//! sections 13 and 14) and ends the process at anything else. Both stay until the process ends, and
//! a filter can only be added to, so the second cannot undo the first.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Rules by number; a call without rules always matches.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// What a library must not even do while it is loaded.
const DENIED: &[c_long] = &[
    // Other machines.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    // Other programs, processes and threads.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    // The machine, and ways around this filter.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];

/// The same, where older systems have more ways.
#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

/// All that is left of a locked child, beside what [`second`] adds with conditions.
const ALLOWED: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_getrandom,
    // What `abort` needs, so that an abort is one.
    libc::SYS_getpid,
    libc::SYS_gettid,
];

/// Denies what loading a library does not need.
pub(super) fn first() -> Result<(), String> {
    let mut rules = always(DENIED.iter().chain(DENIED_HERE));
    let elsewhere = || rule(&[(0, SeccompCmpOp::Ne, own_pid())]);
    rules.insert(libc::SYS_kill, vec![elsewhere()?]);
    rules.insert(libc::SYS_tgkill, vec![elsewhere()?]);
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    install(rules, SeccompAction::Allow, denied)
}

/// Ends the process at everything but memory, the open pipes, and its own end.
pub(super) fn second() -> Result<(), String> {
    let mut rules = always(ALLOWED.iter());
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    let not_executable = rule(&[(2, SeccompCmpOp::MaskedEq(executable), 0)])?;
    rules.insert(libc::SYS_mmap, vec![not_executable]);
    let abort = u64::from(libc::SIGABRT.unsigned_abs());
    let own_abort = rule(&[
        (0, SeccompCmpOp::Eq, own_pid()),
        (2, SeccompCmpOp::Eq, abort),
    ])?;
    rules.insert(libc::SYS_tgkill, vec![own_abort]);
    // The runtime's handler of memory faults takes itself away, so that the fault is one.
    let fault = |signal: i32| rule(&[(0, SeccompCmpOp::Eq, u64::from(signal.unsigned_abs()))]);
    let faults = vec![fault(libc::SIGSEGV)?, fault(libc::SIGBUS)?];
    rules.insert(libc::SYS_rt_sigaction, faults);
    install(rules, SeccompAction::Trap, SeccompAction::Allow)
}

fn own_pid() -> u64 {
    u64::from(std::process::id())
}

fn always<'a>(numbers: impl Iterator<Item = &'a c_long>) -> Rules {
    numbers.map(|number| (*number, Vec::new())).collect()
}

/// All of these must hold: the argument at this place, compared so, with this value.
fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, String> {
    let conditions: Result<Vec<_>, _> = conditions
        .iter()
        .map(|(place, op, value)| {
            SeccompCondition::new(*place, SeccompCmpArgLen::Dword, op.clone(), *value)
        })
        .collect();
    conditions
        .and_then(SeccompRule::new)
        .map_err(|error| error.to_string())
}

fn install(rules: Rules, otherwise: SeccompAction, matched: SeccompAction) -> Result<(), String> {
    let shown = |error: seccompiler::BackendError| error.to_string();
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(shown)?;
    let filter = SeccompFilter::new(rules, otherwise, matched, arch).map_err(shown)?;
    let program = BpfProgram::try_from(filter).map_err(shown)?;
    seccompiler::apply_filter(&program)
        .map_err(|error| format!("no filter of system calls: {error}"))
}
