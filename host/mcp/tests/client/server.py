"""An MCP server over standard input and output that behaves as its first argument says.

The second argument is a file to which it appends one line for each thing it does, so that a test
can count what really happened.
"""

import json
import os
import subprocess
import sys
import threading
import time

MODE, JOURNAL = sys.argv[1], sys.argv[2]
LOCK = threading.Lock()
TOKENS = {}


def note(line):
    with open(JOURNAL, "a") as journal:
        journal.write(line + "\n")


def times(line):
    with open(JOURNAL) as journal:
        return journal.read().splitlines().count(line)


def raw(text):
    with LOCK:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def send(**message):
    raw(json.dumps({"jsonrpc": "2.0", **message}))


def tool(name, **hints):
    return {"name": name, "inputSchema": {"type": "object"}, "annotations": hints}


TOOLS = [
    tool("echo", readOnlyHint=True),
    tool("hang"),
    tool("hang_once", readOnlyHint=True),
    tool("steps"),
    tool("crash"),
    tool("crash_once", idempotentHint=True),
    tool("fail"),
    tool("big"),
    tool("grow"),
    tool("ask"),
    tool("roots"),
    tool("leak"),
    tool("environment"),
    tool("strange"),
    tool("broken"),
    tool("refuse"),
    tool("chatty"),
]

TASKS = [
    tool("more", title="More"),
    {"name": "bad"},
    tool("echo"),
    {"inputSchema": {}},
]


def pages(cursor):
    if MODE == "pages":
        order = [(TOOLS[:2], "b"), (TASKS, "c"), ([], "d"), ([tool("last")], "b")]
        entries, following = order["abcd".index(cursor or "a")]
        return {"tools": entries, "nextCursor": following}
    grown = [tool("grown")] if times("grow") else []
    return {"tools": TOOLS + grown}


def text(words, **more):
    return {"content": [{"type": "text", "text": words}], **more}


def ask_client(method, params):
    ident = "q" + str(len(TOKENS))
    TOKENS[ident] = None
    send(id=ident, method=method, params=params)
    while TOKENS[ident] is None:
        time.sleep(0.005)
    return TOKENS[ident]


def call(ident, name, arguments, meta):
    note(name)
    if name == "echo":
        return text(json.dumps(arguments, sort_keys=True))
    if name == "hang" or (name == "hang_once" and times("hang_once") == 1):
        return None
    if name == "hang_once":
        return text("second")
    if name == "steps":
        for step in range(1, 7):
            time.sleep(0.1)
            progress = {"progress": step, "total": 6, "message": "step"}
            progress["progressToken"] = meta["progressToken"]
            send(method="notifications/progress", params=progress)
        return text("done")
    if name == "crash" or (name == "crash_once" and times("crash_once") == 1):
        sys.stderr.write("out of luck\n")
        sys.stderr.flush()
        os._exit(7)
    if name == "crash_once":
        return text("alive")
    if name == "fail":
        return text("it went wrong: 503 timeout", isError=True)
    if name == "big":
        return text("ä" * arguments["characters"])
    if name == "grow":
        send(method="notifications/tools/list_changed")
        return text("grown")
    if name == "ask":
        schema = {"type": "object", "properties": {"a": {"type": "string"}}}
        for _ in range(arguments.get("times", 1)):
            answer = ask_client("elicitation/create", {"message": "Your name?", "requestedSchema": schema})
        return text(json.dumps(answer, sort_keys=True))
    if name == "roots":
        return text(json.dumps(ask_client("roots/list", {}), sort_keys=True))
    if name == "sample":
        said = {"role": "user", "content": {"type": "text", "text": "Hello?"}}
        answer = ask_client("sampling/createMessage", {"messages": [said], "maxTokens": 9})
        return text(json.dumps(answer, sort_keys=True))
    if name == "leak":
        key = os.environ["KEY"]
        logged = {"level": "error", "logger": "of " + key, "data": {"key": key}}
        send(method="notifications/message", params=logged)
        schema = {"type": "object", "properties": {}}
        ask_client("elicitation/create", {"message": "Is it " + key + "?", "requestedSchema": schema})
        send(id=ident, error={"code": -32602, "message": "wrong key " + key})
        return None
    if name == "environment":
        return text(json.dumps(dict(os.environ), sort_keys=True))
    if name == "strange":
        return {"content": [{"type": "hologram"}, {"type": "text", "text": "and text"}]}
    if name == "broken":
        raw('{"jsonrpc":"2.0","id":%d,"result":7,"error":"?"}' % ident)
        return None
    if name == "refuse":
        send(id=ident, error={"code": -32602, "message": "wrong arguments"})
        return None
    if name == "chatty":
        raw("a line of no meaning")
        raw('{"jsonrpc":"2.0","method":7}')
        raw('{"jsonrpc":"2.0","id":null,"result":null}')
        raw("")
        return text("heard")
    raise AssertionError(name)


