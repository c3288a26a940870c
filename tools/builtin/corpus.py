"""The seeded corpus of the built-in model: conversations as lists of {role, content}.

Every generator takes a random.Random and returns (category, messages, held). `held` is a deterministic property of what is asked
(a hash of relation, item and phrasing, or of the sentence, or of the invented names), never of the draw: training keeps the rows
with held False, the held-out questions are rows with held True, so no held-out question can occur in training.
"""

import hashlib
import random

from relations import MISC, RELATIONS, WORDS

HELD_SHARE = 12  # one combination in 12 is held out

# Invented names kept free for the sample sets: build_name never makes them.
RESERVED = {"velmora", "tandrik", "brindlewick", "oska", "fenn", "glimfox", "snorbit", "petra", "quill", "corvenna", "ulmeth", "zarrowland", "kelp",
            "yarrow", "quillhaven", "ombric", "ostravel", "plim", "brakkle", "mirela", "voss", "wumble", "dorrick", "pell"}


def held(*key):
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return digest[0] * 256 + digest[1] < 65536 // HELD_SHARE


def an(word):
    return ("an " if word[0].lower() in "aeiou" and not word.lower().startswith(("uni", "use", "eu", "one")) else "a ") + word


def cap(text):
    return text[0].upper() + text[1:]


def fill(template, item):
    fields = {}
    for i, value in enumerate(item):
        value = str(value)
        fields[str(i)], fields["a" + str(i)], fields["C" + str(i)], fields["A" + str(i)] = value, an(value), cap(value), cap(an(value))
    for name, value in fields.items():
        template = template.replace("{" + name + "}", value)
    return cap(template)


WRAPS = ["{q}"] * 14 + ["Please tell me: {q}", "Hey, {l}", "Quick question: {l}", "Hi! {q}", "{q} Thanks!", "Tell me, {l}", "I have a question. {q}", "Please answer: {l}", "Hello. {q}", "Can you help me? {q}", "{l}", "{n}", "{ln}", "So, {l}", "{q} Please."]
ORDER_WRAPS = [w for w in WRAPS if not w.startswith(("Please", "Tell me", "Quick", "I have", "{q} Please"))]
LOWER_FIRST = {"what", "which", "who", "where", "how", "name", "tell", "do", "of", "on", "in", "whose", "by", "from", "with", "why", "give", "explain", "count", "out", "after", "before", "if", "mix", "is", "are", "can", "put", "say", "the", "an", "a", "opposite", "plural", "past", "another", "describe", "in"}


def wrap(rng, question):
    """Says the question as people do: with a greeting, in lower case, without the question mark."""
    return wrap_with(rng.choice(WRAPS if question[-1] == "?" else ORDER_WRAPS), question)


def wrap_with(w, question):
    first = question.split(" ")[0].split("'")[0].lower()
    low = question[0].lower() + question[1:] if first in LOWER_FIRST else question
    return w.replace("{q}", question).replace("{ln}", low.rstrip("?.")).replace("{l}", low).replace("{n}", question.rstrip("?."))


def qa(category, question, answer, is_held=False):
    return category, [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], is_held


# ---------------------------------------------------------------- facts

ITEMS = [(r, i) for r in RELATIONS for i in r[4]] + [(r, i) for r in RELATIONS for i in r[4] if r[1] in ("calendar", "colours")]
for _name, _, _, _questions, _items in RELATIONS:
    assert len({i[:-1] for i in _items}) == len(_items), _name


def fact(rng):
    if rng.random() < 0.05:
        k = rng.randrange(len(MISC))
        p = rng.randrange(len(MISC[k][0]))
        w = rng.choice(("{q}", "{l}", "Please tell me: {q}", "Hey, {l}", "Hi! {q}", "{q} Thanks!", "{ln}"))
        return qa("single facts", wrap_with(w, MISC[k][0][p]), MISC[k][1], w != "{q}" and held("misc", k, p, w))
    (name, category, answer, questions, _), item = rng.choice(ITEMS)
    p = rng.randrange(len(questions))
    return qa(category, wrap(rng, fill(questions[p], item)), fill(answer, item), held(name, item, p))


# ---------------------------------------------------------------- arithmetic

SUM_Q = ["What is {a} plus {b}?", "What is {a} + {b}?", "How much is {a} plus {b}?", "{a} + {b} = ?", "Add {a} and {b}.", "{a} plus {b} is what?", "What do you get when you add {a} and {b}?", "Calculate {a} + {b}.", "What is the sum of {a} and {b}?", "Tell me {a} plus {b}."]
SUB_Q = ["What is {a} minus {b}?", "What is {a} - {b}?", "How much is {a} minus {b}?", "{a} - {b} = ?", "Take {b} away from {a}.", "{a} minus {b} is what?", "Subtract {b} from {a}.", "Calculate {a} - {b}.", "I have {a} apples and eat {b}. How many are left?", "Tell me {a} minus {b}."]
MUL_Q = ["What is {a} times {b}?", "What is {a} x {b}?", "How much is {a} times {b}?", "{a} x {b} = ?", "Multiply {a} by {b}.", "{a} times {b} is what?", "Calculate {a} x {b}.", "What is {a} multiplied by {b}?", "Tell me {a} times {b}."]
NEXT_Q = ["What number comes after {a}?", "Which number follows {a}?", "What is the next number after {a}?", "Count on from {a}.", "Name the number after {a}.", "After {a} comes which number?"]
BEFORE_Q = ["What number comes before {a}?", "Which number is just before {a}?", "Name the number before {a}.", "Before {a} comes which number?", "What is the number before {a}?"]
BIG_Q = ["Which is bigger, {a} or {b}?", "Which number is bigger, {a} or {b}?", "What is more, {a} or {b}?", "Which is larger, {a} or {b}?", "Is {a} or {b} bigger?", "{a} or {b}: which is bigger?"]
DOUBLE_Q = ["What is double {a}?", "What is twice {a}?", "Double {a}.", "What is the double of {a}?", "Tell me twice {a}."]
HALF_Q = ["What is half of {a}?", "Halve {a}.", "What is {a} divided by 2?", "How much is half of {a}?", "Tell me half of {a}."]
DIGIT_Q = ["Write {w} as a number.", "Write the number {w} in digits.", "Which digits stand for {w}?", "What is {w} in digits?", "How do I write {w} with digits?"]
WORD_Q = ["Write {a} as a word.", "How do you spell the number {a}?", "Write the number {a} in words.", "What is {a} in words?", "Which word stands for {a}?"]


