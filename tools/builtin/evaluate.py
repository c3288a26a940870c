"""Answers by greedy decoding, and their comparison with what is expected.

python evaluate.py MODEL_DIR [--write]   measures eval.jsonl (written first with --write) on the stored (f16-rounded) weights
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import torch
from tokenizers import Tokenizer


def load_tokenizer(folder):
    return Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))


def chat_text(messages, prompt=False):
    text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return text + "<|im_start|>assistant\n" if prompt else text


def encode_chat(tokenizer, conversations):
    """[(ids, labels)]: supervised is what TRL supervises, the newline after "assistant", the answer, <|im_end|> and its newline."""
    start, role, end = tokenizer.token_to_id("<|im_start|>"), tokenizer.encode("assistant").ids, tokenizer.token_to_id("<|im_end|>")
    assert len(role) == 1
    out = []
    for e in tokenizer.encode_batch([chat_text(m) for m in conversations]):
        ids, labels, inside = e.ids, [], False
        for i, token in enumerate(ids):
            if i >= 2 and ids[i - 2] == start and ids[i - 1] == role[0]:
                inside = True
            labels.append(token if inside else -100)
            if i >= 1 and ids[i - 1] == end:
                inside = False
        out.append((ids, labels))
    return out


@torch.no_grad()
def greedy(model, tokenizer, prompts, limit=72):
    """Greedy answers to rendered prompts, batched by prompt length (no padding)."""
    end, pad = tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")
    by_length = defaultdict(list)
    for k, p in enumerate(prompts):
        ids = tokenizer.encode(p).ids
        by_length[len(ids)].append((k, ids))
    answers = [""] * len(prompts)
    for group in by_length.values():
        x, past, rows = torch.tensor([ids for _, ids in group]), None, [[] for _ in group]
        done = [False] * len(group)
        for _ in range(limit):
            out = model(input_ids=x, past_key_values=past, use_cache=True)
            past = out.past_key_values
            token = out.logits[:, -1].argmax(-1)
            for i, t in enumerate(token.tolist()):
                if not done[i]:
                    if t in (end, pad):
                        done[i] = True
                    else:
                        rows[i].append(t)
            if all(done):
                break
            x = token[:, None]
        for (k, _), r in zip(group, rows):
            answers[k] = tokenizer.decode(r)
    return answers


def normalise(text):
    return re.sub(r"[^\w\s]", "", re.sub(r"\s+", " ", text)).casefold().strip()


def answer_rows(model, tokenizer, rows):
    return greedy(model, tokenizer, [chat_text(messages[:-1], prompt=True) for _, messages in rows])


def score(rows, answers):
    """{category: share of normalised-exact answers}, and "all"."""
    right, total = defaultdict(int), defaultdict(int)
    for (category, messages), answer in zip(rows, answers):
        ok = normalise(answer) == normalise(messages[-1]["content"])
        for c in (category, "all"):
            right[c] += ok
            total[c] += 1
    return {c: round(right[c] / total[c], 4) for c in sorted(total)}


def read_rows(file):
    rows = [json.loads(line) for line in Path(file).read_text().splitlines()]
    return [(r.get("meta", {}).get("category", ""), r["messages"]) for r in rows]


def load_model(folder):
    from transformers import AutoModelForCausalLM
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()  # f16 weights, f32 arithmetic


def main():
    folder = Path(sys.argv[1])
    torch.set_num_threads(2)
    if "--write" in sys.argv:
        from corpus import heldout_rows
        with open(folder / "eval.jsonl", "w") as f:
            for category, messages in heldout_rows(2, 40):
                f.write(json.dumps({"messages": messages, "meta": {"category": category}}, ensure_ascii=False) + "\n")
    rows = read_rows(folder / "eval.jsonl")
    answers = answer_rows(load_model(folder), load_tokenizer(folder), rows)
    print(json.dumps(score(rows, answers), indent=1), len(rows), "questions")
    for (c, m), a in zip(rows, answers):
        if normalise(a) != normalise(m[-1]["content"]):
            print(f"  {c}: {m[-2]['content']!r} expected {m[-1]['content']!r} got {a!r}")


if __name__ == "__main__":
    main()
