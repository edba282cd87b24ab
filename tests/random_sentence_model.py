"""Makes a sentence-transformers model of random weights, small enough for a test."""

import json
from pathlib import Path

WORDS = ("brake", "tyre", "pressure", "warranty", "charge", "battery", "the", "is", "of", "query", "passage", ":", ">")


def write_random_model(folder: Path, *, seed: int = 0, window_tokens: int = 64) -> Path:
    """Write a BERT of 2 layers and 32 dimensions with mean pooling, as sentence-transformers keeps it."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    letters = [letter for code in range(ord("a"), ord("z") + 1) for letter in (chr(code), f"##{chr(code)}")]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters]
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": window_tokens, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    )
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


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
