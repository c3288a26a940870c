"""TRL prepares the benchmark's file: seconds from JSONL to labels, as one line of JSON on standard output.

    python bench/data/prepareWithTrl.py TOKENIZER_FOLDER FILE WORKERS MAX_LENGTH          (versions: requirements.txt beside this file)

What is timed is `datasets.load_dataset` and SFTTrainer's own `_prepare_dataset` (chat template with its assistant mask, tokenization,
labels, truncation, dropping of rows without labels), nothing cached from before; imports and the trainer's other set-up are not.
"""
import json
import os
import sys
import tempfile
import time
from pathlib import Path

scratch = tempfile.TemporaryDirectory()
os.environ.update(HF_HOME=scratch.name, HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import datasets  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM  # noqa: E402

datasets.disable_progress_bars()
seconds = {}


class TimedTrainer(trl.SFTTrainer):
    def _prepare_dataset(self, *args, **kwargs):
        begun = time.perf_counter()
        prepared = super()._prepare_dataset(*args, **kwargs)
        seconds["prepare"] = time.perf_counter() - begun
        return prepared


def main(folder, file, workers, max_length):
    config = json.loads((Path(folder) / "tokenizer_config.json").read_text())
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(Path(folder) / "tokenizer.json"), eos_token=config["eos_token"],
                                        pad_token=config["pad_token"], chat_template=config["chat_template"])
    # The trainer wants a model; this one is next to nothing.
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                                         num_attention_heads=1, num_key_value_heads=1))
    begun = time.perf_counter()
    rows = datasets.load_dataset("json", data_files=file, split="train", cache_dir=scratch.name)
    seconds["load"] = time.perf_counter() - begun
    settings = trl.SFTConfig(output_dir=scratch.name, max_length=int(max_length), assistant_only_loss=True, dataset_num_proc=int(workers), use_cpu=True,
                             report_to="none", bf16=False)
    trainer = TimedTrainer(model=model, args=settings, train_dataset=rows, processing_class=tokenizer)
    prepared = trainer.train_dataset.with_format("arrow")
    tokens = trained = 0
    for batch in prepared.iter(10_000):
        labels = batch["labels"].combine_chunks().values.to_numpy()
        tokens += len(labels)
        trained += int((labels != -100).sum())
    print(json.dumps({
        "seconds": seconds["load"] + seconds["prepare"], "loadSeconds": seconds["load"], "prepareSeconds": seconds["prepare"],
        "rows": len(prepared), "tokens": tokens, "trainedTokens": trained, "workers": int(workers),
        "versions": f"trl {trl.__version__}, transformers {transformers.__version__}, datasets {datasets.__version__}",
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
