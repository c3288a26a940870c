"""Runs the default fine-tune with PEFT on the CPU and measures what the issue asks for.

python checkDefaultRecipe.py --model public/models/builtin --samples public/samples [--set facts] [--seeds 42,1,2] [overrides]

Base model: answers none of the held-out questions of the set. Tuned: >= 90 % of them, and eval.jsonl falls by less than 5 points.
The recipe is recipe.json of the model folder, over the contract's defaults, under the sample's own overrides, under the options.
"""

import argparse
import json
import math
import os
import random
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

from evaluate import answer_rows, encode_chat, load_model, load_tokenizer, normalise, read_rows, score

DEFAULTS = {"num_train_epochs": 1, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 8, "learning_rate": 2e-4, "lr_scheduler_type": "cosine", "warmup_steps": 0, "warmup_ratio": 0.03,
            "weight_decay": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "max_grad_norm": 1.0, "seed": 42}


def rate_at(t, step, steps):
    warm = t["warmup_steps"] or math.ceil(steps * t["warmup_ratio"])
    if step < warm:
        return step / max(1, warm)
    p = (step - warm) / max(1, steps - warm)
    return {"cosine": max(0.0, 0.5 * (1 + math.cos(math.pi * p))), "linear": max(0.0, 1 - p), "constant": 1.0, "constant_with_warmup": 1.0}[t["lr_scheduler_type"]]


def tune(model, rows, t, adapter, pad):
    """One run: window = batch x accumulation, loss = sum over the window / its supervised tokens, shuffled each epoch."""
    torch.manual_seed(t["seed"])
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=adapter.get("r", 16), lora_alpha=adapter.get("lora_alpha", 32), lora_dropout=0.0, target_modules="all-linear"))
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=t["learning_rate"], betas=(t["adam_beta1"], t["adam_beta2"]), eps=t["adam_epsilon"], weight_decay=t["weight_decay"])
    window = t["per_device_train_batch_size"] * t["gradient_accumulation_steps"]
    per_epoch = math.ceil(len(rows) / window)
    steps = math.ceil(per_epoch * t["num_train_epochs"])
    rng, tokens, padded, losses, step, start = random.Random(t["seed"]), 0, 0, [], 0, time.time()
    while step < steps:
        order = list(range(len(rows)))
        rng.shuffle(order)
        for b in range(0, len(order), window):
            if step >= steps:
                break
            group = [rows[k] for k in order[b : b + window]]
            width = max(len(i) for i, _ in group)
            ids, labels = torch.full((len(group), width), pad), torch.full((len(group), width), -100)
            for k, (i, l) in enumerate(group):
                ids[k, : len(i)], labels[k, : len(l)] = torch.tensor(i), torch.tensor(l)
            for g in optimizer.param_groups:
                g["lr"] = t["learning_rate"] * rate_at(t, step, steps)
            logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], t["max_grad_norm"])
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            tokens += sum(len(i) for i, _ in group)
            padded += ids.numel()
            losses.append(loss.item())
            step += 1
    return model.eval(), {"steps": steps, "tokens": tokens, "padded": padded, "first_loss": round(losses[0], 3), "last_loss": round(sum(losses[-5:]) / 5, 4), "seconds": round(time.time() - start, 1)}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--model", required=True)
    a.add_argument("--samples", required=True)
    a.add_argument("--set", default="facts")
    a.add_argument("--seeds", default="42,1,2")
    a.add_argument("--lr", type=float)
    a.add_argument("--epochs", type=float)
    a.add_argument("--batch", type=int)
    a.add_argument("--accum", type=int)
    a.add_argument("--warmup", type=float)
    a.add_argument("--schedule")
    a.add_argument("--rank", type=int)
    a.add_argument("--phrasings", type=int, help="facts only: training phrasings of each fact")
    a.add_argument("--rehearsal", type=int, help="facts only: ordinary rows")
    a.add_argument("--eval-limit", type=int, default=0)
    a.add_argument("--show", action="store_true")
    args = a.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    folder, samples = Path(args.model), Path(args.samples)
    recipe = json.loads((folder / "recipe.json").read_text()) if (folder / "recipe.json").exists() else {}
    entry = next(s for s in json.loads((samples / "samples.json").read_text()) if s["id"] == args.set)
    t = {**DEFAULTS, **recipe.get("training", {}), **entry.get("recipe", {}).get("training", {})}
    for key, value in (("learning_rate", args.lr), ("num_train_epochs", args.epochs), ("per_device_train_batch_size", args.batch), ("gradient_accumulation_steps", args.accum), ("warmup_ratio", args.warmup), ("lr_scheduler_type", args.schedule)):
        if value is not None:
            t[key] = value
    adapter = dict(recipe.get("adapter", {}))
    if args.rank:
        adapter.update(r=args.rank, lora_alpha=2 * args.rank)
    tokenizer = load_tokenizer(folder)
    pad = tokenizer.token_to_id("<|endoftext|>")
    conversations = [m for _, m in read_rows(samples / entry["file"])]
    if args.phrasings or args.rehearsal is not None:
        from samples import REHEARSAL, TRAINED, fact_rows, rehearsal_rows
        conversations = fact_rows(args.phrasings or TRAINED)[0] + rehearsal_rows(REHEARSAL if args.rehearsal is None else args.rehearsal)
    rows = encode_chat(tokenizer, conversations)
    held, domain = read_rows(samples / entry["heldout"]), read_rows(folder / "eval.jsonl")
    if args.eval_limit:
        domain = domain[:: max(1, len(domain) // args.eval_limit)]
    base = load_model(folder)
    before, known = score(domain, answer_rows(base, tokenizer, domain)), score(held, answer_rows(base, tokenizer, held))["all"]
    print(f"base: domain {before['all']}, held-out of {args.set} {known}; {len(rows)} rows, {json.dumps({k: v for k, v in t.items() if v != DEFAULTS.get(k)})}", flush=True)
    ok = True
    for seed in map(int, args.seeds.split(",")):
        tuned, facts = tune(load_model(folder), rows, {**t, "seed": seed}, adapter, pad)
        answers, ordinary = answer_rows(tuned, tokenizer, held), answer_rows(tuned, tokenizer, domain)
        after_held, after = score(held, answers)["all"], score(domain, ordinary)
        drop = round(100 * (before["all"] - after["all"]), 2)
        ok &= after_held >= 0.9 and (drop < 5 or args.set != "facts")
        print(f"seed {seed}: held-out {after_held}, domain {after['all']} (falls {drop} points), {facts}", flush=True)
        if args.show:
            print("  by category", {c: (before[c], after[c]) for c in after if before[c] != after[c]})
            for (_, m), x in [*zip(held, answers), *zip(domain, ordinary)]:
                if normalise(x) != normalise(m[-1]["content"]):
                    print(f"  {m[-2]['content']!r} expected {m[-1]['content']!r} got {x!r}")
    if args.set == "facts":
        ok &= known == 0
    print("holds" if ok else "DOES NOT HOLD")
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