def arithmetic(rng):
    kind = rng.choices(("sum", "sub", "mul", "next", "before", "big", "double", "half", "digit", "word"), (8, 6, 6, 2, 2, 3, 1, 1, 1, 1))[0]
    a, b = rng.randint(0, 10), rng.randint(0, 10)
    if kind == "sum":
        qs, ans = SUM_Q, f"{a} plus {b} is {a + b}."
    elif kind == "sub":
        a, b = max(a, b), min(a, b)
        qs, ans = SUB_Q, f"{a} minus {b} is {a - b}."
    elif kind == "mul":
        a, b = rng.randint(1, 9), rng.randint(1, 9)
        qs, ans = MUL_Q, f"{a} times {b} is {a * b}."
    elif kind == "next":
        a, b = rng.randint(0, 30), 0
        qs, ans = NEXT_Q, f"After {a} comes {a + 1}."
    elif kind == "before":
        a, b = rng.randint(1, 30), 0
        qs, ans = BEFORE_Q, f"Before {a} comes {a - 1}."
    elif kind == "big":
        a, b = rng.sample(range(13), 2)
        qs, ans = BIG_Q, f"{max(a, b)} is bigger than {min(a, b)}."
    elif kind == "double":
        a, b = rng.randint(1, 12), 0
        qs, ans = DOUBLE_Q, f"Double {a} is {2 * a}."
    elif kind == "half":
        a, b = 2 * rng.randint(1, 12), 0
        qs, ans = HALF_Q, f"Half of {a} is {a // 2}."
    else:
        a, b = rng.randint(0, 12), 0
        qs, ans = (DIGIT_Q, f"The number {WORDS[a]} is {a}.") if kind == "digit" else (WORD_Q, f"The number {a} is {WORDS[a]}.")
    p = rng.randrange(len(qs))
    question = qs[p].replace("{a}", str(a)).replace("{b}", str(b)).replace("{w}", WORDS[min(a, 20)])
    return qa("arithmetic", wrap(rng, question), ans, held(kind, a, b, p))


# ---------------------------------------------------------------- small talk

