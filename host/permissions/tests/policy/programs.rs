//! Programs that start programs, write, or read elsewhere by their options, and which tools and
//! arguments are commands at all.

use crate::world::{self, World};
use permissions::Phase::Coordination;

const PERMITTED: &[&str] = &[
    "ls",
    "ls -la --color=auto sub",
    "grep p f",
    "grep -rn --include=*.rs '/etc/x' .",
    "grep --color -i --max-count 3 '/etc/x' f",
    "grep -e '/etc/x' f",
    "grep --regexp='/etc/x' f",
    "find . -name '*.py'",
    "python s.py",
    "PYTHONUNBUFFERED=1 python s.py",
    "RUST_LOG=debug cargo test",
    "npm install",
    "npm run build",
    "git status",
    "git log -p -S 'x' -- f",
    "git grep 'Foo::bar'",
    "git grep -n x",
    "git clean -n",
    "git clean -nfd",
    "git commit -am 'x'",
    "git fetch origin",
    "git clone https://example.com/x.git",
    "git config user.name x",
    "git config --get user.name",
    "git rebase main",
    "cargo build",
    "sort f",
    "sort -rn -k 2 -t , f",
    "rg x .",
    "rg -n -g '*.rs' '/etc/x' .",
    "rg --type py --max-count 3 '/etc/x' .",
    "rg --files",
    "jq . f",
    "jq -r '.a/2' f",
    "jq --arg a /b '.include' f",
    "man ls",
    "bat f",
    "less f",
    "history",
    "vim f",
    "logger hello",
    "zip -r out.zip sub",
    "zip -qr9 out.zip sub",
    "unzip out.zip",
    "tree -L 2",
    "file f",
    "wc -l f",
    "ps aux",
];

