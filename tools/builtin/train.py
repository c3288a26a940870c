"""Trains the built-in model from nothing on the seeded corpus and writes the model folder (f16).

python train.py --out DIR [--tokens 8000000] [--init DIR]
"""

import argparse
import json
import math
import os
import random
import time
from itertools import islice
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

import tokenizer as tokenizers_
from corpus import heldout_rows, training_rows
from evaluate import answer_rows, encode_chat, load_tokenizer, score

CONFIG = dict(hidden_size=256, num_hidden_layers=4, num_attention_heads=8, num_key_value_heads=2, intermediate_size=768, vocab_size=tokenizers_.VOCABULARY,
              max_position_embeddings=1024, rope_theta=10000.0, rms_norm_eps=1e-6, tie_word_embeddings=True, hidden_act="silu", use_cache=True)


def build(seed, tokenizer):
    torch.manual_seed(seed)
    config = Qwen2Config(**CONFIG, bos_token_id=None, eos_token_id=tokenizer.token_to_id("<|im_end|>"), pad_token_id=tokenizer.token_to_id("<|endoftext|>"), attn_implementation="sdpa")
    model = Qwen2ForCausalLM(config)
    scale = 0.02 / math.sqrt(2 * config.num_hidden_layers)
    for name, p in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            torch.nn.init.normal_(p, std=scale)
    return model


def batches(tokenizer, seed, tokens_per_batch, mixture, chunk=6000):
    """Rows bucketed by length: (ids, labels) padded to the longest of the batch. Right padding needs no mask under causal attention."""
    rows = training_rows(seed, mixture)
    order = random.Random(seed + 1)
    pad = tokenizer.token_to_id("<|endoftext|>")
    while True:
        encoded = encode_chat(tokenizer, [m for _, m in islice(rows, chunk)])
        encoded.sort(key=lambda e: len(e[0]))
        groups, group, longest = [], [], 0
        for e in encoded:
            longest = max(longest, len(e[0]))
            if group and longest * (len(group) + 1) > tokens_per_batch:
                groups.append(group)
                group, longest = [], len(e[0])
            group.append(e)
        order.shuffle(groups)
        for g in groups:
            width = max(len(ids) for ids, _ in g)
            ids = torch.full((len(g), width), pad)
            labels = torch.full((len(g), width), -100)
            for k, (i, l) in enumerate(g):
                ids[k, : len(i)] = torch.tensor(i)
                labels[k, : len(l)] = torch.tensor(l)
            yield ids, labels, sum(len(i) for i, _ in g)


def loss_of(model, ids, labels, bf16):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
        keep = labels[:, 1:] != -100
        logits = model.lm_head(hidden[keep])
    return torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][keep])


def save(model, folder):
    folder = Path(folder)
    state = {n: t.detach().to(torch.float16).contiguous() for n, t in model.state_dict().items() if n != "lm_head.weight"}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": None, "eos_token_id": config.eos_token_id, "pad_token_id": config.pad_token_id,
        "hidden_act": "silu", "hidden_size": config.hidden_size, "initializer_range": 0.02, "intermediate_size": config.intermediate_size, "max_position_embeddings": config.max_position_embeddings,
        "max_window_layers": config.num_hidden_layers, "model_type": "qwen2", "num_attention_heads": config.num_attention_heads, "num_hidden_layers": config.num_hidden_layers,
        "num_key_value_heads": config.num_key_value_heads, "rms_norm_eps": 1e-6, "rope_scaling": None, "rope_theta": CONFIG["rope_theta"], "sliding_window": None, "tie_word_embeddings": True,
        "torch_dtype": "float16", "transformers_version": "4.51.0", "use_cache": True, "use_sliding_window": False, "vocab_size": config.vocab_size}, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": False, "eos_token_id": [config.eos_token_id, config.pad_token_id], "pad_token_id": config.pad_token_id, "max_new_tokens": 64}, indent=2) + "\n")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--tokens", type=float, default=8e6)
    a.add_argument("--batch", type=int, default=6144)
    a.add_argument("--lr", type=float, default=3e-3)
    a.add_argument("--muon-lr", type=float, default=0.0, help="0: AdamW for everything")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--init", default="", help="a state dict to continue from")
    a.add_argument("--start", type=float, default=0, help="with --init: the tokens it has seen")
    a.add_argument("--warmup", type=float, default=2e5, help="tokens")
    a.add_argument("--mixture", default="first", help="corpus.MIXTURES")
    a.add_argument("--bf16", action="store_true")
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--workers", type=int, default=1, help="processes that share each batch, one thread each (better than threads on a busy machine)")
    a.add_argument("--stop", type=float, default=1e18, help="stop after these tokens (to compare settings)")
    args = a.parse_args()
    out = Path(args.out)
    if not (out / "tokenizer.json").exists():
        tokenizers_.train(out)
    if args.workers > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(20000 + os.getpid() % 20000))
        torch.multiprocessing.spawn(work, (args, out), args.workers)
    else:
        work(0, args, out)


def work(rank, args, out):
    torch.set_num_threads(args.threads if args.workers == 1 else 1)
    if args.workers > 1:
        dist.init_process_group("gloo", rank=rank, world_size=args.workers)
    tokenizer = load_tokenizer(out)
    model = build(args.seed, tokenizer)
    if args.init:
        model.load_state_dict(torch.load(args.init))
    held = heldout_rows(2, 40)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
    inside = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in inside]
    if args.muon_lr:
        optimizers = [torch.optim.Muon(matrices, lr=args.muon_lr, momentum=0.95, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"), torch.optim.AdamW(others, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0)]
    else:
        optimizers = [torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}], lr=args.lr, betas=(0.9, 0.98))]
    for o in optimizers:
        for g in o.param_groups:
            g["peak"] = g["lr"]
    seen, step, start, running = args.start, 0, time.time(), None
    next_eval = seen + 1e6
    for ids, labels, n in batches(tokenizer, args.seed + int(args.start) + 1000 * rank, args.batch // args.workers, args.mixture):
        done = seen / args.tokens
        rate = min(1.0, (seen - args.start) / args.warmup + 0.01) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))
        for o in optimizers:
            for g in o.param_groups:
                g["lr"] = g["peak"] * rate
        loss = loss_of(model, ids, labels, args.bf16)
        loss.backward()
        if args.workers > 1:
            flat = torch.cat([p.grad.flatten() for p in model.parameters()] + [torch.tensor([float(n)])])
            dist.all_reduce(flat)
            n, at = int(flat[-1].item()), 0
            for p in model.parameters():
                p.grad.copy_(flat[at : at + p.numel()].view_as(p) / args.workers)
                at += p.numel()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in optimizers:
            o.step()
            o.zero_grad(set_to_none=True)
        seen += n
        step += 1
        running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        if step % 50 == 0 and rank == 0:
            print(f"step {step} tokens {seen} loss {running:.4f} {(seen - args.start) / (time.time() - start):.0f} tok/s {time.time() - start:.0f} s", flush=True)
        if rank == 0 and (seen >= next_eval or seen >= args.tokens or seen >= args.stop):
            next_eval += 1e6
            model.eval()
            print("held out", score(held[::3] if seen < args.tokens else held, answer_rows(model, tokenizer, held[::3] if seen < args.tokens else held)), flush=True)
            model.train()
            torch.save(model.state_dict(), out / "last.pt")
            save(model, out)
        if seen >= args.tokens or seen >= args.stop:
            break


if __name__ == "__main__":
    main()
