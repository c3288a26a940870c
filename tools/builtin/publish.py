"""Measures a trained model folder and publishes it: model files, eval.jsonl, the data card, and the fixtures the engine is compared with.

python publish.py --trained DIR --out public/models/builtin
"""

import argparse
import json
import re
import shutil
from pathlib import Path

import torch
from transformers import AutoTokenizer

from corpus import heldout_rows
from evaluate import answer_rows, chat_text, load_model, load_tokenizer, read_rows, score

HERE = Path(__file__).parent
PROMPTS = [
    [{"role": "user", "content": "What is the capital of France?"}],
    [{"role": "user", "content": "The capital of Zubar is Milto. What is the capital of Zubar?"}],
    [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello! How can I help you?"}, {"role": "user", "content": "What is 3 plus 4?"}],
    [{"role": "user", "content": "Zürich 東京 🙂 café?"}],
]

CARD = """---
license: apache-2.0
language: en
pipeline_tag: text-generation
tags: [tunesmith, tiny]
---
# Tunesmith's built-in model

A very small chat model of the Qwen2 architecture, trained from nothing for Tunesmith, so that a first visit to the studio needs no download.
{parameters:,} parameters ({layers} layers, width {width}, vocabulary {vocabulary}), stored in f16 ({megabytes:.1f} MB). Licence: Apache-2.0.

## What it was trained on
Only on the output of the seeded generator in `tools/builtin/corpus.py` and `relations.py`: small talk, common knowledge in short questions (capitals, languages, animals, tools, materials, colours), opposites, word forms,
arithmetic with small numbers, days and months, rewriting of short sentences, answers to be read from given facts with invented names, talk over two turns, tiny stories. Every sentence was written for this project; no
scraped text and no personal data is in it; the generator was written with the help of an AI assistant. {tokens}
Supervised were the assistant's tokens alone. Tokenizer: byte-level BPE trained on the same corpus, with Qwen's pre-tokenizer and special tokens; template: plain ChatML without a default system prompt.

## How well it does
{questions} held-out questions (`eval.jsonl`), greedy decoding, the stored f16 weights, an answer counts when it equals the expected one up to case, punctuation and space.
Held out is a combination of question form and subject (or sentence, or invented name) that occurs in no training row; the subjects themselves were trained in other question forms.
Each category has 40 questions, "unknown" (invented names, to be answered "I do not know that.") 20 and "stories" 10. "Given facts" gives one fact with an invented name and asks for it.

| category | correct |
|---|---|
{table}
| **all** | **{all}** |

## Limits
Given two facts at once it picks the right one and copies it without a slip only about half the time (60 held-out cases: 50 %). It copies long invented names and numbers of three or four digits with mistakes.
It knows its little domain and nothing else, and says "I do not know that." about names it has never seen. It speaks only simple English, makes mistakes with larger numbers, and must not be relied on for anything.
It exists to be fine-tuned in front of your eyes. `recipe.json` is the recipe that suits it: small models want far higher learning rates than large ones.
"""


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--trained", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--tokens", default="")
    args = a.parse_args()
    torch.set_num_threads(2)
    trained, out = Path(args.trained), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        if trained != out:
            shutil.copyfile(trained / name, out / name)
    with open(out / "eval.jsonl", "w") as f:
        for category, messages in heldout_rows(2, 40):
            f.write(json.dumps({"messages": messages, "meta": {"category": category}}, ensure_ascii=False) + "\n")
    rows, tokenizer, model = read_rows(out / "eval.jsonl"), load_tokenizer(out), load_model(out)
    answers = answer_rows(model, tokenizer, rows)
    result = score(rows, answers)
    print(json.dumps(result, indent=1))
    wrong = [(c, m[-2]["content"], m[-1]["content"], x) for (c, m), x in zip(rows, answers) if re.sub(r"\W", "", x).casefold() != re.sub(r"\W", "", m[-1]["content"]).casefold()]
    for w in wrong:
        print("  wrong:", w)
    parameters = sum(p.numel() for p in model.parameters())
    (out / "README.md").write_text(CARD.format(parameters=parameters, layers=model.config.num_hidden_layers, width=model.config.hidden_size, vocabulary=model.config.vocab_size, megabytes=(out / "model.safetensors").stat().st_size / 1e6,
        tokens=args.tokens, questions=len(rows), all=f"{100 * result['all']:.1f} %", table="\n".join(f"| {c} | {100 * v:.1f} % |" for c, v in result.items() if c != "all")))
    auto = AutoTokenizer.from_pretrained(out)
    cases = []
    for messages in PROMPTS:
        text = auto.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert text == chat_text(messages, prompt=True)
        ids = auto(text, add_special_tokens=False)["input_ids"]
        assert ids == tokenizer.encode(text).ids
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
            generated = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, max_new_tokens=40)[0, len(ids):].tolist()
        cases.append({"messages": messages, "text": text, "ids": ids, "logits": [float(f"{x:.6g}") for x in logits.tolist()], "generated": generated, "answer": auto.decode(generated, skip_special_tokens=True)})
        print(repr(messages[-1]["content"]), "->", cases[-1]["answer"])
    (HERE / "fixtures").mkdir(exist_ok=True)
    (HERE / "fixtures" / "logits.json").write_text("{\"about\": \"last-position logits (f32 arithmetic on the stored f16 weights) and greedy answers, made by publish.py with transformers\", \"cases\": [\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]}\n")


if __name__ == "__main__":
    main()
