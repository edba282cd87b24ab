"""Customers of the peer, which has one plain route and knows no conversations."""

import time
from pathlib import Path

import aiohttp

from evals.errors import MeasurementFailed, PeerUnavailable
from evals.load.customer import Refused, Told
from evals.load.processes import ServerProcess
from evals.measurement import run_json
from evals.peer import NEEDED

_ALSO_NEEDED = ("langchain_openai", "fastapi", "uvicorn")
_SCRIPT = Path(__file__).with_name("peer_server.py")


def check_peer_server(python: Path) -> None:
    """Find out whether the peer can run, before anything is measured.

    Args:
        python: the interpreter that has what it needs.

    Raises:
        PeerUnavailable: the interpreter or a library is missing.
    """
    asked = "import importlib.util as u, json, sys; print(json.dumps({n: bool(u.find_spec(n)) for n in sys.argv[1:]}))"
    try:
        known = run_json([str(python), "-c", asked, *NEEDED, *_ALSO_NEEDED])
    except MeasurementFailed as error:
        raise PeerUnavailable(f"{python} cannot run the peer: {error}") from None
    missing = [name for name in (*NEEDED, *_ALSO_NEEDED) if not known.get(name)]
    if missing:
        packages = " ".join(name.replace("_", "-") for name in missing)
        raise PeerUnavailable(
            f"the peer needs {', '.join(missing)}, which {python} does not have; in its environment run "
            f"`pip install {packages}`, or leave out --peer-python"
        )


def peer_server(python: Path, data: Path, model_address: str, folder: Path) -> ServerProcess:
    """The peer; not started yet.

    Args:
        python: the interpreter that has what it needs.
        data: the documents as a data set.
        model_address: of the model, up to `/v1`.
        folder: its working folder.
    """
    return ServerProcess((str(python), str(_SCRIPT), str(data), model_address), {}, folder)


class PeerCustomer:
    """Somebody who asks the peer.

    Args:
        http: the connections.
        address: of the peer.
        route: `/chat` or `/search`.
    """

    def __init__(self, http: aiohttp.ClientSession, address: str, route: str) -> None:
        self._http = http
        self._url = f"{address}{route}"

    async def say(self, text: str) -> Told:
        """Ask something.

        Raises:
            Refused: no reply came.
        """
        begun = time.monotonic()
        async with self._http.post(self._url, json={"text": text}) as answer:
            if answer.status != 200:
                raise Refused(answer.status, await answer.text())
            reply = await answer.json()
        ended = time.monotonic()
        return Told(ended - begun, ended - begun, reply, ended)
