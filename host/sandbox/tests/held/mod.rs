//! The tests, by name.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod site;

use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::symlink;

use sandbox::Mode;
use site::{Site, has_program};

type Test = (&'static str, fn());

pub(crate) const TESTS: &[Test] = &[
    ("the_workspace_can_be_read_written_and_run", workspace),
    ("nothing_outside_can_be_read", reading_outside),
    ("nothing_outside_can_be_changed", changing_outside),
    ("links_and_renames_lead_nowhere", links),
    ("a_path_granted_for_reading_cannot_be_written", read_only),
    ("a_single_file_is_granted_alone", single_file),
    (
        "temporary_files_have_a_folder_of_their_own",
        temporary_files,
    ),
    ("tcp_is_denied_when_asked_and_only_then", network),
    ("children_are_held_too", children),
    ("the_environment_of_massgen_cannot_be_read", environment),
    ("massgen_cannot_be_signalled", signals),
    ("rights_are_not_gained_by_set_user_id", new_privileges),
    ("caches_are_granted_unless_denied", caches),
    ("a_missing_program_is_127_and_a_broken_one_126", exit_codes),
    ("interpreters_in_the_home_folder_start", version_manager),
    ("a_script_named_as_an_argument_starts", script_argument),
    ("node_and_npm_start", node),
    ("python_starts", python),
    ("git_works_in_the_workspace", git),
];

fn workspace() {
    let site = Site::new();
    site.ok("echo hello > a && mkdir d && mv a d/b && cat d/b && ls d && rm -r d");
    site.ok("printf '#!/bin/sh\\necho ran\\n' > run && chmod +x run && ./run");
}

fn reading_outside() {
    let site = Site::new();
    let secret = site.outside("secret", "hidden words");
    let folder = secret.parent().unwrap();
    site.denied(&format!("cat {}", secret.display()));
    site.denied(&format!("ls {}", folder.display()));
    site.denied(&format!("cd {} && cat secret", folder.display()));
    site.denied(&format!("cat /proc/self/root{}", secret.display()));
    site.denied("ls ..");
    site.denied("ls ~");
}

fn changing_outside() {
    let site = Site::new();
    let file = site.outside("kept", "as it was");
    let folder = file.parent().unwrap().display().to_string();
    for attempt in [
        "echo x > F/kept",
        ": > F/kept",
        "truncate -s 0 F/kept",
        "rm F/kept",
        "mv F/kept F/gone",
        "touch F/new",
        "mkdir F/new",
        "ln -s /etc F/new",
        "ln F/kept F/new",
        "echo mine > m && mv m F/new",
    ] {
        site.denied(&attempt.replace('F', &folder));
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}

fn links() {
    let site = Site::new();
    let secret = site.outside("secret", "hidden words");
    symlink(&secret, site.workspace().join("link")).unwrap();
    symlink(secret.parent().unwrap(), site.workspace().join("door")).unwrap();
    site.denied("cat link");
    site.denied("cat door/secret");
    site.denied("ls door/");
    site.denied("echo x > door/new");
    site.denied(&format!("ln {} hard && cat hard", secret.display()));
}

fn read_only() {
    let mut site = Site::new();
    let file = site.outside("notes", "for reading");
    site.rules.read = vec![file.parent().unwrap().to_owned()];
    let folder = file.parent().unwrap().display().to_string();
    site.ok(&format!("cat {folder}/notes && ls {folder}"));
    site.denied(&format!("echo x > {folder}/notes"));
    site.denied(&format!("rm {folder}/notes"));
    site.denied(&format!("touch {folder}/new"));
}

fn single_file() {
    let mut site = Site::new();
    let file = site.outside("one", "1");
    let other = site.outside("two", "2");
    site.rules.write.push(file.clone());
    site.ok(&format!("echo changed > {0} && cat {0}", file.display()));
    site.denied(&format!("cat {}", other.display()));
    site.denied(&format!("rm {}", file.display()));
}

fn temporary_files() {
    let site = Site::new();
    site.ok("f=$(mktemp) && echo x > $f && case $f in $TMPDIR/*) ;; *) exit 9;; esac");
    site.denied("TMPDIR=/tmp mktemp");
    site.denied("ls /tmp");
}

fn network() {
    let mut site = Site::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connect = format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'");
    site.ok(&connect);
    listener.set_nonblocking(true).unwrap();
    listener.accept().unwrap();

    site.rules.deny_network = true;
    site.denied(&connect);
    assert!(listener.accept().is_err(), "a connection came through");
    site.ok("echo still works");
    // What the limits say of this kernel is true.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let sent = site.run(&format!(
        "exec bash -c 'echo x > /dev/udp/127.0.0.1/{port}'"
    ));
    let udp_is_said = sandbox::limits().iter().any(|it| it.starts_with("UDP"));
    assert_eq!(sent.status.success(), udp_is_said);
}

fn children() {
    let site = Site::new();
    let secret = site.outside("secret", "hidden words");
    let secret = secret.display();
    site.denied(&format!("sh -c 'sh -c \"cat {secret}\"'"));
    site.denied(&format!("env -i /usr/bin/env sh -c 'cat {secret}'"));
    site.denied(&format!("(setsid cat {secret}) || exit 1"));
}

