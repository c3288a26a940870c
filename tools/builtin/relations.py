"""What the built-in model knows: relations, their items and their phrasings. Common knowledge, written for this project.

A relation is (name, category, answer, phrasings, items). An item is a tuple; {0}, {1}… are its fields,
{a0} is field 0 with "a" or "an", {C0} is field 0 with a capital letter, {A0} is "A x" or "An x".
"""


def pairs(text):
    """Lines of 'x=y; x=y'."""
    return [tuple(f.strip() for f in p.split("=")) for p in text.replace("\n", " ").split(";") if p.strip()]


CAPITALS = pairs("""France=Paris; Spain=Madrid; Italy=Rome; Germany=Berlin; Portugal=Lisbon; Greece=Athens; Austria=Vienna; Poland=Warsaw; Norway=Oslo;
Sweden=Stockholm; Finland=Helsinki; Denmark=Copenhagen; Ireland=Dublin; England=London; Scotland=Edinburgh; Belgium=Brussels; Hungary=Budapest; Russia=Moscow;
Turkey=Ankara; Egypt=Cairo; Kenya=Nairobi; Japan=Tokyo; China=Beijing; India=New Delhi; Thailand=Bangkok; Vietnam=Hanoi; Cuba=Havana; Peru=Lima; Chile=Santiago;
Argentina=Buenos Aires; Canada=Ottawa; Iceland=Reykjavik; Switzerland=Bern; Iran=Tehran; Iraq=Baghdad; Nepal=Kathmandu; Ukraine=Kyiv; Romania=Bucharest;
Bulgaria=Sofia; Croatia=Zagreb; Serbia=Belgrade; Morocco=Rabat; Australia=Canberra; Indonesia=Jakarta""")

CONTINENTS = pairs("""France=Europe; Spain=Europe; Italy=Europe; Germany=Europe; Portugal=Europe; Greece=Europe; Poland=Europe; Norway=Europe; Sweden=Europe; Finland=Europe;
Egypt=Africa; Kenya=Africa; Morocco=Africa; Ghana=Africa; Nigeria=Africa; Ethiopia=Africa; Japan=Asia; China=Asia; India=Asia; Thailand=Asia; Vietnam=Asia; Nepal=Asia;
Peru=South America; Chile=South America; Brazil=South America; Argentina=South America; Canada=North America; Mexico=North America; Cuba=North America""")

LANGUAGES = pairs("""France=French; Spain=Spanish; Italy=Italian; Germany=German; Portugal=Portuguese; Greece=Greek; Poland=Polish; Norway=Norwegian; Sweden=Swedish; Finland=Finnish;
Denmark=Danish; Japan=Japanese; China=Chinese; Russia=Russian; Turkey=Turkish; Egypt=Arabic; Mexico=Spanish; Brazil=Portuguese; Austria=German; England=English; Hungary=Hungarian; Thailand=Thai""")

BABIES = pairs("""dog=puppy; cat=kitten; cow=calf; horse=foal; sheep=lamb; goat=kid; pig=piglet; duck=duckling; goose=gosling; hen=chick; lion=cub; bear=cub; deer=fawn;
kangaroo=joey; frog=tadpole; swan=cygnet; owl=owlet; rabbit=bunny; eagle=eaglet; butterfly=caterpillar""")

SOUNDS = pairs("""dog=barks; cat=meows; cow=moos; horse=neighs; sheep=bleats; pig=oinks; duck=quacks; hen=clucks; lion=roars; bee=buzzes; frog=croaks; owl=hoots; wolf=howls;
snake=hisses; mouse=squeaks; donkey=brays; turkey=gobbles; bird=sings; crow=caws; pigeon=coos""")

HOMES = pairs("""bird=in a nest; bee=in a hive; fish=in the water; rabbit=in a burrow; bear=in a cave; spider=in a web; horse=in a stable; dog=in a kennel; camel=in the desert; whale=in the ocean;
monkey=in the jungle; penguin=on the ice; lion=on the plains; frog=in a pond; owl=in the forest; pig=in a sty; hen=in a coop; mole=under the ground; snail=in a shell; squirrel=in a tree""")

