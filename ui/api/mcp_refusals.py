"""What an assistant is told of a call that fails: in plain words what is wrong, and what to do."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from ui.api.error_responses import problem_of

_KINDS = {"string": "a text", "integer": "a whole number"}
# What is wrong, by pydantic's name of it; whatever else it finds, the value is not of the right kind.
_WRONG = {
    "missing": "is missing",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "string_pattern_mismatch": "is not written as it must be",
}
_LONGEST_NAME_CHARACTERS = 100


class PlainMcpServer(MCPServer[Any]):
    """A server whose refusals are for people: the SDK tells those of arguments in pydantic's words."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Args:
            name: of the tool.
            arguments: for the tool.
            context: of the request.

        Raises:
            ToolError: it cannot be done; the message says why, and what to do.
        """
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as error:
            raise UnexpectedToolError(problem_of(error)["detail"]) from error
        except ToolError as error:
            schemas = {one.name: one.input_schema for one in await self.list_tools()}
            if name not in schemas:
                asked = repr(name[:_LONGEST_NAME_CHARACTERS])
                raise ToolError(f"there is no tool {asked}; the tools are: {', '.join(schemas)}") from None
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(" ".join(_refusals(schemas[name], error.__cause__))) from error.__cause__
            raise ToolError(str(error.__cause__ or error)) from None


def _refusals(schema: Mapping[str, Any], wrong: ValidationError) -> Iterator[str]:
    """What is wrong with each argument, and what it takes."""
    required = schema.get("required", ())
    for one in wrong.errors(include_url=False, include_context=False, include_input=False):
        name = str(one["loc"][0])
        taken = schema["properties"][name]
        kind = _kind(taken)
        what = _WRONG.get(one["type"], f"is not {kind}")
        otherwise = "" if name in required else ", or leave it out"
        yield f"`{name}` {what}: give {kind}{_limits(taken)}{otherwise}. {taken['description']}"
        if one["type"] == "missing":
            yield f"The arguments are: {', '.join(schema['properties'])}."


def _kind(taken: Mapping[str, Any]) -> str:
    return _KINDS[_plain(taken)["type"]]


def _limits(taken: Mapping[str, Any]) -> str:
    limits = _plain(taken)
    if "minimum" in limits and "maximum" in limits:
        return f" from {limits['minimum']} to {limits['maximum']}"
    return f" of at most {limits['maxLength']} characters" if "maxLength" in limits else ""


def _plain(taken: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an argument takes, null aside."""
    return next((one for one in taken.get("anyOf", ()) if one["type"] != "null"), taken)
