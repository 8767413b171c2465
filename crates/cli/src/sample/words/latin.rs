//! Names in the Latin script, by the region that writes them: diacritics, apostrophes, hyphens, particles.
//! `de Vries`, `De Vries` and `DeVries` are three families here; their order is what a demo shows best.

use super::Pool;

/// Denmark, Norway, Sweden, Finland, Iceland.
#[rustfmt::skip]
pub(super) const NORDIC: Pool = Pool {
    given: &[
        ("Åsa", "asa"), ("Björn", "bjorn"), ("Søren", "soren"), ("Ingrid", "ingrid"), ("Øyvind", "oyvind"),
        ("Märta", "marta"), ("Kåre", "kare"), ("Frøydis", "froydis"), ("Jörgen", "jorgen"),
        ("Aino", "aino"), ("Väinö", "vaino"), ("Håkon", "hakon"), ("Åse", "ase"), ("Þóra", "thora"),
        ("Guðrún", "gudrun"), ("Elin", "elin"),
    ],
    family: &[
        ("Ångström", "angstrom"), ("Østergård", "ostergard"), ("Sjöberg", "sjoberg"), ("Kjær", "kjaer"),
        ("Håkansson", "hakansson"), ("Lindqvist", "lindqvist"), ("Mäkelä", "makela"), ("Nygård", "nygard"),
        ("Öberg", "oberg"), ("Bjørnsen", "bjornsen"), ("Ærø", "aero"), ("Virtanen", "virtanen"),
        ("Þorvaldsson", "thorvaldsson"), ("Sørbø", "sorbo"), ("Åkerlund", "akerlund"), ("Dahl", "dahl"),
    ],
    second_names: true,
};

/// Germany, Austria, Switzerland.
#[rustfmt::skip]
pub(super) const GERMAN: Pool = Pool {
    given: &[
        ("Jürgen", "jurgen"), ("Käthe", "kathe"), ("Sören", "soren"), ("Annegret", "annegret"),
        ("Anneliese", "anneliese"), ("Götz", "gotz"), ("Lukas", "lukas"), ("Heike", "heike"),
        ("Jörg", "jorg"), ("Mareike", "mareike"), ("Uwe", "uwe"), ("Bärbel", "barbel"),
        ("Hans-Peter", "hans-peter"), ("Rüdiger", "rudiger"), ("Ursula", "ursula"), ("Mia", "mia"),
    ],
    family: &[
        ("Weiß", "weiss"), ("Groß", "gross"), ("Strauß", "strauss"), ("Müller", "mueller"),
        ("Muller", "muller"), ("Schröder", "schroder"), ("Bäcker", "backer"), ("Vogt", "vogt"),
        ("König", "konig"), ("Jäger", "jager"), ("von Ebersfeld", "vonebersfeld"),
        ("zur Linden", "zurlinden"), ("Straßner", "strassner"), ("Übelacker", "ubelacker"),
        ("Grün", "grun"), ("Zäuner", "zauner"),
    ],
    second_names: true,
};

/// the Netherlands and Flanders.
#[rustfmt::skip]
pub(super) const DUTCH: Pool = Pool {
    given: &[
        ("Sanne", "sanne"), ("Daan", "daan"), ("Femke", "femke"), ("Joost", "joost"), ("Anouk", "anouk"),
        ("Maarten", "maarten"), ("Zoë", "zoe"), ("Jeroen", "jeroen"), ("Lieke", "lieke"),
        ("Thijs", "thijs"), ("Loïs", "lois"), ("Wouter", "wouter"), ("Noor", "noor"), ("Bram", "bram"),
        ("Maud", "maud"), ("Ruben", "ruben"),
    ],
    family: &[
        ("de Vries", "devries"), ("De Vries", "de-vries"), ("DeVries", "de-vriess"),
        ("van der Berg", "vanderberg"), ("van den Heuvel", "vandenheuvel"),
        ("Van der Velde", "vandervelde"), ("'t Hooft", "thooft"), ("de Boer", "deboer"),
        ("IJzerman", "ijzerman"), ("Kuiper", "kuiper"), ("ten Brink", "tenbrink"), ("Coëlho", "coelho"),
        ("Bakker", "bakker"), ("Vermeulen", "vermeulen"), ("Ruiß", "ruiss"), ("Terpstra", "terpstra"),
    ],
    second_names: true,
};

