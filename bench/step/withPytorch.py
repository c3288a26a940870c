"""One optimizer step of LoRA in PyTorch (transformers and PEFT), for comparison with the studio's: JSON lines in, JSON lines out.

    python bench/step/withPytorch.py [--threads N]          (versions: requirements.txt beside this file; nothing is downloaded)

It obeys the orders of bench/contender.ts, one a line on standard input, and answers each by one line on standard output,
{"ok": true, ...} or {"ok": false, "message": ...}; it ends with its input:

    {"order": "open"}                                  -> "device": versions, threads
    {"order": "prepare", "config": {...}, "rows": [{"inputIds": [...], "labels": [...]}, ...], "rank": 16, "alpha": 32,
     "learningRate": 0.003, "checkpointing": false, "weights": "file.safetensors" or null}
                                                       -> "parameters", "trainable"
    {"order": "once"}                                  -> "result": loss before the step, "ms", "cpuMs": processor time of all
                                                          threads (with --threads 1 steadier than "ms" on a busy machine)
    {"order": "profile"}                               -> "table": where a step's time goes, by operator

config is a model's config.json (with model_type). Without `weights` the model and the adapter have random numbers; a file of
tensors in transformers' and PEFT's names sets those that it holds, so that both sides can report the same loss.

What is timed is what a trainer does each step: forward with labels, backward, clipping (the norm alone, as ours in the
benchmark never reaches it), fused AdamW. f32, `sdpa` attention, rows padded to the longest with an attention mask, LoRA on all
linear layers. Labels are unshifted with -100, as in Hugging Face.
"""
import argparse
import json
import sys
import time
import warnings

import peft
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM

transformers.logging.set_verbosity_error()
warnings.filterwarnings("ignore")


class Step:
    def __init__(self, order):
        torch.manual_seed(0)
        config = AutoConfig.for_model(**order["config"])
        base = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32)
        settings = peft.LoraConfig(r=order["rank"], lora_alpha=order["alpha"], target_modules="all-linear", task_type="CAUSAL_LM")
        self.model = peft.get_peft_model(base, settings)
        if order.get("weights"):
            self._set_weights(load_file(order["weights"]))
        self.model.train()
        self.model.config.use_cache = False
        if order.get("checkpointing"):
            self.model.enable_input_require_grads()
            self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=order["learningRate"], weight_decay=0.0, fused=True)
        longest = max(len(row["inputIds"]) for row in order["rows"])

        def padded(key, value):
            return torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in order["rows"]])

        self.batch = {
            "input_ids": padded("inputIds", 0),
            "labels": padded("labels", -100),
            "attention_mask": torch.tensor([[1] * len(row["inputIds"]) + [0] * (longest - len(row["inputIds"])) for row in order["rows"]]),
        }

    def _set_weights(self, tensors):
        """Names as in a model's folder, and as PEFT writes adapters."""
        own = dict(self.model.named_parameters())
        for name, values in tensors.items():
            if name.startswith("base_model."):
                wanted = name.replace(".weight", ".default.weight")
            else:
                wanted = next(key for key in (f"base_model.model.{name}", f"base_model.model.{name}".replace("_proj.", "_proj.base_layer."))
                              if key in own)
            with torch.no_grad():
                own[wanted].copy_(values)

    def once(self):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model(**self.batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1e9)
        self.optimizer.step()
        return {"result": loss.item(), "ms": 1000 * (time.perf_counter() - begun), "cpuMs": 1000 * (time.process_time() - begun_cpu)}

    def profile(self):
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
            self.once()
        return {"table": profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=20, max_name_column_width=40)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=None)
    threads = parser.parse_args().threads
    if threads:
        torch.set_num_threads(threads)
    step = None
    for line in sys.stdin:
        try:
            order = json.loads(line)
            if order["order"] == "open":
                versions = f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}"
                answer = {"device": f"{versions}, {torch.get_num_threads()} threads"}
            elif order["order"] == "prepare":
                step = Step(order)
                answer = {
                    "parameters": sum(parameter.numel() for parameter in step.model.parameters()),
                    "trainable": sum(parameter.numel() for parameter in step.trained),
                }
            elif order["order"] == "profile":
                answer = step.profile()
            else:
                answer = step.once()
            answer["ok"] = True
        except Exception as error:  # noqa: BLE001 - the other side decides what to do
            answer = {"ok": False, "message": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
