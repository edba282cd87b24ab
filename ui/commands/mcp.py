"""`marque mcp`: one brand's knowledge for an assistant that runs on this machine."""

import asyncio

from ui.commands.options import BrandOption, GroupArgument
from ui.terminal import plain_errors


def mcp(group_folder: GroupArgument, brand: BrandOption) -> None:
    """Speak the Model Context Protocol on standard input and output, for one brand."""
    with plain_errors(False):
        from brands import load_group
        from ui.api.mcp_server import build_mcp_server
        from ui.bootstrap import Services
        from ui.settings import UiSettings

        group = load_group(group_folder)
        services = Services(group, UiSettings())
        asyncio.run(build_mcp_server(services, group.brand(brand).id).run_stdio_async())
