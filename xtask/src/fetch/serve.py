"""Serves a GGUF model on loopback, in the dialects of llama.cpp's own HTTP server.

    serve.py MODEL [--hermes] [--alias NAME] [--context TOKENS] [--parallel N] [--threads N]

The package `xllamacpp` lies in `site/` and the chat template `hermes.jinja` beside this file.
`--hermes` replaces the model's own chat template, for models whose own one ignores tools.
`--context` is per parallel request. The first line on stdout is the server's address, for
example `http://127.0.0.1:40123`, printed when it listens. The server ends when stdin is closed,
so it cannot outlive the program that started it; an interrupt from the terminal is left to that
program.
"""

import argparse
import os
import pathlib
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here / "site"))

import xllamacpp  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--hermes", action="store_true")
    parser.add_argument("--alias", default="local")
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    return parser.parse_args()


def parameters(args):
    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.model_alias = {args.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = args.context * args.parallel
    params.n_parallel = args.parallel
    params.cpuparams.n_threads = args.threads
    params.use_jinja = True
    params.ui = False
    if args.hermes:
        params.chat_template = (here / "hermes.jinja").read_text()
    return params


server = xllamacpp.Server(parameters(arguments()))
print(server.listening_address, flush=True)
sys.stdin.buffer.read()
os._exit(0)