LEGS = pairs("""dog=four; cat=four; cow=four; horse=four; bird=two; hen=two; duck=two; penguin=two; spider=eight; octopus=eight; ant=six; bee=six; beetle=six; butterfly=six; fish=no; snake=no;
worm=no; frog=four; lion=four; elephant=four; crab=ten; fly=six; owl=two; mouse=four""")

CLASSES = pairs("""dog=mammal; cat=mammal; cow=mammal; whale=mammal; bat=mammal; dolphin=mammal; horse=mammal; mouse=mammal; lion=mammal; bear=mammal; eagle=bird; owl=bird; penguin=bird; duck=bird; hen=bird; crow=bird;
swan=bird; parrot=bird; shark=fish; trout=fish; salmon=fish; tuna=fish; cod=fish; ant=insect; bee=insect; beetle=insect; butterfly=insect; fly=insect; moth=insect; snake=reptile; lizard=reptile;
turtle=reptile; crocodile=reptile; rose=flower; tulip=flower; daisy=flower; lily=flower; oak=tree; pine=tree; birch=tree; apple=fruit; pear=fruit; banana=fruit; plum=fruit; cherry=fruit; carrot=vegetable;
onion=vegetable; potato=vegetable; cabbage=vegetable; violin=musical instrument; piano=musical instrument; flute=musical instrument; drum=musical instrument; guitar=musical instrument; hammer=tool;
saw=tool; chair=piece of furniture; table=piece of furniture; bed=piece of furniture""")

FOODS = pairs("""cow=grass; horse=hay; rabbit=carrots; mouse=cheese; monkey=bananas; panda=bamboo; squirrel=nuts; lion=meat; wolf=meat; bear=honey; cat=fish; seal=fish; bird=seeds; frog=flies;
hen=corn; goat=leaves; caterpillar=leaves; dog=bones; koala=leaves; spider=flies""")

JOBS = pairs("""baker=bakes bread; teacher=teaches children; doctor=treats sick people; farmer=grows food; pilot=flies planes; cook=prepares meals; painter=paints pictures; singer=sings songs; writer=writes books;
sailor=sails ships; tailor=sews clothes; carpenter=builds furniture; gardener=looks after plants; dentist=fixes teeth; barber=cuts hair; fisherman=catches fish; miner=digs for coal; potter=makes pots;
cobbler=mends shoes; plumber=repairs pipes; beekeeper=keeps bees; judge=decides in court; vet=treats animals; astronaut=travels into space; librarian=looks after books; blacksmith=works with iron;
shepherd=looks after sheep; jeweller=makes rings; brewer=makes beer; weaver=makes cloth""")

TOOLS = pairs("""hammer=hit nails; saw=cut wood; pen=write; brush=paint; spoon=eat soup; broom=sweep the floor; key=open a door; clock=tell the time; lamp=give light; oven=bake bread; needle=sew clothes;
umbrella=stay dry; telescope=look at stars; map=find the way; bucket=carry water; ladder=climb up; scissors=cut paper; soap=wash hands; bed=sleep; bell=make a sound; boat=cross the water; kettle=boil water;
pillow=rest your head; rope=tie things; shovel=dig a hole; towel=dry yourself; fridge=keep food cold; mirror=see yourself; thermometer=measure heat; scale=weigh things""")

MATERIALS = pairs("""window=glass; book=paper; table=wood; ring=gold; coin=metal; sweater=wool; wall=brick; tyre=rubber; candle=wax; shoe=leather; bread=flour; cheese=milk; wine=grapes; butter=milk; nail=iron;
shirt=cotton; pot=clay; cider=apples; snowman=snow; glass=sand; omelette=eggs; jam=fruit; chips=potatoes; raisins=grapes""")

THING_COLOURS = pairs("""the sky=blue; grass=green; snow=white; the sun=yellow; blood=red; coal=black; a banana=yellow; a lemon=yellow; a tomato=red; a carrot=orange; chocolate=brown; milk=white; a cucumber=green; a strawberry=red;
an orange=orange; a plum=purple; a frog=green; a crow=black; a swan=white; a flamingo=pink; an elephant=grey; a mouse=grey; a violet=purple; the sea=blue; a pumpkin=orange; a pea=green; honey=golden; a pig=pink; salt=white; ash=grey""")