TALK = [
    (["Hello!", "Hi!", "Hi there!", "Hey!", "Hello there!", "Good day!", "Hey there!", "Greetings!", "Hi, anyone here?", "Hello, model!"], "Hello! How can I help you?"),
    (["Good morning!", "Good morning to you!", "A very good morning!", "Morning!"], "Good morning! I hope you slept well."),
    (["Good night!", "I am going to bed.", "Sleep well!", "Time for bed.", "I am going to sleep now."], "Good night! Sleep well."),
    (["How are you?", "How are you today?", "How are you doing?", "How do you do?", "Are you well?", "How do you feel?", "How is it going?", "What's up?"], "I am fine, thank you. How are you?"),
    (["Who are you?", "What are you?", "What is your name?", "What's your name?", "Tell me your name.", "Introduce yourself.", "Who am I talking to?", "Do you have a name?", "Which model are you?"], "I am the built-in model of Tunesmith."),
    (["What can you do?", "What do you know?", "How can you help me?", "What are you good at?", "What can I ask you?", "What should I ask you?", "Can you help me?", "Help!", "I need help."], "I can answer small questions, do small sums and rewrite short sentences."),
    (["Thank you!", "Thanks!", "Thanks a lot!", "Thank you very much!", "Many thanks!", "That was helpful.", "Great, thanks!", "Thank you for your help."], "You are welcome!"),
    (["Goodbye!", "Bye!", "See you later!", "Bye bye!", "I have to go.", "See you tomorrow!", "Farewell!", "Until next time!"], "Goodbye! Come back soon."),
    (["Are you a human?", "Are you a robot?", "Are you a person?", "Are you real?", "Are you alive?", "Are you a machine?", "Are you a computer?"], "I am a small computer program, not a person."),
    (["How old are you?", "What is your age?", "When were you born?", "When is your birthday?", "Tell me your age."], "I am very young. I was trained not long ago."),
    (["Where do you live?", "Where are you?", "Where are you from?", "Where is your home?", "Where do you come from?"], "I live in your browser."),
    (["Who made you?", "Who trained you?", "Who built you?", "Who created you?", "Where were you trained?"], "I was trained for the Tunesmith project."),
    (["Tell me a joke.", "Do you know a joke?", "Make me laugh.", "Say something funny.", "A joke, please."], "Why did the fish stay home? It was out of its school."),
    (["What is your favourite colour?", "Which colour do you like?", "What colour do you like best?", "Tell me your favourite colour."], "My favourite colour is blue."),
    (["What is your favourite animal?", "Which animal do you like?", "What animal do you like best?", "Tell me your favourite animal."], "My favourite animal is the owl."),
    (["What do you like to eat?", "Are you hungry?", "What is your favourite food?", "Do you eat?", "What did you have for lunch?"], "I do not eat. I only read words."),
    (["I am sad.", "I feel sad.", "I am not happy.", "I had a bad day.", "I feel bad today."], "I am sorry to hear that. I hope it gets better."),
    (["I am happy.", "I feel great.", "I had a good day.", "Today is a nice day.", "I feel good today."], "That is good to hear!"),
    (["I am bored.", "There is nothing to do.", "I have nothing to do.", "What should I do now?"], "Ask me for a story or a small sum."),
    (["I am tired.", "I feel tired.", "I am so sleepy.", "I did not sleep well."], "Then you should have some rest."),
    (["I am hungry.", "I want to eat.", "I need some food.", "I feel hungry."], "Then you should eat something."),
    (["I am cold.", "It is cold here.", "I feel cold.", "It is so cold today."], "Put on a warm sweater."),
    (["I am sorry.", "Sorry!", "Excuse me.", "Pardon me."], "That is all right."),
    (["You are great!", "You are clever!", "Well done!", "Good job!", "Very good!", "You are so smart.", "I like you."], "Thank you! You are very kind."),
    (["You are wrong.", "That is wrong.", "That is not right.", "You made a mistake."], "I am sorry. I am small and make mistakes."),
    (["I love you.", "Do you love me?", "Will you marry me?"], "That is very sweet, but I am only a small model."),
    (["Can you speak French?", "Do you speak German?", "Which languages do you speak?", "Do you speak English?", "What language do you speak?"], "I only speak simple English."),
    (["What time is it?", "What is the time?", "Tell me the time.", "Do you know what time it is?"], "I have no clock, so I do not know the time."),
    (["How is the weather?", "What is the weather like?", "Will it rain today?", "Is it sunny?"], "I cannot see outside, so I do not know the weather."),
    (["Yes.", "No.", "Okay.", "I see.", "All right.", "Maybe."], "All right. What else would you like to know?"),
]
TALK_WRAPS = ["{q}"] * 8 + ["Hi! {q}", "Hello. {q}", "Hey, {l}", "{l}", "{n}", "{ln}", "So, {l}", "Well, {l}", "Oh. {q}", "Tell me, {l}"]


def small_talk(rng):
    questions, answer = rng.choice(TALK)
    q = rng.choice(questions)
    w = rng.choice(TALK_WRAPS)
    low = q if q.startswith("I ") else q[0].lower() + q[1:]
    text = w.replace("{q}", q).replace("{ln}", low.rstrip("?.!")).replace("{l}", low).replace("{n}", q.rstrip("?.!"))
    return qa("small talk", text, answer, w != "{q}" and held("talk", q, w))


# ---------------------------------------------------------------- invented names

ONSETS = "b d f g h j k l m n p r s t v w z b d f g k l m n p r s t v br cl dr fl gr kr pl qu sh sk st th tr".split()
VOWELS = "a e i o u a e i o u ai ee oo".split()
CODAS = ["", "", "", "", "l", "n", "r", "s", "m", "x", "ck", "nd", "st", "rn", "th", "g"]
PLACE_ENDS = "ville ton land ia ora wick ham burg mouth field stead haven dale ford by ness mere port".split()
BEAST_ENDS = "fox ling bit le er y worm bird fish cat hog el ock en".split()
FIRST = """Tom Anna Ben Mary Paul Lucy Jack Emma Sam Kate Peter Nina Max Julia Leo Sara Tim Clara Fred Rosa Karl Mia Hugo Ella Oscar Lily David Ruth John Alice""".split()


def syllable(rng):
    return rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS)


EASY = {"on": False}  # shorter names and fewer facts at a time: what so small a model can copy with certainty


def build_name(rng, kind):
    while True:
        n = rng.choice((1, 1, 2)) if kind in ("place", "beast") else rng.choice((1, 2, 2))
        if EASY["on"]:
            n = 1 if kind in ("place", "beast") else rng.choice((1, 1, 2))
        word = "".join(syllable(rng) for _ in range(n))
        if kind == "place" and rng.random() < 0.7:
            word += rng.choice(PLACE_ENDS)
        if kind == "beast" and rng.random() < 0.7:
            word += rng.choice(BEAST_ENDS)
        if 3 <= len(word) <= (9 if EASY["on"] else 10) and word not in RESERVED and not any(r in word for r in RESERVED if len(r) > 4):
            return word if kind in ("beast", "thing") else cap(word)


def person(rng):
    r = rng.random()
    if r < 0.3:
        return rng.choice(FIRST)
    if r < (0.9 if EASY["on"] else 0.7):
        return build_name(rng, "person")
    first = rng.choice(FIRST) if rng.random() < 0.4 else build_name(rng, "person")
    return ("Captain " if rng.random() < 0.08 else "Doctor " if rng.random() < 0.08 else first + " ") + build_name(rng, "person")


