//! Names in the Arabic, Hebrew and Ethiopic scripts, two of which run from right to left.
//! Each is paired with Latin letters for e-mail addresses; they are spellings, not a standard.

use super::Pool;

/// Arabic and Persian.
#[rustfmt::skip]
pub(super) const ARABIC: Pool = Pool {
    given: &[
        ("فاطمة", "fatima"), ("محمود", "mahmoud"), ("ليلى", "layla"), ("يوسف", "yusuf"), ("أمينة", "amina"),
        ("خالد", "khalid"), ("پریسا", "parisa"), ("ژاله", "zhaleh"),
    ],
    family: &[
        ("الحداد", "alhaddad"), ("النجار", "alnajjar"), ("القاسم", "alqasim"), ("الخوري", "alkhoury"),
        ("بن سالم", "bensalem"), ("أبو زيد", "abuzayd"), ("گلستانی", "golestani"), ("چمنی", "chamani"),
    ],
    second_names: false,
};

/// Hebrew.
#[rustfmt::skip]
pub(super) const HEBREW: Pool = Pool {
    given: &[
        ("נועה", "noa"), ("איתן", "eitan"), ("שירה", "shira"), ("יעל", "yael"), ("אורי", "uri"),
        ("תמר", "tamarhe"), ("דוד", "david"), ("מיכל", "michal"),
    ],
    family: &[
        ("כהן", "kohen"), ("לוי", "levi"), ("מזרחי", "mizrahi"), ("פרץ", "peretz"), ("ביטון", "biton"),
        ("אברהמי", "avrahami"), ("בן־דור", "ben-dor"), ("שגיא", "sagi"),
    ],
    second_names: false,
};

/// Amharic.
#[rustfmt::skip]
pub(super) const ETHIOPIC: Pool = Pool {
    given: &[
        ("አበበ", "abebe"), ("ሰላም", "selam"), ("ትዕግስት", "tigist"), ("ዳዊት", "dawit"), ("ሀና", "hanaam"),
        ("ብርሃኑ", "birhanu"), ("ፀሐይ", "tsehay"), ("ዮሐንስ", "yohannes"),
    ],
    family: &[
        ("ከበደ", "kebede"), ("ተስፋዬ", "tesfaye"), ("ገብረ መድኅን", "gebremedhin"), ("ወልደ ማርያም", "woldemariam"),
        ("አለሙ", "alemu"), ("ሽፈራው", "shiferaw"), ("ኃይሉ", "hailu"), ("መኮንን", "mekonnen"),
    ],
    second_names: false,
};
