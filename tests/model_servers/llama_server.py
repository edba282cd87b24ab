"""A real llama.cpp server with a model of random weights, shared by a whole test session."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.model_servers.random_weight_model import write_random_weight_model

KEY = "a-key-of-the-tests"
MODEL = "random-weights"


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """A running server.

    Args:
        address: where it listens, up to `/v1`.
        handle: keeps it alive.
    """

    address: str
    handle: Any


def start_llama_server(folder: Path) -> LlamaServer:
    """Make the model and serve it on this machine until the handle is dropped.

    Args:
        folder: where the model is written.
    """
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = str(write_random_weight_model(folder / "random-weights.gguf"))
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [KEY]
    params.n_ctx = 4096
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.sampling.seed = 7
    params.verbosity = 0
    server = xllamacpp.Server(params)
    return LlamaServer(f"{server.listening_address}/v1", server)