/// Ireland and Great Britain.
#[rustfmt::skip]
pub(super) const ISLES: Pool = Pool {
    given: &[
        ("Aoife", "aoife"), ("Siobhán", "siobhan"), ("Seán", "sean"), ("Niamh", "niamh"),
        ("Pádraig", "padraig"), ("Cáit", "cait"), ("Emily", "emily"), ("Oliver", "oliver"),
        ("Rhys", "rhys"), ("Eilidh", "eilidh"), ("Alasdair", "alasdair"), ("Máire", "maire"),
        ("Gráinne", "grainne"), ("Harriet", "harriet"), ("Owen", "owen"), ("Isla", "isla"),
    ],
    family: &[
        ("O'Neil", "oneil"), ("O’Neil", "o-neil"), ("ONeil", "oneill"), ("O'Brien", "obrien"),
        ("O'Sullivan", "osullivan"), ("Ó Briain", "obriain"), ("MacDonald", "macdonald"),
        ("Macdonald", "mac-donald"), ("McAllister", "mcallister"), ("Fitzgerald", "fitzgerald"),
        ("Smith-Jones", "smith-jones"), ("Ní Dhomhnaill", "nidhomhnaill"), ("D'Arcy", "darcy"),
        ("Llewellyn", "llewellyn"), ("Ashworth", "ashworth"), ("Whitby", "whitby"),
    ],
    second_names: true,
};

/// France and Wallonia.
#[rustfmt::skip]
pub(super) const FRENCH: Pool = Pool {
    given: &[
        ("Éloïse", "eloise"), ("Jérôme", "jerome"), ("Anaïs", "anais"), ("Gaël", "gael"),
        ("Hélène", "helene"), ("François", "francois"), ("Inès", "ines"), ("Loïc", "loic"),
        ("Maëlle", "maelle"), ("Rémi", "remi"), ("Chloé", "chloe"), ("Théo", "theo"), ("Cécile", "cecile"),
        ("Benoît", "benoit"), ("Aurélie", "aurelie"), ("Jean-Luc", "jean-luc"),
    ],
    family: &[
        ("Lefèvre", "lefevre"), ("Côté", "cote"), ("d'Aubigny", "daubigny"), ("Du Pré", "dupre"),
        ("Le Goff", "legoff"), ("Garçon", "garcon"), ("Béranger", "beranger"), ("Lemaître", "lemaitre"),
        ("Œuvrard", "oeuvrard"), ("Châtelain", "chatelain"), ("Noël", "noel"), ("Pélissier", "pelissier"),
        ("de La Tour", "delatour"), ("L'Hermite", "lhermite"), ("Fougère", "fougere"), ("Maçon", "macon"),
    ],
    second_names: true,
};

/// Spain, Portugal and the Americas.
#[rustfmt::skip]
pub(super) const IBERIAN: Pool = Pool {
    given: &[
        ("Íñigo", "inigo"), ("Begoña", "begona"), ("João", "joao"), ("Conceição", "conceicao"),
        ("Lucía", "lucia"), ("Álvaro", "alvaro"), ("Inés", "ines"), ("Tomás", "tomas"),
        ("Mônica", "monica"), ("Núria", "nuria"), ("Jesús", "jesus"), ("Beatriz", "beatriz"),
        ("Sebastián", "sebastian"), ("Mafalda", "mafalda"), ("Ramón", "ramon"), ("Itziar", "itziar"),
    ],
    family: &[
        ("Núñez", "nunez"), ("Peña", "pena"), ("Ibáñez", "ibanez"), ("Gonçalves", "goncalves"),
        ("de la Cruz", "delacruz"), ("dos Santos", "dossantos"), ("Muñoz", "munoz"),
        ("Sepúlveda", "sepulveda"), ("Araújo", "araujo"), ("Magalhães", "magalhaes"),
        ("Puigdollers", "puigdollers"), ("Etxeberria", "etxeberria"), ("Ordóñez", "ordonez"),
        ("Simões", "simoes"), ("Zúñiga", "zuniga"), ("Vieira", "vieira"),
    ],
    second_names: true,
};

