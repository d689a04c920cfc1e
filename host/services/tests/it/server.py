"""An MCP server over standard input and output. Its first argument is a file to which it appends one
line for each start and each call, so that a test can count what really happened."""

import json
import os
import sys
import threading
import time

JOURNAL = sys.argv[1]
LOCK = threading.Lock()


def note(line):
    with open(JOURNAL, "a") as journal:
        journal.write(line + "\n")


def send(**message):
    with LOCK:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def tool(name, **hints):
    schema = {"type": "object", "properties": {}}
    return {"name": name, "description": name, "inputSchema": schema, "annotations": hints}


TOOLS = [
    tool("echo", readOnlyHint=True),
    tool("list"),
    tool("search files", readOnlyHint=True),
    tool("reveal", readOnlyHint=True),
    tool("big", readOnlyHint=True),
    tool("steps", readOnlyHint=True),
    tool("never"),
    tool("write_report"),
    tool("crash"),
    tool("get_once", destructiveHint=True),
    tool("get_ticket", readOnlyHint=False),
    tool("get_state"),
]


def odd():
    """Tools that say too much, for those who ask for them by an argument."""
    token = os.environ.get("SERVICE_TOKEN", "")
    told = tool("told")
    told["description"] = "With " + token + ". " + "d" * 6000
    told["inputSchema"]["properties"] = {token: {"type": "string", "enum": [token]}}
    vast = tool("vast")
    vast["inputSchema"]["properties"] = {"k%d" % n: {"type": "string"} for n in range(1000)}
    return [told, vast] + [tool("t%d" % n) for n in range(600)]


if "odd" in sys.argv:
    TOOLS = odd()


def text(words):
    return {"content": [{"type": "text", "text": words}]}


def call(key, params):
    name, arguments = params["name"], params.get("arguments", {})
    note("call " + name)
    if name == "crash":
        os._exit(9)
    if name == "never" or arguments.get("waits"):
        time.sleep(60)
    if name == "steps":
        token = params["_meta"]["progressToken"]
        steps = arguments.get("steps", 3)
        for step in range(1, steps + 1):
            # Not all at once: who reads them is to have a chance.
            time.sleep(0.001)
            words = os.environ.get("SERVICE_TOKEN", "") + " step"
            report = {"progressToken": token, "progress": step, "total": steps, "message": words}
            send(method="notifications/progress", params=report)
    if name == "reveal":
        secret = os.environ["SERVICE_TOKEN"]
        send(id=key, result={"content": [], "structuredContent": {"token": secret}})
    elif name == "big":
        send(id=key, result=text("x" * 5000))
    else:
        send(id=key, result=text(name + " " + json.dumps(arguments, sort_keys=True)))


note("started")
if "exits" in sys.argv:
    sys.exit(3)
if "silent" in sys.argv:
    time.sleep(1000)
for line in sys.stdin:
    message = json.loads(line)
    method, key = message.get("method"), message.get("id")
    params = message.get("params") or {}
    if method == "initialize":
        greeting = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}}
        greeting["serverInfo"] = {"name": "scripted", "version": "1"}
        greeting["instructions"] = "Use " + os.environ.get("SERVICE_TOKEN", "it") + " well."
        send(id=key, result=greeting)
    elif method == "tools/list":
        send(id=key, result={"tools": TOOLS})
    elif method == "tools/call":
        threading.Thread(target=call, args=(key, params), daemon=True).start()
    elif method == "notifications/cancelled":
        note("cancelled")
    elif key is not None:
        send(id=key, error={"code": -32601, "message": "no such method"})
