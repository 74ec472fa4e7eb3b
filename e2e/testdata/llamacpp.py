"""Runs llama.cpp's own HTTP server, as the package xllamacpp has it, until it is ended.

    llamacpp.py MODEL PORT CONTEXT
"""
import signal
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {"tiny"}
params.port = int(sys.argv[2])
params.n_ctx = int(sys.argv[3])
params.n_parallel = 1
server = xllamacpp.Server(params)  # returns when the model is loaded
signal.pause()