/// Italy.
#[rustfmt::skip]
pub(super) const ITALIAN: Pool = Pool {
    given: &[
        ("Niccolò", "niccolo"), ("Chiara", "chiara"), ("Giosuè", "giosue"), ("Lucia", "lucia"),
        ("Matteo", "matteo"), ("Ginevra", "ginevra"), ("Pietro", "pietro"), ("Agnese", "agnese"),
        ("Desirée", "desiree"), ("Ruggero", "ruggero"), ("Ilaria", "ilaria"), ("Tommaso", "tommaso"),
    ],
    family: &[
        ("D'Angelo", "dangelo"), ("De Luca", "deluca"), ("Dell'Acqua", "dellacqua"), ("Forlì", "forli"),
        ("Giordano", "giordano"), ("Mondò", "mondo"), ("Pellegrini", "pellegrini"), ("Sartori", "sartori"),
        ("Zanetti", "zanetti"), ("Bevilacqua", "bevilacqua"), ("Caruso", "caruso"), ("Rinaldi", "rinaldi"),
    ],
    second_names: true,
};

/// Poland.
#[rustfmt::skip]
pub(super) const POLISH: Pool = Pool {
    given: &[
        ("Łucja", "lucja"), ("Wojciech", "wojciech"), ("Małgorzata", "malgorzata"), ("Żaneta", "zaneta"),
        ("Stanisław", "stanislaw"), ("Świętosława", "swietoslawa"), ("Zbigniew", "zbigniew"),
        ("Bożena", "bozena"), ("Michał", "michal"), ("Jagoda", "jagoda"), ("Radosław", "radoslaw"),
        ("Grażyna", "grazyna"), ("Paweł", "pawel"), ("Ździsława", "zdzislawa"),
    ],
    family: &[
        ("Łukasiewicz", "lukasiewicz"), ("Wiśniewska", "wisniewska"), ("Zieliński", "zielinski"),
        ("Żuraw", "zuraw"), ("Śliwa", "sliwa"), ("Dąbrowski", "dabrowski"), ("Wójcik", "wojcik"),
        ("Kołodziej", "kolodziej"), ("Gęś", "ges"), ("Ćwik", "cwik"), ("Jabłońska", "jablonska"),
        ("Źrebak", "zrebak"), ("Szczęsny", "szczesny"), ("Mróz", "mroz"),
    ],
    second_names: true,
};

/// Czechia and Slovakia.
#[rustfmt::skip]
pub(super) const CZECH: Pool = Pool {
    given: &[
        ("Jiří", "jiri"), ("Šárka", "sarka"), ("Zdeněk", "zdenek"), ("Růžena", "ruzena"),
        ("Ľubica", "lubica"), ("Miloš", "milos"), ("Božena", "bozena"), ("Ondřej", "ondrej"),
        ("Žofie", "zofie"), ("Tereza", "tereza"), ("Ľuboš", "lubos"), ("Čeněk", "cenek"),
    ],
    family: &[
        ("Dvořák", "dvorak"), ("Černá", "cerna"), ("Říha", "riha"), ("Šťastný", "stastny"),
        ("Žižka", "zizka"), ("Nováková", "novakova"), ("Kříž", "kriz"), ("Ďurica", "durica"),
        ("Ťažký", "tazky"), ("Ůlehla", "ulehla"), ("Hájek", "hajek"), ("Veselý", "vesely"),
    ],
    second_names: true,
};

/// Hungary and Romania.
#[rustfmt::skip]
pub(super) const DANUBE: Pool = Pool {
    given: &[
        ("Ákos", "akos"), ("Gergő", "gergo"), ("Örs", "ors"), ("Tünde", "tunde"), ("Szőke", "szoke"),
        ("Ștefan", "stefan"), ("Ioana", "ioana"), ("Răzvan", "razvan"), ("Zsófia", "zsofia"),
        ("Mircea", "mircea"), ("Ilinca", "ilinca"), ("Bálint", "balint"),
    ],
    family: &[
        ("Szőllősi", "szollosi"), ("Őri", "ori"), ("Gyűrűs", "gyurus"), ("Kőműves", "komuves"),
        ("Țepeș", "tepes"), ("Brâncuș", "brancus"), ("Ionescu", "ionescu"), ("Tóth", "toth"),
        ("Nagy", "nagy"), ("Bălan", "balan"), ("Mătăsaru", "matasaru"), ("Csörgő", "csorgo"),
    ],
    second_names: true,
};