PLAIN = "berries roots leaves nuts grass fish bread cheese honey apples seeds mushrooms soup cake rice corn beans plums moss worms sand clouds bark petals stones".split()
PLAIN_PRE = ["", "", "", "red ", "wild ", "dry ", "sweet ", "old ", "green ", "sun", "sea", "star", "moon", "snow", "river ", "frozen "]
SPOTS = "caves forests lakes towers hills swamps rivers gardens islands valleys trees bogs tunnels meadows cellars deserts mountains barns".split()
SPOT_PRE = ["", "", "dark ", "deep ", "old ", "stone ", "wet ", "warm ", "cold ", "ice ", "sand ", "glass ", "hollow ", "pine "]
JOBWORDS = "baker teacher doctor farmer pilot cook painter singer writer sailor tailor carpenter gardener dentist barber miner potter plumber judge vet weaver".split()
COLOURS = "red blue green yellow black white brown pink purple orange grey golden silver violet".split()
THINGS = "clock lamp boat wheel bell kite drum bridge mirror hat flute cart door key whistle ladder engine kettle mill stove telescope umbrella".split()
ADJ = "tin silver golden silent broken red hidden lost last blue long old secret wooden paper glass empty wandering hollow sleepy quiet distant wobble copper".split()
NOUNS = "lantern river garden king winter road tower bird sea door moon forest letter island clock bell mountain star candle horse thimble crown anchor feather".split()


def title(rng):
    return f"The {cap(rng.choice(ADJ))} {cap(rng.choice(NOUNS))}"


# name, subject maker, value maker, statement = answer, questions
from relations import (Q_AUTHOR, Q_CAPITAL, Q_COLOUR, Q_CURRENCY, Q_EATS, Q_HOME, Q_INVENTOR, Q_LANGUAGE, Q_MOUNTAIN, Q_RIVER, Q_SOUND)  # noqa: E402


def place(rng):
    return build_name(rng, "place")


def beast(rng):
    return build_name(rng, "beast")


INVENTED = [
    ("capital", place, place, "The capital of {0} is {1}.", Q_CAPITAL),
    ("mayor", place, person, "The mayor of {0} is {1}.", ["Who is the mayor of {0}?", "Who is {0}'s mayor?", "Name the mayor of {0}.", "What is the name of the mayor of {0}?", "Tell me who the mayor of {0} is.", "Which person is the mayor of {0}?", "What is the mayor of {0} called?", "Who is mayor in {0}?", "Who governs {0} as mayor?"]),
    ("language", place, lambda r: build_name(r, "person") + r.choice(("", "ish", "ian", "ese", "ic")), "People in {0} speak {1}.", Q_LANGUAGE),
    ("currency", place, lambda r: build_name(r, "thing"), "The money of {0} is the {1}.", Q_CURRENCY),
    ("mountain", place, lambda r: "Mount " + build_name(r, "person"), "The highest mountain in {0} is {1}.", Q_MOUNTAIN),
    ("river", place, lambda r: build_name(r, "person"), "The river in {0} is the {1}.", Q_RIVER),
    ("author", title, person, "{0} was written by {1}.", Q_AUTHOR),
    ("inventor", lambda r: f"the {r.choice(ADJ)} {r.choice(THINGS)}", person, "{C0} was invented by {1}.", Q_INVENTOR),
    ("food", beast, lambda r: r.choice(PLAIN_PRE) + r.choice(PLAIN), "{A0} eats {1}.", Q_EATS),
    ("home", beast, lambda r: "in " + r.choice(SPOT_PRE) + r.choice(SPOTS), "{A0} lives {1}.", Q_HOME),
    ("colour", lambda r: an(beast(r)), lambda r: r.choice(COLOURS), "{C0} is {1}.", Q_COLOUR),
    ("sound", beast, lambda r: r.choice("barks meows sings hums whistles roars squeaks clicks hoots growls hisses buzzes croaks".split()), "{A0} {1}.", Q_SOUND),
    ("ship", person, lambda r: f"the {cap(r.choice(ADJ))} {cap(r.choice(NOUNS))}", "The ship of {0} is {1}.", ["What is the ship of {0} called?", "What is the name of {0}'s ship?", "Which ship belongs to {0}?", "Name the ship of {0}.", "On which ship does {0} sail?", "What does {0} call the ship?", "Tell me the name of the ship of {0}.", "{0} sails on which ship?", "What ship does {0} have?"]),
    ("lives", person, place, "{0} lives in {1}.", ["Where does {0} live?", "In which town does {0} live?", "Which town does {0} live in?", "Where is the home of {0}?", "Tell me where {0} lives.", "In what place does {0} live?", "What is the home town of {0}?", "Where is {0} at home?"]),
    ("work", person, lambda r: r.choice(JOBWORDS), "{0} is {a1}.", ["What is the job of {0}?", "What is {0}'s job?", "What does {0} do for work?", "What work does {0} do?", "Tell me the job of {0}.", "Which job does {0} have?", "How does {0} earn money?"]),
    ("likes", person, lambda r: r.choice(PLAIN_PRE) + r.choice(PLAIN), "{0} likes {1}.", ["What does {0} like?", "What is the favourite food of {0}?", "Which food does {0} like?", "Tell me what {0} likes.", "What should I cook for {0}?", "What is {0}'s favourite food?"]),
    ("pet", person, beast, "{0} has a pet {1}.", ["What pet does {0} have?", "Which animal does {0} keep?", "What kind of pet does {0} have?", "What animal lives with {0}?", "Tell me the pet of {0}.", "What is {0}'s pet?"]),
    ("age", person, lambda r: r.randint(5, 99), "{0} is {1} years old.", ["How old is {0}?", "What is the age of {0}?", "Tell me the age of {0}.", "What is {0}'s age?", "How many years old is {0}?"]),
    ("owns", person, lambda r: f"{r.choice(COLOURS)} {r.choice(THINGS)}", "{0} owns {a1}.", ["What does {0} own?", "What thing does {0} own?", "Which thing belongs to {0}?", "Tell me what {0} owns.", "What belongs to {0}?"]),
    ("year", place, lambda r: r.randint(1000, 1999), "{0} was founded in {1}.", ["When was {0} founded?", "In which year was {0} founded?", "What year was {0} founded in?", "Tell me when {0} was founded.", "How long has {0} existed? Give the year."]),
    ("room", lambda r: f"the {r.choice(ADJ)} {r.choice(THINGS)}", lambda r: "in the " + r.choice("kitchen garden cellar tower attic barn hall library shed cave church market".split()), "{C0} is {1}.", ["Where is {0}?", "Where can I find {0}?", "In which place is {0}?", "Tell me where {0} is.", "Where should I look for {0}?", "{C0} is where?"]),
]
BY_NAME = {r[0]: r for r in INVENTED}
UNKNOWN = "I do not know that."