/// Line, the rule that refuses it.
const REFUSED: &[(&str, &str)] = &[
    ("man -P 'sh -c id' ls", "command-unclear"),
    ("man -aP id ls", "command-unclear"),
    ("man --pager=id ls", "command-unclear"),
    ("man --pag id ls", "command-unclear"),
    ("man -Hid ls", "command-unclear"),
    ("bat --pager=id f", "command-unclear"),
    ("bat --pager id f", "command-unclear"),
    ("ag --pager id x", "command-unclear"),
    ("ack --pager=id x", "command-unclear"),
    ("ls | ack -x root", "command-unclear"),
    ("sort --compress-program=evil f", "command-unclear"),
    ("sort --comp evil f", "command-unclear"),
    ("sort --files0-from=f", "command-unclear"),
    ("wc --files0-from f", "command-unclear"),
    ("sort -ro{R}/f f", "read-only"),
    ("sort --outp {R}/f f", "read-only"),
    ("sort -T {R} f", "read-only"),
    ("less -O{R}/f f", "read-only"),
    ("less '+!id' f", "command-unclear"),
    ("git grep -O'sh -c id' x", "command-unclear"),
    ("git grep -nO x", "command-unclear"),
    ("git grep --open-files=id x", "command-unclear"),
    ("git fetch 'ext::sh -c id'", "command-unclear"),
    ("git clone 'ext::sh -c id' x", "command-unclear"),
    ("git archive --remote='ext::sh -c id' x", "command-unclear"),
    ("git clone -u id f x", "command-unclear"),
    ("git clone -c core.pager=id f x", "command-unclear"),
    ("git config core.pager id", "command-unclear"),
    ("git config --global user.name x", "command-unclear"),
    ("git rebase -ix id main", "command-unclear"),
    ("git clean -fdx", "dangerous-command"),
    ("git clean -f -e n", "dangerous-command"),
    ("git -C sub clean -fd", "dangerous-command"),
    ("vim -c ':!rm x'", "command-unclear"),
    ("vim '+!id' f", "command-unclear"),
    ("echo '!id' | ed f", "command-unclear"),
    ("zip -TT 'sh -c id' x.zip f", "command-unclear"),
    ("zip -qm x.zip f", "command-unclear"),
    ("zip --unzip-command=id x.zip f", "command-unclear"),
    ("split --filter='sh -c id' f", "command-unclear"),
    ("cd {R} && unzip {W}/x.zip", "read-only"),
    ("rsync --rsync-path=id f g", "command-unclear"),
    ("scp -S id f g", "command-unclear"),
    ("scp -oProxyCommand=id f h:g", "command-unclear"),
    ("rg --hostname-bin ./x y", "command-unclear"),
    ("rg --pre=cat y", "command-unclear"),
    ("MANPAGER=id man ls", "command-unclear"),
    ("GIT_PAGER=id git log", "command-unclear"),
    ("LESSOPEN='|id %s' less f", "command-unclear"),
    ("LESS=x less f", "command-unclear"),
    ("GIT_SSH_COMMAND=id git fetch", "command-unclear"),
    ("GIT_EDITOR=id git commit", "command-unclear"),
    ("KUBE_EDITOR=id kubectl edit x", "command-unclear"),
    ("LD_AUDIT=x ls", "command-unclear"),
    ("BASH_ENV=f bash s.sh", "command-unclear"),
    ("ENV=f sh s.sh", "command-unclear"),
    ("PYTHONPATH=. python s.py", "command-unclear"),
    ("PYTHONSTARTUP=f python", "command-unclear"),
    ("NODE_OPTIONS='-r ./x' node s.js", "command-unclear"),
    ("PERL5LIB=. perl s.pl", "command-unclear"),
    ("export MANPAGER=id", "command-unclear"),
    ("env LESSCLOSE=id less f", "command-unclear"),
    ("RIPGREP_CONFIG_PATH=f rg x", "command-unclear"),
    ("history -w {R}/f", "command-unclear"),
    ("history -a", "command-unclear"),
    ("rg --files /etc", "outside"),
    ("rg --files --hidden /etc", "outside"),
    ("rg --type-list /etc", "outside"),
    ("rg -f /etc/passwd f", "outside"),
    ("rg -e x /etc", "outside"),
    ("rg -uuf/etc/passwd f", "outside"),
    ("grep --file /etc/passwd f", "outside"),
    ("grep --file=/etc/passwd f", "outside"),
    ("grep --fil /etc/passwd f", "outside"),
    ("grep -nf /etc/passwd f", "outside"),
    ("grep -rne x /etc/passwd", "outside"),
    ("grep --regexp x /etc/passwd", "outside"),
    ("grep --color x /etc/passwd", "outside"),
    ("grep --unheard-of /etc/passwd f", "outside"),
    ("grep --exclude-from /etc/passwd x f", "outside"),
    ("jq --from-file /etc/passwd", "outside"),
    ("jq -rf /etc/passwd", "outside"),
    ("jq -n --rawfile a /etc/passwd .", "outside"),
    ("jq -n --arg a b . /etc/passwd", "outside"),
    ("jq -n 'import \"a\" as $a; $a'", "command-unclear"),
    ("ag --path-to-ignore /etc/passwd x", "outside"),
    ("logger -f /etc/passwd", "outside"),
    ("bc /etc/passwd", "outside"),
    ("date --file=/etc/passwd", "outside"),
];

