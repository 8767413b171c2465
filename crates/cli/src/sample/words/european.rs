//! Names in the Greek, Cyrillic, Georgian and Armenian scripts.
//! Each is paired with Latin letters for e-mail addresses; they are spellings, not a standard.

use super::Pool;

/// Greek; tonos, dialytika and final sigma.
#[rustfmt::skip]
pub(super) const GREEK: Pool = Pool {
    given: &[
        ("Ελένη", "eleni"), ("Γιώργος", "giorgos"), ("Άννα", "anna"), ("Οδυσσέας", "odysseas"),
        ("Ίρις", "iris"), ("Μαΐρα", "maira"), ("Ώρα", "ora"), ("Θεόφιλος", "theofilos"),
    ],
    family: &[
        ("Παπαδάκης", "papadakis"), ("Καλογεράς", "kalogeras"), ("Ξενάκης", "xenakis"), ("Ψαράς", "psaras"),
        ("Οικονόμου", "oikonomou"), ("Αγγελής", "angelis"), ("Ζήσης", "zisis"), ("Χατζής", "chatzis"),
    ],
    second_names: true,
};

/// Russian, Ukrainian, Bulgarian and Serbian.
#[rustfmt::skip]
pub(super) const CYRILLIC: Pool = Pool {
    given: &[
        ("Алёна", "alyona"), ("Артём", "artyom"), ("Юлия", "yuliya"), ("Їжак", "yizhak"),
        ("Євген", "yevhen"), ("Ђорђе", "djordje"), ("Николай", "nikolay"), ("Щепан", "shchepan"),
        ("Злата", "zlata"), ("Ганна", "hanna"),
    ],
    family: &[
        ("Королёв", "korolyov"), ("Королев", "korolev"), ("Зайцева", "zaytseva"), ("Шевчук", "shevchuk"),
        ("Їжакевич", "yizhakevych"), ("Ґалаґан", "galagan"), ("Његошев", "njegoshev"),
        ("Йорданова", "yordanova"), ("Чайка", "chayka"), ("Щукин", "shchukin"),
    ],
    second_names: true,
};

/// Georgian.
#[rustfmt::skip]
pub(super) const GEORGIAN: Pool = Pool {
    given: &[
        ("ნინო", "nino"), ("გიორგი", "giorgi"), ("თამარ", "tamar"), ("ლევან", "levan"),
        ("ქეთევან", "ketevan"), ("ზურაბ", "zurab"), ("მზია", "mzia"), ("ვახტანგ", "vakhtang"),
    ],
    family: &[
        ("ბერიძე", "beridze"), ("კაპანაძე", "kapanadze"), ("გელაშვილი", "gelashvili"),
        ("წიკლაური", "tsiklauri"), ("ჯაფარიძე", "japaridze"), ("ხუციშვილი", "khutsishvili"),
        ("ლომიძე", "lomidze"), ("მაისურაძე", "maisuradze"),
    ],
    second_names: false,
};

/// Armenian.
#[rustfmt::skip]
pub(super) const ARMENIAN: Pool = Pool {
    given: &[
        ("Անահիտ", "anahit"), ("Արամ", "aram"), ("Գոհար", "gohar"), ("Տիգրան", "tigran"), ("Նարե", "nare"),
        ("Վահան", "vahan"), ("Սոնա", "sona"), ("Հայկ", "hayk"),
    ],
    family: &[
        ("Գրիգորյան", "grigoryan"), ("Սարգսյան", "sargsyan"), ("Հակոբյան", "hakobyan"),
        ("Պետրոսյան", "petrosyan"), ("Մկրտչյան", "mkrtchyan"), ("Ավագյան", "avagyan"),
        ("Ղազարյան", "ghazaryan"), ("Չոբանյան", "chobanyan"),
    ],
    second_names: false,
};