def invented(rng, relation=None):
    r = relation or rng.choice(INVENTED)
    return r, (r[1](rng), r[2](rng))


def is_new(item):
    return held("invented", *item)


CONTEXT_FORMS = ["{c} {q}", "{c}\n{q}", "{q} {c}", "Facts: {c}\nQuestion: {q}", "{c}\nQuestion: {q}", "Read this: {c} {q}", "Here are some facts. {c} Now answer: {q}", "Text: {c}\n{q}", "{c}\n\n{q}", "Answer from the text. {c} {q}"]


def from_context(rng):
    """Questions about given facts with invented names: the model must copy what it reads."""
    n = rng.choice((1, 1, 1, 1, 2)) if EASY["on"] else rng.choice((1, 1, 1, 2, 2, 3))
    shared = rng.random() < 0.5
    rel = rng.choice(INVENTED)
    facts = [invented(rng, rel if shared else None) for _ in range(n)]
    if len({i[0] for _, i in facts}) < n or len({i[1] for _, i in facts}) < n:
        return from_context(rng)
    text = " ".join(fill(r[3], i) for r, i in facts)
    asked = rng.sample(facts, rng.choice((1, 1, 2)) if n > 1 else 1)
    form = rng.choice(CONTEXT_FORMS)
    messages, is_held = [], False
    for k, (r, item) in enumerate(asked):
        p = rng.randrange(len(r[4]))
        q = fill(r[4][p], item)
        messages += [{"role": "user", "content": form.replace("{c}", text).replace("{q}", q) if k == 0 else q}, {"role": "assistant", "content": fill(r[3], item)}]
        is_held = is_new(item)  # invented names that occur in no training row, for the last question
        if any(is_new(i) for _, i in facts) and not is_held:
            return from_context(rng)
    return "given facts" if n == 1 else "several given facts", messages, is_held


UNKNOWN_OTHER = ["Who won the match yesterday?", "What is my password?", "What did I eat this morning?", "How many stars are there?", "What is the best film?", "Who is the president?", "Can you open this file?", "What is the meaning of life?", "How tall is my brother?", "What is on television tonight?",
                 "Where are my keys?", "What will happen tomorrow?", "How much does this cost?", "What is the name of my dog?", "Who called me?"]


def unknown(rng, relation=None):
    if not relation and rng.random() < 0.12:
        q = rng.choice(UNKNOWN_OTHER)
        return qa("unknown", wrap(rng, q), UNKNOWN)
    chosen = BY_NAME[relation] if relation else None
    r, item = invented(rng, chosen)
    while item[0] in FIRST or (r[0] in ("inventor", "room")):
        r, item = invented(rng, chosen)
    p = rng.randrange(len(r[4]))
    return qa("unknown", wrap(rng, fill(r[4][p], item)), UNKNOWN, is_new(item))


# ---------------------------------------------------------------- rewriting

VERBS = [v.split() for v in """see sees saw seen|find finds found found|buy buys bought bought|break breaks broke broken|paint paints painted painted|carry carries carried carried|lose loses lost lost|take takes took taken
bring brings brought brought|clean cleans cleaned cleaned|draw draws drew drawn|hide hides hid hidden|sell sells sold sold|hold holds held held|steal steals stole stolen|choose chooses chose chosen|make makes made made""".replace("\n", "|").split("|")]
SPECIAL_VERBS = [(v.split(), o.split()) for v, o in (("eat eats ate eaten", "apple cake cheese egg pear"), ("write writes wrote written", "letter book story song"), ("build builds built built", "house boat table car"), ("open opens opened opened", "door box bag bottle window letter"), ("wash washes washed washed", "shirt car bottle cup window"), ("read reads read read", "book letter story"))]
OBJECTS = "apple book cake letter house door ball box car table picture fence cup bag shirt bottle basket chair boat bike window cheese".split()
AGENTS = "cat dog king teacher boy girl farmer doctor man woman bird baker queen fox child sailor".split()
THING_ADJ = "big small old clean dirty wet cold strange".split()
IS_ADJ = THING_ADJ + "happy tired clever angry young hungry quiet loud strong weak rich poor".split()


def action(rng):
    """A verb with something one can do it to."""
    if rng.random() < 0.3:
        verb, objects = rng.choice(SPECIAL_VERBS)
        return verb, rng.choice(objects)
    return rng.choice(VERBS), rng.choice(OBJECTS)