#[test]
fn programs_with_harmless_options_are_permitted() {
    let wrong = world::not_permitted(PERMITTED);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn options_and_variables_that_start_write_or_read_elsewhere_are_refused() {
    let world = World::new();
    let wrong: Vec<_> = REFUSED
        .iter()
        .map(|(line, rule)| (line, rule, world.run(line, Coordination)))
        .filter(|(_, rule, decision)| decision.rule != **rule)
        .map(|(line, rule, decision)| format!("{line} is not {rule}: {decision:#?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tool, arguments, rule.
const TOOLS: &[(&str, &str, &str)] = &[
    (
        "execute_command",
        r#"{"shell_command":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "execute_command",
        r#"{"command_name":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "execute_command",
        r#"{"session_command":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "execute_command",
        r#"{"background":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    ("bash", r#"{"command":"ls","shell":"/tmp/evil"}"#, "outside"),
    (
        "bash",
        r#"{"command":"ls","shell":"/bin/bash"}"#,
        "command-permitted",
    ),
    (
        "bash",
        r#"{"command":"ls","shell":"bash"}"#,
        "command-permitted",
    ),
    (
        "bash",
        r#"{"cmds":["rm -rf /etc","ls"]}"#,
        "dangerous-command",
    ),
    (
        "bash",
        r#"{"commands":["ls","rm -rf /etc"]}"#,
        "dangerous-command",
    ),
    (
        "bash",
        r#"{"cmd":["rm -rf /etc","ls"]}"#,
        "dangerous-command",
    ),
    (
        "bash",
        r#"{"cmds":["ls","git status"]}"#,
        "command-permitted",
    ),
    (
        "bash",
        r#"{"command":"bash","args":"-c 'rm x'"}"#,
        "dangerous-command",
    ),
    (
        "bash",
        r#"{"a":"ls","command":"bash","args":["-c","rm x"]}"#,
        "dangerous-command",
    ),
    (
        "bash",
        r#"{"command":"ls","background":true,"shell_id":"a/b","session_id":"x","timeout":"5000"}"#,
        "command-permitted",
    ),
    (
        "shell_execute_v2",
        r#"{"text":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "execute_bash_command_safely",
        r#"{"text":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "docker_exec",
        r#"{"container":"c","text":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "shell_execute_v2",
        r#"{"command":"ls"}"#,
        "command-permitted",
    ),
    (
        "launch",
        r#"{"command":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    ("launch", r#"{"cmd":"cat /etc/passwd"}"#, "outside"),
    ("launch", r#"{"cmds":["ls","rm x"]}"#, "dangerous-command"),
    ("launch", r#"{"pre_command":"rm x"}"#, "dangerous-command"),
    (
        "launch",
        r#"{"steps":[{"postCommand":"rm x"}]}"#,
        "dangerous-command",
    ),
    (
        "launch",
        r#"{"command":"bash","args":["-c","rm x"]}"#,
        "dangerous-command",
    ),
    (
        "launch",
        r#"{"command":"ls","env":{"LD_PRELOAD":"x"}}"#,
        "command-unclear",
    ),
    ("launch", r#"{"command":"ls","cwd":"{O}"}"#, "outside"),
    ("launch", r#"{"command":"ls"}"#, "no-path"),
    (
        "write_to_terminal",
        r#"{"input":"rm -rf /etc"}"#,
        "dangerous-command",
    ),
    (
        "write_to_terminal",
        r#"{"input":"ls\n"}"#,
        "command-permitted",
    ),
    (
        "interact_with_process",
        r#"{"pid":5,"input":"rm x"}"#,
        "dangerous-command",
    ),
    (
        "interact_with_process",
        r#"{"pid":5,"input":"git status"}"#,
        "command-permitted",
    ),
    ("edit_tool", r#"{"command":"view","path":"f"}"#, "permitted"),
    (
        "edit_tool",
        r#"{"command":"create","path":"{R}/f"}"#,
        "read-only",
    ),
    ("read_terminal_output", r#"{"terminal_id":"rm"}"#, "no-path"),
    ("execute_sql", r#"{"query":"DELETE FROM x"}"#, "no-path"),
];

#[test]
fn what_runs_is_judged_as_a_command_whatever_tool_and_argument_it_is() {
    let world = World::new();
    let wrong: Vec<_> = TOOLS
        .iter()
        .map(|(tool, arguments, rule)| {
            let decision = world.judge(tool, arguments, Coordination);
            (tool, arguments, rule, decision)
        })
        .filter(|(_, _, rule, decision)| decision.rule != **rule)
        .map(|(tool, arguments, rule, decision)| {
            format!("{tool} {arguments} is not {rule}: {decision:#?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