fn environment() {
    let site = Site::new();
    let own = std::process::id();
    for file in ["environ", "maps", "root/etc/passwd", "cwd/Cargo.toml"] {
        site.denied(&format!("cat /proc/{own}/{file}"));
    }
    site.ok("cat /proc/self/maps > /dev/null");
}

fn signals() {
    let site = Site::new();
    if sandbox::support().version() < 6 {
        skip("this kernel does not hold signals");
        return;
    }
    site.denied(&format!("kill -0 {}", std::process::id()));
    site.ok("sleep 60 & kill $!");
}

fn new_privileges() {
    let site = Site::new();
    site.ok("grep -q 'NoNewPrivs:.1' /proc/self/status");
}

fn caches() {
    let mut site = Site::new();
    let settings = site.home().join(".npmrc");
    std::fs::write(&settings, "registry=x").unwrap();
    let cache = site.home().join(".cache/uv");
    std::fs::create_dir_all(&cache).unwrap();
    site.ok("cat ~/.npmrc && echo x > ~/.cache/uv/entry");
    site.denied("echo x >> ~/.npmrc");
    site.denied("touch ~/.cache/other");
    site.rules.deny_package_caches = true;
    site.denied("cat ~/.npmrc");
    site.denied("cat ~/.cache/uv/entry");
}

fn exit_codes() {
    let site = Site::new();
    let check = |program: &str, code, words: &str| {
        let output = site.start(&[program], Mode::Enforce);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    };
    check(
        "no-such-program",
        127,
        "there is no program `no-such-program`",
    );
    check("./no-such-file", 127, "there is no program");
    let text = site.workspace().join("text");
    std::fs::write(&text, "not a program").unwrap();
    check("./text", 126, "cannot be started");
    let secret = site.outside("tool", "#!/bin/sh\nexit 3\n");
    site.make_executable(&secret);
    check(secret.to_str().unwrap(), 3, "");
}

/// As nvm lays it out: a link in `bin` to a script in `lib` whose interpreter is found by `PATH`.
fn version_manager() {
    let site = Site::new();
    let version = site.home().join(".nvm/versions/node/v20");
    let package = version.join("lib/node_modules/tool");
    std::fs::create_dir_all(package.join("bin")).unwrap();
    std::fs::create_dir_all(version.join("bin")).unwrap();
    std::fs::write(package.join("words"), "found").unwrap();
    let script = package.join("bin/tool.sh");
    std::fs::write(
        &script,
        "#!/usr/bin/env my-sh\ncat $(dirname $(readlink -f $0))/../words",
    )
    .unwrap();
    site.make_executable(&script);
    symlink(
        "../lib/node_modules/tool/bin/tool.sh",
        version.join("bin/tool"),
    )
    .unwrap();
    std::fs::copy("/bin/sh", version.join("bin/my-sh")).unwrap();
    std::fs::write(site.home().join("diary"), "mine").unwrap();

    let path = format!("{}:/usr/bin:/bin", version.join("bin").display());
    let output = site
        .command(&["tool"], Mode::Enforce)
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "found",
        "{output:?}"
    );
    site.denied("cat ~/diary");
}

fn script_argument() {
    let site = Site::new();
    let project = site.home().join("projects/server");
    std::fs::create_dir_all(project.join("build")).unwrap();
    std::fs::write(project.join("package.json"), "{}").unwrap();
    std::fs::write(
        project.join("build/index.sh"),
        "cat \"$(dirname $0)/../package.json\"",
    )
    .unwrap();
    std::fs::write(site.home().join("projects/other"), "mine").unwrap();
    let script = project.join("build/index.sh");
    let output = site.start(&["sh", script.to_str().unwrap()], Mode::Enforce);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{}", "{output:?}");
    let output = site.start(&["sh", "-c", "cat ~/projects/other"], Mode::Enforce);
    assert!(!output.status.success());
}

fn node() {
    if !has_program("node") || !has_program("npx") {
        return skip("node is not installed");
    }
    let site = Site::with_own_home();
    site.ok(
        "node -e 'require(\"fs\").writeFileSync(\"made\", String(require(\"os\").cpus().length))'",
    );
    site.ok("npx --version && npm --version");
}

fn python() {
    if !has_program("python3") {
        return skip("python is not installed");
    }
    let site = Site::with_own_home();
    site.ok(
        "python3 -c 'import ssl, json, sqlite3, tempfile; tempfile.TemporaryFile().write(b\"x\")'",
    );
    site.ok("python3 -m venv --without-pip v && v/bin/python -c 'print(1)'");
}

fn git() {
    if !has_program("git") {
        return skip("git is not installed");
    }
    let site = Site::new();
    std::fs::write(
        site.home().join(".gitconfig"),
        "[user]\nname=N\nemail=e@x\n",
    )
    .unwrap();
    std::fs::write(site.home().join(".git-credentials"), "https://u:p@x").unwrap();
    site.ok("git init -q . && echo a > a && git add a && git commit -q -m m && git log --oneline");
    site.denied("cat ~/.git-credentials");
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}