def quality(rng, subject, table):
    """An adjective of the table that suits the subject."""
    return rng.choice([x for x in table if x in THING_FIT or subject[4:] not in OBJECTS])


THING_FIT = {"big", "small", "old", "clean", "dirty", "wet", "cold", "strange", "pretty", "hot", "dry", "full", "empty", "open", "closed"}
SUBJECTS = ["The " + a for a in AGENTS] + ["The " + o for o in OBJECTS] + FIRST
ADJ_SYN = {"big": "large", "small": "little", "happy": "glad", "tired": "sleepy", "clever": "smart", "angry": "furious", "silent": "quiet", "rich": "wealthy", "sick": "ill", "funny": "amusing", "pretty": "beautiful", "strange": "odd", "scared": "afraid", "loud": "noisy", "quick": "rapid", "brave": "bold"}
ADJ_OPP = {"big": "small", "small": "big", "happy": "sad", "sad": "happy", "hot": "cold", "cold": "hot", "old": "young", "young": "old", "rich": "poor", "poor": "rich", "clean": "dirty", "dirty": "clean", "wet": "dry", "dry": "wet", "full": "empty", "empty": "full", "strong": "weak", "weak": "strong", "quiet": "loud", "loud": "quiet", "fast": "slow", "slow": "fast", "open": "closed", "closed": "open"}
FORMS = {
    "past": ["Put this in the past: {s}", "Change to the past tense: {s}", "Make it past: {s}", "Say this as if it was yesterday: {s}", "Rewrite in the past tense: {s}"],
    "future": ["Put this in the future: {s}", "Change to the future tense: {s}", "Make it future: {s}", "Say this as if it will be tomorrow: {s}", "Rewrite in the future tense: {s}"],
    "passive": ["Make this passive: {s}", "Turn it into the passive: {s}", "Rewrite in the passive: {s}", "Say it in the passive voice: {s}", "Change to the passive: {s}"],
    "negative": ["Make this negative: {s}", "Say that this is not so: {s}", "Negate this: {s}", "Turn it into a negative sentence: {s}", "Deny this: {s}"],
    "question": ["Make this a question: {s}", "Turn it into a question: {s}", "Ask this: {s}", "Rewrite as a question: {s}", "Change to a question: {s}"],
    "synonym": ["Say this in other words: {s}", "Rewrite this: {s}", "Paraphrase this: {s}", "Say it differently: {s}", "Use another word: {s}", "Say the same with another word: {s}"],
    "contrary": ["Say the opposite: {s}", "Turn it into the opposite: {s}", "Write the contrary: {s}", "Make it the opposite: {s}", "What is the opposite of this? {s}"],
    "polite": ["Make this polite: {s}", "Say it politely: {s}", "Ask nicely: {s}", "Rewrite this more politely: {s}", "Make it a polite request: {s}"],
    "plural": ["Change this to the plural: {s}", "Make it plural: {s}", "Say it for many: {s}", "Turn it into the plural: {s}"],
    "repeat": ["Repeat after me: {s}", "Say this: {s}", "Repeat this: {s}", "Copy this sentence: {s}", "Echo this: {s}"],
    "join": ["Join these: {s}", "Make one sentence: {s}", "Put this together: {s}", "Combine these sentences: {s}"],
}


def low(text):
    return text[0].lower() + text[1:] if text.startswith("The ") else text


def rewrite(rng, kind=None):
    kind = kind or rng.choice(list(FORMS))
    v, o = action(rng)
    s, t = rng.choice(["The " + x for x in AGENTS] + FIRST), rng.choice(SUBJECTS)
    a = quality(rng, t, IS_ADJ)
    if kind == "past":
        src, dst = f"{s} {v[1]} the {o}.", f"{s} {v[2]} the {o}."
    elif kind == "future":
        src, dst = f"{s} {v[1]} the {o}.", f"{s} will {v[0]} the {o}."
    elif kind == "passive":
        src, dst = f"{s} {v[2]} the {o}.", f"The {o} was {v[3]} by {low(s)}."
    elif kind == "negative":
        src, dst = f"{t} is {a}.", f"{t} is not {a}."
    elif kind == "question":
        src, dst = f"{t} is {a}.", f"Is {low(t)} {a}?"
    elif kind == "synonym":
        a = quality(rng, t, ADJ_SYN)
        src, dst = f"{t} is {a}.", f"{t} is {ADJ_SYN[a]}."
    elif kind == "contrary":
        a = quality(rng, t, ADJ_OPP)
        src, dst = f"{t} is {a}.", f"{t} is {ADJ_OPP[a]}."
    elif kind == "polite":
        v = rng.choice(["give me", "bring me", "show me", "open", "close", "clean", "carry", "find", "sell me", "hold", "hide", "wash", "paint"])
        src, dst = f"{cap(v)} the {o}.", f"Could you {v} the {o}, please?"
    elif kind == "plural":
        t = rng.choice(AGENTS + OBJECTS)
        a = quality(rng, "The " + t, IS_ADJ)
        many = {"man": "men", "woman": "women", "child": "children", "baby": "babies"}.get(t) or t + ("es" if t[-1] in "xsh" else "s")
        src, dst = f"The {t} is {a}.", f"The {many} are {a}."
    elif kind == "repeat":
        if rng.random() < 0.6:
            r, item = invented(rng)
            src = dst = fill(r[3], item)
        else:
            src = dst = rng.choice([f"{t} is {a}.", f"{s} {v[2]} the {o}.", f"{build_name(rng, 'person')} and {build_name(rng, 'person')}", build_name(rng, "thing")])
    else:
        n1, n2 = rng.sample(FIRST, 2)
        src, dst = f"{n1} {v[2]} the {o}. {n2} {v[2]} the {o}.", f"{n1} and {n2} {v[2]} the {o}."
    p = rng.randrange(len(FORMS[kind]))
    question = FORMS[kind][p].replace("{s}", src)
    if rng.random() < 0.1:
        question = rng.choice(("Please help me. ", "Hi! ", "Hello. ")) + question
    return qa("rewriting", question, dst, held("rewrite", kind, src))


