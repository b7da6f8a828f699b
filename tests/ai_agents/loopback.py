"""Providers on the loopback: the real wire shapes of Gemini, OpenAI, Azure and Anthropic.

The model or deployment in the request chooses the script, so one server plays a whole chain. Every
request is kept with its path, headers and body.
"""

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "Post at nine."
USAGE = {"input": 120, "cached": 20, "output": 30, "thoughts": 10}


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def model(self) -> str:
        """What it asked for, from the path or the body."""
        if ":generateContent" in self.path or ":streamGenerateContent" in self.path:
            return self.path.split("/models/")[1].split(":")[0]
        if "/deployments/" in self.path:
            return self.path.split("/deployments/")[1].split("/")[0]
        return str(self.body.get("model"))


@dataclass
class Loopback:
    """A running server: `script` maps a model to what it does, `requests` is the journal."""

    url: str
    script: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[Seen] = field(default_factory=list)

    def asked(self, model: str) -> int:
        """How often a model was asked."""
        return sum(one.model == model for one in self.requests)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def log_message(self, *args: Any) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        """Answer as the script of the asked model says."""
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        seen = Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(raw))
        self.loopback.requests.append(seen)
        plan = self.loopback.script.get(seen.model, {})
        if "answers" in plan:  # one that decides by what it was told
            plan = {**plan, **plan["answers"](seen)}
        time.sleep(plan.get("slow_s", 0))
        if "status" in plan:
            self._send(plan["status"], plan.get("error", {"error": {"message": "no"}}), plan)
            return
        if plan.get("garbage"):
            self._send_bytes(200, b"<html>oops", "application/json", {})
            return
        text = plan.get("text", ANSWER)
        name = plan.get("as", seen.model)
        if "streamGenerateContent" in seen.path or seen.body.get("stream"):
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has gone
                self._stream(seen, name, text, plan)
        elif "generateContent" in seen.path:
            self._send(200, _gemini(name, text, plan), {})
        elif seen.path.endswith("/v1/messages"):
            self._send(200, _anthropic(name, text), {})
        else:
            self._send(200, _openai(name, text, plan), {})

    def _stream(self, seen: Seen, name: str, text: str, plan: dict[str, Any]) -> None:
        words = text.split(" ")
        pieces = [word if number == 0 else f" {word}" for number, word in enumerate(words)]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        is_gemini = "streamGenerateContent" in seen.path
        if "tool" in plan or "blocked_prompt" in plan or "blocked_answer" in plan:
            pieces = [""]
        elif seen.path.endswith("/v1/messages"):
            events = _anthropic_events(name, pieces)
            self._events(events[: plan["cut_after"] + 2] if "cut_after" in plan else events)
            return
        for number, piece in enumerate(pieces):
            if number == plan.get("cut_after"):
                return
            if number in plan.get("hold", {}):  # until the test lets it go on
                plan["hold"][number].wait(60)
            last = number == len(pieces) - 1
            chunk = _gemini(name, piece, plan) if is_gemini else _openai_chunk(name, piece)
            if is_gemini and not last:
                del chunk["usageMetadata"]
                del chunk["candidates"][0]["finishReason"]
            if not is_gemini and last:
                chunk["choices"][0]["finish_reason"] = "stop"
            if "tool" in plan:
                chunk["choices"][0] |= _openai_call(plan)
            self.wfile.write(f"data: {json.dumps(chunk)}\r\n\r\n".encode())
            self.wfile.flush()
        if not is_gemini:
            ending = {**_openai_chunk(name, ""), "choices": [], "usage": _openai_usage()}
            self.wfile.write(f"data: {json.dumps(ending)}\n\ndata: [DONE]\n\n".encode())

    def _events(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            head = f"event: {event['type']}\ndata: "
            self.wfile.write(f"{head}{json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def _send(self, status: int, content: Any, plan: dict[str, Any]) -> None:
        self._send_bytes(
            status, json.dumps(content).encode(), "application/json", plan.get("headers", {})
        )

    def _send_bytes(self, status: int, raw: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


def _gemini(name: str, text: str, plan: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "promptTokenCount": USAGE["input"],
        "cachedContentTokenCount": USAGE["cached"],
        "candidatesTokenCount": USAGE["output"] - USAGE["thoughts"],
        "thoughtsTokenCount": USAGE["thoughts"],
        "totalTokenCount": USAGE["input"] + USAGE["output"],
    }
    if plan.get("blocked_prompt"):
        return {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}
    if plan.get("blocked_answer"):
        candidate = {"finishReason": "SAFETY", "index": 0}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": name}
    content = {"role": "model", "parts": [{"text": text}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": usage,
        "modelVersion": name,
        "responseId": "r1",
    }


def _openai_usage() -> dict[str, Any]:
    return {
        "prompt_tokens": USAGE["input"],
        "completion_tokens": USAGE["output"],
        "total_tokens": USAGE["input"] + USAGE["output"],
        "prompt_tokens_details": {"cached_tokens": USAGE["cached"]},
        "completion_tokens_details": {"reasoning_tokens": USAGE["thoughts"]},
    }


def _openai(name: str, text: str, plan: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1790000000,
        "model": name,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
    }
    if "tool" in plan:
        name, arguments = plan["tool"]
        call = {
            "id": "t1",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        content["choices"][0]["message"] |= {"content": None, "tool_calls": [call]}
        content["choices"][0]["finish_reason"] = "tool_calls"
    return content if plan.get("no_usage") else content | {"usage": _openai_usage()}


def _openai_chunk(name: str, text: str) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": name,
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}],
    }


def _openai_call(plan: dict[str, Any]) -> dict[str, Any]:
    name, arguments = plan["tool"]
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"index": 0, "id": "t1", "type": "function", "function": function}
    return {"delta": {"role": "assistant", "tool_calls": [call]}, "finish_reason": "tool_calls"}


def _anthropic_events(name: str, pieces: list[str]) -> list[dict[str, Any]]:
    whole = _anthropic(name, "")
    whole |= {"content": [], "stop_reason": None}
    words = [
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": piece},
        }
        for piece in pieces
    ]
    return [
        {"type": "message_start", "message": whole},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
        *words,
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": USAGE["output"]},
        },
        {"type": "message_stop"},
    ]


def _anthropic(name: str, text: str) -> dict[str, Any]:
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": name,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": USAGE["input"] - USAGE["cached"],
            "cache_read_input_tokens": USAGE["cached"],
            "cache_creation_input_tokens": 0,
            "output_tokens": USAGE["output"],
        },
    }


def serve() -> tuple[Loopback, ThreadingHTTPServer]:
    """Start one on a free port; the caller shuts it down."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    found = Loopback(f"http://127.0.0.1:{server.server_port}")
    handler.loopback = found  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return found, server
