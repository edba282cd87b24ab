"""A chat model of about 330,000 random weights, as a GGUF file that llama.cpp serves."""

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

WIDTH, HIDDEN, HEADS, LAYERS, WINDOW = 128, 256, 4, 2, 4096
WORDS = """
    the a of and to is in for with your you can at on every tyre wheel brake engine battery pressure service oil key
    door seat belt light lamp water air road check park drive charge cable warranty year month warm cold front rear
"""
# A template that knows no placeholders but these two, so that any text stays what it is.
TEMPLATE = "{% for one in messages %}{{ one.role }}: {{ one.content }}\n{% endfor %}assistant:"
_UNKNOWN, _BEGIN, _END = 0, 1, 2


def write_random_weight_model(path: Path, seed: int = 7) -> Path:
    """Write the model; it says words, ends an answer after about thirty of them, and knows nothing.

    Args:
        path: a new file.
        seed: of the random weights.

    Returns:
        The same path.
    """
    tokens, kinds = _vocabulary()
    weights = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(at) for at in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_unk_token_id(_UNKNOWN)
    writer.add_bos_token_id(_BEGIN)
    writer.add_eos_token_id(_END)
    writer.add_chat_template(TEMPLATE)
    for name, matrix in _matrices(len(tokens), kinds, weights).items():
        writer.add_tensor(name, matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary() -> tuple[list[str], list[int]]:
    kind = gguf.TokenType
    special = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
    single = [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
    words = [(f"▁{word}", kind.NORMAL) for word in WORDS.split()]
    together = special + single + words
    return [text for text, _ in together], [int(one) for _, one in together]


def _matrices(vocabulary: int, kinds: list[int], weights: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return np.asarray(weights.standard_normal((rows, columns)) / np.sqrt(columns), np.float32)

    embedding = matrix(vocabulary, WIDTH)
    # The first place of every vector is the same; through it the output layer prefers words, and now and then the end.
    embedding[:, 0] = 1.0
    output = matrix(vocabulary, WIDTH)
    output[:, 0] = [4.0 if kind == int(gguf.TokenType.NORMAL) else -20.0 for kind in kinds]
    # The second tells words from single bytes: an answer, which begins after the template's colon, is never empty.
    words = np.array([1.0 if kind == int(gguf.TokenType.NORMAL) else -1.0 for kind in kinds])
    embedding[:, 1] = words
    output[:, 1] = 0.0
    output[_END, 0], output[_END, 1] = 2.0, 2.3
    found = {
        "token_embd.weight": embedding,
        "output.weight": output,
        "output_norm.weight": np.ones(WIDTH, np.float32),
    }
    for layer in range(LAYERS):
        found[f"blk.{layer}.attn_norm.weight"] = np.ones(WIDTH, np.float32)
        found[f"blk.{layer}.ffn_norm.weight"] = np.ones(WIDTH, np.float32)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{layer}.{name}.weight"] = matrix(WIDTH, WIDTH) * np.float32(0.2)
        found[f"blk.{layer}.ffn_gate.weight"] = matrix(HIDDEN, WIDTH) * np.float32(0.2)
        found[f"blk.{layer}.ffn_up.weight"] = matrix(HIDDEN, WIDTH) * np.float32(0.2)
        found[f"blk.{layer}.ffn_down.weight"] = matrix(WIDTH, HIDDEN) * np.float32(0.2)
    return found