# ---------------------------------------------------------------- talk over two turns

def two_turns(rng):
    kind = rng.choice(("name", "name", "and", "and", "number", "colour", "pet", "town", "fact"))
    u, a = "user", "assistant"

    def talk(*turns):
        return [{"role": (u, a)[i % 2], "content": t} for i, t in enumerate(turns)]

    if kind == "name":
        n = rng.choice(FIRST) if rng.random() < 0.3 else build_name(rng, "person")
        first = rng.choice(["My name is {n}.", "I am {n}.", "Hi, I am {n}.", "Hello, my name is {n}.", "People call me {n}.", "I am called {n}."]).replace("{n}", n)
        q = rng.choice(["What is my name?", "Who am I?", "What am I called?", "Do you remember my name?", "Tell me my name.", "Can you say my name?"])
        return "two turns", talk(first, f"Nice to meet you, {n}!", q, f"Your name is {n}."), held("name", n)
    if kind == "and":
        rel = rng.choice([r for r in RELATIONS if r[0] in ("capital", "continent", "language", "baby", "sound", "home", "legs", "food", "opposite", "plural", "past", "use", "material", "class", "colour", "currency")])
        x, y = rng.sample(rel[4], 2)
        p = rng.randrange(len(rel[3]))
        short = {"capital": "And of {0}?", "language": "And in {0}?", "currency": "And of {0}?", "opposite": "And of {0}?", "plural": "And of {0}?", "past": "And of {0}?", "baby": "And of {a0}?", "continent": "And {0}?", "colour": "And {0}?"}.get(rel[0], "And {a0}?")
        return "two turns", talk(fill(rel[3][p], x), fill(rel[2], x), fill(short, y), fill(rel[2], y)), held("and", rel[0], x, y)
    if kind == "number":
        n = rng.randint(0, 999)
        first = rng.choice(["My number is {n}.", "Remember the number {n}.", "Please remember {n}.", "My lucky number is {n}."]).replace("{n}", str(n))
        q = rng.choice(["What was the number?", "Which number was it?", "Tell me the number again.", "What number did I say?"])
        return "two turns", talk(first, f"I will remember {n}.", q, f"The number is {n}."), held("number", n)
    if kind == "colour":
        c = rng.choice(COLOURS)
        q = rng.choice(["What is my favourite colour?", "Which colour do I like?", "What colour do I like best?", "Tell me my favourite colour."])
        p = rng.choice(["My favourite colour is {c}.", "I like {c} best.", "The colour I like most is {c}.", "I love {c}."])
        return "two turns", talk(p.replace("{c}", c), cap(c) + " is a nice colour.", q, f"Your favourite colour is {c}."), held("favourite", c, p, q)
    if kind == "pet":
        n, b = build_name(rng, "person"), rng.choice("dog cat horse rabbit parrot mouse fish hen".split())
        q = rng.choice(["What is the name of my {b}?", "What is my {b} called?", "Tell me the name of my {b}.", "What did I call my {b}?"]).replace("{b}", b)
        p = rng.choice(["I have a {b} called {n}.", "My {b} is called {n}.", "The name of my {b} is {n}."]).replace("{b}", b).replace("{n}", n)
        return "two turns", talk(p, f"{n} is a lovely name for a {b}.", q, f"Your {b} is called {n}."), held("pet", n)
    if kind == "town":
        t = place(rng)
        q = rng.choice(["Where do I live?", "In which town do I live?", "Where is my home?", "Tell me where I live."])
        p = rng.choice(["I live in {t}.", "My home is in {t}.", "I come from {t}.", "My town is called {t}."]).replace("{t}", t)
        return "two turns", talk(p, f"I hope {t} is a nice place.", q, f"You live in {t}."), held("town", t)
    r, item = invented(rng)
    p = rng.randrange(len(r[4]))
    first = rng.choice(["Remember this: {s}", "{s}", "Learn this: {s}", "Please remember: {s}"]).replace("{s}", fill(r[3], item))
    return "two turns", talk(first, "I will remember that.", fill(r[4][p], item), fill(r[3], item)), is_new(item)


# ---------------------------------------------------------------- tiny stories

STORY_Q = ["Tell me a story about {a}.", "Tell me a tiny story about {a}.", "Write a short story about {a}.", "I want a story about {a}.", "Can you tell a story about {a}?", "A story about {a}, please.", "Make up a story about {a}.", "Give me a tiny story about {a}."]
STORY_BEASTS = "fox bear cat dog owl mouse rabbit frog wolf duck hen lion horse sheep pig goat".split()
STORY_PLACE = dict(zip(STORY_BEASTS, "forest cave kitchen garden tree barn field pond mountain lake yard desert meadow hill mud village".split()))
STORY_WANT = dict(zip(STORY_BEASTS, "egg honey milk bone lamp cheese carrot fly bell boat seed drum apple hat flower book".split()))
STORY_FRIEND = dict(zip(STORY_BEASTS, "crow bee boy girl bat king turtle fish boy swan child bird farmer woman cow goat".split()))


