/** Common English words, the commonest first: most of what the benchmark's conversations say. */
export const words =
  `the be to of and a in that have I it for not on with he as you do at this but his by from they we say her she or
an will my one all would there their what so up out if about who get which go me when make can like time no just him know take
people into year your good some could them see other than then now look only come its over think also back after use two how our
work first well way even new want because any these give day most us is are was were been has had did said made went came took
find here thing many tell very still find old between life few while last might next must great right too same another much where
does world through long house own down should small found every large must big high such follow act why ask men change light kind
need home read hand port spell add land picture again animal point mother answer page letter question money story mean state city
play number water side part place week case company system program problem fact group become hold bring happen write provide sit
stand lose pay meet include continue set learn lead understand watch stop create speak spend grow open walk win teach offer
remember consider appear buy serve die send build stay fall cut reach kill raise pass sell decide return explain hope develop
carry break receive agree support hit produce eat cover catch draw choose cause listen describe value field record type result
level office door health person art war history party reason research girl moment air teacher force education foot boy age policy
process music market sense nation plan college interest death experience effect class control example field member paper space
table model data code function file test value error list string object array server client request response user input output
method return default option version library package module token train text window memory thread cache buffer column row key
schema query index branch commit merge check deploy measure random sample average median ratio figure section chapter summary
please thanks sure however therefore although instead usually probably exactly simply quickly carefully together already
simple clear short possible important different available common public general local special certain strong whole free true full
recent major better best low early late hard young nice fine ready dark blue red green white black warm cold quiet bright heavy
morning evening night month minute hour second summer winter garden river mountain road street bridge school kitchen window
coffee bread apple sugar salt dinner recipe friend brother sister father daughter doctor engineer artist farmer driver captain
seven eight nine ten hundred thousand million half quarter third several both either neither during before since until against
among without within across behind beyond toward upon under above near far away around inside outside forward maybe never always
often sometimes today tomorrow yesterday soon later once twice nothing something everything anyone someone nobody`.split(
    /\s+/,
  );

/** Of which made-up words are put together. */
export const syllables =
  'ba ber cal con cor da den dis el er fa fen gal gor ha hel in ir ja jor ka kel la len lor ma mer min mor na nel nor o ol pa per pol qua ra ren ri ros sa ser sil sol ta ten ter tion tor tri u ul va ven vor wa win xa yel za zor ing ment ness able ly ist ism ous ive al'.split(
    ' ',
  );

export const emoji = ['🙂', '🎉', '👍🏽', '👩‍👩‍👧', '🔥', '❤️', '🇫🇷', '🏳️‍🌈', '🤖', '✨', '😂', '🧑🏿‍🚀'];
