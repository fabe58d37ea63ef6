"""Words that mean little in a name: legal forms, titles, particles. Data only; how they are used is decided
elsewhere.
"""

# Canonical form -> every spelling, already in Latin lower case. All limited companies are one form, all
# companies by shares another: translations of the same register entry mix the members of each group freely.
_LEGAL_FORM_SPELLINGS: dict[str, str] = {
    "llc": """
        llc; l l c; ltd; limited; limited liability company; limited liability partnership; llp; l l p;
        ltda; limitada; ooo; o o o; obshchestvo s ogranichennoy otvetstvennostyu; obshchestvo s
        ogranichennoi otvetstvennostyu; obshchestvo s ogranichennoj otvetstvennostju; obschestvo s
        ogranichennoy otvetstvennostyu; tov; tzov; tovarystvo z obmezhenoyu vidpovidalnistyu; too;
        tovarishchestvo s ogranichennoy otvetstvennostyu; odo; gmbh; g m b h; gesellschaft mit beschrankter
        haftung; mbh; gmbh co kg; sarl; s a r l; srl; s r l; societe a responsabilite limitee; sociedad de
        responsabilidad limitada; s de rl; s de rl de cv; s de r l de c v; s de r l; societa a
        responsabilita limitata; sociedade limitada; eireli; sas; s a s; sro; s r o; doo; d o o; dooel; sp z
        oo; sp z o o; sp zoo; bv; b v; besloten vennootschap; bvba; kft; k f t; ood; eood; ou; osauhing;
        uab; sia; pvt ltd; pvt; private limited; private limited company; pte ltd; pte; pty ltd; pty; sdn
        bhd; bhd; berhad; co ltd; company limited; co limited; fze; fzc; fzco; fz llc; fzllc; dmcc; wll; w l
        l; limited sirketi; ltd sti; ltd sirketi; sti; sl; s l; slu; mchj; masuliyati cheklangan jamiyat;
        mmc
    """,
    "jsc": """
        jsc; j s c; joint stock company; joint stock co; sa; s a; sociedad anonima; societe anonyme;
        sociedade anonima; sa de cv; s a de c v; sab de cv; ca; c a; compania anonima; spa; s p a; societa
        per azioni; ag; a g; aktiengesellschaft; plc; p l c; public limited company; inc; incorporated;
        corp; corporation; corporacion; oao; o a o; otkrytoye aktsionernoye obshchestvo; otkrytoe
        aktsionernoe obshchestvo; ojsc; open joint stock company; pao; p a o; publichnoye aktsionernoye
        obshchestvo; publichnoe aktsionernoe obshchestvo; pjsc; public joint stock company; pjs; psc; p s c;
        zao; z a o; zakrytoye aktsionernoye obshchestvo; zakrytoe aktsionernoe obshchestvo; cjsc; closed
        joint stock company; closed stock company; ao; a o; aktsionernoye obshchestvo; aktsionernoe
        obshchestvo; aktsionernoe obschestvo; aat; tat; prat; nao; as; a s; anonim sirketi; anonim sirket;
        nv; n v; ab; aktiebolag; aktiebolaget; oy; oyj; asa; aps; akciova spolecnost; akcine bendrove; tbk;
        pt; perseroan terbatas; saog; saoc; sal; s a l; ad; aksionarsko drustvo; kk; kabushiki kaisha;
        osakeyhtio; rt; zrt; nyrt; pjsk; asj; qsc; saa; sac; s a c
    """,
    "co": """
        co; company; companies; cie; compagnie; compania; companhia; kompaniya; kompania; firma; firm;
        sharikat; sherkat; sirketi; sirket
    """,
    "fgup": """
        fgup; federal state unitary enterprise; federalnoye gosudarstvennoye unitarnoye predpriyatiye;
        federalnoe gosudarstvennoe unitarnoe predpriyatie; fsue; rue; respublikanskoe unitarnoe predpriyatie;
        republican unitary enterprise; unitary enterprise; gup; fku
    """,
}

# Short forms that are also surnames or syllables count as legal forms only at the start or the end of a
# longer name.
_AMBIGUOUS = "ab ad ag ao as asa ca co firm ou oy pt rt sa sac sal sas sl spa sti tat too aat kk asj sia"
AMBIGUOUS_LEGAL_FORMS = frozenset(_AMBIGUOUS.split())

LEADING_LEGAL_FORMS = frozenset({"aat", "ao", "kk", "pt", "tat", "too"})
"""Those of them that are written before the name."""

CONTRACTIONS: dict[str, tuple[str, ...]] = dict.fromkeys(("abdul", "abdel", "abdal", "abdol"), ("abd", "al"))
"""Words that other spellings of the same name write as two."""

_TITLES = """
    mr mrs ms miss dr prof professor sir lord lady madam monsieur madame herr frau senor senora don dona
    haji hajji hadji hajj haj sheikh shaykh sheik shaikh cheikh sheykh mullah mulla mawlawi maulavi maulvi
    molvi maulana mawlana imam ayatollah sayyid sayed seyed syed sayyed general gen colonel col major maj
    captain capt lieutenant lt brigadier brig admiral commander president minister jr sr eng ing ustad qari
    hafiz engineer prince princess king emir amir
"""
_PARTICLES = """
    al el ul ur as ad an at bin ben ibn bint binti de del della di da do dos das du des la le las los lo van
    von der den ter ten zu zum zur und et and of the for ou oglu ogly kizi kyzy uulu
"""

TITLES = frozenset(_TITLES.split())
PARTICLES = frozenset(_PARTICLES.split())
LEGAL_FORMS = frozenset(_LEGAL_FORM_SPELLINGS)

WEAK_WEIGHTS: dict[str, float] = (
    dict.fromkeys(PARTICLES, 0.08) | dict.fromkeys(TITLES, 0.1) | dict.fromkeys(LEGAL_FORMS, 0.1)
)
"""Weight of the tokens that may differ without meaning much; every other token weighs by its rarity, 0.2 to
1.
"""


def _phrases() -> dict[tuple[str, ...], str]:
    return {
        tuple(spelling.split()): form
        for form, spellings in _LEGAL_FORM_SPELLINGS.items()
        for spelling in spellings.split(";")
    }


LEGAL_FORM_PHRASES: dict[tuple[str, ...], str] = _phrases()
LEGAL_FORM_STARTS = frozenset(phrase[0] for phrase in LEGAL_FORM_PHRASES)
LONGEST_LEGAL_FORM = max(map(len, LEGAL_FORM_PHRASES))