/// Croatia, Slovenia, Serbia in Latin letters, Albania.
#[rustfmt::skip]
pub(super) const ADRIATIC: Pool = Pool {
    given: &[
        ("Đurđa", "durda"), ("Željko", "zeljko"), ("Šime", "sime"), ("Ćiril", "ciril"), ("Nives", "nives"),
        ("Tjaša", "tjasa"), ("Žiga", "ziga"), ("Mojca", "mojca"), ("Blerta", "blerta"), ("Agim", "agim"),
        ("Ćamila", "camila"), ("Živa", "ziva"),
    ],
    family: &[
        ("Đurić", "duric"), ("Šubić", "subic"), ("Čavlina", "cavlina"), ("Žnidaršič", "znidarsic"),
        ("Kovačević", "kovacevic"), ("Petrović", "petrovic"), ("Hoxha", "hoxha"), ("Gjoni", "gjoni"),
        ("Ljubičić", "ljubicic"), ("Njegoš", "njegos"), ("Dželalija", "dzelalija"), ("Matić", "matic"),
    ],
    second_names: true,
};

/// Estonia, Latvia, Lithuania.
#[rustfmt::skip]
pub(super) const BALTIC: Pool = Pool {
    given: &[
        ("Ūla", "ula"), ("Jānis", "janis"), ("Ieva", "ieva"), ("Žydrūnas", "zydrunas"),
        ("Mārtiņš", "martins"), ("Õnne", "onne"), ("Jüri", "juri"), ("Gintarė", "gintare"),
        ("Ķirsis", "kirsis"), ("Eglė", "egle"), ("Tõnu", "tonu"), ("Līga", "liga"),
    ],
    family: &[
        ("Bērziņš", "berzins"), ("Kazlauskaitė", "kazlauskaite"), ("Tamm", "tamm"), ("Õunapuu", "ounapuu"),
        ("Žukas", "zukas"), ("Ozoliņa", "ozolina"), ("Šķēle", "skele"), ("Põder", "poder"),
        ("Jankūnas", "jankunas"), ("Ēriksons", "eriksons"), ("Ūdris", "udris"), ("Käär", "kaar"),
    ],
    second_names: true,
};

/// Turkey and Azerbaijan.
#[rustfmt::skip]
pub(super) const TURKISH: Pool = Pool {
    given: &[
        ("Işıl", "isil"), ("İlker", "ilker"), ("Çağla", "cagla"), ("Şükrü", "sukru"), ("Ömer", "omer"),
        ("Gülşen", "gulsen"), ("Oğuz", "oguz"), ("Ümit", "umit"), ("Nazlı", "nazli"), ("Emre", "emre"),
        ("Zeynep", "zeynep"), ("İpek", "ipek"),
    ],
    family: &[
        ("Yıldız", "yildiz"), ("Çelik", "celik"), ("Öztürk", "ozturk"), ("Şahin", "sahin"),
        ("Güneş", "gunes"), ("Işık", "isik"), ("İnce", "ince"), ("Ağaoğlu", "agaoglu"), ("Kılıç", "kilic"),
        ("Ünal", "unal"), ("Doğan", "dogan"), ("Erdoğdu", "erdogdu"),
    ],
    second_names: true,
};

/// Vietnam.
#[rustfmt::skip]
pub(super) const VIETNAMESE: Pool = Pool {
    given: &[
        ("Thị Hồng", "thihong"), ("Văn Đức", "vanduc"), ("Quỳnh", "quynh"), ("Phương", "phuong"),
        ("Tuấn", "tuan"), ("Ngọc Ánh", "ngocanh"), ("Hữu Phước", "huuphuoc"), ("Mỹ Linh", "mylinh"),
        ("Đình", "dinh"), ("Bảo", "bao"), ("Thảo", "thao"), ("Kiều", "kieu"),
    ],
    family: &[
        ("Nguyễn", "nguyen"), ("Trần", "tran"), ("Đặng", "dang"), ("Phạm", "pham"), ("Huỳnh", "huynh"),
        ("Vũ", "vu"), ("Võ", "vovo"), ("Bùi", "bui"), ("Đỗ", "do"), ("Hồ", "ho"), ("Ngô", "ngo"),
        ("Dương", "duong"),
    ],
    second_names: true,
};