MIXES = [("red", "yellow", "orange"), ("blue", "yellow", "green"), ("red", "blue", "purple"), ("red", "white", "pink"), ("black", "white", "grey"),
         ("yellow", "red", "orange"), ("yellow", "blue", "green"), ("blue", "red", "purple"), ("white", "red", "pink"), ("white", "black", "grey"), ("red", "green", "brown"), ("green", "red", "brown")]

OPPOSITE_PAIRS = pairs("""hot=cold; big=small; tall=short; fast=slow; happy=sad; light=dark; open=closed; full=empty; old=young; rich=poor; hard=soft; wet=dry; clean=dirty; early=late; high=low; loud=quiet; near=far;
strong=weak; thick=thin; wide=narrow; deep=shallow; sweet=sour; safe=dangerous; true=false; right=wrong; good=bad; easy=difficult; first=last; inside=outside; up=down; day=night; black=white; begin=end;
win=lose; buy=sell; push=pull; give=take; love=hate; laugh=cry; remember=forget; friend=enemy; question=answer; north=south; east=west; winter=summer; alive=dead; awake=asleep; brave=cowardly; polite=rude; smooth=rough;
sharp=blunt; cheap=expensive; modern=ancient; noisy=silent; always=never; everything=nothing; above=below; before=after; arrive=leave; raise=lower; calm=nervous; lazy=hard-working; simple=complicated""")
OPPOSITES = OPPOSITE_PAIRS + [(b, a) for a, b in OPPOSITE_PAIRS]

SYNONYMS = pairs("""big=large; small=little; happy=glad; quick=rapid; clever=smart; angry=furious; tired=sleepy; nice=pleasant; scared=afraid; silent=quiet; rich=wealthy; sick=ill; funny=amusing; pretty=beautiful; strange=odd;
begin=start; finish=complete; shut=close; correct=right; brave=bold; hard=tough; easy=simple; loud=noisy; wet=damp; calm=peaceful; kind=friendly; famous=well-known; gift=present; road=street; home=house; talk=speak; shout=yell; jump=leap""")

PLURALS = pairs("""cat=cats; dog=dogs; book=books; tree=trees; house=houses; mouse=mice; child=children; man=men; woman=women; foot=feet; tooth=teeth; goose=geese; box=boxes; bus=buses; glass=glasses; dish=dishes; baby=babies; city=cities;
story=stories; lady=ladies; leaf=leaves; wolf=wolves; knife=knives; wife=wives; sheep=sheep; fish=fish; deer=deer; person=people; ox=oxen; apple=apples; key=keys; toy=toys; star=stars; hand=hands; potato=potatoes; tomato=tomatoes; half=halves; loaf=loaves; fox=foxes; brush=brushes""")