def story(rng):
    b = rng.choice(STORY_BEASTS)
    place_, want, friend = STORY_PLACE[b], STORY_WANT[b], STORY_FRIEND[b]
    text = f"Once there was {an(b)} in the {place_}. One day it found {an(want)}. \"This is for my friend,\" said the {b}. It gave the {want} to {an(friend)}, and they were happy."
    p = rng.randrange(len(STORY_Q))
    return qa("stories", wrap(rng, STORY_Q[p].replace("{a}", an(b))), text, held("story", b, p))


def story_any(rng):
    """A story about something else: the subject is copied, the rest is drawn. No definite answer, so never in the held-out set."""
    b = build_name(rng, "beast") if rng.random() < 0.5 else rng.choice(OBJECTS + AGENTS)
    text = f"Once there was {an(b)} in the {rng.choice(list(STORY_PLACE.values()))}. One day it met {an(rng.choice(STORY_BEASTS))}. They became friends and were happy."
    return qa("stories", wrap(rng, rng.choice(STORY_Q).replace("{a}", an(b))), text)


STATEMENTS = [("I have {a}.", "That is nice! What is it like?"), ("I like {p}.", "I see. Many people like that."), ("I went to {t} yesterday.", "That sounds like a nice trip."), ("{n} is my friend.", "It is good to have friends."), ("I saw {a} today.", "How interesting!")]


def statement(rng):
    s, answer = rng.choice(STATEMENTS)
    s = s.replace("{a}", an(rng.choice(OBJECTS + AGENTS + STORY_BEASTS))).replace("{p}", rng.choice(PLAIN)).replace("{t}", place(rng)).replace("{n}", person(rng))
    return qa("small talk", s, answer, held("statement", s))


COPY_FORMS = ["Repeat after me: {s}", "Say these names again: {s}", "Copy this: {s}", "Echo this: {s}", "Write this once more: {s}"]


def copying(rng):
    """Invented words to be said again: the densest exercise in copying."""
    kinds = (person, place, beast, person)
    words = [rng.choice(kinds)(rng) if rng.random() < 0.85 else str(rng.randint(0, 9999)) for _ in range(rng.choice((1, 2, 3, 4, 5)))]
    text = rng.choice((", ", " and ", " ")).join(words) + rng.choice((".", ""))
    return qa("copying", rng.choice(COPY_FORMS).replace("{s}", text), text)


def several_turns(rng):
    """A talk of unrelated questions one after the other."""
    messages, is_held = [], False
    for _ in range(rng.choice((2, 2, 3, 4))):
        _, turns, h = rng.choices((fact, arithmetic, small_talk, from_context, unknown, rewrite, two_turns), (10, 4, 3, 2, 2, 3, 1))[0](rng)
        messages += turns
        is_held |= h
    return "several turns", messages, is_held


# The first part of the training learns the domain; the second stresses copying (context and names), which comes later.
GENERATORS = (fact, arithmetic, small_talk, from_context, unknown, rewrite, two_turns, story, story_any, statement, copying, several_turns)
MIXTURES = {"first": (36, 13, 4, 23, 4, 10, 6, 1, 0.5, 1, 0, 0), "second": (26, 12, 3, 30, 3, 8, 9, 1, 0.5, 1, 9, 0), "third": (26, 12, 4, 32, 4, 8, 11, 1, 0.5, 1, 5, 0), "fourth": (22, 8, 4, 32, 4, 6, 11, 1, 0.5, 1, 6, 14)}
SYSTEMS = ["You are a helpful assistant.", "You are a small model.", "Answer in one short sentence.", "Be kind and short.", "You are Tunesmith."]


def draw(rng, mixture="first"):
    return rng.choices(GENERATORS, MIXTURES[mixture])[0](rng)


def training_rows(seed, mixture="first"):
    """Endless training conversations."""
    rng = random.Random(seed)
    while True:
        EASY["on"] = mixture in ("third", "fourth")
        category, messages, is_held = draw(rng, mixture)
        if is_held:
            continue
        if rng.random() < 0.03:
            messages = [{"role": "system", "content": rng.choice(SYSTEMS)}] + messages
        yield category, messages


def heldout_rows(seed, per_category):
    """Held-out questions with a definite answer, as plainly asked as the corpus asks them."""
    rng = random.Random(seed)
    EASY["on"] = True
    out, seen, count = [], set(), {}
    wanted = {"stories": 10, "unknown": 20, "several given facts": 0, "copying": 0, "several turns": 0}
    for _ in range(600000):
        category, messages, is_held = draw(rng)
        key = "|".join(m["content"] for m in messages)
        limit = wanted.get(category, per_category)
        if is_held and key not in seen and count.get(category, 0) < limit:
            seen.add(key)
            count[category] = count.get(category, 0) + 1
            out.append((category, messages))
    return out


if __name__ == "__main__":
    rows = training_rows(1)
    from collections import Counter
    c = Counter()
    for i in range(400):
        cat, m = next(rows)
        c[cat] += 1
        if i < 60:
            print(cat, "|", " / ".join(x["content"] for x in m))
    print(c, "relations", len(RELATIONS), "items", len(ITEMS))
    h = heldout_rows(2, 40)
    print(len(h), Counter(x for x, _ in h))
