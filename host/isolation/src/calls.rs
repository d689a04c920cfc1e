//! Names of the numbers that a failure may have to explain. Numbers without a name are shown.

#[cfg(target_os = "linux")]
macro_rules! names {
    ($($name:ident)*) => {
        pub(crate) const NAMES: &[(i64, &str)] = &[$((libc::$name as i64, stringify!($name)),)*];
    };
}

/// System calls that a plugin without manners may try.
#[cfg(target_os = "linux")]
mod known {
    names! {
        SYS_accept4 SYS_bind SYS_chdir SYS_clock_gettime SYS_clock_nanosleep SYS_clone SYS_clone3
        SYS_close SYS_connect SYS_dup SYS_dup3 SYS_epoll_create1 SYS_eventfd2 SYS_execve
        SYS_execveat SYS_fcntl SYS_fstat SYS_getcwd SYS_getdents64 SYS_getuid SYS_ioctl SYS_kill
        SYS_listen SYS_lseek SYS_memfd_create SYS_mkdirat SYS_mmap SYS_mprotect SYS_nanosleep
        SYS_newfstatat SYS_openat SYS_openat2 SYS_pipe2 SYS_ppoll SYS_prctl SYS_pread64
        SYS_prlimit64 SYS_ptrace SYS_readlinkat SYS_recvfrom SYS_renameat2 SYS_rt_sigaction
        SYS_sched_yield SYS_sendmsg SYS_sendto SYS_setsid SYS_socket SYS_socketpair SYS_statx
        SYS_sysinfo SYS_tgkill SYS_uname SYS_unlinkat SYS_wait4 SYS_writev
    }
}

/// The name of a system call, or its number.
#[cfg(target_os = "linux")]
pub(crate) fn name(number: i64) -> String {
    let known = known::NAMES.iter().find(|(it, _)| *it == number);
    known.map_or_else(
        || number.to_string(),
        |(_, name)| format!("`{}`", name.trim_start_matches("SYS_")),
    )
}

/// The name of a system call, which has none here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn name(number: i64) -> String {
    number.to_string()
}

/// A signal as it is shown.
pub(crate) fn signal(number: i32) -> String {
    let name = match number {
        4 => " (illegal instruction)",
        6 => " (abort)",
        7 => " (bus error)",
        8 => " (arithmetic error)",
        9 => " (kill)",
        11 => " (memory fault)",
        24 => " (processor time used up)",
        31 => " (forbidden system call)",
        _ => "",
    };
    format!("signal {number}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_known_have_names() {
        #[cfg(target_os = "linux")]
        assert_eq!(name(libc::SYS_openat), "`openat`");
        assert_eq!(name(99_999), "99999");
        assert_eq!(signal(11), "signal 11 (memory fault)");
        assert_eq!(signal(40), "signal 40");
    }
}