PAST = pairs("""go=went; eat=ate; see=saw; run=ran; take=took; give=gave; make=made; come=came; write=wrote; read=read; sing=sang; swim=swam; buy=bought; bring=brought; think=thought; catch=caught; teach=taught; find=found; sleep=slept; keep=kept; feel=felt;
leave=left; drink=drank; begin=began; know=knew; grow=grew; fly=flew; draw=drew; speak=spoke; break=broke; walk=walked; play=played; jump=jumped; help=helped; paint=painted; carry=carried; try=tried; stop=stopped; cook=cooked; dance=danced""")

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTH_DAYS = dict(zip(MONTHS, "31 28 31 30 31 30 31 31 30 31 30 31".split()))
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty""".split()
SEASONS = ["spring", "summer", "autumn", "winter"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
AUTHORS = pairs("""Hamlet=William Shakespeare; War and Peace=Leo Tolstoy; Oliver Twist=Charles Dickens; Don Quixote=Miguel de Cervantes; Pride and Prejudice=Jane Austen; The Odyssey=Homer; Frankenstein=Mary Shelley; Dracula=Bram Stoker;
Treasure Island=Robert Louis Stevenson; Moby Dick=Herman Melville; Les Misérables=Victor Hugo; Faust=Goethe""")
INVENTORS = pairs("""the telephone=Alexander Graham Bell; the light bulb=Thomas Edison; the printing press=Johannes Gutenberg; dynamite=Alfred Nobel; the steam engine=James Watt; the radio=Guglielmo Marconi; the battery=Alessandro Volta; the diesel engine=Rudolf Diesel""")
CURRENCIES = pairs("""Japan=yen; India=rupee; Russia=rouble; England=pound; Mexico=peso; Poland=zloty; Sweden=krona; Denmark=krone; France=euro; Spain=euro; Italy=euro; Germany=euro; Turkey=lira; Canada=dollar; Australia=dollar; Thailand=baht; Hungary=forint; Switzerland=franc""")
MOUNTAINS = pairs("""Japan=Mount Fuji; Nepal=Mount Everest; Greece=Mount Olympus; Tanzania=Mount Kilimanjaro; Argentina=Aconcagua; Turkey=Mount Ararat; Spain=Teide; Germany=the Zugspitze; Scotland=Ben Nevis; Russia=Mount Elbrus""")
RIVERS = pairs("""London=Thames; Paris=Seine; Rome=Tiber; Vienna=Danube; Budapest=Danube; Cairo=Nile; Cologne=Rhine; Prague=Vltava; Hamburg=Elbe; Baghdad=Tigris; Lisbon=Tagus; Warsaw=Vistula""")

Q_CAPITAL = ["What is the capital of {0}?", "What's the capital of {0}?", "Which city is the capital of {0}?", "Name the capital of {0}.", "What is {0}'s capital?", "What is the capital city of {0}?", "Which city is {0}'s capital?",
             "Tell me the capital of {0}.", "The capital of {0} is which city?", "Do you know the capital of {0}?", "What city is the capital of {0}?", "{0}'s capital city?"]
Q_LANGUAGE = ["What language do people speak in {0}?", "Which language is spoken in {0}?", "What do people in {0} speak?", "Name the language of {0}.", "What is the language of {0}?", "In {0}, which language do people speak?",
              "What language is spoken in {0}?", "Tell me the language people speak in {0}.", "Which language do the people of {0} use?", "What tongue do they speak in {0}?"]
Q_CURRENCY = ["What is the currency of {0}?", "What money do people use in {0}?", "Which currency is used in {0}?", "What is the money of {0} called?", "Name the currency of {0}.", "With what money do people pay in {0}?",
              "What currency does {0} have?", "Tell me the currency of {0}.", "What do people in {0} pay with?", "In {0}, what is the money called?"]
Q_MOUNTAIN = ["What is the highest mountain in {0}?", "Which mountain is the highest in {0}?", "Name the highest mountain of {0}.", "What is the tallest mountain in {0}?", "Which is the highest peak in {0}?", "What is {0}'s highest mountain?",
              "Tell me the highest mountain in {0}.", "Which mountain in {0} is the tallest?", "What's the highest point of {0}?"]
Q_RIVER = ["Which river flows through {0}?", "What river runs through {0}?", "What is the river in {0} called?", "Name the river that flows through {0}.", "Which river runs through {0}?", "What's the name of the river in {0}?",
           "Through {0} flows which river?", "Tell me which river flows through {0}.", "What is {0}'s river?"]
Q_AUTHOR = ["Who wrote {0}?", "Who is the author of {0}?", "By whom was {0} written?", "Name the author of {0}.", "{0} was written by whom?", "Which writer wrote {0}?", "Who is the writer of {0}?", "Tell me who wrote {0}.", "Whose book is {0}?"]
Q_INVENTOR = ["Who invented {0}?", "Who was the inventor of {0}?", "By whom was {0} invented?", "Name the inventor of {0}.", "Tell me who invented {0}.", "Who came up with {0}?", "Who made the first version of {0}?", "Which person invented {0}?", "{C0} was invented by whom?"]
Q_EATS = ["What does {a0} eat?", "What do you feed {a0}?", "What is the food of {a0}?", "Which food does {a0} like?", "What does {a0} like to eat?", "Tell me what {a0} eats.", "What can I feed {a0}?", "{A0} eats what?", "What should {a0} eat?", "Name the food of {a0}."]
Q_HOME = ["Where does {a0} live?", "What is the home of {a0}?", "Where is {a0} at home?", "Tell me where {a0} lives.", "Where can I find {a0}?", "In what place does {a0} live?", "{A0} lives where?", "Where would I look for {a0}?", "Where do you find {a0}?"]
Q_COLOUR = ["What colour is {0}?", "Which colour is {0}?", "What is the colour of {0}?", "Tell me the colour of {0}.", "{C0} is what colour?", "Name the colour of {0}.", "What color is {0}?", "Do you know what colour {0} is?", "What colour does {0} have?"]
Q_SOUND = ["What sound does {a0} make?", "What does {a0} do to make a sound?", "Which noise does {a0} make?", "Tell me the sound of {a0}.", "What noise does {a0} make?", "How does {a0} sound?", "{A0} makes what sound?", "What do you hear from {a0}?"]

RELATIONS = [
    ("capital", "capitals", "The capital of {0} is {1}.", Q_CAPITAL, CAPITALS),
    ("capital_of", "capitals", "{0} is the capital of {1}.", ["{0} is the capital of which country?", "Which country has {0} as its capital?", "What country is {0} the capital of?", "Of which country is {0} the capital?",
     "{0} is the capital of what country?", "Whose capital is {0}?", "Name the country whose capital is {0}.", "Which country's capital is {0}?"], [(b, a) for a, b in CAPITALS]),
    ("continent", "countries", "{0} is in {1}.", ["Which continent is {0} in?", "On which continent is {0}?", "Where is {0}?", "What continent is {0} in?", "In which part of the world is {0}?", "Name the continent of {0}.", "{0} is on which continent?",
     "Where in the world is {0}?", "Tell me the continent of {0}."], CONTINENTS),
    ("language", "countries", "People in {0} speak {1}.", Q_LANGUAGE, LANGUAGES),
    ("currency", "countries", "The money of {0} is the {1}.", Q_CURRENCY, CURRENCIES),
    ("mountain", "countries", "The highest mountain in {0} is {1}.", Q_MOUNTAIN, MOUNTAINS),
    ("river", "countries", "The river in {0} is the {1}.", Q_RIVER, RIVERS),
    ("author", "makers", "{0} was written by {1}.", Q_AUTHOR, AUTHORS),
    ("inventor", "makers", "{C0} was invented by {1}.", Q_INVENTOR, INVENTORS),
    ("job", "makers", "{A0} {1}.", ["What does {a0} do?", "What is the job of {a0}?", "What is the work of {a0}?", "Tell me what {a0} does.", "{A0} does what?", "What does {a0} do all day?", "Explain what {a0} does.", "What does {a0} do at work?", "Describe the job of {a0}."], JOBS),
    ("who_job", "makers", "{A1} {0}.", ["Who {0}?", "Tell me who {0}.", "Which worker {0}?", "Name the person who {0}.", "Do you know who {0}?", "What do you call someone who {0}?", "What is a person called who {0}?", "Whose job is it? This person {0}."],
     [(b, a) for a, b in JOBS if b not in ("looks after books", "treats animals", "looks after sheep")] + [("looks after books", "librarian"), ("treats animals", "vet"), ("looks after sheep", "shepherd")]),
    ("baby", "animals", "A baby {0} is called {a1}.", ["What is a baby {0} called?", "What do you call a baby {0}?", "What is the name of a young {0}?", "What do you call the young of {a0}?", "A baby {0} is called what?", "Name the baby of {a0}.", "Tell me the word for a baby {0}.",
     "What is the baby of {a0} called?", "Which word means a baby {0}?"], BABIES),
    ("sound", "animals", "{A0} {1}.", Q_SOUND, SOUNDS),
    ("home", "animals", "{A0} lives {1}.", Q_HOME, HOMES),
    ("legs", "animals", "{A0} has {1} legs.", ["How many legs does {a0} have?", "How many legs has {a0}?", "What number of legs does {a0} have?", "Count the legs of {a0}.", "{A0} has how many legs?", "Tell me how many legs {a0} has.", "How many legs are there on {a0}?",
     "On how many legs does {a0} walk?"], LEGS),
    ("class", "animals", "{A0} is {a1}.", ["What is {a0}?", "What kind of thing is {a0}?", "What sort of thing is {a0}?", "Tell me what {a0} is.", "{A0} is what?", "Explain what {a0} is.", "What type of thing is {a0}?", "Do you know what {a0} is?", "To which group does {a0} belong?"], CLASSES),
    ("food", "animals", "{A0} eats {1}.", Q_EATS, FOODS),
    ("use", "things", "You use {a0} to {1}.", ["What is {a0} used for?", "What do you use {a0} for?", "What is {a0} for?", "What can I do with {a0}?", "Why do people use {a0}?", "Tell me what {a0} is for.", "What is the use of {a0}?", "What do people do with {a0}?", "{A0} is used for what?"], TOOLS),
    ("what_use", "things", "You use {a1} to {0}.", ["What do you use to {0}?", "What do I need to {0}?", "Which thing helps me to {0}?", "What can I use to {0}?", "I want to {0}. What do I need?", "Name something you use to {0}.", "With what do you {0}?", "What is used to {0}?"], [(b, a) for a, b in TOOLS]),
    ("material", "things", "{A0} is made from {1}.", ["What is {a0} made of?", "What is {a0} made from?", "From what is {a0} made?", "What do people make {a0} from?", "Tell me what {a0} is made of.", "{A0} is made of what?", "Which material is {a0} made of?", "What do you need to make {a0}?", "Out of what is {a0} made?"],
     [(a, b) for a, b in MATERIALS if a not in ("bread", "cheese", "wine", "butter", "cider", "jam", "chips", "raisins", "glass")]),
    ("mass_material", "things", "{C0} is made from {1}.", ["What is {0} made of?", "What is {0} made from?", "From what is {0} made?", "What do people make {0} from?", "Tell me what {0} is made of.", "{C0} is made of what?", "What do you need to make {0}?", "Out of what is {0} made?"],
     [(a, b) for a, b in MATERIALS if a in ("bread", "cheese", "wine", "butter", "cider", "jam", "glass")]),
    ("colour", "colours", "{C0} is {1}.", Q_COLOUR, THING_COLOURS),
    ("mix", "colours", "If you mix {0} and {1}, you get {2}.", ["What do you get when you mix {0} and {1}?", "Which colour do {0} and {1} make?", "Mix {0} and {1}. What colour is it?", "What colour is {0} and {1} together?", "If I mix {0} with {1}, what do I get?", "{C0} and {1} make which colour?",
     "What is {0} plus {1}?", "Name the colour made from {0} and {1}.", "I mix {0} and {1}. What do I get?"], MIXES),
    ("opposite", "opposites", "The opposite of {0} is {1}.", ["What is the opposite of {0}?", "What's the opposite of {0}?", "Name the opposite of {0}.", "Tell me the opposite of {0}.", "Which word is the opposite of {0}?", "What is the contrary of {0}?", "Give me the opposite of {0}.", "The opposite of {0} is what?",
     "What word means the opposite of {0}?", "Opposite of {0}?", "What is not {0} but the opposite?"], OPPOSITES),
    ("synonym", "opposites", "Another word for {0} is {1}.", ["What is another word for {0}?", "What's another word for {0}?", "Give me another word for {0}.", "Name a word that means the same as {0}.", "Which word means the same as {0}?", "Tell me a synonym of {0}.", "What is a synonym for {0}?",
     "How else can I say {0}?", "I need another word for {0}.", "Another word for {0}?"], SYNONYMS),
    ("plural", "words", "The plural of {0} is {1}.", ["What is the plural of {0}?", "What's the plural of {0}?", "Give me the plural of {0}.", "One {0}, two what?", "Tell me the plural of {0}.", "What do you call more than one {0}?", "How do you say more than one {0}?", "Plural of {0}?", "What is the plural form of {0}?"], PLURALS),
    ("past", "words", "The past of {0} is {1}.", ["What is the past tense of {0}?", "What's the past tense of {0}?", "Give me the past tense of {0}.", "Tell me the past form of {0}.", "Today I {0}. What is the past tense?", "What is the past of {0}?", "Past tense of {0}?", "Put the verb {0} into the past.", "How do you say {0} in the past?"], PAST),
    ("day_after", "calendar", "The day after {0} is {1}.", ["Which day comes after {0}?", "What day is after {0}?", "What day follows {0}?", "Today is {0}. What day is tomorrow?", "Name the day after {0}.", "After {0} comes which day?", "If today is {0}, what is tomorrow?", "What is the day after {0}?", "Tell me the day that follows {0}."],
     [(DAYS[i], DAYS[(i + 1) % 7]) for i in range(7)]),
    ("day_before", "calendar", "The day before {0} is {1}.", ["Which day comes before {0}?", "What day is before {0}?", "Today is {0}. What day was yesterday?", "Name the day before {0}.", "Before {0} comes which day?", "If today is {0}, what was yesterday?", "What is the day before {0}?", "Which day is just before {0}?"],
     [(DAYS[i], DAYS[i - 1]) for i in range(7)]),
    ("month_after", "calendar", "The month after {0} is {1}.", ["Which month comes after {0}?", "What month is after {0}?", "What month follows {0}?", "Name the month after {0}.", "After {0} comes which month?", "It is {0}. What is next month?", "What is the month after {0}?", "Tell me the month that follows {0}."],
     [(MONTHS[i], MONTHS[(i + 1) % 12]) for i in range(12)]),
    ("month_before", "calendar", "The month before {0} is {1}.", ["Which month comes before {0}?", "What month is before {0}?", "Name the month before {0}.", "Before {0} comes which month?", "It is {0}. What was last month?", "What is the month before {0}?", "Which month is just before {0}?"],
     [(MONTHS[i], MONTHS[i - 1]) for i in range(12)]),
    ("month_number", "calendar", "{1} is the {0} month of the year.", ["What is the {0} month of the year?", "Which month is the {0}?", "Name the {0} month.", "Which is the {0} month of the year?", "What's the {0} month?", "Tell me the {0} month of the year.", "The {0} month of the year is which one?"],
     [(ORDINALS[i], MONTHS[i]) for i in range(12)]),
    ("month_days", "calendar", "{0} has {1} days.", ["How many days does {0} have?", "How many days are in {0}?", "How long is {0}?", "{0} has how many days?", "Tell me how many days are in {0}.", "What is the number of days in {0}?", "How many days are there in {0}?"], list(MONTH_DAYS.items())),
    ("day_number", "calendar", "{1} is the {0} day of the week.", ["What is the {0} day of the week?", "Which day is the {0}?", "Name the {0} day of the week.", "Which is the {0} day of the week?", "What's the {0} day?", "Tell me the {0} day of the week."], [(ORDINALS[i], DAYS[i]) for i in range(7)]),
    ("season_after", "calendar", "After {0} comes {1}.", ["Which season comes after {0}?", "What season is after {0}?", "What season follows {0}?", "Name the season after {0}.", "After {0} comes which season?", "It is {0}. Which season is next?", "Tell me the season that follows {0}."], [(SEASONS[i], SEASONS[(i + 1) % 4]) for i in range(4)]),
    ("letter_after", "words", "The letter after {0} is {1}.", ["Which letter comes after {0}?", "What letter is after {0}?", "What letter follows {0}?", "Name the letter after {0}.", "After {0} comes which letter?", "What is the next letter after {0}?"], [(LETTERS[i].upper(), LETTERS[i + 1].upper()) for i in range(25)]),
]

# Single facts: phrasings and one answer.
MISC = [
    (["How many days are in a week?", "How many days does a week have?", "How many days has a week?", "A week has how many days?", "Tell me how many days are in a week."], "A week has seven days."),
    (["How many months are in a year?", "How many months does a year have?", "How many months has a year?", "A year has how many months?", "Tell me how many months are in a year."], "A year has twelve months."),
    (["How many hours are in a day?", "How many hours does a day have?", "How many hours has a day?", "A day has how many hours?", "Tell me how many hours are in a day."], "A day has 24 hours."),
    (["How many minutes are in an hour?", "How many minutes does an hour have?", "How many minutes has an hour?", "An hour has how many minutes?", "How long is an hour?"], "An hour has 60 minutes."),
    (["How many seconds are in a minute?", "How many seconds does a minute have?", "How many seconds has a minute?", "A minute has how many seconds?", "How long is a minute?"], "A minute has 60 seconds."),
    (["How many days are in a year?", "How many days does a year have?", "How long is a year?", "A year has how many days?", "How many days has a year?"], "A year has 365 days."),
    (["How many seasons are there?", "How many seasons does a year have?", "How many seasons are in a year?", "A year has how many seasons?"], "A year has four seasons."),
    (["How many continents are there?", "How many continents does the earth have?", "What is the number of continents?", "Tell me how many continents there are."], "There are seven continents."),
    (["How many letters are in the alphabet?", "How many letters does the alphabet have?", "How long is the alphabet?", "The alphabet has how many letters?"], "The alphabet has 26 letters."),
    (["What do bees make?", "What does a bee make?", "What do we get from bees?", "Which food do bees make?"], "Bees make honey."),
    (["What do cows give us?", "What do we get from cows?", "What does a cow give?", "What drink comes from cows?"], "Cows give us milk."),
    (["What do hens lay?", "What does a hen lay?", "What do we get from hens?", "Where do eggs come from?"], "Hens lay eggs."),
    (["What do sheep give us?", "What do we get from sheep?", "Where does wool come from?", "Which animal gives us wool?"], "Sheep give us wool."),
    (["Where does the sun rise?", "Where does the sun come up?", "On which side does the sun rise?", "The sun rises where?"], "The sun rises in the east."),
    (["Where does the sun set?", "Where does the sun go down?", "On which side does the sun set?", "The sun sets where?"], "The sun sets in the west."),
    (["What is the largest ocean?", "Which ocean is the largest?", "What is the biggest ocean?", "Name the biggest ocean."], "The largest ocean is the Pacific."),
    (["What is the largest planet?", "Which planet is the largest?", "What is the biggest planet?", "Name the biggest planet."], "The largest planet is Jupiter."),
    (["Which planet is closest to the sun?", "What is the closest planet to the sun?", "Which planet is nearest to the sun?", "Name the planet nearest to the sun."], "The planet closest to the sun is Mercury."),
    (["Which planet do we live on?", "On which planet do we live?", "What is our planet called?", "What is the name of our planet?"], "We live on the planet Earth."),
    (["Is the earth flat?", "Is the earth round?", "What shape is the earth?", "Which shape does the earth have?"], "The earth is round."),
    (["What is frozen water?", "What is frozen water called?", "What happens when water freezes?", "What does water become when it is cold?"], "Frozen water is ice."),
    (["What falls from the clouds?", "What comes out of clouds?", "What do clouds bring?", "Where does rain come from?"], "Rain falls from the clouds."),
    (["What is the largest animal?", "Which animal is the largest?", "What is the biggest animal?", "Name the biggest animal."], "The largest animal is the blue whale."),
    (["What is the tallest animal?", "Which animal is the tallest?", "Name the tallest animal.", "Which animal has the longest neck?"], "The tallest animal is the giraffe."),
    (["What is the fastest animal?", "Which animal runs fastest?", "Which animal is the fastest?", "Name the fastest animal."], "The fastest animal on land is the cheetah."),
    (["How many sides does a triangle have?", "How many sides has a triangle?", "A triangle has how many sides?", "How many corners does a triangle have?"], "A triangle has three sides."),
    (["How many sides does a square have?", "How many sides has a square?", "A square has how many sides?", "How many corners does a square have?"], "A square has four sides."),
    (["How many wheels does a bike have?", "How many wheels has a bike?", "A bike has how many wheels?", "How many wheels are on a bike?"], "A bike has two wheels."),
    (["How many wheels does a car have?", "How many wheels has a car?", "A car has how many wheels?", "How many wheels are on a car?"], "A car has four wheels."),
    (["How many fingers does a hand have?", "How many fingers are on a hand?", "How many fingers has a hand?", "A hand has how many fingers?"], "A hand has five fingers."),
    (["What do we see with?", "What do you use to see?", "With what do we see?", "Which part of the body sees?"], "We see with our eyes."),
    (["What do we hear with?", "What do you use to hear?", "With what do we hear?", "Which part of the body hears?"], "We hear with our ears."),
    (["What do we smell with?", "What do you use to smell?", "With what do we smell?", "Which part of the body smells?"], "We smell with our nose."),
    (["What is the weekend?", "Which days are the weekend?", "When is the weekend?", "Name the days of the weekend."], "The weekend is Saturday and Sunday."),
    (["Name the days of the week.", "What are the days of the week?", "Which days does a week have?", "List the days of the week."], "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday."),
    (["Name the seasons.", "What are the seasons?", "Which seasons are there?", "List the four seasons."], "Spring, summer, autumn and winter."),
    (["What is the hottest season?", "Which season is the hottest?", "When is it hot?", "Which season is warm and sunny?"], "The hottest season is summer."),
    (["What is the coldest season?", "Which season is the coldest?", "When does it snow?", "In which season does it snow?"], "The coldest season is winter."),
]
