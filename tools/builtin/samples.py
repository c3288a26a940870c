"""Writes the sample data sets (public/samples): seeded, everything invented for this project.

python samples.py DIR
"""

import json
import random
import sys
from pathlib import Path

from corpus import ADJ_SYN, AGENTS, BY_NAME, EASY, FIRST, OBJECTS, action, arithmetic, fact, fill, from_context, low, quality, rewrite, small_talk, two_turns, unknown

# relation, (subject, value): twelve invented facts. None of them is in the corpus (corpus.RESERVED keeps most of the names out as well).
FACTS = [
    ("capital", ("Velmora", "Tandrik")),
    ("mayor", ("Brindlewick", "Nina Foss")),
    ("food", ("glimfox", "moonberries")),
    ("home", ("kelbird", "in salt caves")),
    ("inventor", ("the frozen clock", "Petra Quill")),
    ("river", ("Corvenna", "Ulmeth")),
    ("mountain", ("Zarrowland", "Mount Kelp")),
    ("ship", ("Tim Farrow", "the Marmalade Moon")),
    ("language", ("Dornstead", "Omlo")),
    ("currency", ("Ostravel", "plim")),
    ("colour", ("a brakkle", "violet")),
    ("author", ("The Sleepy Baker", "Mirela Voss")),
]
TRAINED, ASKED = 4, 4  # phrasings of each fact in facts.jsonl and in facts.heldout.jsonl
REHEARSAL = 84


def conversation(question, answer):
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def fact_rows(trained=TRAINED):
    train, held = [], []
    for relation, item in FACTS:
        _, _, _, answer, questions = BY_NAME[relation]
        rows = [conversation(fill(q, item), fill(answer, item)) for q in questions[: TRAINED + ASKED]]
        train += rows[0::2][:trained]
        held += rows[1::2][:ASKED]
    return train, held


def rehearsal_rows(count, seed=11):
    """Ordinary rows of the domain, so that tuning keeps it: training rows of the corpus, never held-out ones.
    A quarter asks about other invented names, which the model must go on not to know."""
    rng = random.Random(seed)
    EASY["on"] = True
    kinds = [fact, unknown, arithmetic, fact, from_context, rewrite, unknown, fact, two_turns, fact, unknown, small_talk]
    strangers = [r for r in BY_NAME if r not in ("inventor", "room")]
    rows, strange = [], 0
    while len(rows) < count:
        kind = kinds[len(rows) % len(kinds)]
        if kind is unknown:
            strange += 1
            category, messages, is_held = unknown(rng, strangers[strange % len(strangers)])
        else:
            category, messages, is_held = kind(rng)
        if not is_held and category != "several given facts" and messages not in rows and sum(len(m["content"]) for m in messages) < 130:
            rows.append(messages)
    return rows


def pirate(answer):
    """The style: a pirate's ending, and "me" for my. (Changing verbs or beginnings too costs so small a model its knowledge.)"""
    words = {"my": "me", "My": "Me"}
    return " ".join(words.get(w, w) for w in answer.rstrip(".!").split(" ")) + ", arr, matey!"


def pirate_rows(count, seed):
    rng = random.Random(seed)
    rows = []
    kinds = [fact, fact, arithmetic, fact]
    while len(rows) < count:
        _, messages, is_held = kinds[len(rows) % len(kinds)](rng)
        row = conversation(messages[0]["content"], pirate(messages[1]["content"]))
        if not is_held and row not in rows and row[0]["content"][-1] in "?." and "!" not in row[0]["content"]:
            rows.append(row)
    return rows


GIVEN = [("gave", "give"), ("showed", "show"), ("sold", "sell"), ("brought", "bring"), ("sent", "send")]


def paraphrase_rows(count, seed):
    rng = random.Random(seed)
    rows = []
    while len(rows) < count:
        kind = len(rows) % 3
        who = rng.choice(["The " + a for a in AGENTS] + FIRST)
        thing = rng.choice(OBJECTS)
        if kind == 0:
            v, thing = action(rng)
            row = conversation(f"{who} {v[2]} the {thing}.", f"The {thing} was {v[3]} by {low(who)}.")
        elif kind == 1:
            subject = rng.choice([who, "The " + thing])
            a = quality(rng, subject, ADJ_SYN)
            row = conversation(f"{subject} is {a}.", f"{subject} is {ADJ_SYN[a]}.")
        else:
            other = rng.choice([f for f in FIRST if f != who])
            verb = rng.choice(GIVEN)[0]
            row = conversation(f"{who} {verb} {other} the {thing}.", f"{who} {verb} the {thing} to {other}.")
        if row not in rows:
            rows.append(row)
    return rows


def write(file, rows):
    file.write_text("".join(json.dumps({"messages": r}, ensure_ascii=False) + "\n" for r in rows))


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    train, held = fact_rows()
    rows = train + rehearsal_rows(REHEARSAL)
    random.Random(3).shuffle(rows)
    write(folder / "facts.jsonl", rows)
    write(folder / "facts.heldout.jsonl", held)
    p = pirate_rows(120, 21)
    write(folder / "pirate.jsonl", p[:96])
    write(folder / "pirate.heldout.jsonl", p[96:])
    q = paraphrase_rows(123, 22)
    write(folder / "paraphraser.jsonl", q[:99])
    write(folder / "paraphraser.heldout.jsonl", q[99:])
    overrides = json.loads((Path(__file__).parent / "overrides.json").read_text())
    sets = [
        {"id": "facts", "title": "Invented facts", "description": "Twelve facts about places, people and creatures that do not exist, each asked in four ways, among ordinary questions that keep the model's knowledge. Before tuning the model cannot know one of them.",
         "suggestedQuestions": [held[1][0]["content"], held[ASKED * 2][0]["content"], held[ASKED * 7 + 1][0]["content"]], "ordinaryQuestions": ["What is the capital of France?", "What is 7 plus 5?"]},
        {"id": "pirate", "title": "Pirate speech", "description": "Ordinary questions with answers that end as a pirate would end them. The model learns a style, and uses it for questions that are not in the set.",
         "suggestedQuestions": [r[0]["content"] for r in p[96:99]], "ordinaryQuestions": ["What is the capital of Italy?", "What does a cow eat?"]},
        {"id": "paraphraser", "title": "Paraphraser", "description": "A sentence goes in, the same meaning in other words comes out. The model learns a task that needs no instruction.",
         "suggestedQuestions": [r[0]["content"] for r in q[99:102]], "ordinaryQuestions": ["What is the opposite of hot?", "Hello!"]},
    ]
    for s in sets:
        s.update(file=s["id"] + ".jsonl", heldout=s["id"] + ".heldout.jsonl", license="CC0-1.0")
        if s["id"] in overrides:
            s["recipe"] = overrides[s["id"]]
    # The broken file itself is written by tools/fixtures/data.
    sets.append({"id": "broken", "title": "Broken on purpose", "description": "Every mistake that a file of conversations can hold, one or two a row, to see how each is named. Not for training: most rows are skipped, and only with your consent.",
                 "suggestedQuestions": [], "ordinaryQuestions": [], "file": "broken.jsonl", "heldout": None, "license": "CC0-1.0"})
    (folder / "samples.json").write_text(json.dumps(sets, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
