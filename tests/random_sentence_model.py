"""Makes a sentence-transformers model of random weights, small enough for a test."""

import json
from pathlib import Path
from typing import Any, Literal

WORDS = ("brake", "tyre", "pressure", "warranty", "charge", "battery", "the", "is", "of", "query", "passage", ":", ">")

Architecture = Literal["bert", "xlm-roberta"]
Pooling = Literal["mean", "cls"]

_SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.2,
}


def write_random_model(
    folder: Path,
    *,
    seed: int = 0,
    window_tokens: int = 64,
    architecture: Architecture = "bert",
    pooling: Pooling = "mean",
    half: bool = False,
) -> Path:
    """Write a model of 2 layers and 32 dimensions, as sentence-transformers keeps it.

    Args:
        folder: made here.
        seed: of its weights.
        window_tokens: how many tokens of a text it reads.
        architecture: BERT with WordPiece, or XLM-RoBERTa with a unigram tokenizer, as SentencePiece makes them.
        pooling: of its tokens' vectors.
        half: whether its weights are kept in 16 bits.
    """
    import torch

    torch.manual_seed(seed)
    folder.mkdir(parents=True)
    model = _write_bert(folder) if architecture == "bert" else _write_xlm_roberta(folder)
    if half:
        model = model.half()
    model.save_pretrained(folder)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": window_tokens, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    flags = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
    _write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **flags})
    kinds = ("Transformer", "Pooling", "Normalize")
    modules = [
        {
            "idx": place,
            "name": str(place),
            "path": "" if place == 0 else f"{place}_{kind}",
            "type": f"sentence_transformers.models.{kind}",
        }
        for place, kind in enumerate(kinds)
    ]
    _write_json(folder / "modules.json", modules)
    return folder


def _write_bert(folder: Path):  # type: ignore[no-untyped-def]
    from transformers import BertConfig, BertModel, BertTokenizer

    letters = [letter for code in range(ord("a"), ord("z") + 1) for letter in (chr(code), f"##{chr(code)}")]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=128, **_SIZES))


def _write_xlm_roberta(folder: Path):  # type: ignore[no-untyped-def]
    from transformers import XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizer

    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = ["▁", *(f"▁{word}" for word in WORDS), *map(chr, range(ord("a"), ord("z") + 1)), *"äöüßé車の空気圧"]
    scored = [(mark, 0.0) for mark in marks] + [(piece, -float(2 + len(pieces) / 9)) for piece in pieces]
    tokenizer = XLMRobertaTokenizer(vocab=[*scored, ("<mask>", 0.0)])
    tokenizer.save_pretrained(folder)
    return XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=130,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
            pad_token_id=1,
            **_SIZES,
        )
    )


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