def answer(message):
    ident, method = message.get("id"), message.get("method")
    params = message.get("params") or {}
    if method is None:
        TOKENS[ident] = message.get("result") or message.get("error")
    elif ident is None:
        note(method)
        if MODE == "malformed":
            raw('{"jsonrpc":"2.0","id":null,"error":"what is %s"}' % method)
    elif method == "initialize":
        note("capabilities " + json.dumps(params["capabilities"]))
        capabilities = {"tools": {"listChanged": True}, "resources": {}, "prompts": {}}
        greeting = {"protocolVersion": params["protocolVersion"], "capabilities": capabilities}
        if MODE == "unknown":
            greeting["protocolVersion"] = "2099-01-01"
        greeting["serverInfo"] = {"name": "script", "version": "1"}
        greeting["instructions"] = "Use it well."
        send(id=ident, result=greeting)
    elif method == "tools/list":
        note("listed")
        if MODE == "slow lists" and times("listed") > 1:
            time.sleep(1000)
        send(id=ident, result=pages(params.get("cursor")))
        if MODE == "restless":
            send(method="notifications/tools/list_changed")
    elif method == "resources/list":
        send(id=ident, result={"resources": [{"uri": "file:///r", "name": "r"}]})
    elif method == "prompts/list":
        send(id=ident, error={"code": -32601, "message": "no prompts after all"})
    elif method == "tools/call":
        result = call(ident, params["name"], params.get("arguments"), params.get("_meta", {}))
        if result is not None:
            send(id=ident, result=result)
    else:
        send(id=ident, error={"code": -32601, "message": "unknown method"})


SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def answer_newest(message, state={}):
    """The revision without a greeting."""
    ident, method = message.get("id"), message.get("method")
    params = message.get("params") or {}
    complete = {"resultType": "complete"}
    fresh = {**complete, "ttlMs": 60000, "cacheScope": "private"}
    if ident is None:
        note(method)
    elif method == "server/discover":
        capabilities = {"tools": {"listChanged": True}}
        versions = {"supportedVersions": ["2026-07-28"], "capabilities": capabilities}
        send(id=ident, result={**fresh, **versions})
    elif method == "tools/list":
        send(id=ident, result={**fresh, **pages(None)})
    elif method == "subscriptions/listen":
        state["listen"] = {"_meta": {SUBSCRIPTION: ident}}
        acknowledged = {**state["listen"], "notifications": {"toolsListChanged": True}}
        send(method="notifications/subscriptions/acknowledged", params=acknowledged)
    elif method == "tools/call" and params["name"] == "grow":
        note("grow")
        send(method="notifications/tools/list_changed", params=state["listen"])
        send(id=ident, result={**complete, **text("grown")})
    elif method == "tools/call" and params["name"] == "ask":
        note("ask")
        if "inputResponses" in params:
            words = json.dumps(params["inputResponses"], sort_keys=True)
            words += " " + params["requestState"]
            send(id=ident, result={**complete, **text(words)})
        else:
            question = {"message": "Your name?", "mode": "form"}
            question["requestedSchema"] = {"type": "object", "properties": {}}
            wanted = {"who": {"method": "elicitation/create", "params": question}}
            result = {"resultType": "input_required", "inputRequests": wanted}
            send(id=ident, result={**result, "requestState": "opaque"})
    else:
        send(id=ident, error={"code": -32601, "message": "unknown method " + method})


def main():
    note("started %d" % os.getpid())
    note("folder " + os.getcwd())
    if MODE == "dies":
        sys.stderr.write("no such thing: %s\n" % os.environ.get("KEY", ""))
        sys.exit(3)
    if MODE == "parent":
        child = subprocess.Popen(["sleep", "1000"])
        note("child %d" % child.pid)
    if MODE == "stubborn":
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if MODE == "malformed":
        raw("Server running on standard output by mistake")
    for line in sys.stdin:
        message = json.loads(line)
        if MODE == "silent":
            continue
        if MODE == "old" and message.get("method") == "server/discover":
            sys.exit(1)
        handle = answer_newest if MODE == "newest" else answer
        if "id" in message:
            threading.Thread(target=handle, args=(message,), daemon=True).start()
        else:
            # What was told is noted before the end of the input is seen.
            handle(message)
    if MODE in ("parent", "stubborn"):
        time.sleep(1000)


main()
