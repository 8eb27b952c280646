"""What the full stop after a word means: closed word lists for the European languages that documents come in.

Everything is lower case and without the last full stop. The lists are deliberately one union over English, German,
French, Spanish, Italian, Portuguese and Dutch: contracts and papers mix languages, and the few clashes are settled
by what follows (a number, a common sentence opener) rather than by a guess of the language.
"""

from __future__ import annotations

from typing import Final


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Never the end of a sentence: something always follows (a name, an example, a comparison).
PREFIX: Final = _words(
    # English
    "dr mr mrs ms mx messrs mmes prof rev hon gen col lt sgt capt cmdr maj brig adm gov sen rep pres supt",
    "insp st mt ft",
    "e.g i.e eg ie viz cf vs v al approx ca circa resp incl excl esp",
    # German
    "z.b d.h u.a i.d.r i.s.d i.s.v i.v.m o.ä s.o s.u bzw bspw vgl sog gem ggf ggfs evtl inkl exkl einschl",
    "zzgl abzgl hr fr",
    "frl fa bzgl betr ggü str. dipl ing mag univ hl geb gest verh max min mind ung ungef insb insbes dgl",
    "lfd rd bez betr z zz zzt u i d m.e",
    "m.a.w n.chr v.chr a.a.o o.g u.u z.t z.zt i.a i.v i.h.v",
    # French
    "mm mme mlle mgr me m c.-à-d p.ex ex env cie av",
    # Spanish
    "sr sra srta sres d dª dña ud uds lic p.ej aprox avda dpto excmo excma ilmo ilma",
    # Italian
    "sig sigg dott avv arch geom rag on p.es es ecc.mo spett egr gent",
    # Portuguese
    "exmo exma dra dras drs srs sras eng drª sª profª",
    # Dutch
    "dhr mevr mw drs mr.dr bijv d.w.z o.a t.o.v m.b.t i.v.m t.a.v nl jl",
)

# Followed by a number, a Roman numeral or a code: not an end. Followed by a word: an end ("No. He left").
NUMBERED: Final = _words(
    "no nos nr nrn num núm nº art arts artt fig figs sec secs sect ch chap cap kap p pp pg s ss vol vols",
    "bd ed eds eq eqs",
    "tab tabl abb anm abs abschn ziff lit rn rdn rz bl § §§ para paras par cl cls ex app ann sched ref",
    "refs tel tél fax ext",
    "ver vers rev op n nn núms pág págs pag pagg fl hs ff f anh anl nr. lfd.nr bull ser iss dept rm apt",
    "ste stk st.nr us",
)

# May end a sentence: an end only where a common opener of sentences follows.
SUFFIX: Final = _words(
    "inc ltd co corp llc llp plc bros jr sr esq phd ph.d m.d b.a m.a b.sc m.sc etc u.s u.k u.s.a u.n e.u",
    "d.c a.m p.m am pm",
    "b.v n.v s.a s.l s.p.a s.r.l s.a.s s.à.r.l a.g e.v e.k gmbh usw etc.pp ecc ecc. enz ltda cia cía a.d",
    "b.c bc ad est",
    "jan feb mar apr jun jul aug sep sept oct nov dec okt dez janv févr avr juil déc ene abr ago dic gen",
    "mag giu lug set ott",
    "mon tue tues wed thu thur thurs fri sat sun ave blvd rd sq hrs hr min sec kg km cm mm lb lbs oz ft",
    "str tsd mio mrd",
    "mln bn ca. dist div ph gr t n.s dto ders ebd ibid id loc cit et.al",
)

# Words that often open a sentence and are hardly ever the second half of a name.
OPENERS: Final = _words(
    "the this that these those it he she we they you there here in on at for from but and or if when",
    "while as after before",
    "since although though however therefore thus moreover furthermore our their his her its my your what",
    "why how who where",
    "which each all some any most many such to by with under upon both not no then so nor yet until once",
    "because during",
    "these finally first second third next also another other one two three according despite given let",
    "please see note",
    "was is are were did does do have has had can could would should will shall may might must",
    "der die das dem des ein eine einen einem einer er sie es wir ich ihr im am auf bei mit nach von zu",
    "zum zur für als wenn",
    "aber und oder dies diese dieser dieses diesem auch so da dann nun nur noch wer wie wo warum was sein",
    "seine ihre unser",
    "während durch über unter gegen ohne um vor zwischen hier dort jedoch außerdem deshalb daher",
    "les des un une il elle ils elles nous vous on ce cet cette ces dans pour par sur mais et où qui que",
    "quand comme si avec",
    "el los las una uno ella ellos ellas nosotros este esta estos estas ese esa en con por para pero y o",
    "cuando como si sin",
    "il lo gli i uno essi noi questo questa questi queste nel nella con per ma quando come se",
    "os as um uma eles elas nós isto isso estes no na nos nas com mas quando como se ao",
    "het een hij zij wij ze dit deze dat bij van voor met naar als maar en of toen ook",
)

MONTHS: Final = _words(
    "january february march april may june july august september october november december",
    "januar jänner februar märz mai juni juli oktober dezember",
    "janvier février mars avril juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre",
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro",
    "januari februari maart mei augustus jan feb mär apr jun jul aug sep sept okt nov dez",
    "januar februar mars april maj mai juni juli august oktober desember ledna února března dubna května",
    "června července",
    "srpna září října listopadu prosince stycznia lutego marca kwietnia maja czerwca lipca sierpnia",
    "września października",
    "listopada grudnia tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta",
    "elokuuta syyskuuta",
    "lokakuuta marraskuuta joulukuuta",
)

# Ordinals are written with a full stop: "im 19. Jahrhundert", "3. Mai".
ORDINAL_LANGUAGES: Final = frozenset(
    {"de", "da", "nb", "no", "nn", "fi", "cs", "sk", "sl", "hr", "hu", "et", "lv", "is"}
)
